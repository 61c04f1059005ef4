"""The pages of figures: all of them for a period, the cases behind a number, and what leaves the house."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from engine import workdays
from records.unit import Unit
from tasks.errors import Refused
from tasks.figure_events import new_offers, published
from tasks.figure_list import FIGURES
from tasks.figure_tables import HIDDEN, Cell, Row, Table, suppress
from tasks.figures import (
    CaseBehind,
    CasesBehind,
    Figure,
    Reach,
    Wanted,
    cases_behind,
    count_figures,
    label_of,
    reach_of,
    read_reach,
    spec_of,
)
from tasks.people import Actor, today
from tasks.roles import roles_of

SPREAD = "Fordelt på"
"""Heading of the column that says what a line counts."""

Kind = Literal["text", "number", "share"]
"""What a column holds; a share is a part of one."""


@dataclass(frozen=True, slots=True)
class Revision:
    """When a procedure was last published, and when it must be revised at the latest (FF-46)."""

    key: str
    name: str
    published_on: date
    due_on: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """A figure as it goes into a spreadsheet: small numbers are a word."""

    title: str
    definition: str
    now: bool
    """It shows how things stand, whatever the period."""
    head: tuple[str, ...]
    kinds: tuple[Kind, ...]
    """What each column holds."""
    lines: tuple[tuple[Any, ...], ...]
    totalled: bool
    """The last line is the total."""


@dataclass(frozen=True, slots=True)
class FiguresSheet:
    """All figures for one filter."""

    wanted: Wanted
    reach: Reach
    figures: tuple[Figure, ...]
    offers: tuple[tuple[date, str], ...]
    revisions: tuple[Revision, ...]


@dataclass(frozen=True, slots=True)
class Behind:
    """The cases behind one number."""

    figure: str
    row: str
    column: str
    cases: tuple[CaseBehind, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """Ask for figures as a file; without a key all of them."""

    wanted: Wanted
    key: str | None = None


def read_figures(unit: Unit, actor: Actor, command: Wanted) -> FiguresSheet:
    """Return every figure for a filter: one statement each. Raises Refused for somebody who leads nothing."""
    within = reach_of(unit, actor, command.unit_id)
    return FiguresSheet(
        command,
        read_reach(unit, actor, None),
        tuple(_named(unit, one) for one in count_figures(unit, actor, (FIGURES, command))),
        tuple(new_offers(unit, actor, (command, within))),
        revisions(unit),
    )


def read_figure(unit: Unit, actor: Actor, command: tuple[str, Wanted]) -> Figure:
    """Return one figure. Raises Refused, NotFound."""
    key, wanted = command
    (found,) = count_figures(unit, actor, ((spec_of(FIGURES, key),), wanted))
    return _named(unit, found)


def read_behind(unit: Unit, actor: Actor, command: CasesBehind) -> Behind:
    """Return the cases behind a number. Raises Refused, NotFound."""
    spec = spec_of(FIGURES, command.key)
    cases = cases_behind(unit, actor, (spec, command))
    labels = dict(spec.columns)
    column = labels.get(command.column) or (label_of(spec, command.column) if command.column else "")
    row = label_of(spec, command.row) if command.row else ""
    return Behind(spec.title, _role(unit, spec.key, command.row, row), column, tuple(cases))


def export(unit: Unit, actor: Actor, command: Export) -> tuple[FigureSheet, ...]:
    """Return figures for a spreadsheet: they leave the cases' circle, so small numbers are hidden, and
    nothing in them names a person (ST-151). Raises Refused, NotFound."""
    specs = FIGURES if command.key is None else (spec_of(FIGURES, command.key),)
    found = [
        _named(unit, Figure(one.spec, suppress(one.table)))
        for one in count_figures(unit, actor, (specs, command.wanted))
    ]
    return tuple(_as_sheet(figure) for figure in found)


def revisions(unit: Unit) -> tuple[Revision, ...]:
    """Return when every published procedure must be revised: a year after it was published (FF-46)."""
    day = today(unit)
    found = []
    for key, name, on in published(unit):
        due = workdays.maaneder_efter(on, 12, unit.calendar)
        found.append(Revision(key, name, on, due, due < day))
    return tuple(found)


def _named(unit: Unit, figure: Figure) -> Figure:
    """Return the figure with the Danish names of roles where its lines are roles."""
    if figure.spec.key != "opgaver":
        return figure
    table = figure.table
    rows = tuple(
        Row(
            row.code,
            _role(unit, "opgaver", row.code, row.label),
            row.cells,
            row.total,
            row.share,
            row.amount,
        )
        for row in table.rows
    )
    return Figure(figure.spec, Table(table.columns, rows, table.totals, table.suppressed))


def _role(unit: Unit, key: str, code: str, label: str) -> str:
    return roles_of(unit).name_of(code) if key == "opgaver" and code in roles_of(unit).by_key else label


# -- the file ------------------------------------------------------------------------------------------------


def _as_sheet(figure: Figure) -> FigureSheet:
    spec, table = figure.spec, figure.table
    several = len(table.columns) > 1
    head = [SPREAD, *(label for _, label in table.columns), *(["I alt"] if several else [])]
    numbers: list[Kind] = ["number"] * (len(head) - 1)
    kinds: list[Kind] = ["text", *numbers]
    if spec.share:
        head, kinds = [*head, spec.share_label], [*kinds, "share"]
    if spec.amount_label:
        head, kinds = [*head, spec.amount_label], [*kinds, "number"]
    rows = [*table.rows, table.totals] if len(table.rows) > 1 else list(table.rows)
    lines = tuple(tuple(_line(figure, row, several, percent=False)) for row in rows)
    return FigureSheet(
        spec.title, spec.definition, spec.now, tuple(head), tuple(kinds), lines, len(table.rows) > 1
    )


def _line(figure: Figure, row: Row, several: bool, *, percent: bool) -> list[Any]:
    line: list[Any] = [row.label, *(_number(cell) for cell in row.cells)]
    line += [_number(row.total)] if several else []
    if figure.spec.share:
        share = None if row.share is None else round(row.share * 100) if percent else row.share
        line.append(HIDDEN if _hides(row) else share)
    if figure.spec.amount_label:
        line.append(_number(row.amount))
    return line


def _hides(row: Row) -> bool:
    return row.total.hidden or any(cell.hidden for cell in row.cells)


def _number(cell: Cell) -> Any:
    return HIDDEN if cell.hidden or cell.value is None else cell.value


# -- the committee -------------------------------------------------------------------------------------------

COMMITTEE = ("aabne_sager", "nye_sager", "udvikling", "indsats_sted", "ressourcepersoner", "effekt")
"""Figures of the yearly report (ST-137, ST-149)."""

TREND_YEARS = 3
"""Years that a trend covers at the least (ST-137)."""


def committee_report(unit: Unit, actor: Actor, year: int) -> dict[str, Any]:
    """Return what the yearly report to the committee holds: case volume, economy and trends over three years,
    small numbers hidden; in the form that the template `udvalgsrapport` reads. Raises Refused."""
    if actor.person_id is not None and reach_of(unit, actor, None) is not None:
        raise Refused("Kun Chef for Børn, Unge og Familier laver rapporten til udvalget.")
    trend = Wanted(date(year - TREND_YEARS + 1, 1, 1), date(year, 12, 31))
    within = Wanted(date(year, 1, 1), date(year, 12, 31))
    tables = []
    for key in COMMITTEE:
        wanted = trend if key in ("nye_sager", "udvikling") else within
        (found,) = count_figures(unit, actor, ((spec_of(FIGURES, key),), wanted))
        if key in ("nye_sager", "udvikling"):
            found = Figure(found.spec, by_year(found.table))
        tables.append(_as_table(Figure(found.spec, suppress(found.table))))
    return {"periode": f"1. januar – 31. december {year}", "tabeller": tables}


def by_year(table: Table) -> Table:
    """Return a table whose columns are quarters or years with one column for each year."""
    years = sorted({code[:4] for code, _ in table.columns if code[:4].isdigit()})

    def gathered(row: Row) -> Row:
        sums = [
            sum(
                cell.value or 0
                for (code, _), cell in zip(table.columns, row.cells, strict=True)
                if code[:4] == year
            )
            for year in years
        ]
        return Row(row.code, row.label, tuple(Cell(one) for one in sums), row.total, row.share, row.amount)

    columns = tuple((year, year) for year in years)
    return Table(columns, tuple(gathered(row) for row in table.rows), gathered(table.totals))


def _as_table(figure: Figure) -> dict[str, Any]:
    spec, table = figure.spec, figure.table
    several = len(table.columns) > 1
    head = [SPREAD, *(label for _, label in table.columns), *(["I alt"] if several else [])]
    head += [spec.share_label + " %"] if spec.share else []
    head += [spec.amount_label] if spec.amount_label else []
    rows = [*table.rows, table.totals] if len(table.rows) > 1 else list(table.rows)
    lines = [_line(figure, row, several, percent=True) for row in rows]
    return {"titel": spec.title, "tekst": spec.definition, "kolonner": head, "raekker": lines}
