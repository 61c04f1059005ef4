"""Small values that several pages show: tasks in lists, facts, people, steps of a procedure, answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limit:
    """A deadline. `working` is the last working day on or before `legal`; `at` is set when the hour matters
    too.
    """

    legal: date
    working: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseRef:
    """How a case is named in lists. `child` is None where the viewer may know the number only."""

    id: str
    number: str
    child: str | None
    protected: bool = False
    """The child's address is protected; every page that shows the case says so."""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One open task in a list."""

    id: str
    name: str
    procedure: str
    role: str
    """Danish name of the lane's role."""
    case: CaseRef | None
    limit: Limit | None
    opened: datetime
    step: str = ""
    """What tells it from the same step of another course: the day of its meeting; mostly empty."""
    provisional: bool = False
    """The procedure is a draft that awaits its final text."""
    holder: str | None = None
    """Who has the task; None while it waits for somebody of its group."""
    mine: bool = False
    group: str | None = None
    """The group the task was given to, when it was."""
    on_behalf_of: str | None = None
    unread: bool = False
    urgent: bool = False
    """Acute: stands first whatever its limit."""
    draft_saved: datetime | None = None
    may_claim: bool = False
    rev: int = 0
    """Revision that a claim must name, so that two people cannot both take the task."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a list of facts: »Sagsbehandlende rådgiver: Mette Holm«."""

    label: str
    text: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person in a list to choose from."""

    id: str
    name: str
    title: str = ""


class StepState(StrEnum):
    """How far one step of a procedure has come."""

    DONE = "done"
    CURRENT = "current"
    LATE = "late"
    COMING = "coming"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepMark:
    """One step of the line that shows where one is."""

    number: str
    name: str
    state: StepState
    here: bool = False
    """This step is the task on the page."""
    note: str = ""
    """»Kirsten Bro, i går«, or what it waits for."""
    inner: tuple[StepMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered field of a form, as text. A repeated group has `columns` and `rows` in place of `text`."""

    label: str
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody sent in at a step. A correction stands beside the first one, with its reason."""

    id: str
    step: str
    by: str
    at: datetime
    answers: tuple[Answer, ...]
    on_behalf_of: str | None = None
    correction_reason: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Pager:
    """Links to the neighbouring pages of a long list; both None when all of it is shown."""

    previous: str | None = None
    next: str | None = None
    text: str = ""
    """»1–50«, or »1–50 af 212« where the whole is counted."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab that is a page of its own. `count` is None where nothing is counted."""

    text: str
    href: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select or a radio group."""

    value: str
    text: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class DiagramView:
    """A diagram to draw, with what stands on it. `steps` is the same told as text."""

    source: str
    """Address of the BPMN file."""
    title: str
    marks: dict[str, StepState] = field(default_factory=dict)
    """Element id to how far it has come; empty for a procedure that is not running."""
    badges: tuple[Badge, ...] = ()
    steps: tuple[DiagramStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Badge:
    """A small label on an element. `kind` is `frist`, `paamindelse` or `eskalering`."""

    element: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class DiagramStep:
    """One step of a diagram in words: the text alternative of the drawing, and the owner's table."""

    element: str
    name: str
    role: str
    kind: str = ""
    """»Opgave«, »Beslutning«, »Kalder Netværksmøde« …"""
    form: str = ""
    limit: str = ""
    """The rule of the deadline in words; empty where there are no words for it."""
    limit_rule: str = ""
    """The same as the diagram has it (FEEL)."""
    reminder: str = ""
    reminder_rule: str = ""
    clauses: tuple[str, ...] = ()
    state: StepState | None = None
    note: str = ""
