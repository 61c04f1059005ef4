"""Delivering messages: one receiver, once (decisions.md "Messages").

A message matches on case, name and an optional key. Without a case only the course that sent it can be meant,
or one that waits for this very key. No receiver: it waits until one appears or the case ends. Several: an
incident, since nobody may guess which one was meant.
"""

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, or_, select
from sqlalchemy.sql.elements import ColumnElement

from engine import runtime
from engine.types import ThrownMessage
from records.tables import Instance, Message, Receiver
from tasks import incidents
from tasks.beginning import begin_by_message, check_condition
from tasks.casefile import CaseFile
from tasks.errors import Refused
from tasks.meetings import live_facts
from tasks.procedures import diagram_of, needs_case, started_by_message

if TYPE_CHECKING:
    from tasks.outcome import Outcome

ONLY_IF_AWAITED = ("moede_flyttet", "moede_aflyst", "punkter_lukket")
"""Messages about a meeting that mean nothing later: a course that does not wait for them now does without."""

WAITS, DELIVERED, TROUBLE, LAPSED = "venter", "leveret", "haendelse", "bortfaldet"


def throw(outcome: "Outcome", sender: Instance, thrown: ThrownMessage) -> None:
    """Send on a message that a diagram threw."""
    deliver(outcome, write_message(outcome, sender, thrown.name, thrown.key, thrown.payload, None))


def to_course(outcome: "Outcome", course: Instance, name: str, payload: dict[str, Any]) -> None:
    """Send a message from the platform to one course: what happened to its meeting.

    It waits until that course waits for it, except for those that mean nothing later (ONLY_IF_AWAITED).
    """
    if course.status != "igang":
        return
    unit = outcome.unit
    awaited = unit.session.scalar(
        select(Receiver.id).where(Receiver.instance_id == course.id, Receiver.name == name).limit(1)
    )
    if awaited is None and name in ONLY_IF_AWAITED:
        return
    message = write_message(outcome, None, name, None, payload, None)
    message.receiver_id = course.id
    unit.session.flush()
    deliver(outcome, message)


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
    """Give a message to its one receiver: a waiting place, else a procedure that it starts.

    A receiver that fails (its procedure, a rule, an effect) does not undo the sender's act: the message is in
    trouble then and its incident, with the receiver's owner, is where it is tried again.
    """
    unit = outcome.unit
    found = unit.session.scalars(
        select(Receiver).where(Receiver.name == message.name, _meant(message)).limit(2)
    ).all()
    if len(found) > 1:
        message.status = TROUBLE
        incidents.several_receivers(unit, message)
    elif found:
        place = found[0]
        version_id = unit.session.scalar(select(Instance.version_id).where(Instance.id == place.instance_id))
        error = outcome.attempt(lambda: hand_over(outcome, message, place))
        if error is not None:
            message.status = TROUBLE
            incidents.undelivered(unit, message, version_id, error.message)
    elif message.receiver_id is None:
        _start_with(outcome, message)


def _meant(message: Message) -> ColumnElement[bool]:
    if message.receiver_id is not None:  # the platform means this course and no other
        return Receiver.instance_id == message.receiver_id
    same_key = Receiver.key == message.key if message.key is not None else false()
    if message.case_id is not None:
        return and_(Receiver.case_id == message.case_id, or_(Receiver.key.is_(None), same_key))
    own = and_(Receiver.instance_id == message.sender_id, Receiver.key.is_(None))
    return and_(Receiver.case_id.is_(None), or_(own, same_key))


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
        facts={**outcome.file.facts(), **live_facts(unit, diagram, instance)},
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

    def start() -> None:
        if outcome.file.case is None and needs_case(diagram):
            raise Refused(f"{diagram.name} hører til en sag, og beskeden er sendt uden for en sag.")
        check_condition(unit, diagram, outcome.file, message.payload)
        _delivered(
            outcome, message, begin_by_message(outcome, version_id, diagram, start_id, message.payload)
        )

    sender = outcome.file
    element = diagram.elements[start_id]
    if element.properties.get("uden_sag", "").strip() == "ja":
        outcome.file = CaseFile(unit)  # nobody is led into the sender's case, nor the sender into theirs
    try:
        error = outcome.attempt(start)
    finally:
        outcome.file = sender
        outcome.answers = None
    if error is not None:
        message.status = TROUBLE
        incidents.start_refused(unit, message, version_id, diagram.name, error.message)


def _delivered(outcome: "Outcome", message: Message, instance: Instance) -> None:
    message.status = DELIVERED
    message.delivered_at = outcome.unit.now
    message.receiver_id = instance.id


def deliver_kept(outcome: "Outcome", instance: Instance) -> None:
    """Give messages that were kept to the places of this instance that have just begun to wait."""
    if instance.status != "igang":
        return
    unit = outcome.unit
    places = unit.session.scalars(select(Receiver).where(Receiver.instance_id == instance.id)).all()
    same_case = Message.case_id.is_(None) if instance.case_id is None else Message.case_id == instance.case_id
    kept = unit.session.scalars(
        select(Message)
        .where(same_case, Message.status == WAITS, Message.name.in_({place.name for place in places}))
        .order_by(Message.id)
    )
    for message in kept:
        if any(_fits(message, place) for place in places):
            deliver(outcome, message)
            # It may have moved the instance on, so the next one finds its places anew.
            outcome.later(lambda: deliver_kept(outcome, instance))
            return


def _fits(message: Message, place: Receiver) -> bool:
    if message.name != place.name:
        return False
    if message.receiver_id is not None:
        return message.receiver_id == place.instance_id
    if place.key is not None:
        return place.key == message.key
    return message.case_id is not None or message.sender_id == place.instance_id
