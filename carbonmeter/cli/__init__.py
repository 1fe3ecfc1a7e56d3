"""The command line. Exit status: 0 done, 1 the user's data or system, 2 usage, 70 a bug."""

from __future__ import annotations

import sys
from collections.abc import Sequence

DATA_ERROR = 1
BUG = 70
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    from carbonmeter.cli.output import abandon, complain, finish, for_any_terminal
    from carbonmeter.cli.parser import parser
    from carbonmeter.errors import CarbonmeterError

    for_any_terminal(sys.stdout, sys.stderr)
    options = parser().parse_args(arguments)
    try:
        options.verb(options)
        finish()
    except CarbonmeterError as wrong:
        complain(f"{type(wrong).__name__} {wrong}")
        return DATA_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the latter is what rich makes of the former
        abandon()
        return 0
    except MemoryError:
        complain(
            "E503: not enough memory for this table; split it into files of fewer rows and"
            " account each, or close other programs. Files written before are intact."
        )
        return DATA_ERROR
    except OSError as wrong:
        abandon()
        complain(
            f"E503: the system refused: {wrong}; check the disk, the permissions and the limits"
            " of this account, then try again. Files written before are intact."
        )
        return DATA_ERROR
    except Exception as bug:  # the last door: anything else is ours, and is said to be
        import traceback

        complain("".join(traceback.format_exception(bug)))
        complain(
            f"This is a bug in carbonmeter ({type(bug).__name__}), not in your data. Please"
            " report it with the lines above; nothing was written."
        )
        return BUG
    return 0
