"""Tables in a terminal: text is shown as it is, never run as markup or control codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

WIDTH = 100
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Heading:
    """A column: its heading (one of our own words, lines parted by a line feed), and its width.

    A column of numbers wraps only if it says so; one with `wide` is as wide as its longest cell,
    at most so.
    """

    text: str
    number: bool = False
    ratio: int | None = None
    wide: int | None = None
    wraps: bool = False
    whole: bool = False


def console() -> Console:
    """The standard output: as wide as the terminal, at most 100 columns, 100 when not one."""
    from rich.console import Console

    made = Console(highlight=False, soft_wrap=False)
    width = min(made.width, WIDTH) if made.is_terminal else WIDTH
    return Console(highlight=False, width=width)


def shown(text: str, style: str = "") -> Text:
    """A text of the user's: no markup, no control characters."""
    from rich.text import Text

    clean = "".join(c if c.isprintable() else REPLACEMENT for c in text)
    return Text(clean, style=style)


def table(headings: Sequence[Heading], rows: Sequence[Sequence[str]], title: str = "") -> Table:
    """A table with numbers to the right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [[shown(cell) for cell in row] for row in rows]
    made = Table(
        box=box.SIMPLE_HEAD,
        title=shown(title, "bold") if title else None,
        title_justify="left",
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
    )
    for at, heading in enumerate(headings):
        longest = max((row[at].cell_len for row in cells), default=0)
        made.add_column(
            Text(heading.text),
            justify="right" if heading.number else "left",
            no_wrap=(heading.number and not heading.wraps) or heading.whole,
            overflow="fold",
            ratio=heading.ratio,
            min_width=min(longest, heading.wide) if heading.wide else None,
            max_width=heading.wide,
        )
    for row in cells:
        made.add_row(*row)
    return made


@contextmanager
def progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on the standard error while it is a terminal; call it with (done, total, what)."""
    if not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1)

        def step(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=escape(shown(what).plain))

        yield step
