"""Attached files over the API: upload for a task or to a case, list, fetch."""

from __future__ import annotations

from flask import Response, request

from tasks import attachments, uploads
from tasks.attachments import AttachmentLine
from tasks.uploads import AttachToCase, UploadForTask
from web.api.models import attachments as models
from web.api.routes import app, caller, operation
from web.api.writing import write
from web.attachments import stream

_NAMES = {"fil": "content"}


def _line(line: AttachmentLine) -> models.AttachmentRow:
    return models.AttachmentRow(
        id=str(line.id), name=line.name, media=line.media, size=line.size, at=line.at, by=line.by
    )


def _content() -> bytes:
    return request.get_data(cache=True)


@operation(
    "POST",
    "/tasks/{task_id}/attachments",
    summary="Upload a file for a task",
    query=models.UploadQuery,
    out=models.AttachmentRow,
    errors=(403, 409, 413),
    names=_NAMES,
    files=True,
)
def upload_for_task(task_id: int, query: models.UploadQuery) -> Response:
    """Send the file itself as the body. It is loose until the task is completed with its id in the field:
    `[{"id": "…"}]`."""
    command = UploadForTask(task_id, query.field, query.name, _content())
    return write(uploads.upload_for_task, command, _line)


@operation(
    "POST",
    "/cases/{case_id}/attachments",
    summary="Attach a file to a case",
    query=models.NameQuery,
    out=models.AttachmentRow,
    errors=(403, 409, 413),
    names=_NAMES,
    files=True,
)
def attach_to_case(case_id: int, query: models.NameQuery) -> Response:
    """Send the file itself as the body. Its kind is told by its content."""
    return write(uploads.attach_to_case, AttachToCase(case_id, query.name, _content()), _line)


@operation(
    "GET",
    "/cases/{case_id}/attachments",
    summary="Attached files of a case",
    out=models.AttachmentRows,
    errors=(403,),
)
def list_case_attachments(case_id: int) -> models.AttachmentRows:
    """Return the files of a case, newest first."""
    rows = app().run(attachments.list_attachments, caller(), case_id)
    return models.AttachmentRows(items=[_line(row) for row in rows])


@operation("GET", "/attachments/{attachment_id}", summary="An attached file", errors=(403,), gives="*/*")
def get_attachment(attachment_id: int) -> Response:
    """Return the file itself, piece by piece."""
    return stream(app(), app().run(attachments.open_attachment, caller(), attachment_id))
