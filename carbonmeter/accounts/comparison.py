"""Two accounts of the same activity: another guide, another GWP set, another year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carbonmeter.accounts.answers import Account

if TYPE_CHECKING:
    import pandas as pd


def compare(a: Account, b: Account, *by: str) -> pd.DataFrame:
    """Totals of two accounts side by side, by labels, kind and scope.

    Where one of the two has no line at all the cell is empty, not zero: its guide does not count
    that scope, or the entity is not in it.

    Returns
    -------
    DataFrame                        labels, co2e_a, U_a, co2e_b, U_b, difference (b - a)
    """
    names = list(dict.fromkeys([*by, "kind", "scope"]))
    left = a.total(*by).frame()[[*names, "co2e", "U"]]
    right = b.total(*by).frame()[[*names, "co2e", "U"]]
    both = left.merge(right, on=names, how="outer", suffixes=("_a", "_b"), validate="one_to_one")
    both["difference"] = both["co2e_b"] - both["co2e_a"]
    both.attrs.update(a=a.attributes(), b=b.attributes())
    return both
