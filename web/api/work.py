"""Tasks over the API: finding, reading with form and data, and doing them."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response

from tasks import claims, drafts, inbox
from tasks.complete import Completed, CompleteTask, complete_task
from tasks.correct import CorrectStep, correct_step
from tasks.earlier import EarlierAnswers
from tasks.forms import read
from tasks.guidance import Guidance
from tasks.inbox import ListTasks, TaskLine
from tasks.masking import masked
from tasks.people import list_holders
from tasks.progress import StepOfLine
from tasks.worksheet import ReadTask, TaskSheet, read_task
from web.api.ids import bad_cursor, number_of, optional, read_cursor, text_of, write_cursor
from web.api.models import StepMark
from web.api.models import work as models
from web.api.routes import Tagged, app, caller, operation
from web.api.writing import seen_rev, write
from web.rows import answers as answers_in_words

_SEEN = "Opgavens revision (rev), som den blev læst"
_NAMES = {"til": "person", "begrundelse": "reason"}


@operation("GET", "/tasks", summary="Open tasks", query=models.TaskQuery, out=models.TaskRows, errors=(403,))
def list_tasks(query: models.TaskQuery) -> models.TaskRows:
    """Return a page of open tasks, urgent ones first, then by due date."""
    place = read_cursor(query.after)
    after = inbox.read_cursor(place)
    if place is not None and after is None:
        raise bad_cursor()
    command = ListTasks(
        query.scope,
        query.search,
        after,
        query.limit,
        person_id=optional(query.person),
        role=query.role,
        case_id=optional(query.case),
    )
    page = app().read(inbox.list_tasks, caller(), command)
    following = write_cursor(inbox.write_cursor(page.next_after)) if page.next_after else None
    return models.TaskRows(items=[_row(row) for row in page.rows], next=following)


def _row(row: TaskLine) -> models.TaskRow:
    return models.TaskRow(
        id=str(row.id),
        name=row.name,
        procedure=row.procedure_key,
        procedure_name=row.procedure,
        version=row.version,
        role=row.role,
        role_name=row.role_name,
        case=text_of(row.case_id),
        case_number=row.case_number,
        child=row.child,
        protected_address=row.protected,
        assignee=row.assignee,
        on_behalf_of=row.on_behalf_of,
        mine=row.mine,
        claimable=row.claimable,
        urgent=row.urgent,
        due_on=row.due_on,
        work_on=row.work_on,
        due_at=row.due_at,
        opened_at=row.opened_at,
        draft_at=row.draft_at,
        rev=row.rev,
    )


@operation("GET", "/tasks/{task_id}", summary="A task with form and data", out=models.TaskFull, errors=(403,))
def get_task(task_id: int) -> Tagged:
    """Return a task, open or finished, with what stands on its page; the look at its case is logged."""
    sheet = app().run(read_task, caller(), ReadTask(task_id))
    return Tagged(_full(sheet), sheet.task.rev)


def _full(sheet: TaskSheet) -> models.TaskFull:
    task, case = sheet.task, sheet.file.case
    values = dict(sheet.values)
    if sheet.schema is not None and not sheet.mine:
        values = masked(read(sheet.schema), values)
    return models.TaskFull(
        id=str(task.id),
        element=task.element_id,
        name=task.name,
        procedure=sheet.procedure_key,
        procedure_name=sheet.procedure,
        version=sheet.version,
        role=task.role,
        role_name=sheet.role,
        case=None if sheet.limited else text_of(task.case_id),
        case_number=case.number if case is not None and not sheet.limited else None,
        status=task.status,
        assignee=sheet.assignee,
        on_behalf_of=sheet.on_behalf_of,
        group=sheet.group,
        urgent=task.urgency == 0,
        due_on=task.due_on,
        work_on=task.work_on,
        due_at=task.due_at,
        opened_at=task.opened_at,
        completed_at=task.completed_at,
        close_reason=task.close_reason,
        rev=task.rev,
        mine=sheet.mine,
        claimable=sheet.claimable,
        relation=sheet.relation,
        guidance=guidance_text(sheet.guidance),
        clauses=clause_texts(sheet.guidance),
        steps=step_marks(sheet.line),
        form=dict(sheet.schema) if sheet.schema is not None else None,
        values=values,
        context=sheet.context,
        draft_rev=sheet.draft_rev,
        draft_at=sheet.draft_at,
        draft_by=sheet.draft_by,
        earlier=[_earlier(entry) for entry in sheet.earlier],
        heirs=[models.PersonRef(id=str(person_id), name=name) for person_id, name in sheet.heirs],
        why_not_correct=sheet.why_not_correct,
        documents=[
            models.BoundDocument(id=str(line.id), kind=line.kind, title=line.title, version=line.version)
            for line in sheet.documents
        ],
        legal_basis=None if sheet.basis is None else (sheet.basis.law or "samtykke"),
    )


def guidance_text(given: Guidance) -> models.GuidanceText:
    """Return what the written procedure says of a step."""
    return models.GuidanceText(
        purpose=given.purpose,
        content=given.content,
        participants=given.participants,
        responsible=given.responsible,
        instructions=given.instructions,
    )


def clause_texts(given: Guidance) -> list[models.ClauseText]:
    """Return the clauses behind a step."""
    return [models.ClauseText(id=clause, text=text) for clause, text in given.clauses]


def step_marks(line: Iterable[StepOfLine]) -> list[StepMark]:
    """Return the line of steps of a course."""
    return [
        StepMark(
            element=step.element_id,
            number=step.number,
            name=step.name,
            state=step.state,
            here=step.here,
            inner=step_marks(step.inner),
        )
        for step in line
    ]


def _earlier(entry: EarlierAnswers) -> models.EarlierStep:
    return models.EarlierStep(
        id=str(entry.id),
        task=text_of(entry.task_id),
        step=entry.step,
        at=entry.at,
        by=entry.by,
        on_behalf_of=entry.on_behalf_of,
        reason=entry.reason,
        answers=[
            models.Answered(
                label=one.label,
                text=one.text,
                columns=list(one.columns),
                rows=[list(row) for row in one.rows],
            )
            for one in answers_in_words(entry.shown)
        ],
    )


def _revision(rev: int) -> models.Revision:
    return models.Revision(rev=rev)


@operation(
    "POST",
    "/tasks/{task_id}/claim",
    summary="Take a group's task",
    out=models.Revision,
    errors=(403, 409),
    match=_SEEN,
)
def claim_task(task_id: int) -> Response:
    """Take a group's task: one of those who try gets it."""
    return write(claims.claim_task, claims.ClaimTask(task_id, seen_rev()), _revision)


@operation(
    "POST",
    "/tasks/{task_id}/release",
    summary="Give it back",
    out=models.Revision,
    errors=(403, 409),
    match=_SEEN,
)
def release_task(task_id: int) -> Response:
    """Give a claimed task back to its group; the draft stays."""
    return write(claims.release_task, claims.ReleaseTask(task_id, seen_rev()), _revision)


@operation(
    "POST",
    "/tasks/{task_id}/hand-over",
    summary="Hand it over",
    body=models.HandOverTo,
    out=models.Revision,
    errors=(403, 409),
    match=_SEEN,
    names=_NAMES,
)
def hand_over(task_id: int, body: models.HandOverTo) -> Response:
    """Hand a task over to another holder of its role, with a reason."""
    command = claims.HandOver(task_id, number_of(body.person), body.reason, seen_rev())
    return write(claims.hand_over, command, _revision)


@operation("GET", "/roles/{role}/people", summary="Who holds a role", out=models.People)
def list_people(role: str) -> models.People:
    """Return the active holders of a role today, by name: those a case can be given to."""
    rows = app().read(list_holders, caller(), role)
    return models.People(items=[models.PersonRef(id=str(person_id), name=name) for person_id, name in rows])


@operation(
    "PUT",
    "/tasks/{task_id}/draft",
    summary="Save a draft",
    body=models.AnswersBody,
    out=models.DraftSaved,
    errors=(403, 409),
    match="Kladdens revision (draft_rev), som den blev læst",
)
def save_draft(task_id: int, body: models.AnswersBody) -> Response:
    """Save what is filled in so far, unchecked."""
    command = drafts.SaveDraft(task_id, body.answers, seen_rev())
    return write(
        drafts.save_draft,
        command,
        lambda saved: models.DraftSaved(saved_at=saved.saved_at, rev=saved.rev),
    )


def _completed(done: Completed) -> models.CompletedTask:
    return models.CompletedTask(
        task=str(done.task_id), case=text_of(done.case_id), next_task=text_of(done.next_task_id)
    )


@operation(
    "POST",
    "/tasks/{task_id}/complete",
    summary="Complete a task",
    body=models.AnswersBody,
    out=models.CompletedTask,
    errors=(400, 403, 409),
    match=_SEEN,
)
def complete(task_id: int, body: models.AnswersBody) -> Response:
    """Complete a task with a form's answers; the answer names the caller's own next task."""
    return write(complete_task, CompleteTask(task_id, body.answers, seen_rev()), _completed)


@operation(
    "POST",
    "/tasks/{task_id}/correct",
    summary="Correct a completed step",
    body=models.CorrectedAnswers,
    out=models.CompletedTask,
    errors=(403, 409),
)
def correct(task_id: int, body: models.CorrectedAnswers) -> Response:
    """Correct a step one has completed, with a reason, while no later step builds on it."""
    return write(correct_step, CorrectStep(task_id, body.answers, body.reason), _completed)
