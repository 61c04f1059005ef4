"""Delivering messages: one receiver, once (decisions.md "Messages").

A message matches on case, name and an optional key. No receiver: it waits until one appears or the case ends.
Several: an incident, since nobody may guess which one was meant.
"""

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine import runtime
from engine.types import ThrownMessage
from records.tables import Instance, Message, Receiver
from tasks import incidents
from tasks.beginning import begin
from tasks.procedures import diagram_of, started_by_message

if TYPE_CHECKING:
    from tasks.outcome import Outcome

WAITS, DELIVERED, TROUBLE, LAPSED = "venter", "leveret", "haendelse", "bortfaldet"


def throw(outcome: "Outcome", sender: Instance, thrown: ThrownMessage) -> None:
    """Send on a message that a diagram threw."""
    deliver(outcome, write_message(outcome, sender, thrown.name, thrown.key, thrown.payload, None))


def write_message(
    outcome: "Outcome",
    sender: Instance | None,
    name: str,
    key: str | None,
    payload: dict[str, Any],
    external: str | None,
) -> Message:
    """Write a message on the act's case, waiting. `external` is the sender's own id for it."""
    message = Message(
        case_id=outcome.file.case_id,
        name=name,
        key=key,
        payload=payload,
        external_id=external,
        sender_id=sender.id if sender is not None else None,
        actor_id=outcome.actor.person_id,
        sent_at=outcome.unit.now,
        status=WAITS,
    )
    outcome.unit.session.add(message)
    outcome.unit.session.flush()
    return message


def deliver(outcome: "Outcome", message: Message) -> None:
    """Give a message to its one receiver: a waiting place, else a procedure that it starts."""
    unit = outcome.unit
    same_case = Receiver.case_id.is_(None) if message.case_id is None else Receiver.case_id == message.case_id
    same_key = or_(Receiver.key.is_(None), Receiver.key == message.key)
    found = unit.session.scalars(
        select(Receiver).where(same_case, Receiver.name == message.name, same_key).limit(2)
    ).all()
    if len(found) > 1:
        message.status = TROUBLE
        incidents.several_receivers(unit, message)
    elif found:
        hand_over(outcome, message, found[0])
    else:
        _start_with(outcome, message)


def hand_over(outcome: "Outcome", message: Message, place: Receiver) -> None:
    """Give a message to exactly this waiting place of a running instance. Raises EngineError."""
    unit = outcome.unit
    instance = unit.session.get(Instance, place.instance_id, with_for_update=True)
    assert instance is not None
    diagram = diagram_of(unit, instance.version_id)
    snapshot, step = runtime.deliver(
        diagram,
        instance.state,
        place.engine_id,
        message.payload,
        facts=outcome.file.facts(),
        now=unit.now,
        calendar=unit.calendar,
    )
    _delivered(outcome, message, instance)
    outcome.answers = None
    outcome.apply(instance, diagram, snapshot, step)


def _start_with(outcome: "Outcome", message: Message) -> None:
    unit = outcome.unit
    found = started_by_message(unit, message.name)
    if len(found) > 1:
        message.status = TROUBLE
        incidents.several_receivers(unit, message)
        return
    if not found:
        return
    version_id, start_id = found[0]
    diagram = diagram_of(unit, version_id)
    outcome.answers = None
    instance = begin(outcome, version_id, diagram, diagram.elements[start_id], data=message.payload)
    _delivered(outcome, message, instance)


def _delivered(outcome: "Outcome", message: Message, instance: Instance) -> None:
    message.status = DELIVERED
    message.delivered_at = outcome.unit.now
    message.receiver_id = instance.id


def deliver_kept(outcome: "Outcome", instance: Instance) -> None:
    """Give messages that were kept to the places of this instance that have just begun to wait."""
    if instance.status != "igang":
        return
    unit = outcome.unit
    names = unit.session.scalars(select(Receiver.name).where(Receiver.instance_id == instance.id)).all()
    same_case = Message.case_id.is_(None) if instance.case_id is None else Message.case_id == instance.case_id
    kept = unit.session.scalars(
        select(Message)
        .where(same_case, Message.status == WAITS, Message.name.in_(set(names)))
        .order_by(Message.id)
        .limit(1)
    ).first()
    if kept is not None:
        deliver(outcome, kept)
        if kept.status == DELIVERED:
            outcome.later(lambda: deliver_kept(outcome, instance))
