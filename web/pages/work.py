"""What the page of one task shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from web.pages.inbox import Guide
from web.pages.parts import CaseRef, Fact, Limit, PersonRef, StepMark, Submission


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the procedure says about a step. `instructions` is Markdown from the diagram."""

    purpose: str
    content: str
    participants: str
    responsible: str
    instructions: str = ""

    @property
    def any(self) -> bool:
        """True when the procedure says something in one of the four columns."""
        return bool(self.purpose or self.content or self.participants or self.responsible)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of the written procedure that the step rests on."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The half-filled form on the server."""

    rev: int
    saved_at: datetime | None = None
    saved_by: str | None = None
    """Somebody else's name when the task changed hands with a draft in it."""


@dataclass(frozen=True, slots=True)
class FormView:
    """Everything the browser needs to show a form."""

    schema: dict[str, Any]
    context: dict[str, Any]
    """What expressions read beside the fields: the case, process data, people."""
    values: dict[str, Any]
    """What the fields start with."""
    calendar_url: str = ""
    """Where the browser finds closing days and the zone's transitions; empty: no calendar functions."""
    now: datetime | None = None
    """The service's clock, for `nu` and `i_dag` in the form's expressions."""
    errors: dict[str, str] = field(default_factory=dict)
    """Path of a field to what is wrong with it, from the server."""


@dataclass(frozen=True, slots=True)
class TaskHead:
    """The task itself."""

    id: str
    name: str
    element: str
    procedure_key: str
    procedure: str
    version: int
    valid_from: date
    role: str
    limit: Limit | None
    opened: datetime
    rev: int
    step: str = ""
    provisional: bool = False
    holder: str | None = None
    group: str | None = None
    on_behalf_of: str | None = None
    sends_personal_data: bool = False
    """Completing sends personal data out of the unit: the page says what that demands."""
    legal_basis: str = ""
    """The provision that allows it; empty when consent does."""
    by_consent: bool = False
    consents: tuple[str, ...] = ()
    """The recipients towards whom a consent holds today."""
    course: str = ""
    """The course that the holder should have been on and has not."""


@dataclass(frozen=True, slots=True)
class BoundDocument:
    """A document of the case that the task is bound to."""

    href: str
    title: str
    version: int
    issued: datetime


@dataclass(frozen=True, slots=True)
class BoundMeeting:
    """The meeting that a task without a case is about."""

    href: str
    title: str
    status: str
    starts: datetime
    ends: datetime
    place: str


@dataclass(frozen=True, slots=True)
class StepGuide:
    """A guide that a step names, in its newest version."""

    name: str
    version: int
    href: str
    markdown: str


@dataclass(frozen=True, slots=True)
class TaskPage:
    """The page of an open task."""

    task: TaskHead
    case: CaseRef | None
    facts: tuple[Fact, ...]
    guidance: Guidance
    clauses: tuple[Clause, ...]
    steps: tuple[StepMark, ...]
    form: FormView
    draft: Draft
    earlier: tuple[Submission, ...] = ()
    documents: tuple[BoundDocument, ...] = ()
    step_guides: tuple[StepGuide, ...] = ()
    meeting: BoundMeeting | None = None
    may_complete: bool = True
    may_claim: bool = False
    may_release: bool = False
    may_hand_over: bool = False
    submit_text: str = ""
    """Text of the button when the diagram gives one; otherwise »Afslut opgaven«."""


@dataclass(frozen=True, slots=True)
class DonePage:
    """The page of a task that is over: what was answered, and whether it may be corrected."""

    task: TaskHead
    case: CaseRef | None
    facts: tuple[Fact, ...]
    guidance: Guidance
    clauses: tuple[Clause, ...]
    steps: tuple[StepMark, ...]
    submissions: tuple[Submission, ...]
    documents: tuple[BoundDocument, ...] = ()
    step_guides: tuple[StepGuide, ...] = ()
    cancelled_reason: str | None = None
    closed_at: datetime | None = None
    may_correct: bool = False
    why_not_correct: str = ""
    correction: FormView | None = None
    """The form with the latest answers, while a correction is being written."""


@dataclass(frozen=True, slots=True)
class HandOverPage:
    """Giving a task to somebody else."""

    task: TaskHead
    case: CaseRef | None
    people: tuple[PersonRef, ...]
    chosen: str = ""
    reason: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartPage:
    """Starting a procedure, with the form of its start event when it has one."""

    key: str
    name: str
    version: int
    case: CaseRef | None
    guidance: Guidance
    clauses: tuple[Clause, ...]
    form: FormView | None
    purpose: str = ""
    """What the procedure is for."""
    refused: bool = False
    """It cannot be begun now, whatever is filled in; `message` says why."""
    provisional: bool = False
    event: str = ""
    """Element id of the chosen start event."""
    message: str = ""
    guides: tuple[Guide, ...] = ()
    """The guides that everybody must be able to reach from a start page (ST-38)."""
    step_guides: tuple[StepGuide, ...] = ()
