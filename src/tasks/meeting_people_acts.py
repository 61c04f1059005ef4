"""What people do about who takes part in a meeting: on its page and over the API.

`seen_rev` is the meeting's revision that the actor has seen; None: whatever it is now.
"""

from dataclasses import dataclass

from records.tables import Meeting, MeetingItem, MeetingParticipant
from records.unit import Unit
from tasks.errors import Invalid, NotFound, NotOpen
from tasks.meeting_access import require_manages
from tasks.meeting_locked import Changed, changed, check_rev, locked_meeting, require_runs, scope_on
from tasks.meeting_people import invite_to, note_answer, note_attendance, person_named
from tasks.meetings import PARTS, TO_COME, WHOLE, Place
from tasks.people import Actor
from tasks.prohibitions import check_participant
from tasks.texts import required


@dataclass(frozen=True, slots=True)
class AddParticipant:
    """Add somebody to a meeting, or to one item of it."""

    meeting_id: int
    role: str
    name: str = ""
    person_id: int | None = None
    item_id: int | None = None
    profession: str | None = None
    organisation: str | None = None
    contact: str | None = None
    part: str = WHOLE
    seen_rev: int | None = None


def add_participant(unit: Unit, actor: Actor, command: AddParticipant) -> Changed:
    """Add somebody; when the others are invited already, so is the new one. Raises as the others do."""
    meeting, item = _for_people(unit, actor, command.meeting_id, command.item_id, command.seen_rev)
    if command.part not in PARTS:
        raise Invalid("Vælg hvad personen er med til.", {"del": f"Vælg {', '.join(PARTS)}."})
    name = person_named(unit, command.person_id) if command.person_id is not None else None
    if name is None and not command.name.strip():
        text = "Vælg en medarbejder, eller skriv et navn."
        raise Invalid(text, {"navn": text})
    check_participant(
        unit,
        meeting.kind,
        role=command.role.strip(),
        part=command.part,
        person_id=command.person_id,
        organisation=command.organisation,
    )
    unit.session.add(
        MeetingParticipant(
            meeting_id=meeting.id if item is None else None,
            item_id=item.id if item is not None else None,
            person_id=command.person_id,
            name=name or required(command.name, "navn", "Skriv navnet.", 200),
            role=required(command.role, "rolle", "Vælg en rolle.", 60),
            profession=command.profession,
            organisation=command.organisation,
            contact=command.contact,
            part=command.part,
        )
    )
    unit.session.flush()
    if meeting.called_at is not None:
        invite_to(unit, Place(meeting, item), meeting.starts_at)
    meeting.rev += 1
    return changed(unit, meeting, item)


@dataclass(frozen=True, slots=True)
class RemoveParticipant:
    """Take somebody off a meeting."""

    participant_id: int
    seen_rev: int | None = None


def remove_participant(unit: Unit, actor: Actor, command: RemoveParticipant) -> Changed:
    """Take a participant off a meeting or an item. Raises Refused, NotFound, NotOpen, Stale."""
    one, meeting, item = _participant(unit, command.participant_id)
    _require_people(unit, actor, meeting, item)
    check_rev(meeting, command.seen_rev)
    unit.session.delete(one)
    meeting.rev += 1
    return changed(unit, meeting, item)


@dataclass(frozen=True, slots=True)
class MarkAttendance:
    """Write whether somebody is there: fysisk, digital or fravaerende."""

    participant_id: int
    attendance: str


def mark_attendance(unit: Unit, actor: Actor, command: MarkAttendance) -> Changed:
    """Write a participant's attendance: the chair, or administration (FF-09, FF-31)."""
    one, meeting, item = _participant(unit, command.participant_id)
    if item is not None:
        require_runs(unit, actor, meeting, item)
    else:
        require_manages(scope_on(unit, actor, meeting), meeting)
    note_attendance(unit, one, command.attendance)
    meeting.rev += 1
    return changed(unit, meeting, item)


@dataclass(frozen=True, slots=True)
class AnswerInvitation:
    """Answer an invitation: accept, ny_tid or afslag."""

    participant_id: int
    answer: str


def answer_invitation(unit: Unit, actor: Actor, command: AnswerInvitation) -> Changed:
    """Answer for oneself, or note somebody's answer when one may change the meeting."""
    one, meeting, item = _participant(unit, command.participant_id)
    if one.person_id is None or one.person_id != actor.person_id:
        _require_people(unit, actor, meeting, item)
    if meeting.status not in TO_COME:
        raise NotOpen(f"Mødet er {meeting.status}.")
    note_answer(unit, one, command.answer)
    meeting.rev += 1
    return changed(unit, meeting, item)


def _for_people(
    unit: Unit, actor: Actor, meeting_id: int, item_id: int | None, seen_rev: int | None
) -> tuple[Meeting, MeetingItem | None]:
    meeting = locked_meeting(unit, meeting_id)
    item = unit.session.get(MeetingItem, item_id) if item_id is not None else None
    if item_id is not None and (item is None or item.meeting_id != meeting.id):
        raise NotFound("Punktet er ikke på det møde.")
    _require_people(unit, actor, meeting, item)
    check_rev(meeting, seen_rev)
    return meeting, item


def _require_people(unit: Unit, actor: Actor, meeting: Meeting, item: MeetingItem | None) -> None:
    if item is not None:
        require_runs(unit, actor, meeting, item)
    else:
        require_manages(scope_on(unit, actor, meeting), meeting)
    if meeting.status not in TO_COME:
        raise NotOpen(f"Mødet er {meeting.status}.")


def _participant(unit: Unit, participant_id: int) -> tuple[MeetingParticipant, Meeting, MeetingItem | None]:
    one = unit.session.get(MeetingParticipant, participant_id)
    if one is None:
        raise NotFound("Deltageren findes ikke.")
    item = unit.session.get(MeetingItem, one.item_id) if one.item_id is not None else None
    return one, locked_meeting(unit, item.meeting_id if item is not None else one.meeting_id), item
