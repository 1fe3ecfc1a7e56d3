"""A reduction over blocks on an engine."""

from __future__ import annotations

from collections.abc import Iterable, Sized

from carbonmeter.engine.inline import InLine
from carbonmeter.engine.reduction import Block, Engine, Progress, Reduction, Result, State, Told
from carbonmeter.errors import EngineError


def run(
    blocks: Iterable[Block],
    reduction: Reduction[Block, State, Result],
    on: Engine | None = None,
    progress: Progress | None = None,
) -> Result:
    """The result of a reduction over blocks; the same bits on every engine.

    States are merged as blocks end, in any order; only a few per worker are alive at a time. The
    first error ends the run and is raised as it is; blocks that have not begun are not computed.

    Parameters
    ----------
    blocks : iterable        taken one by one, as workers become free
    reduction : Reduction    partial, merge, finish
    on : Engine              InLine(), Threads(n) or Dask(…); in line if none is given
    progress : function      called with (done, total, 'blocks'); total is 0 where it is not known

    Raises
    ------
    EngineError              no block; workers that are lost again and again, or cannot be reached

    Examples
    --------
    >>> class Longest:
    ...     def partial(self, block):
    ...         return max(map(len, block))
    ...
    ...     def merge(self, one, other):
    ...         return max(one, other)
    ...
    ...     def finish(self, state):
    ...         return f"{state} letters"
    >>> run([["coal", "peat"], ["anthracite"]], Longest())
    '10 letters'
    """
    engine = InLine() if on is None else on
    told = Told(progress, len(blocks) if isinstance(blocks, Sized) else 0)
    state = engine.state(blocks, reduction, told)
    if state is None:
        raise EngineError("E504: there is no block to compute; name files or rows that exist")
    return reduction.finish(state)
