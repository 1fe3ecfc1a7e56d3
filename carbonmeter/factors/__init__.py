"""Factors: numbers that someone published or measured, in libraries that answer requests."""

from __future__ import annotations

from carbonmeter.factors.library import FactorLibrary
from carbonmeter.factors.resolving.resolve import Answer, Request
from carbonmeter.factors.shipped import DEFAULT, SHIPPED

__all__ = ["DEFAULT", "SHIPPED", "Answer", "FactorLibrary", "Request"]
