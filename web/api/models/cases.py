"""Cases and what belongs to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from web.api.models import Filled, Grounds, Line, Model, PageSize, Prose, Query, StepMark
from web.api.models.work import TaskBrief


class CaseQuery(Query):
    """Which cases: words to look for in number and name, status, and the cursor to go on from."""

    search: Line = ""
    status: Literal["aaben", "lukket", "alle"] = "aaben"
    after: Line | None = None
    limit: PageSize = 50


class CaseRow(Model):
    """A case in a list."""

    id: str
    number: str
    child: str
    protected_address: bool
    status: str
    kind: str | None
    unit: str | None
    caseworker: str | None
    opened_at: datetime
    open_tasks: int


class CaseRows(Model):
    """A page of cases; `next` is the cursor of the next page."""

    items: list[CaseRow]
    next: str | None


class NewCase(Model):
    """A case to open. `cpr` is kept encrypted and never given out over the API."""

    child_name: Filled
    born: date | None = None
    cpr: str | None = Field(default=None, pattern=r"^\d{6}-?\d{4}$")
    address: Line | None = None
    protected_address: bool = False
    kind: str | None = Field(default=None, max_length=80)


class CaseRef(Model):
    """A case by id and number."""

    id: str
    number: str


class Reason(Model):
    """Why."""

    reason: Grounds


class ToPerson(Model):
    """To whom, and why."""

    person: Line
    reason: Grounds


class NoteText(Model):
    """A journal note."""

    text: Prose


class MessageBody(Model):
    """A message to a case. `id` is the sender's own: the same id again is not delivered again."""

    name: str = Field(pattern=r"\S", max_length=120)
    key: Line | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    id: str | None = Field(default=None, pattern=r"\S", max_length=120)


class MessageSent(Model):
    """What became of a message: venter, leveret or haendelse."""

    id: str
    status: str


class MessageRow(Model):
    """A message that has not found its receiver yet."""

    id: str
    name: str
    key: str | None
    status: str
    sent_at: datetime
    data: dict[str, Any]


class MessageRows(Model):
    """Messages that wait on a case."""

    items: list[MessageRow]


class DeadlineRow(Model):
    """A deadline of a case: the legal day, the working day and the rule with the day it counts from."""

    title: str
    rule: str
    base_on: date
    due_on: date
    work_on: date
    due_at: datetime
    status: str
    task: str | None


class Deadlines(Model):
    """Deadlines of a case."""

    items: list[DeadlineRow]


class JournalQuery(Query):
    """Which entries: a kind, and the cursor to go on from."""

    kind: Line | None = None
    after: Line | None = None
    limit: PageSize = 50


class JournalRow(Model):
    """An entry of the journal; `who` is empty for the system."""

    id: str
    at: datetime
    who: str | None
    on_behalf_of: str | None
    kind: str
    text: str
    task: str | None


class Journal(Model):
    """A page of the journal, newest first."""

    items: list[JournalRow]
    next: str | None


class Viewing(Model):
    """Who saw the case or was refused it, in what relation."""

    at: datetime
    who: str
    relation: str
    what: str
    refused: bool


class Viewings(Model):
    """The newest lookups in a case, refusals among them."""

    items: list[Viewing]


class DocumentRow(Model):
    """A document in its newest version."""

    id: str
    kind: str
    title: str
    version: int
    issued_at: datetime
    issued_by: str | None


class Documents(Model):
    """Documents of a case."""

    items: list[DocumentRow]


class VersionQuery(Query):
    """Which version; the newest without it."""

    version: int | None = Field(default=None, ge=1, le=1_000_000)


class Party(Model):
    """Somebody around the child: familie, fm, fagperson or netvaerksperson."""

    kind: str
    name: str
    function: str | None
    organisation: str | None
    consent: bool | None


class CourseRow(Model):
    """A course of a procedure in a case."""

    id: str
    procedure: str
    name: str
    version: int
    status: str
    end: str | None
    end_name: str | None
    started_at: datetime
    ended_at: datetime | None
    caller: str | None
    steps: list[StepMark]
    waits_for: list[str]


class PassedStep(Model):
    """A step that a course has been through; `who` is empty for the system."""

    element: str
    name: str
    kind: str
    outcome: str
    at: datetime
    who: str | None


class CourseFull(CourseRow):
    """A course with the state of each element of its diagram, and its log, newest first."""

    marks: dict[str, str]
    log: list[PassedStep]


class CaseFull(Model):
    """A case with what belongs to it. A protected address is never given out. `rev` is its revision (If-Match
    when acting on it)."""

    id: str
    number: str
    rev: int
    status: str
    kind: str | None
    unit: str | None
    child: str
    born: date | None
    address: str | None
    protected_address: bool
    opened_at: datetime
    closed_at: datetime | None
    close_reason: str | None
    people: dict[str, str]
    parties: list[Party]
    relation: str
    tasks: list[TaskBrief]
    deadlines: list[DeadlineRow]
    documents: list[DocumentRow]
    courses: list[CourseRow]
    waiting_messages: list[str]
    incidents: list[str]
    data: dict[str, Any]
