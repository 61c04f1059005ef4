"""What keeps procedures going: timers, messages, letters to the outside, incidents, the clock."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, EncryptedJson, Id, Instant, JsonText

_UNSENT = text("sent_at IS NULL")


class Timer(Base):
    """A due instant of one instance. Gone in the transaction in which its effect happens."""

    __tablename__ = "timer"
    __table_args__ = (
        Index("ix_timer_due", "due_at"),
        Index("ix_timer_instance", "instance_id"),
        Index("ix_timer_task", "task_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(Id, ForeignKey("instance.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """bpmn (drawn in the diagram), paamindelse or eskalering (the platform's)."""
    engine_id: Mapped[str | None] = mapped_column(String(40))
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    element_id: Mapped[str] = mapped_column(String(120))
    due_at: Mapped[datetime] = mapped_column(Instant)
    """When it is next tried; moved ahead after a failure, so that one bad case never blocks the rest."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Tries begun: counted before the try, so that one that ends the process counts as well."""
    tried_by: Mapped[str | None] = mapped_column(String(80))
    """The process that has counted its try and not finished it."""
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it counted it, in real time."""


class Receiver(Base):
    """A place in a running instance that waits for a message."""

    __tablename__ = "receiver"
    __table_args__ = (
        Index("ix_receiver_case_name", "case_id", "name"),
        Index("ix_receiver_instance", "instance_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(Id, ForeignKey("instance.id"))
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    engine_id: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(120))
    key: Mapped[str | None] = mapped_column(String(200))


class Message(Base):
    """A message on a case, delivered once or waiting for its receiver."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_case_status", "case_id", "status"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    name: Mapped[str] = mapped_column(String(120))
    key: Mapped[str | None] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("message.payload"))
    external_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    sender_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    sent_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(20))
    """venter, leveret, haendelse or bortfaldet."""
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    receiver_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))


class Outbox(Base):
    """Something that leaves the house after the transaction: mail. `message_id` never changes."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "next_try_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)


class Incident(Base):
    """Something that cannot go on by itself, with somebody who owns it. `command` is what to try again."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_case", "case_id"),
        Index("ix_incident_open", "resolved_at", "opened_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    kind: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    command: Mapped[dict[str, Any]] = mapped_column(JsonText)
    owner_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=1)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    resolution: Mapped[str | None] = mapped_column(Text)


class ClockOffset(Base):
    """How far the demo's or test's clock is ahead of the wall's, in seconds; one row, forward only."""

    __tablename__ = "clock_offset"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seconds: Mapped[int]
