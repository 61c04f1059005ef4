"""What the pages about a meeting's guests show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.pages.cases import CaseHead
from web.pages.parts import Answer


@dataclass(frozen=True, slots=True)
class GuestPart:
    """A step of the minutes that is shared with the guest."""

    name: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class GuestPage:
    """A guest's own time at a meeting. No names: the page is reached without an account."""

    starts: datetime
    ends: datetime
    place: str
    link: str
    running: bool
    parts: tuple[GuestPart, ...]
    again: str
    """Address that the page asks for what is new."""


@dataclass(frozen=True, slots=True)
class GuestRow:
    """Somebody of the family at an item, and their newest link."""

    participant: str
    name: str
    meeting: str
    starts: datetime
    link: str
    """Id of the newest link; empty without one."""
    ended: str
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class GuestsPage:
    """The family's places at the case's items."""

    case: CaseHead
    rows: tuple[GuestRow, ...]
    may_change: bool
    address: str
    """The link just made; shown once."""
    guest: str
