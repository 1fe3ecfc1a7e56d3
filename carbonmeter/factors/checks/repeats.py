"""Ids that occur twice, and numbers that occur twice where they mean different things."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.checks.said import Said, said
from carbonmeter.factors.checks.view import View, dimension_of
from carbonmeter.factors.layer import Layer

SERIES = ("parameter", "subject", "region", "site", "tier", "gas")
DIGITS = 3  # a number of fewer significant digits occurs twice by chance


def repeated_ids(layer: Layer) -> Iterator[Problem]:
    """One problem for each record whose id an earlier one has."""
    coded = layer.coded("id")
    times = np.bincount(coded.codes, minlength=len(coded.labels))
    if times.max(initial=0) < 2:
        return
    first: dict[int, int] = {}
    codes = coded.codes.tolist()
    for at in np.flatnonzero(times[coded.codes] > 1).tolist():
        earlier = first.setdefault(codes[at], at)
        if earlier != at:
            row, file = layer.row[earlier], layer.file[earlier]
            rule = (f"the same id as row {row} of {file}", f"编号与 {file} 第{row}行相同")
            cure = ("give each record an id of its own", "请为每条记录取各自的编号")
            yield said(layer, at, "id", rule, cure)


def reused_ids(layer: Layer, known: Layer) -> tuple[list[Said], list[Said]]:
    """Records with the id of one in another library: of another thing, and of another value.

    Returns
    -------
    problems, findings
    """
    place = {id_: at for at, id_ in enumerate(known.columns["id"].tolist())}
    shared = [
        (at, place[id_]) for at, id_ in enumerate(layer.columns["id"].tolist()) if id_ in place
    ]
    problems, findings = [], []
    for at, other in shared:
        differing = [n for n in SERIES if layer.columns[n][at] != known.columns[n][other]]
        value = [n for n in ("value", "unit") if layer.columns[n][at] != known.columns[n][other]]
        if differing:
            what = f"{known.columns['parameter'][other]} {known.columns['subject'][other]}"
            rule = (
                f"in {known.name} this id names {what}: {', '.join(differing)} differ",
                f"该编号在 {known.name} 中指 {what}：{'、'.join(differing)} 不同",
            )
            cure = (
                "an id names one value for ever; give the new record an id of its own",
                "编号一经使用不得另指他物；请为新记录另取编号",
            )
            problems.append(said(layer, at, "id", rule, cure))
        elif value:
            stated = f"{known.columns['value'][other]:g} {known.columns['unit'][other]}"
            rule = (
                f"the same id is {stated} in {known.name}",
                f"同一编号在 {known.name} 中为 {stated}",
            )
            cure = (
                "never edit a value in place: add a record that supersedes it",
                "请勿就地修改数值：应另加记录取代之",
            )
            findings.append(said(layer, at, "value", rule, cure))
    return problems, findings


def repeated_numbers(layer: Layer) -> Iterator[Said]:
    """Records of one subject with the same number in different dimensions.

    So look a value copied into the wrong row, such as the GJ of a process in its CO2 factor, and
    a value in thousandths that was computed from the wrong column.
    """
    view = View(layer)
    value = layer.columns["value"]
    known = np.isfinite(value) & (value != 0.0)
    thousand = np.floor(np.log10(np.abs(np.where(known, value, 1.0))) / 3.0)
    mantissa = np.round(np.where(known, value, 0.0) / 1000.0**thousand, 9)
    enough = known & _has_digits(mantissa)
    if not enough.any():
        return
    _, number = np.unique(mantissa, return_inverse=True)
    group, _ = view.together("subject", "region", "site")
    at = np.flatnonzero(enough)
    order = at[np.lexsort((at, number[at], group[at]))]
    same = (number[order][1:] == number[order][:-1]) & (group[order][1:] == group[order][:-1])
    units, parameters = layer.coded("unit"), layer.columns["parameter"]
    for block in np.split(order, np.flatnonzero(~same) + 1) if order.size else ():
        for one, other in combinations(block.tolist()[:12], 2):
            texts = [units.labels[units.codes[i]] for i in (one, other)]
            if parameters[one] != parameters[other] and len({*map(dimension_of, texts)}) == 2:
                yield _same_number(layer, one, other, texts[0])


def _has_digits(
    mantissa: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a number has at least DIGITS significant ones; a round number says nothing."""
    size = np.abs(np.where(mantissa == 0.0, 1.0, mantissa))
    scaled = size / 10.0 ** (np.floor(np.log10(size)) - (DIGITS - 2))
    return np.abs(scaled - np.round(scaled)) > 1e-6


def _same_number(layer: Layer, one: int, other: int, unit: str) -> Said:
    c = layer.columns
    where = f"row {layer.row[one]}"
    rule = (
        f"the digits of {c['parameter'][one]} ({c['value'][one]:g} {unit}, {where}),"
        " which is a value of another kind",
        f"与第{layer.row[one]}行 {c['parameter'][one]}（{c['value'][one]:g} {unit}）"
        "数字相同而量纲不同",
    )
    cure = (
        "see whether a value was copied into the wrong row or column",
        "请核对是否填错行或列",
    )
    return said(layer, other, "value", rule, cure)
