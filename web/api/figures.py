"""The leaders' figures over the API."""

from __future__ import annotations

from datetime import date

from tasks import figure_pages
from tasks.errors import Invalid
from tasks.figure_tables import Row
from tasks.figures import CasesBehind, Figure, Wanted, wrong_period
from web.api.ids import number_of
from web.api.models import figures as models
from web.api.routes import app, caller, operation
from web.current import COPENHAGEN

_NAMES = {"fra": "since", "til": "until"}


def _wanted(query: models.FigureQuery) -> Wanted:
    today = app().now().astimezone(COPENHAGEN).date()
    since, until = query.since or date(today.year, 1, 1), query.until or today
    wrong = wrong_period(since, until)
    if wrong:
        raise Invalid("Perioden kan ikke bruges.", {_NAMES[name]: text for name, text in wrong.items()})
    return Wanted(
        since,
        until,
        number_of(query.unit) if query.unit else None,
        query.district or None,
        number_of(query.person) if query.person else None,
    )


@operation(
    "GET",
    "/figures",
    summary="The leaders' figures",
    query=models.FigureQuery,
    out=models.Figures,
    errors=(403,),
)
def list_figures(query: models.FigureQuery) -> models.Figures:
    """Return every figure for a period: for leaders, of the units they lead and those below."""
    wanted = _wanted(query)
    sheet = app().read(figure_pages.read_figures, caller(), wanted)
    return models.Figures(
        since=wanted.since, until=wanted.until, items=[_full(figure) for figure in sheet.figures]
    )


@operation(
    "GET",
    "/figures/{key}",
    summary="One figure",
    query=models.FigureQuery,
    out=models.FigureFull,
    errors=(403,),
)
def get_figure(key: str, query: models.FigureQuery) -> models.FigureFull:
    """Return one figure for a period."""
    return _full(app().read(figure_pages.read_figure, caller(), (key, _wanted(query))))


@operation(
    "GET",
    "/figures/{key}/cases",
    summary="The cases behind a number",
    query=models.BehindQuery,
    out=models.BehindRows,
    errors=(403,),
)
def list_behind(key: str, query: models.BehindQuery) -> models.BehindRows:
    """Return the cases behind a number, those the caller leads."""
    command = CasesBehind(key, _wanted(query), query.row[:80], query.column[:80])
    found = app().read(figure_pages.read_behind, caller(), command)
    return models.BehindRows(
        items=[
            models.BehindRow(
                id=str(one.case_id), number=one.number, child=one.child, unit=one.unit, status=one.status
            )
            for one in found.cases
        ]
    )


def _full(figure: Figure) -> models.FigureFull:
    spec, table = figure.spec, figure.table
    return models.FigureFull(
        key=spec.key,
        title=spec.title,
        section=spec.section,
        definition=spec.definition,
        columns=[models.FigureColumn(code=code, label=label) for code, label in table.columns],
        share_label=spec.share_label or None,
        amount_label=spec.amount_label or None,
        lines=[_line(figure, row) for row in table.rows],
        total=_line(figure, table.totals),
    )


def _line(figure: Figure, row: Row) -> models.FigureLine:
    return models.FigureLine(
        code=row.code,
        label=row.label,
        numbers=[cell.value or 0 for cell in row.cells],
        total=row.total.value or 0,
        share=row.share,
        amount=row.amount.value if figure.spec.amount_label else None,
    )
