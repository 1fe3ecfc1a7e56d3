"""One block after the other, where `run` was called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carbonmeter.engine.reduction import Block, Pile, Reduction, Result, State, Told


@dataclass(frozen=True)
class InLine:
    """The plainest engine, and the one to find a fault with."""

    @property
    def workers(self) -> int:
        return 1

    def state(
        self, blocks: Iterable[Block], reduction: Reduction[Block, State, Result], told: Told
    ) -> State | None:
        pile = Pile(reduction.merge)
        for block in blocks:
            pile.add(reduction.partial(block))
            told.one()
        return pile.total()
