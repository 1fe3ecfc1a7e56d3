"""Financed emissions: one line a loan, totals, coverage. Lines are kept apart and never netted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from carbonmeter.errors import AlignmentError, LoanError, Problem, near
from carbonmeter.finance.book import BASES, Book, Rows
from carbonmeter.finance.measures import WeightedScore, weighted
from carbonmeter.finance.rules import REFUSALS, Rule
from carbonmeter.kernels import segment_sum
from carbonmeter.tables.columns import Coded
from carbonmeter.uncertainty import combine_lines
from carbonmeter.units import Column

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("lender", "borrower", "asset_class", "project", "entity")
LINES = ("financed_scope_1", "financed_scope_2", "avoided")
CLEAN, ACCEPTED, REFUSED = "clean", "accepted with findings", "refused"


@dataclass(frozen=True, eq=False)
class Financed:
    """Emissions and reductions attributed to the loans of a book.

    Attributes
    ----------
    book : Book
    as_of : datetime64[D]
    share : float64[n]              attribution factor, NaN if refused
    avoided_share : float64[n]      balance over total investment of the project, NaN if none
    co2e, U : float64[3, n]         of the whole entity, in the order of `LINES`; tCO2e, k = 2
    score : float64[n]
    option, record : Coded          of the score
    rules : list of Rule            refusals, then findings
    components : list               what U of each line is made of, or None if that is not known
    """

    book: Book
    as_of: np.datetime64
    share: Column
    avoided_share: Column
    co2e: Column
    U: Column
    score: Column
    option: Coded
    record: Coded
    rules: list[Rule]
    components: list[pd.DataFrame | None]

    @property
    def shared(self) -> bool:
        """Whether U of financed emissions carries what several borrowers share."""
        return all(of is not None for of in self.components[:2])

    @cached_property
    def shares(self) -> Column:
        """The share that applies to each line: float64[3, n]."""
        return np.vstack([self.share, self.share, self.avoided_share])

    @cached_property
    def attributed(self) -> Column:
        """tCO2e of each line and loan: float64[3, n], NaN where there is none."""
        return self.shares * self.co2e

    @cached_property
    def reason(self) -> Coded:
        """Why each loan is refused; '' if it is not."""
        refusing = [rule for rule in self.rules if rule.refuses]
        codes = np.zeros(len(self.share), dtype=np.int32)
        for k in range(len(refusing), 0, -1):
            codes[refusing[k - 1].caught] = k
        return Coded(codes, ("", *(rule.reason for rule in refusing)))

    @cached_property
    def verdict(self) -> Coded:
        """clean, accepted with findings, or refused."""
        found = np.zeros(len(self.share), dtype=bool)
        for rule in self.rules:
            found |= rule.caught
        codes = np.where(np.isnan(self.share), 2, found.astype(np.int32))
        return Coded(codes.astype(np.int32), (CLEAN, ACCEPTED, REFUSED))

    def frame(self) -> pd.DataFrame:
        """One row per loan: its place, what it is attributed, how good that is, what weakens it."""
        import pandas as pd

        book, basis = self.book, np.array(BASES, dtype=object)
        columns: dict[str, object] = {
            "row": book.loans.row,
            "loan": book.loans.text("loan").text(),
            **{name: self._label(name).text() for name in LABELS},
            "outstanding_cny": book.outstanding,
            "denominator_cny": book.of_balance(book.balances.value, np.nan),
            "denominator": basis[book.of_balance(book.balances.basis, 0)],
            "attribution": self.share,
        }
        for k, line in enumerate(LINES):
            columns[line] = self.attributed[k]
            columns[f"U_{line}"] = self.shares[k] * self.U[k]
        columns |= {
            "dq_score": np.where(np.isnan(self.share), np.nan, self.score),
            "option": self.option.text(),
            "score_record": self.record.text(),
            "verdict": self.verdict.text(),
            "reason": self.reason.text(),
            "findings": self._sentences(),
        }
        return pd.DataFrame(columns)

    def by(self, *labels: str) -> pd.DataFrame:
        """Totals per lender, borrower, asset class, project or entity; without a label, of all.

        U takes the error of a borrower as common to all loans to it: their shares are added, then
        squared. Where components were given, so is what borrowers share, such as a grid's factor;
        otherwise borrowers are taken as independent, and U may be too small. `U_at_most_*` is the
        value if all borrowers erred together, which none exceeds. Loans without a line are
        counted, not zero.
        """
        import pandas as pd

        group, names = self._groups(labels)
        count = len(names[0]) if labels else 1
        book, standing = self.book, ~np.isnan(self.share)
        covered = _sums(np.where(standing, book.outstanding, np.nan), group, count)[0]
        scored = standing & ~np.isnan(self.score)
        money = _sums(np.where(scored, book.outstanding, np.nan), group, count)[0]
        points = _sums(np.where(scored, book.outstanding * self.score, np.nan), group, count)[0]
        columns: dict[str, object] = dict(zip(labels, names, strict=True))
        columns |= {
            "loans": np.bincount(group, minlength=count),
            "assessed": np.bincount(group[standing], minlength=count),
            "outstanding_cny": _sums(book.outstanding, group, count)[0],
            "assessed_cny": covered,
        }
        for k, line in enumerate(LINES):
            total, terms = _sums(self.attributed[k], group, count)
            columns[line] = np.where(terms > 0, total, np.nan)
            columns[f"U_{line}"], columns[f"U_at_most_{line}"] = self._spread(k, group, count)
            columns[f"loans_{line}"] = terms
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["t_per_million_cny"] = np.where(
                covered > 0.0, 1e6 * self._scopes_1_2(group, count) / covered, np.nan
            )
            columns["dq_score"] = np.where(money > 0.0, points / money, np.nan)
        return pd.DataFrame(columns)

    def coverage(self) -> pd.DataFrame:
        """Assessed outstanding over the whole book, and every exclusion with its reason.

        One row per asset class and reason, the assessed part first with an empty reason. `share`
        is of the outstanding of the whole book.
        """
        import pandas as pd

        classes = self._label("asset_class")
        wide = len(self.reason.labels)
        cell = classes.codes.astype(np.int64) * wide + self.reason.codes
        count = len(classes.labels) * wide
        loans = np.bincount(cell, minlength=count)
        money = _sums(self.book.outstanding, cell, count)[0]
        used = np.flatnonzero(loans)
        reasons = [self.reason.labels[c % wide] for c in used]
        return pd.DataFrame(
            {
                "asset_class": [classes.labels[c // wide] for c in used],
                "reason": reasons,
                "meaning": [REFUSALS.get(reason, "assessed") for reason in reasons],
                "loans": loans[used],
                "outstanding_cny": money[used],
                "share": money[used] / money.sum() if money.sum() > 0.0 else np.nan,
            }
        )

    def covered(self) -> float:
        """Assessed outstanding over the outstanding of the whole book."""
        frame = self.coverage()
        return float(frame.loc[frame["reason"] == "", "share"].sum())

    def weighted_score(self) -> WeightedScore:
        """Mean data-quality score of the assessed loans, weighted by outstanding."""
        standing = ~np.isnan(self.share)
        return weighted(self.book.outstanding[standing], self.score[standing])

    def raise_refused(self) -> None:
        """LoanError naming every refused loan; nothing if all loans stand."""
        refused = np.flatnonzero(np.isnan(self.share))
        if refused.size == 0:
            return
        sentences, loans = self._sentences(), self.book.loans
        names = loans.text("loan").text()
        raise LoanError(
            f"{refused.size} of {len(loans)} loans cannot be attributed",
            [
                Problem(
                    loans.source.name, int(loans.row[i]), "loan", str(names[i]), sentences[i], ""
                )
                for i in refused
            ],
        )

    def _label(self, name: str) -> Coded:
        if name not in LABELS:
            hint = near(name, LABELS) or ", ".join(LABELS)
            raise AlignmentError(f"loans have no label {name!r}; there are: {hint}")
        return self.book.entity if name == "entity" else self.book.loans.text(name)

    def _groups(self, labels: tuple[str, ...]) -> tuple[Rows, list[np.ndarray]]:
        """Group of each loan, and the labels of each group in sorted order."""
        columns = [self._label(name) for name in labels]
        code = np.zeros(len(self.share), dtype=np.int64)
        if not columns:
            return code, []
        for column in columns:
            order = sorted(range(len(column.labels)), key=column.labels.__getitem__)
            rank = np.empty(len(order), dtype=np.int64)
            rank[order] = np.arange(len(order))
            code = code * len(order) + rank[column.codes]
        _, first, group = np.unique(code, return_index=True, return_inverse=True)
        return group.astype(np.int64), [column.take(first).text() for column in columns]

    def _spread(self, line: int, group: Rows, count: int) -> tuple[Column, Column]:
        """U of each group, and U if all its borrowers erred together."""
        has = ~np.isnan(self.attributed[line])
        entities = len(self.book.entity.labels)
        pair, where = np.unique(
            group[has] * entities + self.book.entity.codes[has], return_inverse=True
        )
        total = segment_sum(self.shares[line][has], where.astype(np.int64), pair.size)
        of, entity = np.divmod(pair, entities)
        expanded = np.full(entities, np.nan)
        expanded[self.book.entity.codes[has]] = self.U[line][has]
        part = total * expanded[entity]
        unknown = np.bincount(of[np.isnan(part)], minlength=count) > 0
        part = np.nan_to_num(part)
        known = self.components[line]
        if known is None:
            root = np.sqrt(segment_sum(part**2, of, count))
        else:
            root = _joint(total, entity, of, count, known)
        together = segment_sum(np.abs(part), of, count)
        blank = unknown | (np.bincount(group[has], minlength=count) == 0)
        return np.where(blank, np.nan, root), np.where(blank, np.nan, together)

    def _scopes_1_2(self, group: Rows, count: int) -> Column:
        """Scope 1 and 2 may be summed; a loan without either adds nothing."""
        return (
            _sums(self.attributed[0], group, count)[0] + _sums(self.attributed[1], group, count)[0]
        )

    def _sentences(self) -> list[str]:
        """The sentences of the rules that caught each loan; only those loans are visited."""
        found: list[list[str]] = [[] for _ in range(len(self.share))]
        for rule in self.rules:
            for i in np.flatnonzero(rule.caught):
                found[i].append(rule.sentence(int(i)))
        return ["; ".join(sentences) for sentences in found]


def _joint(
    share: Column, entity: Rows, group: Rows, count: int, components: pd.DataFrame
) -> Column:
    """U of each group from shares of entities: components added over entities, then squared."""
    import pandas as pd

    shares = pd.DataFrame({"entity": entity, "group": group, "share": share})
    felt = shares.merge(components, on="entity")
    component = felt["component"].to_numpy(np.int64)
    return combine_lines(
        (felt["share"] * felt["expanded"]).to_numpy(np.float64),
        component,
        felt["group"].to_numpy(np.int64),
        np.ones(component.max(initial=-1) + 1),
        count,
    ).u


def _sums(values: Column, group: Rows, count: int) -> tuple[Column, Rows]:
    """Exact sum of the known values of each group, and how many they are."""
    known = ~np.isnan(values)
    total = segment_sum(values[known], group[known], count)
    return total, np.bincount(group[known], minlength=count).astype(np.int64)
