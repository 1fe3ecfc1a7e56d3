"""Monte Carlo after GUM Supplement 1, on plain arrays: draw, evaluate, read off the interval.

Every quantity is drawn by its own name: the numbers of one do not depend on which others there are,
nor on how the work is cut. See `carbonmeter.kernels.draws`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from carbonmeter.errors import CarbonmeterError, near
from carbonmeter.kernels.draws import uniforms
from carbonmeter.uncertainty.reading import Summary, summarise
from carbonmeter.uncertainty.shapes import Normal, Normals, Shape

Column = NDArray[np.float64]
Correlations = Mapping[tuple[str, str], float]

INTERVALS = ("symmetric", "shortest")
OUTSIDE = 10  # draws that must lie outside an interval for its ends to mean something
TOGETHER = 32  # quantities evaluated at a time
SLACK = 1e-9  # of a correlation matrix: what rounding may take a zero eigenvalue below zero


def check_request(draws: int, seed: int, coverage: float, interval: str) -> None:
    """Refuse what no Monte Carlo run can be made of.

    Raises
    ------
    CarbonmeterError
    """
    if interval not in INTERVALS:
        raise CarbonmeterError(f"interval={interval!r}; write 'symmetric' or 'shortest'")
    if not 0.0 < coverage < 100.0:
        raise CarbonmeterError(f"coverage={coverage}; write a percentage between 0 and 100")
    if not (whole(seed) and 0 <= seed < 2**64):
        raise CarbonmeterError(f"seed={seed!r}; write a whole number from 0 to 2**64 - 1")
    least = math.ceil(OUTSIDE / (1.0 - coverage / 100.0))
    if not (whole(draws) and draws >= least):
        raise CarbonmeterError(
            f"draws={draws!r}: a {coverage:g} % interval needs at least {least:,}, so that"
            f" {OUTSIDE} draws lie outside it; 20,000 give its ends to about 2 % of u"
        )


def whole(number: object) -> bool:
    """Whether it is a whole number; True and False are not."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def key_of(name: str) -> int:
    """The name of a quantity as 64 bits, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


class Quantities:
    """Quantities to draw, by name, with their shapes and their correlations.

    Parameters
    ----------
    shapes : name -> Shape
    correlations : (name, name) -> coefficient    of the normal scores (a Gaussian copula): a pair
                                                  of normal quantities has just this correlation,
                                                  others nearly; pairs not named have none

    Raises
    ------
    CarbonmeterError    unknown names, a coefficient beyond 1, coefficients no quantities can have
    """

    def __init__(
        self, shapes: Mapping[str, Shape], correlations: Correlations | None = None
    ) -> None:
        self.names = tuple(sorted(shapes))
        self.shapes = tuple(shapes[name] for name in self.names)
        self.keys = np.array([key_of(name) for name in self.names], dtype=np.uint64)
        self.joint, self.root = correlation_root(self.names, correlations or {})

    def __len__(self) -> int:
        return len(self.names)

    def draw(
        self,
        seed: int,
        start: int,
        stop: int,
        compiled: bool = False,
        only: Sequence[int] | None = None,
    ) -> Column:
        """Draws `start` to `stop` of each quantity, in the order of `names`: float64[k, draws].

        Parameters
        ----------
        only : places in `names`    of those that are wanted, rising; None: all
        """
        if only is None or set(only) & set(self.joint):
            drawn = uniforms(seed, self.keys, start, stop, compiled)
            if self.joint:
                self._join(drawn)
            places = range(len(self)) if only is None else only
            drawn = drawn if only is None else drawn[list(only)]
        else:
            drawn = uniforms(seed, self.keys[list(only)], start, stop, compiled)
            places = only
        normal = []
        for row, place in enumerate(places):
            shape = self.shapes[place]
            if isinstance(shape, Normal):
                normal.append((row, shape.mean, shape.sd))
            else:
                drawn[row] = shape.quantile(drawn[row])
        for i in range(0, len(normal), TOGETHER):
            # Most records are normal: some at a time, to the bits of each by itself.
            rows, mean, sd = map(np.array, zip(*normal[i : i + TOGETHER], strict=True))
            shapes = Normals(mean[:, np.newaxis], sd[:, np.newaxis])
            drawn[rows] = shapes.quantile(drawn[rows])
        return drawn

    def _join(self, drawn: Column) -> None:
        """Mixes the scores of the correlated quantities, in place."""
        from scipy.special import ndtr, ndtri

        score = ndtri(drawn[self.joint])
        for i, at in enumerate(self.joint):
            if not self.root[i, :i].any():
                continue  # it leads; the others follow it
            # Added one by one: a matrix product may depend on the size of the block.
            mixed = np.zeros(drawn.shape[1])
            for j in range(i + 1):
                mixed += self.root[i, j] * score[j]
            drawn[at] = np.clip(ndtr(mixed), 2.0**-60, 1.0 - 2.0**-53)


def correlation_root(names: Sequence[str], correlations: Correlations) -> tuple[list[int], Column]:
    """Positions of the correlated quantities, and the lower root of their correlation matrix.

    Raises
    ------
    CarbonmeterError    with the pair that does not fit the others
    """
    place = {name: i for i, name in enumerate(names)}
    for pair, r in correlations.items():
        for name in pair:
            if name not in place:
                hint = near(name, names) or "only quantities with an uncertainty can be correlated"
                raise CarbonmeterError(f"correlation of {name!r}, which is not drawn; near: {hint}")
        if pair[0] == pair[1] or not -1.0 <= r <= 1.0:
            raise CarbonmeterError(
                f"correlation {r} of {pair[0]!r} and {pair[1]!r}: two names, from -1 to 1"
            )
        other = correlations.get((pair[1], pair[0]), r)
        if other != r:
            raise CarbonmeterError(
                f"{pair[0]!r} and {pair[1]!r} have two correlations: {r}, {other}"
            )
    joint = sorted({place[name] for pair in correlations for name in pair})
    at = {position: i for i, position in enumerate(joint)}
    matrix = np.eye(len(joint))
    for (one, two), r in correlations.items():
        i, j = at[place[one]], at[place[two]]
        matrix[i, j] = matrix[j, i] = r
    if joint:
        sizes, axes = np.linalg.eigh(matrix)
        if sizes[0] < -SLACK:
            # The pair that makes this combination's variance negative more than any other.
            pull = np.triu(np.outer(axes[:, 0], axes[:, 0]) * matrix, 1)
            i, j = divmod(int(pull.argmin()), len(joint))
            one, two = names[joint[i]], names[joint[j]]
            raise CarbonmeterError(
                f"no quantities can have these correlations (eigenvalue {sizes[0]:.3g}); the pair"
                f" that fits the others least is {one!r} and {two!r} with {matrix[i, j]:g}"
            )
    return joint, _lower_root(matrix)


def _lower_root(matrix: Column) -> Column:
    """The Cholesky factor, also of a matrix whose smallest eigenvalue is zero."""
    root = np.zeros_like(matrix)
    for j in range(len(matrix)):
        rest = matrix[j, j] - root[j, :j] @ root[j, :j]
        if rest > SLACK:
            root[j, j] = math.sqrt(rest)
            root[j + 1 :, j] = (matrix[j + 1 :, j] - root[j + 1 :, :j] @ root[j, :j]) / root[j, j]
    return root


def propagate(
    model: Callable[[dict[str, Column]], Column],
    shapes: Mapping[str, Shape],
    *,
    draws: int = 1_000_000,
    seed: int = 1,
    coverage: float = 95.0,
    interval: str = "symmetric",
    correlations: Correlations | None = None,
) -> Summary:
    """Mean, standard uncertainty and coverage interval of a formula of uncertain quantities.

    Parameters
    ----------
    model : function                       from draws by name to draws of the result
    shapes : name -> Shape
    draws, seed, coverage, interval        how many, which, percent, 'symmetric' or 'shortest'
    correlations : (name, name) -> float   of the normal scores

    Source
    ------
    JCGM 101:2008: 7

    Examples
    --------
    >>> from carbonmeter.uncertainty.shapes import Uniform
    >>> found = propagate(lambda x: x["a"] + x["b"], {"a": Uniform(0, 1), "b": Uniform(0, 1)})
    >>> found.mean.round(2), found.u.round(2)
    (array([1.]), array([0.41]))
    """
    check_request(draws, seed, coverage, interval)
    quantities = Quantities(shapes, correlations)
    drawn = dict(zip(quantities.names, quantities.draw(seed, 0, draws), strict=True))
    result = np.array(np.broadcast_to(model(drawn), (1, draws)), dtype=np.float64)
    if not np.isfinite(result).all():
        raise CarbonmeterError(
            f"the formula has no value at {np.count_nonzero(~np.isfinite(result)):,} of the draws;"
            " give its quantities shapes that stay where it is defined"
        )
    return summarise(result, coverage, interval)
