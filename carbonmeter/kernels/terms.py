"""Numbers that a plain kernel and its compiled twin share."""

from __future__ import annotations

import numpy as np

# Of `noise` and `compiled_noise`.
SPAN = 128  # evaluations of a block
BLOCK = 4 * SPAN
APART = np.uint64(0x8000_0000)  # of the counter: what no draw of `uniforms` reaches
F = np.float32
NUMERATOR = (
    F(1.2533143),
    F(0.4524488),
    F(0.089847155),
    F(0.011877950),
    F(0.0009997485),
    F(2.9280025e-05),
)
DENOMINATOR = (
    F(1.0),
    F(0.0992053),
    F(0.03267292),
    F(0.0022810746),
    F(0.0001697818),
    F(1.0079116e-06),
)
# log(1 + f) = f - f**2 / 2 + f**3 (these), 1/sqrt(2) <= 1 + f <= sqrt(2)
LOGARITHM = (
    F(0.3333469),
    F(-0.24980573),
    F(0.19910239),
    F(-0.17166907),
    F(0.16141178),
    F(-0.10224206),
)
LOG_2 = F(0.6931472)
ROOT_HALF = np.int32(0x3F3504F3)  # the bits of 1/sqrt(2)
MANTISSA = np.int32(23)
STEP, HALF_STEP = F(2.0**-32), F(2.0**-33)
TWICE = F(2.0**-31)
ONE, FOUR, SHARE = F(1.0), F(4.0), F(0.5)
MOST = np.int32(0x7FFF_FFFF)
SIZE = np.uint32(0x7FFF_FFFF)
SIGN = np.uint32(0x8000_0000)

# Of `order` and `compiled_order`.
LANES = 512
