"""Reductions over blocks of rows: in line, on threads or on Dask, with the same bits on each."""

from __future__ import annotations

from carbonmeter.engine.dask_engine import Dask
from carbonmeter.engine.inline import InLine
from carbonmeter.engine.reduction import Engine, Progress, Reduction
from carbonmeter.engine.running import run
from carbonmeter.engine.threads import Threads

__all__ = ["Dask", "Engine", "InLine", "Progress", "Reduction", "Threads", "run"]
