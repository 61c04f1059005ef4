"""What leaves the house after the transaction: letters are claimed, sent by the host, and marked (at least
once)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from records.tables import Outbox, Person
from records.unit import Unit
from tasks.incidents import open_incident

ATTEMPTS = 8
"""Tries before a letter that cannot be sent becomes an incident."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to send: whom to, and the fixed id that tells a repeated sending."""

    outbox_id: int
    message_id: str
    to: str | None
    name: str
    subject: str
    path: str


def due_letters(unit: Unit, limit: int = 20) -> list[Letter]:
    """Lock and return letters that should be sent now; other workers skip them until this unit ends.

    Each is moved ahead before it is sent, so that a worker killed while sending leaves it to be sent once
    more.
    """
    rows = unit.session.scalars(
        select(Outbox)
        .where(Outbox.sent_at.is_(None), Outbox.next_try_at <= unit.now)
        .order_by(Outbox.next_try_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return []
    people = {int(row.payload["person_id"]) for row in rows}
    addresses = {
        person_id: (email, name)
        for person_id, email, name in unit.session.execute(
            select(Person.id, Person.email, Person.name).where(Person.id.in_(people))
        )
    }
    letters: list[Letter] = []
    for row in rows:
        row.attempts += 1
        row.next_try_at = unit.now + timedelta(minutes=min(2**row.attempts, 240))
        email, name = addresses.get(int(row.payload["person_id"]), (None, ""))
        payload: dict[str, Any] = row.payload
        letters.append(Letter(row.id, row.message_id, email, name, payload["subject"], payload["path"]))
    return letters


def sent(unit: Unit, outbox_id: int) -> None:
    """Mark a letter as sent."""
    row = unit.session.get(Outbox, outbox_id)
    if row is not None:
        row.sent_at = unit.now
        row.error = None


def failed(unit: Unit, outbox_id: int, text: str) -> None:
    """Note why a letter could not be sent; after ATTEMPTS tries an incident is opened."""
    row = unit.session.get(Outbox, outbox_id)
    if row is None:
        return
    row.error = text[:1000]
    if row.attempts == ATTEMPTS:
        open_incident(
            unit,
            "mail",
            f"En mail kunne ikke sendes efter {ATTEMPTS} forsøg: {text[:200]}",
            {"gentag": "brev", "outbox_id": row.id},
            element_id=f"mail-{row.id}",
        )


def retry_letter(unit: Unit, outbox_id: int) -> bool:
    """Let a letter be tried again now; False when it is gone."""
    row = unit.session.get(Outbox, outbox_id)
    if row is None:
        return False
    row.next_try_at = unit.now
    row.attempts = 0
    return True
