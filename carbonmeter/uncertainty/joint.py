"""Uncertain values made together: readings of one quantity, and correlated sets."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from carbonmeter.errors import CarbonmeterError
from carbonmeter.uncertainty.sample import SLACK, correlation_root
from carbonmeter.uncertainty.value import Source, Uncertain


def mean_and_deviation(readings: Sequence[float]) -> tuple[float, float]:
    """Mean and experimental standard deviation of repeated readings.

    The mean is the correctly rounded sum over n. Deviations are taken from it, and what its own
    rounding adds to their sum is taken off again, so large offsets cost no digits.

    Parameters
    ----------
    readings : sequence of float    at least two, finite

    Source
    ------
    JCGM 100:2008: 4.2.1, 4.2.2

    Examples
    --------
    >>> mean_and_deviation([9.0, 10.0, 11.0])
    (10.0, 1.0)
    """
    n = len(readings)
    if n < 2:
        raise CarbonmeterError(
            f"{n} reading(s) show no spread; give two or more, or state the uncertainty by bounds"
        )
    wrong = [at for at, reading in enumerate(readings) if not math.isfinite(reading)]
    if wrong:
        raise CarbonmeterError(
            f"reading {wrong[0]} of {n} is {readings[wrong[0]]}; leave out what was not read, and"
            " say how many were"
        )
    mean = math.fsum(readings) / n
    deviations = [reading - mean for reading in readings]
    squares = math.fsum(d * d for d in deviations) - math.fsum(deviations) ** 2 / n
    return mean, math.sqrt(squares / (n - 1))


def of_readings(readings: Sequence[float], label: str = "") -> Uncertain:
    """The mean of repeated readings (Type A): u = s / sqrt(n), with n - 1 degrees of freedom.

    Source
    ------
    JCGM 100:2008: 4.2.3

    Examples
    --------
    >>> print(of_readings([25.8, 25.9, 26.1, 25.9]))
    25.93 ± 0.13 (k = 2)
    """
    mean, deviation = mean_and_deviation(readings)
    n = len(readings)
    return Uncertain(mean, deviation / math.sqrt(n), n - 1.0, label)


def correlated(
    values: Sequence[float],
    u: Sequence[float],
    correlation: ArrayLike,
    labels: Sequence[str] = (),
) -> tuple[Uncertain, ...]:
    """Uncertain values with stated correlation coefficients.

    Prefer values that share a source: then the correlation follows. This is for sets that come
    with a matrix, such as the coefficients of a fit. Results that use them state no degrees of
    freedom, because Welch–Satterthwaite holds for independent sources only.

    Parameters
    ----------
    values, u : sequence of float[n]
    correlation : float64[n, n]        symmetric, ones on the diagonal, positive semidefinite
    labels : sequence of str[n]        optional

    Source
    ------
    JCGM 100:2008: 5.2.2

    Examples
    --------
    >>> a, b = correlated([1.0, 2.0], [0.1, 0.1], [[1.0, -1.0], [-1.0, 1.0]])
    >>> round((a + b).u, 12)
    0.0
    """
    matrix = np.asarray(correlation, dtype=np.float64)
    n = len(values)
    fits = matrix.shape == (n, n) and len(u) == n and len(labels) in (0, n)
    if not fits or not np.allclose(matrix, matrix.T) or not np.allclose(np.diag(matrix), 1.0):
        raise CarbonmeterError(
            f"{n} values need {n} u, {n} or no labels, and a symmetric {n} x {n} correlation"
            " matrix with ones on its diagonal"
        )
    names = list(labels) or [f"axis {j + 1}" for j in range(n)]
    for name, spread in zip(names, u, strict=True):
        if not 0.0 <= spread < math.inf:
            raise CarbonmeterError(
                f"{name}: u = {spread}; a standard uncertainty is finite and not negative, and a"
                " correlation needs one"
            )
    sizes, axes = np.linalg.eigh(matrix)
    if sizes.min() < -SLACK:
        # The check of what is drawn names the pair at fault.
        places = names if len(set(names)) == n else [f"value {i + 1}" for i in range(n)]
        pairs = {(places[i], places[j]): matrix[i, j] for j in range(n) for i in range(j)}
        correlation_root(places, pairs)
    root = axes * np.sqrt(np.maximum(sizes, 0.0))
    sources = [Source(name, None) for name in names]
    return tuple(
        Uncertain.of_parts(
            float(values[i]),
            {source: float(u[i] * root[i, j]) for j, source in enumerate(sources)},
            names[i] if labels else "",
        )
        for i in range(n)
    )


def covariance(one: Uncertain, other: Uncertain) -> float:
    """Covariance of two values: the sum over shared sources of the products of contributions."""
    return math.fsum(part * other.parts.get(source, 0.0) for source, part in one.parts.items())
