"""Fifteen properties that no account may break, whatever its rows: one test or more for each."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from carbonmeter import financed, read_activity, read_borrowers, read_loans, read_projects
from carbonmeter.accounts import Account, account
from carbonmeter.accounts.streamed import stream_totals
from carbonmeter.engine import InLine, Threads
from carbonmeter.report import write
from carbonmeter.uncertainty import Uncertain
from tests.accounts.ledgers import anthracite, measured
from tests.accounts.ledgers import made as simple
from tests.trust.plants import (
    ENTITIES,
    GUIDE,
    LEDGERS,
    MEASURED,
    METERS,
    SITES,
    STATED,
    Row,
    library,
    made,
    table,
    usual,
)

DRAWS = 500
ROOT_TWO = math.sqrt(2.0)
# A ledger is short enough to be read as found; shrinking would account it a thousand times.
FOUND = (Phase.explicit, Phase.generate)
some = settings(max_examples=12, phases=FOUND)
few = settings(max_examples=5, phases=FOUND)

# What is known by name errs once over all rows: records and meters. "own …" is each row's own.
OWN = "own "


def bits(frame: pd.DataFrame) -> tuple[object, ...]:
    """Every cell of a table, floats to the bit; NaN equals NaN."""
    return tuple(
        frame[name].to_numpy(np.float64).tobytes()
        if pd.api.types.is_float_dtype(frame[name])
        else tuple(frame[name].astype(str))
        for name in frame.columns
    )


def everything(result: Account, *by: str, draws: bool = True) -> tuple[object, ...]:
    """Totals, U, budget, components, the guide's total and draws of an account, to the bit."""
    total = result.total(*by)
    said = [total.frame(), total.components(), result.budget(*by), result.guide_total(*by).frame()]
    if draws:
        said.append(total.sample(DRAWS).frame())
    return tuple(bits(frame) for frame in said)


def labelled(frame: pd.DataFrame, column: str) -> dict[tuple[str, ...], float]:
    """One column by its labels."""
    numbers = ("co2e", "U", "U_percent", "u_covers", "contribution", "largest")
    names = [n for n in frame.columns if n not in numbers and not n.endswith("_without_u")]
    keys = zip(*(frame[name].astype(str) for name in names), strict=True)
    return dict(zip(keys, frame[column].tolist(), strict=True))


def close(one: Any, other: Any, rel: float) -> None:
    np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=rel, atol=0.0)


# ---------------------------------------------------------------- 1


@some
@given(rows=LEDGERS, random=st.randoms(use_true_random=False))
def test_01_shuffling_rows_leaves_the_same_bits(rows, random) -> None:
    shuffled = random.sample(rows, k=len(rows))
    for by in ((), ("entity", "gas"), ("period", "site", "subject")):
        assert everything(made(rows), *by) == everything(made(shuffled), *by)


# ---------------------------------------------------------------- 2


@some
@given(rows=LEDGERS, part=st.integers(1, 29))
def test_02_splitting_a_file_and_adding_gives_the_whole(rows, part) -> None:
    """Sums to one rounding of each part, U through the components: added, then squared."""
    halves = [half for half in (rows[: part % len(rows)], rows[part % len(rows) :]) if half]
    whole = made(rows).total("entity", "subject", "gas")
    found = [made(half).total("entity", "subject", "gas") for half in halves]
    added: dict[tuple[str, ...], list[float]] = {}
    for each in found:
        for key, value in labelled(each.frame(), "co2e").items():
            added.setdefault(key, []).append(value)
    for key, value in labelled(whole.frame(), "co2e").items():
        assert math.fsum(added[key]) == pytest.approx(value, rel=3e-16, abs=0.0)
        if len(added[key]) == 1:
            assert added[key] == [value]
    parts: dict[tuple[str, ...], list[float]] = {}
    for each in found:
        for key, value in labelled(each.components(), "contribution").items():
            parts.setdefault(key, []).append(value)
    for key, value in labelled(whole.components(), "contribution").items():
        together = math.hypot(*parts[key]) if key[-1].startswith(OWN) else math.fsum(parts[key])
        assert together == pytest.approx(value, rel=1e-12)


@few
@given(rows=LEDGERS)
def test_02_a_file_split_by_entity_gives_the_bits_of_the_whole(rows) -> None:
    whole = made(rows).total("entity", "gas").frame()
    for entity in dict.fromkeys(row.entity for row in rows):
        alone = made([row for row in rows if row.entity == entity]).total("entity", "gas").frame()
        assert bits(alone) == bits(whole[whole["entity"] == entity])


# ---------------------------------------------------------------- 3


@some
@given(rows=LEDGERS)
def test_03_doubling_every_row_doubles_total_and_u_of_what_is_shared(rows) -> None:
    twice = [*rows, *(row._replace(note=row.note + 10**7) for row in rows)]
    once, both = made(rows).total("entity"), made(twice).total("entity")
    assert both.frame()["co2e"].tolist() == (2.0 * once.frame()["co2e"]).tolist()
    doubled = labelled(both.components(), "contribution")
    for key, value in labelled(once.components(), "contribution").items():
        factor = ROOT_TWO if key[-1].startswith(OWN) else 2.0
        assert doubled.pop(key) == pytest.approx(factor * value, rel=1e-12)
    assert not doubled
    shared = [row._replace(u_rel=None, meter="") for row in rows]
    shared = list({row[:6]: row for row in shared}.values())
    again = [*shared, *(row._replace(note=row.note + 10**7) for row in shared)]
    u, u_twice = (made(each).total("entity").frame()["U"] for each in (shared, again))
    close(u_twice, 2.0 * u, 1e-14)


# ---------------------------------------------------------------- 4

OTHER_UNITS = {"t": [("kg", 1e3), ("g", 1e6), ("万吨", 1e-4), ("Gg", 1e-3)], "MWh": [("kWh", 1e3)]}
IN_OTHER_UNITS = {"tC/t": ("kgC/t", 1e3), "GJ/t": ("MJ/kg", 1.0), "tC/GJ": ("tC/TJ", 1e3)}


@some
@given(rows=LEDGERS, random=st.randoms(use_true_random=False))
def test_04_other_units_of_the_columns_give_the_same_account(rows, random) -> None:
    frame = table(rows)
    for at, unit in enumerate(frame["unit"].tolist()):
        other, factor = random.choice(OTHER_UNITS[unit])
        frame.loc[at, "unit"] = other
        frame.loc[at, "quantity"] *= factor
    one, two = made(rows).total("entity", "gas"), made(frame).total("entity", "gas")
    close(two.frame()["co2e"], one.frame()["co2e"], 1e-12)
    close(two.frame()["U"], one.frame()["U"], 1e-12)


@few
@given(rows=LEDGERS)
def test_04_other_units_of_the_factors_give_the_same_account(rows) -> None:
    changed = []
    for row in MEASURED:
        unit, factor = IN_OTHER_UNITS[row["unit"]]
        moved = {name: row[name] * factor for name in ("value", "low", "high")}
        changed.append({**row, **moved, "unit": unit})
    one, two = made(rows), made(rows, library(measured=changed))
    for name in ("co2e", "U"):
        close(
            two.total("entity", "gas").frame()[name],
            one.total("entity", "gas").frame()[name],
            1e-12,
        )
    drawn, other = (each.total("gas").sample(DRAWS).frame() for each in (one, two))
    close(other["u"], drawn["u"], 1e-10)


# ---------------------------------------------------------------- 5


@pytest.mark.parametrize("k", range(-12, 13))
@settings(max_examples=3, phases=FOUND)
@given(rows=LEDGERS)
def test_05_scaling_the_activity_scales_everything(k, rows) -> None:
    frame = table(rows)
    one = made(frame).total("entity", "gas")
    scaled = made(frame.assign(quantity=frame["quantity"] * 10.0**k)).total("entity", "gas")
    for name in ("co2e", "U"):
        close(scaled.frame()[name], one.frame()[name] * 10.0**k, 1e-12)
    close(1.0 + scaled.frame()["u_covers"], 1.0 + one.frame()["u_covers"], 1e-15)
    two = made(frame.assign(quantity=frame["quantity"] * 2.0**k)).total("entity", "gas")
    assert two.frame()["co2e"].tolist() == (one.frame()["co2e"] * 2.0**k).tolist()
    drawn, doubled = one.sample(DRAWS).frame()["u"], two.sample(DRAWS).frame()["u"]
    close(doubled, drawn * 2.0**k, 1e-12)


# ---------------------------------------------------------------- 6


@some
@given(rows=LEDGERS)
def test_06_a_zero_row_changes_nothing(rows) -> None:
    zero = [row._replace(quantity=0.0, note=row.note + 10**7) for row in rows[:3]]
    assert everything(made(rows), "entity", "gas") == everything(
        made([*rows, *zero]), "entity", "gas"
    )


@some
@given(rows=LEDGERS, at=st.integers(0, 29))
def test_06_deleting_a_row_takes_away_its_lines(rows, at) -> None:
    gone = rows[at % len(rows)]
    rest = [row for row in rows if row != gone]
    lines = made(rows).frame()
    lines = lines[lines["row"] != at % len(rows) + 1]
    left = labelled(made(rest).total("entity", "gas").frame(), "co2e")
    names = ["entity", "gas", "kind", "scope"]
    wanted = lines.groupby(names, observed=True)["co2e"].agg(math.fsum)
    assert {tuple(map(str, key)): v for key, v in wanted.items()} == pytest.approx(left, rel=1e-15)


# ---------------------------------------------------------------- 7


def _renamed(name: str, turned: bool) -> str:
    """Another name; turned: one that sorts the other way round."""
    if not name:
        return name
    return "".join(chr(ord("a") + ord("z") - ord(c)) if c.isalpha() else c for c in name) + (
        "-north" if turned else "-south"
    )


@some
@given(rows=LEDGERS, turned=st.booleans())
def test_07_other_names_of_things_give_the_same_numbers(rows, turned) -> None:
    other = {name: _renamed(name, turned) for name in (*ENTITIES, *SITES, *METERS)}
    other |= {f"{e}.{s}": f"{other[e]}.{other[s]}" for e in ENTITIES for s in SITES}
    assert len(set(other.values())) == len(other)
    moved = [
        row._replace(
            entity=other[row.entity], site=other[row.site], meter=other.get(row.meter, row.meter)
        )
        for row in rows
    ]
    values = [
        {**row, "id": _renamed(row["id"], turned), "site": other.get(row["site"], row["site"])}
        for row in MEASURED
    ]
    one = made(rows).total("entity", "site", "gas").frame()
    two = made(moved, library(measured=values)).total("entity", "site", "gas").frame()
    for name in ("co2e", "U", "u_covers"):
        wanted = {(other[k[0]], other[k[1]], *k[2:]): v for k, v in labelled(one, name).items()}
        found = labelled(two, name)
        assert found.keys() == wanted.keys()
        keys = sorted(found)
        if name == "co2e":
            assert [found[k] for k in keys] == [wanted[k] for k in keys]
        else:
            close([found[k] for k in keys], [wanted[k] for k in keys], 1e-14)


# ---------------------------------------------------------------- 8

positive = st.floats(1e-3, 1e3)


@settings(max_examples=100)
@given(
    value=positive,
    parts=st.lists(
        st.tuples(positive, st.sampled_from([3.0, 9.5, math.inf])), min_size=1, max_size=4
    ),
    power=st.sampled_from([0.5, 1.0, 2.0, -1.0]),
)
def test_08_x_plus_x_is_twice_x_in_u_dof_and_budget(value, parts, power) -> None:
    x = Uncertain(value)
    for at, (u, dof) in enumerate(parts):
        x = x + Uncertain(0.0, u, dof, f"cause {at}")
    x = x**power
    for twice in (x + x, 2.0 * x, x * 2.0, x - (-x), x / 0.5, 3.0 * x - x):
        assert twice.value == pytest.approx(2.0 * x.value, rel=1e-15)
        assert twice.u == pytest.approx(2.0 * x.u, rel=1e-14)
        assert twice.dof == pytest.approx(x.dof, rel=1e-12)
        doubled = {label: 2.0 * size for label, size in x.components.items()}
        assert twice.components == pytest.approx(doubled, rel=1e-14)
    assert (x + x) == 2.0 * x


@some
@given(rows=LEDGERS)
def test_08_two_rows_of_one_meter_are_one_row_of_twice_the_amount(rows) -> None:
    metered = [row._replace(meter=row.meter or "belt") for row in rows]
    metered = list({(*row[:5], row.meter): row for row in metered}.values())
    rows_twice = [*metered, *(row._replace(note=row.note + 10**7) for row in metered)]
    one = made([row._replace(quantity=2.0 * row.quantity) for row in metered])
    two = made(rows_twice)
    assert (
        one.total("entity").frame()["co2e"].tolist() == two.total("entity").frame()["co2e"].tolist()
    )
    for name in ("U", "u_covers"):
        close(two.total("entity").frame()[name], one.total("entity").frame()[name], 1e-14)
    a, b = (labelled(each.total("entity").components(), "contribution") for each in (one, two))
    assert a == pytest.approx(b, rel=1e-13)


# ---------------------------------------------------------------- 9


@some
@given(rows=LEDGERS)
def test_09_components_squared_sum_to_u_squared(rows) -> None:
    result = made(rows)
    for by in ((), ("entity",), ("entity", "site", "gas")):
        total = result.total(*by)
        names = [*by, "kind", "scope"]
        u = total.frame().set_index(names)["U"].dropna() / 2.0
        parts = total.components()
        squares = parts.assign(u2=parts["contribution"] ** 2).groupby(names)["u2"].sum()
        shares = result.budget(*by).dropna(subset="share").groupby(names)["share"].sum()
        for key, value in u[u > 0.0].items():
            assert math.sqrt(squares[key]) == pytest.approx(value, rel=1e-13)
            assert shares[key] == pytest.approx(1.0, rel=1e-13)


# ---------------------------------------------------------------- 10


@few
@given(rows=LEDGERS)
def test_10_threads_and_chunks_of_draws_leave_the_same_bits(rows) -> None:
    total = made(rows).total("entity", "gas")
    for way in ("collapsed", "explicit"):
        wanted = bits(total.sample(DRAWS, rows=way, workers=1).frame())
        for workers in (2, 7):
            assert bits(total.sample(DRAWS, rows=way, workers=workers).frame()) == wanted


@few
@given(rows=LEDGERS, random=st.randoms(use_true_random=False))
def test_10_blocks_of_files_and_their_threads_leave_the_same_bits(
    rows, random, tmp_path_factory
) -> None:
    """Rows in any order, in files and row groups of any size, counted one by one or in threads."""
    folder, shuffled = tmp_path_factory.mktemp("blocks"), random.sample(rows, k=len(rows))
    total = made(rows).total("entity", "gas")
    wanted = bits(total.frame()), bits(total.components()), bits(total.sample(DRAWS).frame())
    for size, on in ((1, InLine()), (2, Threads(2)), (7, Threads(7)), (100, Threads(1))):
        cut = random.randrange(1, len(rows))
        paths = [folder / f"{size}-{at}.parquet" for at in (0, 1)]
        for path, part in zip(paths, (shuffled[:cut], shuffled[cut:]), strict=True):
            table(part).to_parquet(path, row_group_size=size)
        found = stream_totals(paths, usual(), guide=GUIDE, by=("entity", "gas"), on=on)
        said = bits(found.frame()), bits(found.components()), bits(found.sample(DRAWS).frame())
        assert said == wanted


@settings(max_examples=3, phases=FOUND)
@given(rows=LEDGERS)
def test_10_compiled_kernels_leave_the_bits_of_plain_ones(rows) -> None:
    """Rows by the ten thousand go through compiled kernels, a few through NumPy."""
    many = pd.concat([table(rows)] * (20_000 // len(rows)), ignore_index=True)
    many["note"] = [str(at) for at in range(len(many))]
    whole = made(many).total("entity", "gas").frame()
    each = made(rows).total("entity", "gas").frame()
    times = 20_000 // len(rows)
    lines = made(rows).frame()
    exact = lines.groupby(["entity", "gas", "kind", "scope"], observed=True)["co2e"]
    wanted = {tuple(map(str, k)): math.fsum(v.tolist() * times) for k, v in exact}
    assert labelled(whole, "co2e") == wanted
    assert len(whole) == len(each)


# ---------------------------------------------------------------- 11


@few
@given(
    rows=STATED,
    cuts=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), min_size=3, max_size=3),
)
def test_11_attribution_over_all_lenders_is_the_company_total(rows, cuts) -> None:
    total = made(rows).total("entity")
    entities = sorted(dict.fromkeys(row.entity for row in rows))
    sheet = {"date": "2024-12-31", "listed": "no", "unit": "CNY", "origin": "test"}
    borrowers = pd.DataFrame(
        [{"entity": e, "equity": 7e6, "debt": 33e6, **sheet} for e in entities]
    )
    loans = pd.DataFrame(
        [
            {
                "loan": f"{e}-{i}",
                "lender": f"bank-{i}",
                "borrower": e,
                "asset_class": "business_loan",
                "date": "2024-12-31",
                "outstanding": 40e6 * part / sum(cut),
                "unit": "CNY",
            }
            for e, cut in zip(entities, cuts, strict=False)
            for i, part in enumerate(cut)
        ]
    )
    emitted = total.frame()
    found = financed(
        read_loans(loans),
        read_borrowers(borrowers),
        read_projects(pd.DataFrame(columns=PROJECT_COLUMNS)),
        emitted,
        components=total.components(),
        as_of="2024-12-31",
    )
    banks, company = found.by("lender"), emitted.set_index("entity")
    assert banks["financed_scope_1"].sum() == pytest.approx(company["co2e"].sum(), rel=1e-12)
    each = found.by("borrower").set_index("borrower")
    for e in entities:
        assert each["financed_scope_1"][e] == pytest.approx(company["co2e"][e], rel=1e-12)
        assert each["U_financed_scope_1"][e] == pytest.approx(company["U"][e], rel=1e-12)
    everybody = found.by().iloc[0]
    u = total.components().groupby("component")["contribution"].sum()
    assert everybody["U_financed_scope_1"] == pytest.approx(2.0 * math.hypot(*u), rel=1e-12)


PROJECT_COLUMNS = [
    "project", "entity", "name_zh", "name_en", "date", "equity", "debt", "total_investment",
    "unit", "commissioned", "origin",
]  # fmt: skip


# ---------------------------------------------------------------- 12

OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def arithmetic(text: str) -> float:
    """A reader of arithmetic that knows nothing of the methods."""

    def worked(node: ast.AST) -> float:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](worked(node.left), worked(node.right))
        if isinstance(node, ast.UnaryOp):
            assert isinstance(node.op, ast.USub)
            return -worked(node.operand)
        assert isinstance(node, ast.Constant)
        return float(node.value)

    plain = text.replace("×", "*").replace("−", "-").replace("·", "*")
    return worked(ast.parse(plain, mode="eval").body)


@few
@given(rows=LEDGERS)
def test_12_every_line_is_recomputed_from_its_receipt(rows) -> None:
    result = made(rows)
    lines = result.frame()
    for line in range(len(lines)):
        receipt = result.explain(line)
        got = arithmetic(receipt.steps[-1][2])
        assert got == pytest.approx(receipt.result, rel=1e-12)
        assert receipt.tonnes * receipt.gwp.value == pytest.approx(receipt.co2e, rel=1e-14)
        assert receipt.co2e == pytest.approx(lines["co2e"].iloc[line], rel=1e-14)
        assert receipt.tonnes == pytest.approx(lines["emission"].iloc[line], rel=1e-14)
        assert receipt.row == lines["row"].iloc[line]


# ---------------------------------------------------------------- 13


@some
@given(rows=LEDGERS, value=st.floats(0.01, 0.9), place=st.booleans())
def test_13_an_unused_record_leaves_the_same_totals_and_draws(rows, value, place) -> None:
    extra = {
        **MEASURED[3],
        "id": "aaa-first" if place else "zzz-last",
        "subject": "coke_oven_coke",
        "value": value,
        "low": 0.5 * value,
        "high": 1.1 * value,
    }
    values = (extra, *MEASURED) if place else (*MEASURED, extra)
    one, two = made(rows), made(rows, library(measured=values))
    assert everything(one, "entity", "gas") == everything(two, "entity", "gas")


# ---------------------------------------------------------------- 14


@few
@given(rows=LEDGERS)
def test_14_activities_written_and_read_give_the_same_bits(rows, tmp_path_factory) -> None:
    frame, folder = table(rows), tmp_path_factory.mktemp("written")
    wanted = everything(made(frame), "entity", "gas")
    frame.to_csv(folder / "a.csv", index=False)
    frame.to_parquet(folder / "a.parquet", row_group_size=3)
    for name in ("a.csv", "a.parquet"):
        again = account(read_activity(folder / name), usual(), guide=GUIDE)
        assert everything(again, "entity", "gas") == wanted
    frame.to_excel(folder / "a.xlsx", index=False)
    book = account(read_activity(folder / "a.xlsx"), usual(), guide=GUIDE)
    one, two = (each.total("entity", "gas").frame() for each in (made(frame), book))
    close(two["co2e"], one["co2e"], 1e-15)
    close(two["U"], one["U"], 1e-14)


@few
@given(rows=LEDGERS)
def test_14_lines_written_and_read_are_the_same_bits(rows, tmp_path_factory) -> None:
    import xarray as xr

    result, folder = made(rows), tmp_path_factory.mktemp("lines")
    lines = result.frame()
    readers: dict[str, Callable[[Any], Any]] = {
        "l.csv": lambda path: pd.read_csv(path, encoding="utf-8-sig", dtype=str),
        "l.parquet": pd.read_parquet,
        "l.nc": lambda path: xr.load_dataset(path),
    }
    for name, reader in readers.items():
        again = reader(write.lines(result, folder / name))
        for column in ("co2e", "emission", "quantity"):
            found = again[column].to_numpy().astype(np.float64)
            assert found.tobytes() == lines[column].to_numpy().tobytes(), name


# ---------------------------------------------------------------- 15


@some
@given(
    coal=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=5),
    start=st.floats(0.0, 400.0),
    end=st.floats(0.0, 400.0),
    area=st.floats(0.0, 1e6),
)
def test_15_removals_never_reduce_gross_emissions(coal, start, end, area) -> None:
    stock = [
        {"parameter": p, "subject": "poplar", "site": "f", "value": v, "unit": "m3/ha"}
        for p, v in (("stand_volume_start", start), ("stand_volume_end", end))
    ]
    burnt = [anthracite(q, note=str(at)) for at, q in enumerate(coal)]
    forest = {"activity": "forest_stand", "subject": "poplar", "site": "f", "quantity": area}
    both = simple(*burnt, {**forest, "unit": "ha"}, guide="ipcc-2006", library=measured(*stock))
    alone = simple(*burnt, guide="ipcc-2006")
    for by in ((), ("entity",), ("gas",)):
        gross = both.total(*by).where(kind="emission").reset_index(drop=True)
        assert bits(gross) == bits(alone.total(*by).where(kind="emission").reset_index(drop=True))
    removed = both.total().where(kind="removal")["co2e"]
    assert len(removed) == 1
    assert (
        math.copysign(1.0, removed.iloc[0]) == (-1.0 if end > start else 1.0) or not removed.iloc[0]
    )


def test_all_fifteen_are_here() -> None:
    names: Sequence[str] = [name for name in globals() if name.startswith("test_")]
    assert {name[5:7] for name in names if name[5:7].isdigit()} == {
        f"{n:02d}" for n in range(1, 16)
    }


# rows are built by keyword in the strategies; a field renamed there must fail here, not hide
assert Row._fields[:5] == ("kind", "entity", "site", "month", "note")
