"""Tasks with their drafts, submissions, deadlines and notices."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, EncryptedJson, Id, Instant

_OPEN = text("status = 'aaben'")
_BEHALF = text("on_behalf_of_id IS NOT NULL")


class Task(Base):
    """A step that waits for a person. `assignee_id` has it; else anybody in `group_id` may claim it."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("instance_id", "engine_id"),
        Index(
            "ix_task_mine",
            "assignee_id",
            "urgency",
            "sort_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_task_group",
            "group_id",
            "urgency",
            "sort_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_task_case", "case_id", "status"),
        Index("ix_task_on_behalf_of", "on_behalf_of_id", sqlite_where=_BEHALF, postgresql_where=_BEHALF),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(Id, ForeignKey("instance.id"))
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("procedure_version.id"))
    engine_id: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(60))
    item: Mapped[Any | None] = mapped_column(EncryptedJson("task.item"))
    """The element of a multi-instance collection that this task is about."""
    assignee_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    group_id: Mapped[int | None] = mapped_column(Id, ForeignKey("work_group.id"))
    """Set for a group's task, also while somebody has claimed it (then `assignee_id` is set as well)."""
    on_behalf_of_id: Mapped[int | None] = mapped_column(Id)
    """Whose task it is while they are away; it goes back to them when they return. A person's id without a
    foreign key: SQLite cannot give one to a table that has rows without copying it."""
    status: Mapped[str] = mapped_column(String(20), default="aaben")
    """aaben, udfoert or annulleret."""
    urgency: Mapped[int] = mapped_column(SmallInteger, default=1)
    """0 akut, 1 ordinary (ST-53)."""
    opened_at: Mapped[datetime] = mapped_column(Instant)
    due_on: Mapped[date | None] = mapped_column(Date)
    """The legal date."""
    work_on: Mapped[date | None] = mapped_column(Date)
    """Arbejdsfrist: the last working day on or before the legal date."""
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    sort_at: Mapped[datetime] = mapped_column(Instant)
    """`due_at`, or far in the future when there is no due date, so that one index serves every list."""
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    close_reason: Mapped[str | None] = mapped_column(String(400))
    rev: Mapped[int] = mapped_column(default=1)


class Draft(Base):
    """What somebody has filled in so far (kladde). One per task; `rev` tells two tabs apart."""

    __tablename__ = "draft"
    task_id: Mapped[int] = mapped_column(Id, ForeignKey("task.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("draft.answers"))
    saved_at: Mapped[datetime] = mapped_column(Instant)
    rev: Mapped[int]


class Submission(Base):
    """The answers with which a step was done. Append-only: a correction is a new row beside the old."""

    __tablename__ = "submission"
    __table_args__ = (
        Index("ix_submission_instance_element", "instance_id", "element_id"),
        Index("ix_submission_task", "task_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    """Empty for a form that was filled in to start the instance."""
    instance_id: Mapped[int] = mapped_column(Id, ForeignKey("instance.id"))
    element_id: Mapped[str] = mapped_column(String(120))
    answers: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("submission.answers"))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    replaces_id: Mapped[int | None] = mapped_column(Id, ForeignKey("submission.id"))
    reason: Mapped[str | None] = mapped_column(Encrypted("submission.reason"))
    """Why it replaces another one: free text, so it may be about anybody."""


class Deadline(Base):
    """A date that must be kept, with the rule it came from (architecture.md 5)."""

    __tablename__ = "deadline"
    __table_args__ = (Index("ix_deadline_case", "case_id", "status"), Index("ix_deadline_task", "task_id"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    title: Mapped[str] = mapped_column(String(200))
    rule: Mapped[str] = mapped_column(Text)
    base_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    work_on: Mapped[date] = mapped_column(Date)
    due_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(20))
    """loeber, overholdt, for_sent or bortfaldet."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Notice(Base):
    """A line to one person in the app: a new task, a reminder, an escalation. Holds nothing personal."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_person_at", "person_id", "at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(String(400))
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    meeting_id: Mapped[int | None] = mapped_column(Id, ForeignKey("meeting.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
