"""Procedures over the API: reading them, and starting one."""

from __future__ import annotations

from flask import Response

from tasks import procedure_page, starts
from tasks.casefile import CaseFile
from tasks.procedure_page import ReadProcedure
from tasks.starts import Started, StartProcedure
from web.api.cases import read_sheet
from web.api.ids import optional, text_of
from web.api.models import procedures as models
from web.api.models.cases import VersionQuery
from web.api.routes import app, caller, operation
from web.api.work import clause_texts, guidance_text
from web.api.writing import write


@operation("GET", "/procedures", summary="Published procedures", out=models.ProcedureRows)
def list_procedures() -> models.ProcedureRows:
    """Return the published procedures in their valid versions."""
    rows = app().read(procedure_page.list_procedures, caller(), None)
    return models.ProcedureRows(
        items=[
            models.ProcedureRow(
                key=row.line.key,
                name=row.line.name,
                purpose=row.purpose,
                version=row.line.version,
                valid_from=row.line.valid_from,
                owner=row.line.owner,
                running=row.running,
            )
            for row in rows
        ]
    )


@operation("GET", "/procedures/{key}", summary="A procedure", query=VersionQuery, out=models.ProcedureFull)
def get_procedure(key: str, query: VersionQuery) -> models.ProcedureFull:
    """Return a procedure, in the version that is valid or in another: its steps in words, its text."""
    sheet = app().read(procedure_page.read_procedure, caller(), ReadProcedure(key, query.version))
    return models.ProcedureFull(
        key=sheet.key,
        name=sheet.name,
        purpose=sheet.purpose,
        version=sheet.version,
        status=sheet.status,
        valid_from=sheet.valid_from,
        hash=sheet.hash,
        owner=sheet.owner,
        steps=[
            models.ProcedureStep(
                element=step.element_id,
                name=step.name,
                kind=step.kind,
                lane=step.lane,
                form=step.form,
                due=step.limit,
                reminder=step.reminder,
                escalation=step.escalation,
                clauses=list(step.clauses),
            )
            for step in sheet.steps
        ],
        text=[
            models.TextBlock(markdown=block.markdown, clauses=list(block.ids), open_text=block.open_text)
            for block in sheet.clauses
        ],
        versions=[
            models.ProcedureVersion(
                version=one.version,
                status=one.status,
                valid_from=one.valid_from,
                hash=one.hash,
                running=one.running,
            )
            for one in sheet.versions
        ],
    )


def _ways(file: CaseFile | None) -> models.StartWays:
    rows = app().read(starts.list_ways, caller(), file)
    return models.StartWays(
        items=[
            models.StartWay(
                procedure=way.key,
                name=way.procedure,
                at=way.at,
                title=way.name,
                purpose=way.purpose,
                refusal=way.refusal,
            )
            for way in rows
        ]
    )


@operation("GET", "/starts", summary="What one may start without a case", out=models.StartWays)
def list_starts() -> models.StartWays:
    """Return the ways in which the caller may start a procedure that needs no case."""
    return _ways(None)


@operation(
    "GET",
    "/cases/{case_id}/starts",
    summary="What one may start in a case",
    out=models.StartWays,
    errors=(403,),
)
def list_case_starts(case_id: int) -> models.StartWays:
    """Return the ways in which the caller may start a procedure in a case; none in a closed one."""
    return _ways(read_sheet(case_id, "start").file)


@operation(
    "GET",
    "/procedures/{key}/start",
    summary="How a procedure is started",
    query=models.StartQuery,
    out=models.StartForm,
    errors=(403,),
)
def get_start(key: str, query: models.StartQuery) -> models.StartForm:
    """Return the form of a start event, its texts, and why it cannot be started now, if so."""
    command = StartProcedure(key, optional(query.case), query.at)
    start = app().run(starts.read_start, caller(), command)
    return models.StartForm(
        procedure=start.key,
        title=start.name,
        at=start.at,
        version=start.version,
        case=text_of(start.file.case_id),
        guidance=guidance_text(start.guidance),
        clauses=clause_texts(start.guidance),
        form=dict(start.schema) if start.schema is not None else None,
        values=start.values,
        context=start.context,
        refused=start.refused,
    )


@operation(
    "POST",
    "/procedures/{key}/start",
    summary="Start a procedure",
    body=models.StartBody,
    out=models.StartedCourse,
    errors=(400, 403, 409),
)
def start_procedure(key: str, body: models.StartBody) -> Response:
    """Start a procedure, in a case or without one."""
    command = StartProcedure(key, optional(body.case), body.at, body.answers)
    return write(starts.start_procedure, command, _started)


def _started(started: Started) -> models.StartedCourse:
    return models.StartedCourse(
        id=str(started.instance_id), case=text_of(started.case_id), next_task=text_of(started.next_task_id)
    )
