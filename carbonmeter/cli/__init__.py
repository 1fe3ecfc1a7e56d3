"""The command line. Exit status: 0 done, 1 the user's data, 2 usage, 70 a bug."""

from __future__ import annotations

import sys
from collections.abc import Sequence

DATA_ERROR = 1
BUG = 70
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    from carbonmeter.cli.parser import parser
    from carbonmeter.errors import CarbonmeterError

    options = parser().parse_args(arguments)
    try:
        options.verb(options)
    except CarbonmeterError as wrong:
        print(f"{type(wrong).__name__} {wrong}", file=sys.stderr)
        return DATA_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as bug:  # the last door: anything else is ours, and is said to be
        import traceback

        traceback.print_exception(bug)
        print(
            f"\nThis is a bug in carbonmeter ({type(bug).__name__}), not in your data. Please"
            " report it with the lines above; nothing was written.",
            file=sys.stderr,
        )
        return BUG
    return 0
