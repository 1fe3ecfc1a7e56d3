"""The numbers of the embedded prefecture as a table that people read and the tests compare.

`python -m tests.regression.prefecture` writes it anew, after a number was changed on purpose.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from carbonmeter.cli.folder import read_plan
from carbonmeter.cli.run import compute
from carbonmeter.examples import example
from carbonmeter.report.results import Results

TABLE = Path(__file__).with_suffix(".csv")
HEADING = ("entity", "kind", "scope", "co2e", "U")
LINES = ("financed_scope_1", "financed_scope_2", "avoided")
Key = tuple[str, str, str]


@cache
def computed() -> Results:
    return compute(read_plan(example("liaocheng").folder))


def numbers() -> dict[Key, tuple[float, float]]:
    """tCO2e and U (k = 2) of each entity and of all ('*'), of each bank, of groups of several."""
    found: dict[Key, tuple[float, float]] = {}
    results = computed()
    for named in results.accounts:
        for total in (named.account.total("entity"), named.account.total()):
            for row in total.frame().to_dict("records"):
                entity = row.get("entity", "*")
                found[entity, row["kind"], row["scope"]] = (row["co2e"], row["U"])
    assert results.financed is not None
    for total in (results.financed.by("lender"), results.financed.by()):
        for row in total.to_dict("records"):
            for line in LINES:
                lender = row.get("lender", "* banks")
                found[lender, line, ""] = (row[line], row[f"U_{line}"])
    for made in results.groups:
        size = made.members["group"].value_counts()
        for row in made.frame().to_dict("records"):
            if size[row["group"]] > 1:
                kind = f"{row['kind']} by {made.approach}"
                found[row["group"], kind, row["scope"]] = (row["co2e"], row["U"])
    return found


def written() -> dict[Key, tuple[float, float]]:
    """The committed table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            (row["entity"], row["kind"], row["scope"]): (float(row["co2e"]), float(row["U"]))
            for row in csv.DictReader(file)
        }


def write() -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADING)
        for key, (co2e, expanded) in sorted(numbers().items()):
            writer.writerow([*key, repr(co2e), f"{expanded:.6g}"])


if __name__ == "__main__":
    write()
