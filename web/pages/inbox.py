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
    people: tuple[Choice, ...] = ()
    """Only under »Min enhed«: whose tasks."""
    changes_url: str = ""
    """Where the page asks now and then whether there is a newer list."""
    guides: tuple[Guide, ...] = ()
    """The guides that everybody must be able to reach from here in one click (ST-38)."""
    warnings: tuple[str, ...] = ()
    """What is wrong with the organisation, for those who lead something (ST-57)."""

    @property
    def empty(self) -> bool:
        """True when there is nothing to show."""
        return not any(group.rows for group in self.groups)

    @property
    def filtered(self) -> bool:
        """True when a search or a filter narrows the list."""
        chosen = any(choice.selected and choice.value for choice in self.people)
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
class Guide:
    """One guide of the library."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class StartLink:
    """One way to begin a procedure. `at_once`: there is nothing to fill in first."""

    name: str
    href: str
    at_once: bool


@dataclass(frozen=True, slots=True)
class Startable:
    """A procedure that the person may begin, and the ways to do it."""

    key: str
    name: str
    purpose: str
    ways: tuple[StartLink, ...]
    refusal: str | None = None
    """Why it cannot be begun now."""


@dataclass(frozen=True, slots=True)
class StartList:
    """What one can begin without a case, e.g. registering a first contact."""

    rows: tuple[Startable, ...]
