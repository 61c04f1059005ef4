"""Drafts of procedures on their way to be published, and courses that were moved to another version."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, Id, Instant, JsonText

_OPEN = text("status IN ('udkast', 'hoering', 'godkendt')")


class ProcedureDraft(Base):
    """A bundle that somebody is changing (udkast). A procedure has at most one that is open."""

    __tablename__ = "procedure_draft"
    __table_args__ = (
        Index("ix_procedure_draft_open", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_procedure_draft_key", "key", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(20))
    """udkast, hoering, godkendt, udgivet or kasseret."""
    base_version: Mapped[int]
    """The version it began as; 0 for a procedure that is new."""
    manifest: Mapped[dict[str, str]] = mapped_column(JsonText)
    """Path → SHA-256, as in a version; the contents are `bundle_file`s."""
    hash: Mapped[str] = mapped_column(String(64))
    rev: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """Who changed it last: somebody else must approve it."""
    checked_hash: Mapped[str | None] = mapped_column(String(64))
    """The content that was last checked, …"""
    problems: Mapped[list[Any]] = mapped_column(JsonText)
    """… and what was wrong with it: rows of file, element, line, rule, text and level."""
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[list[Any]] = mapped_column(JsonText)
    """Ids of the people who approved this very content."""
    version_id: Mapped[int | None] = mapped_column(Id, ForeignKey("procedure_version.id"))
    """The version it became."""
    note: Mapped[str] = mapped_column(Text)
    """What is new in it, told when it was published."""


class CourseMove(Base):
    """A running course that was moved to another version, and what it was before, so that it can go back."""

    __tablename__ = "course_move"
    __table_args__ = (Index("ix_course_move_instance", "instance_id", "id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(Id, ForeignKey("instance.id"))
    from_version_id: Mapped[int] = mapped_column(Id, ForeignKey("procedure_version.id"))
    to_version_id: Mapped[int] = mapped_column(Id, ForeignKey("procedure_version.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    rev: Mapped[int]
    """The course's revision after the move: while it is the same, nothing has happened since."""
    state: Mapped[str] = mapped_column(Encrypted("course_move.state"))
    """The engine's state before; empty once the course is over."""
    tasks: Mapped[list[Any]] = mapped_column(JsonText)
    """The open tasks before: name, recipient, dates and what reminds of them."""
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
