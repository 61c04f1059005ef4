"""A private calendar feed for each person: their meetings, at an address that only they know.

Only a hash of the address's token is kept. Nothing personal stands in the feed: kind of meeting, case number,
time, place, link.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from records.tables import CalendarFeed, MeetingInvitation
from records.unit import Unit
from tasks.errors import NotFound, Refused
from tasks.invitations import Entry, summary_of
from tasks.meeting_calendar import lines_between
from tasks.people import Actor, actor_of, today
from tasks.signin import digest

BACK, AHEAD = timedelta(days=31), timedelta(days=365)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One meeting in the feed."""

    entry: Entry
    cancelled: bool


def make_feed(unit: Unit, actor: Actor, command: None) -> str:
    """Make the actor's feed, or give it a new address; the old one ends. Return the token, shown once."""
    person_id = _person(actor)
    token = secrets.token_urlsafe(32)
    feed = unit.session.get(CalendarFeed, person_id)
    if feed is None:
        feed = CalendarFeed(person_id=person_id)
        unit.session.add(feed)
    feed.token_hash, feed.created_at = digest(token), unit.now
    return token


def revoke_feed(unit: Unit, actor: Actor, command: None) -> None:
    """End the actor's feed; nothing happens when there is none."""
    feed = unit.session.get(CalendarFeed, _person(actor))
    if feed is not None:
        unit.session.delete(feed)


def own_feed(unit: Unit, actor: Actor, command: None) -> datetime | None:
    """Return when the actor's feed was made, None without one."""
    feed = unit.session.get(CalendarFeed, _person(actor))
    return feed.created_at if feed is not None else None


def read_feed(unit: Unit, actor: Actor, token: str) -> list[FeedEntry]:
    """Return the meetings of whoever a token belongs to. Raises NotFound for an unknown or ended one."""
    feed = unit.session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == digest(token)))
    if feed is None:
        raise NotFound("Kalenderen findes ikke. Hent en ny adresse på din konto.")
    owner = actor_of(unit, feed.person_id)
    day = today(unit)
    lines = lines_between(unit, owner, day - BACK, day + AHEAD)
    sent = {
        (one.meeting_id): one
        for one in unit.session.scalars(
            select(MeetingInvitation)
            .where(
                MeetingInvitation.person_id == feed.person_id,
                MeetingInvitation.meeting_id.in_([line.id for line in lines]),
            )
            .order_by(MeetingInvitation.id)
        )
    }
    found = []
    for line in lines:
        invitation = sent.get(line.id)
        uid = invitation.uid if invitation is not None else f"moede-{line.id}-{feed.person_id}@sagsgang"
        entry = Entry(
            uid,
            max(line.moved, invitation.sequence if invitation is not None else 0),
            "PUBLISH",
            summary_of(line.kind, line.case_number),
            line.starts_at,
            line.ends_at,
            line.place,
            line.link,
        )
        found.append(FeedEntry(entry, line.status == "aflyst"))
    return found


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Refused("Kun en person har en kalender.")
    return actor.person_id
