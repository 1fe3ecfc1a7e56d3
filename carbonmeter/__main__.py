"""`python -m carbonmeter` is the command line."""

from __future__ import annotations

import sys

from carbonmeter.cli import main

sys.exit(main())
