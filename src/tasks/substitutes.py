"""Who has whose work while somebody is away (processes.md 1.3 rule 3).

The days of a leave decide: on them what opens for the person goes to the substitute, and only on them the
substitute sees the person's cases. What was open already is moved in the night the leave begins, and back in
the night after it, as work that falls due (`tasks.due_work`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import Date, and_, bindparam, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from engine.zone import COPENHAGEN
from records.prepared import Prepared
from records.tables import Case, JournalEntry, LeavePeriod, Notice, Person, RoleHolding, Task, WorkGroup
from records.unit import Unit
from tasks import notices
from tasks.people import group_id_of, group_members, holders, today, unit_and_above
from tasks.roles import LEADERS

PLANNED, RUNNING, OVER, CANCELLED = "planlagt", "igang", "slut", "annulleret"


def away_on(day: Any) -> ColumnElement[bool]:
    """Return the condition that a leave period holds on a local day (a date or a bound parameter)."""
    return and_(
        LeavePeriod.first_day <= day,
        LeavePeriod.last_day >= day,
        or_(
            LeavePeriod.status == PLANNED, LeavePeriod.status == RUNNING
        ),  # prepared statements know no lists
    )


@dataclass(frozen=True, slots=True)
class Heir:
    """Who has a task meanwhile: the substitute, or the group of the leaders when there is none."""

    assignee_id: int | None = None
    group_id: int | None = None


_SUITED = Prepared(
    select(Person.id)
    .join(RoleHolding, RoleHolding.person_id == Person.id)
    .outerjoin(LeavePeriod, and_(LeavePeriod.person_id == Person.id, away_on(bindparam("today", type_=Date))))
    .where(
        Person.id == bindparam("person"),
        Person.active.is_(True),
        RoleHolding.role == bindparam("role"),
        or_(RoleHolding.valid_from.is_(None), RoleHolding.valid_from <= bindparam("today", type_=Date)),
        or_(RoleHolding.valid_to.is_(None), RoleHolding.valid_to >= bindparam("today", type_=Date)),
        LeavePeriod.id.is_(None),
    )
)


def heir_of(unit: Unit, person_id: int, role: str, substitute_id: int | None) -> Heir | None:
    """Return who has a task of this role for somebody who is away: the substitute, if they hold the role
    today and are here themselves, else the group of the nearest leaders; None when there is neither."""
    asked = {"person": substitute_id, "role": role, "today": today(unit)}
    if substitute_id is not None and unit.run(_SUITED, asked):
        return Heir(assignee_id=substitute_id)
    works_in = unit.session.scalar(select(Person.unit_id).where(Person.id == person_id))
    for unit_id in unit_and_above(unit, works_in):
        for leader in LEADERS:
            others = [held for held in holders(unit, leader, [unit_id]) if held[0] != person_id]
            if others:
                return Heir(group_id=group_id_of(unit, leader, unit_id))
    return None


def leave_today(unit: Unit, person_id: int) -> LeavePeriod | None:
    """Return the leave that somebody is on today."""
    query = select(LeavePeriod).where(LeavePeriod.person_id == person_id, away_on(today(unit)))
    return unit.session.scalars(query.order_by(LeavePeriod.id).limit(1)).first()


def starts_at(day: date) -> datetime:
    """Return the instant (UTC-aware, Copenhagen midnight) at which a local day begins."""
    return datetime.combine(day, time(), COPENHAGEN)


# -- moving, as work that falls due ---------------------------------------------------------------------


_NEXT_DUE = Prepared(select(func.min(LeavePeriod.due_at)))
_LONGEST_DUE = Prepared(
    select(LeavePeriod.id)
    .where(LeavePeriod.due_at <= bindparam("now"))
    # Who comes back at an instant comes back before another's leave begins at it.
    .order_by(LeavePeriod.due_at, LeavePeriod.status, LeavePeriod.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


def next_due(unit: Unit) -> datetime | None:
    """Return when work is moved next (UTC)."""
    [(found,)] = unit.run(_NEXT_DUE)
    return cast(datetime | None, found)


def move_next(unit: Unit) -> bool:
    """Move the work of the leave that has been due longest and that nobody else is at; False when none is.

    The row's lock, with what it says when it is ours, makes it happen once on any number of nodes.
    """
    found = unit.run(_LONGEST_DUE, {"now": unit.now})
    if not found:
        return False
    leave = unit.session.get_one(LeavePeriod, found[0][0])
    if leave.status == PLANNED:
        begin(unit, leave)
    else:
        finish(unit, leave)
    return True


def begin(unit: Unit, leave: LeavePeriod, actor_id: int | None = None) -> int:
    """Hand a person's open tasks on for the time of the leave; return how many. `actor_id` is who entered a
    leave that has begun already, None for the clock."""
    leave.status, leave.due_at = RUNNING, starts_at(leave.last_day + timedelta(days=1))
    unit.session.flush()
    moved: dict[Heir, int] = {}
    entries: list[dict[str, Any]] = []
    name = _name(unit, leave.person_id)
    for task in _locked(unit, Task.assignee_id == leave.person_id):
        # Somebody who is a substitute and goes away too: the task stays with whom it is for.
        stands_in = task.on_behalf_of_id is not None
        heir = heir_of(unit, leave.person_id, task.role, None if stands_in else leave.substitute_id)
        if heir is None:
            continue  # it waits for the one it belongs to
        if heir.group_id is not None and task.group_id is not None and not stands_in:
            task.assignee_id = None
            entries.append(
                _entry(unit, actor_id, task, f"{task.name} lagt tilbage til gruppen: {name} er væk")
            )
        else:
            task.on_behalf_of_id = task.on_behalf_of_id or leave.person_id
            task.assignee_id, task.group_id = heir.assignee_id, heir.group_id or task.group_id
            whom = _name(unit, heir.assignee_id) if heir.assignee_id is not None else "lederens gruppe"
            entries.append(_entry(unit, actor_id, task, f"{task.name} går til {whom} på vegne af {name}"))
            moved[heir] = moved.get(heir, 0) + 1
        task.rev += 1
        _settle_notices(unit, task.id, leave.person_id)
    unit.insert_many(JournalEntry, entries)
    _tell(unit, leave, name, moved)
    return len(entries)


def finish(unit: Unit, leave: LeavePeriod, actor_id: int | None = None) -> int:
    """Give a person back what is unfinished of their tasks; return how many."""
    leave.status, leave.due_at = OVER, None
    unit.session.flush()
    return give_back(unit, leave.person_id, actor_id)


def give_back(unit: Unit, person_id: int, actor_id: int | None) -> int:
    """Give a person back the open tasks that others have on their behalf; return how many."""
    person = unit.session.get_one(Person, person_id)
    if not person.active:
        return 0  # who left meanwhile does not come back: what is left stays where somebody can do it
    groups = set(unit.session.scalars(select(WorkGroup.id).where(WorkGroup.role.in_(LEADERS))))
    entries: list[dict[str, Any]] = []
    for task in _locked(unit, Task.on_behalf_of_id == person_id):
        if task.group_id in groups and task.role not in LEADERS:
            task.group_id = None
        before = task.assignee_id
        task.assignee_id, task.on_behalf_of_id = person_id, None
        task.rev += 1
        if before is not None:
            _settle_notices(unit, task.id, before)
        entries.append(_entry(unit, actor_id, task, f"{task.name} er tilbage hos {person.name}"))
    unit.insert_many(JournalEntry, entries)
    if entries and person_id != actor_id:
        text = "1 opgave er" if len(entries) == 1 else f"{len(entries)} opgaver er"
        text = f"Velkommen tilbage: {text} igen din" + ("e" if len(entries) > 1 else "")
        notices.to_people(unit, "advis", [person_id], text, case_id=None, case_number=None)
    return len(entries)


def _locked(unit: Unit, which: ColumnElement[bool]) -> Sequence[Task]:
    """Return open tasks, oldest first, after locking their cases: the case comes first, as everywhere."""
    unit.session.flush()
    cases = select(Task.case_id).where(which, Task.status == "aaben", Task.case_id.is_not(None))
    unit.session.execute(select(Case.id).where(Case.id.in_(cases)).order_by(Case.id).with_for_update()).all()
    query = select(Task).where(which, Task.status == "aaben").order_by(Task.id).with_for_update()
    return unit.session.scalars(query.execution_options(populate_existing=True)).all()


def _entry(unit: Unit, actor_id: int | None, task: Task, text: str) -> dict[str, Any]:
    return {
        "case_id": task.case_id,
        "instance_id": task.instance_id,
        "task_id": task.id,
        "at": unit.now,
        "actor_id": actor_id,
        "on_behalf_of_id": None,
        "kind": "stedfortraeder",
        "text": text,
    }


def _settle_notices(unit: Unit, task_id: int, person_id: int) -> None:
    unit.session.execute(
        update(Notice)
        .where(Notice.task_id == task_id, Notice.person_id == person_id, Notice.read_at.is_(None))
        .values(read_at=unit.now)
        .execution_options(synchronize_session=False)
    )


def _tell(unit: Unit, leave: LeavePeriod, name: str, moved: dict[Heir, int]) -> None:
    """Tell the substitute that it begins, also when nothing is open yet, and the leaders what they got."""
    if leave.substitute_id is not None:
        moved.setdefault(Heir(assignee_id=leave.substitute_id), 0)
    until = f"{leave.last_day.day}.{leave.last_day.month}.{leave.last_day.year}"
    for heir, count in moved.items():
        tasks = {0: "", 1: ". 1 åben opgave følger med"}.get(count, f". {count} åbne opgaver følger med")
        if heir.assignee_id is not None:
            text, people = f"Du er stedfortræder for {name} til og med {until}{tasks}", [heir.assignee_id]
        else:
            text = f"{name} er væk til og med {until} uden stedfortræder{tasks} til ledergruppen"
            people = sorted(set(group_members(unit, heir.group_id or 0)))
        notices.to_people(unit, "advis", people, text, case_id=None, case_number=None)


def _name(unit: Unit, person_id: int | None) -> str:
    return unit.session.scalar(select(Person.name).where(Person.id == person_id)) or ""
