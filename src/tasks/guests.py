"""Guests of a meeting: the family sees its own time and the SOS part of the minutes by a link (FF-20, FF-21).

The link holds a random token and nothing of anybody; only its hash is kept. It ends when the meeting is over,
when somebody revokes it, when a consent is withdrawn, and when the chair notes that the family has left.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from records.tables import GuestLink, Meeting, MeetingItem, MeetingParticipant
from records.unit import Unit
from tasks import access
from tasks.casefile import CaseFile, lock_case, read_case_file
from tasks.consent_ends import folded
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tasks.form_history import Shown, render_answers
from tasks.forms import read
from tasks.meeting_minutes import ReadMinutes, minutes_of
from tasks.meetings import CANCELLED, CLOSED, OPEN, SOS, TO_COME
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.signin import digest

NO_SUCH = "Linket findes ikke. Kontrollér, at hele linket er kommet med, eller spørg din rådgiver."
OVER = "Linket gælder ikke længere. Spørg din rådgiver, hvis du vil vide mere."
CALLED_OFF = "Mødet er aflyst. Rådgiveren fortæller, hvornår der er en ny tid."
LEFT = "Jeres del af mødet er slut. Rådgiveren fortæller om den retning, Faglig Forum giver."


@dataclass(frozen=True, slots=True)
class InviteGuest:
    """Make a link for a participant of a case's item who has no account."""

    case_id: int
    participant_id: int


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link: its id, and the token that is shown once."""

    id: int
    token: str
    guest: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RevokeGuest:
    """End a link of a case."""

    case_id: int
    link_id: int


@dataclass(frozen=True, slots=True)
class GuestRow:
    """Somebody in the family who is invited to an item, and the newest link of theirs."""

    participant_id: int
    name: str
    meeting: str
    starts_at: datetime
    link_id: int | None
    expires_at: datetime | None
    ended: str
    """Why the newest link ended; empty while it works."""
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class GuestSheet:
    """What a guest sees: their own time, and what is written in the SOS part while they are there."""

    guest: str
    starts_at: datetime
    ends_at: datetime
    place: str | None
    link: str | None
    running: bool
    minutes: tuple[tuple[str, tuple[Shown, ...]], ...]
    """Name of a shared step and what stands in it."""


def invite_guest(unit: Unit, actor: Actor, command: InviteGuest) -> NewLink:
    """Make a link for the family's part of an item; an earlier link of the same guest ends.

    The case's rådgiver or the unit's leader may. Raises Denied, Refused, NotFound, NotOpen, Invalid.
    """
    file = _in_charge(unit, actor, command.case_id)
    row = unit.session.execute(
        select(MeetingParticipant, MeetingItem, Meeting)
        .join(MeetingItem, MeetingItem.id == MeetingParticipant.item_id)
        .join(Meeting, Meeting.id == MeetingItem.meeting_id)
        .where(MeetingParticipant.id == command.participant_id, MeetingItem.case_id == file.case_id)
    ).one_or_none()
    if row is None:
        raise NotFound("Deltageren er ikke inviteret til sagens punkt.")
    participant, item, meeting = row
    if participant.person_id is not None or participant.part != SOS:
        raise Invalid(
            "Kun familien og den unge får et link. Andre logger ind.", {"deltager": "Vælg familien."}
        )
    if meeting.status not in TO_COME or item.status == CLOSED or item.family_left_at is not None:
        raise NotOpen("Punktet er slut.")
    for link in unit.session.scalars(
        select(GuestLink).where(GuestLink.item_id == item.id, GuestLink.revoked_at.is_(None))
    ):
        if folded(link.guest) == folded(participant.name):
            _end(unit, link, "Der er lavet et nyt link")
    token = secrets.token_urlsafe(32)
    made = GuestLink(
        token_hash=digest(token),
        case_id=command.case_id,
        item_id=item.id,
        guest=participant.name,
        created_at=unit.now,
        created_by_id=actor.person_id,
        expires_at=meeting.ends_at,
    )
    unit.session.add(made)
    unit.session.flush()
    outcome = Outcome(unit, actor, file)
    outcome.journal("moede", f"Link til familiens del af {meeting.title} lavet til {participant.name}")
    outcome.finish()
    return NewLink(made.id, token, participant.name, made.expires_at)


def revoke_guest(unit: Unit, actor: Actor, command: RevokeGuest) -> None:
    """End a link. Raises Denied, Refused, NotFound, NotOpen."""
    file = _in_charge(unit, actor, command.case_id)
    link = unit.session.get(GuestLink, command.link_id)
    if link is None or link.case_id != file.case_id:
        raise NotFound("Linket findes ikke i sagen.")
    if link.revoked_at is not None:
        raise NotOpen("Linket er allerede spærret.")
    _end(unit, link, "Spærret af sagens rådgiver eller leder")


def list_guests(unit: Unit, actor: Actor, case_id: int) -> list[GuestRow]:
    """Return the family's places at the case's items to come, with the newest link of each. Raises Denied."""
    file = read_case_file(unit, case_id)
    access.require(unit, actor, file, "samtykke")
    rows = unit.session.execute(
        select(MeetingParticipant, MeetingItem, Meeting)
        .join(MeetingItem, MeetingItem.id == MeetingParticipant.item_id)
        .join(Meeting, Meeting.id == MeetingItem.meeting_id)
        .where(MeetingItem.case_id == case_id, MeetingParticipant.part == SOS)
        .order_by(Meeting.starts_at.desc(), MeetingParticipant.id)
    ).all()
    links = unit.session.scalars(
        select(GuestLink).where(GuestLink.case_id == case_id).order_by(GuestLink.id)
    ).all()
    newest = {(link.item_id, folded(link.guest)): link for link in links}
    found: list[GuestRow] = []
    for participant, item, meeting in rows:
        if participant.person_id is not None:
            continue
        link = newest.get((item.id, folded(participant.name)))
        found.append(
            GuestRow(
                participant.id,
                participant.name,
                meeting.title,
                item.starts_at or meeting.starts_at,
                link.id if link else None,
                link.expires_at if link else None,
                _why_over(unit, link, item, meeting) if link else "",
                link.last_seen_at if link else None,
            )
        )
    return found


def visit_as_guest(unit: Unit, actor: Actor, token: str) -> GuestSheet:
    """Return what the holder of a link may see now, and note that they have been there.

    Raises NotFound for an unknown link, Refused for one that has ended (FF-21: 403 once the family has left).
    """
    sheet, link = _seen_by(unit, actor, token)
    link.last_seen_at = unit.now
    return sheet


def look_as_guest(unit: Unit, actor: Actor, token: str) -> GuestSheet:
    """Return the same as it is now, and note nothing: the page that is open asks for what is new."""
    return _seen_by(unit, actor, token)[0]


def _seen_by(unit: Unit, actor: Actor, token: str) -> tuple[GuestSheet, GuestLink]:
    link = unit.session.scalar(select(GuestLink).where(GuestLink.token_hash == digest(token)))
    if link is None:
        raise NotFound(NO_SUCH)
    item = unit.session.get_one(MeetingItem, link.item_id)
    meeting = unit.session.get(Meeting, item.meeting_id) if item.meeting_id is not None else None
    if meeting is not None and meeting.status == CANCELLED and link.revoked_at is None:
        raise Refused(CALLED_OFF)
    if meeting is None or _why_over(unit, link, item, meeting):
        raise Refused(LEFT if item.family_left_at is not None else OVER)
    participant = next(
        (
            one
            for one in unit.session.scalars(
                select(MeetingParticipant).where(MeetingParticipant.item_id == item.id)
            )
            if folded(one.name) == folded(link.guest) and one.part == SOS
        ),
        None,
    )
    if participant is None:
        raise Refused(OVER)
    sheet = GuestSheet(
        link.guest,
        item.starts_at or meeting.starts_at,
        item.ends_at or meeting.ends_at,
        meeting.place,
        meeting.link,
        item.status == OPEN,
        _minutes(unit, actor, item, participant.id) if item.status == OPEN else (),
    )
    return sheet, link


def _minutes(
    unit: Unit, actor: Actor, item: MeetingItem, participant_id: int
) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    shared = minutes_of(unit, actor, ReadMinutes(item.id, participant_id))
    return tuple((part.name, _shown(unit, part.schema, part.values)) for part in shared.parts)


def _shown(unit: Unit, schema: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Shown, ...]:
    return tuple(render_answers(read(schema), values, {}, now=unit.now, calendar=unit.calendar))


def _why_over(unit: Unit, link: GuestLink, item: MeetingItem, meeting: Meeting) -> str:
    """Return why a link works no longer, in Danish; empty while it does."""
    if link.revoked_at is not None:
        return link.revoked_why or "Spærret"
    if item.family_left_at is not None:
        return "Familien har forladt mødet"
    if item.status == CLOSED or meeting.status not in TO_COME:
        return "Punktet er slut"
    return "Mødet er slut" if unit.now >= meeting.ends_at else ""


def _end(unit: Unit, link: GuestLink, why: str) -> None:
    link.revoked_at = unit.now
    link.revoked_why = why


def _in_charge(unit: Unit, actor: Actor, case_id: int) -> CaseFile:
    file = lock_case(unit, case_id)
    found = access.require(unit, actor, file, "samtykke")
    if not access.in_charge(unit, actor, file, found):
        raise Refused("Kun sagens rådgiver eller enhedens leder kan gøre det.")
    return file
