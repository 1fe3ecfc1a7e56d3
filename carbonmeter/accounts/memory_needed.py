"""How much memory a run over blocks takes, told before it starts."""

from __future__ import annotations

from collections.abc import Sequence

from carbonmeter.errors import EngineError
from carbonmeter.tables.across import BYTES_A_ROW
from carbonmeter.tables.blocks import Block

# Bytes, as measured (tests/accounts/test_streamed.py holds them): the interpreter with the
# libraries; a row that is being read, checked and collapsed, beside its texts.
BASE = 250_000_000
ROW = 150
FEWEST = 1_000


def needed(blocks: Sequence[Block], batch_rows: int, workers: int) -> int:
    """Bytes that `workers` threads take for these blocks, by the footers of their files.

    A worker holds one row group as it is stored, and `batch_rows` rows as arrays. Of every row that
    was read, key and period stay until the end.
    """
    kept = BYTES_A_ROW * sum(block.rows for block in blocks)
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
