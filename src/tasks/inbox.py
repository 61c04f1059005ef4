"""The worklist: my tasks, my groups', my unit's; by lateness, in one statement a page, never counting all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, literal, or_, select, true, tuple_, union_all
from sqlalchemy import case as sql_case

from records.tables import (
    Case,
    Child,
    Draft,
    OrgUnit,
    Person,
    Procedure,
    ProcedureVersion,
    RoleHolding,
    Task,
    WorkGroup,
)
from records.unit import Unit
from tasks.errors import Refused
from tasks.people import Actor
from tasks.roles import LEADERS, RoleCatalogue, roles_of
from tasks.searching import matches, words_of

Scope = Literal["mine", "grupper", "enhed"]

PAGE = 50
"""Rows of a page."""


@dataclass(frozen=True, slots=True)
class ListTasks:
    """A page of a list. `after` is the cursor of the last row seen; `search` looks in number, child, step,
    procedure."""

    scope: Scope = "mine"
    search: str = ""
    after: tuple[int, datetime, int] | None = None
    limit: int = PAGE
    person_id: int | None = None
    role: str | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One row of the worklist. Dates are local days; `child` is empty without a case."""

    id: int
    name: str
    procedure: str
    procedure_key: str
    version: int
    role: str
    role_name: str
    case_id: int | None
    case_number: str | None
    child: str | None
    protected: bool
    urgent: bool
    due_on: date | None
    work_on: date | None
    due_at: datetime | None
    opened_at: datetime
    assignee: str | None
    mine: bool
    claimable: bool
    draft_at: datetime | None
    rev: int
    cursor: tuple[int, datetime, int]


@dataclass(frozen=True, slots=True)
class TaskList:
    """A page of the worklist; `next_after` is None on the last page."""

    rows: tuple[TaskLine, ...]
    next_after: tuple[int, datetime, int] | None


def list_tasks(unit: Unit, actor: Actor, command: ListTasks) -> TaskList:
    """Return a page of open tasks, acute first, then by due instant.

    »mine« are those I have, »grupper« those I may claim, »enhed« (leaders) those of people and groups in
    the units
    I lead. Raises Refused for »enhed« when the actor leads nothing.
    """
    if actor.person_id is None:
        raise Refused("Kun en person har en opgaveliste.")
    limit = max(1, min(command.limit, 200))
    ids = _page(unit, actor, command, limit + 1)
    if ids is None:
        return TaskList((), None)
    query = (
        select(
            Task,
            Case.number,
            Case.unit_id,
            Child.name,
            Child.protected_address,
            Procedure.name,
            Procedure.key,
            ProcedureVersion.version,
            Person.name,
            Draft.saved_at,
        )
        .join(ids, ids.c.id == Task.id)
        .outerjoin(Case, Case.id == Task.case_id)
        .outerjoin(Child, Child.id == Case.child_id)
        .join(ProcedureVersion, ProcedureVersion.id == Task.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .order_by(Task.urgency, Task.sort_at, Task.id)
    )
    catalogue = roles_of(unit)
    led = _led_ids(unit, actor) if command.scope == "enhed" else None
    found: Any = unit.session.execute(query)
    rows = [_line(actor, catalogue, led, *row) for row in found]
    more = len(rows) > limit
    return TaskList(tuple(rows[:limit]), rows[limit - 1].cursor if more else None)


def _page(unit: Unit, actor: Actor, command: ListTasks, limit: int) -> Any:
    """Return a subquery with the ids of the page; None when no row can match."""
    conditions: Sequence[Any]
    if command.scope == "mine":
        conditions = [Task.assignee_id == actor.person_id]
    elif command.scope == "grupper":
        conditions = [and_(Task.group_id == group, Task.assignee_id.is_(None)) for group in actor.groups]
    else:
        conditions = led_tasks(actor)
    if not conditions:
        return None
    # One limited index scan per person or group, merged: a page costs the same with a million tasks open.
    parts = [_scan(actor, condition, command, limit) for condition in conditions]
    if len(parts) == 1:
        return parts[0].subquery()
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return (
        select(merged.c.id).order_by(merged.c.urgency, merged.c.sort_at, merged.c.id).limit(limit).subquery()
    )


def _scan(actor: Actor, condition: Any, command: ListTasks, limit: int) -> Select[int, int, datetime]:
    query = (
        select(Task.id, Task.urgency, Task.sort_at)
        .where(Task.status == "aaben", condition)
        .order_by(Task.urgency, Task.sort_at, Task.id)
        .limit(limit)
    )
    if command.after is not None:
        urgency, sort_at, task_id = command.after
        query = query.where(
            tuple_(Task.urgency, Task.sort_at, Task.id)
            > tuple_(literal(urgency), literal(sort_at, Task.sort_at.type), literal(task_id))
        )
    for column, wanted in (
        (Task.assignee_id, command.person_id),
        (Task.role, command.role),
        (Task.case_id, command.case_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    words = words_of(command.search)
    if words:
        query = (
            query.outerjoin(Case, Case.id == Task.case_id)
            .outerjoin(Child, Child.id == Case.child_id)
            .join(ProcedureVersion, ProcedureVersion.id == Task.version_id)
            .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        )
        child: Any = Child.sort_name
        below = led_units(actor) if command.scope == "enhed" else None
        if below is not None:  # a name that is not shown is not found either
            child = sql_case((Case.unit_id.in_(below), Child.sort_name), else_="")
        for word in words:
            query = query.where(matches(word, (Task.name, Case.number, Procedure.name), (child,)))
    return query


def write_cursor(cursor: tuple[int, datetime, int]) -> str:
    """Return a cursor as text for an address."""
    urgency, sort_at, task_id = cursor
    return f"{urgency}~{sort_at.isoformat()}~{task_id}"


def read_cursor(text: str | None) -> tuple[int, datetime, int] | None:
    """Return a cursor from its text; None for none or for nonsense (the first page)."""
    try:
        urgency, sort_at, task_id = (text or "").split("~")
        moment = datetime.fromisoformat(sort_at)
        cursor = (int(urgency), moment, int(task_id))
        sound = moment.tzinfo is not None and abs(cursor[0]) < 2**15 and abs(cursor[2]) < 2**63
        return cursor if sound else None
    except ValueError:
        return None


def led_tasks(actor: Actor) -> list[Any]:
    """Return the condition for tasks of people and groups in the units that the actor leads, and for tasks of
    their cases that nobody can get. Raises Refused."""
    below = led_units(actor)
    if below is None:
        return [true()]
    people = select(Person.id).where(Person.unit_id.in_(below))
    groups = (
        select(WorkGroup.id)
        .outerjoin(
            RoleHolding,
            (RoleHolding.role == WorkGroup.role)
            & RoleHolding.unit_id.is_not_distinct_from(WorkGroup.unit_id),
        )
        .where(or_(WorkGroup.unit_id.in_(below), RoleHolding.person_id.in_(people)))
    )
    nobodys = and_(
        Task.assignee_id.is_(None),
        Task.group_id.is_(None),
        Task.case_id.in_(select(Case.id).where(Case.unit_id.in_(below))),
    )
    return [or_(Task.assignee_id.in_(people), Task.group_id.in_(groups), nobodys)]


def led_units(actor: Actor) -> Select[int] | None:
    """Return the query for the ids of the units that the actor leads with all below them; None for every
    unit. Raises Refused when the actor leads nothing."""
    led = [held.unit_id for held in actor.holdings if held.role in LEADERS]
    if not led:
        raise Refused("Kun ledere kan se enhedens opgaver.")
    if None in led:
        return None
    below = select(OrgUnit.id).where(OrgUnit.id.in_(led)).cte(recursive=True)
    below = below.union(select(OrgUnit.id).where(OrgUnit.parent_id == below.c.id))
    return select(below.c.id)


def _led_ids(unit: Unit, actor: Actor) -> frozenset[int] | None:
    below = led_units(actor)
    return None if below is None else frozenset(unit.session.scalars(below))


def _line(
    actor: Actor,
    catalogue: RoleCatalogue,
    led: frozenset[int] | None,
    task: Task,
    number: str | None,
    case_unit: int | None,
    child: str | None,
    protected: bool | None,
    procedure: str,
    key: str,
    version: int,
    assignee: str | None,
    draft_at: datetime | None,
) -> TaskLine:
    mine = task.assignee_id == actor.person_id
    claimable = task.assignee_id is None and task.group_id in actor.groups
    # Who leads somebody that has a part in another unit's case sees the task, not whom it is about.
    known = led is None or mine or claimable or case_unit in led
    return TaskLine(
        id=task.id,
        name=task.name,
        procedure=procedure,
        procedure_key=key,
        version=version,
        role=task.role,
        role_name=catalogue.name_of(task.role),
        case_id=task.case_id,
        case_number=number,
        child=child if known else None,
        protected=bool(protected) and known,
        urgent=task.urgency == 0,
        due_on=task.due_on,
        work_on=task.work_on,
        due_at=task.due_at,
        opened_at=task.opened_at,
        assignee=assignee,
        mine=mine,
        claimable=claimable,
        draft_at=draft_at,
        rev=task.rev,
        cursor=(task.urgency, task.sort_at, task.id),
    )
