"""The Excel workbook to fill in: activity data and measured values, with drop-down lists."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbonmeter.factors.record import MEASURED
from carbonmeter.report.bilingual import activities, labelled, scope, word
from carbonmeter.report.cells import cell
from carbonmeter.report.choices import Choices, choices, written
from carbonmeter.report.write import write_bytes
from carbonmeter.tables import ACTIVITY
from carbonmeter.tables.field import Field, Kind
from carbonmeter.tables.period import FORMS

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

PREPARED_ROWS = 5000
LISTS = "lists"
MEASURED_ZH = "实测值"
MEASURED_COLUMNS = (
    *("parameter", "subject", "region", "site", "valid_from", "valid_to", "value", "unit"),
    *("low", "high", "coverage", "distribution", "source", "note"),
)
DEFAULT_COLUMNS = (
    *("parameter", "subject", "region", "valid_from", "valid_to", "value", "unit"),
    *("low", "high", "tier", "confidence", "source", "clause"),
)
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
# A workbook made from the same guide is the same file: its own date of creation is fixed.
CREATED = datetime(2020, 1, 1)


def template(path: Path, guide: str, activities: Sequence[str] = (), lang: str = "zh") -> Path:
    """Write the workbook to fill in for a guide.

    Its sheets of activity data and measured values are read back as they are by `read_activity`
    and `FactorLibrary.open`; rows that were prepared and left blank do not count.

    Parameters
    ----------
    path : Path                      .xlsx
    guide : str                      a guide or one of its editions
    activities : sequence of str     only these kinds of activity; all of the guide by default
    lang : 'zh' or 'en'              of headings, lists and notes

    Raises
    ------
    GuideError                       unknown guide, or an activity that it does not count
    WriteError                       why it could not be written
    """
    import xlsxwriter

    offered = choices(guide, activities)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": guide, "created": CREATED})
        _Book(book, offered, lang).fill()
    return write_bytes(Path(path), out.getvalue())


class _Book:
    """The workbook while it is being made."""

    def __init__(self, book: Workbook, offered: Choices, lang: str) -> None:
        self.book, self.offered, self.lang = book, offered, lang
        font = {"font_name": "Arial" if lang == "en" else "等线", "font_size": 11}
        head = font | {"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        self.formats: dict[str, Any] = {
            "text": book.add_format(font | {"num_format": "@"}),
            "number": book.add_format(font),
            "date": book.add_format(font | {"num_format": "yyyy-mm-dd"}),
            "required": book.add_format(head | {"bg_color": "#DCE6EE"}),
            "optional": book.add_format(head | {"bg_color": "#F1F1EC", "bold": False}),
            "title": book.add_format(font | {"bold": True, "font_size": 14}),
            "strong": book.add_format(font | {"bold": True}),
            "wrap": book.add_format(font | {"text_wrap": True, "valign": "top"}),
        }
        self.places: dict[str, int] = {}

    def fill(self) -> None:
        """All sheets, the one to fill in first."""
        activity = self.book.add_worksheet(self._name(ACTIVITY.name, ACTIVITY.zh))
        measured = self.book.add_worksheet(self._name(MEASURED.name, MEASURED_ZH))
        defaults = self.book.add_worksheet(word("defaults_sheet", self.lang))
        notes = self.book.add_worksheet(word("notes_sheet", self.lang))
        lists = self.book.add_worksheet(LISTS)
        self._lists(lists)
        self._activity(activity)
        self._measured(measured)
        self._defaults(defaults)
        self._notes(notes)
        lists.hide()
        activity.activate()

    def _name(self, en: str, zh: str) -> str:
        return zh if self.lang == "zh" else en

    def _lists(self, sheet: Worksheet) -> None:
        """One column for each list; its first cell is what a drop-down looks for."""
        lang, offered = self.lang, self.offered
        columns: list[tuple[str, str, list[str]]] = [
            ("activities", "activities", [written(a, lang) for a in offered.activities]),
            ("parameters", "parameters", [written(p, lang) for p in offered.measurable()]),
        ]
        for name in offered.activities:
            subjects = [written(s, lang) for s in offered.subjects(name)]
            columns.append((f"subjects {name}", f"s {written(name, lang)}", subjects))
            columns.append((f"units {name}", f"u {written(name, lang)}", offered.units(name)))
        for name, parameter in offered.measurable().items():
            subjects = [written(s, lang) for s in offered.subjects_of(name)]
            columns.append((f"subjects {name}", f"s {written(name, lang)}", subjects))
            columns.append((f"units {name}", f"u {written(name, lang)}", [parameter.unit]))
        for at, (key, heading, entries) in enumerate(columns):
            self.places[key] = at
            sheet.write_string(0, at, heading)
            for row, entry in enumerate(entries, 1):
                sheet.write_string(row, at, entry)

    def _fixed(self, sheet: Worksheet, column: int, key: str, count: int, strict: bool) -> None:
        letter = _letters(self.places[key])
        self._validate(
            sheet,
            column,
            {
                "validate": "list",
                "source": f"={LISTS}!${letter}$2:${letter}${max(count, 1) + 1}",
                "error_type": "stop" if strict else "warning",
            },
        )

    def _dependent(self, sheet: Worksheet, column: int, prefix: str, on: int) -> None:
        """A list that depends on the cell of another column in the same row."""
        found = f'MATCH("{prefix} "&${_letters(on)}2,{LISTS}!$1:$1,0)-1'
        cells = f"OFFSET({LISTS}!$A$1,1,{found},200,1)"
        source = f"=OFFSET({LISTS}!$A$1,1,{found},MAX(1,COUNTA({cells})),1)"
        self._validate(
            sheet, column, {"validate": "list", "source": source, "error_type": "warning"}
        )

    def _validate(self, sheet: Worksheet, column: int, rule: dict[str, Any]) -> None:
        sheet.data_validation(1, column, PREPARED_ROWS, column, {"ignore_blank": True, **rule})

    def _headings(self, sheet: Worksheet, fields: Sequence[Field]) -> dict[str, int]:
        """The first row, frozen, with a note on each heading; formats for the cells below."""
        places: dict[str, int] = {}
        for at, field in enumerate(fields):
            places[field.name] = at
            heading = field.zh if self.lang == "zh" else field.name
            style = self.formats["required" if field.required else "optional"]
            sheet.write_string(0, at, heading, style)
            sheet.write_comment(0, at, self._note(field), {"x_scale": 1.6})
            kind = {Kind.NUMBER: "number", Kind.DATE: "date"}.get(field.kind, "text")
            wide = 24 if field.kind in (Kind.TEXT, Kind.IDENTIFIER) else 13
            sheet.set_column(at, at, wide, self.formats[kind])
            if field.kind is Kind.NUMBER:
                self._validate(sheet, at, _number_rule(field))
            elif field.kind is Kind.DATE:
                dates = {"validate": "date", "criteria": "between"}
                self._validate(sheet, at, dates | {"minimum": EARLIEST, "maximum": LATEST})
        sheet.set_row(0, 30)
        sheet.freeze_panes(1, 0)
        return places

    def _note(self, field: Field) -> str:
        """Meaning of a column, and whether it must be filled."""
        meaning = word(f"column_{field.name}", "zh") if self.lang == "zh" else field.meaning
        if field.allowed:
            meaning = f"{meaning} ({', '.join(field.allowed)})".strip()
        need = word("required" if field.required else "optional", self.lang)
        return f"{field.name} · {need}\n{meaning}"

    def _activity(self, sheet: Worksheet) -> None:
        at = self._headings(sheet, ACTIVITY.fields)
        self._fixed(sheet, at["activity"], "activities", len(self.offered.activities), True)
        self._dependent(sheet, at["subject"], "s", at["activity"])
        self._dependent(sheet, at["unit"], "u", at["activity"])
        hint = {"input_title": word("period", self.lang), "input_message": FORMS}
        self._validate(sheet, at["period"], {"validate": "any", **hint})

    def _measured(self, sheet: Worksheet) -> None:
        fields = {field.name: field for field in MEASURED.fields}
        at = self._headings(sheet, [fields[name] for name in MEASURED_COLUMNS])
        self._fixed(sheet, at["parameter"], "parameters", len(self.offered.measurable()), False)
        self._dependent(sheet, at["subject"], "s", at["parameter"])
        self._dependent(sheet, at["unit"], "u", at["parameter"])
        words = list(fields["distribution"].allowed or ())
        self._validate(sheet, at["distribution"], {"validate": "list", "source": words})

    def _defaults(self, sheet: Worksheet) -> None:
        """What answers where nothing was measured: for reading, never read back."""
        titles = {
            str(r["source"]): str(r["title"] if self.lang == "zh" else r["title_en"] or r["title"])
            for r in self.offered.sources.to_dict("records")
        }
        fields = {field.name: field for field in MEASURED.fields}
        for column, name in enumerate(DEFAULT_COLUMNS):
            heading = fields[name].zh if self.lang == "zh" else name
            sheet.write_string(0, column, heading, self.formats["optional"])
        sheet.set_column(0, len(DEFAULT_COLUMNS) - 1, 15, self.formats["text"])
        for row, record in enumerate(self.offered.defaults().to_dict("records"), 1):
            for column, name in enumerate(DEFAULT_COLUMNS):
                value = record[name]
                if isinstance(value, float):
                    if value == value:
                        sheet.write_number(row, column, value, self.formats["number"])
                    continue
                text = cell(value)
                if name in ("parameter", "subject", "region", "tier", "confidence"):
                    text = labelled(text).to(self.lang)
                sheet.write_string(row, column, titles.get(text, text), self.formats["text"])
        sheet.freeze_panes(1, 0)

    def _notes(self, sheet: Worksheet) -> None:
        """How to fill the workbook in, what the guide counts, and its formulas."""
        sheet.set_column(0, 0, 24, self.formats["wrap"])
        sheet.set_column(1, 1, 110, self.formats["wrap"])
        for row, (name, text, style) in enumerate(self._said()):
            sheet.write_string(row, 0, name, self.formats[style])
            sheet.write_string(row, 1, text, self.formats["wrap"])

    def _said(self) -> list[tuple[str, str, str]]:
        lang, at = self.lang, 1 if self.lang == "zh" else 0
        rows: list[tuple[str, str, str]] = [(word("notes_sheet", lang), "", "title")]
        rows += [("", word(f"how_{step}", lang), "wrap") for step in range(1, 6)]
        for edition in self.offered.editions:
            title = edition.title_zh if lang == "zh" else edition.title_en
            dates = f"{edition.valid_from} – {edition.valid_to or '…'} · GWP {edition.gwp_set}"
            rows += [
                (edition.name, title, "strong"),
                ("", dates, "wrap"),
                (word("counts", lang), "; ".join(t[at] for t in edition.counts), "wrap"),
                (word("leaves_out", lang), "; ".join(t[at] for t in edition.leaves_out), "wrap"),
                (word("not_read", lang), "; ".join(edition.not_read), "wrap"),
            ]
        for method in self.offered.methods:
            what = f"{activities(method, lang)} → {method.output.gas}"
            place = scope(method.output.kind.value, method.scope).to(lang)
            rows.append((method.name, f"{what} · {place}", "strong"))
            rows.append(("", labelled(method.name).to(lang), "wrap"))
            rows += [(word("formula", lang), f"{n} = {e}", "wrap") for n, e in method.steps()]
            own = f"{method.quantity} [{method.quantity_unit}]"
            inputs = [own, *(f"{n} [{p.unit}]" for n, p in method.parameters.items())]
            rows.append((word("units", lang), "; ".join(inputs), "wrap"))
            clauses = "; ".join(f"{s}: {c}" for s, c in method.clauses.items())
            rows.append((word("clauses", lang), clauses, "wrap"))
        return rows


def _number_rule(field: Field) -> dict[str, Any]:
    least = field.least if field.least is not None else field.above
    if field.signed:
        least = -1e300
    rule = {"validate": "decimal", "criteria": "between", "minimum": least or 0.0}
    return rule | {"maximum": 1e300 if field.most is None else field.most}


def _letters(column: int) -> str:
    """The name of a column in a spreadsheet: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
