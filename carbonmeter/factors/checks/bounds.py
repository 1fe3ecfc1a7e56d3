"""Bounds of records: both or none, about the value, with a meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from carbonmeter.errors import Problem
from carbonmeter.factors.checks.said import said
from carbonmeter.factors.checks.view import Mask
from carbonmeter.factors.layer import Layer
from carbonmeter.factors.record import NOT_STATED

Words = tuple[str, tuple[str, str], tuple[str, str]]  # column, rule, cure; English and Chinese

_THREE = ("check the three numbers", "请核对这三个数值")
_COVERED = (
    "write 95 for a 95 % interval, 100 for limits never passed",
    "95 % 区间写 95，绝不超出的界限写 100",
)
RULES: Mapping[str, Words] = {
    "one": (
        "low",
        ("one bound without the other", "上下限只给出一个"),
        ("give both or neither", "请同时给出，或都不给"),
    ),
    "crossed": (
        "low",
        ("low is above high", "下限高于上限"),
        ("exchange them", "请对调"),
    ),
    "below": ("value", ("below low", "低于下限"), _THREE),
    "above": ("value", ("above high", "高于上限"), _THREE),
    "uncovered": (
        "coverage",
        ("bounds without the percentage they cover", "有上下限而无包含概率"),
        _COVERED,
    ),
    "shapeless": (
        "distribution",
        ("bounds without a distribution", "有上下限而无分布"),
        (
            "write normal, uniform, triangular or lognormal, and in the note if it is your choice;"
            " not_stated if nobody knows what they mean",
            "请写 normal、uniform、triangular 或 lognormal，自行选定的请在备注说明；"
            "含义不明写 not_stated",
        ),
    ),
    "boundless": (
        "low",
        ("coverage or distribution without bounds", "有包含概率或分布而无上下限"),
        ("give low and high, or leave all four empty", "请给出上下限，或四项都留空"),
    ),
    "free": (
        "degrees_of_freedom",
        ("degrees of freedom without bounds", "有自由度而无上下限"),
        ("give low and high, or leave it empty", "请给出上下限，或留空"),
    ),
    "fraction": (
        "coverage",
        ("a percentage, not a part of one", "应为百分数而非小数"),
        _COVERED,
    ),
    "endless": (
        "coverage",
        (
            "a normal or lognormal distribution never lies wholly between two bounds",
            "正态或对数正态分布不会全部落在两界之间",
        ),
        ("write 95, or distribution uniform", "请写 95，或改用 uniform 分布"),
    ),
    "negative": (
        "low",
        ("a lognormal value is positive", "对数正态的值为正"),
        ("choose another distribution", "请选其他分布"),
    ),
}


def bound_problems(layer: Layer) -> Iterator[Problem]:
    """Bounds that do not hold the value, or do not say what they are."""
    for name, wrong in _broken(layer).items():
        for at in np.flatnonzero(wrong).tolist():
            column, rule, cure = RULES[name]
            yield said(layer, at, column, rule, cure)


def _broken(layer: Layer) -> dict[str, Mask]:
    """Which records break each rule."""
    c = layer.columns
    value, low, high, coverage = (c[name] for name in ("value", "low", "high", "coverage"))
    has_low, has_high, has_coverage = ~np.isnan(low), ~np.isnan(high), ~np.isnan(coverage)
    distribution = layer.coded("distribution")
    shaped = ~distribution.where([""])
    bounded, bare, ordered = has_low & has_high, ~has_low & ~has_high, low <= high
    unlimited = distribution.where(["normal", "lognormal"])
    return {
        "one": has_low != has_high,
        "crossed": bounded & (low > high),
        "below": bounded & (value < low) & ordered,
        "above": bounded & (value > high) & ordered,
        "uncovered": bounded & ~has_coverage & ~distribution.where([NOT_STATED]),
        "shapeless": bounded & ~shaped,
        "boundless": bare & (has_coverage | shaped),
        "free": bare & ~np.isnan(c["degrees_of_freedom"]),
        "fraction": bounded & (coverage <= 1.0),
        "endless": bounded & unlimited & (coverage >= 100.0),
        "negative": bounded & distribution.where(["lognormal"]) & (low <= 0.0),
    }
