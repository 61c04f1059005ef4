"""Who has which role in a case, and what goes along when it passes to another (OS-03, processes.md 1.3)."""

from collections.abc import Sequence

from sqlalchemy import or_, select, update

from records.tables import Case, CaseRole, Notice, Task
from records.unit import Unit
from tasks.incidents import settle_no_recipient
from tasks.people import unit_of_recipient
from tasks.roles import CASEWORKER as CASEWORKER
from tasks.routing import CasePerson, Recipient, recipient_in_person, recipient_of
from tasks.substitutes import leave_today

OFFICE_LEADER = "kontorleder"
"""Bound to the case by its office (processes.md 1.1), so it changes when the case moves to another one."""


def set_case_role(unit: Unit, case: Case, role: str, person_id: int, reason: str | None = None) -> list[int]:
    """Give a person a role in a case; return the ids of the open tasks that went along.

    Who had the role before has it no more. Drafts, deadlines and reminders belong to the tasks and so go
    along; notices about them that the one before has not read yet are settled. The case belongs to the unit
    of its rådgiver, so its leaders and groups are found from there.
    """
    unit.session.flush()
    before = case.unit_id
    if role == CASEWORKER:
        case.unit_id = unit_of_recipient(unit, person_id, None) or case.unit_id
    unit.session.execute(
        update(CaseRole)
        .where(CaseRole.case_id == case.id, CaseRole.role == role, CaseRole.until.is_(None))
        .values(until=unit.now)
        .execution_options(synchronize_session=False)
    )
    unit.session.add(CaseRole(case_id=case.id, role=role, person_id=person_id, since=unit.now, reason=reason))
    heir = _heir(unit, role, person_id)
    moved = list(
        unit.session.scalars(
            update(Task)
            .where(Task.case_id == case.id, Task.status == "aaben", Task.role == role)
            .where(or_(Task.assignee_id.is_(None), Task.assignee_id != (heir.assignee_id or 0)))
            .values(
                assignee_id=heir.assignee_id,
                group_id=heir.group_id,
                on_behalf_of_id=heir.on_behalf_of_id,
                rev=Task.rev + 1,
            )
            .returning(Task.id)
            .execution_options(synchronize_session=False)
        )
    )
    unit.session.flush()
    if moved:
        _settle(unit, moved, heir.assignee_id)
    if case.unit_id != before:
        _move_to_office(unit, case)
    return moved


def _heir(unit: Unit, role: str, person_id: int) -> Recipient:
    """Return who gets the open tasks of somebody who now has the role: they, or who stands in for them."""
    leave = leave_today(unit, person_id)
    person = CasePerson(person_id, "", True, leave is not None, leave.substitute_id if leave else None)
    return recipient_in_person(unit, role, person)


def _settle(unit: Unit, task_ids: Sequence[int], person_id: int | None) -> None:
    settle_no_recipient(unit, task_ids)
    theirs = Notice.task_id.in_(task_ids) & Notice.read_at.is_(None)
    if person_id is not None:
        theirs &= Notice.person_id != person_id
    unit.session.execute(
        update(Notice).where(theirs).values(read_at=unit.now).execution_options(synchronize_session=False)
    )


def _move_to_office(unit: Unit, case: Case) -> None:
    """Let the groups of the case's new unit have what waits for a group, and its leader the office's."""
    waiting = unit.session.execute(
        select(Task.id, Task.role, Task.group_id).where(
            Task.case_id == case.id,
            Task.status == "aaben",
            Task.group_id.is_not(None),
            or_(Task.assignee_id.is_(None), Task.role == OFFICE_LEADER),
        )
    ).all()
    for task_id, role, group_id in waiting:
        found = recipient_of(unit, role, {}, case.unit_id)
        if not isinstance(found, Recipient) or found.group_id == group_id:
            continue
        unit.session.execute(
            update(Task)
            .where(Task.id == task_id)
            .values(assignee_id=None, group_id=found.group_id, rev=Task.rev + 1)
            .execution_options(synchronize_session=False)
        )
        _settle(unit, [task_id], None)
