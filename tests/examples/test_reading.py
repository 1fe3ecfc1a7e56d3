"""The embedded prefecture passes the checks of its own package."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carbonmeter import (
    example,
    financed,
    read_activity,
    read_borrowers,
    read_entities,
    read_loans,
    read_projects,
)
from carbonmeter.tables import read_names

LIAOCHENG = example()


@pytest.mark.parametrize(
    ("read", "path", "rows"),
    [
        (read_activity, LIAOCHENG.activity, 582),
        (read_activity, LIAOCHENG.sinks, 4),
        (read_activity, LIAOCHENG.reductions, 18),
        (read_entities, LIAOCHENG.entities, 7),
        (read_names, LIAOCHENG.names, 57),
        (read_loans, LIAOCHENG.loans, 350),
        (read_borrowers, LIAOCHENG.borrowers, 14),
        (read_projects, LIAOCHENG.projects, 2),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_every_table_reads_without_a_problem(read, path, rows):
    table = read(path)
    assert len(table) == rows
    assert table.excluded == ()
    assert "" not in table.text("origin").labels


def test_the_book_is_covered_as_far_as_there_are_accounts():
    entities = sorted(set(read_activity(LIAOCHENG.activity).text("entity").labels))
    totals = pd.DataFrame(
        [(e, scope, 1000.0, 50.0) for e in entities for scope in ("1", "2-location")],
        columns=["entity", "scope", "co2e", "U"],
    )
    result = financed(
        read_loans(LIAOCHENG.loans),
        read_borrowers(LIAOCHENG.borrowers),
        read_projects(LIAOCHENG.projects),
        totals,
        as_of="2024-12-31",
    )
    table = result.coverage()
    loans = table.groupby("reason")["loans"].sum().to_dict()
    # 246 loans to small firms and five to Luxi Chemical have no account; six are to the paper mill
    assert loans == {"": 93, "far_dates": 6, "no_account": 251}
    assert 0.70 < result.covered() < 0.75
    frame = result.frame()
    luxi = frame[frame["borrower"] == "luxi-chemical"]
    assert set(luxi["reason"]) == {"no_account"}
    mill = frame[frame["borrower"] == "linqing-textile"]
    assert all("negative equity counted as zero" in text for text in mill["findings"])
    assert np.nansum(frame["attribution"]) > 0.0
