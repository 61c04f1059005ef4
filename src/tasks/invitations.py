"""Invitations in people's calendars: what was last sent to each, kept in step with the meetings themselves.

A meeting may be changed by a diagram, a page, the API or the fate of a case. None of them writes letters:
whatever is out of step with what a person's calendar was told is found here and told once, so that no way of
changing a meeting can forget it (docs/decisions/073-invitations.md).
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import and_, func, or_, select

from records.tables import Case, Meeting, MeetingInvitation, MeetingItem, MeetingParticipant, Outbox
from records.unit import Unit
from tasks.meeting_people import FAMILY
from tasks.meetings import BOOKED, OPEN, TO_COME, kind_name, spoken

AT_ONCE: Final = 200
"""Invitations that one round tells of at most."""

REQUEST, CANCEL = "REQUEST", "CANCEL"


@dataclass(frozen=True, slots=True)
class Entry:
    """A calendar entry as a letter carries it; nothing personal. Instants are UTC."""

    uid: str
    sequence: int
    method: str
    summary: str
    starts_at: datetime
    ends_at: datetime
    place: str | None
    link: str | None


def entry_of(payload: dict[str, Any] | None) -> Entry | None:
    """Return the entry that a letter's payload carries, None without one."""
    if payload is None:
        return None
    times = {name: datetime.fromisoformat(payload[name]) for name in ("starts_at", "ends_at")}
    return Entry(**{**payload, **times})


def summary_of(kind: str, number: str | None) -> str:
    """Return what an entry is called: the kind of meeting and the case's number, never a name."""
    return f"{kind_name(kind)}, sag {number}" if number else kind_name(kind)


def tell_calendars(unit: Unit) -> int:
    """Send to each calendar what it has not been told yet; return how many letters were written."""
    told = _tell_new(unit)
    return told + _tell_gone(unit)


def _tell_new(unit: Unit) -> int:
    start = func.coalesce(MeetingItem.starts_at, Meeting.starts_at)
    end = func.coalesce(MeetingItem.ends_at, Meeting.ends_at)
    sent = MeetingInvitation
    query = (
        select(MeetingParticipant, Meeting, MeetingItem, sent, Case.number)
        .outerjoin(MeetingItem, MeetingItem.id == MeetingParticipant.item_id)
        .join(Meeting, Meeting.id == func.coalesce(MeetingParticipant.meeting_id, MeetingItem.meeting_id))
        .outerjoin(sent, and_(sent.participant_id == MeetingParticipant.id, sent.cancelled_at.is_(None)))
        .outerjoin(Case, Case.id == func.coalesce(MeetingItem.case_id, Meeting.case_id))
        .where(
            MeetingParticipant.invited_for.is_not(None),
            MeetingParticipant.role.not_in(FAMILY),
            Meeting.status.in_(TO_COME),
            end > unit.now,
            or_(MeetingItem.id.is_(None), MeetingItem.status.in_((BOOKED, OPEN))),
            or_(
                sent.id.is_(None),
                sent.starts_at != start,
                sent.ends_at != end,
                sent.place.is_distinct_from(Meeting.place),
                sent.link.is_distinct_from(Meeting.link),
            ),
        )
        .order_by(MeetingParticipant.id)
        .limit(AT_ONCE)
    )
    told = 0
    rows: Sequence[Any] = unit.session.execute(query).all()
    for one, meeting, item, before, number in rows:
        address = _address(one)
        if one.person_id is None and address is None:
            continue
        invitation: MeetingInvitation | None = before
        if invitation is None:
            invitation = MeetingInvitation(
                uid=f"{secrets.token_urlsafe(18)}@sagsgang",
                meeting_id=meeting.id,
                item_id=one.item_id,
                participant_id=one.id,
                person_id=one.person_id,
                contact=address if one.person_id is None else None,
                sequence=0,
            )
            unit.session.add(invitation)
        else:
            invitation.sequence += 1
        invitation.starts_at = (item.starts_at if item is not None else None) or meeting.starts_at
        invitation.ends_at = (item.ends_at if item is not None else None) or meeting.ends_at
        invitation.place, invitation.link = meeting.place, meeting.link
        invitation.sent_at = unit.now
        unit.session.flush()
        _write(unit, invitation, REQUEST, summary_of(meeting.kind, number))
        told += 1
    return told


def _address(one: MeetingParticipant) -> str | None:
    contact = (one.contact or "").strip()
    return contact if "@" in contact and " " not in contact else None


def _tell_gone(unit: Unit) -> int:
    sent = MeetingInvitation
    query = (
        select(sent, Meeting.kind, Case.number)
        .join(Meeting, Meeting.id == sent.meeting_id)
        .outerjoin(MeetingItem, MeetingItem.id == sent.item_id)
        .outerjoin(MeetingParticipant, MeetingParticipant.id == sent.participant_id)
        .outerjoin(Case, Case.id == func.coalesce(MeetingItem.case_id, Meeting.case_id))
        .where(
            sent.cancelled_at.is_(None),
            sent.ends_at > unit.now,
            or_(
                Meeting.status == "aflyst",
                MeetingParticipant.id.is_(None),
                and_(MeetingItem.id.is_not(None), MeetingItem.status.in_(("udsat", "frigivet", "venter"))),
            ),
        )
        .order_by(sent.id)
        .limit(AT_ONCE)
    )
    rows = unit.session.execute(query).all()
    for invitation, kind, number in rows:
        invitation.cancelled_at = unit.now
        invitation.sequence += 1
        invitation.sent_at = unit.now
        _write(unit, invitation, CANCEL, summary_of(kind, number))
    return len(rows)


def _write(unit: Unit, invitation: MeetingInvitation, method: str, summary: str) -> None:
    entry = Entry(
        invitation.uid,
        invitation.sequence,
        method,
        summary,
        invitation.starts_at,
        invitation.ends_at,
        invitation.place,
        invitation.link,
    )
    first = (
        "Aflyst" if method == CANCEL else "Indkaldelse" if not invitation.sequence else "Ændret indkaldelse"
    )
    payload = asdict(entry)
    payload |= {name: payload[name].isoformat() for name in ("starts_at", "ends_at")}
    unit.session.add(
        Outbox(
            kind="mail",
            message_id=str(uuid4()),
            payload={
                "person_id": invitation.person_id,
                "invitation_id": invitation.id,
                "subject": f"{first}: {summary}, {spoken(invitation.starts_at)}",
                "path": f"/moeder/{invitation.meeting_id}",
                "entry": payload,
            },
            created_at=unit.now,
            next_try_at=unit.now,
            attempts=0,
        )
    )
