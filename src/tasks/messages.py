"""Messages between procedures and from outside: one receiver, once (decisions.md "Messages").

A message matches on case, name and an optional key. No receiver: it waits until one appears or the case ends.
Several: an incident, since nobody may guess which one was meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from records.tables import Message
from records.unit import Unit
from tasks import access
from tasks.casefile import CaseFile, lock_case
from tasks.delivery import DELIVERED, TROUBLE, WAITS, deliver, write_message
from tasks.errors import NotOpen
from tasks.outcome import Outcome
from tasks.people import Actor


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send a message to a case. `external_id` makes a repeated sending harmless."""

    case_id: int
    name: str
    key: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message: venter, leveret or haendelse."""

    message_id: int
    status: str


def send_message(unit: Unit, actor: Actor, command: SendMessage) -> Sent:
    """Send a message to a case. Raises Refused (no relation to the case), NotOpen (closed case)."""
    file = lock_case(unit, command.case_id)
    access.require(unit, actor, file, "besked")
    assert file.case is not None
    if file.case.status != "aaben":
        raise NotOpen(f"Sag {file.case.number} er lukket.")
    if command.external_id is not None:
        known = unit.session.scalar(select(Message).where(Message.external_id == command.external_id))
        if known is not None:
            return Sent(known.id, known.status)
    outcome = Outcome(unit, actor, file)
    message = write_message(outcome, None, command.name, command.key, dict(command.data), command.external_id)
    outcome.journal("besked", f"Besked sendt: {command.name}")
    deliver(outcome, message)
    outcome.finish()
    return Sent(message.id, message.status)


def cases_with_kept(unit: Unit, names: tuple[str, ...]) -> list[tuple[int, int | None]]:
    """Return (message id, case id) of the kept messages of these names, oldest first."""
    query = (
        select(Message.id, Message.case_id)
        .where(Message.status == WAITS, Message.name.in_(names))
        .order_by(Message.id)
    )
    return [(message_id, case_id) for message_id, case_id in unit.session.execute(query)]


def retry_message(unit: Unit, actor: Actor, message_id: int) -> bool:
    """Try again to deliver a kept or troubled message, in its own case; False when it is in trouble still."""
    case_id = unit.session.scalar(select(Message.case_id).where(Message.id == message_id))
    file = lock_case(unit, case_id) if case_id is not None else CaseFile(unit)
    # Read under the lock: two who try at once must not both find it waiting.
    message = unit.session.get(Message, message_id, with_for_update=True)
    if message is None or message.status == DELIVERED:
        return True
    outcome = Outcome(unit, actor, file)
    message.status = WAITS
    deliver(outcome, message)
    outcome.finish()
    return message.status != TROUBLE
