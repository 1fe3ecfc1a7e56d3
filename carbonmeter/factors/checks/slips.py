"""The slips that tables are known for, by the ratio they leave."""

from __future__ import annotations

import math
from typing import NamedTuple

# How near the logarithm of a ratio must be to that of a slip: other values are never quite equal,
# and slips of a hundred and more lie far apart.
NEAR, NEAR_TENS, NEAR_HUNDREDS = 0.04, 0.12, 0.35


class Slip(NamedTuple):
    """A ratio between what is written and what is meant, and what was mistaken for what."""

    ratio: float
    en: str
    zh: str


SLIPS = (
    Slip(1e6, "a million: g for t, or J for MJ", "相差百万倍：g 与 t，或 J 与 MJ"),
    Slip(1e4, "10^4: per 万Nm3 and per Nm3", "相差一万倍：每万Nm3 与每 Nm3"),
    Slip(1000.0, "a thousand: kg for t, or MJ for GJ", "相差一千倍：kg 与 t，或 MJ 与 GJ"),
    Slip(100.0, "a hundred: a percentage read as a fraction", "相差一百倍：百分数与小数"),
    Slip(3600.0, "3600: kWh and MJ, with a thousand", "相差 3600 倍：kWh 与 MJ 且差一千倍"),
    Slip(41.868, "41.868: toe and GJ", "相差 41.868 倍：吨油当量与 GJ"),
    Slip(29.3076, "29.3076: tce and GJ", "相差 29.3076 倍：吨标准煤与 GJ"),
    Slip(4.1868, "4.1868: calories and joules", "相差 4.1868 倍：卡与焦耳"),
    Slip(44.0 / 12.0, "44/12: carbon and carbon dioxide", "相差 44/12 倍：碳与二氧化碳"),
    Slip(3.6, "3.6: kWh and MJ, or MWh and GJ", "相差 3.6 倍：kWh 与 MJ，或 MWh 与 GJ"),
    Slip(2.20462, "2.2046: lb and kg", "相差 2.2046 倍：磅与千克"),
    Slip(
        1.0 / 0.9, "0.9: net for gross calorific value of a gas", "相差 0.9：气体的低位与高位热值"
    ),
    Slip(1.0 / 0.95, "0.95: net for gross calorific value", "相差 0.95：低位与高位热值"),
)
CLEAR = tuple(slip for slip in SLIPS if slip.ratio > 2.0)
FINE = tuple(slip for slip in SLIPS if slip.ratio < 2.0)


def slips_of(
    ratio: float, near: float | None = None, among: tuple[Slip, ...] = CLEAR
) -> list[Slip]:
    """The slips that leave about this ratio, or its inverse, the nearest first.

    Examples
    --------
    >>> [slip.ratio for slip in slips_of(0.001)], slips_of(7.0)
    ([1000.0], [])
    """
    if not (ratio > 0.0 and math.isfinite(ratio)):
        return []
    size = abs(math.log(ratio))
    off = [(abs(size - math.log(slip.ratio)), at) for at, slip in enumerate(among)]
    return [among[at] for d, at in sorted(off) if d <= (near or _near(among[at]))]


def _near(slip: Slip) -> float:
    return NEAR_HUNDREDS if slip.ratio >= 100.0 else NEAR_TENS if slip.ratio > 20.0 else NEAR


def suspected(ratio: float) -> tuple[str, str]:
    """What a ratio looks like, for a message: English and Chinese; empty if like nothing known."""
    found = slips_of(ratio)
    if not found:
        return "", ""
    return (
        "; looks like " + " or ".join(slip.en for slip in found[:2]),
        "；疑为" + "或".join(slip.zh for slip in found[:2]),
    )
