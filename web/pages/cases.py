"""What the list of cases and the pages of one case show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from web.pages.inbox import Startable
from web.pages.messages import MessageLink
from web.pages.parts import (
    CaseRef,
    Choice,
    DiagramView,
    Fact,
    Limit,
    Pager,
    PersonRef,
    StepMark,
    Tab,
    TaskRow,
)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in a list."""

    ref: CaseRef
    status: str
    """`aaben` or `lukket`."""
    kind: str
    unit: str
    handler: str | None
    phase: str
    """What is next to be done, in words: »Opstart af sag: 2 Forberedelse af opstartssamtale«."""
    next_limit: Limit | None
    open_tasks: int


@dataclass(frozen=True, slots=True)
class CaseList:
    """The cases that the person has a relation to."""

    tabs: tuple[Tab, ...]
    rows: tuple[CaseRow, ...]
    pager: Pager
    status: str
    search: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """The person card. `number` is masked unless it was asked for, which is logged."""

    name: str
    born: date | None
    number: str = ""
    may_see_number: bool = False
    address: str = ""
    protected: bool = False
    custody: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One deadline of the case."""

    what: str
    limit: Limit
    rule: str
    """How it is counted: »5 arbejdsdage efter, at opgaven kom«; empty where there are no words for it."""
    feel: str
    """The rule as the diagram has it."""
    state: str = "open"
    """`open`, `met`, `missed` or `dropped`."""
    met_at: datetime | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `kind` picks the icon: task, deadline, document, note, people, case,
    message, view.
    """

    at: datetime
    who: str
    text: str
    kind: str = "task"
    detail: str = ""
    href: str | None = None
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document with its newest version."""

    id: str
    title: str
    version: int
    issued: datetime
    by: str
    href: str
    older: tuple[tuple[int, str], ...] = ()
    """Earlier versions: number and address."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a part in the case."""

    name: str
    kind: str
    """»Fagperson«, »Netværk«, »Familie«, »Forældremyndighed«."""
    function: str = ""
    organisation: str = ""
    consent: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One running or finished procedure of the case."""

    id: str
    key: str
    name: str
    version: int
    state: str
    """`igang`, `afsluttet`, `annulleret` or `haendelse`."""
    started: datetime
    steps: tuple[StepMark, ...]
    href: str
    ended: str = ""
    """Name of the end that was reached."""
    provisional: bool = False
    called_from: str = ""
    waits_for: tuple[str, ...] = ()
    """»Påmindelse fredag den 6. marts«, »Svar fra Skolen« …"""


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What stands on top of every page of the case."""

    ref: CaseRef
    status: str
    opened: date
    kind: str
    unit: str
    handler: str | None
    relation: str
    """In what relation the viewer sees the case; it is logged."""
    tabs: tuple[Tab, ...]
    from_fifteen: bool = False
    """The child is fifteen or more: it has rights of its own, and signs too."""
    closed: date | None = None
    closed_reason: str = ""
    may_note: bool = False
    may_reallocate: bool = False
    may_close: bool = False
    may_reopen: bool = False


@dataclass(frozen=True, slots=True)
class CasePage:
    """The overview of one case."""

    case: CaseHead
    child: Child
    people: tuple[Fact, ...]
    tasks: tuple[TaskRow, ...]
    deadlines: tuple[DeadlineRow, ...]
    instances: tuple[InstanceRow, ...]
    timeline: tuple[Entry, ...]
    documents: tuple[DocumentRow, ...]
    startable: tuple[Startable, ...] = ()
    messages: tuple[MessageLink, ...] = ()
    incidents: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """All that has happened in the case."""

    case: CaseHead
    rows: tuple[Entry, ...]
    kinds: tuple[Choice, ...]
    pager: Pager
    note_error: str = ""
    note_text: str = ""


@dataclass(frozen=True, slots=True)
class CourseView:
    """One procedure of the case with its diagram."""

    instance: InstanceRow
    diagram: DiagramView | None
    log: tuple[Entry, ...] = ()
    may_cancel: bool = False


@dataclass(frozen=True, slots=True)
class CoursesPage:
    """The procedures of the case; one of them opened with its diagram."""

    case: CaseHead
    rows: tuple[InstanceRow, ...]
    opened: CourseView | None
    startable: tuple[Startable, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """One attached file."""

    name: str
    label: str
    size: str
    at: datetime
    by: str
    href: str


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """The documents of the case, and what people have attached."""

    case: CaseHead
    rows: tuple[DocumentRow, ...]
    files: tuple[AttachmentRow, ...]
    may_attach: bool


@dataclass(frozen=True, slots=True)
class PartiesPage:
    """The people of the case."""

    case: CaseHead
    child: Child
    people: tuple[Fact, ...]
    rows: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Viewing:
    """Somebody looked at the case, or was refused."""

    at: datetime
    who: str
    relation: str
    what: str
    refused: bool


@dataclass(frozen=True, slots=True)
class ViewingsPage:
    """Who has seen the case, and in what relation."""

    case: CaseHead
    rows: tuple[Viewing, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class CaseActionPage:
    """Asks before something is done to the case: reallocate, close, reopen, cancel a procedure."""

    case: CaseHead
    title: str
    explanation: str
    """What will follow, in plain words."""
    action: str
    """Address the form posts to."""
    button: str
    people: tuple[PersonRef, ...] = ()
    chosen: str = ""
    reason: str = ""
    danger: bool = False
    errors: dict[str, str] = field(default_factory=dict)
