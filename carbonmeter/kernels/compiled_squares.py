"""The compiled pass over errors of rows: eight squares at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from carbonmeter.kernels.compiled import EIGHT
from carbonmeter.kernels.jit import kernel
from carbonmeter.kernels.scattered_rows import square_products


@kernel
def squares(
    quantity: NDArray[np.float64],
    relative: NDArray[np.float64],
    coefficient: NDArray[np.float64],
    recipe: NDArray[np.signedinteger[Any]],
    out: NDArray[np.float64],
) -> None:
    """(quantity * relative * coefficient[recipe])**2, as NumPy rounds it.

    Parameters
    ----------
    quantity, relative : float64[n]
    coefficient : float64[k]
    recipe : int[n]                    0 <= recipe < k
    out : float64[n]                   filled in
    """
    whole = quantity.size // EIGHT * EIGHT
    for i in range(0, whole, EIGHT):
        square_products(quantity, relative, coefficient, recipe, np.uint64(i), out)
    for i in range(whole, quantity.size):
        error = quantity[i] * relative[i] * coefficient[recipe[i]]
        out[i] = error * error
