"""Children and their cases: the child found by personal number or made, the case's number, whose course it
is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update

from records.sortkeys import name_key
from records.tables import (
    Case,
    CaseCounter,
    Child,
    Deadline,
    FigureFact,
    Incident,
    Instance,
    Message,
    OrgUnit,
    Receiver,
    Task,
)
from records.unit import Unit
from tasks.errors import Invalid
from tasks.people import holders, today, unit_of_recipient
from tasks.texts import required, written

_CPR = re.compile(r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{6}")
_KIND = 80
_ADDRESS = 1000
_DISTRICT = 80


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case with its child; `remark` is for the journal, when the child was known by another name."""

    case: Case
    child: Child
    remark: str | None


def new_case(unit: Unit, answers: Mapping[str, Any], *, unit_id: int | None) -> NewCase:
    """Make a case, and its child unless the child is known by personal number.

    `answers` holds `barn_navn` and, where known, `barn_cpr`, `barn_foedt`, `barn_adresse`,
    `beskyttet_adresse`, `sagsart`. What was not known of the child is added; a protected address stays
    protected. Raises Invalid, also for a number that belongs to a child born on another day.
    """
    name = required(_text(answers, "barn_navn"), "barn_navn", "Skriv barnets navn.")
    kind = written(_text(answers, "sagsart"), "sagsart", _KIND)
    address = written(_text(answers, "barn_adresse"), "barn_adresse", _ADDRESS)
    district = written(_text(answers, "distrikt"), "distrikt", _DISTRICT)
    born = _born(answers)
    cpr = _cpr(answers)
    protected = answers.get("beskyttet_adresse") in (True, "ja")
    index = unit.keys.blind_index(cpr) if cpr else None
    child = unit.session.scalar(select(Child).where(Child.cpr_index == index)) if index else None
    remark = None
    if child is None:
        child = Child(
            name=name,
            sort_name=name_key(name)[:400],
            born=born,
            cpr=cpr,
            cpr_index=index,
            address=address,
            protected_address=protected,
        )
        unit.session.add(child)
    else:
        if child.born is not None and born is not None and child.born != born:
            raise Invalid(
                "CPR-nummeret hører til et barn med en anden fødselsdato.",
                {"barn_cpr": "Kontrollér CPR-nummeret og fødselsdatoen."},
            )
        if name_key(child.name) != name_key(name):
            remark = f"Barnet er kendt i forvejen som {child.name}. Henvendelsen kalder det {name}."
        child.born = child.born or born
        child.address = address or child.address
        child.protected_address = child.protected_address or protected
    unit.session.flush()
    case = Case(
        number=_next_number(unit),
        child_id=child.id,
        unit_id=unit_id,
        kind=kind,
        status="aaben",
        district=district,
        data={"distrikt": district} if district else {},
        opened_at=unit.now,
        rev=1,
    )
    unit.session.add(case)
    unit.session.flush()
    return NewCase(case, child, remark)


def _text(answers: Mapping[str, Any], name: str) -> str | None:
    value = answers.get(name)
    return None if value is None else str(value)


def _born(answers: Mapping[str, Any]) -> date | None:
    value = answers.get("barn_foedt")
    if not value:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Invalid(
            "Fødselsdatoen er ikke en dato.", {"barn_foedt": "Skriv fødselsdatoen som en dato."}
        ) from None


def _cpr(answers: Mapping[str, Any]) -> str | None:
    text = "".join(sign for sign in _text(answers, "barn_cpr") or "" if sign not in " -")
    if text and not _CPR.fullmatch(text):
        raise Invalid("CPR-nummeret er ikke et CPR-nummer.", {"barn_cpr": "Skriv det som ddmmåå-xxxx."})
    return f"{text[:6]}-{text[6:]}" if text else None


def receiving_unit(unit: Unit) -> int | None:
    """Return the unit new cases belong to: that of the socialfaglig leder who allocates them (OS-04)."""
    found = holders(unit, "socialfaglig_leder")
    return unit_of_recipient(unit, found[0][0], None) if found else None


def require_unit(unit: Unit, unit_id: int, field: str = "unit") -> None:
    """Raise Invalid, naming the field, when there is no such unit."""
    if unit.session.get(OrgUnit, unit_id) is None:
        raise Invalid("Enheden findes ikke.", {field: "Vælg en enhed fra listen."})


def _next_number(unit: Unit) -> str:
    year = today(unit).year
    counter = unit.session.get(CaseCounter, year, with_for_update=True)
    if counter is None:
        counter = CaseCounter(year=year, last=0)
        unit.session.add(counter)
    counter.last += 1
    unit.session.flush()
    return f"{year}-{counter.last:06d}"


def move_to_case(unit: Unit, instance: Instance, case: Case) -> tuple[int, ...]:
    """Let an instance that ran without a case belong to this one; return the ids of all that follow.

    Who called it and what it called come along, each with tasks, deadlines, message waits, kept messages
    and incidents.
    """
    unit.session.flush()
    family = _family(unit, instance)
    for member in family:
        member.case_id = case.id
    ids = [member.id for member in family]
    for table in (Task, Receiver, Deadline, Incident, FigureFact):
        unit.session.execute(
            update(table)
            .where(table.instance_id.in_(ids))
            .values(case_id=case.id)
            .execution_options(synchronize_session=False)
        )
    unit.session.execute(
        update(Message)
        .where(Message.sender_id.in_(ids), Message.case_id.is_(None))
        .values(case_id=case.id)
        .execution_options(synchronize_session=False)
    )
    unit.session.flush()
    return tuple(ids)


def _family(unit: Unit, instance: Instance) -> list[Instance]:
    """Return the instance with its callers and everything they called that still has no case."""
    root = instance
    while root.parent_id is not None:
        caller = unit.session.get(Instance, root.parent_id)
        if caller is None or caller.case_id is not None:
            break
        root = caller
    found, waiting = [root], [root.id]
    while waiting:
        called = unit.session.scalars(
            select(Instance).where(Instance.parent_id.in_(waiting), Instance.case_id.is_(None))
        ).all()
        found += called
        waiting = [one.id for one in called]
    return found
