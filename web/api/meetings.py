"""Meetings over the API: the calendar, one meeting, who takes part; by the rules of the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from tasks import meeting_acts as acts
from tasks import meeting_people_acts as people
from tasks.meeting_calendar import CalendarLine, ReadCalendar, Whose, meetings_of_case, read_calendar
from tasks.meeting_locked import Changed
from tasks.meeting_pages import ItemLine, MeetingHead, ParticipantLine
from tasks.meeting_sheet import MeetingSheet, ReadSheet, read_sheet
from web.api.ids import optional, text_of
from web.api.models import meetings as models
from web.api.routes import Tagged, app, caller, operation
from web.api.writing import seen_rev, write

MEETING = "Mødets revision"

NAMES = {
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
    "plads": "place",
    "laengde": "minutes",
    "fra": "from",
    "til": "to",
}


@operation(
    "GET",
    "/meetings",
    summary="The meetings of a period",
    query=models.MeetingQuery,
    out=models.MeetingRows,
    names=NAMES,
)
def find_meetings(query: models.MeetingQuery) -> models.MeetingRows:
    """Return the meetings that begin on these days, by time: one's own, or all that one may see."""
    whose: Whose = "mine" if query.whose == "mine" else "alle"
    command = ReadCalendar(query.first, query.last, whose, query.kind)
    found = app().read(read_calendar, caller(), command)
    after = found.following
    return models.MeetingRows(
        items=[_row(line) for line in found.lines],
        closed=sorted(found.closed),
        following=models.Following(id=str(after[0]), date=after[1]) if after is not None else None,
    )


@operation(
    "GET", "/cases/{case_id}/meetings", summary="A case's meetings", out=models.CaseMeetings, errors=(403,)
)
def find_case_meetings(case_id: int) -> models.CaseMeetings:
    """Return the meetings of a case and those with an item of it, the newest first, the last six."""
    lines = app().read(meetings_of_case, caller(), case_id)
    return models.CaseMeetings(items=[_row(line) for line in lines])


@operation("GET", "/meetings/{meeting_id}", summary="A meeting", out=models.MeetingFull)
def get_meeting(meeting_id: int) -> Tagged:
    """Return a meeting with its agenda: all of it for who keeps or chairs it, else one's own item. Who may
    change it also gets the cases that wait for a time and the other meetings with room."""
    sheet = app().run(read_sheet, caller(), ReadSheet(meeting_id, "dagsorden"))
    return Tagged(_full(sheet), sheet.agenda.meeting.rev)


@operation(
    "POST",
    "/meetings/{meeting_id}/move",
    summary="Move a meeting, or correct it",
    body=models.NewTime,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
    names=NAMES,
)
def move_meeting(meeting_id: int, body: models.NewTime) -> Response:
    """Give a meeting another time, place or link; whatever depends on it is reckoned anew, once."""
    command = acts.MoveMeeting(meeting_id, body.starts_at, body.ends_at, body.place, body.link, seen_rev())
    return write(acts.move_meeting, command, changed)


@operation(
    "POST",
    "/meetings/{meeting_id}/cancel",
    summary="Cancel a meeting",
    body=models.Cancellation,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
    names=NAMES,
)
def cancel_meeting(meeting_id: int, body: models.Cancellation) -> Response:
    """Cancel a meeting: each case on its agenda is told and finds another time, keeping its material."""
    return write(acts.cancel_meeting, acts.CancelMeeting(meeting_id, body.reason, seen_rev()), changed)


@operation(
    "POST",
    "/meetings/{meeting_id}/participants",
    summary="Add a participant",
    body=models.NewParticipant,
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
    names={**NAMES, "person": "person"},
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
    return write(people.add_participant, command, changed)


@operation(
    "POST",
    "/meeting-participants/{participant_id}/remove",
    summary="Take a participant off",
    out=models.MeetingChanged,
    errors=(403, 409),
    match=MEETING,
)
def remove_participant(participant_id: int) -> Response:
    """Take somebody off a meeting or an item."""
    return write(people.remove_participant, people.RemoveParticipant(participant_id, seen_rev()), changed)


@operation(
    "POST",
    "/meeting-participants/{participant_id}/attendance",
    summary="Write attendance",
    body=models.AttendanceMark,
    out=models.MeetingChanged,
    errors=(403,),
    names=NAMES,
)
def mark_attendance(participant_id: int, body: models.AttendanceMark) -> Response:
    """Write whether somebody is there, in the room or digitally."""
    return write(people.mark_attendance, people.MarkAttendance(participant_id, body.attendance), changed)


@operation(
    "POST",
    "/meeting-participants/{participant_id}/answer",
    summary="Answer an invitation",
    body=models.InvitationAnswer,
    out=models.MeetingChanged,
    errors=(403, 409),
    names=NAMES,
)
def answer_invitation(participant_id: int, body: models.InvitationAnswer) -> Response:
    """Answer for oneself, or note the answer of somebody who has no account."""
    return write(people.answer_invitation, people.AnswerInvitation(participant_id, body.answer), changed)


def _row(line: CalendarLine) -> models.MeetingRow:
    return models.MeetingRow(
        **_common(line), items=line.items, mine=line.mine, answer=line.answer, moved=line.moved
    )


def _common(line: CalendarLine | MeetingHead) -> dict[str, Any]:
    same = ("kind", "title", "status", "starts_at", "ends_at", "place", "link", "chair", "case_number")
    return {
        **{name: getattr(line, name) for name in (*same, "slots", "free", "rev")},
        "id": str(line.id),
        "date": line.on_date,
        "case": text_of(line.case_id),
    }


def _full(sheet: MeetingSheet) -> models.MeetingFull:
    agenda = sheet.agenda
    return models.MeetingFull(
        **_common(agenda.meeting),
        own_times=[models.OwnTime(starts_at=start, ends_at=end) for start, end in agenda.meeting.own_items],
        minute_taker=agenda.minute_taker,
        cancel_reason=agenda.cancel_reason,
        material_due_at=agenda.material_due_at,
        participants=[_participant(one) for one in agenda.participants],
        agenda=[_item(one) for one in agenda.items],
        places=[text_of(one) for one in sheet.row],
        free_slots=[
            models.FreeSlot(slot=slot, starts_at=start, ends_at=end) for slot, start, end in agenda.free_slots
        ],
        may_change=agenda.may_change,
        chairs=sorted(str(one) for one in sheet.runs),
        waiting=[
            models.WaitingRow(
                item=str(one.item_id),
                case_number=one.case_number,
                child=one.child,
                minutes=one.minutes,
                not_before=one.not_before,
                requested_at=one.requested_at,
            )
            for one in sheet.queue
        ],
        others=[
            models.OtherMeeting(
                id=str(one.id),
                title=one.title,
                starts_at=one.starts_at,
                free=one.free,
                first_single=one.first_single,
                first_double=one.first_double,
            )
            for one in sheet.others
        ],
        times=[
            models.TimeRow(starts_at=one.starts_at, ends_at=one.ends_at, place=one.place, since=one.since)
            for one in sheet.times
        ],
        tasks=[
            models.OwnTask(id=str(one.id), name=one.name, item=text_of(one.item_id)) for one in sheet.tasks
        ],
        previous=text_of(sheet.previous[0]) if sheet.previous is not None else None,
        following=text_of(sheet.following[0]) if sheet.following is not None else None,
    )


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


def changed(found: Changed) -> models.MeetingChanged:
    """Return what was changed as the API gives it."""
    return models.MeetingChanged(meeting=str(found.meeting_id), item=text_of(found.item_id), rev=found.rev)
