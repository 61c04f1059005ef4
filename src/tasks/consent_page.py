"""The consents of a case as its page shows them, and registering and withdrawing one by hand."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from records.tables import Consent, Person
from records.unit import Unit
from tasks import access
from tasks.casefile import CaseFile, lock_case, read_case_file
from tasks.consent_term import is_held
from tasks.consents import RegisterConsent, withdraw, write_consent
from tasks.errors import NotFound, NotOpen
from tasks.outcome import Outcome
from tasks.people import Actor, today
from tasks.texts import REASON, required


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """Withdraw one consent of a case."""

    case_id: int
    consent_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One consent as pages show it."""

    id: int
    given_by: str
    scope: str
    recipients: tuple[str, ...]
    given_on: date
    expires_on: date | None
    holds: bool
    registered_at: datetime
    registered_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdraw_reason: str | None


@dataclass(frozen=True, slots=True)
class ConsentSheet:
    """The consents of a case, newest first, and whether the actor may change them."""

    file: CaseFile
    relation: str
    lines: tuple[ConsentLine, ...]
    may_change: bool


def register_consent(unit: Unit, actor: Actor, command: RegisterConsent) -> int:
    """Write a consent on a case by hand; return its id. Raises Refused, NotFound, NotOpen, Invalid."""
    file = lock_case(unit, command.case_id)
    access.require(unit, actor, file, "samtykke")
    _require_open(file)
    outcome = Outcome(unit, actor, file)
    consent_id = write_consent(outcome, None, command)
    outcome.finish()
    return consent_id


def withdraw_consent(unit: Unit, actor: Actor, command: WithdrawConsent) -> None:
    """Withdraw a consent by hand. Raises Refused, NotFound, NotOpen (it is withdrawn already), Invalid."""
    file = lock_case(unit, command.case_id)
    access.require(unit, actor, file, "samtykke")
    row = unit.session.get(Consent, command.consent_id)
    if row is None or row.case_id != file.case_id:
        raise NotFound("Samtykket findes ikke i sagen.")
    if row.withdrawn_at is not None:
        raise NotOpen("Samtykket er allerede trukket tilbage.")
    reason = required(command.reason, "begrundelse", "Skriv, hvem der har trukket det, og hvordan.", REASON)
    outcome = Outcome(unit, actor, file)
    withdraw(outcome, [row], reason)
    outcome.finish()


def read_consents(unit: Unit, actor: Actor, command: int) -> ConsentSheet:
    """Return the consents of a case (`command` is its id); the view is logged. Raises Denied, NotFound."""
    sheet = list_consents(unit, actor, command)
    access.log_view(unit, actor, command, sheet.relation, "samtykke")
    return sheet


def list_consents(unit: Unit, actor: Actor, command: int) -> ConsentSheet:
    """Return the same for a page that has logged the view already. Raises Denied, NotFound."""
    file = read_case_file(unit, command)
    relation = access.require(unit, actor, file, "samtykke")
    assert file.case is not None
    ender = aliased(Person)
    rows = unit.session.execute(
        select(Consent, Person.name, ender.name)
        .outerjoin(Person, Person.id == Consent.registered_by_id)
        .outerjoin(ender, ender.id == Consent.withdrawn_by_id)
        .where(Consent.case_id == command)
        .order_by(Consent.id.desc())
    )
    day = today(unit)
    lines = tuple(
        ConsentLine(
            row.id,
            row.given_by,
            row.scope,
            tuple(row.recipients),
            row.given_on,
            row.expires_on,
            is_held(row.given_on, row.expires_on, row.withdrawn_at is not None, day),
            row.registered_at,
            by,
            row.withdrawn_at,
            ended_by,
            row.withdraw_reason,
        )
        for row, by, ended_by in rows
    )
    return ConsentSheet(file, relation, lines, file.case.status == "aaben")


def _require_open(file: CaseFile) -> None:
    if file.case is not None and file.case.status != "aaben":
        raise NotOpen(f"Sag {file.case.number} er lukket.")
