"""How much memory a run over blocks takes, told before it starts."""

from __future__ import annotations

from collections.abc import Sequence

from carbonmeter.errors import EngineError
from carbonmeter.tables.blocks import Block

# Bytes, as measured: the interpreter with the libraries; a row that is being read, checked and
# collapsed, beside its texts; a row whose key and period wait for the last block, and the tables
# that then find equal ones; a group of the totals with its labels, cells and copies in a merge.
BASE = 350_000_000
ROW = 150
KEPT = 25
GROUP = 1_500
FEWEST = 1_000


def needed(blocks: Sequence[Block], batch_rows: int, workers: int) -> int:
    """Bytes that `workers` threads take for these blocks, by the footers of their files.

    A worker holds one row group as it is stored, and `batch_rows` rows as arrays. Of every row that
    was read, key and period stay until the end. How many groups there will be, no footer tells.
    """
    kept = KEPT * sum(block.rows for block in blocks)
    return BASE + kept + workers * max(_by_worker(block, batch_rows) for block in blocks)


def check(blocks: Sequence[Block], batch_rows: int, workers: int, memory: int) -> None:
    """Refuse a run that would take more than `memory` bytes, with the piece that fits.

    Raises
    ------
    EngineError    the memory is not enough; with `batch_rows` or workers that would do, if any do
    """
    need = needed(blocks, batch_rows, workers)
    if need <= memory:
        return
    what = (
        f"E504: {workers} worker(s) with batch_rows={batch_rows} need about {_shown(need)},"
        f" the memory allowed is {_shown(memory)}"
    )
    for fewer in dict.fromkeys((workers, 1)):
        fits = _fitting(blocks, fewer, memory)
        if fits:
            also = "" if fewer == workers else f" with {fewer} worker(s)"
            raise EngineError(f"{what}; pass batch_rows={fits}{also}. Nothing was computed.")
    least = needed(blocks, FEWEST, 1)
    raise EngineError(
        f"{what}; no batch_rows fits: one worker needs {_shown(least)} in any case. Write the files"
        " with smaller row groups, account them one by one, or allow more. Nothing was computed."
    )


def check_groups(groups: int, memory: int) -> None:
    """Refuse totals of so many groups that they alone take more than `memory` bytes.

    Raises
    ------
    EngineError    fewer labels, or more memory, would do
    """
    need = BASE + GROUP * groups
    if need > memory:
        raise EngineError(
            f"E504: the rows read so far make {groups:,} totals, which need about {_shown(need)};"
            f" the memory allowed is {_shown(memory)}. Ask for fewer labels in `by`, or allow more."
            " Nothing was written."
        )


def _fitting(blocks: Sequence[Block], workers: int, memory: int) -> int:
    """The most rows that fit, with two leading digits; 0 if none do."""
    low, high = 0, max(block.rows for block in blocks)
    while low < high:
        middle = (low + high + 1) // 2
        if needed(blocks, middle, workers) <= memory:
            low = middle
        else:
            high = middle - 1
    unit = 10 ** max(len(str(low)) - 2, 0)
    return low // unit * unit if low >= FEWEST else 0


def _by_worker(block: Block, batch_rows: int) -> int:
    rows = min(batch_rows, block.rows)
    part = rows / max(block.rows, 1)
    return block.packed + int(ROW * rows + 2 * part * block.unpacked)


def _shown(size: int) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
