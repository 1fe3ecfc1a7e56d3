"""Coverage intervals by Monte Carlo, as columns beside U in place of its largest contributor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from carbonmeter.report import numbers, summary
from carbonmeter.report.bilingual import word
from carbonmeter.report.tables import Heading

if TYPE_CHECKING:
    from carbonmeter.accounts.sampled import Sampled
    from carbonmeter.accounts.totals import Totals

Key = tuple[tuple[str, ...], str, str]
PASS, UNSURE = "PASS", "more draws"


class Interval(NamedTuple):
    """The ends, in tCO2e, the standard uncertainty of the draws, and the verdict on first order."""

    low: float
    high: float
    u: float
    verdict: str


@dataclass(frozen=True)
class Intervals:
    """Intervals of totals by their labels, kind and scope; without any, no columns."""

    of: Mapping[Key, Interval] = field(default_factory=dict)
    draws: int = 0
    seed: int = 0

    @classmethod
    def drawn(
        cls,
        totals: Totals,
        by: Sequence[str],
        draws: int,
        seed: int,
        progress: Callable[[int, int, str], None] | None = None,
        guide: Totals | None = None,
    ) -> Intervals:
        """95 % intervals of totals by labels, of all of them, and of the guide's own total."""
        fine = totals.sample(draws, seed, progress=progress)
        parts = [(fine, tuple(by)), (fine.by(), ())]
        if guide is not None:
            parts.append((guide.sample(draws, seed, progress=progress), ()))
        found = {key: one for sampled, names in parts for key, one in _rows(sampled, names)}
        return cls(found, draws, seed)

    def headings(self, lang: str) -> list[Heading]:
        if not self.draws:
            return []
        texts = (word("interval_low", lang), word("interval_high", lang))
        return [
            *(Heading(text, True) for text in texts),
            Heading(word("first_order", lang).replace(" ", "\n")),
        ]

    def cells(self, row: summary.Row, lang: str) -> list[str]:
        """Both ends to the last digit of twice their u, and whether first order agrees."""
        if not self.draws:
            return []
        found = self.of.get((row.labels, row.kind, row.scope))
        if found is None or found.verdict == "":
            return [numbers.ABSENT] * 3
        low, high = (numbers.with_u(end, 2.0 * found.u).value for end in found[:2])
        unsure = found.verdict.startswith(UNSURE)
        said = "more_draws" if unsure else "agrees" if found.verdict == PASS else "differs"
        return [low, high, word(said, lang)]

    @property
    def columns(self) -> int:
        """How many columns they take; without draws one, for what they stand in place of."""
        return len(self.headings("en")) or 1

    def note(self, lang: str) -> list[str]:
        """How the intervals were made, in a sentence."""
        if not self.draws:
            return []
        said = word("interval_note", lang)
        return [said.replace("{draws}", f"{self.draws:,}").replace("{seed}", str(self.seed))]


def _rows(sampled: Sampled, by: Sequence[str]) -> Iterator[tuple[Key, Interval]]:
    for row in sampled.frame().to_dict("records"):
        key = (tuple(str(row[n]) for n in by), str(row.get("kind", "")), str(row["scope"]))
        low, high, u = (float(row[n]) for n in ("low", "high", "u"))
        yield key, Interval(low, high, u, str(row["verdict"]))
