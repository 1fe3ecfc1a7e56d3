"""Totals by Monte Carlo: records err once for all lines, rows once for all their lines."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from carbonmeter.accounts import Account, account
from carbonmeter.accounts.drawing import Part
from carbonmeter.accounts.models import together
from carbonmeter.accounts.sampled import Request, Sampled
from carbonmeter.accounts.totals import Totals, totals
from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.shapes import Normal, Uniform, shape_of
from tests.accounts.ledgers import activity, aluminium, anthracite, made, measured

CARBON = {
    "parameter": "carbon_content_as_received",
    "subject": "anthracite",
    "site": "b",
    "value": 0.6,
    "unit": "tC/t",
    "low": 0.588,
    "high": 0.612,
    "coverage": 95,
    "distribution": "normal",
}
HEAT = {
    "parameter": "net_calorific_value",
    "subject": "anthracite",
    "site": "*",
    "value": 26.0,
    "unit": "GJ/t",
    "low": 20.0,
    "high": 32.0,
    "coverage": 95,
    "distribution": "normal",
}
PER_HEAT = {
    "parameter": "carbon_content",
    "subject": "anthracite",
    "site": "*",
    "value": 0.027,
    "unit": "tC/GJ",
    "low": 0.022,
    "high": 0.032,
    "coverage": 95,
    "distribution": "normal",
}
N = 20_000


def months(n: int, site: str = "b", **more: object) -> list[dict[str, object]]:
    return [anthracite(1000.0, site=site, period=f"2024-{m:02d}", **more) for m in range(1, n + 1)]


def mixed() -> list[dict[str, object]]:
    """Shared records, a shared meter, rows of their own, electricity in both views of scope 2."""
    power = {
        "activity": "electricity_purchase",
        "quantity": 5000.0,
        "unit": "MWh",
        "u_rel": 0.05,
    }
    return [
        *months(6, u_rel=0.02, meter="belt"),
        *months(4, site="c", u_rel=0.2),
        *months(3, site="d", entity="mill", u_rel=0.3),
        anthracite(3000.0, site="d", period="2024-12", entity="mill", u_rel=0.02, meter="belt"),
        *({**power, "site": "b", "period": f"2024-{m:02d}"} for m in range(1, 5)),
        {**power, "site": "d", "entity": "mill", "period": "2024-07"},
        aluminium(5000.0, site="b", period="2024-05", u_rel=0.1),
    ]


def account_of(rows: list[dict[str, object]], guide: str = "ndrc") -> Account:
    return made(*rows, guide=guide, library=measured(CARBON, HEAT, PER_HEAT))


def record(account: Account, parameter: str) -> str:
    records = account.library.records
    return str(records.loc[records["parameter"] == parameter, "id"].iloc[0])


def whole(sampled, n: int = 2000, **more: object) -> np.ndarray:
    return sampled.plan.draws(
        slice(0, sampled.totals.groups.count), n, sampled.request.seed, **more
    )


def test_a_product_of_records_is_drawn_as_a_product_on_many_seeds() -> None:
    """(1 + v) (1 + w) - 1 has v + w + v w: closed form, and more than first order says."""
    account = account_of(months(12, site="c"))
    v, w = 6.0 / 1.96 / 26.0, 0.005 / 1.96 / 0.027
    value, misses, n = account.total().co2e[0], 0, 5000
    u = value * math.sqrt(v**2 + w**2 + v**2 * w**2)
    assert account.total().spread.combined.u[0] == pytest.approx(value * math.hypot(v, w))
    for seed in range(100):
        found = account.total().sample(n, seed).frame().iloc[0]
        misses += abs(found["mean"] - value) > 4 * u / math.sqrt(n)
        misses += abs(found["u"] - u) > 4 * u / math.sqrt(2 * n) * 1.05  # a product has some tails
    assert misses <= 1


def test_own_errors_of_rows_have_their_closed_form_on_many_seeds() -> None:
    """x (1 + v) (1 + e): E of squares multiply, for rows that share the record."""
    account = account_of(months(9, u_rel=0.3))
    v, e = 0.012 / 1.96 / 0.6, 0.3 / 3.0
    value, misses, n = account.total().co2e[0], 0, 5000
    u = value * math.sqrt(v**2 + e**2 + v**2 * e**2)
    for rows in ("collapsed", "explicit"):
        for seed in range(50):
            found = account.total().sample(n, seed, rows=rows).frame().iloc[0]
            misses += abs(found["mean"] - value) > 4 * u / math.sqrt(n)
            misses += abs(found["u"] - u) > 4 * u / math.sqrt(2 * n)
    assert misses <= 1
    assert account.total().sample().frame()["effective_rows"].tolist() == pytest.approx([9.0])


@pytest.mark.parametrize("rows", ["collapsed", "explicit"])
def test_children_add_up_to_their_parents_draw_by_draw(rows) -> None:
    fine = account_of(mixed()).total("entity", "site", "period", "gas").sample(N, rows=rows)
    children = whole(fine)
    for names in ((), ("entity",), ("entity", "gas"), ("period", "site")):
        parents = fine.by(*names)
        labels, found = parents.totals.groups.labels, whole(parents)
        for g in range(parents.totals.groups.count):
            mine = [
                c
                for c in range(fine.totals.groups.count)
                if all(fine.totals.groups.labels[n][c] == labels[n][g] for n in labels)
            ]
            np.testing.assert_allclose(children[mine].sum(axis=0), found[g], rtol=1e-12)
    assert fine.by("entity").frame()["co2e"].tolist() == pytest.approx(
        account_of(mixed()).total("entity").co2e.tolist(), rel=1e-12
    )


def test_explicit_rows_add_up_whatever_was_asked() -> None:
    account = account_of(mixed())
    one = account.total("entity").sample(N, rows="explicit")
    other = account.total("entity", "gas", "period").sample(N, rows="explicit").by("entity")
    np.testing.assert_allclose(whole(one), whole(other), rtol=1e-12)


def test_collapsed_rows_have_the_joint_law_of_explicit_ones() -> None:
    """Means, deviations, ends and correlations between groups, each within 4 standard errors."""
    total = account_of(mixed()).total("entity", "gas")
    n = 50_000
    one, other = (total.sample(n, rows=rows) for rows in ("collapsed", "explicit"))
    a, b = one.frame(), other.frame()
    assert (np.abs(a["mean"] - b["mean"]) <= 4 * a["u"] * math.sqrt(2 / n)).all()
    assert (np.abs(a["u"] - b["u"]) <= 4 * a["u"] / math.sqrt(n) * 1.1).all()
    for end in ("low", "high"):
        assert (np.abs(a[end] - b[end]) <= 4 * a["u"] * 0.0189 * math.sqrt(2 * 20_000 / n)).all()
    r = [np.corrcoef(whole(s, n)) for s in (one, other)]
    np.testing.assert_allclose(r[0], r[1], atol=4 * math.sqrt(2 / n))
    at = {key: i for i, key in enumerate(zip(a["entity"], a["gas"], a["scope"], strict=True))}
    views = at["plant", "CO2", "2-location"], at["plant", "CO2", "2-market"]
    assert r[0][views] == pytest.approx(1.0)  # the same rows in both views of scope 2
    assert r[0][at["plant", "CF4", "1"], at["plant", "C2F6", "1"]] == pytest.approx(1.0)
    assert 0.5 < r[0][at["plant", "CO2", "1"], at["mill", "CO2", "1"]] < 0.8


@pytest.mark.parametrize("rows", ["collapsed", "explicit"])
def test_neither_order_nor_chunks_nor_threads_leave_a_mark(rows) -> None:
    rng = np.random.default_rng(5)
    account = account_of(mixed())
    wanted = whole(account.total("entity", "gas").sample(N, rows=rows)).tobytes()
    for _ in range(5):
        shuffled = [mixed()[i] for i in rng.permutation(len(mixed()))]
        found = account_of(shuffled).total("entity", "gas").sample(N, rows=rows)
        assert whole(found).tobytes() == wanted
    for workers, width in ((1, 2), (2, 501), (7, 64), (3, 1999), (2, 5000)):
        found = account.total("entity", "gas").sample(N, rows=rows)
        assert whole(found, workers=workers, width=width).tobytes() == wanted
    plan = account.total("entity", "gas").sample(N, rows=rows).plan
    each = [plan.draws(slice(g, g + 1), 2000, 1) for g in range(8)]
    assert np.concatenate(each).tobytes() == wanted


def test_compiled_draws_and_blocks_of_groups_leave_no_mark(monkeypatch) -> None:
    total = account_of(mixed()).total("entity", "gas")
    wanted = total.sample(1000).frame()
    monkeypatch.setattr("carbonmeter.accounts.drawing.COMPILED_FROM", 0)
    monkeypatch.setattr("carbonmeter.accounts.drawing.KEPT", 3000)
    said = []
    for workers in (1, 2, 7):
        said.clear()
        drawn = total.sample(1000, workers=workers, progress=lambda *step: said.append(step))
        pd.testing.assert_frame_equal(drawn.frame(), wanted, check_exact=True)
        assert said == [(step, 3, "1,000 draws") for step in (1, 2, 3)]


def test_what_is_added_leaves_the_draws_of_the_others_alone() -> None:
    total = account_of(mixed()).total("entity")
    extra = {**aluminium(9.0, entity="newcomer", u_rel=0.3), "period": "2024-03"}
    more = account_of([extra, *mixed()]).total("entity")
    one, other = total.sample(N), more.sample(N)
    for entity in ("mill", "plant"):
        for scope in ("1", "2-location"):
            labels = {"entity": entity, "scope": scope}
            assert one.draws(**labels).tobytes() == other.draws(**labels).tobytes()
    unused = {**HEAT, "subject": "lignite"}
    library = measured(CARBON, HEAT, PER_HEAT, unused)
    again = made(*mixed(), guide="ndrc", library=library).total("entity").sample(N)
    assert whole(again).tobytes() == whole(one).tobytes()


def test_scale_and_seed() -> None:
    a, b = (account_of(months(3, u_rel=0.1, unit=unit)) for unit in ("t", "kg"))
    x, y = (whole(account.total().sample(N)) for account in (a, b))
    np.testing.assert_allclose(x, 1000.0 * y, rtol=1e-12)
    assert whole(a.total().sample(N, seed=2)).tobytes() != x.tobytes()


def test_where_the_account_is_nearly_linear_first_order_passes() -> None:
    account = account_of([*months(6, u_rel=0.05, meter="belt"), *months(6, site="c", u_rel=0.0)])
    small = {name: Normal(value, 0.01 * value) for name, value in (("x", 26.0), ("y", 0.027))}
    shapes = {
        record(account, "net_calorific_value"): small["x"],
        record(account, "carbon_content"): small["y"],
    }
    linear = account_of(months(6, u_rel=0.05, meter="belt")).total().sample(200_000).frame().iloc[0]
    assert linear["verdict"] == "PASS"
    assert linear["u"] == pytest.approx(linear["u_first"], rel=0.01)
    assert linear["inside_U"] == pytest.approx(0.9545, abs=0.002)
    drawn = account.total().sample(N, shapes=shapes).frame().iloc[0]
    assert drawn["u"] < account.total().sample(N).frame()["u"].iloc[0] / 2


def test_a_lopsided_record_moves_the_interval_and_the_verdict_says_how_far() -> None:
    lopsided = {**CARBON, "low": 0.4, "high": 0.605, "distribution": "triangular"}
    account = made(*months(1), guide="ndrc", library=measured(lopsided))
    found = account.total().sample(100_000).frame().iloc[0]
    ends = shape_of(0.6, 0.4, 0.605, 95, "triangular").quantile(np.array([0.025, 0.975])) / 0.6
    assert found["low"] / found["co2e"] == pytest.approx(ends[0], abs=0.003)
    assert found["high"] / found["co2e"] == pytest.approx(ends[1], abs=0.0003)
    assert found["verdict"].startswith("low -")
    shortest = account.total().sample(100_000, interval="shortest").frame().iloc[0]
    assert shortest["high"] - shortest["low"] < found["high"] - found["low"]


def test_more_draws_are_made_until_the_tolerance_is_reached() -> None:
    total = account_of(mixed()).total("entity")
    found = total.sample(tolerance=0.02)
    frame = found.frame()
    assert found.n > 20_000
    assert found.n % 10_000 == 0
    assert frame["reached"].all()
    assert (frame["error"] <= 0.02).all()
    stopped = total.sample(tolerance=0.001, most=30_000)
    assert stopped.n == 30_000
    assert not stopped.frame()["reached"].any()
    assert total.sample(tolerance=0.5).n == 20_000
    exact, wide = account_of(months(4)).total(), 0
    u = exact.spread.combined.u[0]
    for seed in range(20):
        row = exact.sample(seed=seed, tolerance=0.03).frame().iloc[0]
        ends = [row["mean"] - row["co2e"], row["u"] - u]
        ends += [row[end] - row["co2e"] - k * u for end, k in (("low", -1.96), ("high", 1.96))]
        wide += max(map(abs, ends)) > 0.03 * u
    assert wide <= 4  # two standard errors each, the worst of four


def test_correlated_records_add_to_each_other_or_cancel() -> None:
    account = account_of(months(3, site="c"))
    ids = record(account, "net_calorific_value"), record(account, "carbon_content")
    v, w = 6.0 / 1.96 / 26.0, 0.005 / 1.96 / 0.027
    for r in (-0.9, 0.0, 0.9):
        found = account.total().sample(100_000, correlations={ids: r}).frame().iloc[0]
        exact = v**2 + w**2 + 2 * r * v * w + (1 + r**2) * (v * w) ** 2
        assert found["u"] / found["co2e"] == pytest.approx(math.sqrt(exact), rel=0.012)
        assert found["mean"] / found["co2e"] == pytest.approx(1 + r * v * w, abs=0.003)
    impossible = {ids: 1.2}
    with pytest.raises(CarbonmeterError, match=f"{ids[0]}.*{ids[1]}.*from -1 to 1"):
        account.total().sample(correlations=impossible).frame()


def test_a_total_of_the_guide_is_drawn_over_its_scopes() -> None:
    account = account_of(mixed())
    guide = account.guide_total("entity").sample(N)
    both = account.total("entity").sample(N, rows="explicit")
    explicit = account.guide_total("entity").sample(N, rows="explicit")
    for entity in ("mill", "plant"):
        added = sum(both.draws(entity=entity, scope=s) for s in ("1", "2-location"))
        np.testing.assert_allclose(added, explicit.draws(entity=entity), rtol=1e-12)
    a, b = guide.frame(), explicit.frame()
    np.testing.assert_allclose(a["u"], b["u"], rtol=4 / math.sqrt(N))
    whole_guide = guide.by().frame()
    assert whole_guide["co2e"].tolist() == pytest.approx(account.guide_total().co2e.tolist())


def test_unknown_is_not_zero() -> None:
    found = made(anthracite(5.0), guide="ndrc").total().sample(1000).frame().iloc[0]
    assert found["co2e"] > 0.0
    assert found[["mean", "u", "low", "high", "inside_U", "u_first"]].isna().all()
    assert found["verdict"] == ""


def test_what_cannot_be_drawn_is_refused() -> None:
    total = account_of(months(2, u_rel=0.1)).total("entity")
    for asked, said in (
        ({"draws": 0}, "draws=0"),
        ({"rows": "some"}, "rows='some'; write 'collapsed' or 'explicit'"),
        ({"tolerance": 0.0}, "tolerance=0.0"),
        ({"tolerance": math.nan}, "tolerance=nan"),
        ({"tolerance": 0.1, "most": 100}, "most=100"),
        ({"workers": 0}, "workers=0"),
        ({"interval": "wide"}, "interval='wide'"),
        ({"shapes": {"nobody": Uniform(0.0, 1.0)}}, "no record 'nobody' is used"),
    ):
        with pytest.raises(CarbonmeterError, match=said):
            total.sample(**asked).frame()
    drawn = total.sample(1000)
    with pytest.raises(CarbonmeterError, match="no label 'site'"):
        drawn.by("site")
    with pytest.raises(CarbonmeterError, match="0 groups have the labels"):
        drawn.draws(entity="nobody")


def test_a_formula_drawn_where_it_has_no_value_is_refused() -> None:
    account = account_of(months(1))
    shapes = {record(account, CARBON["parameter"]): Uniform(-8e307, 8e307)}
    with pytest.raises(CarbonmeterError, match=r"combustion\.\w+ has no value at \d+ of"):
        account.total().sample(1000, shapes=shapes).frame()


def test_as_dataset_and_as_a_page() -> None:
    drawn = account_of(mixed()).total("entity").sample(1000, seed=7)
    data = drawn.dataset()
    assert data["low"].attrs["units"] == "tCO2e"
    assert data.attrs["draws"] == "1000"
    assert data.attrs["seed"] == "7"
    assert data["u"].sel(entity="mill", kind="emission", scope="1").item() == pytest.approx(
        drawn.draws(entity="mill", scope="1").std(ddof=1)
    )
    assert "1,000 draws, seed 7, 95 % symmetric interval" in drawn._repr_html_()


def test_shares_of_lines_are_drawn_as_shares() -> None:
    """An owner of 30 % of some lines: rows collapse with those of one share only."""
    account = account_of(mixed())
    share = np.where(np.arange(len(account)) % 3 == 0, 0.3, 1.0)
    share[4] = 0.0
    total = totals(account, account.grouped("entity"), share)
    one, other = (total.sample(50_000, rows=rows).frame() for rows in ("collapsed", "explicit"))
    np.testing.assert_allclose(one["u"], other["u"], rtol=4 / math.sqrt(50_000))
    np.testing.assert_allclose(one["u"], one["u_first"], rtol=0.03)
    assert (np.abs(one["mean"] - one["co2e"]) <= 4.5 * one["u"] / math.sqrt(50_000)).all()


def test_an_account_without_lines_has_no_draws() -> None:
    nothing = account(activity(anthracite(1.0)).take(np.zeros(0, dtype=np.int64)), guide="ndrc")
    assert len(nothing) == 0
    frame = nothing.total("entity").sample(1000).frame()
    assert len(frame) == 0
    assert {"entity", "low", "high", "verdict"} <= set(frame.columns)


def settled(total: Totals, **asked: object) -> Sampled:
    return Sampled(total, total, Request(**asked))


def unlike() -> list[dict[str, object]]:
    """Entities whose draws settle after some 20 000 and after some 100 000."""
    return [
        *months(6, u_rel=0.02, meter="belt"),
        *months(2, site="x", entity="heavy", u_rel=0.01),
        *months(3, site="d", entity="mill", u_rel=0.3),
    ]


LONG_TAIL = {**CARBON, "site": "x", "low": 0.1, "high": 3.6, "distribution": "lognormal"}


def unlike_account(*more: dict[str, object]) -> Account:
    library = measured(CARBON, HEAT, PER_HEAT, LONG_TAIL)
    return made(*more, *unlike(), guide="ndrc", library=library)


def test_draws_are_added_and_none_is_made_twice(monkeypatch) -> None:
    made_of, fill = defaultdict(list), Part.fill

    def told(part: Part, out: np.ndarray, start: int, *args: object, **more: object) -> None:
        for g in part.groups.tolist():
            made_of[g].append((start, out.shape[1]))
        fill(part, out, start, *args, **more)

    total = unlike_account().total("entity")
    monkeypatch.setattr(Part, "fill", told)
    frame = settled(total, tolerance=0.03).frame()
    assert frame["reached"].all()
    assert frame["draws"].nunique() > 1
    assert (frame["draws"] % 10_000 == 0).all()
    assert len(made_of) == len(frame)
    for g, n in enumerate(frame["draws"]):
        starts, stops = zip(*made_of[g], strict=True)
        assert starts == (0, *stops[:-1])
        assert stops[-1] == n


def test_blocks_workers_and_other_groups_have_no_say_in_how_many_draws(monkeypatch) -> None:
    wanted = settled(unlike_account().total("entity"), tolerance=0.03).frame()
    newcomer = {**aluminium(9.0, entity="newcomer", u_rel=0.3), "period": "2024-03"}
    more = settled(unlike_account(newcomer).total("entity"), tolerance=0.03).frame()
    more = more[more["entity"] != "newcomer"].reset_index(drop=True)
    pd.testing.assert_frame_equal(more, wanted, check_exact=True)
    for kept, workers in ((50_000, 1), (50_000, 3), (1 << 22, 3)):
        monkeypatch.setattr("carbonmeter.accounts.drawing.KEPT", kept)
        found = settled(unlike_account().total("entity"), tolerance=0.03, workers=workers)
        pd.testing.assert_frame_equal(found.frame(), wanted, check_exact=True)


def test_what_is_read_of_added_draws_is_that_of_as_many_at_once() -> None:
    total = unlike_account().total("entity")
    found = settled(total, tolerance=0.03)
    for entity, n in zip(found.frame()["entity"], found.frame()["draws"], strict=True):
        drawn = total.sample(int(n)).frame().set_index("entity").loc[entity]
        for name in ("mean", "u", "low", "high", "inside_U", "error"):
            assert found.frame().set_index("entity").loc[entity, name] == drawn[name]


def test_draws_to_the_digits_of_u_that_are_meaningful() -> None:
    total = account_of(mixed()).total("entity")
    one, two = (total.sample(digits=digits, verdict_digits=digits).frame() for digits in (1, 2))
    assert one["reached"].all()
    assert (one["draws"] <= two["draws"]).all()
    for frame, digits in ((one, 1), (two, 2)):
        power = np.floor(np.log10(frame["u"])) + 1 - digits
        assert (frame["error"] * frame["u"] <= 0.5 * 10.0**power)[frame["reached"]].all()
    with pytest.raises(CarbonmeterError, match=r"tolerance=0.1 and digits=1.*write one of them"):
        Request(tolerance=0.1, digits=1)


def test_a_verdict_says_how_many_draws_would_be_enough_and_they_are() -> None:
    """u is 4 % of a carbon content that errs by a triangle; 300 draws tell no two digits."""
    triangle = {**CARBON, "low": 0.54, "high": 0.66, "distribution": "triangular"}
    total = made(*months(1), guide="ndrc", library=measured(triangle)).total()
    short = settled(total, draws=300, verdict_digits=2).frame()["verdict"].iloc[0]
    assert short.startswith("more draws: ")
    enough = int(short.removeprefix("more draws: ").replace(",", ""))
    assert enough % 10_000 == 0
    told = settled(total, draws=2 * enough, verdict_digits=2).frame()["verdict"].iloc[0]
    assert told == "PASS" or told.startswith("low ")


def test_single_precision_leaves_what_is_small_beside_the_total() -> None:
    """u is 1e-7 of the total: the draws are rounded beside their middle, not beside zero."""
    exact = {**CARBON, "low": "", "high": "", "coverage": "", "distribution": ""}
    account = made(*months(1, u_rel=1e-7), guide="ndrc", library=measured(exact))
    found = account.total().sample(50_000).frame().iloc[0]
    assert found["u_first"] / found["co2e"] == pytest.approx(1e-7)
    assert found["u"] == pytest.approx(found["u_first"], rel=4 / math.sqrt(2 * 50_000))
    assert found["verdict"] == "PASS"
    offset = record(account, CARBON["parameter"])
    moved = account.total().sample(50_000, shapes={offset: Normal(1e4, 1e-6)}).frame().iloc[0]
    u = moved["mean"] * math.hypot(1e-10, 1e-7)
    assert moved["u"] == pytest.approx(u, rel=4 / math.sqrt(2 * 50_000))


@pytest.mark.parametrize("power", [-12, 12])
def test_draws_scale_with_the_activity(power) -> None:
    one, other = (
        account_of([{**row, "quantity": row["quantity"] * 10.0**k} for row in mixed()])
        .total("entity")
        .sample(2000)
        .frame()
        for k in (0, power)
    )
    for name in ("mean", "u", "low", "high"):
        np.testing.assert_allclose(other[name], one[name] * 10.0**power, rtol=1e-6)
    assert one["verdict"].map(len).gt(0).all()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"digits": 0}, "digits=0; one or two digits of u are meaningful: write 1 or 2"),
        ({"digits": 2.5}, "digits=2.5"),
        ({"verdict_digits": 3}, "verdict_digits=3"),
        ({"verdict_digits": None}, "verdict_digits=None"),
        ({"workers": 1.5}, "workers=1.5"),
        ({"workers": True}, "workers=True"),
        ({"most": math.inf}, "most=inf"),
        ({"tolerance": math.inf}, "tolerance=inf"),
        ({"tolerance": -0.1}, "tolerance=-0.1"),
        ({"digits": 1, "most": 5}, "most=5"),
        ({"draws": math.nan}, "draws=nan"),
    ],
)
def test_requests_that_mean_nothing_are_refused(asked, said) -> None:
    with pytest.raises(CarbonmeterError, match=said):
        Request(**asked)


def test_models_evaluated_together_have_the_bits_of_each_by_itself() -> None:
    account = account_of(mixed())
    plan = account.total("entity").sample(1000).plan
    values = plan.quantities.draw(1, 0, 700)
    drawn = dict(zip(plan.record_of, values, strict=True))
    alike = defaultdict(list)
    for model in plan.models:
        alike[model.method, tuple(r in drawn for r in model.records)].append(model)
    for models in alike.values():
        twice = [*models, *models]
        found = together(twice, drawn, 700)
        assert found.tobytes() == b"".join(m.coefficient(drawn, 700).tobytes() for m in twice)


def test_totals_asked_for_separately_add_up_if_they_have_the_same_cells() -> None:
    fine, again = (account_of(mixed()).total("entity", "gas").sample(N) for _ in range(2))
    for names in ((), ("entity",)):
        assert whole(fine.by(*names)).tobytes() == whole(again.by(*names)).tobytes()
    children = fine.draws(entity="plant", gas="CO2", scope="1")
    others = [fine.draws(entity="plant", gas=gas, scope="1") for gas in ("CF4", "C2F6")]
    parent = again.by("entity").draws(entity="plant", scope="1")
    np.testing.assert_allclose(children + sum(others), parent, rtol=1e-14)


def test_few_draws_do_not_wait_for_compiled_code() -> None:
    code = (
        "import sys; from tests.accounts.test_sample import account_of, mixed;"
        "account_of(mixed()).total('entity').sample(20_000).frame();"
        "print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
