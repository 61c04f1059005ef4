"""Meetings made, moved, cancelled and held, and what follows in the courses that depend on them, once.

Whoever changes a meeting changes its rows only. Every course that depends on it is called up by a timer of
its own (kind `moede`), fired under the lock of its own case: there its waiting timers and deadlines are
reckoned anew, and it gets the message that the diagram may wait for. So a meeting with eight cases never
needs eight locks, a case that cannot go on stops none of the others, and each is told exactly once.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import workdays
from records.tables import Instance, Meeting, MeetingItem, Timer
from records.unit import Unit
from tasks.errors import Invalid, NotOpen, Taken
from tasks.meeting_limit import material_limit
from tasks.meeting_people import invite_again
from tasks.meeting_reckoning import reckon_anew
from tasks.meeting_slots import make_slots, release, retime
from tasks.meeting_times import correct_time, note_time
from tasks.meetings import (
    CANCELLED,
    CLOSED,
    HELD,
    LIVE,
    OPEN,
    PUT_OFF,
    QUEUED,
    RELEASED,
    TO_COME,
    Place,
    kind_name,
    local_text,
    newest_meeting,
    place_of,
    spoken,
)
from tasks.people import Actor

if TYPE_CHECKING:
    from tasks.outcome import Outcome

KIND = "moede"
"""Timers of this kind call a course up because of a meeting; their `element_id` is the message."""

MOVED, CANCELLED_MESSAGE, PUT_OFF_MESSAGE = "moede_flyttet", "moede_aflyst", "punkt_udsat"
OPENED_MESSAGE, ALL_CLOSED = "punkt_aabnet", "punkter_lukket"
OFFER = "tilbyd"
"""What a case in the queue is called up for: room may have come."""


# -- the meeting itself --------------------------------------------------------------------------------------


def make_meeting(unit: Unit, actor: Actor, **fields: Any) -> Meeting:
    """Make a meeting and its slots. Raises Invalid when it ends before it begins, Taken when its kind has a
    meeting with slots on that day already: the database lets nobody make the second."""
    meeting = Meeting(
        **fields,
        on_date=workdays.local(fields["starts_at"]).date(),
        created_at=unit.now,
        created_by_id=actor.person_id,
    )
    _check(unit, meeting)
    unit.session.add(meeting)
    unit.session.flush()
    make_slots(unit, meeting)
    note_time(unit, meeting)
    meeting.material_due_at = material_limit(unit, meeting)
    return meeting


def _check(unit: Unit, meeting: Meeting) -> None:
    if meeting.ends_at <= meeting.starts_at or workdays.local(meeting.ends_at).date() != meeting.on_date:
        raise Invalid("Mødet skal slutte samme dag, efter det er begyndt.", {"slut": "Ret sluttidspunktet."})
    if meeting.slot_minutes is None:
        return
    with unit.session.no_autoflush:
        other = unit.session.scalar(
            select(Meeting.id).where(
                Meeting.kind == meeting.kind,
                Meeting.on_date == meeting.on_date,
                Meeting.slot_minutes.is_not(None),
                Meeting.status != CANCELLED,
                Meeting.id.is_distinct_from(meeting.id),
            )
        )
    if other is not None:
        day = workdays.spoken_day(meeting.on_date)
        text = f"{kind_name(meeting.kind)} har allerede et møde {day}. Brug det, eller vælg en anden dag."
        raise Taken(text, {"dato": text})


def change_meeting(
    unit: Unit, meeting: Meeting, values: dict[str, Any], *, by_instance: int | None = None
) -> bool:
    """Give a meeting that is still to come other values; return whether its time or place changed.

    Its limit for material is reckoned anew, and the queue is offered what room it has then. Its items go
    along; those that no longer fit are put off. The courses that depend on it are called up, except
    `by_instance`, which is at it itself. Raises NotOpen, Invalid, Taken (another one has the day).
    """
    if meeting.status not in TO_COME:
        raise NotOpen(f"Mødet er {meeting.status} og kan ikke flyttes.")
    before = (meeting.starts_at, meeting.ends_at, meeting.place, meeting.link)
    for name, value in values.items():
        setattr(meeting, name, value)
    meeting.on_date = workdays.local(meeting.starts_at).date()
    _check(unit, meeting)
    if before == (meeting.starts_at, meeting.ends_at, meeting.place, meeting.link):
        return False
    meeting.moved += 1
    meeting.rev += 1
    same_time = before[:2] == (meeting.starts_at, meeting.ends_at)
    if same_time and meeting.called_at is None:
        correct_time(unit, meeting)  # nobody has been told of the place that it had
    else:
        note_time(unit, meeting)
    if not same_time:
        unit.session.flush()
        meeting.material_due_at = material_limit(unit, meeting)
        for item in retime(unit, meeting):
            _put_off(item, "Mødet er blevet kortere, og der er ikke plads til punktet.")
            tell_later(unit, [item.instance_id], PUT_OFF_MESSAGE)
        tell_later(unit, _courses(unit, meeting, by_instance), MOVED)
        if meeting.slot_minutes is not None:
            offer_room(unit, meeting.kind)  # it may have become longer, or its limit be open again
    return True


def cancel_meeting(unit: Unit, meeting: Meeting, reason: str, *, by_instance: int | None = None) -> None:
    """Cancel a meeting: every case on its agenda is put off, keeping its material. Raises NotOpen."""
    if meeting.status not in TO_COME:
        raise NotOpen(f"Mødet er {meeting.status} og kan ikke aflyses.")
    meeting.status, meeting.cancel_reason = CANCELLED, reason
    meeting.rev += 1
    if by_instance != meeting.instance_id and meeting.instance_id is not None:
        tell_later(unit, [meeting.instance_id], CANCELLED_MESSAGE)
    items = unit.session.scalars(
        select(MeetingItem).where(MeetingItem.meeting_id == meeting.id, MeetingItem.status.in_(LIVE))
    ).all()
    for item in items:
        release(unit, item)
        _put_off(item, f"Mødet er aflyst: {reason}")
    tell_later(unit, [item.instance_id for item in items], PUT_OFF_MESSAGE)


def _put_off(item: MeetingItem, reason: str) -> None:
    item.status, item.reason = PUT_OFF, reason
    item.starts_at = item.ends_at = None
    item.rev += 1


def hold_meeting(unit: Unit, meeting: Meeting) -> None:
    """Note that a meeting has been held. Raises Invalid while an item is still to be taken up (P05 M7)."""
    if meeting.status not in TO_COME:
        raise NotOpen(f"Mødet er {meeting.status}.")
    left = [item for item in items_of(unit, meeting.id) if item.status in LIVE]
    if left:
        number = "1 punkt er" if len(left) == 1 else f"{len(left)} punkter er"
        raise Invalid(f"{number} ikke lukket. Luk eller udsæt alle punkter, før mødet afsluttes.")
    meeting.status, meeting.held_at = HELD, unit.now
    meeting.rev += 1


def items_of(unit: Unit, meeting_id: int) -> list[MeetingItem]:
    """Return a meeting's items in the order of their times; those taken off it last."""
    unit.session.flush()
    found = unit.session.scalars(select(MeetingItem).where(MeetingItem.meeting_id == meeting_id)).all()
    return in_order(found)


def in_order(items: Iterable[MeetingItem]) -> list[MeetingItem]:
    """Return items in the order of their times; those without one last."""
    return sorted(items, key=lambda one: (one.starts_at is None, one.starts_at or one.requested_at, one.id))


def put_off_item(outcome: "Outcome", instance: Instance, item: MeetingItem, reason: str) -> None:
    """Take an item off its meeting and let its course find it another time: the act of its own case."""
    release(outcome.unit, item)
    _put_off(item, reason)
    nothing_left(outcome.unit, item.meeting_id)
    outcome.journal("moede", f"Punktet er udsat: {reason}", instance)
    outcome.address(PUT_OFF_MESSAGE, instance, {"begrundelse": reason})


def open_item(outcome: "Outcome", instance: Instance, item: MeetingItem) -> None:
    """Open an item at the meeting: its course goes on with `punkt_aabnet` (P05 M6)."""
    item.status, item.opened_at = OPEN, outcome.unit.now
    item.rev += 1
    outcome.journal("moede", "Punktet er åbnet på mødet", instance)
    outcome.address(OPENED_MESSAGE, instance, {})


def close_item(
    outcome: "Outcome", instance: Instance, item: MeetingItem, decision: str | None, *, again: bool = False
) -> None:
    """Close an item; when it was the meeting's last, the meeting's own course is told.

    `again`: it was opened and put off, so its course will book another time and keep its material.
    """
    unit = outcome.unit
    item.status, item.closed_at, item.decision = PUT_OFF if again else CLOSED, unit.now, decision
    item.rev += 1
    if again:
        release(unit, item)
    outcome.journal("moede", "Punktet er udsat på mødet" if again else "Punktet er lukket på mødet", instance)
    nothing_left(unit, item.meeting_id)


def nothing_left(unit: Unit, meeting_id: int | None) -> None:
    """Tell a meeting's course when the last item that was to be taken up is gone, and some have been: before
    anything was taken up, an empty agenda is no end."""
    meeting = unit.session.get(Meeting, meeting_id) if meeting_id is not None else None
    if meeting is None or meeting.instance_id is None or meeting.status not in TO_COME:
        return
    items = items_of(unit, meeting.id)
    if any(one.closed_at is not None for one in items) and not any(one.status in LIVE for one in items):
        tell_later(unit, [meeting.instance_id], ALL_CLOSED)


# -- what follows in the courses -----------------------------------------------------------------------------


def tell_later(unit: Unit, instance_ids: Iterable[int], message: str) -> None:
    """Call these courses up, each in a transaction of its own, in this order, once this one is saved."""
    unit.session.flush()
    rows = [
        {
            "instance_id": instance_id,
            "kind": KIND,
            "engine_id": None,
            "task_id": None,
            "element_id": message,
            "due_at": unit.now,
            "attempts": 0,
        }
        for instance_id in instance_ids
    ]
    unit.insert_many(Timer, rows)


def offer_room(unit: Unit, kind: str) -> None:
    """Call up the cases that wait for a meeting of a kind, in order of receipt (FF-39)."""
    query = (
        select(MeetingItem.instance_id)
        .where(MeetingItem.kind == kind, MeetingItem.status == QUEUED)
        .order_by(MeetingItem.requested_at, MeetingItem.id)
    )
    tell_later(unit, list(unit.session.scalars(query)), OFFER)


def _courses(unit: Unit, meeting: Meeting, but: int | None) -> list[int]:
    found = [meeting.instance_id] if meeting.instance_id not in (None, but) else []
    found += [item.instance_id for item in items_of(unit, meeting.id) if item.status in LIVE]
    return [one for one in found if one is not None]


def follow_up(outcome: "Outcome", instance: Instance, message: str) -> None:
    """Do in one course what a change of its meeting means; fired under the lock of its case."""
    from tasks.meeting_booking import live_item, settle  # it calls us up

    if instance.status != "igang":
        return
    if message == OFFER:
        item = live_item(outcome.unit, instance.id)
        if item is not None and item.meeting_id is None:
            settle(outcome, instance, item)
            reckon_anew(outcome, instance)
        return
    place = place_of(outcome.unit, instance)
    if message == MOVED and place is not None and place.starts_at is not None:
        outcome.journal("moede", f"Mødet er flyttet til {spoken(place.starts_at)}", instance)
        invite_again(outcome.unit, place)
    reckon_anew(outcome, instance)
    outcome.address(message, instance, _payload(outcome.unit, instance, place, message))


def _payload(unit: Unit, instance: Instance, place: Place | None, message: str) -> dict[str, Any]:
    if message == PUT_OFF_MESSAGE:
        put_off = unit.session.scalar(
            select(MeetingItem)
            .where(MeetingItem.instance_id == instance.id)
            .order_by(MeetingItem.id.desc())
            .limit(1)
        )
        return {"begrundelse": put_off.reason if put_off is not None else None}
    if place is None or place.meeting is None:
        return {}
    if message == CANCELLED_MESSAGE:
        return {"begrundelse": place.meeting.cancel_reason}
    starts = place.starts_at or place.meeting.starts_at
    return {"dato": place.meeting.on_date.isoformat(), "start": local_text(starts)}


def course_over(outcome: "Outcome", instance: Instance, why: str, *, cancelled: bool) -> None:
    """Take what a course had before it off the agendas: its item, and when it was cancelled its meeting."""
    from tasks.meeting_booking import live_item, take_off

    unit = outcome.unit
    item = live_item(unit, instance.id)
    if item is not None:
        take_off(outcome, instance, item, RELEASED, why)
    meeting = newest_meeting(unit, instance.id) if cancelled else None
    if meeting is not None and meeting.status in TO_COME:
        cancel_meeting(unit, meeting, why, by_instance=instance.id)
