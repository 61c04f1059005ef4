"""Children and their cases: the rows behind a case, and the people in it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select, update

from engine.errors import EngineError
from records.sortkeys import name_key
from records.tables import Case, CaseCounter, CaseRole, Child, Instance, Receiver, Task
from records.unit import Unit
from tasks.people import holders, today, unit_of_recipient
from tasks.roles import roles_of


def new_case(unit: Unit, answers: Mapping[str, Any], *, unit_id: int | None) -> tuple[Case, Child]:
    """Make a case, and its child unless the child is known by personal number; return both.

    `answers` holds `barn_navn` and, where known, `barn_cpr`, `barn_foedt`, `barn_adresse`,
    `beskyttet_adresse`, `sagsart`. Raises EngineError when the name is missing.
    """
    name = str(answers.get("barn_navn") or "").strip()
    if not name:
        raise EngineError("En sag kan ikke oprettes uden barnets navn.")
    cpr = str(answers.get("barn_cpr") or "").strip() or None
    index = unit.keys.blind_index(cpr) if cpr else None
    child = unit.session.scalar(select(Child).where(Child.cpr_index == index)) if index else None
    born = answers.get("barn_foedt")
    if child is None:
        child = Child(
            name=name,
            sort_name=name_key(name),
            born=date.fromisoformat(str(born)[:10]) if born else None,
            cpr=cpr,
            cpr_index=index,
            address=answers.get("barn_adresse") or None,
            protected_address=answers.get("beskyttet_adresse") in (True, "ja"),
        )
        unit.session.add(child)
        unit.session.flush()
    case = Case(
        number=_next_number(unit),
        child_id=child.id,
        unit_id=unit_id,
        kind=answers.get("sagsart") or None,
        status="aaben",
        data={},
        opened_at=unit.now,
        rev=1,
    )
    unit.session.add(case)
    unit.session.flush()
    return case, child


def receiving_unit(unit: Unit) -> int | None:
    """Return the unit new cases belong to: that of the socialfaglig leder who allocates them (OS-04)."""
    found = holders(unit, "socialfaglig_leder")
    return unit_of_recipient(unit, found[0][0], None) if found else None


def _next_number(unit: Unit) -> str:
    year = today(unit).year
    counter = unit.session.get(CaseCounter, year, with_for_update=True)
    if counter is None:
        counter = CaseCounter(year=year, last=0)
        unit.session.add(counter)
    counter.last += 1
    unit.session.flush()
    return f"{year}-{counter.last:06d}"


def set_case_role(unit: Unit, case: Case, role: str, person_id: int, reason: str | None = None) -> None:
    """Give a person a role in a case; who had it before has it no more, and its open tasks go along (OS-03).

    The case belongs to the unit of its rådgiver, so that its leaders and groups are found from there.
    """
    if role == "raadgiver":
        case.unit_id = unit_of_recipient(unit, person_id, None) or case.unit_id
    unit.session.execute(
        update(CaseRole)
        .where(CaseRole.case_id == case.id, CaseRole.role == role, CaseRole.until.is_(None))
        .values(until=unit.now)
        .execution_options(synchronize_session=False)
    )
    unit.session.add(CaseRole(case_id=case.id, role=role, person_id=person_id, since=unit.now, reason=reason))
    unit.session.execute(
        update(Task)
        .where(Task.case_id == case.id, Task.status == "aaben", Task.role == role)
        .values(assignee_id=person_id, group_id=None, rev=Task.rev + 1)
        .execution_options(synchronize_session=False)
    )
    unit.session.flush()


def move_instance(unit: Unit, instance: Instance, case: Case) -> None:
    """Let an instance that ran without a case belong to this one, with its tasks and message waits."""
    instance.case_id = case.id
    for table in (Task, Receiver):
        unit.session.execute(
            update(table)
            .where(table.instance_id == instance.id)
            .values(case_id=case.id)
            .execution_options(synchronize_session=False)
        )
    unit.session.flush()


def role_name(unit: Unit, key: str) -> str:
    """Return the Danish name of a role."""
    return roles_of(unit).name_of(key)
