"""What the pages of the municipality's registers show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from web.pages.parts import Choice, Fact, Tab


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a register. `figure` is a course's share in words."""

    href: str
    key: str
    title: str
    state: str
    closed: bool
    due_on: date | None
    figure: str = ""


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A register as a table."""

    tabs: tuple[Tab, ...]
    register: str
    title: str
    rows: tuple[Row, ...]
    can_add: bool
    can_propose: bool
    errors: dict[str, str]
    proposal: str = ""
    procedures: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field that is changed by hand; `choices` when it is chosen."""

    name: str
    label: str
    value: str
    choices: tuple[Choice, ...] | None


@dataclass(frozen=True, slots=True)
class Change:
    """One earlier change."""

    at: datetime
    by: str
    state: str


@dataclass(frozen=True, slots=True)
class Attendant:
    """One person or unit of a course's audience."""

    field: str
    name: str
    place: str
    offered_on: date | None
    attended_on: date | None
    evaluated_on: date | None
    planned_on: date | None
    read: bool
    done: bool


@dataclass(frozen=True, slots=True)
class RowPage:
    """One row with what it holds, its history, and for its keepers a form."""

    tabs: tuple[Tab, ...]
    register: str
    register_title: str
    key: str
    title: str
    state: str
    facts: tuple[Fact, ...]
    changes: tuple[Change, ...]
    editable: bool
    rev: str
    states: tuple[Choice, ...]
    fields: tuple[Field, ...]
    errors: dict[str, str]
    text: str
    """What is to be read, for information."""
    to_read: bool
    has_read: bool
    figure: str
    attendants: tuple[Attendant, ...]
    missing: int
    may_mark: bool
    is_new: bool = False
