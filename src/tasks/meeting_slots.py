"""The slots of a meeting: made with it, held by items, never by two (FF-37, FF-39).

A slot is a row. An item takes free rows, and the database lets nobody take a row that is not free, so that a
meeting cannot be overbooked whoever books at once; whoever was too late tries again from the start.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from records.errors import Conflict
from records.tables import Meeting, MeetingItem, MeetingSlot
from records.unit import Unit


def make_slots(unit: Unit, meeting: Meeting) -> None:
    """Cut a meeting with a slot length into slots: as many as lie wholly within it (FF-29, FF-39)."""
    if meeting.slot_minutes is None:
        return
    length = timedelta(minutes=meeting.slot_minutes)
    unit.session.add_all(
        MeetingSlot(
            meeting_id=meeting.id,
            slot=number + 1,
            starts_at=meeting.starts_at + number * length,
            ends_at=meeting.starts_at + (number + 1) * length,
        )
        for number in range(int((meeting.ends_at - meeting.starts_at) / length))
    )
    unit.session.flush()


def lock_slots(unit: Unit, meeting_id: int) -> list[MeetingSlot]:
    """Return a meeting's slots in order, locked: who books on the same meeting waits here."""
    query = (
        select(MeetingSlot)
        .where(MeetingSlot.meeting_id == meeting_id)
        .order_by(MeetingSlot.slot)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(unit.session.scalars(query))


def needed(minutes: int, slot_minutes: int) -> int:
    """Return how many slots an item of so many minutes takes."""
    return max(1, -(-minutes // slot_minutes))


def free_run(slots: Sequence[MeetingSlot], number: int, item_id: int | None = None) -> int | None:
    """Return the first of so many adjacent slots that are free, or the item's own; None without such a run.

    »Adjacent« is by number: two singles that are not neighbours are no double (FF-18).
    """
    free = {one.slot for one in slots if one.item_id is None or one.item_id == item_id}
    for slot in sorted(free):
        if all(slot + step in free for step in range(number)):
            return slot
    return None


def may_take(slots: Sequence[MeetingSlot], first: int, number: int, item_id: int) -> bool:
    """Tell whether an item may have so many slots from `first` on."""
    there = {one.slot: one.item_id for one in slots}
    return all(there.get(slot, -1) in (None, item_id) for slot in range(first, first + number))


def grown(slots: Sequence[MeetingSlot], number: int, item_id: int) -> int | None:
    """Return the first slot of a longer place around an item's own, the later neighbour first."""
    own = [one.slot for one in slots if one.item_id == item_id]
    if not own:
        return None
    for first in range(own[0], own[-1] - number, -1):
        if first >= 1 and may_take(slots, first, number, item_id):
            return first
    return None


def take(unit: Unit, item: MeetingItem, slots: Sequence[MeetingSlot], first: int, number: int) -> None:
    """Give an item these slots and no others. Raises Conflict when one of them is somebody else's."""
    release(unit, item)
    wanted = range(first, first + number)
    taken = unit.session.execute(
        update(MeetingSlot)
        .where(
            MeetingSlot.meeting_id == slots[0].meeting_id,
            MeetingSlot.slot.in_(wanted),
            MeetingSlot.item_id.is_(None),
        )
        .values(item_id=item.id)
        .returning(MeetingSlot.slot)
        .execution_options(synchronize_session="fetch")
    ).all()
    if len(taken) != number:
        raise Conflict
    inside = [one for one in slots if one.slot in wanted]
    item.meeting_id = slots[0].meeting_id
    item.starts_at, item.ends_at = inside[0].starts_at, inside[-1].ends_at


def release(unit: Unit, item: MeetingItem) -> None:
    """Take an item off its slots."""
    unit.session.execute(
        update(MeetingSlot)
        .where(MeetingSlot.item_id == item.id)
        .values(item_id=None)
        .execution_options(synchronize_session="fetch")
    )


def retime(unit: Unit, meeting: Meeting) -> list[MeetingItem]:
    """Move a meeting's slots to its new time, and its items with them; return those that no longer fit."""
    if meeting.slot_minutes is None:
        return []
    slots = lock_slots(unit, meeting.id)
    length = timedelta(minutes=meeting.slot_minutes)
    room = int((meeting.ends_at - meeting.starts_at) / length)
    lost = {one.item_id for one in slots if one.slot > room and one.item_id is not None}
    for slot in slots:
        slot.starts_at = meeting.starts_at + (slot.slot - 1) * length
        slot.ends_at = slot.starts_at + length
    items = unit.session.scalars(select(MeetingItem).where(MeetingItem.meeting_id == meeting.id)).all()
    out = [item for item in items if item.id in lost]
    for item in items:
        own = [one for one in slots if one.item_id == item.id]
        if item.id not in lost and own:
            item.starts_at, item.ends_at = own[0].starts_at, own[-1].ends_at
    for item in out:
        release(unit, item)
    for slot in slots:
        if slot.slot > room:
            unit.session.delete(slot)
    unit.session.add_all(
        MeetingSlot(
            meeting_id=meeting.id,
            slot=number,
            starts_at=meeting.starts_at + (number - 1) * length,
            ends_at=meeting.starts_at + number * length,
        )
        for number in range(len(slots) + 1, room + 1)
    )
    unit.session.flush()
    return out
