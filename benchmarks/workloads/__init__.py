"""The workloads, by what they are about; importing this enters all of them in the registry."""

from __future__ import annotations

from benchmarks.workloads import accounts, draws, engines, factors, gum, loans, start

__all__ = ["accounts", "draws", "engines", "factors", "gum", "loans", "start"]
