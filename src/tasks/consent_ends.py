"""What ends when a consent ends: tasks of people outside, and links of guests."""

from collections.abc import Sequence

from sqlalchemy import select, update

from records.tables import GuestLink, OrgUnit, Person, Task, WorkGroup
from records.unit import Unit
from tasks import notices
from tasks.casefile import CaseFile
from tasks.roles import CASEWORKER, roles_of


def end_access(unit: Unit, file: CaseFile, names: Sequence[str]) -> None:
    """Take open tasks in a case from external people and units that lost their consent, and give them to the
    rådgiver, who is told. Without one they stay where they are, and nobody gets in."""
    worker = file.people.get(CASEWORKER)
    lost = {folded(name) for name in names}
    if worker is None or not lost:
        return
    rows = unit.session.execute(
        select(Task.id, Task.name, Task.role, Person.name, OrgUnit.name)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .outerjoin(WorkGroup, WorkGroup.id == Task.group_id)
        .outerjoin(OrgUnit, OrgUnit.id == WorkGroup.unit_id)
        .where(Task.case_id == file.case_id, Task.status == "aaben")
    )
    catalogue = roles_of(unit)
    taken: list[int] = []
    for task_id, _, role_key, person, group in rows:
        role = catalogue.by_key.get(role_key)
        held_by = {folded(name) for name in (person, group) if name}
        if role is not None and not role.internal and held_by & lost:
            taken.append(task_id)
    if not taken:
        return
    unit.session.execute(
        update(Task)
        .where(Task.id.in_(taken))
        .values(assignee_id=worker.person_id, group_id=None, rev=Task.rev + 1)
        .execution_options(synchronize_session=False)
    )
    notices.to_people(
        unit,
        "advis",
        [worker.person_id],
        "Et samtykke er trukket tilbage. Opgaver hos eksterne, som det gjaldt, ligger nu hos dig.",
        case_id=file.case_id,
        case_number=file.case.number if file.case else None,
    )


def end_links(unit: Unit, file: CaseFile, names: Sequence[str]) -> None:
    """Revoke the links of guests in a case who lost their consent."""
    lost = {folded(name) for name in names}
    links = unit.session.scalars(
        select(GuestLink).where(GuestLink.case_id == file.case_id, GuestLink.revoked_at.is_(None))
    ).all()
    ids = [link.id for link in links if folded(link.guest) in lost]
    if ids:
        unit.session.execute(
            update(GuestLink)
            .where(GuestLink.id.in_(ids))
            .values(revoked_at=unit.now, revoked_why="Samtykket er trukket tilbage")
            .execution_options(synchronize_session=False)
        )


def folded(name: str) -> str:
    """Return a name so that two ways of writing it are the same."""
    return " ".join(name.casefold().split())
