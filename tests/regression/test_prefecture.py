"""Every number of the embedded prefecture: recomputed independently, and unchanged."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest

from tests.regression import independent
from tests.regression.prefecture import computed, numbers, written

ROUNDING = 1e-12  # a few hundred roundings of floats; a wrong factor shows at 1e-5 and above
SIX_DIGITS = 5.1e-6  # what rounding to six significant digits may take off

CHANGED = (
    "A number of the embedded prefecture changed. If it was meant: say why in CHANGELOG.md under"
    " Results, then write the table anew with `python -m tests.regression.prefecture`.\n"
)


def close(value: float, wanted: float, relative: float = ROUNDING) -> bool:
    return math.isclose(value, wanted, rel_tol=relative, abs_tol=0.0)


@pytest.mark.parametrize("name", list(independent.ACCOUNTS))
def test_every_line_agrees_with_the_independent_recomputation(name) -> None:
    account = next(a.account for a in computed().accounts if a.name == name)
    wanted = {line[:5]: line.co2e for line in independent.lines(name)}
    frame = account.frame()
    keys = zip(*(frame[c] for c in ("row", "entity", "kind", "scope", "gas")), strict=True)
    found = dict(zip(keys, frame["co2e"], strict=True))
    assert len(found) == len(frame)
    assert found.keys() == wanted.keys()
    assert {k: (found[k], float(w)) for k, w in wanted.items() if not close(found[k], w)} == {}


@pytest.mark.parametrize("name", list(independent.ACCOUNTS))
def test_totals_agree_with_the_independent_recomputation(name) -> None:
    wanted = independent.totals(name)
    kinds = {kind for _, kind, _ in wanted}
    entities = {entity for entity, _, _ in wanted} - {"*"}
    found = {k: v[0] for k, v in numbers().items() if k[1] in kinds and k[0] in entities}
    assert found.keys() == {key for key in wanted if key[0] != "*"}
    assert {k: v for k, v in found.items() if not close(v, float(wanted[k]))} == {}
    account = next(a.account for a in computed().accounts if a.name == name)
    for row in account.total().frame().itertuples():
        assert close(row.co2e, float(wanted["*", row.kind, row.scope]))


def test_loans_agree_with_the_independent_recomputation() -> None:
    financed = computed().financed
    assert financed is not None
    wanted = {loan.loan: loan for loan in independent.loans()}
    frame = financed.frame()
    assert set(frame["loan"]) == set(wanted)
    assert len(frame) == len(wanted)
    for row in frame.itertuples():
        loan = wanted[row.loan]
        pairs = (
            (row.outstanding_cny, loan.outstanding),
            (row.attribution, loan.share),
            (row.financed_scope_1, loan.scope_1),
            (row.financed_scope_2, loan.scope_2),
            (row.avoided, loan.avoided),
        )
        for value, exact in pairs:
            assert math.isnan(value) if exact is None else close(value, float(exact)), row.loan


def test_banks_score_and_coverage_agree_with_the_independent_recomputation() -> None:
    financed = computed().financed
    assert financed is not None
    loans = independent.loans()
    standing = [loan for loan in loans if loan.share is not None]
    money = sum(loan.outstanding for loan in standing)
    assert close(financed.covered(), float(money / sum(loan.outstanding for loan in loans)))
    # Every borrower covered has an account of its energy and processes: option 2a, score 2.
    score = financed.weighted_score()
    assert (score.value, score.loans_without) == (2.0, 0)
    assert close(score.outstanding_cny, float(money))
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for loan in standing:
        for at, part in enumerate((loan.scope_1, loan.scope_2, loan.avoided)):
            sums[loan.lender][at] += float(part or 0)
    for row in financed.by("lender").itertuples():
        wanted = sums[row.lender]
        for value, exact in zip(
            (row.financed_scope_1, row.financed_scope_2, row.avoided), wanted, strict=True
        ):
            assert close(value, exact)


def test_no_number_differs_from_the_committed_table() -> None:
    found, wanted = numbers(), written()
    gone, new = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    differing = [
        f"  {' · '.join(key)}: {co2e!r} ± {u:.6g} in the table, {found[key][0]!r} ±"
        f" {found[key][1]:.6g} now"
        for key, (co2e, u) in wanted.items()
        if key in found and not (close(found[key][0], co2e) and close(found[key][1], u, SIX_DIGITS))
    ]
    problems = [*(f"  gone: {k}" for k in gone), *(f"  new: {k}" for k in new), *differing]
    assert not problems, CHANGED + "\n".join(problems)
