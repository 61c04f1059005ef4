"""What the incidents' pages show: what could not go on, and who sees to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from web.pages.parts import CaseRef, Choice, Fact, Pager, Tab


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident in the list."""

    id: str
    what: str
    """In plain Danish: »Ingen har rollen Socialfaglig konsulent i Børn«."""
    step: str
    procedure: str
    case: CaseRef | None
    owner: str
    since: datetime
    attempts: int
    href: str
    resolved: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentList:
    """Open incidents, oldest first; or the resolved ones."""

    tabs: tuple[Tab, ...]
    rows: tuple[IncidentRow, ...]
    pager: Pager
    procedures: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentNote:
    """What somebody wrote or did about it."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One incident: what happened, what it stops, what to do."""

    row: IncidentRow
    consequence: str
    """What waits because of it."""
    advice: str
    """What to do before trying again."""
    facts: tuple[Fact, ...]
    technical: str
    """The error as text, without personal data."""
    notes: tuple[IncidentNote, ...]
    may_retry: bool
    may_resolve: bool
    error: str = ""
