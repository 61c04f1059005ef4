"""What the pages of meetings show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from web.pages.inbox import StartLink
from web.pages.parts import Answer, Choice, Tab


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting in the calendar."""

    id: str
    href: str
    title: str
    kind: str
    status: str
    starts: datetime
    ends: datetime
    place: str
    link: str
    chair: str
    case: tuple[str, str] | None
    """Id and number of the case, for those who may open it."""
    places: str
    """»3 sager · 4 ledige pladser«; empty for a meeting without slots."""
    answer: str
    """»Accepteret«, »Svar mangler« …; empty without an invitation."""
    answer_kind: str
    mine: bool
    clashes: bool = False
    """Another meeting of one's own lies at the same time."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar."""

    date: date
    closed: str
    """Name of the holiday or closing day; empty on a working day."""
    today: bool
    rows: tuple[MeetingRow, ...]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """A week or a month's list of meetings."""

    view: str
    """`uge` or `liste`."""
    views: tuple[Tab, ...]
    whose: tuple[Tab, ...]
    scope: str
    heading: str
    """»Uge 24, 8.–14. juni 2026«."""
    days: tuple[Day, ...]
    previous: str
    next: str
    now: str
    """Address of the present period; empty when it is shown."""
    starts: tuple[StartLink, ...]
    """Ways to call a meeting that belongs to no case."""
    following: tuple[str, str] | None = None
    """Words and address of the next meeting when the period has none."""
    feed_href: str = "/konto#kalender"
    keeps_agendas: bool = False

    @property
    def empty(self) -> bool:
        """True when the period has no meetings."""
        return not any(day.rows for day in self.days)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part."""

    id: str
    name: str
    role: str
    about: str
    """Faggruppe and organisation."""
    part: str
    """What they are there for, in words; empty for the whole meeting."""
    answer: str
    answer_kind: str
    attendance: str
    """Key: fysisk, digital, fravaerende or empty."""
    me: bool
    may_answer: bool
    may_mark: bool
    may_remove: bool


@dataclass(frozen=True, slots=True)
class Time:
    """A time that the meeting has had."""

    starts: datetime
    ends: datetime
    place: str
    since: datetime
    holds: bool


@dataclass(frozen=True, slots=True)
class MeetingHead:
    """The top of every page about one meeting."""

    id: str
    title: str
    kind: str
    status: str
    starts: datetime
    ends: datetime
    place: str
    link: str
    chair: str
    minute_taker: str
    material_due: datetime | None
    cancel_reason: str
    rev: int
    tabs: tuple[Tab, ...]
    may_change: bool
    tasks: tuple[tuple[str, str], ...]
    """Name and address of the reader's own tasks about the meeting as a whole."""
    case: tuple[str, str] | None = None
    case_number: str = ""
    previous: tuple[str, datetime] | None = None
    following: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A meeting: where and when, who, and what time it had before."""

    meeting: MeetingHead
    people: tuple[Person, ...]
    times: tuple[Time, ...]
    choices: tuple[Choice, ...]
    roles: tuple[Choice, ...]
    errors: dict[str, str] = field(default_factory=dict)
    message: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    """What was filled in when it was refused."""
    for_item: tuple[str, str] | None = None
    """Id and name of the item that somebody is added to; None: to the whole meeting."""


@dataclass(frozen=True, slots=True)
class Item:
    """One case on an agenda."""

    id: str
    place: int
    """Where it stands in the row of items and free slots."""
    last: bool
    status: str
    starts: datetime | None
    ends: datetime | None
    minutes: int
    case: tuple[str, str] | None
    number: str
    child: str
    chair: str
    consultant: str
    family: str
    """Who of the family is invited, in words; empty for nobody."""
    family_left: datetime | None
    material: str
    material_kind: str
    reason: str
    decision: str
    people: tuple[Person, ...]
    rev: int
    may_order: bool
    may_run: bool
    may_open: bool
    may_close: bool
    tasks: tuple[tuple[str, str], ...]
    moves: tuple[Choice, ...]
    """Other meetings with room for it: value »meeting:slot«."""
    lengths: tuple[Choice, ...]
    minutes_href: str

    @property
    def name(self) -> str:
        """Number and child, as far as the reader may know them."""
        return " ".join(part for part in (self.number, self.child) if part)


@dataclass(frozen=True, slots=True)
class Free:
    """A slot that nobody has."""

    place: int
    slot: int
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Queued:
    """A case that waits for a time."""

    item: str
    name: str
    minutes: int
    not_before: date
    since: datetime
    fits: bool


@dataclass(frozen=True, slots=True)
class AgendaPage:
    """The agenda of a meeting with slots."""

    meeting: MeetingHead
    rows: tuple[Item | Free, ...]
    off: tuple[Item, ...]
    """Those put off or taken off."""
    queue: tuple[Queued, ...]
    free: int
    may_order: bool
    message: str = ""
    """What stood in the way of the last change."""
    said: str = ""
    """What was changed last, for the live region."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Moving or cancelling a meeting: the form, and what follows."""

    meeting: MeetingHead
    values: dict[str, str]
    errors: dict[str, str]
    consequences: tuple[str, ...]
    warnings: tuple[str, ...]
    asked: bool
    """The consequences have been shown; the next press does it."""


@dataclass(frozen=True, slots=True)
class MinutesPart:
    """One step of the minutes."""

    name: str
    answers: tuple[Answer, ...]
    done: bool
    saved: datetime | None


@dataclass(frozen=True, slots=True)
class MinutesPage:
    """The minutes of an item while they are written."""

    item: str
    back: str
    title: str
    case_number: str
    starts: datetime | None
    ends: datetime | None
    part: str
    parts: tuple[MinutesPart, ...]
    refused: str
    again: str
    """Address that the page asks for what is new; empty when nothing more comes."""
