"""The verb selftest: published results recomputed; PASS, NOTE (the source slips) or DIFF."""

from __future__ import annotations

import tomllib
from argparse import Namespace
from decimal import Decimal
from importlib.resources import files

from carbonmeter.errors import CarbonmeterError


class SelftestError(CarbonmeterError):
    """A published result does not come out."""

    code = "E601"


def selftest(options: Namespace) -> None:
    """Recompute every published number that ships with the package.

    Raises
    ------
    SelftestError                    when one differs by more than its source's last digit
    """
    from carbonmeter.uncertainty.published import uncertainty_outcomes

    outcomes = [
        *guide_outcomes(),
        *(
            (o.verdict, f"{o.case}: {o.quantity}", o.expected, o.got, o.note)
            for o in uncertainty_outcomes()
        ),
    ]
    for verdict, name, expected, got, note in outcomes:
        print(f"{verdict:<5} {name}: {expected} | {got:.10g}{'  ' + note if note else ''}")
    count = {v: sum(o[0] == v for o in outcomes) for v in ("PASS", "NOTE", "DIFF")}
    print(f"{count['PASS']} PASS, {count['NOTE']} NOTE, {count['DIFF']} DIFF")
    if count["DIFF"]:
        raise SelftestError(f"E601: {count['DIFF']} published results do not come out")


def guide_outcomes() -> list[tuple[str, str, str, float, str]]:
    """The worked numbers of the guides: (verdict, name, expected, got, note).

    True to half a unit of the last digit that the source prints.
    """
    from carbonmeter import units
    from carbonmeter.methods import METHODS

    text = (files("carbonmeter.examples") / "golden" / "enterprise.toml").read_text("utf-8")
    outcomes = []
    for example in tomllib.loads(text)["example"]:
        method = METHODS[example["method"]]
        printed, unit = example["expect"].split()
        result = method(example["quantity"], **example["inputs"])
        got = float(result.m) * units.scale(method.output.unit, unit)
        exponent = Decimal(printed).as_tuple().exponent
        within = abs(got - float(printed)) <= 0.5 * 10.0 ** int(exponent)
        verdict = "PASS" if within else "DIFF"
        name = f"{example['method']}, {example['clause']}"
        outcomes.append((verdict, name, example["expect"], got, example["confidence"]))
    return outcomes
