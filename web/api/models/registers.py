"""The municipality's registers, and changing a row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from web.api.models import Line, Model, Query


class RegisterLine(Model):
    """A row in a register."""

    key: str
    title: str
    status: str
    due_on: date | None


class RegisterRows(Model):
    """A register: the rows in force first, history last."""

    name: str
    title: str
    may_keep: bool
    items: list[RegisterLine]


class RegisterQuery(Query):
    """Which row."""

    key: str = Field(max_length=80)


class RegisterChange(Model):
    """One change of a row; `by` is null for a procedure's own."""

    at: datetime
    by: str | None
    status: str
    content: dict[str, Any]


class RegisterRow(Model):
    """A row with what it holds and how it came to be so, newest first."""

    name: str
    key: str
    title: str
    status: str
    rev: int
    content: dict[str, Any]
    changes: list[RegisterChange]


class CourseQuery(Query):
    """Which course: the key of its row in the register `kursus`."""

    course: str = Field(max_length=80)


class CourseMark(Model):
    """How far a person or a unit of a course's audience is."""

    person: str | None
    unit: str | None
    name: str
    place: str
    offered_on: date | None
    attended_on: date | None
    evaluated_on: date | None
    planned_on: date | None
    read: bool
    done: bool
    planned: bool


class CourseMarks(Model):
    """A course with its audience, for whoever keeps the register and for leaders."""

    course: str
    title: str
    figure: str
    items: list[CourseMark]


class NewCourseMark(Model):
    """How far one person or one unit is; what is left out stays as it is. `read` is the caller's own word."""

    course: str = Field(max_length=80)
    person: Line | None = None
    unit: Line | None = None
    offered_on: date | None = None
    attended_on: date | None = None
    evaluated_on: date | None = None
    planned_on: date | None = None
    read: bool = False


class RegisterValues(Model):
    """A row to make (without `rev`) or to change. `values` are the register's own fields by name."""

    key: Line = Field(max_length=80)
    title: Line
    status: Literal["aaben", "afsluttet"] = "aaben"
    rev: int | None = Field(None, ge=0, le=2**31 - 1)
    values: dict[str, str | float | None] = Field(default_factory=dict, max_length=20)
