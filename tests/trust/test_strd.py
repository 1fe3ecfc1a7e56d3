"""Means and standard deviations against the certified values of NIST's reference data sets.

The measure is the number of correct digits, LRE = -log10 of the relative error.
"""

from __future__ import annotations

import math
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from carbonmeter.kernels import segment_sum, weighted_segment_sum
from carbonmeter.uncertainty import mean_and_deviation, of_readings

EXACT = 17.0  # a double has no more digits


class Certified(NamedTuple):
    """A data set, its certified values, and the digits demanded of mean and deviation."""

    values: list[float]
    mean: float
    deviation: float
    digits: tuple[float, float]


def pi_digits(n: int) -> list[float]:
    """The first digits of pi by Machin's formula, in whole numbers."""
    unity = 10 ** (n + 10)

    def arccot(x: int) -> int:
        total = term = unity // x
        divisor, sign = 1, 1
        while term:
            term //= x * x
            divisor, sign = divisor + 2, -sign
            total += sign * (term // divisor)
        return total

    pi = 4 * (4 * arccot(5) - arccot(239))
    half = n // 2
    front, back = divmod(pi // 10**11, 10**half)  # Python writes out no more than 4300 digits
    return [float(digit) for digit in f"{front}{back:0{half}}"]


def pi_digits_of_nist() -> list[float]:
    """The set as NIST gives it and certifies it: its digit 957 is a 3, where pi has an 8."""
    digits = pi_digits(5000)
    assert digits[956] == 8.0
    digits[956] = 3.0
    return digits


def offset(base: float) -> list[float]:
    return [base + 0.2] + [base + 0.1, base + 0.3] * 500


def observed() -> dict[str, Certified]:
    text = (Path(__file__).parent / "strd.toml").read_text("utf-8")
    return {
        name: Certified(
            [float(value) for value in each["values"]],
            float(each["mean"]),
            float(each["deviation"]),
            (14.0, 13.0),
        )
        for name, each in tomllib.loads(text).items()
    }


SETS = {
    **observed(),
    "PiDigits": Certified(pi_digits_of_nist(), 4.5348, 2.86733906028871, (14.0, 14.0)),
    "NumAcc1": Certified([10000001.0, 10000003.0, 10000002.0], 10000002.0, 1.0, (14.0, 14.0)),
    "NumAcc2": Certified(offset(1.0), 1.2, 0.1, (14.0, 14.0)),
    "NumAcc3": Certified(offset(1e6), 1000000.2, 0.1, (14.0, 9.0)),
    "NumAcc4": Certified(offset(1e7), 10000000.2, 0.1, (14.0, 8.0)),
}


def digits(got: float, certified: float) -> float:
    off = abs(got - certified) / abs(certified)
    return EXACT if off == 0.0 else min(EXACT, -math.log10(off))


def test_the_data_are_those_of_nist() -> None:
    sizes = {name: len(each.values) for name, each in SETS.items()}
    assert sizes == {
        "Lew": 200,
        "Lottery": 218,
        "Mavro": 50,
        "Michelso": 100,
        "PiDigits": 5000,
        "NumAcc1": 3,
        "NumAcc2": 1001,
        "NumAcc3": 1001,
        "NumAcc4": 1001,
    }
    assert SETS["PiDigits"].values[:6] == [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]


@pytest.mark.parametrize("name", SETS)
def test_mean_and_deviation_have_the_certified_digits(name: str) -> None:
    each = SETS[name]
    mean, deviation = mean_and_deviation(each.values)
    assert digits(mean, each.mean) >= each.digits[0]
    assert digits(deviation, each.deviation) >= each.digits[1]
    found = of_readings(each.values)
    n = len(each.values)
    assert (found.value, found.dof) == (mean, n - 1.0)
    assert digits(found.u * math.sqrt(n), each.deviation) >= each.digits[1]


@pytest.mark.parametrize("name", SETS)
def test_the_deviation_is_that_of_the_stored_numbers_to_a_few_units(name: str) -> None:
    """What is missing to the certified digits was lost in writing 0.1 as a double, not here."""
    exact = [Fraction(value) for value in SETS[name].values]
    mean = sum(exact) / len(exact)
    variance = sum((value - mean) ** 2 for value in exact) / (len(exact) - 1)
    got_mean, got = mean_and_deviation(SETS[name].values)
    assert got_mean == pytest.approx(float(mean), rel=4e-16)
    assert Fraction(got) ** 2 / variance == pytest.approx(1.0, rel=2e-15)


def test_means_and_deviations_by_segment_sums_have_them_all_at_once() -> None:
    """All sets shuffled into one column: one pass for the sums, two for the deviations."""
    rng = np.random.default_rng(3)
    sizes = np.array([len(each.values) for each in SETS.values()])
    values = np.concatenate([each.values for each in SETS.values()])
    segment = np.repeat(np.arange(len(SETS)), sizes)
    order = rng.permutation(values.size)
    values, segment = values[order], segment[order]
    mean = segment_sum(values, segment, len(SETS)) / sizes
    off = values - mean[segment]
    squares = segment_sum(off * off, segment, len(SETS))
    squares -= segment_sum(off, segment, len(SETS)) ** 2 / sizes
    deviation = np.sqrt(squares / (sizes - 1))
    for at, each in enumerate(SETS.values()):
        assert digits(mean[at], each.mean) >= each.digits[0]
        assert digits(deviation[at], each.deviation) >= each.digits[1]
    ones = np.zeros(values.size, dtype=np.int64)
    weighted = weighted_segment_sum(values, np.array([1.0]), ones, segment, len(SETS)) / sizes
    assert weighted.tobytes() == mean.tobytes()


@pytest.mark.parametrize("name", SETS)
def test_the_sum_is_the_correctly_rounded_one(name: str) -> None:
    values = np.array(SETS[name].values)
    (total,) = segment_sum(values, np.zeros(values.size, dtype=np.int64), 1)
    assert total == math.fsum(values)
