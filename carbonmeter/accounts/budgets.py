"""Totals asked why they are uncertain: budgets, what improves them, how they move together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.spread import OWN_METERS
from carbonmeter.accounts.summed import COVERAGE_FACTOR, Summed
from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty import OWN, improvements, welch_satterthwaite

if TYPE_CHECKING:
    import pandas as pd

Column = NDArray[np.float64]
Index = NDArray[np.int64]
ROUNDING = 1e-12
THERE, CANNOT = "reached already", "cannot: the others alone exceed it"


def budget(result: Summed) -> pd.DataFrame:
    """Components of each total's variance, largest first; shares sum to one in a group."""
    import pandas as pd

    spread = result.spread
    parts = spread.combined
    bare_group, bare_record = spread.unstated(result.evidence.record_u.size)
    group = np.concatenate([parts.group, bare_group])
    component = np.concatenate([parts.record, bare_record])
    unknown = np.full(bare_group.size, np.nan)
    table = pd.DataFrame(
        {
            **_labels(result, group),
            "component": [spread.name(int(c)) for c in component],
            "u": np.concatenate([np.sqrt(parts.variance), unknown]),
            "share": np.concatenate([parts.share, unknown]),
        }
    ).join(_evidence_of(result, component))
    if result.first_order.lineage is not None:
        table["through"] = _through(result, group, component)
    return table.iloc[np.argsort(group, kind="stable")].reset_index(drop=True)


def improvement(result: Summed, target_percent: float | None = None) -> pd.DataFrame:
    """What each component of each total would bring if it were known better; see `Totals`."""
    import pandas as pd

    if target_percent is not None and not 0.0 <= target_percent < np.inf:
        raise CarbonmeterError(
            f"target_percent={target_percent}; write the U to be reached as a percentage of the"
            " total, such as 5"
        )
    aim = None
    if target_percent is not None:
        aim = target_percent / 100.0 * np.abs(result.co2e) / COVERAGE_FACTOR
    linear, names = result.first_order.linear, result.first_order.names
    found = improvements(linear, aim)
    known = result.evidence.record_u
    held = (found.component >= 0) & (found.component < known.size)
    now = np.where(held, known[np.where(held, found.component, 0)], np.nan)
    units = result.evidence.library.records["unit"].astype(str).to_numpy(object)
    columns: dict[str, object] = {
        **_labels(result, found.group),
        "component": [OWN_METERS if c == OWN else names[c] for c in found.component.tolist()],
        "share": found.share,
        "U": COVERAGE_FACTOR * linear.u[found.group],
        "U_if_perfect": COVERAGE_FACTOR * found.perfect,
        "U_if_halved": COVERAGE_FACTOR * found.halved,
        "u_now": now,
        "unit": np.where(held, units[np.where(held, found.component, 0)], ""),
    }
    if result.first_order.lineage is not None:
        columns["through"] = _through(result, found.group, found.component)
    if target_percent is not None:
        columns["needed_factor"] = found.needed
        columns["u_needed"] = found.needed * now
        columns["needed"] = [_needed(factor) for factor in found.needed.tolist()]
    return pd.DataFrame(columns).join(_evidence_of(result, found.component))


def _needed(factor: float) -> str:
    if np.isnan(factor):
        return CANNOT
    return THERE if factor == 1.0 else f"its u times {factor:.3g}"


def degrees_of_freedom(result: Summed, percent: float, unstated: float | None) -> pd.DataFrame:
    """Effective degrees of freedom of each total and its U by the t distribution; see `Totals`."""
    import pandas as pd

    order = result.first_order
    size = len(order.structure)
    found = welch_satterthwaite(
        order.linear.combined(),
        order.degrees_of_freedom,
        order.names,
        common_from=size,
        unstated=np.nan if unstated is None else unstated,
    )
    factor = found.factor(percent)
    return pd.DataFrame(
        {
            **_labels(result, np.arange(result.groups.count)),
            "co2e": result.co2e,
            "u": order.linear.u,
            "dof": found.dof,
            "k": factor,
            "U": factor * order.linear.u,
            "reason": list(found.reason),
        }
    )


def second_order(result: Summed) -> pd.DataFrame:
    """U of each total to first and to second order, and what its mean lies above; see `Totals`."""
    import pandas as pd

    found = result.first_order.second_order()
    # Differences of products leave a trace of rounding where there is no curvature.
    bias = np.where(np.abs(found.bias) > ROUNDING * np.abs(result.co2e), found.bias, 0.0)
    return pd.DataFrame(
        {
            **_labels(result, np.arange(result.groups.count)),
            "co2e": result.co2e,
            "U": COVERAGE_FACTOR * found.u_first,
            "U_second_order": COVERAGE_FACTOR * found.u,
            "bias": bias,
        }
    )


def matrix(result: Summed, values: Column) -> pd.DataFrame:
    """A matrix of totals by totals under their labels."""
    import pandas as pd

    labels = [result.groups.labels[name] for name in result.groups.names]
    index = pd.MultiIndex.from_arrays(labels, names=result.groups.names)
    return pd.DataFrame(values, index=index, columns=index)


def _labels(result: Summed, group: Index) -> dict[str, object]:
    groups = result.groups
    return {n: np.array(groups.labels[n], object)[group] for n in groups.names}


def _through(result: Summed, group: Index, component: Index) -> list[str]:
    """Ids of the derived records through which a record moves a group; blank where it is used
    itself only."""
    lineage, ids, collapsed = result.first_order.lineage, result.evidence.ids, result.collapsed
    assert lineage is not None
    by_pair: dict[tuple[int, int], set[str]] = {}
    for of, model in zip(collapsed.cell_group.tolist(), collapsed.cell_model.tolist(), strict=True):
        for record in collapsed.models[model].records:
            for base, _ in lineage.of(record):
                if base != record:
                    by_pair.setdefault((of, base), set()).add(ids[record])
    pairs = zip(group.tolist(), component.tolist(), strict=True)
    return ["; ".join(sorted(by_pair.get(pair, ()))) for pair in pairs]


def _evidence_of(result: Summed, component: Index) -> pd.DataFrame:
    """Id, source and clause of each component that is a record; blank for meters."""
    import pandas as pd

    records = result.evidence.library.records
    held = (component >= 0) & (component < len(records))
    place = np.where(held, component, 0)
    return pd.DataFrame(
        {
            name: np.where(held, records[name].astype(str).to_numpy(object)[place], "")
            for name in ("id", "source", "clause", "confidence")
        }
    )
