"""What the figures count: statements of events with the columns row, col, case_id, unit_id, district,
person_id, n and amount."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, Text, case, cast, func, literal, null, select
from sqlalchemy.orm import aliased

from engine.workdays import instant
from records.tables import (
    Case,
    CaseRole,
    CourseMark,
    FigureFact,
    OrgUnit,
    Person,
    Procedure,
    ProcedureVersion,
    RegisterRow,
    Task,
    WorkGroup,
)
from records.unit import Unit
from tasks.figures import Wanted
from tasks.people import today
from tasks.roles import CASEWORKER

Events = Callable[[Unit, Wanted], Select[Any]]

ALL = "alle"
_NOTHING = cast(null(), BigInteger)

MOST_QUARTERS = 16
"""Longer periods are divided into years."""


def _selected(
    row: Any, col: Any, case_id: Any, unit_id: Any, district: Any, person_id: Any, n: Any, amount: Any
) -> Select[Any]:
    return select(
        row.label("row"),
        col.label("col"),
        case_id.label("case_id"),
        unit_id.label("unit_id"),
        district.label("district"),
        person_id.label("person_id"),
        n.label("n"),
        amount.label("amount"),
    )


def _text(value: str) -> Any:
    return literal(value, Text)


def of_facts(
    kind: str,
    row: Any = FigureFact.value,
    col: Any = None,
    *,
    day: Any = FigureFact.on_date,
    amount: Any = FigureFact.amount,
    n: Any = FigureFact.quantity,
) -> Events:
    """Return the events of one kind of noted figures, by the day they are of."""

    def events(unit: Unit, wanted: Wanted) -> Select[Any]:
        column = _text("antal") if col is None else (col(unit, wanted) if callable(col) else col)
        line = row(unit, wanted) if callable(row) and not hasattr(row, "label") else row
        return (
            _selected(
                line,
                column,
                FigureFact.case_id,
                func.coalesce(Case.unit_id, FigureFact.unit_id),
                func.coalesce(FigureFact.district, Case.district, OrgUnit.district),
                FigureFact.person_id,
                n,
                amount,
            )
            .select_from(FigureFact)
            .outerjoin(Case, Case.id == FigureFact.case_id)
            .outerjoin(OrgUnit, OrgUnit.id == FigureFact.unit_id)
            .where(FigureFact.kind == kind, day >= wanted.since, day <= wanted.until)
        )

    return events


def in_time(unit: Unit, wanted: Wanted) -> Any:
    """Return the column of an assessment: til_tiden, for_sent, overskredet or afventer."""
    waits = FigureFact.value == "afventer"
    return case(
        (waits & (FigureFact.due_on < today(unit)), "overskredet"),
        (waits, "afventer"),
        (FigureFact.on_date <= FigureFact.due_on, "til_tiden"),
        else_="for_sent",
    )


def answered_in_time(unit: Unit, wanted: Wanted) -> Any:
    """Return the column of an answer: til_tiden or for_sent."""
    return case((FigureFact.on_date <= FigureFact.due_on, "til_tiden"), else_="for_sent")


def everything(unit: Unit, wanted: Wanted) -> Any:
    """Return the one line of a figure without lines."""
    return _text(ALL)


def by_period(column: Any) -> Callable[[Unit, Wanted], Any]:
    """Return the quarter (2026-K1) or, in a long period, the year of a column of days."""

    def named(unit: Unit, wanted: Wanted) -> Any:
        return _period(column, [(name, last + timedelta(days=1)) for name, last in periods(wanted)])

    return named


def _period(column: Any, parts: list[tuple[str, Any]]) -> Any:
    """Return the name of the part that a column falls in: the first whose end it lies before."""
    *earlier, (last, _) = parts
    return case(*[(column < end, name) for name, end in earlier], else_=last) if earlier else _text(last)


def periods(wanted: Wanted) -> list[tuple[str, date]]:
    """Return name and last day of the quarters of a period, or of its years when there are many."""
    quarters: list[tuple[str, date]] = []
    year, quarter = wanted.since.year, (wanted.since.month - 1) // 3
    while not quarters or quarters[-1][1] < wanted.until:
        following = date(year + (quarter == 3), (quarter + 1) % 4 * 3 + 1, 1)
        quarters.append((f"{year}-K{quarter + 1}", following - timedelta(days=1)))
        year, quarter = following.year, (following.month - 1) // 3
    if len(quarters) <= MOST_QUARTERS:
        return quarters
    return [(str(year), date(year, 12, 31)) for year in range(wanted.since.year, wanted.until.year + 1)]


# -- cases and tasks -----------------------------------------------------------------------------------------


def _latest(kind: str) -> Any:
    return (
        select(FigureFact.value)
        .where(FigureFact.case_id == Case.id, FigureFact.kind == kind)
        .order_by(FigureFact.on_date.desc(), FigureFact.id.desc())
        .limit(1)
        .correlate(Case)
        .scalar_subquery()
    )


def _worker() -> Any:
    return (
        select(func.max(CaseRole.person_id))
        .where(CaseRole.case_id == Case.id, CaseRole.role == CASEWORKER, CaseRole.until.is_(None))
        .correlate(Case)
        .scalar_subquery()
    )


def open_cases(unit: Unit, wanted: Wanted) -> Select[Any]:
    """Open cases by the type last noted for each."""
    return _selected(
        _latest("sagstype"),
        _text("antal"),
        Case.id,
        Case.unit_id,
        Case.district,
        _worker(),
        literal(1),
        _NOTHING,
    ).where(Case.status == "aaben")


def new_cases(unit: Unit, wanted: Wanted) -> Select[Any]:
    """Cases opened in the period by the child's district (else that of the case's unit) and quarter."""
    column = _period(Case.opened_at, [(name, _midnight_after(last)) for name, last in periods(wanted)])
    district = func.coalesce(Case.district, OrgUnit.district)
    return (
        _selected(district, column, Case.id, Case.unit_id, district, _worker(), literal(1), _NOTHING)
        .select_from(Case)
        .outerjoin(OrgUnit, OrgUnit.id == Case.unit_id)
        .where(
            Case.opened_at >= instant(wanted.since, "00:00"), Case.opened_at < _midnight_after(wanted.until)
        )
    )


def _midnight_after(day: date) -> Any:
    return instant(day + timedelta(days=1), "00:00")


def open_tasks(unit: Unit, wanted: Wanted) -> Select[Any]:
    """Open tasks by role, those past their deadline apart."""
    holder = aliased(Person)
    return (
        _selected(
            Task.role,
            case((Task.due_at < unit.now, "overskredet"), else_="i_tide"),
            Task.case_id,
            func.coalesce(Case.unit_id, WorkGroup.unit_id, holder.unit_id),
            Case.district,
            Task.assignee_id,
            literal(1),
            _NOTHING,
        )
        .select_from(Task)
        .outerjoin(Case, Case.id == Task.case_id)
        .outerjoin(WorkGroup, WorkGroup.id == Task.group_id)
        .outerjoin(holder, holder.id == Task.assignee_id)
        .where(Task.status == "aaben")
    )


def home_visits(unit: Unit, wanted: Wanted) -> Select[Any]:
    """Cases with a §50-undersøgelse begun in the period, by whether the home visit shows in it (ST-80)."""
    begun = (
        select(FigureFact.case_id, func.max(FigureFact.person_id).label("person_id"))
        .where(
            FigureFact.kind == "paragraf50",
            FigureFact.on_date >= wanted.since,
            FigureFact.on_date <= wanted.until,
            FigureFact.case_id.is_not(None),
        )
        .group_by(FigureFact.case_id)
        .subquery()
    )
    # A visit that was made counts, whatever was written before it.
    visit = (
        select(func.max(FigureFact.value))
        .where(FigureFact.case_id == Case.id, FigureFact.kind == "hjemmebesoeg")
        .correlate(Case)
        .scalar_subquery()
    )
    return _selected(
        _text(ALL),
        func.coalesce(visit, "mangler"),
        Case.id,
        Case.unit_id,
        Case.district,
        begun.c.person_id,
        literal(1),
        _NOTHING,
    ).join(begun, begun.c.case_id == Case.id)


def courses(unit: Unit, wanted: Wanted) -> Select[Any]:
    """Marks of courses by how far people are, whenever it was (ST-61, ST-62, ST-77)."""
    column = case(
        (CourseMark.attended_on.is_not(None), "deltaget"),
        (CourseMark.planned_on.is_not(None), "planlagt"),
        (CourseMark.offered_on.is_not(None), "tilbudt"),
        else_="mangler",
    )
    return (
        _selected(
            func.coalesce(RegisterRow.title, CourseMark.course),
            column,
            _NOTHING,
            Person.unit_id,
            OrgUnit.district,
            CourseMark.person_id,
            literal(1),
            _NOTHING,
        )
        .select_from(CourseMark)
        .join(Person, Person.id == CourseMark.person_id)
        .outerjoin(OrgUnit, OrgUnit.id == Person.unit_id)
        .outerjoin(RegisterRow, (RegisterRow.key == CourseMark.course) & (RegisterRow.register == "kursus"))
        .where(Person.active.is_(True))
    )


def new_offers(
    unit: Unit, actor: Any, command: tuple[Wanted, Sequence[int] | None]
) -> list[tuple[date, str]]:
    """Return date and text of the proposals for new offers in a period, newest first (FF-06)."""
    wanted, within = command
    query = (
        select(FigureFact.on_date, FigureFact.note)
        .outerjoin(Case, Case.id == FigureFact.case_id)
        .where(
            FigureFact.kind == "ff_nyt_tilbud",
            FigureFact.on_date >= wanted.since,
            FigureFact.on_date <= wanted.until,
        )
        .order_by(FigureFact.on_date.desc(), FigureFact.id.desc())
        .limit(200)
    )
    if within is not None:
        query = query.where(func.coalesce(Case.unit_id, FigureFact.unit_id).in_(within))
    return [(day, text) for day, text in unit.session.execute(query) if text]


def published(unit: Unit) -> list[tuple[str, str, date]]:
    """Return key, name and the local day of the newest published version of every procedure, by name."""
    newest = (
        select(ProcedureVersion.procedure_id, func.max(ProcedureVersion.valid_from).label("at"))
        .where(ProcedureVersion.status == "published", ProcedureVersion.valid_from <= unit.now)
        .group_by(ProcedureVersion.procedure_id)
        .subquery()
    )
    query = select(Procedure.key, Procedure.name, newest.c.at).join(
        newest, newest.c.procedure_id == Procedure.id
    )
    return [(key, name, at.date()) for key, name, at in unit.session.execute(query.order_by(Procedure.name))]
