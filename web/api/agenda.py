"""The agenda of a meeting over the API: order, lengths, other times, opening and closing, live minutes."""

from __future__ import annotations

from flask import Response

from tasks import meeting_acts as acts
from tasks import meeting_arrange as arrange
from tasks.meeting_minutes import LiveMinutes, ReadMinutes, live_minutes
from web.api.ids import number_of, optional
from web.api.meetings import MEETING, NAMES, changed
from web.api.models import meetings as models
from web.api.routes import app, caller, operation
from web.api.writing import seen_rev, write

_ITEM = "Punktets revision"


@operation(
    "POST",
    "/meetings/{meeting_id}/order",
    summary="Order an agenda",
    body=models.ItemOrder,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
    names=NAMES,
)
def order_items(meeting_id: int, body: models.ItemOrder) -> Response:
    """Take up the items in this order, one after the other from the start of the meeting."""
    ids = tuple(number_of(one) for one in body.items)
    return write(acts.order_items, acts.OrderItems(meeting_id, ids, seen_rev()), changed)


@operation(
    "POST",
    "/meetings/{meeting_id}/items/{item_id}/place",
    summary="Put an item on another place",
    body=models.PlaceInRow,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
    names=NAMES,
)
def place_item(meeting_id: int, item_id: int, body: models.PlaceInRow) -> Response:
    """Put an item on another of the meeting's `places`, 0 first; what it passes makes room for it."""
    command = arrange.PlaceItem(meeting_id, item_id, body.place, seen_rev())
    return write(arrange.place_item, command, changed)


@operation(
    "POST",
    "/meetings/{meeting_id}/items/{item_id}/book",
    summary="Book a case that waits",
    body=models.Booking,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
    names=NAMES,
)
def book_item(meeting_id: int, item_id: int, body: models.Booking) -> Response:
    """Put a case that waits for a time on this meeting, also after its limit for material."""
    command = arrange.BookItem(meeting_id, item_id, body.slot, seen_rev())
    return write(arrange.book_item, command, changed)


@operation(
    "POST",
    "/meeting-items/{item_id}/length",
    summary="Make an item longer or shorter",
    body=models.ItemLength,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
    names=NAMES,
)
def change_length(item_id: int, body: models.ItemLength) -> Response:
    """Give an item a single or a double place; it keeps its start where it can."""
    command = arrange.ChangeLength(item_id, body.minutes, seen_rev())
    return write(arrange.change_length, command, changed)


@operation(
    "POST",
    "/meeting-items/{item_id}/move",
    summary="Give an item another time",
    body=models.ItemPlace,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_ITEM,
    names=NAMES,
)
def move_item(item_id: int, body: models.ItemPlace) -> Response:
    """Give an item another slot, here or at another meeting; it never overlaps another."""
    command = acts.MoveItem(item_id, body.slot, optional(body.meeting), seen_rev())
    return write(acts.move_item, command, changed)


@operation(
    "POST",
    "/meeting-items/{item_id}/open",
    summary="Open an item",
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_ITEM,
)
def open_item(item_id: int) -> Response:
    """Open an item on the day of the meeting; its case's procedure goes on."""
    return write(acts.open_item, acts.OpenItem(item_id, seen_rev()), changed)


@operation(
    "POST",
    "/meeting-items/{item_id}/close",
    summary="Close an item",
    body=models.ItemClosing,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_ITEM,
)
def close_item(item_id: int, body: models.ItemClosing) -> Response:
    """Close an item whose procedure has no task for that."""
    return write(acts.close_item, acts.CloseItem(item_id, body.decision, seen_rev()), changed)


@operation(
    "POST",
    "/meeting-items/{item_id}/put-off",
    summary="Put an item off",
    body=models.Cancellation,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_ITEM,
    names=NAMES,
)
def put_off_item(item_id: int, body: models.Cancellation) -> Response:
    """Take an item off this meeting; its case keeps its material and finds another time."""
    return write(acts.put_off_item, acts.PutOffItem(item_id, body.reason, seen_rev()), changed)


@operation(
    "GET",
    "/meeting-items/{item_id}/minutes",
    summary="The minutes while they are written",
    out=models.Minutes,
    errors=(403,),
)
def get_minutes(item_id: int) -> models.Minutes:
    """Return the shared steps of an item as they stand now, as far as one's part of the meeting goes."""
    return _minutes(app().run(live_minutes, caller(), ReadMinutes(item_id)))


def _minutes(found: LiveMinutes) -> models.Minutes:
    return models.Minutes(
        item=str(found.item_id),
        meeting=str(found.meeting_id),
        part=found.part,
        running=found.running,
        steps=[
            models.MinutesStep(
                element=one.element_id,
                name=one.name,
                form=dict(one.schema),
                values=dict(one.values),
                done=one.done,
                saved_at=one.saved_at,
            )
            for one in found.parts
        ],
    )
