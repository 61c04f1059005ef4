"""Cases: opening one by hand, handing it to another rådgiver, closing, reopening, cancelling a course."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, update

from records.tables import Case, Incident, Instance, Message, Person, RoleHolding
from records.unit import Unit
from tasks import access, incidents, notices
from tasks.calls import cancel_instance
from tasks.casefile import CaseFile, lock_case
from tasks.caseroles import set_case_role
from tasks.children import new_case, receiving_unit, require_unit
from tasks.delivery import LAPSED, TROUBLE, WAITS
from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale
from tasks.facts import RESERVED
from tasks.meeting_heirs import pass_on, placed_by
from tasks.outcome import Outcome
from tasks.people import Actor, today, valid_on
from tasks.roles import CASEWORKER as CASEWORKER
from tasks.texts import reason_of, required

LONGEST_NOTE = 20_000

CLOSED = "Sagen er lukket."
"""Why everything that was open in a case is not; the reason that was given stands in the journal."""

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
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class CloseCase:
    """Close a case, with a reason."""

    case_id: int
    reason: str
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class ReopenCase:
    """Open a closed case again, with a reason."""

    case_id: int
    reason: str
    seen_rev: int | None = None


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
    answers = {
        "barn_navn": command.child_name,
        "barn_foedt": command.born.isoformat() if command.born else None,
        "barn_cpr": command.cpr,
        "barn_adresse": command.address,
        "beskyttet_adresse": command.protected_address,
        "sagsart": command.kind,
    }
    if command.unit_id is not None:
        require_unit(unit, command.unit_id)
    unit_id = command.unit_id if command.unit_id is not None else receiving_unit(unit)
    made = new_case(unit, answers, unit_id=unit_id)
    made.case.data = {name: value for name, value in command.data.items() if name not in RESERVED}
    outcome = Outcome(unit, actor, CaseFile(unit, made.case, made.child))
    outcome.journal("sag_oprettet", f"Sag {made.case.number} oprettet")
    if made.remark is not None:
        outcome.journal("notat", made.remark)
    outcome.finish()
    return CaseRef(made.case.id, made.case.number)


def reallocate(unit: Unit, actor: Actor, command: Reallocate) -> CaseRef:
    """Give a case to another rådgiver; open tasks of the role and the places at its meetings go along (OS-03,
    processes.md 1.3).

    The leader of the case's unit and the case's own rådgiver may do it. Raises Refused, Invalid, NotOpen.
    """
    file, case = _open(unit, actor, command.case_id, "omfordel", command.seen_rev)
    reason = reason_of(command.reason)
    before = file.people.get(CASEWORKER)
    if before is not None and before.person_id == command.to_person_id:
        raise Invalid(f"{before.name} er allerede sagens rådgiver.", {"til": "Vælg en anden rådgiver."})
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
    at_meetings = placed_by(unit, file)
    taken_along = set_case_role(unit, case, CASEWORKER, command.to_person_id, reason)
    case.rev += 1
    file.know_people()
    outcome = Outcome(unit, actor, file)
    outcome.journal("omfordelt", f"Sagen er givet til {name}: {reason}")
    pass_on(outcome, at_meetings)
    outcome.finish()
    if command.to_person_id != actor.person_id:
        notices.new_caseworker(unit, case, command.to_person_id, len(taken_along))
    if before is not None and before.person_id != actor.person_id:
        notices.to_people(
            unit,
            "advis",
            [before.person_id],
            f"{name} er rådgiver i stedet for dig",
            case_id=case.id,
            case_number=case.number,
        )
    return CaseRef(case.id, case.number)


def close_case(unit: Unit, actor: Actor, command: CloseCase) -> CaseRef:
    """Close a case: running courses are cancelled, timers go, messages that were not delivered lapse.

    The reason is kept encrypted with the case and in its journal. Raises Refused, NotOpen, Invalid.
    """
    file, case = _open(unit, actor, command.case_id, "luk", command.seen_rev)
    reason = reason_of(command.reason)
    outcome = Outcome(unit, actor, file)
    for instance in unit.session.scalars(
        select(Instance).where(
            Instance.case_id == case.id, Instance.status == "igang", Instance.parent_id.is_(None)
        )
    ):
        cancel_instance(outcome, instance, CLOSED)
    unit.session.execute(
        update(Message)
        .where(Message.case_id == case.id, Message.status.in_((WAITS, TROUBLE)))
        .values(status=LAPSED)
        .execution_options(synchronize_session=False)
    )
    incidents.settle(unit, CLOSED, Incident.case_id == case.id)
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
    _require(unit, actor, file, "genaabn")
    _require_seen(case, command.seen_rev)
    if case.status == "aaben":
        raise NotOpen(f"Sag {case.number} er ikke lukket.")
    reason = reason_of(command.reason)
    case.status = "aaben"
    case.closed_at = None
    case.close_reason = None
    case.rev += 1
    outcome = Outcome(unit, actor, file)
    outcome.journal("sag_genaabnet", f"Sagen er genåbnet: {reason}")
    outcome.finish()
    return CaseRef(case.id, case.number)


def cancel_course(unit: Unit, actor: Actor, command: CancelCourse) -> None:
    """Cancel a running course, and what it called. Raises Refused, NotFound, NotOpen, Invalid.

    In a case its rådgiver and the leader may do it; without a case (a first contact that was registered by
    mistake) whoever may do one of its open tasks, and their leader.
    """
    instance = unit.session.get(Instance, command.instance_id)
    if instance is None:
        raise NotFound("Forløbet findes ikke.")
    if instance.case_id is not None:
        file, _ = _open(unit, actor, instance.case_id, "annuller")
    else:
        access.require_course(unit, actor, instance.id, "annuller")
        file = CaseFile(unit)
    reason = reason_of(command.reason)
    unit.session.refresh(instance, with_for_update=True)
    if instance.case_id != file.case_id or instance.status != "igang":
        raise NotOpen("Forløbet er allerede afsluttet.")
    if instance.parent_id is not None:
        raise NotOpen("Forløbet er kaldt af et andet. Annullér det forløb, der kaldte det.")
    outcome = Outcome(unit, actor, file)
    cancel_instance(outcome, instance, "Forløbet er annulleret.", reason)
    outcome.finish()


def add_note(unit: Unit, actor: Actor, command: AddNote) -> None:
    """Write a note in the journal of a case the actor has a relation to, also when it is closed.

    Raises Refused, Invalid.
    """
    file = lock_case(unit, command.case_id)
    access.require(unit, actor, file, "notat")
    text = required(command.text, "tekst", "Skriv notatet.", LONGEST_NOTE)
    outcome = Outcome(unit, actor, file)
    outcome.journal("notat", text)
    outcome.finish()


def _require_seen(case: Case, seen_rev: int | None) -> None:
    if seen_rev is not None and seen_rev != case.rev:
        raise Stale(f"Sag {case.number} er ændret, siden du læste den. Læs den igen.")


def _open(
    unit: Unit, actor: Actor, case_id: int, what: str, seen_rev: int | None = None
) -> tuple[CaseFile, Case]:
    file = lock_case(unit, case_id)
    assert file.case is not None
    _require(unit, actor, file, what)
    _require_seen(file.case, seen_rev)
    if file.case.status != "aaben":
        raise NotOpen(f"Sag {file.case.number} er lukket.")
    return file, file.case


def _require(unit: Unit, actor: Actor, file: CaseFile, what: str) -> None:
    """Let the case's rådgiver through, and whoever leads its unit. Raises Refused, Denied."""
    found = access.require(unit, actor, file, what)
    if not access.in_charge(unit, actor, file, found):
        raise Refused("Kun sagens rådgiver eller enhedens leder kan gøre det.")
