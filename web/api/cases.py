"""Cases over the API."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from tasks import caselist, casepage, cases
from tasks.caselist import CaseLine, FindCases
from tasks.casepage import CaseSheet, ReadCase, ReadJournal, TaskOfCase
from tasks.messages import SendMessage, send_message
from web.api.routes import Model, app, caller, operation, write


class CaseQuery(Model):
    """Which cases: words to look for, status, and the id to go on after."""

    search: str = ""
    status: Literal["aaben", "lukket", "alle"] = "aaben"
    after: str | None = None


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
    opened_at: str


class CaseRows(Model):
    """A page of cases; `next` is the cursor of the next page."""

    items: list[CaseRow]
    next: str | None


class NewCase(Model):
    """A case to open."""

    child_name: str
    born: date | None = None
    cpr: str | None = None
    address: str | None = None
    protected_address: bool = False
    kind: str | None = None


class CaseCreated(Model):
    """The case by id and number."""

    id: str
    number: str


class Reason(Model):
    """Why."""

    reason: str


class ToPerson(Model):
    """To whom, and why."""

    person: str
    reason: str


class NoteText(Model):
    """A journal note."""

    text: str


class MessageBody(Model):
    """A message to a case."""

    name: str
    key: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)
    id: str | None = None


class MessageSent(Model):
    """What became of a message."""

    id: str
    status: str


class TaskBrief(Model):
    """A task of a case."""

    id: str
    element: str
    name: str
    procedure: str
    role: str
    assignee: str | None
    group: str | None
    due_on: date | None
    work_on: date | None
    urgent: bool
    rev: int


class DeadlineRow(Model):
    """A deadline of a case."""

    title: str
    rule: str
    base_on: date
    due_on: date
    work_on: date
    status: str


class JournalRow(Model):
    """An entry of the journal; `who` is empty for the system."""

    id: str
    at: str
    who: str | None
    kind: str
    text: str


class DocumentRow(Model):
    """A document in its newest version."""

    id: str
    kind: str
    title: str
    version: int
    issued_at: str


class CourseRow(Model):
    """A course of a procedure."""

    id: str
    procedure: str
    version: int
    status: str
    end: str | None
    started_at: str


class CaseFull(Model):
    """A case with what belongs to it."""

    id: str
    number: str
    status: str
    child: str
    born: date | None
    protected_address: bool
    people: dict[str, str]
    relation: str
    tasks: list[TaskBrief]
    deadlines: list[DeadlineRow]
    documents: list[DocumentRow]
    courses: list[CourseRow]
    waiting_messages: list[str]
    data: dict[str, Any]


class Tasks(Model):
    """Tasks of a case."""

    items: list[TaskBrief]


class Deadlines(Model):
    """Deadlines of a case."""

    items: list[DeadlineRow]


class Journal(Model):
    """A page of the journal."""

    items: list[JournalRow]
    next: str | None


class Documents(Model):
    """Documents of a case."""

    items: list[DocumentRow]


def _created(ref: cases.CaseRef) -> CaseCreated:
    return CaseCreated(id=str(ref.case_id), number=ref.number)


@operation(
    "GET", "/cases", summary="The cases one has a relation to", query=CaseQuery, out=CaseRows, errors=(403,)
)
def list_cases(query: CaseQuery) -> CaseRows:
    """Return a page of cases."""
    after = int(query.after) if query.after and query.after.isdigit() and len(query.after) < 19 else None
    rows = app().read(caselist.find_cases, caller(), FindCases(query.search, query.status, after))
    return CaseRows(
        items=[_case_row(row) for row in rows], next=str(rows[-1].id) if len(rows) == caselist.PAGE else None
    )


def _case_row(row: CaseLine) -> CaseRow:
    return CaseRow(
        id=str(row.id),
        number=row.number,
        child=row.child,
        protected_address=row.protected,
        status=row.status,
        kind=row.kind,
        unit=row.unit,
        caseworker=row.caseworker,
        opened_at=row.opened_at.isoformat(),
    )


@operation("POST", "/cases", summary="Open a case", body=NewCase, out=CaseCreated, errors=(403,))
def open_case(body: NewCase) -> Any:
    """Open a case."""
    command = cases.OpenCase(
        body.child_name, body.born, body.cpr, body.address, body.protected_address, body.kind
    )
    return write(cases.open_case, command, _created)


def _sheet(case_id: int, what: str) -> CaseSheet:
    return app().run(casepage.read_case, caller(), ReadCase(case_id, what))


@operation("GET", "/cases/{case_id}", summary="A case", out=CaseFull, errors=(403,))
def get_case(case_id: int) -> CaseFull:
    """Return a case; the view is logged."""
    sheet = _sheet(case_id, "sag")
    case, child = sheet.file.case, sheet.file.child
    assert case is not None
    assert child is not None
    return CaseFull(
        id=str(case.id),
        number=case.number,
        status=case.status,
        child=child.name,
        born=child.born,
        protected_address=child.protected_address,
        people={role: person.name for role, person in sheet.file.people.items()},
        relation=sheet.relation,
        tasks=[_task(row) for row in sheet.open_tasks],
        deadlines=_deadlines(sheet),
        documents=_documents(sheet),
        courses=[
            CourseRow(
                id=str(row.instance.id),
                procedure=row.procedure_key,
                version=row.version,
                status=row.instance.status,
                end=row.instance.end_event,
                started_at=row.instance.started_at.isoformat(),
            )
            for row in sheet.courses
        ],
        waiting_messages=[message.name for message in sheet.kept_messages],
        data=case.data,
    )


def _task(row: TaskOfCase) -> TaskBrief:
    task = row.task
    return TaskBrief(
        id=str(task.id),
        element=task.element_id,
        name=task.name,
        procedure=row.procedure,
        role=task.role,
        assignee=row.assignee,
        group=row.group,
        due_on=task.due_on,
        work_on=task.work_on,
        urgent=task.urgency == 0,
        rev=task.rev,
    )


def _deadlines(sheet: CaseSheet) -> list[DeadlineRow]:
    return [
        DeadlineRow(
            title=row.title,
            rule=row.rule,
            base_on=row.base_on,
            due_on=row.due_on,
            work_on=row.work_on,
            status=row.status,
        )
        for row in sheet.deadlines
    ]


def _documents(sheet: CaseSheet) -> list[DocumentRow]:
    return [
        DocumentRow(
            id=str(row.id),
            kind=row.kind,
            title=row.title,
            version=row.version,
            issued_at=row.issued_at.isoformat(),
        )
        for row in sheet.documents
    ]


@operation("GET", "/cases/{case_id}/tasks", summary="Open tasks of a case", out=Tasks, errors=(403,))
def list_case_tasks(case_id: int) -> Tasks:
    """Return the open tasks of a case."""
    return Tasks(items=[_task(row) for row in _sheet(case_id, "opgaver").open_tasks])


@operation("GET", "/cases/{case_id}/deadlines", summary="Deadlines of a case", out=Deadlines, errors=(403,))
def list_case_deadlines(case_id: int) -> Deadlines:
    """Return the deadlines of a case."""
    return Deadlines(items=_deadlines(_sheet(case_id, "frister")))


@operation("GET", "/cases/{case_id}/documents", summary="Documents of a case", out=Documents, errors=(403,))
def list_case_documents(case_id: int) -> Documents:
    """Return the documents of a case."""
    return Documents(items=_documents(_sheet(case_id, "dokumenter")))


class JournalQuery(Model):
    """Which entries: a kind, and the id to go on before."""

    kind: str | None = None
    before: str | None = None


@operation(
    "GET",
    "/cases/{case_id}/journal",
    summary="Journal of a case",
    query=JournalQuery,
    out=Journal,
    errors=(403,),
)
def list_case_journal(case_id: int, query: JournalQuery) -> Journal:
    """Return a page of the journal, newest first."""
    before = int(query.before) if query.before and query.before.isdigit() and len(query.before) < 19 else None
    rows = app().run(casepage.read_journal, caller(), ReadJournal(case_id, query.kind, before))
    return Journal(
        items=[
            JournalRow(id=str(row.id), at=row.at.isoformat(), who=row.who, kind=row.kind, text=row.text)
            for row in rows
        ],
        next=str(rows[-1].id) if len(rows) == casepage.PAGE else None,
    )


@operation(
    "POST",
    "/cases/{case_id}/notes",
    summary="Write a journal note",
    body=NoteText,
    out=CaseCreated,
    errors=(403,),
)
def add_note(case_id: int, body: NoteText) -> Any:
    """Write a note in the journal."""
    return write(
        cases.add_note, cases.AddNote(case_id, body.text), lambda _: CaseCreated(id=str(case_id), number="")
    )


@operation(
    "POST",
    "/cases/{case_id}/reallocate",
    summary="Give the case to another",
    body=ToPerson,
    out=CaseCreated,
    errors=(403, 409),
)
def reallocate_case(case_id: int, body: ToPerson) -> Any:
    """Give the case to another rådgiver."""
    person = int(body.person) if body.person.isdigit() and len(body.person) < 19 else 0
    return write(cases.reallocate, cases.Reallocate(case_id, person, body.reason), _created)


@operation(
    "POST",
    "/cases/{case_id}/close",
    summary="Close the case",
    body=Reason,
    out=CaseCreated,
    errors=(403, 409),
)
def close_case(case_id: int, body: Reason) -> Any:
    """Close the case."""
    return write(cases.close_case, cases.CloseCase(case_id, body.reason), _created)


@operation(
    "POST",
    "/cases/{case_id}/reopen",
    summary="Open the case again",
    body=Reason,
    out=CaseCreated,
    errors=(403, 409),
)
def reopen_case(case_id: int, body: Reason) -> Any:
    """Open the case again."""
    return write(cases.reopen_case, cases.ReopenCase(case_id, body.reason), _created)


@operation(
    "POST",
    "/cases/{case_id}/messages",
    summary="Send a message to the case",
    body=MessageBody,
    out=MessageSent,
    errors=(403, 409),
)
def send_case_message(case_id: int, body: MessageBody) -> Any:
    """Send a message to the case."""
    command = SendMessage(case_id, body.name, body.key, body.data, body.id)
    return write(send_message, command, lambda sent: MessageSent(id=str(sent.message_id), status=sent.status))


class Done(Model):
    """It was done."""

    done: bool = True


@operation(
    "POST", "/courses/{course_id}/cancel", summary="Cancel a course", body=Reason, out=Done, errors=(403, 409)
)
def cancel_course(course_id: int, body: Reason) -> Any:
    """Cancel a running course of a case."""
    return write(cases.cancel_course, cases.CancelCourse(course_id, body.reason), lambda _: Done())
