"""The same activity accounted anew, and what moved: tonne by tonne, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carbonmeter.accounts.group_labels import ROW_LABELS
from carbonmeter.accounts.ledger import Ledger
from carbonmeter.accounts.moves import ACTIVITY, Evidence, Move, moves, order_of
from carbonmeter.accounts.totals import totals
from carbonmeter.errors import GuideError
from carbonmeter.factors.changes.change import BOUNDARY, OTHER_LIBRARY
from carbonmeter.kernels import segment_sum

if TYPE_CHECKING:
    import pandas as pd

ON_BOTH = (*ROW_LABELS, "gas")
LINE = ("gas", "scope", "kind")
MOST_LABELS = 1 << 20
Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Restatement:
    """What moved between two accounts.

    Attributes
    ----------
    old, new : Account               as it was stated, as it is stated now
    between : Account                the new activity by the old library; the old account itself
                                     where the activity is the same
    """

    old: Ledger
    new: Ledger
    between: Ledger

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons that occur, in the order in which values were exchanged."""
        found = {move.reason for move in self._moves}
        if self.between is not self.old:
            found.add(ACTIVITY)
        return tuple(sorted(found, key=order_of))

    def frame(self, *by: str) -> pd.DataFrame:
        """Totals by labels, kind and scope: old, new, difference, and a column for each reason.

        The columns of reasons add up to the difference, in tCO2e. A side that has no line is
        blank, not zero.

        Parameters
        ----------
        by : names of labels         entity, site, region, period, activity, subject,
                                     counterparty, gas
        """
        import pandas as pd

        wrong = [name for name in by if name not in (*ON_BOTH, "kind", "scope")]
        if wrong:
            raise GuideError(f"E302: a restatement is by {', '.join(ON_BOTH)}, not by {wrong[0]}")
        sides = [side.grouped(*by) for side in (self.old, self.between, self.new)]
        keyed, *first = sides[0].keyed.merge(sides[1].keyed)
        keyed, of_both, of_new = keyed.merge(sides[2].keyed)
        places = [of_both[place] for place in first] + [of_new]
        values = [
            _placed(totals(side, groups).co2e, place, keyed.count)
            for side, groups, place in zip(
                (self.old, self.between, self.new), sides, places, strict=True
            )
        ]
        old, between, new = values
        columns: dict[str, object] = {name: keyed.labels[name] for name in keyed.names}
        columns |= {"co2e_old": old, "co2e_new": new, "difference": _zero(new) - _zero(old)}
        of_line = np.where(
            self._new_line >= 0,
            places[2][sides[2].of_line[self._new_line]],
            places[1][sides[1].of_line[self._old_line]],
        )
        for reason in self.reasons:
            if reason == ACTIVITY:
                columns[reason] = _zero(between) - _zero(old)
            else:
                columns[reason] = segment_sum(self._parts[reason], of_line, keyed.count)
        return pd.DataFrame(columns)

    def lines(self) -> pd.DataFrame:
        """The same line by line: the row of the file, its labels, and what moved it.

        Where the activity is another one, rows are those of the new file, and their old value is
        that of the new quantity by the old library; what the quantities did is in `frame`.
        """
        import pandas as pd

        activity, row = self.new.activity, self._row
        columns: dict[str, object] = {"row": activity.row[row]}
        for name in ROW_LABELS:
            column = activity.text(name)
            columns[name] = pd.Categorical.from_codes(column.codes[row], pd.Index(column.labels))
        for name in LINE:
            of_pair = self._of_pair(name)
            columns[name] = pd.Categorical([of_pair[pair] for pair in self._pair.tolist()])
        co2e = [
            np.where(line >= 0, side.line_quantity[line] * recipes[side.line_recipe[line]], np.nan)
            for side, line, recipes in (
                (self.between, self._old_line, self.between.recipes.co2e),
                (self.new, self._new_line, self.new.recipes.co2e),
            )
        ]
        columns |= {"co2e_old": co2e[0], "co2e_new": co2e[1]}
        columns["difference"] = _zero(co2e[1]) - _zero(co2e[0])
        columns |= {reason: self._parts[reason] for reason in self.reasons if reason != ACTIVITY}
        return pd.DataFrame(columns)

    def records(self) -> pd.DataFrame:
        """The records exchanged, the one that moved most first: values, reason, tCO2e by scope.

        A method, or a line that one side has not, stands with an empty parameter.
        """
        import pandas as pd

        brought: dict[tuple[str, str, str, str, int, int], float] = {}
        quantity = segment_sum(self._quantity, self._pair, len(self._pairs))
        kinds, scopes = self._of_pair("kind"), self._of_pair("scope")
        for move in self._moves:
            where = kinds[move.pair], scopes[move.pair]
            key = (*where, move.reason, move.parameter, move.old, move.new)
            brought[key] = brought.get(key, 0.0) + float(quantity[move.pair]) * move.per_unit
        rows = [
            {
                "kind": kind,
                "scope": scope,
                "reason": reason,
                "parameter": parameter,
                **_said(self.between, old, "old"),
                **_said(self.new, new, "new"),
                "difference": difference,
            }
            for (kind, scope, reason, parameter, old, new), difference in brought.items()
        ]
        names = [
            "kind",
            "scope",
            "reason",
            "parameter",
            "subject_old",
            "id_old",
            "value_old",
            "unit_old",
        ]
        names += ["id_new", "value_new", "unit_new", "difference"]
        found = pd.DataFrame(rows, columns=names).rename(columns={"subject_old": "subject"})
        order = found["difference"].abs().sort_values(ascending=False, kind="stable").index
        return found.loc[order].reset_index(drop=True)

    def attributes(self) -> dict[str, str]:
        """What both accounts must name to be found again."""
        sides = (("old", self.old), ("new", self.new))
        return {f"{side}_{k}": v for side, made in sides for k, v in made.attributes().items()}

    def __repr__(self) -> str:
        rows = []
        for row in self.frame().to_dict("records"):
            parts = [f"{row[r]:+,.1f} {r}" for r in self.reasons if row[r]]
            what = row["scope"] or row["kind"]
            rows.append(
                f"{what}: {_shown(row['co2e_old'])} → {_shown(row['co2e_new'])} tCO2e"
                f" ({', '.join(parts) or 'nothing moved'})"
            )
        return f"<Restatement {'; '.join(rows)}>"

    def _repr_html_(self) -> str:
        def number(value: float) -> str:
            return f"{value:,.1f}"

        frame = self.frame()
        records = self.records().head(10)
        tables = [frame.to_html(index=False, float_format=number, na_rep="")]
        if len(records):
            tables.append(records.to_html(index=False, float_format=lambda v: f"{v:,.6g}"))
        return "".join(map(str, tables))

    @cached_property
    def _matched(self) -> tuple[Integers, Integers]:
        """Lines of both sides that are one row, gas, scope and kind; -1 where one has none."""
        keys = _keys((self.between, self.new))
        known = np.unique(np.concatenate(keys))
        found = []
        for own in keys:
            lines = np.full(known.size, -1, dtype=np.int64)
            lines[np.searchsorted(known, own)] = np.arange(own.size)
            found.append(lines)
        return found[0], found[1]

    @property
    def _old_line(self) -> Integers:
        return self._matched[0]

    @property
    def _new_line(self) -> Integers:
        return self._matched[1]

    @cached_property
    def _row(self) -> Integers:
        of_new = self.new.line_row[self._new_line]
        of_old = self.between.line_row[self._old_line]
        return np.where(self._new_line >= 0, of_new, of_old).astype(np.int64)

    @cached_property
    def _quantity(self) -> Numbers:
        return np.asarray(self.new.activity.number("quantity")[self._row])

    @cached_property
    def _coded(self) -> tuple[Integers, list[tuple[int, int]]]:
        """The pair of recipes of each line, and what each pair is."""
        old = np.where(self._old_line >= 0, self.between.line_recipe[self._old_line], -1)
        new = np.where(self._new_line >= 0, self.new.line_recipe[self._new_line], -1)
        width = len(self.new.recipes.choices) + 1
        codes, of_line = np.unique((old + 1) * np.int64(width) + new + 1, return_inverse=True)
        pairs = [(int(code) // width - 1, int(code) % width - 1) for code in codes]
        return of_line.reshape(-1).astype(np.int64), pairs

    @property
    def _pair(self) -> Integers:
        return self._coded[0]

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        return self._coded[1]

    @cached_property
    def _moves(self) -> list[Move]:
        evidence = Evidence(self.between.library, self.new.library)
        editions = [{e.name for e in side.editions} for side in (self.between, self.new)]
        one_sided = OTHER_LIBRARY if editions[0] == editions[1] else BOUNDARY
        return moves(self.between.recipes, self.new.recipes, self._pairs, evidence, one_sided)

    @cached_property
    def _parts(self) -> Mapping[str, Numbers]:
        """Of each reason, what it brought to each line, in tCO2e."""
        per_unit: dict[str, Numbers] = {}
        for move in self._moves:
            part = per_unit.setdefault(move.reason, np.zeros(len(self._pairs)))
            part[move.pair] += move.per_unit
        return {reason: part[self._pair] * self._quantity for reason, part in per_unit.items()}

    def _of_pair(self, name: str) -> list[str]:
        old, new = self.between.recipes.labels(name), self.new.recipes.labels(name)
        return [new[b] if b >= 0 else old[a] for a, b in self._pairs]


def restate(old: Ledger, **changed: object) -> Restatement:
    """The restatement of an account with something changed; see `Account.restate`."""
    asked, account = old.asked, old.asked.account
    as_asked: dict[str, object] = {
        "library": asked.library,
        "guide": old.guide,
        "missing": asked.missing,
        "gwp": asked.gwp,
        "series": dict(asked.series),
    }
    given = {name: value for name, value in changed.items() if value is not None}
    activity = given.pop("activity", old.activity)
    between = old
    if activity is not old.activity:
        # What the old library does not hold counts as the activity's, in the new one.
        between = account(activity, **as_asked | {"as_of": asked.as_of, "missing": "exclude"})
    new = account(activity, **as_asked | given)
    return Restatement(old, new, between)


def _keys(sides: Sequence[Ledger]) -> list[Integers]:
    """Of each account, one number for the row, gas, scope and kind of each line."""
    numbers: dict[tuple[str, ...], int] = {}
    found = []
    for account in sides:
        labels = zip(*(account.recipes.labels(name) for name in LINE), strict=True)
        of_recipe = [numbers.setdefault(label, len(numbers)) for label in labels]
        own = np.array(of_recipe, dtype=np.int64)[account.line_recipe]
        found.append(account.line_row.astype(np.int64) * MOST_LABELS + own)
    return found


def _said(account: Ledger, record: int, side: str) -> dict[str, object]:
    names = ("subject", "id", "value", "unit")
    if record < 0:
        return {f"{name}_{side}": None if name == "value" else "" for name in names}
    return {f"{name}_{side}": account.library.column(name)[record] for name in names}


def _placed(values: Numbers, place: Integers, count: int) -> Numbers:
    found = np.full(count, np.nan)
    found[place] = values
    return found


def _shown(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:,.1f}"


def _zero(values: Numbers) -> Numbers:
    return np.where(np.isnan(values), 0.0, values)
