"""Cases: opening one by hand, handing it to another rådgiver, closing, reopening, cancelling a course."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, update

from records.tables import Case, Instance, Message, Person, RoleHolding
from records.unit import Unit
from tasks import access, notices
from tasks.calls import cancel_instance
from tasks.casefile import CaseFile, lock_case, people_of
from tasks.children import new_case, receiving_unit, set_case_role
from tasks.delivery import WAITS
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tasks.outcome import Outcome
from tasks.people import Actor, today, valid_on

CASEWORKER = "raadgiver"
OPENERS = ("socialfaglig_leder", "kontorleder", "front_stage")
"""Roles that may open a case by hand."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Open a case by hand. `born` is a local day; `cpr` is kept encrypted."""

    child_name: str
    born: date | None = None
    cpr: str | None = None
    address: str | None = None
    protected_address: bool = False
    kind: str | None = None
    unit_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseRef:
    """A case by id and number."""

    case_id: int
    number: str


@dataclass(frozen=True, slots=True)
class Reallocate:
    """Hand a case to another rådgiver, with a reason."""

    case_id: int
    to_person_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class CloseCase:
    """Close a case, with a reason."""

    case_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """Open a closed case again, with a reason."""

    case_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class CancelCourse:
    """Cancel one running course (forløb), with a reason."""

    instance_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class AddNote:
    """Write a note in the case's journal."""

    case_id: int
    text: str


def open_case(unit: Unit, actor: Actor, command: OpenCase) -> CaseRef:
    """Open a case for a child, found by personal number when it is known. Raises Refused, Invalid."""
    if actor.person_id is not None and not actor.holds(*OPENERS):
        raise Refused("Kun Front Stage og ledere kan oprette en sag.")
    if not command.child_name.strip():
        raise Invalid("Skriv barnets navn.", {"barn_navn": "Feltet skal udfyldes."})
    answers = {
        "barn_navn": command.child_name.strip(),
        "barn_foedt": command.born.isoformat() if command.born else None,
        "barn_cpr": command.cpr,
        "barn_adresse": command.address,
        "beskyttet_adresse": command.protected_address,
        "sagsart": command.kind,
    }
    unit_id = command.unit_id if command.unit_id is not None else receiving_unit(unit)
    case, child = new_case(unit, answers, unit_id=unit_id)
    if command.data:
        case.data = dict(command.data)
    outcome = Outcome(unit, actor, CaseFile(unit, case, child))
    outcome.journal("sag_oprettet", f"Sag {case.number} oprettet")
    outcome.finish()
    return CaseRef(case.id, case.number)


def reallocate(unit: Unit, actor: Actor, command: Reallocate) -> CaseRef:
    """Give a case to another rådgiver; open tasks of the role go along (OS-03, processes.md 1.3).

    The leader of the case's unit and the case's own rådgiver may do it. Raises Refused, Invalid, NotOpen.
    """
    file, case = _open(unit, actor, command.case_id, "omfordel", "leder", CASEWORKER)
    reason = _reason(command.reason)
    name = unit.session.scalar(
        select(Person.name)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(
            Person.id == command.to_person_id,
            Person.active.is_(True),
            RoleHolding.role == CASEWORKER,
            valid_on(today(unit)),
        )
        .limit(1)
    )
    if name is None:
        raise Invalid("Sagen kan kun gives til en aktiv rådgiver.", {"til": "Vælg en aktiv rådgiver."})
    set_case_role(unit, case, CASEWORKER, command.to_person_id, reason)
    case.rev += 1
    file.people = people_of(unit, case.id)
    outcome = Outcome(unit, actor, file)
    outcome.journal("omfordelt", f"Sagen er givet til {name}: {reason}")
    outcome.finish()
    if command.to_person_id != actor.person_id:
        notices.to_people(
            unit,
            "advis",
            [command.to_person_id],
            "Du er blevet ansvarlig rådgiver",
            case_id=case.id,
            case_number=case.number,
        )
    return CaseRef(case.id, case.number)


def close_case(unit: Unit, actor: Actor, command: CloseCase) -> CaseRef:
    """Close a case: running courses are cancelled with the reason, timers go, kept messages lapse."""
    file, case = _open(unit, actor, command.case_id, "luk", "leder", CASEWORKER)
    reason = _reason(command.reason)
    outcome = Outcome(unit, actor, file)
    for instance in unit.session.scalars(
        select(Instance).where(
            Instance.case_id == case.id, Instance.status == "igang", Instance.parent_id.is_(None)
        )
    ):
        cancel_instance(outcome, instance, f"Sagen er lukket: {reason}")
    unit.session.execute(
        update(Message)
        .where(Message.case_id == case.id, Message.status == WAITS)
        .values(status="bortfaldet")
        .execution_options(synchronize_session=False)
    )
    case.status = "lukket"
    case.closed_at = unit.now
    case.close_reason = reason
    case.rev += 1
    outcome.journal("sag_lukket", f"Sagen er lukket: {reason}")
    outcome.finish()
    return CaseRef(case.id, case.number)


def reopen_case(unit: Unit, actor: Actor, command: ReopenCase) -> CaseRef:
    """Open a closed case again. What was cancelled stays cancelled; procedures are started anew."""
    file = lock_case(unit, command.case_id)
    case = file.case
    assert case is not None
    _require(unit, actor, file, "genaabn", "leder", CASEWORKER)
    if case.status == "aaben":
        raise NotOpen(f"Sag {case.number} er ikke lukket.")
    reason = _reason(command.reason)
    case.status = "aaben"
    case.closed_at = None
    case.close_reason = None
    case.rev += 1
    outcome = Outcome(unit, actor, file)
    outcome.journal("sag_genaabnet", f"Sagen er genåbnet: {reason}")
    outcome.finish()
    return CaseRef(case.id, case.number)


def cancel_course(unit: Unit, actor: Actor, command: CancelCourse) -> None:
    """Cancel a running course of a case, and what it called. Raises Refused, NotFound, NotOpen, Invalid."""
    case_id = unit.session.scalar(select(Instance.case_id).where(Instance.id == command.instance_id))
    if case_id is None:
        raise NotFound("Forløbet findes ikke, eller det hører ikke til en sag.")
    file, _ = _open(unit, actor, case_id, "annuller", "leder", CASEWORKER)
    reason = _reason(command.reason)
    instance = unit.session.get(Instance, command.instance_id, with_for_update=True)
    if instance is None or instance.status != "igang":
        raise NotOpen("Forløbet er allerede afsluttet.")
    if instance.parent_id is not None:
        raise NotOpen("Forløbet er kaldt af et andet. Annullér det forløb, der kaldte det.")
    outcome = Outcome(unit, actor, file)
    cancel_instance(outcome, instance, reason)
    outcome.finish()


def add_note(unit: Unit, actor: Actor, command: AddNote) -> None:
    """Write a note in the journal of a case the actor has a relation to. Raises Refused, Invalid."""
    file = lock_case(unit, command.case_id)
    access.require(unit, actor, file, "notat")
    if not command.text.strip():
        raise Invalid("Skriv notatet.", {"tekst": "Feltet skal udfyldes."})
    outcome = Outcome(unit, actor, file)
    outcome.journal("notat", command.text.strip())
    outcome.finish()


def _open(unit: Unit, actor: Actor, case_id: int, what: str, *relations: str) -> tuple[CaseFile, Case]:
    file = lock_case(unit, case_id)
    assert file.case is not None
    _require(unit, actor, file, what, *relations)
    if file.case.status != "aaben":
        raise NotOpen(f"Sag {file.case.number} er lukket.")
    return file, file.case


def _require(unit: Unit, actor: Actor, file: CaseFile, what: str, *relations: str) -> None:
    found = access.require(unit, actor, file, what)
    if found not in (*relations, "system"):
        raise Refused("Kun sagens rådgiver eller enhedens leder kan gøre det.")


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid("Skriv en begrundelse.", {"begrundelse": "Feltet skal udfyldes."})
    return text.strip()
