"""Lines sorted by group once, so that each further total or scenario costs what reading costs."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.collapse import collapse
from carbonmeter.accounts.group_labels import GroupLabels
from carbonmeter.accounts.ledger import Ledger
from carbonmeter.accounts.summed import Lines
from carbonmeter.accounts.totals import Totals
from carbonmeter.errors import AlignmentError, GuideError, near
from carbonmeter.kernels import Lanes, Runs, arranged


@dataclass(frozen=True, eq=False)
class Prepared:
    """The lines of an account in the order of their groups; made by `Account.prepared()`.

    A line takes 9 bytes (8 of quantity, 1 of recipe; 10 from 257 recipes on, 12 from 65 537 on)
    and a group about 8, beside the account itself.
    """

    account: Ledger
    groups: GroupLabels
    runs: Runs | Lanes

    @classmethod
    def of(cls, account: Ledger, by: tuple[str, ...]) -> Prepared:
        """The lines sorted by labels, and always by kind and scope."""
        groups = account.grouped(*by)
        runs = arranged(
            account.line_quantity,
            account.line_recipe,
            len(account.recipes.choices),
            groups.of_line,
            groups.count,
        )
        return cls(account, groups.keyed, runs)

    def total(self, pool: Executor | None = None) -> Totals:
        """What `account.total` gives for the same labels, to the bit.

        Parameters
        ----------
        pool : Executor    threads of the caller's to share the work; they leave no mark
        """
        account, names = self.account, self.groups.names
        groups = account.grouped(*names)
        return Totals(
            account.evidence,
            self.groups,
            self.values(account.recipes.co2e, pool),
            lambda: collapse(account, groups),
            Lines(account, groups),
        )

    def values(
        self, coefficient: NDArray[np.float64], pool: Executor | None = None
    ) -> NDArray[np.float64]:
        """Exact sum of quantity * coefficient[recipe] of each group, for scenarios.

        With the coefficients of the account, `account.recipes.co2e`, it is the `co2e` of the total.

        Parameters
        ----------
        coefficient : float64[recipe]    finite; what a unit of quantity as given counts
        pool : Executor                  threads of the caller's

        Returns
        -------
        float64[group], in the order of `groups`

        Raises
        ------
        AlignmentError                   not one finite coefficient for each recipe
        """
        column = np.asarray(coefficient, dtype=np.float64)
        n = self.runs.n_recipes
        if column.shape != (n,) or not np.isfinite(column).all():
            found = column.shape if column.shape != (n,) else "one that is not finite"
            raise AlignmentError(
                f"E304: scenarios need one finite coefficient for each of the {n} recipes of the "
                f"account, found {found}; start from account.recipes.co2e, whose order this is"
            )
        return self.runs.sums(column, pool)

    def by(self, *names: str) -> Prepared:
        """The same lines in the groups of fewer labels; kind and scope stay.

        Where the groups that fall together are neighbours, as those of one entity are when it is
        the first label, no line is copied.

        Raises
        ------
        GuideError                       a label by which the lines are not prepared
        """
        for name in names:
            if name not in self.groups.names:
                hint = near(name, self.groups.names) or ", ".join(self.groups.names)
                raise GuideError(f"E302: these lines have no label {name!r}; they have: {hint}")
        kept = tuple(dict.fromkeys([*names, "kind", "scope"]))
        groups, place = self.groups.only(kept)
        if np.any(np.diff(place) < 0):
            return Prepared.of(self.account, kept)
        first = np.searchsorted(place, np.arange(groups.count + 1))
        return Prepared(self.account, groups, self.runs.joined(first))

    @property
    def nbytes(self) -> int:
        """Bytes of the sorted lines and their offsets."""
        return self.runs.nbytes

    def __len__(self) -> int:
        return int(self.account.line_quantity.size)

    def __repr__(self) -> str:
        return (
            f"Prepared: {len(self)} lines in {self.groups.count} groups by "
            f"{', '.join(self.groups.names)}, {self.nbytes} bytes"
        )
