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
    title: str
    unit: str
    roles: tuple[str, ...]
    active: bool


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
    """A role that a person holds: where, and when."""

    id: str
    role: str
    unit: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person: facts, roles, a form to change them. A new person has no id."""

    tabs: tuple[Tab, ...]
    id: str
    heading: str
    name: str
    username: str
    email: str
    title: str
    hired: str
    active: bool
    can_sign_in: bool
    units: tuple[Choice, ...]
    roles: tuple[HeldRole, ...]
    grantable: tuple[Choice, ...]
    role_units: tuple[Choice, ...]
    role_since: str
    role_until: str
    open_tasks: int
    open_cases: int
    errors: dict[str, str] = field(default_factory=dict)
    role_errors: dict[str, str] = field(default_factory=dict)
    password: str = ""
    """A new password, shown this once."""
    is_me: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a unit."""

    id: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitNode:
    """One unit with those below it."""

    id: str
    name: str
    kind: str
    leaders: tuple[str, ...]
    people: tuple[Member, ...]
    children: tuple[UnitNode, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitsPage:
    """The organisation as a tree, and what is wrong with it."""

    tabs: tuple[Tab, ...]
    roots: tuple[UnitNode, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitPage:
    """The form of one unit. A new one has no id."""

    tabs: tuple[Tab, ...]
    id: str
    heading: str
    name: str
    kinds: tuple[Choice, ...]
    parents: tuple[Choice, ...]
    district: str
    area: str
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role of the catalogue."""

    key: str
    name: str
    binding: str
    holders: tuple[str, ...]
    used_in: tuple[str, ...]
    """Names of procedures with a lane for it."""
    missing: bool = False
    """A procedure needs it, and nobody holds it."""

    @property
    def in_use(self) -> bool:
        """True when somebody holds it or a procedure has a lane for it."""
        return bool(self.holders or self.used_in)


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
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One mail on its way out, or that could not be sent."""

    id: str
    to: str
    address: str
    subject: str
    created: datetime
    attempts: int
    state: str
    """`venter`, `sendt` or `fejlet`."""
    error: str = ""
    next_try: datetime | None = None
    sent: datetime | None = None


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """Outgoing mail."""

    tabs: tuple[Tab, ...]
    rows: tuple[OutboxRow, ...]
    pager: Pager
    states: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class LogRow:
    """One act of administration."""

    at: datetime
    who: str
    kind: str
    person: str
    """Whom it was about; empty when it was about nobody."""
    href: str | None
    text: str


@dataclass(frozen=True, slots=True)
class LogPage:
    """The log of administration, newest first."""

    tabs: tuple[Tab, ...]
    rows: tuple[LogRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """One leave of a person."""

    id: str
    first: date
    last: date
    substitute: str
    """Empty: the leader's group."""
    state: str
    open: bool
    """It is planned or running, so it can be changed or ended."""
    running: bool


@dataclass(frozen=True, slots=True)
class LeavePage:
    """A person's leave, with who stands in."""

    id: str
    name: str
    is_me: bool
    rows: tuple[LeaveRow, ...]
    substitutes: tuple[Choice, ...]
    errors: dict[str, str] = field(default_factory=dict)
    leave: str = ""
    """Id of the leave that is changed; empty for a new one."""
    first: str = ""
    last: str = ""
