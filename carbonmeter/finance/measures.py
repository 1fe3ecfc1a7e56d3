"""Measures of a whole portfolio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carbonmeter.kernels import segment_sum
from carbonmeter.units import Column


@dataclass(frozen=True)
class WeightedScore:
    """A mean data-quality score, the balances it rests on, and how many loans it leaves out."""

    value: float
    outstanding_cny: float
    loans_without: int


def weighted(outstanding: Column, score: Column) -> WeightedScore:
    """Mean score weighted by outstanding; loans without a score are left out and counted.

    Parameters
    ----------
    outstanding : float64[n], CNY    finite
    score : float64[n]               1 best … 5 worst; NaN if a loan has none

    Source
    ------
    pcaf-2022: chapter 6, box 8

    Examples
    --------
    >>> round(weighted(np.array([522425.0, 187449.0]), np.array([3.0, 5.0])).value, 2)
    3.53
    """
    has = ~np.isnan(score)
    one = np.zeros(int(has.sum()), dtype=np.int64)
    money = float(segment_sum(outstanding[has], one, 1)[0])
    points = float(segment_sum(outstanding[has] * score[has], one, 1)[0])
    value = points / money if money > 0.0 else float("nan")
    return WeightedScore(value, money, int((~has).sum()))
