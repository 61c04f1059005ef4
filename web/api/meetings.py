"""Meetings over the API: the calendar, agendas, and what is done to them, by the rules of the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from tasks import meeting_acts as acts
from tasks import meeting_people_acts as people
from tasks.meeting_locked import Changed
from tasks.meeting_minutes import LiveMinutes, ReadMinutes, live_minutes
from tasks.meeting_pages import (
    ItemLine,
    ListMeetings,
    MeetingLine,
    ParticipantLine,
    ReadMeeting,
    list_meetings,
    read_meeting,
)
from web.api.ids import number_of, optional, text_of
from web.api.models import meetings as models
from web.api.routes import Tagged, app, caller, operation
from web.api.writing import seen_rev, write

_MEETING = "Mødets revision"
_ITEM = "Punktets revision"

_NAMES = {
    "begrundelse": "reason",
    "start": "starts_at",
    "slut": "ends_at",
    "tid": "slot",
    "moede": "meeting",
    "navn": "name",
    "rolle": "role",
    "del": "part",
    "svar": "answer",
    "fremmoede": "attendance",
    "fra": "from",
    "til": "to",
}


@operation(
    "GET",
    "/meetings",
    summary="The meetings of a period",
    query=models.MeetingQuery,
    out=models.MeetingRows,
    names=_NAMES,
)
def find_meetings(query: models.MeetingQuery) -> models.MeetingRows:
    """Return the meetings that begin on these days and that one is invited to or keeps, by time."""
    command = ListMeetings(query.first, query.last, query.kind)
    rows = app().read(list_meetings, caller(), command)
    return models.MeetingRows(items=[models.MeetingRow(**_row(row)) for row in rows])


@operation("GET", "/meetings/{meeting_id}", summary="A meeting", out=models.MeetingFull)
def get_meeting(meeting_id: int) -> Tagged:
    """Return a meeting with its agenda: all of it for who keeps or chairs it, else one's own item."""
    agenda = app().run(read_meeting, caller(), ReadMeeting(meeting_id))
    body = models.MeetingFull(
        **_row(agenda.meeting),
        minute_taker=agenda.minute_taker,
        cancel_reason=agenda.cancel_reason,
        material_due_at=agenda.material_due_at,
        participants=[_participant(one) for one in agenda.participants],
        agenda=[_item(one) for one in agenda.items],
        free_slots=[
            models.FreeSlot(slot=slot, starts_at=start, ends_at=end) for slot, start, end in agenda.free_slots
        ],
        may_change=agenda.may_change,
    )
    return Tagged(body, agenda.meeting.rev)


@operation(
    "POST",
    "/meetings/{meeting_id}/move",
    summary="Move a meeting, or correct it",
    body=models.NewTime,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_MEETING,
    names=_NAMES,
)
def move_meeting(meeting_id: int, body: models.NewTime) -> Response:
    """Give a meeting another time, place or link; whatever depends on it is reckoned anew, once."""
    command = acts.MoveMeeting(meeting_id, body.starts_at, body.ends_at, body.place, body.link, seen_rev())
    return write(acts.move_meeting, command, _changed)


@operation(
    "POST",
    "/meetings/{meeting_id}/cancel",
    summary="Cancel a meeting",
    body=models.Cancellation,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_MEETING,
    names=_NAMES,
)
def cancel_meeting(meeting_id: int, body: models.Cancellation) -> Response:
    """Cancel a meeting: each case on its agenda is told and finds another time, keeping its material."""
    return write(acts.cancel_meeting, acts.CancelMeeting(meeting_id, body.reason, seen_rev()), _changed)


@operation(
    "POST",
    "/meetings/{meeting_id}/order",
    summary="Order an agenda",
    body=models.ItemOrder,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_MEETING,
    names=_NAMES,
)
def order_items(meeting_id: int, body: models.ItemOrder) -> Response:
    """Take up the items in this order, one after the other from the start of the meeting."""
    ids = tuple(number_of(one) for one in body.items)
    return write(acts.order_items, acts.OrderItems(meeting_id, ids, seen_rev()), _changed)


@operation(
    "POST",
    "/meetings/{meeting_id}/participants",
    summary="Add a participant",
    body=models.NewParticipant,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_MEETING,
    names={**_NAMES, "person": "person"},
)
def add_participant(meeting_id: int, body: models.NewParticipant) -> Response:
    """Add somebody to the meeting, or to one item of it; invited at once when the others are."""
    command = people.AddParticipant(
        meeting_id,
        body.role,
        body.name,
        optional(body.person),
        optional(body.item),
        body.profession,
        body.organisation,
        body.contact,
        body.part,
        seen_rev(),
    )
    return write(people.add_participant, command, _changed)


@operation(
    "POST",
    "/meeting-participants/{participant_id}/remove",
    summary="Take a participant off",
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_MEETING,
)
def remove_participant(participant_id: int) -> Response:
    """Take somebody off a meeting or an item."""
    return write(people.remove_participant, people.RemoveParticipant(participant_id, seen_rev()), _changed)


@operation(
    "POST",
    "/meeting-participants/{participant_id}/attendance",
    summary="Write attendance",
    body=models.AttendanceMark,
    out=models.MeetingChanged,
    errors=(403,),
    names=_NAMES,
)
def mark_attendance(participant_id: int, body: models.AttendanceMark) -> Response:
    """Write whether somebody is there, in the room or digitally."""
    return write(people.mark_attendance, people.MarkAttendance(participant_id, body.attendance), _changed)


@operation(
    "POST",
    "/meeting-participants/{participant_id}/answer",
    summary="Answer an invitation",
    body=models.InvitationAnswer,
    out=models.MeetingChanged,
    errors=(403, 409),
    names=_NAMES,
)
def answer_invitation(participant_id: int, body: models.InvitationAnswer) -> Response:
    """Answer for oneself, or note the answer of somebody who has no account."""
    return write(people.answer_invitation, people.AnswerInvitation(participant_id, body.answer), _changed)


@operation(
    "POST",
    "/meeting-items/{item_id}/move",
    summary="Give an item another time",
    body=models.ItemPlace,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_ITEM,
    names=_NAMES,
)
def move_item(item_id: int, body: models.ItemPlace) -> Response:
    """Give an item another slot, here or at another meeting; it never overlaps another."""
    command = acts.MoveItem(item_id, body.slot, optional(body.meeting), seen_rev())
    return write(acts.move_item, command, _changed)


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
    return write(acts.open_item, acts.OpenItem(item_id, seen_rev()), _changed)


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
    return write(acts.close_item, acts.CloseItem(item_id, body.decision, seen_rev()), _changed)


@operation(
    "POST",
    "/meeting-items/{item_id}/put-off",
    summary="Put an item off",
    body=models.Cancellation,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=_ITEM,
    names=_NAMES,
)
def put_off_item(item_id: int, body: models.Cancellation) -> Response:
    """Take an item off this meeting; its case keeps its material and finds another time."""
    return write(acts.put_off_item, acts.PutOffItem(item_id, body.reason, seen_rev()), _changed)


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


def _row(line: MeetingLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "kind": line.kind,
        "title": line.title,
        "status": line.status,
        "date": line.on_date,
        "starts_at": line.starts_at,
        "ends_at": line.ends_at,
        "place": line.place,
        "link": line.link,
        "chair": line.chair,
        "case": text_of(line.case_id),
        "case_number": line.case_number,
        "slots": line.slots,
        "free": line.free,
        "own_times": [models.OwnTime(starts_at=start, ends_at=end) for start, end in line.own_items],
        "rev": line.rev,
    }


def _participant(one: ParticipantLine) -> models.ParticipantRow:
    return models.ParticipantRow(
        **{name: value for name, value in asdict(one).items() if name not in ("id", "person_id")},
        id=str(one.id),
        person=text_of(one.person_id),
    )


def _item(one: ItemLine) -> models.ItemRow:
    return models.ItemRow(
        **{
            name: value
            for name, value in asdict(one).items()
            if name not in ("id", "case_id", "participants")
        },
        id=str(one.id),
        case=text_of(one.case_id),
        participants=[_participant(two) for two in one.participants],
    )


def _changed(found: Changed) -> models.MeetingChanged:
    return models.MeetingChanged(meeting=str(found.meeting_id), item=text_of(found.item_id), rev=found.rev)


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
