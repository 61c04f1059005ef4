"""The worklist: my tasks, my groups', my unit's; by lateness, in one statement a page, never counting all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    false,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased

from records.prepared import Prepared
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

_AWAY = aliased(Person)

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
    on_behalf_of: str | None
    """Whose task it is while they are away."""
    mine: bool
    claimable: bool
    draft_at: datetime | None
    provisional: bool
    """Its procedure is only a draft."""
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
    the units I lead. Raises Refused for »enhed« when the actor leads nothing.
    """
    if actor.person_id is None:
        raise Refused("Kun en person har en opgaveliste.")
    limit = max(1, min(command.limit, 200))
    found = _rows(unit, actor, command, limit + 1)
    catalogue = roles_of(unit)
    led = _led_ids(unit, actor) if command.scope == "enhed" else None
    rows = [_line(actor, catalogue, led, Row(*row)) for row in found]
    more = len(rows) > limit
    return TaskList(tuple(rows[:limit]), rows[limit - 1].cursor if more else None)


class Row(NamedTuple):
    """What the statement of a page gives for each task."""

    id: int
    name: str
    role: str
    case_id: int | None
    assignee_id: int | None
    group_id: int | None
    urgency: int
    sort_at: datetime
    due_on: date | None
    work_on: date | None
    due_at: datetime | None
    opened_at: datetime
    rev: int
    number: str | None
    case_unit: int | None
    child: str | None
    protected: bool | None
    procedure: str
    key: str
    version: int
    assignee: str | None
    draft_at: datetime | None
    on_behalf_of: str | None
    provisional: bool


def _rows(unit: Unit, actor: Actor, command: ListTasks, limit: int) -> Sequence[Any]:
    wanted = (command.person_id, command.role, command.case_id, command.search.strip() or None)
    if command.scope == "enhed" or any(one is not None for one in wanted):
        return unit.session.execute(_page(_chosen(actor, command, limit), limit)).all()
    # A list that is not narrowed down, which is nearly every one: the same statement each time.
    groups = actor.groups if command.scope == "grupper" else ()
    if command.scope == "grupper" and not groups:
        return ()
    values: dict[str, Any] = {f"group{number}": group for number, group in enumerate(groups)}
    if not groups:
        values["person"] = actor.person_id
    if command.after is not None:
        values["urgency"], values["sort_at"], values["id"] = command.after
    return unit.run(_usual(len(groups), command.after is not None, limit), values)


@cache
def _usual(groups: int, from_cursor: bool, limit: int) -> Prepared:
    """Return the statement of a page for a person (no groups) or for so many groups."""
    conditions = [_of_group(bindparam(f"group{number}")) for number in range(groups)]
    after: Any = None
    if from_cursor:
        after = (bindparam("urgency"), bindparam("sort_at", type_=Task.sort_at.type), bindparam("id"))
    of_person = Task.assignee_id == bindparam("person")
    return Prepared(_page([_scan(one, limit, after) for one in conditions or [of_person]], limit))


def _of_group(group: Any) -> Any:
    return and_(Task.group_id == group, Task.assignee_id.is_(None))


def _page(scans: Sequence[Any], limit: int) -> Any:
    """Return the statement for the first tasks of several scans, with what a line shows of each."""
    # One limited index scan per person or group, merged: a page costs the same with a million tasks open.
    ids = scans[0].subquery()
    if len(scans) > 1:
        merged = union_all(*(select(scan.subquery()) for scan in scans)).subquery()
        order = (merged.c.urgency, merged.c.sort_at, merged.c.id)
        ids = select(merged.c.id).order_by(*order).limit(_plain(limit)).subquery()
    return (
        select(
            *(Task.id, Task.name, Task.role, Task.case_id, Task.assignee_id, Task.group_id, Task.urgency),
            *(Task.sort_at, Task.due_on, Task.work_on, Task.due_at, Task.opened_at, Task.rev),
            *(Case.number, Case.unit_id, Child.name, Child.protected_address),
            *(Procedure.name, Procedure.key, ProcedureVersion.version, Person.name, Draft.saved_at),
            *(_AWAY.name, ProcedureVersion.provisional),
        )
        .select_from(Task)
        .join(ids, ids.c.id == Task.id)
        .outerjoin(Case, Case.id == Task.case_id)
        .outerjoin(Child, Child.id == Case.child_id)
        .join(ProcedureVersion, ProcedureVersion.id == Task.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .outerjoin(_AWAY, _AWAY.id == Task.on_behalf_of_id)
        .order_by(Task.urgency, Task.sort_at, Task.id)
    )


def _scan(condition: Any, limit: int, after: Sequence[Any] | None) -> Any:
    query = (
        select(Task.id, Task.urgency, Task.sort_at)
        .where(_OPEN, condition)
        .order_by(Task.urgency, Task.sort_at, Task.id)
        .limit(_plain(limit))
    )
    if after is not None:
        query = query.where(tuple_(Task.urgency, Task.sort_at, Task.id) > tuple_(*after))
    return query


# Part of the text and not values given with it: only then do the databases see that their index of open
# tasks serves, whatever else is asked.
_OPEN = Task.status == literal_column("'aaben'")


def _plain(number: int) -> Any:
    return literal_column(str(number), Integer)


def _chosen(actor: Actor, command: ListTasks, limit: int) -> list[Any]:
    """Return the scans of a list that is narrowed down, or of a leader's."""
    conditions: Sequence[Any]
    if command.scope == "mine":
        conditions = [Task.assignee_id == actor.person_id]
    elif command.scope == "grupper":
        conditions = [_of_group(group) for group in actor.groups] or [false()]
    else:
        conditions = led_tasks(actor)
    after: Any = None
    if command.after is not None:
        urgency, sort_at, task_id = command.after
        after = (literal(urgency), literal(sort_at, Task.sort_at.type), literal(task_id))
    return [_narrowed(actor, _scan(condition, limit, after), command) for condition in conditions]


def _narrowed(actor: Actor, query: Any, command: ListTasks) -> Any:
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
        if moment.tzinfo is None:
            return None
        cursor = (int(urgency), moment.astimezone(UTC), int(task_id))
        return cursor if abs(cursor[0]) < 2**15 and abs(cursor[2]) < 2**63 else None
    except (ValueError, OverflowError):
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
    return None if None in led else units_from(led)


def units_from(tops: Sequence[Any]) -> Select[int]:
    """Return the query for the ids of these units and all below them; a `bindparam` may stand for an id."""
    below = select(OrgUnit.id).where(OrgUnit.id.in_(tops)).cte(recursive=True)
    below = below.union(select(OrgUnit.id).where(OrgUnit.parent_id == below.c.id))
    return select(below.c.id)


def _led_ids(unit: Unit, actor: Actor) -> frozenset[int] | None:
    below = led_units(actor)
    return None if below is None else frozenset(unit.session.scalars(below))


def _line(actor: Actor, catalogue: RoleCatalogue, led: frozenset[int] | None, row: Row) -> TaskLine:
    mine = row.assignee_id == actor.person_id
    claimable = row.assignee_id is None and row.group_id in actor.groups
    # Who leads somebody that has a part in another unit's case sees the task, not whom it is about.
    known = led is None or mine or claimable or row.case_unit in led
    return TaskLine(
        id=row.id,
        name=row.name,
        procedure=row.procedure,
        procedure_key=row.key,
        version=row.version,
        role=row.role,
        role_name=catalogue.name_of(row.role),
        case_id=row.case_id,
        case_number=row.number,
        child=row.child if known else None,
        protected=bool(row.protected) and known,
        urgent=row.urgency == 0,
        due_on=row.due_on,
        work_on=row.work_on,
        due_at=row.due_at,
        opened_at=row.opened_at,
        assignee=row.assignee,
        on_behalf_of=row.on_behalf_of,
        mine=mine,
        claimable=claimable,
        draft_at=row.draft_at,
        provisional=row.provisional,
        rev=row.rev,
        cursor=(row.urgency, row.sort_at, row.id),
    )
