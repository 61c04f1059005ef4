"""Tasks and procedures over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from tasks import claims, drafts, inbox, procedures, starts
from tasks.complete import Completed, CompleteTask, complete_task
from tasks.correct import CorrectStep, correct_step
from tasks.inbox import ListTasks, TaskLine
from tasks.worksheet import ReadTask, read_task
from web.api.routes import Model, app, caller, operation, seen_rev, write


class TaskQuery(Model):
    """Which tasks: mine, my groups', my unit's (leaders); of a person, a role or a case; words to look
    for."""

    scope: Literal["mine", "grupper", "enhed"] = "mine"
    person: str | None = None
    role: str | None = None
    case: str | None = None
    search: str = ""
    after: str | None = None


class TaskRow(Model):
    """A task in a list."""

    id: str
    name: str
    procedure: str
    role: str
    case: str | None
    case_number: str | None
    child: str | None
    assignee: str | None
    urgent: bool
    due_on: date | None
    work_on: date | None
    opened_at: datetime
    claimable: bool
    rev: int


class TaskRows(Model):
    """A page of tasks; `next` is the cursor of the next page."""

    items: list[TaskRow]
    next: str | None


class TaskFull(Model):
    """A task with its form and what the form's expressions read."""

    id: str
    element: str
    name: str
    procedure: str
    version: int
    case: str | None
    status: str
    assignee: str | None
    due_on: date | None
    work_on: date | None
    rev: int
    mine: bool
    claimable: bool
    guidance: dict[str, str]
    clauses: list[str]
    form: dict[str, Any] | None
    values: dict[str, Any]
    context: dict[str, Any]
    draft_rev: int
    draft_at: datetime | None


class Answers(Model):
    """A form's answers."""

    answers: dict[str, Any]


class CorrectedAnswers(Model):
    """New answers beside the old ones, and why."""

    answers: dict[str, Any]
    reason: str


class HandOverTo(Model):
    """To whom, and why."""

    person: str
    reason: str


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


class ProcedureRow(Model):
    """A procedure in its valid version."""

    key: str
    name: str
    version: int
    owner: str | None


class ProcedureRows(Model):
    """All published procedures."""

    items: list[ProcedureRow]


class StartBody(Model):
    """How to start a procedure."""

    case: str | None = None
    at: str | None = None
    answers: dict[str, Any] = Field(default_factory=dict)


class StartedCourse(Model):
    """The new course."""

    id: str
    case: str | None
    next_task: str | None


def _int(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


@operation("GET", "/tasks", summary="Open tasks", query=TaskQuery, out=TaskRows, errors=(403,))
def list_tasks(query: TaskQuery) -> TaskRows:
    """Return a page of open tasks."""
    command = ListTasks(
        query.scope,
        query.search,
        inbox.read_cursor(query.after),
        person_id=_int(query.person),
        role=query.role,
        case_id=_int(query.case),
    )
    page = app().read(inbox.list_tasks, caller(), command)
    after = inbox.write_cursor(page.next_after) if page.next_after else None
    return TaskRows(items=[_row(row) for row in page.rows], next=after)


def _row(row: TaskLine) -> TaskRow:
    return TaskRow(
        id=str(row.id),
        name=row.name,
        procedure=row.procedure_key,
        role=row.role,
        case=str(row.case_id) if row.case_id is not None else None,
        case_number=row.case_number,
        child=row.child,
        assignee=row.assignee,
        urgent=row.urgent,
        due_on=row.due_on,
        work_on=row.work_on,
        opened_at=row.opened_at,
        claimable=row.claimable,
        rev=row.rev,
    )


@operation("GET", "/tasks/{task_id}", summary="A task with form and data", out=TaskFull, errors=(403,))
def get_task(task_id: int) -> TaskFull:
    """Return a task; the view of its case is logged."""
    sheet = app().run(read_task, caller(), ReadTask(task_id))
    task = sheet.task
    return TaskFull(
        id=str(task.id),
        element=task.element_id,
        name=task.name,
        procedure=sheet.procedure_key,
        version=sheet.version,
        case=str(task.case_id) if task.case_id is not None else None,
        status=task.status,
        assignee=sheet.assignee,
        due_on=task.due_on,
        work_on=task.work_on,
        rev=task.rev,
        mine=sheet.mine,
        claimable=sheet.claimable,
        guidance={
            "purpose": sheet.guidance.purpose,
            "content": sheet.guidance.content,
            "participants": sheet.guidance.participants,
            "responsible": sheet.guidance.responsible,
        },
        clauses=[clause for clause, _ in sheet.guidance.clauses],
        form=dict(sheet.schema) if sheet.schema is not None else None,
        values=sheet.values,
        context=sheet.context,
        draft_rev=sheet.draft_rev,
        draft_at=sheet.draft_at,
    )


@operation(
    "POST", "/tasks/{task_id}/claim", summary="Take a group's task", out=Revision, errors=(403, 409, 412)
)
def claim_task(task_id: int) -> Any:
    """Take a group's task."""
    return write(claims.claim_task, claims.ClaimTask(task_id, seen_rev()), lambda rev: Revision(rev=rev))


@operation("POST", "/tasks/{task_id}/release", summary="Give it back", out=Revision, errors=(403, 409, 412))
def release_task(task_id: int) -> Any:
    """Give a claimed task back to its group."""
    return write(claims.release_task, claims.ReleaseTask(task_id, seen_rev()), lambda rev: Revision(rev=rev))


@operation(
    "POST",
    "/tasks/{task_id}/hand-over",
    summary="Hand it over",
    body=HandOverTo,
    out=Revision,
    errors=(403, 409, 412),
)
def hand_over(task_id: int, body: HandOverTo) -> Any:
    """Hand a task over to another holder of its role."""
    command = claims.HandOver(task_id, _int(body.person) or -1, body.reason, seen_rev())
    return write(claims.hand_over, command, lambda rev: Revision(rev=rev))


@operation(
    "PUT",
    "/tasks/{task_id}/draft",
    summary="Save a draft",
    body=Answers,
    out=DraftSaved,
    errors=(403, 409, 412),
)
def save_draft(task_id: int, body: Answers) -> Any:
    """Save a draft."""
    command = drafts.SaveDraft(task_id, body.answers, seen_rev())
    return write(drafts.save_draft, command, lambda saved: DraftSaved(saved_at=saved.saved_at, rev=saved.rev))


def _completed(done: Completed) -> CompletedTask:
    return CompletedTask(
        task=str(done.task_id),
        case=str(done.case_id) if done.case_id is not None else None,
        next_task=str(done.next_task_id) if done.next_task_id is not None else None,
    )


@operation(
    "POST",
    "/tasks/{task_id}/complete",
    summary="Complete a task",
    body=Answers,
    out=CompletedTask,
    errors=(400, 403, 409, 412),
)
def complete(task_id: int, body: Answers) -> Any:
    """Complete a task with a form's answers."""
    return write(complete_task, CompleteTask(task_id, body.answers, seen_rev()), _completed)


@operation(
    "POST",
    "/tasks/{task_id}/correct",
    summary="Correct a completed step",
    body=CorrectedAnswers,
    out=CompletedTask,
    errors=(403, 409),
)
def correct(task_id: int, body: CorrectedAnswers) -> Any:
    """Correct a completed step with a reason."""
    return write(correct_step, CorrectStep(task_id, body.answers, body.reason), _completed)


@operation("GET", "/procedures", summary="Published procedures", out=ProcedureRows)
def list_procedures() -> ProcedureRows:
    """Return the published procedures in their valid versions."""
    rows = app().read(procedures.list_valid, caller(), None)
    return ProcedureRows(
        items=[ProcedureRow(key=row.key, name=row.name, version=row.version, owner=row.owner) for row in rows]
    )


@operation(
    "POST",
    "/procedures/{key}/start",
    summary="Start a procedure",
    body=StartBody,
    out=StartedCourse,
    errors=(400, 403, 409),
)
def start_procedure(key: str, body: StartBody) -> Any:
    """Start a procedure, in a case or without one."""
    command = starts.StartProcedure(key, _int(body.case), body.at, body.answers)
    return write(
        starts.start_procedure,
        command,
        lambda started: StartedCourse(
            id=str(started.instance_id),
            case=str(started.case_id) if started.case_id is not None else None,
            next_task=str(started.next_task_id) if started.next_task_id is not None else None,
        ),
    )
