"""Booking a case's item at a meeting with slots: first fit, by receipt, never overbooked (FF-36..39)."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from records.tables import Instance, Meeting, MeetingItem
from records.unit import Unit
from tasks.casefile import CaseFile
from tasks.errors import Invalid
from tasks.meeting_changes import nothing_left, offer_room
from tasks.meeting_people import office_person
from tasks.meeting_slots import free_run, grown, lock_slots, may_take, needed, release, take
from tasks.meetings import BOOKED, LIVE, OPEN, PUT_OFF, QUEUED, TO_COME, local_text, spoken

if TYPE_CHECKING:
    from tasks.outcome import Outcome

NEIGHBOUR_TAKEN = "Sagen skal have en længere tid, og pladsen ved siden af er optaget."
"""Why an item that grew had to get another time (FF-18)."""

BOOKED_MESSAGE = "tid_tildelt"


def live_item(unit: Unit, instance_id: int) -> MeetingItem | None:
    """Return the item of a course that is still to be taken up."""
    return unit.session.scalar(
        select(MeetingItem).where(MeetingItem.instance_id == instance_id, MeetingItem.status.in_(LIVE))
    )


def _put_off_item(unit: Unit, instance_id: int) -> MeetingItem | None:
    """Return the item that was put off last, when nothing else has become of it since."""
    newest = unit.session.scalar(
        select(MeetingItem)
        .where(MeetingItem.instance_id == instance_id)
        .order_by(MeetingItem.id.desc())
        .limit(1)
    )
    return newest if newest is not None and newest.status == PUT_OFF else None


def book(
    outcome: "Outcome",
    instance: Instance,
    kind: str,
    earliest: date,
    minutes: int,
    family: bool | None,
    child: bool | None,
) -> MeetingItem:
    """Give a course a time at the first meeting of a kind with room, or a place in the queue for one.

    Asked again, the time it has is kept when it will still do. `earliest` is a local day. Raises Invalid when
    the item is being taken up already.
    """
    unit = outcome.unit
    item = live_item(unit, instance.id) or _put_off_item(unit, instance.id)
    if item is None:
        item = MeetingItem(
            kind=kind,
            case_id=instance.case_id,
            instance_id=instance.id,
            status=QUEUED,
            minutes=minutes,
            not_before=earliest,
            requested_at=unit.now,
        )
        unit.session.add(item)
    elif item.status == OPEN:
        raise Invalid("Punktet er åbnet på mødet og kan ikke få en anden tid.")
    if item.status == PUT_OFF:  # the material that was handed in stays accepted (processes.md 5, rule 4)
        item.status, item.meeting_id, item.requested_at = QUEUED, None, unit.now
        item.opened_at = item.closed_at = item.family_left_at = item.decision = None
    item.kind, item.minutes, item.not_before = kind, minutes, earliest
    item.family_invited = item.family_invited if family is None else family
    item.child_invited = item.child_invited if child is None else child
    appoint(unit, outcome.file, item)
    unit.session.flush()
    settle(outcome, instance, item)
    return item


def appoint(unit: Unit, file: CaseFile, item: MeetingItem) -> None:
    """Let the case's kontorleder chair the item, its field's consultant take the minutes (FF-23, FF-24)."""
    item.chair_id = office_person(unit, file, "kontorleder")
    item.consultant_id = office_person(unit, file, "socialfaglig_konsulent")


def settle(outcome: "Outcome", instance: Instance, item: MeetingItem) -> None:
    """Find the item its time and tell its course: at once when it has one, else when there is room."""
    unit = outcome.unit
    before = item.starts_at
    why = find_time(unit, item)
    if item.status == QUEUED:
        outcome.journal("moede", "Venter på en tid: der er ikke plads på et møde endnu", instance)
        return
    assert item.starts_at is not None
    if before != item.starts_at:
        _agenda_changed(unit, item)
    moved = before is not None and before != item.starts_at
    if moved and why:
        item.reason = why
    if before != item.starts_at:
        text = "Tid på mødet flyttet til" if moved else "Tid på møde:"
        outcome.journal("moede", f"{text} {spoken(item.starts_at)}{f'. {why}' if why else ''}", instance)
    outcome.address(BOOKED_MESSAGE, instance, booked_payload(unit, item, moved, why))


def _agenda_changed(unit: Unit, item: MeetingItem) -> None:
    """Give the meeting another revision: who ordered its agenda must look again. Counted by the database,
    since several may book at once."""
    unit.session.flush()
    unit.session.execute(
        update(Meeting)
        .where(Meeting.id == item.meeting_id)
        .values(rev=Meeting.rev + 1)
        .execution_options(synchronize_session="fetch")
    )


def booked_payload(unit: Unit, item: MeetingItem, moved: bool, why: str) -> dict[str, object]:
    """Return what the message tid_tildelt carries."""
    meeting = unit.session.get_one(Meeting, item.meeting_id)
    assert item.starts_at is not None
    assert item.ends_at is not None
    return {
        "dato": meeting.on_date.isoformat(),
        "start": local_text(item.starts_at),
        "slut": local_text(item.ends_at),
        "laengde": item.minutes,
        "flyttet": moved,
        "begrundelse": why or None,
    }


def find_time(unit: Unit, item: MeetingItem) -> str:
    """Keep, grow, or find anew the item's place; return why it lost the one it had, empty when it did not.

    The meeting it has is tried before later ones. Without room anywhere it goes into the queue.
    """
    why = ""
    held = unit.session.get(Meeting, item.meeting_id) if item.meeting_id is not None else None
    if held is not None and _bookable_day(held, item):
        slots = lock_slots(unit, held.id)
        number = needed(item.minutes, held.slot_minutes or item.minutes)
        own = [one.slot for one in slots if one.item_id == item.id]
        if own and len(own) >= number:
            take(unit, item, slots, own[0], number)
            return ""
        first = grown(slots, number, item.id)
        if first is not None:
            take(unit, item, slots, first, number)
            return ""
        why = NEIGHBOUR_TAKEN if own else ""
        first = free_run(slots, number, item.id)
        if first is not None:
            take(unit, item, slots, first, number)
            return why
    for meeting in candidates(unit, item):
        slots = lock_slots(unit, meeting.id)
        number = needed(item.minutes, meeting.slot_minutes or item.minutes)
        first = free_run(slots, number, item.id)
        if first is not None and meeting.status in TO_COME:
            take(unit, item, slots, first, number)
            item.status = BOOKED
            item.rev += 1
            return why
    release(unit, item)
    item.status, item.meeting_id, item.starts_at, item.ends_at = QUEUED, None, None, None
    return why


def _bookable_day(meeting: Meeting, item: MeetingItem) -> bool:
    return meeting.status in TO_COME and meeting.on_date >= item.not_before


def candidates(unit: Unit, item: MeetingItem) -> list[Meeting]:
    """Return the meetings that an item may be booked on, the first first: on or after its day, still to come,
    and with the limit for material open."""
    query = (
        select(Meeting)
        .where(
            Meeting.kind == item.kind,
            Meeting.slot_minutes.is_not(None),
            Meeting.status.in_(TO_COME),
            Meeting.on_date >= item.not_before,
            Meeting.starts_at > unit.now,
            or_(Meeting.material_due_at.is_(None), Meeting.material_due_at > unit.now),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return list(unit.session.scalars(query))


def take_off(outcome: "Outcome", instance: Instance, item: MeetingItem, status: str, reason: str) -> None:
    """Take an item off the agenda; its slots are offered to the queue (FF-33)."""
    unit = outcome.unit
    release(unit, item)
    item.status, item.reason = status, reason
    item.starts_at = item.ends_at = None
    item.rev += 1
    outcome.journal("moede", f"Taget af dagsordenen: {reason}", instance)
    offer_room(unit, item.kind)
    nothing_left(unit, item.meeting_id)


def put_by_hand(unit: Unit, item: MeetingItem, meeting: Meeting, first: int) -> None:
    """Give an item the time that somebody chose. Raises Invalid when it is taken or goes past the end."""
    slots = lock_slots(unit, meeting.id)
    number = needed(item.minutes, meeting.slot_minutes or item.minutes)
    if not may_take(slots, first, number, item.id):
        raise Invalid(
            "Tiden er optaget, eller punktet når ud over mødets slut. Vælg en anden tid.",
            {"tid": "Vælg en ledig tid."},
        )
    take(unit, item, slots, first, number)
    item.status = BOOKED
    item.rev += 1
