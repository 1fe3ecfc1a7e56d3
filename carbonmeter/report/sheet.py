"""A table as one sheet of a workbook, where no text is taken for a formula or a link."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING

from carbonmeter.report.cells import cell

if TYPE_CHECKING:
    import pandas as pd

CREATED = datetime(2000, 1, 1)
MOST_ROWS = 1_048_575


def xlsx_bytes(frame: pd.DataFrame, name: str = "table") -> bytes:
    """A table of at most MOST_ROWS as a workbook: numbers as numbers, all else as text."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": CREATED})
        sheet = book.add_worksheet(name)
        strong = book.add_format({"bold": True})
        for at, heading in enumerate(frame.columns):
            sheet.write_string(0, at, str(heading), strong)
            for row, value in enumerate(frame.iloc[:, at].tolist(), 1):
                if isinstance(value, int | float) and value == value:
                    sheet.write_number(row, at, value)
                elif text := cell(value.isoformat() if isinstance(value, date) else value):
                    sheet.write_string(row, at, text)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(frame), max(len(frame.columns) - 1, 0))
    return out.getvalue()
