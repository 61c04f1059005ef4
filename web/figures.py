"""Ledelsesinformation: the leaders' figures, the cases behind them, and files to take away (P19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from host import spreadsheet
from host.app import App
from tasks import figure_pages
from tasks.figure_pages import Export, FiguresSheet
from tasks.figure_tables import HIDDEN, TOTAL, Cell, Row
from tasks.figures import CASES_SHOWN, CasesBehind, Figure, Wanted, wrong_period
from web import current
from web.asked import number
from web.pages import figures as shown
from web.pages.parts import CaseRef, Choice, Tab
from web.words import gettext

pages = Blueprint("figures", __name__)


@pages.get("/tal")
def show() -> ResponseReturnValue:
    """Show every figure for a period, unit, district and person."""
    wanted, errors = _asked()
    sheet = current.app.read(figure_pages.read_figures, current.visitor.actor, wanted)
    return render_template("figures/list.html", page=_page(sheet, errors)), 422 if errors else 200


@pages.get("/tal/<key>/sager")
def behind(key: str) -> ResponseReturnValue:
    """Show the cases behind one number, those the visitor leads."""
    wanted, _ = _asked()
    command = CasesBehind(
        key, wanted, request.args.get("raekke", "")[:80], request.args.get("kolonne", "")[:80]
    )
    found = current.app.read(figure_pages.read_behind, current.visitor.actor, command)
    words = [text for text in (found.row, found.column) if text]
    page = shown.BehindPage(
        found.figure,
        ", ".join(words) or gettext("I alt"),
        tuple(
            shown.BehindRow(
                CaseRef(str(one.case_id), one.number, one.child, one.protected), one.unit or "", one.status
            )
            for one in found.cases
        ),
        CASES_SHOWN,
        "/tal?" + _filter(wanted) + f"#{key}",
    )
    return render_template("figures/cases.html", page=page)


@pages.get("/tal/fil.xlsx")
def everything() -> ResponseReturnValue:
    """Give all figures as a file for a spreadsheet; small numbers are hidden in it."""
    return _file(None)


@pages.get("/tal/<key>/fil.xlsx")
def one(key: str) -> ResponseReturnValue:
    """Give one figure as a file for a spreadsheet; small numbers are hidden in it."""
    return _file(key)


def _file(key: str | None) -> Response:
    wanted, _ = _asked()
    app = current.running()
    assert isinstance(app, App)
    sheets = app.read(figure_pages.export, current.visitor.actor, Export(wanted, key))
    title = gettext("Ledelsesinformation") if key is None else sheets[0].title
    content = spreadsheet.workbook(
        title, wanted.since, wanted.until, sheets, municipality=app.settings.municipality, at=app.now()
    )
    response = Response(content, content_type=spreadsheet.MEDIA)
    name = f"{key or 'ledelsesinformation'}-{wanted.since.isoformat()}-{wanted.until.isoformat()}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# -- the filter ----------------------------------------------------------------------------------------------


def _asked() -> tuple[Wanted, dict[str, str]]:
    """Return what is asked for, and per field what cannot be read; the year so far stands in for it."""
    errors: dict[str, str] = {}
    today = current.today()
    since = _day("fra", date(today.year, 1, 1), errors)
    until = _day("til", today, errors)
    errors |= wrong_period(since, until)
    if errors:
        since, until = date(today.year, 1, 1), today
    return (
        Wanted(
            since,
            until,
            number(request.args.get("enhed")),
            request.args.get("distrikt", "").strip()[:80] or None,
            number(request.args.get("person")),
        ),
        errors,
    )


def _day(name: str, otherwise: date, errors: dict[str, str]) -> date:
    text = request.args.get(name, "").strip()
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[name] = gettext("Vælg en dato.")
        return otherwise


def _filter(wanted: Wanted, **more: str) -> str:
    given: dict[str, str] = {"fra": wanted.since.isoformat(), "til": wanted.until.isoformat()}
    if wanted.unit_id is not None:
        given["enhed"] = str(wanted.unit_id)
    if wanted.district:
        given["distrikt"] = wanted.district
    if wanted.person_id is not None:
        given["person"] = str(wanted.person_id)
    return urlencode({**given, **more})


# -- the page ------------------------------------------------------------------------------------------------


def _page(sheet: FiguresSheet, errors: Mapping[str, str]) -> shown.FiguresPage:
    wanted, reach = sheet.wanted, sheet.reach
    sections: dict[str, list[shown.FigureView]] = {}
    for figure in sheet.figures:
        sections.setdefault(figure.spec.section, []).append(_view(figure, wanted))
    return shown.FiguresPage(
        sections=tuple(shown.Section(title, tuple(views)) for title, views in sections.items()),
        offers=sheet.offers,
        revisions=tuple(
            shown.RevisionRow(row.key, row.name, row.published_on, row.due_on, row.overdue)
            for row in sheet.revisions
        ),
        periods=_periods(wanted, current.today()),
        since=wanted.since.isoformat(),
        until=wanted.until.isoformat(),
        units=_choices(
            ((str(id), name) for id, name in reach.units), wanted.unit_id, gettext("Alle enheder")
        ),
        districts=_choices(
            ((one, one) for one in reach.districts), wanted.district, gettext("Alle distrikter")
        ),
        people=_choices(((str(id), name) for id, name in reach.people), wanted.person_id, gettext("Alle")),
        file="/tal/fil.xlsx?" + _filter(wanted),
        errors=dict(errors),
    )


def _periods(wanted: Wanted, today: date) -> tuple[Tab, ...]:
    """Return the periods that leaders ask for: this year and quarter so far, and those before them whole."""
    year = date(today.year, 1, 1)
    quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    before = quarter - timedelta(days=1)
    last_quarter = date(before.year, before.month - 2, 1)
    known = (
        (gettext("I år"), year, today),
        (gettext("Dette kvartal"), quarter, today),
        (gettext("Sidste kvartal"), last_quarter, before),
        (gettext("Sidste år"), date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    )
    return tuple(
        Tab(
            text,
            "/tal?" + _filter(replace(wanted, since=since, until=until)),
            (wanted.since, wanted.until) == (since, until),
        )
        for text, since, until in known
    )


def _choices(rows: object, chosen: object, everything: str) -> tuple[Choice, ...]:
    found = [Choice("", everything, chosen is None)]
    found += [Choice(value, text, value == str(chosen)) for value, text in rows]  # type: ignore[attr-defined]
    return tuple(found)


def _view(figure: Figure, wanted: Wanted) -> shown.FigureView:
    spec, table = figure.spec, figure.table
    several = len(table.columns) > 1
    head = [label for _, label in table.columns]
    head += [gettext("I alt")] if several else []
    head += [spec.share_label] if spec.share else []
    head += [spec.amount_label] if spec.amount_label else []
    most = max((cell.value or 0 for row in table.rows for cell in row.cells), default=0)
    rows = [_line(figure, row, wanted, several, most) for row in table.rows]
    if len(table.rows) > 1:
        rows.append(_line(figure, table.totals, wanted, several, 0))
    return shown.FigureView(
        spec.key,
        spec.title,
        spec.definition,
        tuple(head),
        tuple(rows),
        f"/tal/{spec.key}/fil.xlsx?" + _filter(wanted),
        spec.now,
        not table.rows,
    )


def _line(figure: Figure, row: Row, wanted: Wanted, several: bool, most: int) -> shown.Line:
    spec, table = figure.spec, figure.table
    numbers = [
        _number(spec.key, cell, wanted, row.code, code, most)
        for (code, _), cell in zip(table.columns, row.cells, strict=True)
    ]
    if several:
        numbers.append(_number(spec.key, row.total, wanted, row.code, TOTAL, 0))
    if spec.share:
        numbers.append(shown.Number("–" if row.share is None else f"{round(row.share * 100)} %"))
    if spec.amount_label:
        numbers.append(shown.Number(_grouped(row.amount)))
    return shown.Line(row.label, tuple(numbers), row.code == TOTAL)


def _number(key: str, cell: Cell, wanted: Wanted, row: str, column: str, most: int) -> shown.Number:
    if cell.hidden or cell.value is None:
        return shown.Number(HIDDEN)
    href = ""
    if cell.value and key not in WITHOUT_CASES:
        href = f"/tal/{key}/sager?" + _filter(wanted, raekke=row, kolonne=column)
    return shown.Number(_grouped(cell), href, round(100 * cell.value / most) if most else 0)


WITHOUT_CASES = ("kurser", "ppr")
"""Figures that are about no case."""


def _grouped(cell: Cell) -> str:
    return HIDDEN if cell.value is None else f"{cell.value:,}".replace(",", ".")
