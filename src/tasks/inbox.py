"""The worklist: my tasks, my groups', my unit's; by lateness, in one statement a page, never counting all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Select, String, and_, cast, func, literal, or_, select, tuple_, union_all

from records.tables import Case, Child, Draft, OrgUnit, Person, Procedure, ProcedureVersion, Task, WorkGroup
from records.unit import Unit
from tasks.errors import Refused
from tasks.people import Actor
from tasks.roles import LEADERS, RoleCatalogue, roles_of

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
    rows = [_line(actor, catalogue, *row) for row in unit.session.execute(query).tuples()]
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
    parts = [_scan(unit, condition, command, limit) for condition in conditions]
    if len(parts) == 1:
        return parts[0].subquery()
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return (
        select(merged.c.id).order_by(merged.c.urgency, merged.c.sort_at, merged.c.id).limit(limit).subquery()
    )


def _scan(unit: Unit, condition: Any, command: ListTasks, limit: int) -> Select[int, int, datetime]:
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
    words = command.search.split()
    if words:
        query = (
            query.outerjoin(Case, Case.id == Task.case_id)
            .outerjoin(Child, Child.id == Case.child_id)
            .join(ProcedureVersion, ProcedureVersion.id == Task.version_id)
            .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        )
        for word in words[:6]:
            pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            query = query.where(
                or_(
                    *(
                        func.coalesce(cast(column, String), "").ilike(pattern, escape="\\")
                        for column in (Task.name, Case.number, Child.name, Procedure.name)
                    )
                )
            )
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
        return (int(urgency), moment, int(task_id)) if moment.tzinfo else None
    except ValueError:
        return None


def led_tasks(actor: Actor) -> list[Any]:
    """Return the condition for tasks of people and groups in the units that the actor leads. Raises
    Refused."""
    led = [held.unit_id for held in actor.holdings if held.role in LEADERS]
    if not led:
        raise Refused("Kun ledere kan se enhedens opgaver.")
    below = (
        select(OrgUnit.id)
        .where(OrgUnit.id.in_([u for u in led if u is not None]))
        .cte("below", recursive=True)
    )
    below = below.union(select(OrgUnit.id).where(OrgUnit.parent_id == below.c.id))
    people = select(Person.id).where(Person.unit_id.in_(select(below.c.id)))
    groups = select(WorkGroup.id).where(WorkGroup.unit_id.in_(select(below.c.id)))
    return [or_(Task.assignee_id.in_(people), Task.group_id.in_(groups))]


def _line(
    actor: Actor,
    catalogue: RoleCatalogue,
    task: Task,
    number: str | None,
    child: str | None,
    protected: bool | None,
    procedure: str,
    key: str,
    version: int,
    assignee: str | None,
    draft_at: datetime | None,
) -> TaskLine:
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
        child=child,
        protected=bool(protected),
        urgent=task.urgency == 0,
        due_on=task.due_on,
        work_on=task.work_on,
        due_at=task.due_at,
        opened_at=task.opened_at,
        assignee=assignee,
        mine=task.assignee_id == actor.person_id,
        claimable=task.assignee_id is None and task.group_id in actor.groups,
        draft_at=draft_at,
        rev=task.rev,
        cursor=(task.urgency, task.sort_at, task.id),
    )
