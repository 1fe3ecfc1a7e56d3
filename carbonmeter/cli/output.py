"""What reaches the terminal: any encoding will do, and no text of a user's controls it."""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# What we print ourselves and a terminal in GBK, Latin-1 or ASCII may lack. A minus sign must not
# become a question mark.
PLAINER = {
    "−": "-",
    "–": "-",
    "…": "...",
    "→": "->",
    "←": "<-",
    "×": "x",
    "±": "+-",
    "·": "*",
    "─": "-",
    "Δ": "d",
    "⁴": "^4",
    REPLACEMENT: "?",
}
HANDLER = "carbonmeter.plainer"


def _plainer(wrong: UnicodeError) -> tuple[str, int]:
    """A like character where there is one, else the number of the character."""
    if not isinstance(wrong, UnicodeEncodeError):
        raise wrong
    lost = wrong.object[wrong.start : wrong.end]
    plain = [PLAINER.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lost]
    return "".join(plain), wrong.end


def for_any_terminal(*streams: TextIO | None) -> None:
    """Lets a stream in any encoding take any text."""
    codecs.register_error(HANDLER, _plainer)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def harmless(text: str) -> str:
    """The text without the characters that would move a terminal's cursor or change its colours.

    Examples
    --------
    >>> harmless("a" + chr(27) + "[31m")
    'a�[31m'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else REPLACEMENT for c in text)


def say(text: str) -> None:
    """Print on the standard output."""
    print(harmless(text))


def complain(text: str) -> None:
    """Print on the standard error; one that is closed or full is not worth a second error."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(harmless(text), file=sys.stderr)


def finish() -> None:
    """Hand over what was printed while an error can still be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def abandon() -> None:
    """Drop what could not be printed, so that Python does not try again as it ends."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
