"""Messages between procedures and from outside: one receiver, once (decisions.md "Messages").

A message matches on case, name and an optional key. No receiver: it waits until one appears or the case ends.
Several: an incident, since nobody may guess which one was meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine.profile import BY_HAND
from records.tables import Instance, Message, Receiver
from records.unit import Unit
from tasks import access
from tasks.casefile import CaseFile, lock_case
from tasks.delivery import DELIVERED, LAPSED, TROUBLE, WAITS, deliver, write_message
from tasks.errors import Invalid, NotOpen, Refused
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.procedures import diagram_of, valid_ids
from tasks.texts import required, written

WAITS_FOR = ("receiveTask", "intermediateCatchEvent", "boundaryEvent")
"""Kinds of elements that wait for a message."""

MOST = 200
"""Kept messages that are looked at together."""


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
    """Send a message to a case, as another system or its rådgiver would.

    Raises Refused (neither the case's rådgiver nor its leader, or the message has a form of its own), NotOpen
    (closed case), Invalid.
    """
    file = lock_case(unit, command.case_id)
    found = access.require(unit, actor, file, "besked")
    if not access.in_charge(unit, actor, file, found):
        raise Refused("Kun sagens rådgiver eller enhedens leder kan sende en besked til sagen.")
    assert file.case is not None
    if file.case.status != "aaben":
        raise NotOpen(f"Sag {file.case.number} er lukket.")
    name = required(command.name, "name", "Skriv beskedens navn.", 120)
    key = written(command.key, "key", 200)
    external_id = written(command.external_id, "external_id", 120)
    if external_id is not None:
        known = unit.session.scalar(select(Message).where(Message.external_id == external_id))
        if known is not None:
            if (known.case_id, known.name) != (file.case.id, name):
                raise Invalid(
                    "Nummeret er brugt til en anden besked.", {"external_id": "Giv hver besked sit nummer."}
                )
            return Sent(known.id, known.status)
    if actor.person_id is not None:
        _refuse_by_hand(unit, file.case.id, name)
    outcome = Outcome(unit, actor, file)
    message = write_message(outcome, None, name, key, dict(command.data), external_id)
    outcome.journal("besked", f"Besked sendt: {name}")
    deliver(outcome, message)
    outcome.finish()
    return Sent(message.id, message.status)


def _refuse_by_hand(unit: Unit, case_id: int, name: str) -> None:
    """Refuse a message that a person gives on the case's page, where its form and roles are checked."""
    places = unit.session.execute(
        select(Receiver.element_id, Instance.version_id)
        .join(Instance, Instance.id == Receiver.instance_id)
        .where(Receiver.case_id == case_id, Receiver.name == name)
    )
    for element_id, version_id in places:
        element = diagram_of(unit, version_id).elements[element_id]
        if any(element.properties.get(one) for one in BY_HAND):
            raise Refused(f"Beskeden gives med »{element.name}« på sagens side.")
    for _, _, version_id, _ in valid_ids(unit):
        for element in diagram_of(unit, version_id).elements.values():
            waits = element.kind in WAITS_FOR and element.message == name
            if waits and any(element.properties.get(one) for one in BY_HAND):
                raise Refused(
                    f"Ingen venter på »{element.name}« i sagen endnu. Giv den på sagens side, når nogen gør."
                )


def startable(unit: Unit, actor: Actor, command: None) -> list[int]:
    """Return the ids of kept messages that a procedure valid now would start with, oldest first."""
    names = {
        name
        for _, _, version_id, _ in valid_ids(unit)
        for name in diagram_of(unit, version_id).start_messages
    }
    if not names:
        return []
    query = select(Message.id).where(Message.status == WAITS, Message.name.in_(names)).order_by(Message.id)
    return list(unit.session.scalars(query.limit(MOST)))


@dataclass(frozen=True, slots=True)
class RetryMessage:
    """Try again to deliver a message."""

    message_id: int


def deliver_again(unit: Unit, actor: Actor, command: RetryMessage) -> bool:
    """Try again to deliver a kept or troubled message, in its own case; False when it is in trouble still.

    A message to a case that was closed meanwhile lapses. Raises EngineError.
    """
    case_id = unit.session.scalar(select(Message.case_id).where(Message.id == command.message_id))
    file = lock_case(unit, case_id) if case_id is not None else CaseFile(unit)
    # Read under the lock: two who try at once must not both find it waiting.
    message = unit.session.get(Message, command.message_id, with_for_update=True)
    if message is None or message.status in (DELIVERED, LAPSED):
        return True
    if file.case is not None and file.case.status != "aaben":
        message.status = LAPSED
        return True
    outcome = Outcome(unit, actor, file)
    message.status = WAITS
    deliver(outcome, message)
    outcome.finish()
    return message.status != TROUBLE
