"""Tasks: rows of lists, a task with its form, and what is done to one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from web.api.models import Grounds, Line, Model, PageSize, Query, StepMark


class TaskQuery(Query):
    """Which tasks: mine, my groups', my unit's (leaders); of a person, a role or a case; words to look
    for."""

    scope: Literal["mine", "grupper", "enhed"] = "mine"
    person: Line | None = None
    role: Line | None = None
    case: Line | None = None
    search: Line = ""
    after: Line | None = None
    limit: PageSize = 50


class TaskRow(Model):
    """A task in a list."""

    id: str
    name: str
    procedure: str
    procedure_name: str
    version: int
    role: str
    role_name: str
    case: str | None
    case_number: str | None
    child: str | None
    protected_address: bool
    assignee: str | None
    on_behalf_of: str | None
    mine: bool
    claimable: bool
    urgent: bool
    due_on: date | None
    work_on: date | None
    due_at: datetime | None
    opened_at: datetime
    draft_at: datetime | None
    rev: int


class TaskRows(Model):
    """A page of tasks; `next` is the cursor of the next page."""

    items: list[TaskRow]
    next: str | None


class TaskBrief(Model):
    """A task of a case."""

    id: str
    element: str
    name: str
    procedure: str
    role: str
    role_name: str
    assignee: str | None
    on_behalf_of: str | None
    group: str | None
    due_on: date | None
    work_on: date | None
    due_at: datetime | None
    urgent: bool
    rev: int


class Tasks(Model):
    """Open tasks of a case."""

    items: list[TaskBrief]


class GuidanceText(Model):
    """What the written procedure says of a step."""

    purpose: str
    content: str
    participants: str
    responsible: str
    instructions: str


class ClauseText(Model):
    """A clause of the written procedure."""

    id: str
    text: str


class Answered(Model):
    """A field as it was answered, in words; personal numbers are masked. `rows` is for repeated rows."""

    label: str
    text: str
    columns: list[str] = Field(default_factory=list)
    rows: list[list[str]] = Field(default_factory=list)


class EarlierStep(Model):
    """What somebody answered before in the same case; `reason` is set when it corrects an earlier answer."""

    id: str
    task: str | None
    step: str
    at: datetime
    by: str | None
    on_behalf_of: str | None
    reason: str | None
    answers: list[Answered]


class PersonRef(Model):
    """A person by id and name."""

    id: str
    name: str


class People(Model):
    """People by name."""

    items: list[PersonRef]


class BoundDocument(Model):
    """A document of the case that a task is bound to."""

    id: str
    kind: str
    title: str
    version: int


class TaskFull(Model):
    """A task with its form, what the form's expressions read, and what came before.

    `rev` is the task's revision (If-Match when acting), `draft_rev` that of its draft (If-Match when saving
    one).
    """

    id: str
    element: str
    name: str
    procedure: str
    procedure_name: str
    version: int
    role: str
    role_name: str
    case: str | None
    case_number: str | None
    status: str
    assignee: str | None
    on_behalf_of: str | None
    group: str | None
    urgent: bool
    due_on: date | None
    work_on: date | None
    due_at: datetime | None
    opened_at: datetime
    completed_at: datetime | None
    close_reason: str | None
    rev: int
    mine: bool
    claimable: bool
    relation: str
    guidance: GuidanceText
    clauses: list[ClauseText]
    steps: list[StepMark]
    form: dict[str, Any] | None
    values: dict[str, Any]
    context: dict[str, Any]
    draft_rev: int
    draft_at: datetime | None
    draft_by: str | None
    earlier: list[EarlierStep]
    heirs: list[PersonRef]
    why_not_correct: str | None
    documents: list[BoundDocument]
    legal_basis: str | None


class AnswersBody(Model):
    """A form's answers."""

    answers: dict[str, Any]


class CorrectedAnswers(Model):
    """New answers beside the old ones, and why."""

    answers: dict[str, Any]
    reason: Grounds


class HandOverTo(Model):
    """To whom, and why."""

    person: Line
    reason: Grounds


class Revision(Model):
    """The task's new revision."""

    rev: int


class DraftSaved(Model):
    """When the draft was saved and its revision."""

    saved_at: datetime
    rev: int


class CompletedTask(Model):
    """What became of it."""

    task: str
    case: str | None
    next_task: str | None
