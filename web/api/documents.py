"""Documents over the API: read, fetch as PDF, hand out, file. Each look at a case's document is logged."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from host.printing.queue import pdf_of
from tasks import documents, filings, handouts
from tasks.documents import ReadDocument
from tasks.filings import FilingLine, RegisterFiling
from tasks.handouts import HandOut, Handout
from web.api.cases import document_row
from web.api.ids import text_of
from web.api.models import Done
from web.api.models import cases as case_models
from web.api.models import documents as models
from web.api.routes import app, caller, operation
from web.api.writing import write


@operation("GET", "/library/documents", summary="Documents for all staff", out=case_models.Documents)
def list_library_documents() -> case_models.Documents:
    """Return the documents of the library in their newest versions."""
    rows = app().read(documents.library_documents, caller(), None)
    return case_models.Documents(items=[case_models.DocumentRow(**document_row(row)) for row in rows])


@operation(
    "GET",
    "/documents/{document_id}",
    summary="A document",
    query=case_models.VersionQuery,
    out=models.DocumentFull,
    errors=(403,),
)
def get_document(document_id: int, query: case_models.VersionQuery) -> models.DocumentFull:
    """Return a document's content, in the newest version or in an older one, with who has it."""
    wanted = ReadDocument(document_id, query.version)
    text = app().run(documents.read_document, caller(), wanted)
    given = app().read(handouts.read_handouts, caller(), wanted)
    filed = app().read(filings.read_filings, caller(), wanted)
    state = _handouts(given)
    return models.DocumentFull(
        **document_row(text.line),
        case=text_of(text.case_id),
        library=text.library,
        newest=max(number for number, _ in text.versions),
        content=text.content,
        recipients=state.recipients,
        others=state.others,
        filings=[_filing(line) for line in filed],
    )


def _handout(given: Handout) -> models.HandoutRow:
    return models.HandoutRow(name=given.name, how=given.how, given_on=given.given_on, by=given.by)


def _handouts(state: handouts.Handouts) -> models.Handouts:
    return models.Handouts(
        recipients=[
            models.RecipientRow(
                name=line.name,
                role=line.role,
                given=_handout(line.given) if line.given else None,
                stopped=line.stopped,
            )
            for line in state.recipients
        ],
        others=[_handout(one) for one in state.others],
        missing=list(state.missing),
    )


def _filing(line: FilingLine) -> models.FilingRow:
    return models.FilingRow(
        target=line.target, reference=line.reference, at=line.at, waiting=line.waiting, error=line.error
    )


@operation(
    "GET",
    "/documents/{document_id}/pdf",
    summary="A document as PDF",
    query=case_models.VersionQuery,
    errors=(403, 409),
    gives="application/pdf",
)
def get_document_pdf(document_id: int, query: case_models.VersionQuery) -> Response:
    """Return a version as PDF (application/pdf): always the same file. 409 when it cannot be made now."""
    file = pdf_of(app(), caller(), ReadDocument(document_id, query.version))
    response = Response(file.content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return response


@operation(
    "POST",
    "/documents/{document_id}/handouts",
    summary="Note that people were given a document",
    body=models.NewHandouts,
    out=models.Handouts,
    errors=(403,),
)
def hand_out_document(document_id: int, body: models.NewHandouts) -> Response:
    """Note whom a version was handed out to, how and when; return who has it and who is missing."""
    rows = [Handout(row.name, row.how, row.given_on) for row in body.rows]
    return write(handouts.hand_out, HandOut(document_id, rows, body.version), _handouts)


@operation(
    "POST",
    "/documents/{document_id}/filings",
    summary="Note where a document is filed",
    body=models.NewFiling,
    out=Done,
    errors=(403,),
)
def register_document_filing(document_id: int, body: models.NewFiling) -> Response:
    """Note the reference of a version that was filed by hand."""
    command = RegisterFiling(document_id, body.version, body.target, body.reference)
    return write(filings.register_filing, command, lambda _: Done())
