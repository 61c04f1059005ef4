"""Ordering an agenda by hand: an item moves one way, what it passes moves the other; nothing ever overlaps.

An agenda is read as a row of places: each item, and each free slot. An item that is put on another place in
the row pushes what lies between by its own length, so the row is as long as before and fits the meeting.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from records.tables import Instance, MeetingItem, MeetingSlot
from records.unit import Unit
from tasks import meeting_changes as changes
from tasks.errors import Invalid, NotFound, NotOpen
from tasks.meeting_access import require_manages
from tasks.meeting_booking import BOOKED_MESSAGE, booked_payload, put_by_hand
from tasks.meeting_locked import Changed, changed, check_rev, locked_item, locked_meeting, managed, scope_on
from tasks.meeting_reckoning import reckon_anew
from tasks.meeting_slots import free_run, grown, lock_slots, needed, release, take
from tasks.meetings import BOOKED, QUEUED, TO_COME, spoken
from tasks.outcome import Outcome
from tasks.people import Actor

FIXED = "Et punkt, der er åbnet eller lukket på mødet, bliver liggende, og intet kan flyttes forbi det."


@dataclass(frozen=True, slots=True)
class PlaceItem:
    """Put an item on another place of its meeting's row of items and free slots: 0 is first."""

    meeting_id: int
    item_id: int
    place: int | None
    seen_rev: int | None = None


def place_item(unit: Unit, actor: Actor, command: PlaceItem) -> Changed:
    """Move an item in its agenda; what it passes gets other times too, and each course is told once.

    Raises Refused, NotFound, NotOpen (held, cancelled, or past an item that is dealt with), Stale, Invalid.
    """
    meeting = managed(unit, actor, command.meeting_id, command.seen_rev)
    if meeting.status not in TO_COME or meeting.slot_minutes is None:
        raise NotOpen("Dagsordenen kan ikke ændres længere.")
    slots = lock_slots(unit, meeting.id)
    items = {item.id: item for item in changes.items_of(unit, meeting.id) if item.starts_at is not None}
    item = items.get(command.item_id)
    if item is None:
        raise NotFound("Punktet står ikke på dagsordenen længere. Læs den igen.")
    row = row_of(slots)
    here = row.index(item.id)
    if command.place is None:
        raise Invalid("Pladsen kan ikke læses.", {"plads": "Vælg en plads."})
    there = min(max(command.place, 0), len(row) - 1)
    passed = row[min(here, there) : max(here, there) + 1]
    if any(items[one].status != BOOKED for one in passed if one is not None):
        raise NotOpen(FIXED)
    row.insert(there, row.pop(here))
    _lay(unit, items, slots, row, meeting.slot_minutes)
    meeting.rev += 1
    return changed(unit, meeting, item)


def row_of(slots: Sequence[MeetingSlot]) -> list[int | None]:
    """Return what lies on a meeting's slots in their order: an item once, and None for each free slot."""
    row: list[int | None] = []
    for slot in slots:
        if slot.item_id is None or slot.item_id not in row:
            row.append(slot.item_id)
    return row


def _lay(
    unit: Unit,
    items: dict[int, MeetingItem],
    slots: Sequence[MeetingSlot],
    row: Sequence[int | None],
    slot_minutes: int,
) -> None:
    before = {item.id: item.starts_at for item in items.values()}
    first, places = 1, {}
    for one in row:
        number = 1 if one is None else sum(slot.item_id == one for slot in slots)
        if one is not None:
            places[one] = (first, number)
        first += number
    changing = [item for item in items.values() if item.id in places]
    changing = [item for item in changing if slots[places[item.id][0] - 1].starts_at != item.starts_at]
    for item in changing:
        release(unit, item)
    for item in changing:
        take(unit, item, slots, *places[item.id])
    moved = [item for item in changing if item.starts_at != before[item.id]]
    for item in moved:
        item.rev += 1
    changes.tell_later(unit, [item.instance_id for item in moved], changes.MOVED)


@dataclass(frozen=True, slots=True)
class ChangeLength:
    """Give an item another length in minutes, at its own meeting."""

    item_id: int
    minutes: int | None
    seen_rev: int | None = None
    """The meeting's revision."""


def change_length(unit: Unit, actor: Actor, command: ChangeLength) -> Changed:
    """Make an item longer or shorter (FF-18, FF-37); it keeps its start where it can.

    Raises Refused, NotFound, NotOpen, Stale, Invalid when the meeting has no adjacent places for it.
    """
    item, instance, file = locked_item(unit, command.item_id)
    meeting = locked_meeting(unit, item.meeting_id)
    require_manages(scope_on(unit, actor, meeting), meeting)
    check_rev(meeting, command.seen_rev)
    if item.status != BOOKED or meeting.status not in TO_COME or meeting.slot_minutes is None:
        raise NotOpen("Punktet eller mødet kan ikke ændres længere.")
    longest = 2 * meeting.slot_minutes
    if command.minutes not in (meeting.slot_minutes, longest):
        text = f"Vælg {meeting.slot_minutes} eller {longest} minutter."
        raise Invalid(text, {"laengde": text})
    slots = lock_slots(unit, meeting.id)
    number = needed(command.minutes, meeting.slot_minutes)
    own = [one.slot for one in slots if one.item_id == item.id]
    first = own[0] if len(own) >= number else grown(slots, number, item.id)
    if first is None:
        first = free_run(slots, number, item.id)
    if first is None:
        raise Invalid(
            f"Der er ikke {number} ledige pladser ved siden af hinanden på dette møde. "
            "Flyt et andet punkt først, eller flyt punktet til et andet møde.",
            {"laengde": "Der er ikke plads."},
        )
    before = item.starts_at
    item.minutes = command.minutes
    take(unit, item, slots, first, number)
    item.rev += 1
    meeting.rev += 1
    if item.starts_at != before:
        outcome = Outcome(unit, actor, file)
        unit.session.flush()
        changes.follow_up(outcome, instance, changes.MOVED)
        outcome.finish()
    return changed(unit, meeting, item)


@dataclass(frozen=True, slots=True)
class BookItem:
    """Put a case that waits for a time on a meeting, also after its limit for material; `slot` is its first,
    None the first place where it fits."""

    meeting_id: int
    item_id: int
    slot: int | None = None
    seen_rev: int | None = None


def book_item(unit: Unit, actor: Actor, command: BookItem) -> Changed:
    """Book a waiting case by hand; its course is told its time as when it is found by itself (FF-36).

    Raises Refused, NotFound, NotOpen (it has a time already), Stale, Invalid (no room).
    """
    item, instance, file = locked_item(unit, command.item_id, queued=True)
    meeting = locked_meeting(unit, command.meeting_id)
    require_manages(scope_on(unit, actor, meeting), meeting)
    check_rev(meeting, command.seen_rev)
    if item.status != QUEUED or meeting.status not in TO_COME or meeting.slot_minutes is None:
        raise NotOpen("Sagen har fået en tid, eller mødet kan ikke ændres længere.")
    if item.kind != meeting.kind:
        raise Invalid("Sagen venter på en anden slags møde.", {"moede": "Vælg et andet møde."})
    first = command.slot or free_run(lock_slots(unit, meeting.id), needed(item.minutes, meeting.slot_minutes))
    if first is None:
        raise Invalid(
            f"Der er ikke plads til {item.minutes} minutter på dette møde.", {"tid": "Vælg et andet møde."}
        )
    put_by_hand(unit, item, meeting, first)
    meeting.rev += 1
    outcome = Outcome(unit, actor, file)
    unit.session.flush()
    _tell_booked(outcome, instance, item)
    outcome.finish()
    return changed(unit, meeting, item)


def _tell_booked(outcome: Outcome, instance: Instance, item: MeetingItem) -> None:
    assert item.starts_at is not None
    outcome.journal("moede", f"Tid på møde: {spoken(item.starts_at)}", instance)
    outcome.address(BOOKED_MESSAGE, instance, booked_payload(outcome.unit, item, False, ""))
    reckon_anew(outcome, instance)
