"""An account as tables and text: the ledger, shares of evidence, the budget, a summary."""

from __future__ import annotations

import html as html_module
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.accounts.group_labels import RECIPE_LABELS, ROW_LABELS
from carbonmeter.accounts.ledger import Ledger
from carbonmeter.accounts.rounding import half_up_column
from carbonmeter.accounts.totals import totals
from carbonmeter.errors import GuideError, Problem
from carbonmeter.factors.record import RETRACTION
from carbonmeter.uncertainty import with_uncertainty

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    import xarray as xr


HTML_ROWS = 60
DOUBTFUL = ("memory", "conflicting")
ORDER = {
    "tier": ("measured", "supplier", "default", "punitive"),
    "confidence": ("primary", "secondary", "memory", "conflicting"),
}


def frame(account: Ledger) -> pd.DataFrame:
    """The ledger as a table; text columns are categorical, one label table each."""
    import pandas as pd

    rows, recipe = account.line_row, account.line_recipe
    columns: dict[str, object] = {
        "line": np.arange(len(account), dtype=np.int32),
        "row": account.activity.row[rows],
    }
    for name in ROW_LABELS:
        column = account.activity.text(name)
        columns[name] = pd.Categorical.from_codes(column.codes[rows], pd.Index(column.labels))
    for name in RECIPE_LABELS:
        labels = account.recipes.labels(name)
        known = sorted(set(labels))
        of_recipe = np.array([known.index(text) for text in labels], dtype=np.int32)
        columns[name] = pd.Categorical.from_codes(of_recipe[recipe], pd.Index(known))
    unit = account.activity.text("unit")
    columns["quantity"] = account.line_quantity
    columns["unit"] = pd.Categorical.from_codes(unit.codes[rows], pd.Index(unit.labels))
    columns["emission"] = account.line_quantity * account.recipes.per_unit[recipe]
    columns["co2e"] = account.line_quantity * account.recipes.co2e[recipe]
    columns["template_co2e"] = template_column(account)
    return pd.DataFrame(columns)


def template_column(account: Ledger) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """tCO2e of each line with the guide's intermediate rounding; full where the guide has none."""
    recipes, recipe = account.recipes, account.line_recipe
    quantity = account.line_quantity * recipes.scale[recipe]
    digits = np.full(len(recipes.choices), -1)
    for i, choice in enumerate(recipes.choices):
        rounding = choice.key.edition.rounding.get(choice.method.name)
        if rounding is not None and rounding.quantity is not None:
            digits[i] = rounding.quantity
    for d in np.unique(digits[digits >= 0]):
        held = digits[recipe] == d
        quantity[held] = half_up_column(quantity[held], int(d))
    return quantity * recipes.template[recipe] * recipes.gwp[recipe]


def dataset(account: Ledger) -> xr.Dataset:
    """The ledger as a Dataset; labels are text coordinates, emissions bare float64."""
    import xarray as xr

    table = frame(account)
    numbers = ("quantity", "emission", "co2e", "template_co2e")
    coords = {name: ("line", table[name].to_numpy()) for name in ("line", "row")}
    for name in table.columns.difference([*numbers, *coords]):
        coords[name] = ("line", table[name].astype(str).to_numpy())
    data = xr.Dataset(
        {
            "quantity": ("line", table["quantity"].to_numpy()),
            "emission": ("line", table["emission"].to_numpy(), {"units": "t of gas"}),
            "co2e": ("line", table["co2e"].to_numpy(), {"units": "tCO2e"}),
            "template_co2e": ("line", table["template_co2e"].to_numpy(), {"units": "tCO2e"}),
            "factor": (("line", "slot"), account.recipes.record[account.line_recipe]),
        },
        coords=coords,
    )
    data.attrs.update(account.attributes())
    return data


def share(account: Ledger, label: str) -> pd.DataFrame:
    """Share of each scope's |tCO2e| by a label of the records behind it.

    A line is split over its parameters by elasticity (how much of a percent the line moves when
    the parameter moves by one), so an ash content does not weigh like a carbon content.
    """
    import pandas as pd

    return pd.DataFrame(shares(account, label), columns=["kind", "scope", label, "share"])


def shares(account: Ledger, label: str) -> list[tuple[str, str, str, float]]:
    """The rows of `share`: kind, scope, which evidence, share."""
    if label not in ORDER:
        raise GuideError(f"E302: share() knows {' and '.join(ORDER)}, not {label!r}")
    record = account.recipes.record[:, :-1]
    value = np.abs(account.library.column("value")[np.maximum(record, 0)])
    weight = np.where(record >= 0, np.abs(account.recipes.slope[:, :-1]) * value, 0.0)
    whole = weight.sum(axis=1, keepdims=True)
    weight = np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0.0)
    held = account.library.column(label)[np.maximum(record, 0)]
    groups = account.grouped()
    size = np.abs(account.line_quantity * account.recipes.co2e[account.line_recipe])
    total = np.bincount(groups.of_line, weights=size, minlength=groups.count)
    labels, out = groups.labels, []
    for name in ORDER[label]:
        of_recipe = np.where(held == name, weight, 0.0).sum(axis=1)
        part = np.bincount(
            groups.of_line, weights=size * of_recipe[account.line_recipe], minlength=groups.count
        )
        for g in np.flatnonzero(part > 0.0):
            share = float(part[g] / total[g])
            out.append((labels["kind"][g], labels["scope"][g], name, share))
    return out


def marked(account: Ledger) -> pd.DataFrame:
    """Records and constants used whose mark is memory or conflicting, with the tCO2e on them."""
    import pandas as pd

    columns = ["id", "parameter", "subject", "confidence", "source", "co2e"]
    return pd.DataFrame(doubtful(account), columns=columns)


def doubtful(account: Ledger) -> list[dict[str, str | float]]:
    """The rows of `marked`."""
    recipes, columns = account.recipes, ["parameter", "subject", "confidence", "source"]
    size = np.bincount(
        account.line_recipe,
        weights=np.abs(account.line_quantity * recipes.co2e[account.line_recipe]),
        minlength=len(recipes.choices),
    )
    records = {name: account.library.column(name) for name in ("id", *columns)}
    out: list[dict[str, str | float]] = []
    for index in np.unique(recipes.record[recipes.record >= 0]).tolist():
        if records["confidence"][index] in DOUBTFUL:
            used = (recipes.record == index).any(axis=1)
            of_record = {name: column[index] for name, column in records.items()}
            out.append({**of_record, "co2e": float(size[used].sum())})
    on_constant: dict[str, float] = {}
    constants = {}
    for choice, amount in zip(recipes.choices, size.tolist(), strict=True):
        for name, constant in choice.method.constants().items():
            if constant.confidence in DOUBTFUL:
                constants[name] = constant
                on_constant[name] = on_constant.get(name, 0.0) + amount
    for name, constant in constants.items():
        held = dict(zip(columns, ["", "", constant.confidence, constant.source], strict=True))
        out.append({"id": name, **held, "co2e": on_constant[name]})
    return out


def unused(account: Ledger) -> pd.DataFrame:
    """Records of the user's own layers that no line used: another subject, site or period.

    One that was replaced or withdrawn is passed over on purpose, and so is what withdraws it.
    """
    records = account.library.records
    own = [layer.name for layer in account.library.stack if not layer.shipped]
    held = records["layer"].isin(own).to_numpy(copy=True)
    held &= (records["supersede_reason"] != RETRACTION).to_numpy()
    held &= ~records["id"].isin(set(records["supersedes"]) - {""}).to_numpy()
    held[np.unique(account.recipes.record[account.recipes.record >= 0])] = False
    names = ["layer", "row", "id", "parameter", "subject", "site", "valid_from", "valid_to"]
    return records.loc[held, names].reset_index(drop=True)


def problems(found: Iterable[Problem]) -> pd.DataFrame:
    import pandas as pd

    names = ["file", "row", "column", "value", "rule", "cure"]
    return pd.DataFrame([[getattr(p, n) for n in names] for p in found], columns=names)


def text(account: Ledger) -> str:
    """A summary: one line per scope with U, and what a reader must know about the evidence."""
    attributes = account.attributes()
    lines = [
        f"Account of {account.activity.source.name}: {len(account):,} lines,"
        f" {attributes['guide']}, GWP {attributes['gwp_set']}"
    ]
    for row in _rounded(account):
        lines.append(f"  {row[1]:<10} {row[2]:<11} {row[3]:>16} ± {row[4]} tCO2e (k = 2)")
    return "\n".join([*lines, *(f"  {note}" for note in _notes(account))])


def html(account: Ledger) -> str:
    """The same with a row per entity; no script, everything escaped."""
    escape = html_module.escape
    rows = _rounded(account, "entity")
    heads = ("entity", "kind", "scope", "tCO2e", "U (k = 2)", "largest contributor to U")
    right = ' style="text-align:right"'
    body = [
        "<tr>"
        + "".join(f"<td{right * (at in (3, 4))}>{escape(cell)}</td>" for at, cell in enumerate(row))
        + "</tr>"
        for row in rows[:HTML_ROWS]
    ]
    hidden = len(rows) - HTML_ROWS
    notes = [*_notes(account), *([f"{hidden} more rows: .total('entity')"] if hidden > 0 else [])]
    return (
        f"<p>{escape(text(account).splitlines()[0])}</p><table><tr>"
        + "".join(f"<th>{escape(head)}</th>" for head in heads)
        + f"</tr>{''.join(body)}</table>"
        + "".join(f"<p>{escape(note)}</p>" for note in notes)
    )


def _rounded(account: Ledger, *by: str) -> list[tuple[str, ...]]:
    """Totals as texts: labels, kind, scope, value and U rounded at the same digit, largest."""
    frame = totals(account, account.grouped(*by)).frame()
    out = []
    for row in frame.to_dict("records"):
        value, expanded = float(row["co2e"]), float(row["U"])
        bare = f"{value:.0f}" if abs(value) >= 1000.0 else f"{value:.4g}"
        shown = with_uncertainty(value, expanded) if expanded > 0.0 else (bare, "–")
        numbers = [f"{Decimal(n):,}" if n[-1:].isdigit() else n for n in shown]
        label = str(row[by[0]]) if by else ""
        out.append((label, str(row["kind"]), str(row["scope"]), *numbers, str(row["largest"])))
    return out


def _notes(account: Ledger) -> list[str]:
    notes = []
    doubtful = len(marked(account))
    if doubtful:
        notes.append(f"{doubtful} records used are marked memory or conflicting: .marked()")
    if account.problems_excluded:
        notes.append(f"{len(account.problems_excluded)} keys were left out by name: .excluded")
    return notes
