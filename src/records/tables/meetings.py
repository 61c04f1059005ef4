"""Meetings: single ones and those with slots, what is taken up at them, and who takes part."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, Id, Instant

_HELD_DAY = text("slot_minutes IS NOT NULL AND status <> 'aflyst'")
_LIVE = text("status IN ('venter', 'booket', 'aaben')")


class Meeting(Base):
    """A meeting. With `slot_minutes` it is cut into slots that cases are booked on; else a case's own."""

    __tablename__ = "meeting"
    __table_args__ = (
        Index("ix_meeting_starts_at", "starts_at"),
        Index("ix_meeting_instance", "instance_id"),
        Index("ix_meeting_case", "case_id"),
        # Two agendas of one kind on one day would compete for the same cases.
        Index(
            "ux_meeting_slotted_day",
            "kind",
            "on_date",
            unique=True,
            sqlite_where=_HELD_DAY,
            postgresql_where=_HELD_DAY,
        ),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    """Art: faglig_forum, boerne_og_familiemoede, samarbejdsmoede …"""
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20), default="planlagt")
    """planlagt, indkaldt, afholdt or aflyst."""
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    on_date: Mapped[date] = mapped_column(Date)
    """The local day it begins on."""
    place: Mapped[str | None] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(400))
    slot_minutes: Mapped[int | None]
    material_due_at: Mapped[datetime | None] = mapped_column(Instant)
    """After this nothing more is booked on it."""
    chair_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    minute_taker_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    """The course that the meeting is held in."""
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    previous_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting.id"))
    """The meeting that this one follows up."""
    cancel_reason: Mapped[str | None] = mapped_column(Encrypted("meeting.cancel_reason"))
    moved: Mapped[int] = mapped_column(default=0)
    """How often its time, place or people's entry in a calendar has changed."""
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    held_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    rev: Mapped[int] = mapped_column(default=1)


class MeetingItem(Base):
    """A case's place at a meeting with slots (punkt), or in the queue for one."""

    __tablename__ = "meeting_item"
    __table_args__ = (
        Index("ix_meeting_item_meeting", "meeting_id"),
        Index("ix_meeting_item_case", "case_id"),
        Index(
            "ux_meeting_item_instance",
            "instance_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_meeting_item_status", "kind", "status"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting.id"))
    """Empty while it waits for a meeting with room."""
    kind: Mapped[str] = mapped_column(String(60))
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int] = mapped_column(Id, ForeignKey("instance.id"))
    status: Mapped[str] = mapped_column(String(20), default="venter")
    """venter, booket, aaben, lukket, udsat or frigivet."""
    minutes: Mapped[int]
    not_before: Mapped[date] = mapped_column(Date)
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    family_invited: Mapped[bool] = mapped_column(default=False)
    child_invited: Mapped[bool] = mapped_column(default=False)
    material: Mapped[str] = mapped_column(String(30), default="mangler")
    """mangler, modtaget, modtaget_for_sent or afvist."""
    chair_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    consultant_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(Encrypted("meeting_item.reason"))
    """Why it was last moved, put off or taken off."""
    decision: Mapped[str | None] = mapped_column(String(60))
    requested_at: Mapped[datetime] = mapped_column(Instant)
    """Order of receipt."""
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    family_left_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    rev: Mapped[int] = mapped_column(default=1)


class MeetingSlot(Base):
    """One slot of a meeting. All are made with the meeting, and a row holds one item: never an eighth, never
    two in one."""

    __tablename__ = "meeting_slot"
    __table_args__ = (Index("ix_meeting_slot_item", "item_id"),)
    meeting_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 …"""
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    item_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting_item.id"))


class MeetingParticipant(Base):
    """Somebody who takes part in a meeting, or in one item of it."""

    __tablename__ = "meeting_participant"
    __table_args__ = (
        CheckConstraint("(meeting_id IS NULL) <> (item_id IS NULL)", name="one_of_two"),
        Index("ix_meeting_participant_meeting", "meeting_id"),
        Index("ix_meeting_participant_item", "item_id"),
        Index("ix_meeting_participant_person", "person_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting.id"))
    item_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting_item.id"))
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(Encrypted("meeting_participant.name"))
    role: Mapped[str] = mapped_column(String(60))
    profession: Mapped[str | None] = mapped_column(String(120))
    """Faggruppe."""
    organisation: Mapped[str | None] = mapped_column(String(200))
    contact: Mapped[str | None] = mapped_column(Encrypted("meeting_participant.contact"))
    part: Mapped[str] = mapped_column(String(20), default="hele")
    """What they may be there for: hele, eget_punkt or sos."""
    invited_at: Mapped[datetime | None] = mapped_column(Instant)
    invited_for: Mapped[datetime | None] = mapped_column(Instant)
    """The start that they were invited to; another start needs a new invitation."""
    answer: Mapped[str | None] = mapped_column(String(20))
    """accept, ny_tid or afslag."""
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    attendance: Mapped[str | None] = mapped_column(String(20))
    """fysisk, digital or fravaerende."""
    left_at: Mapped[datetime | None] = mapped_column(Instant)
