"""What the worklist, the notices and the list of things to start show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from web.dates import Lateness
from web.pages.parts import CaseRef, Choice, Pager, Tab, TaskRow


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """The tasks under one heading of lateness."""

    lateness: Lateness
    rows: tuple[TaskRow, ...]


@dataclass(frozen=True, slots=True)
class Worklist:
    """The worklist: whose, searched how, and what is in it."""

    tabs: tuple[Tab, ...]
    """Mine opgaver, mine grupper, min enhed; the last only for those who have a unit."""
    scope: str
    """`mine`, `grupper` or `enhed`."""
    groups: tuple[TaskGroup, ...]
    today: date
    pager: Pager
    search: str = ""
    procedures: tuple[Choice, ...] = ()
    people: tuple[Choice, ...] = ()
    """Only under »Min enhed«: whose tasks."""
    seen: str = ""
    """Mark of the list as shown; the page asks now and then whether there is a newer one."""
    changes_url: str = ""
    may_start: bool = True

    @property
    def empty(self) -> bool:
        """True when there is nothing to show."""
        return not any(group.rows for group in self.groups)

    @property
    def filtered(self) -> bool:
        """True when a search or a filter narrows the list."""
        chosen = any(choice.selected and choice.value for choice in (*self.procedures, *self.people))
        return bool(self.search) or chosen


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to the person: a reminder, an escalation, something that happened."""

    id: str
    at: datetime
    kind: str
    """`paamindelse`, `eskalering`, `ny_opgave`, `besked`."""
    text: str
    href: str | None
    case: CaseRef | None = None
    read: bool = False


@dataclass(frozen=True, slots=True)
class Notices:
    """The person's messages, newest first."""

    rows: tuple[Notice, ...]
    pager: Pager
    unread: int


@dataclass(frozen=True, slots=True)
class Startable:
    """A procedure that the person may start, or may not and why."""

    key: str
    name: str
    purpose: str
    href: str
    refused: str | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class StartList:
    """What one can begin without a case, e.g. registering a first contact."""

    rows: tuple[Startable, ...]
    case: CaseRef | None = None
    """Set when the list is for one case."""
