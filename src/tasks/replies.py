"""Answers to invitations that came by mail: each read once, and noted, or kept for somebody to see to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records.tables import Meeting, MeetingInvitation, MeetingParticipant, MeetingReply, Person
from records.unit import Unit
from tasks.errors import NotFound, Refused
from tasks.meeting_access import ADMINISTRATION
from tasks.meetings import TO_COME
from tasks.people import Actor

ANSWER_OF = {"ACCEPTED": "accept", "DECLINED": "afslag"}
"""PARTSTAT of an answer → what is noted. A COUNTER is a wish for another time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail as it came; what it has no calendar entry for is empty."""

    message_id: str
    sender: str
    method: str = ""
    uid: str = ""
    attendee: str = ""
    partstat: str = ""
    sequence: int = 0


def take_reply(unit: Unit, reply: Reply) -> bool:
    """Note an answer, or keep the mail with the reason it was not used; False when it was read before."""
    known = select(MeetingReply.id).where(MeetingReply.message_id == reply.message_id[:250])
    if unit.session.scalar(known) is not None:
        return False
    invitation, trouble = _match(unit, reply)
    answer = None
    if invitation is not None and not trouble:
        answer = "ny_tid" if reply.method == "COUNTER" else ANSWER_OF.get(reply.partstat)
        if answer is None:
            trouble = "Svaret er hverken ja eller nej. Spørg vedkommende."
        else:
            trouble = _note(unit, invitation, answer)
    unit.session.add(
        MeetingReply(
            message_id=reply.message_id[:250],
            received_at=unit.now,
            sender=reply.sender[:200],
            invitation_id=invitation.id if invitation is not None else None,
            answer=answer if not trouble else None,
            trouble=trouble or None,
            handled_at=None if trouble else unit.now,
        )
    )
    return True


def _match(unit: Unit, reply: Reply) -> tuple[MeetingInvitation | None, str]:
    """Return the invitation that is answered, and what is wrong with the answer (empty: nothing)."""
    if reply.method not in ("REPLY", "COUNTER"):
        return None, "Mailen er ikke et svar på en indkaldelse."
    found = unit.session.scalar(select(MeetingInvitation).where(MeetingInvitation.uid == reply.uid))
    if found is None:
        return None, "Svaret hører ikke til nogen indkaldelse herfra."
    address = found.contact
    if found.person_id is not None:
        address = unit.session.scalar(select(Person.email).where(Person.id == found.person_id))
    if (address or "").casefold() != reply.attendee.casefold():
        return found, "Svaret kommer fra en anden adresse end den, der er inviteret."
    if found.cancelled_at is not None:
        return found, "Mødet er aflyst, eller vedkommende er taget af det."
    if reply.sequence < found.sequence:
        return found, "Svaret gælder en tid, som mødet er flyttet fra."
    return found, ""


def _note(unit: Unit, invitation: MeetingInvitation, answer: str) -> str:
    participant = unit.session.get(MeetingParticipant, invitation.participant_id)
    meeting = unit.session.get(Meeting, invitation.meeting_id, with_for_update=True)
    if participant is None or meeting is None or meeting.status not in TO_COME:
        return "Mødet er afholdt eller aflyst."
    participant.answer, participant.answered_at = answer, unit.now
    invitation.answered_at = unit.now
    meeting.rev += 1
    return ""


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """A mail that somebody must see to."""

    id: int
    received_at: datetime
    sender: str
    trouble: str
    meeting_id: int | None
    meeting: str | None
    starts_at: datetime | None


def list_replies(unit: Unit, actor: Actor, command: None) -> list[ReplyLine]:
    """Return the mails that were not used and that nobody has seen to, the oldest first. Raises Refused."""
    _require(actor)
    query = (
        select(MeetingReply, Meeting)
        .outerjoin(MeetingInvitation, MeetingInvitation.id == MeetingReply.invitation_id)
        .outerjoin(Meeting, Meeting.id == MeetingInvitation.meeting_id)
        .where(MeetingReply.handled_at.is_(None))
        .order_by(MeetingReply.received_at, MeetingReply.id)
        .limit(100)
    )
    return [
        ReplyLine(
            row.id,
            row.received_at,
            row.sender,
            row.trouble or "",
            meeting.id if meeting is not None else None,
            meeting.title if meeting is not None else None,
            meeting.starts_at if meeting is not None else None,
        )
        for row, meeting in unit.session.execute(query)
    ]


def handle_reply(unit: Unit, actor: Actor, reply_id: int) -> None:
    """Note that somebody has seen to a mail. Raises Refused, NotFound."""
    _require(actor)
    row = unit.session.get(MeetingReply, reply_id)
    if row is None or row.handled_at is not None:
        raise NotFound("Svaret er allerede set.")
    row.handled_at, row.handled_by_id = unit.now, actor.person_id


def _require(actor: Actor) -> None:
    if not actor.holds(*ADMINISTRATION):
        raise Refused("Kun administrationen og ledergruppen ser til kalendersvar.")
