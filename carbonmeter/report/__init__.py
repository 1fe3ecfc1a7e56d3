"""What people read: terminal, page, files, workbook. Numbers are rounded only on this floor."""

from __future__ import annotations
