"""The library of guides: texts that owners write, version by version, and who has used which."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Id, Instant


class Guide(Base):
    """One guide in its newest version, e.g. the Mødeguide (SM-51)."""

    __tablename__ = "guide"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    newest: Mapped[int]


class GuideVersion(Base):
    """What a guide says from an instant on. Append-only."""

    __tablename__ = "guide_version"
    __table_args__ = (UniqueConstraint("guide_id", "version"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    guide_id: Mapped[int] = mapped_column(Id, ForeignKey("guide.id"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    """Markdown, without the heading."""
    roles: Mapped[str] = mapped_column(String(400), default="")
    """For a task card (opgavekort): the roles it is meant for, separated by commas (SM-32)."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the shipped file it was read from, or of the text an owner wrote."""
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """Empty for a text that ships with the program."""


class GuideReading(Base):
    """Somebody used a version of a guide for a task. Append-only."""

    __tablename__ = "guide_reading"
    __table_args__ = (Index("ix_guide_reading_task", "task_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    guide_version_id: Mapped[int] = mapped_column(Id, ForeignKey("guide_version.id"))
    task_id: Mapped[int] = mapped_column(Id, ForeignKey("task.id"))
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Instant)
