"""Figures as a workbook (.xlsx): numbers as numbers, dates as dates, a sheet for each figure."""

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter

from tasks.figure_pages import FigureSheet, Kind

MEDIA: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

CONTENTS: Final = "Indhold"

_DAY: Final = "[$-406]d. mmmm yyyy"
_FORMATS: Final[dict[Kind, dict[str, Any]]] = {
    "text": {},
    "number": {"num_format": "#,##0", "align": "right"},
    "share": {"num_format": "0 %", "align": "right"},
}
_HEAD: Final = {"bold": True, "bg_color": "#EEF2F6", "bottom": 1, "text_wrap": True, "valign": "top"}
_LONGEST_NAME: Final = 31
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\]")
_WIDEST: Final = 60


def workbook(
    title: str, since: date, until: date, sheets: Sequence[FigureSheet], *, municipality: str, at: datetime
) -> bytes:
    """Return a workbook with a list of contents, when there are several figures, and a sheet for each.

    `at` is when it was made (aware, kept without its zone, as workbooks have none). Texts stay texts: none is
    taken for a formula or an address.
    """
    file = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {"in_memory": True, **plain}) as book:
        book.set_properties(
            {
                "title": title,
                "author": municipality,
                "company": municipality,
                "created": at.replace(tzinfo=None),
            }
        )
        names = _names([sheet.title for sheet in sheets])
        if len(sheets) > 1:
            _contents(book, title, since, until, dict(zip(names, sheets, strict=True)))
        for name, sheet in zip(names, sheets, strict=True):
            _figure(book, name, since, until, sheet)
    return file.getvalue()


def _names(titles: Sequence[str]) -> list[str]:
    """Return names for sheets: short, apart from each other, without what a spreadsheet refuses."""
    found: list[str] = []
    for title in titles:
        name = _NOT_IN_NAMES.sub(" ", title)[:_LONGEST_NAME].strip()
        number = 2
        while name.casefold() in {CONTENTS.casefold(), *(one.casefold() for one in found)}:
            name = f"{name[: _LONGEST_NAME - 3].strip()} {number}"
            number += 1
        found.append(name)
    return found


def _contents(book: Any, title: str, since: date, until: date, sheets: dict[str, FigureSheet]) -> None:
    page = _page(book, CONTENTS, title)
    _period(book, page, since, until)
    page.write_string(3, 0, "Tal", book.add_format(_HEAD))
    page.write_string(3, 1, "Sådan er det talt", book.add_format(_HEAD))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, (name, sheet) in enumerate(sheets.items(), 4):
        page.write_url(number, 0, f"internal:'{name}'!A1", string=sheet.title)
        page.write_string(number, 1, sheet.definition, wrapped)
    page.set_column(0, 0, 45)
    page.set_column(1, 1, 90)


def _figure(book: Any, name: str, since: date, until: date, sheet: FigureSheet) -> None:
    page = _page(book, name, sheet.title)
    if sheet.now:
        page.write_string(1, 0, "Som det er lige nu")
    else:
        _period(book, page, since, until)
    page.write_string(2, 0, sheet.definition)
    heads = [
        book.add_format({**_HEAD, "align": "left" if kind == "text" else "right"}) for kind in sheet.kinds
    ]
    for column, (text, format_) in enumerate(zip(sheet.head, heads, strict=True)):
        page.write_string(4, column, text, format_)
    formats = [book.add_format(_FORMATS[kind]) for kind in sheet.kinds]
    totals = [book.add_format({**_FORMATS[kind], "bold": True, "top": 1}) for kind in sheet.kinds]
    for number, line in enumerate(sheet.lines):
        last = sheet.totalled and number == len(sheet.lines) - 1
        for column, value in enumerate(line):
            page.write(5 + number, column, value, (totals if last else formats)[column])
    if not sheet.lines:
        page.write_string(5, 0, "Ingen i perioden.")
    page.freeze_panes(5, 1)
    page.set_column(0, 0, _width([sheet.head[0], *(str(line[0]) for line in sheet.lines)], least=24))
    for column, text in enumerate(sheet.head[1:], 1):
        page.set_column(column, column, _width([text], least=12))


def _page(book: Any, name: str, title: str) -> Any:
    page = book.add_worksheet(name)
    page.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    return page


def _period(book: Any, page: Any, since: date, until: date) -> None:
    day = book.add_format({"num_format": _DAY, "align": "left"})
    page.write_string(1, 0, "Fra og med – til og med")
    page.write_datetime(1, 1, datetime(since.year, since.month, since.day), day)  # noqa: DTZ001
    page.write_datetime(1, 2, datetime(until.year, until.month, until.day), day)  # noqa: DTZ001


def _width(texts: Sequence[str], *, least: int) -> int:
    return min(_WIDEST, max(least, *(len(text) + 2 for text in texts)))
