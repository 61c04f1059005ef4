"""What administration shows: people, units, roles, closing days, outgoing mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from web.pages.parts import Choice, Fact, Pager, Tab


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in the list."""

    id: str
    name: str
    username: str
    email: str
    unit: str
    roles: tuple[str, ...]
    active: bool
    away: str = ""
    """»Fravær til 12. juni, Sara Lund er stedfortræder«."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The municipality's people."""

    tabs: tuple[Tab, ...]
    rows: tuple[PersonRow, ...]
    pager: Pager
    search: str = ""
    units: tuple[Choice, ...] = ()
    roles: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that a person holds: where, and since when."""

    id: str
    role: str
    unit: str
    binding: str
    """»Enhed«, »Post«, »Sag« or »Møde«."""
    since: date | None = None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person: facts, roles, a form to change them."""

    tabs: tuple[Tab, ...]
    id: str
    name: str
    username: str
    email: str
    title: str
    active: bool
    units: tuple[Choice, ...]
    roles: tuple[HeldRole, ...]
    grantable: tuple[Choice, ...]
    open_tasks: int
    open_cases: int
    rev: int
    errors: dict[str, str] = field(default_factory=dict)
    new: bool = False


@dataclass(frozen=True, slots=True)
class UnitNode:
    """One unit with those below it."""

    id: str
    name: str
    kind: str
    leader: str | None
    people: int
    children: tuple[UnitNode, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitsPage:
    """The organisation as a tree."""

    tabs: tuple[Tab, ...]
    roots: tuple[UnitNode, ...]


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role of the catalogue."""

    key: str
    name: str
    binding: str
    holders: tuple[str, ...]
    used_in: tuple[str, ...]
    """Names of procedures with a lane for it."""


@dataclass(frozen=True, slots=True)
class RolesPage:
    """The role catalogue: who holds what, and where it is used."""

    tabs: tuple[Tab, ...]
    rows: tuple[RoleRow, ...]


@dataclass(frozen=True, slots=True)
class ClosingDay:
    """A day that is no working day here: every year (`day` and `month`) or once (`date`)."""

    id: str
    text: str
    when: str
    yearly: bool


@dataclass(frozen=True, slots=True)
class ClosingDaysPage:
    """The municipality's closing days beside the public holidays."""

    tabs: tuple[Tab, ...]
    own: tuple[ClosingDay, ...]
    holidays: tuple[Fact, ...]
    """This year's public holidays, which cannot be changed."""
    year: int
    errors: dict[str, str] = field(default_factory=dict)
    text: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One mail on its way out, or that could not be sent."""

    id: str
    to: str
    subject: str
    created: datetime
    attempts: int
    state: str
    """`venter`, `sendt` or `fejlet`."""
    error: str = ""
    next_try: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """Outgoing mail."""

    tabs: tuple[Tab, ...]
    rows: tuple[OutboxRow, ...]
    pager: Pager
    states: tuple[Choice, ...] = ()
