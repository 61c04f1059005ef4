"""What of a meeting stands in people's own calendars: invitations sent, answers that came, private feeds."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, Id, Instant


class MeetingTime(Base):
    """One time and place that a meeting has had. Append-only: the newest is the one that holds."""

    __tablename__ = "meeting_time"
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 …"""
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    place: Mapped[str | None] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(400))
    since: Mapped[datetime] = mapped_column(Instant)


class MeetingInvitation(Base):
    """One person's entry of a meeting, or of an item of it, as it was last sent to their calendar.

    It outlives the participant's row, so that whoever is taken off a meeting is told so too.
    """

    __tablename__ = "meeting_invitation"
    __table_args__ = (
        Index("ix_meeting_invitation_meeting", "meeting_id"),
        Index("ix_meeting_invitation_participant", "participant_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    uid: Mapped[str] = mapped_column(String(120), unique=True)
    """UID of the entry: random, one for each person, so that an answer's UID tells whose it is."""
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting_item.id"))
    participant_id: Mapped[int] = mapped_column(Id)
    """Whose row of the meeting it is, also when that is gone: no foreign key."""
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    contact: Mapped[str | None] = mapped_column(Encrypted("meeting_invitation.contact"))
    """Mail address of somebody without an account."""
    sequence: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    place: Mapped[str | None] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(400))
    sent_at: Mapped[datetime] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)


class MeetingReply(Base):
    """A mail that came to the calendar mailbox, read once. What could not be used stays to be looked at."""

    __tablename__ = "meeting_reply"
    __table_args__ = (Index("ix_meeting_reply_open", "handled_at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(String(250), unique=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    sender: Mapped[str] = mapped_column(Encrypted("meeting_reply.sender"))
    invitation_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting_invitation.id"))
    answer: Mapped[str | None] = mapped_column(String(20))
    """accept, ny_tid or afslag; empty when nothing was noted."""
    trouble: Mapped[str | None] = mapped_column(Text)
    """Why it was not used, in Danish; nothing personal."""
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    """At once when it was used, else when somebody has seen to it."""
    handled_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))


class CalendarFeed(Base):
    """The address from which a person's own calendar program fetches their meetings; one each, revocable."""

    __tablename__ = "calendar_feed"
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
