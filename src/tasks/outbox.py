"""What leaves the house after the transaction: letters are claimed, sent by the host, and marked (at least
once)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update

from records.tables import Incident, MeetingInvitation, Outbox, Person
from records.unit import Unit
from tasks.errors import NotFound
from tasks.incidents import open_incident
from tasks.invitations import Entry, entry_of
from tasks.organisation import require_administrator
from tasks.people import Actor

ATTEMPTS = 8
"""Tries before a letter that cannot be sent becomes an incident; by then four hours have passed."""

LONGEST_WAIT = timedelta(hours=4)
"""Waits between tries double, from two minutes to this; a letter is never given up by itself."""

OUTSIDE = ("Ekstern deltager", None)
"""How somebody without an account stands in the list; their address stands in the invitation alone."""

SERVER_DOWN = "mailserver"
"""Stands for the mail server itself in an incident: one for all letters that wait for it."""

State = Literal["venter", "sendt", "fejlet"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to send: whom to, and the fixed id that tells a repeated sending."""

    outbox_id: int
    message_id: str
    to: str | None
    name: str
    subject: str
    path: str
    created_at: datetime
    entry: Entry | None = None
    """The calendar entry that it carries."""


def take_letter(unit: Unit) -> Letter | None:
    """Return the letter that should be sent now, None when there is none; other workers skip it meanwhile.

    It is moved ahead before it is sent, so that a worker killed while sending leaves it to be sent once more.
    """
    row = unit.session.scalar(
        select(Outbox)
        .where(Outbox.sent_at.is_(None), Outbox.next_try_at <= unit.now)
        .order_by(Outbox.next_try_at, Outbox.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.attempts += 1
    row.next_try_at = unit.now + min(timedelta(minutes=2 ** min(row.attempts, 12)), LONGEST_WAIT)
    email, name = _recipient(unit, row)
    return Letter(
        row.id,
        row.message_id,
        email,
        name,
        row.payload["subject"],
        row.payload["path"],
        row.created_at,
        entry_of(row.payload.get("entry")),
    )


def _recipient(unit: Unit, row: Outbox) -> tuple[str | None, str]:
    """Return address and name as they are now; those of somebody without an account stand in the invitation,
    so that no address lies in the outbox."""
    if row.payload["person_id"] is None:
        invitation = unit.session.get(MeetingInvitation, int(row.payload["invitation_id"]))
        return (invitation.contact if invitation is not None else None), ""
    person = unit.session.execute(
        select(Person.email, Person.name).where(Person.id == int(row.payload["person_id"]))
    ).one_or_none()
    return (person[0], person[1]) if person is not None else (None, "")


def sent(unit: Unit, outbox_id: int) -> None:
    """Mark a letter as sent. What was reported about it, or about the mail server, is settled by that."""
    row = unit.session.get(Outbox, outbox_id)
    if row is None:
        return
    row.sent_at = unit.now
    row.error = None
    unit.session.execute(
        update(Incident)
        .where(
            Incident.kind == "mail",
            Incident.resolved_at.is_(None),
            Incident.element_id.in_((SERVER_DOWN, _element(outbox_id))),
        )
        .values(resolved_at=unit.now, resolution="Mailen er sendt.")
        .execution_options(synchronize_session=False)
    )


def failed(unit: Unit, outbox_id: int, text: str, *, server: bool) -> None:
    """Note why a letter could not be sent; after ATTEMPTS tries an incident is opened.

    `server` tells that the mail server itself was the trouble, so that all letters wait for the same thing.
    """
    row = unit.session.get(Outbox, outbox_id)
    if row is None:
        return
    row.error = text[:1000]
    if row.attempts < ATTEMPTS:
        return
    what = "Mailserveren svarer ikke" if server else "En mail kunne ikke sendes"
    open_incident(
        unit,
        "mail",
        f"{what} efter {row.attempts} forsøg: {text[:200]}",
        {"gentag": "brev", "outbox_id": None if server else row.id},
        element_id=SERVER_DOWN if server else _element(row.id),
    )


def _element(outbox_id: int) -> str:
    return f"mail-{outbox_id}"


def retry_letter(unit: Unit, outbox_id: int | None) -> bool:
    """Let a letter be tried again now (None: every letter that failed); False when it is gone or sent."""
    which = Outbox.id == outbox_id if outbox_id is not None else Outbox.error.is_not(None)
    changed = unit.session.execute(
        update(Outbox)
        .where(which, Outbox.sent_at.is_(None))
        .values(next_try_at=unit.now, attempts=0)
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.all())


@dataclass(frozen=True, slots=True)
class ListLetters:
    """Ask for the outgoing mail, newest first. `before` is the `next` of the page before."""

    state: State | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One mail as administration sees it. Instants are UTC."""

    id: int
    person_id: int | None
    """None for somebody without an account."""
    name: str
    to: str | None
    """The address it goes to now; None when the person has none."""
    subject: str
    path: str
    created_at: datetime
    state: State
    attempts: int
    error: str | None
    next_try_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Letters:
    """A page of outgoing mail; `next` leads to the older ones, None at the end."""

    rows: tuple[LetterLine, ...]
    next: int | None


def list_letters(unit: Unit, actor: Actor, command: ListLetters) -> Letters:
    """Return outgoing mail, newest first; two statements. Raises Refused unless the actor administers."""
    require_administrator(actor)
    query = select(Outbox).where(Outbox.kind == "mail").order_by(Outbox.id.desc()).limit(command.limit + 1)
    if command.before is not None:
        query = query.where(Outbox.id < command.before)
    if command.state == "sendt":
        query = query.where(Outbox.sent_at.is_not(None))
    elif command.state is not None:
        query = query.where(Outbox.sent_at.is_(None))
        query = query.where(
            Outbox.error.is_(None) if command.state == "venter" else Outbox.error.is_not(None)
        )
    rows = unit.session.scalars(query).all()
    page = rows[: command.limit]
    ids = {int(row.payload["person_id"]) for row in page if row.payload["person_id"] is not None}
    people = {
        person_id: (name, email)
        for person_id, name, email in unit.session.execute(
            select(Person.id, Person.name, Person.email).where(Person.id.in_(ids))
        )
    }
    lines = [_line(row, *people.get(row.payload["person_id"], OUTSIDE)) for row in page]
    return Letters(tuple(lines), page[-1].id if len(rows) > command.limit else None)


def _line(row: Outbox, name: str, email: str | None) -> LetterLine:
    state: State = "sendt" if row.sent_at is not None else "fejlet" if row.error is not None else "venter"
    return LetterLine(
        id=row.id,
        person_id=row.payload["person_id"],
        name=name,
        to=email,
        subject=row.payload["subject"],
        path=row.payload["path"],
        created_at=row.created_at,
        state=state,
        attempts=row.attempts,
        error=row.error,
        next_try_at=row.next_try_at if row.sent_at is None else None,
        sent_at=row.sent_at,
    )


@dataclass(frozen=True, slots=True)
class RetryLetter:
    """Try a letter again now."""

    outbox_id: int


def try_letter_again(unit: Unit, actor: Actor, command: RetryLetter) -> None:
    """Let a letter be sent again at once. Raises Refused, NotFound (it is gone, or sent)."""
    require_administrator(actor)
    if not retry_letter(unit, command.outbox_id):
        raise NotFound("Mailen er allerede sendt.")
