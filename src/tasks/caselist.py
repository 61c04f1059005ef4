"""The list of the cases one has a relation to; two statements a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from records.tables import (
    Case,
    CaseRole,
    Child,
    LeavePeriod,
    OrgUnit,
    Person,
    Procedure,
    ProcedureVersion,
    Task,
)
from records.unit import Unit
from tasks.errors import Refused
from tasks.people import Actor, is_external, today
from tasks.roles import LEADERS
from tasks.searching import matches, words_of
from tasks.substitutes import away_on

PAGE = 50
"""Rows of a page."""


@dataclass(frozen=True, slots=True)
class FindCases:
    """A page of the cases one has a relation to; `search` looks in number and child's name."""

    search: str = ""
    status: str = "aaben"
    after_id: int | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class NextTask:
    """The open task of a case that is due first. Dates are local days, the instant is UTC."""

    name: str
    procedure: str
    due_on: date | None
    work_on: date | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in the list."""

    id: int
    number: str
    child: str
    protected: bool
    status: str
    kind: str | None
    unit: str | None
    caseworker: str | None
    opened_at: datetime
    open_tasks: int
    next_task: NextTask | None


def find_cases(unit: Unit, actor: Actor, command: FindCases) -> list[CaseLine]:
    """Return the cases the actor has a role in, has an open task in, or leads; newest first."""
    if actor.person_id is None:
        raise Refused("Kun en person har sager.")
    if is_external(unit, actor):
        return []  # a limited account has tasks, and no cases
    handler = (
        select(CaseRole.case_id, func.max(CaseRole.person_id).label("person_id"))
        .where(CaseRole.role == "raadgiver", CaseRole.until.is_(None))
        .group_by(CaseRole.case_id)
        .subquery()
    )
    waiting = (
        select(func.count(Task.id)).where(Task.case_id == Case.id, Task.status == "aaben").scalar_subquery()
    )
    query = (
        select(Case, Child.name, Child.protected_address, OrgUnit.name, Person.name, waiting)
        .join(Child, Child.id == Case.child_id)
        .outerjoin(OrgUnit, OrgUnit.id == Case.unit_id)
        .outerjoin(handler, handler.c.case_id == Case.id)
        .outerjoin(Person, Person.id == handler.c.person_id)
        .where(related_to(unit, actor))
        .order_by(Case.id.desc())
        .limit(max(1, min(command.limit, 200)))
    )
    if command.status != "alle":
        query = query.where(Case.status == command.status)
    if command.after_id is not None:
        query = query.where(Case.id < command.after_id)
    for word in words_of(command.search):
        query = query.where(matches(word, (Case.number,), (Child.sort_name,)))
    rows = unit.session.execute(query).all()
    following = _next_tasks(unit, [case.id for case, *_ in rows])
    return [
        CaseLine(
            case.id,
            case.number,
            child,
            protected,
            case.status,
            case.kind,
            unit_name,
            handler_name,
            case.opened_at,
            open_tasks,
            following.get(case.id),
        )
        for case, child, protected, unit_name, handler_name, open_tasks in rows
    ]


def related_to(unit: Unit, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor has a relation to a case, as `access.relation` tells for one."""
    mine = Case.id.in_(
        select(CaseRole.case_id).where(CaseRole.person_id == actor.person_id, CaseRole.until.is_(None))
    )
    tasks = select(Task.case_id).where(
        Task.status == "aaben",
        Task.case_id.is_not(None),
        or_(
            Task.assignee_id == actor.person_id,
            Task.assignee_id.is_(None) & Task.group_id.in_(actor.groups)
            if actor.groups
            else Task.assignee_id == -1,
        ),
    )
    stood_in_for = Case.id.in_(
        select(CaseRole.case_id)
        .join(LeavePeriod, LeavePeriod.person_id == CaseRole.person_id)
        .where(
            LeavePeriod.substitute_id == actor.person_id,
            away_on(today(unit)),
            CaseRole.until.is_(None),
            CaseRole.role.in_({held.role for held in actor.holdings}),
        )
    )
    related: ColumnElement[bool] = or_(mine, stood_in_for, Case.id.in_(tasks))
    led = [held.unit_id for held in actor.holdings if held.role in LEADERS]
    if None in led:
        related = true()
    elif led:
        related = or_(related, Case.unit_id.in_(_below([u for u in led if u is not None])))
    return related


def _next_tasks(unit: Unit, case_ids: Sequence[int]) -> dict[int, NextTask]:
    """Return case id → its open task that comes first in the order of the worklist; one statement."""
    if not case_ids:
        return {}
    place = func.row_number().over(partition_by=Task.case_id, order_by=(Task.urgency, Task.sort_at, Task.id))
    first = (
        select(Task.id, place.label("place"))
        .where(Task.case_id.in_(case_ids), Task.status == "aaben")
        .subquery()
    )
    query = (
        select(Task, Procedure.name)
        .join(first, first.c.id == Task.id)
        .join(ProcedureVersion, ProcedureVersion.id == Task.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(first.c.place == 1)
    )
    return {
        task.case_id: NextTask(task.name, procedure, task.due_on, task.work_on, task.due_at)
        for task, procedure in unit.session.execute(query)
        if task.case_id is not None
    }


def _below(unit_ids: Sequence[int]) -> Select[Any]:
    below = select(OrgUnit.id).where(OrgUnit.id.in_(unit_ids)).cte("below", recursive=True)
    below = below.union(select(OrgUnit.id).where(OrgUnit.parent_id == below.c.id))
    return select(below.c.id)
