"""Cases over the API: finding them, and reading what belongs to one. Each look at a case is logged."""

from __future__ import annotations

from typing import Any

from tasks import caselist, casepage
from tasks.caselist import CaseLine, FindCases
from tasks.casepage import CaseSheet, CourseLine, Part, ReadCase, ReadJournal, TaskOfCase
from tasks.course_page import read_course
from tasks.documents import DocumentLine
from tasks.errors import NotFound
from web.api.ids import read_number_cursor, read_place_cursor, text_of, write_cursor, write_place_cursor
from web.api.models import cases as models
from web.api.models.work import TaskBrief, Tasks
from web.api.routes import Tagged, app, caller, operation
from web.api.work import step_marks


@operation(
    "GET",
    "/cases",
    summary="The cases one has a relation to",
    query=models.CaseQuery,
    out=models.CaseRows,
)
def list_cases(query: models.CaseQuery) -> models.CaseRows:
    """Return a page of cases, newest first."""
    after = read_number_cursor(query.after)
    command = FindCases(query.search, query.status, after, query.limit + 1)
    rows = app().read(caselist.find_cases, caller(), command)
    page = rows[: query.limit]
    return models.CaseRows(
        items=[_case_row(row) for row in page],
        next=write_cursor(str(page[-1].id)) if len(rows) > query.limit else None,
    )


def _case_row(row: CaseLine) -> models.CaseRow:
    return models.CaseRow(
        id=str(row.id),
        number=row.number,
        child=row.child,
        protected_address=row.protected,
        status=row.status,
        kind=row.kind,
        unit=row.unit,
        caseworker=row.caseworker,
        opened_at=row.opened_at,
        open_tasks=row.open_tasks,
    )


def read_sheet(case_id: int, what: str, *parts: Part) -> CaseSheet:
    """Return a case with those parts of it; the look is logged, `what` says at what."""
    return app().run(casepage.read_case, caller(), ReadCase(case_id, what, parts))


@operation("GET", "/cases/{case_id}", summary="A case", out=models.CaseFull, errors=(403,))
def get_case(case_id: int) -> Tagged:
    """Return a case with its people, open tasks, deadlines, documents and courses."""
    sheet = read_sheet(case_id, "sag", *Part)
    case, child = sheet.file.case, sheet.file.child
    assert case is not None
    assert child is not None
    found = models.CaseFull(
        id=str(case.id),
        number=case.number,
        rev=case.rev,
        status=case.status,
        kind=case.kind,
        unit=sheet.unit,
        child=child.name,
        born=child.born,
        address=None if child.protected_address else child.address,
        protected_address=child.protected_address,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        close_reason=case.close_reason,
        people={role: person.name for role, person in sheet.file.people.items()},
        parties=[
            models.Party(
                kind=party.kind,
                name=party.name,
                function=party.function,
                organisation=party.organisation,
                consent=party.consent,
            )
            for party in sheet.parties
        ],
        relation=sheet.relation,
        tasks=[_task(row) for row in sheet.open_tasks],
        deadlines=_deadlines(sheet),
        documents=[models.DocumentRow(**document_row(row)) for row in sheet.documents],
        courses=[models.CourseRow(**_course(row)) for row in sheet.courses],
        waiting_messages=[message.name for message in sheet.kept_messages],
        incidents=list(sheet.incidents),
        data=case.data,
    )
    return Tagged(found, case.rev)


def _task(row: TaskOfCase) -> TaskBrief:
    task = row.task
    return TaskBrief(
        id=str(task.id),
        element=task.element_id,
        name=task.name,
        procedure=row.procedure,
        role=task.role,
        role_name=row.role,
        assignee=row.assignee,
        on_behalf_of=row.on_behalf_of,
        group=row.group,
        due_on=task.due_on,
        work_on=task.work_on,
        due_at=task.due_at,
        urgent=task.urgency == 0,
        rev=task.rev,
    )


def _deadlines(sheet: CaseSheet) -> list[models.DeadlineRow]:
    return [
        models.DeadlineRow(
            title=row.title,
            rule=row.rule,
            base_on=row.base_on,
            due_on=row.due_on,
            work_on=row.work_on,
            due_at=row.due_at,
            status=row.status,
            task=text_of(row.task_id),
        )
        for row in sheet.deadlines
    ]


def document_row(row: DocumentLine) -> dict[str, Any]:
    """Return the fields of a document in a list."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "title": row.title,
        "version": row.version,
        "issued_at": row.issued_at,
        "issued_by": row.issued_by,
    }


def _course(row: CourseLine) -> dict[str, Any]:
    instance = row.instance
    return {
        "id": str(instance.id),
        "procedure": row.procedure_key,
        "name": row.procedure,
        "version": row.version,
        "status": instance.status,
        "end": instance.end_event,
        "end_name": instance.end_name,
        "started_at": instance.started_at,
        "ended_at": instance.ended_at,
        "caller": text_of(instance.parent_id),
        "steps": step_marks(row.line),
        "waits_for": list(row.waits_for),
    }


@operation("GET", "/cases/{case_id}/tasks", summary="Open tasks of a case", out=Tasks, errors=(403,))
def list_case_tasks(case_id: int) -> Tasks:
    """Return the open tasks of a case."""
    return Tasks(items=[_task(row) for row in read_sheet(case_id, "opgaver", Part.TASKS).open_tasks])


@operation(
    "GET",
    "/cases/{case_id}/deadlines",
    summary="Deadlines of a case",
    out=models.Deadlines,
    errors=(403,),
)
def list_case_deadlines(case_id: int) -> models.Deadlines:
    """Return the deadlines of a case."""
    return models.Deadlines(items=_deadlines(read_sheet(case_id, "frister", Part.DEADLINES)))


@operation(
    "GET",
    "/cases/{case_id}/documents",
    summary="Documents of a case",
    out=models.Documents,
    errors=(403,),
)
def list_case_documents(case_id: int) -> models.Documents:
    """Return the documents of a case in their newest versions."""
    rows = read_sheet(case_id, "dokumenter", Part.DOCUMENTS).documents
    return models.Documents(items=[models.DocumentRow(**document_row(row)) for row in rows])


@operation(
    "GET",
    "/cases/{case_id}/journal",
    summary="Journal of a case",
    query=models.JournalQuery,
    out=models.Journal,
    errors=(403,),
)
def list_case_journal(case_id: int, query: models.JournalQuery) -> models.Journal:
    """Return a page of the journal, newest first."""
    before = read_place_cursor(query.after)
    command = ReadJournal(case_id, query.kind, before, query.limit + 1)
    rows = app().run(casepage.read_journal, caller(), command)
    page = rows[: query.limit]
    return models.Journal(
        items=[
            models.JournalRow(
                id=str(row.id),
                at=row.at,
                who=row.who,
                on_behalf_of=row.on_behalf_of,
                kind=row.kind,
                text=row.text,
                task=text_of(row.task_id),
            )
            for row in page
        ],
        next=write_place_cursor(page[-1].at, page[-1].id) if len(rows) > query.limit else None,
    )


@operation(
    "GET",
    "/cases/{case_id}/viewings",
    summary="Who has looked at a case",
    out=models.Viewings,
    errors=(403,),
)
def list_case_viewings(case_id: int) -> models.Viewings:
    """Return the newest lookups in a case, refused ones among them, to its caseworker and leader."""
    rows = app().run(casepage.read_viewings, caller(), ReadJournal(case_id, limit=200))
    return models.Viewings(
        items=[
            models.Viewing(at=row.at, who=row.who, relation=row.relation, what=row.what, refused=row.refused)
            for row in rows
        ]
    )


@operation(
    "GET",
    "/cases/{case_id}/messages",
    summary="Messages that wait on a case",
    out=models.MessageRows,
    errors=(403,),
)
def list_case_messages(case_id: int) -> models.MessageRows:
    """Return the messages of a case that have not found their receiver yet."""
    return models.MessageRows(
        items=[
            models.MessageRow(
                id=str(row.id),
                name=row.name,
                key=row.key,
                status=row.status,
                sent_at=row.sent_at,
                data=dict(row.payload),
            )
            for row in read_sheet(case_id, "beskeder", Part.MESSAGES).kept_messages
        ]
    )


@operation(
    "GET",
    "/cases/{case_id}/courses/{course_id}",
    summary="A course of a case",
    out=models.CourseFull,
    errors=(403,),
)
def get_course(case_id: int, course_id: int) -> models.CourseFull:
    """Return how far a course has come, and what it has been through."""
    row = next(
        (one for one in read_sheet(case_id, "forløb", Part.COURSES).courses if one.instance.id == course_id),
        None,
    )
    if row is None:
        raise NotFound("Forløbet hører ikke til sagen.")
    course = app().read(read_course, caller(), course_id)
    return models.CourseFull(
        **_course(row),
        marks=dict(course.marks),
        log=[
            models.PassedStep(
                element=step.element_id,
                name=step.name,
                kind=step.kind,
                outcome=step.outcome,
                at=step.at,
                who=step.who,
            )
            for step in course.log
        ],
    )
