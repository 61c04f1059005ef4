"""The registers that the municipality keeps beside its cases: goals, standards, courses, initiatives."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Id, Instant, JsonText


class RegisterRow(Base):
    """One row of a register, as it is now. What it holds is described by `tasks.register_kinds`."""

    __tablename__ = "register_row"
    __table_args__ = (UniqueConstraint("register", "key"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    register: Mapped[str] = mapped_column(String(30))
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(300))
    status: Mapped[str] = mapped_column(String(20))
    """aaben, afsluttet or historie (of an earlier cycle: nothing is done about it any more)."""
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)
    rev: Mapped[int] = mapped_column(default=1)


class RegisterChange(Base):
    """What a row of a register became, when and by whom. Append-only."""

    __tablename__ = "register_change"
    __table_args__ = (Index("ix_register_change_row", "row_id", "id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    row_id: Mapped[int] = mapped_column(Id, ForeignKey("register_row.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    """The course that changed it; None when it was changed on the register's page."""
    status: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]] = mapped_column(JsonText)


class CourseMark(Base):
    """How far a person or a unit is with a course or a piece of information; one row for each."""

    __tablename__ = "course_mark"
    __table_args__ = (
        UniqueConstraint("course", "person_id"),
        UniqueConstraint("course", "unit_id"),
        CheckConstraint("(person_id IS NULL) <> (unit_id IS NULL)", name="of_one"),
        Index("ix_course_mark_person", "person_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    course: Mapped[str] = mapped_column(String(80))
    """Key of a row in the register `kursus`."""
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    unit_id: Mapped[int | None] = mapped_column(Id, ForeignKey("org_unit.id"))
    offered_on: Mapped[date | None] = mapped_column(Date)
    attended_on: Mapped[date | None] = mapped_column(Date)
    evaluated_on: Mapped[date | None] = mapped_column(Date)
    planned_on: Mapped[date | None] = mapped_column(Date)
    """By when it is in the person's kompetenceudviklingsplan (ST-81)."""
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the person said to have read it (ST-128)."""
