"""What becomes of somebody's work when they lose a role or leave: nothing is lost, somebody hears of it.

A group gets back what they had taken. What is theirs by name (as a case's rådgiver) stays with the case until
it is given on, stands in the leader's list meanwhile, and is told to the leader. New tasks do not come to
them (`tasks.routing`), reminders go to the leader (`tasks.timers`), and incidents to the systemforvalter.
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Integer, and_, bindparam, func, literal_column, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from records.prepared import Prepared
from records.tables import Case, CaseRole, Incident, JournalEntry, Person, RoleHolding, Task, WorkGroup
from records.unit import Unit
from tasks import notices
from tasks.inbox import units_from
from tasks.incidents import open_incident, owner_of
from tasks.people import HELD_TODAY, Actor, holders, today, unit_and_above, valid_on
from tasks.roles import CASEWORKER, LEADERS
from tasks.signin import end_sessions, revoke_tokens


def leave(unit: Unit, actor: Actor, person: Person) -> None:
    """End a person's access (already marked as not active) and see to their work."""
    unit.session.flush()
    end_sessions(unit, person.id, unit.now)
    revoke_tokens(unit, person.id, unit.now)
    _give_back(unit, actor, person, Task.group_id.is_not(None))
    unit.session.execute(
        update(Incident)
        .where(Incident.owner_id == person.id, Incident.resolved_at.is_(None))
        .values(owner_id=owner_of(unit, None))
        .execution_options(synchronize_session=False)
    )
    tasks, cases = _left(unit, person.id)
    if tasks or cases:
        _tell(unit, person, f"{person.name} har ikke længere adgang og efterlader {_amount(tasks, cases)}")


def lose_role(unit: Unit, actor: Actor, person: Person, role: str, unit_id: int | None) -> None:
    """Give back what somebody had taken as a holder of a role in a unit, unless they hold it still."""
    unit.session.flush()
    same_unit = RoleHolding.unit_id.is_not_distinct_from(unit_id)
    still = select(RoleHolding.id).where(
        RoleHolding.person_id == person.id, RoleHolding.role == role, same_unit, valid_on(today(unit))
    )
    if unit.session.scalar(still.limit(1)) is None:
        group = select(WorkGroup.id).where(
            WorkGroup.role == role, WorkGroup.unit_id.is_not_distinct_from(unit_id)
        )
        _give_back(unit, actor, person, Task.group_id.in_(group))


def _give_back(unit: Unit, actor: Actor, person: Person, which: ColumnElement[bool]) -> None:
    rows = unit.session.execute(
        update(Task)
        .where(Task.assignee_id == person.id, Task.status == "aaben", which)
        .values(assignee_id=None, rev=Task.rev + 1)
        .returning(Task.id, Task.name, Task.case_id, Task.instance_id)
        .execution_options(synchronize_session=False)
    ).all()
    entries = [
        {
            "case_id": case_id,
            "instance_id": instance_id,
            "task_id": task_id,
            "at": unit.now,
            "actor_id": actor.person_id,
            "on_behalf_of_id": None,
            "kind": "frigivet",
            "text": f"{name} lagt tilbage til gruppen: {person.name} har ikke længere rollen",
        }
        for task_id, name, case_id, instance_id in rows
    ]
    unit.insert_many(JournalEntry, entries)


def _left(unit: Unit, person_id: int) -> tuple[int, int]:
    """Return how many open tasks a person has, and of how many open cases they are the rådgiver."""
    tasks = select(func.count(Task.id)).where(Task.assignee_id == person_id, Task.status == "aaben")
    cases = (
        select(func.count(CaseRole.id))
        .join(Case, Case.id == CaseRole.case_id)
        .where(
            CaseRole.person_id == person_id,
            CaseRole.role == CASEWORKER,
            CaseRole.until.is_(None),
            Case.status == "aaben",
        )
    )
    return unit.session.scalar(tasks) or 0, unit.session.scalar(cases) or 0


def _amount(tasks: int, cases: int) -> str:
    one = "1 åben opgave" if tasks == 1 else f"{tasks} åbne opgaver"
    return f"{one} og {'1 sag' if cases == 1 else f'{cases} sager'}"


def _tell(unit: Unit, person: Person, text: str) -> None:
    for unit_id in unit_and_above(unit, person.unit_id):
        for role in LEADERS:
            leaders = [held[0] for held in holders(unit, role, [unit_id]) if held[0] != person.id]
            if leaders:
                notices.to_people(unit, "advis", sorted(set(leaders)), text, case_id=None, case_number=None)
                return
    open_incident(
        unit,
        "fratraedelse",
        f"{text}, men ingen leder kan få besked. Giv dem til en anden.",
        {"gentag": "ingen", "person_id": person.id},
    )


def work_left_behind(unit: Unit, led: Sequence[int | None] | None) -> list[str]:
    """Return, a Danish line each, who has open tasks or cases without access or without the rådgiver's role.

    `led` narrows it to people of these units and of those below them.
    """
    tops = sorted({unit_id for unit_id in led or () if unit_id is not None})
    values = {f"unit{number}": unit_id for number, unit_id in enumerate(tops)}
    people = unit.run(_left_behind(None if led is None else len(tops)), {**values, "today": today(unit)})
    lines: list[str] = []
    for person_id, name, active in people:
        why = "ikke længere rollen Rådgiver" if active else "ikke længere adgang"
        lines.append(f"{name} har {why}, men har {_amount(*_left(unit, person_id))}. Giv dem til en anden.")
    return lines


@cache
def _left_behind(tops: int | None) -> Prepared:
    """Return the statement for people anywhere (None), or in so many units and those below them."""
    holds = (
        select(RoleHolding.id)
        .where(RoleHolding.person_id == Person.id, RoleHolding.role == CASEWORKER, HELD_TODAY)
        .exists()
    )
    waits = select(Task.id).where(Task.assignee_id == Person.id, Task.status == "aaben").exists()
    leads_case = (
        select(CaseRole.id)
        .join(Case, Case.id == CaseRole.case_id)
        .where(
            CaseRole.person_id == Person.id,
            CaseRole.role == CASEWORKER,
            CaseRole.until.is_(None),
            Case.status == "aaben",
        )
        .exists()
    )
    query = (
        select(Person.id, Person.name, Person.active)
        .where(or_(and_(Person.active.is_(False), or_(waits, leads_case)), and_(leads_case, ~holds)))
        .order_by(Person.sort_name)
        .limit(literal_column("50", Integer))
    )
    if tops is not None:
        query = query.where(Person.unit_id.in_(units_from([bindparam(f"unit{n}") for n in range(tops)])))
    return Prepared(query)
