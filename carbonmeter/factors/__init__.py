"""Factors: numbers that someone published or measured, in libraries that answer requests."""

from __future__ import annotations

from carbonmeter.factors.library import SHIPPED, FactorLibrary
from carbonmeter.factors.resolve import Answer, Request

__all__ = ["SHIPPED", "Answer", "FactorLibrary", "Request"]
