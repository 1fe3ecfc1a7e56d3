"""One block after the other, where `run` was called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carbonmeter.engine.reduction import Block, Reduction, Result, State, Told


@dataclass(frozen=True)
class InLine:
    """The plainest engine, and the one to find a fault with."""

    @property
    def workers(self) -> int:
        return 1

    def state(
        self, blocks: Iterable[Block], reduction: Reduction[Block, State, Result], told: Told
    ) -> State | None:
        state: State | None = None
        for block in blocks:
            part = reduction.partial(block)
            state = part if state is None else reduction.merge(state, part)
            told.one()
        return state
