"""What people do with meetings on the agenda page and over the API; the same rules for both.

Every command carries the revision that the actor has seen (`seen_rev`, None: whatever it is now): of the
meeting, or of the item where the command names one. A meeting's rows are changed here; what follows in the
courses of its cases happens in `meeting_changes.follow_up`, once each.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from records.tables import Instance
from records.unit import Unit
from tasks import meeting_changes as changes
from tasks.casefile import CaseFile
from tasks.errors import Invalid, NotOpen
from tasks.meeting_access import require_manages
from tasks.meeting_booking import put_by_hand
from tasks.meeting_locked import (
    Changed,
    changed,
    check_rev,
    locked_item,
    locked_meeting,
    managed,
    require_runs,
    scope_on,
)
from tasks.meeting_slots import lock_slots, needed, release, take
from tasks.meetings import BOOKED, LIVE, OPEN, TO_COME, spoken
from tasks.outcome import Outcome
from tasks.people import Actor, today
from tasks.texts import reason_of


@dataclass(frozen=True, slots=True)
class MoveMeeting:
    """Give a meeting another time, place or link; None leaves it as it is. Instants are aware."""

    meeting_id: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str | None = None
    link: str | None = None
    seen_rev: int | None = None


def move_meeting(unit: Unit, actor: Actor, command: MoveMeeting) -> Changed:
    """Move a meeting, or correct its place or link; a longer or shorter one keeps what still fits.

    Raises Refused, NotFound, NotOpen, Stale, Invalid.
    """
    meeting = managed(unit, actor, command.meeting_id, command.seen_rev)
    values: dict[str, Any] = {}
    if command.starts_at is not None:
        values["starts_at"] = command.starts_at
        if command.ends_at is None:
            values["ends_at"] = command.starts_at + (meeting.ends_at - meeting.starts_at)
    if command.ends_at is not None:
        values["ends_at"] = command.ends_at
    for name, value in (("place", command.place), ("link", command.link)):
        if value is not None:
            values[name] = value.strip()[:400] or None
    if values.get("starts_at", meeting.starts_at) <= unit.now:
        raise Invalid("Et møde kan ikke flyttes til et tidspunkt, der er passeret.", {"start": "Ret tiden."})
    changes.change_meeting(unit, meeting, values)
    return changed(unit, meeting)


@dataclass(frozen=True, slots=True)
class CancelMeeting:
    """Cancel a meeting."""

    meeting_id: int
    reason: str
    seen_rev: int | None = None


def cancel_meeting(unit: Unit, actor: Actor, command: CancelMeeting) -> Changed:
    """Cancel a meeting: each of its cases is told, keeps its material and finds another time (P05).

    Raises Refused, NotFound, NotOpen, Stale, Invalid (no reason).
    """
    meeting = managed(unit, actor, command.meeting_id, command.seen_rev)
    changes.cancel_meeting(unit, meeting, reason_of(command.reason))
    return changed(unit, meeting)


# -- the agenda ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoveItem:
    """Give an item another slot (its first), at its own meeting or at another one."""

    item_id: int
    slot: int
    meeting_id: int | None = None
    seen_rev: int | None = None


def move_item(unit: Unit, actor: Actor, command: MoveItem) -> Changed:
    """Move an item by hand; it never overlaps another and never goes past the end (FF-18, FF-39).

    Raises Refused, NotFound, NotOpen, Stale, Invalid (the slot is taken).
    """
    item, instance, file = locked_item(unit, command.item_id)
    here = locked_meeting(unit, item.meeting_id)
    require_manages(scope_on(unit, actor, here), here)
    check_rev(item, command.seen_rev)
    there = here if command.meeting_id in (None, here.id) else locked_meeting(unit, command.meeting_id)
    if there is not here:
        require_manages(scope_on(unit, actor, there), there)
    if item.status != BOOKED or there.status not in TO_COME or there.slot_minutes is None:
        raise NotOpen("Punktet eller mødet kan ikke ændres længere.")
    if there.kind != item.kind:
        raise Invalid("Punktet hører til en anden slags møde.", {"moede": "Vælg et andet møde."})
    before = item.starts_at
    put_by_hand(unit, item, there, command.slot)
    here.rev += 1
    if there is not here:
        there.rev += 1
        changes.nothing_left(unit, here.id)
    if item.starts_at != before:
        _follow(unit, actor, file, instance)
    return changed(unit, there, item)


@dataclass(frozen=True, slots=True)
class OrderItems:
    """Take up a meeting's items in this order, one after the other from the start."""

    meeting_id: int
    item_ids: tuple[int, ...]
    seen_rev: int | None = None


def order_items(unit: Unit, actor: Actor, command: OrderItems) -> Changed:
    """Order an agenda by hand: the items get new times in this order, without gaps and without overlap.

    Raises Refused, NotFound, NotOpen, Stale, Invalid unless each item that is to come is named once.
    """
    meeting = managed(unit, actor, command.meeting_id, command.seen_rev)
    if meeting.status not in TO_COME or meeting.slot_minutes is None:
        raise NotOpen("Dagsordenen kan ikke ændres længere.")
    slots = lock_slots(unit, meeting.id)
    items = {item.id: item for item in changes.items_of(unit, meeting.id) if item.status in LIVE}
    if sorted(command.item_ids) != sorted(items):
        raise Invalid("Rækkefølgen skal nævne hvert punkt én gang. Læs dagsordenen igen.")
    if any(item.status == OPEN for item in items.values()):
        raise NotOpen("Et punkt er åbnet på mødet. Rækkefølgen kan ikke ændres nu.")
    before = {item.id: item.starts_at for item in items.values()}
    for item in items.values():
        release(unit, item)
    first = 1
    for item_id in command.item_ids:
        number = needed(items[item_id].minutes, meeting.slot_minutes)
        take(unit, items[item_id], slots, first, number)
        first += number
    moved = [item for item in items.values() if item.starts_at != before[item.id]]
    for item in moved:
        item.rev += 1
    changes.tell_later(unit, [item.instance_id for item in moved], changes.MOVED)
    meeting.rev += 1
    return changed(unit, meeting)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Open an item at the meeting."""

    item_id: int
    seen_rev: int | None = None


def open_item(unit: Unit, actor: Actor, command: OpenItem) -> Changed:
    """Open an item on the day of its meeting: its own chair does, or administration (FF-23).

    Raises Refused, NotFound, NotOpen (another item is open, or it is not the day), Stale.
    """
    item, instance, file = locked_item(unit, command.item_id)
    meeting = locked_meeting(unit, item.meeting_id)
    require_runs(unit, actor, meeting, item)
    check_rev(item, command.seen_rev)
    if item.status != BOOKED or meeting.status not in TO_COME:
        raise NotOpen("Punktet kan ikke åbnes: det er allerede behandlet eller taget af dagsordenen.")
    if today(unit) < meeting.on_date:
        raise NotOpen(f"Punktet kan først åbnes på mødedagen, {spoken(meeting.starts_at)}.")
    other = next((one for one in changes.items_of(unit, meeting.id) if one.status == OPEN), None)
    if other is not None:
        raise NotOpen("Et andet punkt er åbent. Luk det først.")
    outcome = Outcome(unit, actor, file)
    changes.open_item(outcome, instance, item)
    outcome.finish()
    meeting.rev += 1
    return changed(unit, meeting, item)


@dataclass(frozen=True, slots=True)
class CloseItem:
    """Close an item whose course has nothing more to do at the meeting."""

    item_id: int
    decision: str | None = None
    seen_rev: int | None = None


def close_item(unit: Unit, actor: Actor, command: CloseItem) -> Changed:
    """Close an open item by hand. The procedure closes it itself where it has a task for that (FF-43).

    Raises Refused, NotFound, NotOpen (not open, or its tasks are not done), Stale.
    """
    item, instance, file = locked_item(unit, command.item_id)
    meeting = locked_meeting(unit, item.meeting_id)
    require_runs(unit, actor, meeting, item)
    check_rev(item, command.seen_rev)
    if item.status != OPEN:
        raise NotOpen("Punktet er ikke åbent.")
    running = select(Instance.id).where(Instance.parent_id == instance.id, Instance.status == "igang")
    if unit.session.scalar(running.limit(1)) is not None:
        raise NotOpen("Punktet lukkes i opgaven »Luk punkt«, når referatet er skrevet.")
    outcome = Outcome(unit, actor, file)
    changes.close_item(outcome, instance, item, command.decision)
    outcome.finish()
    meeting.rev += 1
    return changed(unit, meeting, item)


@dataclass(frozen=True, slots=True)
class PutOffItem:
    """Take an item off this meeting; its course finds another time."""

    item_id: int
    reason: str
    seen_rev: int | None = None


def put_off_item(unit: Unit, actor: Actor, command: PutOffItem) -> Changed:
    """Put an item off: the course gets `punkt_udsat`, keeps its material and asks for another time.

    Raises Refused, NotFound, NotOpen (opened or dealt with already), Stale, Invalid (no reason).
    """
    item, instance, file = locked_item(unit, command.item_id)
    meeting = locked_meeting(unit, item.meeting_id)
    require_runs(unit, actor, meeting, item)
    check_rev(item, command.seen_rev)
    if item.status != BOOKED:
        raise NotOpen("Punktet kan ikke udsættes: det er åbnet eller behandlet.")
    reason = reason_of(command.reason)
    outcome = Outcome(unit, actor, file)
    changes.put_off_item(outcome, instance, item, reason)
    outcome.finish()
    changes.offer_room(unit, item.kind)
    meeting.rev += 1
    return changed(unit, meeting, item)


def _follow(unit: Unit, actor: Actor, file: CaseFile, instance: Instance) -> None:
    outcome = Outcome(unit, actor, file)
    unit.session.flush()
    changes.follow_up(outcome, instance, changes.MOVED)
    outcome.finish()
