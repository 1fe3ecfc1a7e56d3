"""Totals of activity files larger than memory: block by block, to the bits of all rows at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from carbonmeter import __version__
from carbonmeter.accounts import memory_needed, views
from carbonmeter.accounts.block_errors import NO_ROW_LEFT, Refusal, raised
from carbonmeter.accounts.block_state import BlockState, first_of
from carbonmeter.accounts.build import account
from carbonmeter.accounts.collapse import collapse
from carbonmeter.accounts.evidence import Evidence, released
from carbonmeter.accounts.grouping import check_labels
from carbonmeter.accounts.measured import check_measured
from carbonmeter.accounts.totals import Totals
from carbonmeter.engine import Engine, InLine, Progress, run
from carbonmeter.errors import AccountError, FactorNotFound, Problem, ProblemsError, TableError
from carbonmeter.factors import FactorLibrary
from carbonmeter.tables import Checked, Coded
from carbonmeter.tables.across import Seen, contradictions
from carbonmeter.tables.blocks import (
    BATCH_ROWS,
    Block,
    Paths,
    Piece,
    StoredFile,
    blocks_of,
    called,
    pieces,
)
from carbonmeter.tables.schema import MOST_PROBLEMS, Missing
from carbonmeter.tables.source import Source

if TYPE_CHECKING:
    import pandas as pd

    from carbonmeter.accounts.answers import Account

Task: TypeAlias = Block | StoredFile


@dataclass(frozen=True)
class StreamedTotals(Totals):
    """Totals of rows that were never in memory together.

    Attributes
    ----------
    rows : int                            rows in the files
    files : tuple of str                  their names
    problems_excluded : tuple of Problem  rows left out by name; the first of them, if there are
                                          very many. `evidence.attributes` has their number.
    """

    rows: int = 0
    files: tuple[str, ...] = ()
    problems_excluded: tuple[Problem, ...] = ()

    @property
    def excluded(self) -> pd.DataFrame:
        """Rows left out by name, with the reason."""
        return views.problems(self.problems_excluded)


def stream_totals(
    paths: Paths,
    library: FactorLibrary | None = None,
    *,
    guide: str,
    by: Sequence[str] = (),
    on: Engine | None = None,
    missing: Missing = "raise",
    gwp: str | None = None,
    series: Mapping[str, str] | None = None,
    as_of: date | None = None,
    batch_rows: int = BATCH_ROWS,
    memory: int | None = None,
    labels: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> StreamedTotals:
    """Totals of activity files by a guide: what `account(…).total(*by)` gives, to the bit.

    Row groups are read, checked, accounted and forgotten, as many at a time as the engine has
    workers. Nothing is given out before every row of every file has passed its checks.

    Parameters
    ----------
    paths : path, pattern or several     Parquet files with the columns of the activity table
    library, guide, missing, gwp, series, as_of      as for `account`
    by : names of labels                 as for `Account.total`
    on : Engine                          InLine(), Threads(n) or Dask(…) of carbonmeter.engine
    batch_rows : int                     rows in memory at once, for each worker
    memory : int                         bytes the run may take on this machine, or on each worker
                                         of a cluster: a run that needs more is refused at once
    labels : mapping                     as for `read_activity`
    progress : function                  called with (done, total, 'blocks')

    Raises
    ------
    TableError          every problem of all files: cells, keys that occur twice, periods that
                        overlap, also where the two rows lie in different files; or a file that is
                        damaged, or changed while it was read
    AccountError, FactorNotFound, GuideError         as `account` raises them, for all files
    EngineError         the memory is not enough, or workers were lost
    """
    check_labels(by)
    engine = InLine() if on is None else on
    blocks = blocks_of(paths, batch_rows=batch_rows)
    if memory is not None:
        memory_needed.check(blocks, batch_rows, engine.workers, memory)
    files = {block.file.path: block.file for block in blocks}
    reduction = BlockTotals(
        {file.name: at for at, file in enumerate(files.values())},
        blocks,
        library,
        guide,
        tuple(by),
        missing,
        gwp,
        tuple((series or {}).items()),
        as_of,
        batch_rows,
        labels,
        memory,
    )
    tasks: list[Task] = [*files.values(), *blocks]  # a long hash is not begun last
    return run(tasks, reduction, engine, progress)


@dataclass(frozen=True)
class BlockTotals:
    """The reduction behind `stream_totals`; a task is a block, or a file to be hashed."""

    files: Mapping[str, int]
    blocks: tuple[Block, ...]
    library: FactorLibrary | None
    guide: str
    by: tuple[str, ...]
    missing: Missing
    gwp: str | None
    series: tuple[tuple[str, str], ...]
    as_of: date | None
    batch_rows: int
    labels: Mapping[str, str] | None
    memory: int | None

    def partial(self, task: Task) -> BlockState:
        """What one block leaves, or the hash of one file."""
        if isinstance(task, StoredFile):
            return BlockState(hashes={task.path: task.sha256()})
        state = BlockState()
        for piece in self.read(task):
            state = state.merge(self._of_piece(task, piece))
        return state

    def merge(self, one: BlockState, other: BlockState) -> BlockState:
        """What two blocks leave, if there is room for it."""
        merged = one.merge(other)
        if self.memory is not None and merged.collapsed is not None:
            memory_needed.check_groups(merged.collapsed.groups.count, self.memory)
        return merged

    def finish(self, state: BlockState) -> StreamedTotals:
        """The totals, or the one error that lists what was wrong in all blocks."""
        name = called(list(self.files))
        self._check_rows(state, name)
        raised(state.refusals, self.files, name)
        self._check_sites(state, name)
        if state.collapsed is None or state.library is None:
            raise AccountError(f"{name}: {NO_ROW_LEFT}", state.excluded)
        evidence = Evidence(state.library, self._attributes(state))
        collapsed = state.collapsed
        return StreamedTotals(
            evidence,
            collapsed.groups,
            collapsed.value.finish(),
            lambda: collapsed,
            rows=state.rows,
            files=tuple(self.files),
            problems_excluded=state.excluded,
        )

    def read(self, block: Block) -> Iterator[Piece]:
        return pieces(block, batch_rows=self.batch_rows, missing=self.missing, labels=self.labels)

    def _of_piece(self, block: Block, piece: Piece) -> BlockState:
        rows, wrong = piece.rows, piece.problems
        seen = Seen.of(rows, (block.file.path, piece.first))
        found = BlockState(seen=seen, wrong=wrong, rows=piece.count)
        if wrong or not len(rows):
            return found
        try:
            made = account(
                rows,
                self.library,
                guide=self.guide,
                missing=self.missing,
                gwp=self.gwp,
                series=dict(self.series),
                as_of=self.as_of,
            )
        except (AccountError, FactorNotFound) as error:
            return found.merge(_refused(error))
        return found.merge(self._of_account(made))

    def _of_account(self, made: Account) -> BlockState:
        excluded = made.problems_excluded
        return BlockState(
            collapsed=collapse(made, made.grouped(*self.by)) if len(made) else None,
            library=made.library,
            excluded=first_of(excluded, MOST_PROBLEMS),
            left_out=len(excluded),
            editions=_editions(made),
            sites=_sites(made, self.files),
        )

    def _check_rows(self, state: BlockState, name: str) -> None:
        """Raise what is wrong with rows, alone and between them."""
        between = [] if state.seen is None else contradictions(state.seen, self.blocks, self.read)
        problems = [*state.wrong, *between]
        if not problems:
            return
        problems.sort(key=lambda p: (self.files.get(p.file, 0), p.row or 0))
        bad = {(p.file, p.row) for p in problems}
        if len(problems) > MOST_PROBLEMS:
            rule = f"more than {MOST_PROBLEMS} cells are wrong"
            problems[MOST_PROBLEMS:] = [Problem(name, None, "", "", rule, "repair these first")]
        raise TableError(f"{name}: {len(bad)} of {state.rows} rows cannot be used", problems)

    def _check_sites(self, state: BlockState, name: str) -> None:
        """A site with measured values belongs to one entity, over all blocks."""
        if not state.sites or state.library is None:
            return
        pairs = sorted(state.sites, key=lambda pair: state.sites[pair])
        table = Checked(
            "activity",
            Source(name, "", "", "parquet"),
            np.array([state.sites[pair][1] for pair in pairs], dtype=np.int32),
            {
                "site": Coded.of([site for site, _ in pairs]),
                "entity": Coded.of([entity for _, entity in pairs]),
            },
        )
        check_measured(table, (), state.library)

    def _attributes(self, state: BlockState) -> dict[str, str]:
        """What the result must name to be found again; files in any order are the same files."""
        hashes = sorted(state.hashes.values())
        together = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
        counted = sorted(state.editions)
        return {
            "guide": ", ".join(dict.fromkeys(name for _, name, _ in counted)),
            "gwp_set": ", ".join(dict.fromkeys(gwp for *_, gwp in counted)),
            "library": "" if state.library is None else state.library.version,
            **({} if state.library is None else released(state.library)),
            "activity_sha256": hashes[0] if len(hashes) == 1 else together,
            "carbonmeter": __version__,
            "rows_excluded": str(state.left_out),
        }


def _refused(error: ProblemsError) -> BlockState:
    """What a block leaves that `account` refused; rows left out are no fault of the others."""
    if NO_ROW_LEFT in error.summary:
        return BlockState(excluded=error.problems, left_out=len(error.problems))
    refusal = Refusal.of(error)
    if refusal is None:
        raise error
    return BlockState(refusals=(refusal,))


def _editions(made: Account) -> frozenset[tuple[int, str, str]]:
    places = {edition.name: at for at, edition in enumerate(made.editions)}
    editions = {choice.key.edition.name: choice.key.edition for choice in made.recipes.choices}
    return frozenset((places[n], n, edition.gwp_set) for n, edition in editions.items())


def _sites(made: Account, files: Mapping[str, int]) -> dict[tuple[str, str], tuple[int, int]]:
    """The first row of each site that has measured values, with its entity."""
    if all(layer.shipped for layer in made.library.stack):
        return {}
    site, entity = made.activity.text("site"), made.activity.text("entity")
    rows = np.flatnonzero(site.where(made.library.sites))
    pairs = site.codes[rows].astype(np.int64) * max(len(entity.labels), 1) + entity.codes[rows]
    _, first = np.unique(pairs, return_index=True)
    place = files[made.activity.source.name]
    return {
        (site.labels[site.codes[at]], entity.labels[entity.codes[at]]): (
            place,
            int(made.activity.row[at]),
        )
        for at in rows[first].tolist()
    }
