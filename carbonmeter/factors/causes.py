"""Causes of error that a record shares with others, as its column `common` states them."""

from __future__ import annotations

import re
from functools import lru_cache

from carbonmeter.units.definitions import Refusal

Causes = tuple[tuple[str, float], ...]

ROUNDING = 1e-12
CURE = "write causes and their parts of the variance: reference gas=0.5; laboratory=0.2"
_PART = re.compile(r"[0-9]+(\.[0-9]+)?(e-[0-9]{1,2})?")


@lru_cache(maxsize=65536)
def causes(text: str) -> Causes | Refusal:
    """Each cause with its part of the variance, or why the text is refused and what to write.

    Examples
    --------
    >>> causes("reference gas=0.5; laboratory=0.2")
    (('reference gas', 0.5), ('laboratory', 0.2))
    >>> causes("laboratory=0.7; method=0.7").rule
    'the parts add up to 1.4'
    """
    found: dict[str, float] = {}
    for piece in text.split(";"):
        name, sign, part = (each.strip() for each in piece.rpartition("="))
        if not sign or not name or not _PART.fullmatch(part):
            return Refusal(f"`{piece.strip()[:30]}` is not a cause and its part", CURE)
        if name in found:
            return Refusal(f"the cause {name!r} is named twice", "name each cause once")
        if not 0.0 < float(part) <= 1.0:
            rule = f"the part {part} of {name!r} is not between 0 and 1"
            return Refusal(rule, "write the part of the variance: 0.5 for half of it")
        found[name] = float(part)
    total = sum(found.values())
    if total > 1.0 + ROUNDING:
        cure = "the parts of one record's variance add up to at most 1"
        return Refusal(f"the parts add up to {total:g}", cure)
    return tuple(found.items())
