"""Accounts: the only floor where tables, factors and methods meet."""

from __future__ import annotations

from carbonmeter.accounts.answers import Account
from carbonmeter.accounts.build import account
from carbonmeter.accounts.comparison import compare
from carbonmeter.accounts.consolidate import Consolidation
from carbonmeter.accounts.receipt import Receipt
from carbonmeter.accounts.totals import Totals

__all__ = ["Account", "Consolidation", "Receipt", "Totals", "account", "compare"]
