"""Attached files: uploaded from a form or from the case's page, and sent to who may read them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, Response, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from tasks import attachments, uploads
from tasks.attachments import OpenAttachment
from tasks.errors import Invalid
from tasks.people import SYSTEM
from tasks.uploads import AttachToCase, UploadForStart, UploadForTask
from web import current
from web.asked import number
from web.security import takes_files
from web.words import gettext

pages = Blueprint("attachments", __name__)

ADDRESS = "/vedhaeftninger"


@pages.post(ADDRESS)
@takes_files
def upload() -> ResponseReturnValue:
    """Keep a file for a field of a form; the answer is what the form then holds of it."""
    name, content = _file()
    field = request.args.get("felt", "")
    task_id = number(request.args.get("opgave"))
    if task_id is not None:
        line = current.app.run(
            uploads.upload_for_task, current.visitor.actor, UploadForTask(task_id, field, name, content)
        )
    else:
        start = UploadForStart(
            request.args.get("procedure", ""), request.args.get("start") or None, field, name, content
        )
        line = current.app.run(uploads.upload_for_start, current.visitor.actor, start)
    return jsonify(line.as_answer())


def _file() -> tuple[str, bytes]:
    given = request.files.get("fil")
    if given is None:
        raise BadRequest
    return given.filename or "fil", given.read()


@pages.post("/sager/<int:case_id>/vedhaeft")
@takes_files
def attach(case_id: int) -> ResponseReturnValue:
    """Attach a file to a case."""
    back = f"/sager/{case_id}/dokumenter"
    given = request.files.get("fil")
    command = AttachToCase(case_id, (given.filename or "") if given else "", given.read() if given else b"")
    try:
        line = current.app.run(uploads.attach_to_case, current.visitor.actor, command)
    except Invalid as error:
        flash(error.message, "error")
        return redirect(back)
    flash(gettext("%(name)s er vedhæftet.", name=line.name), "success")
    return redirect(back)


@pages.get(f"{ADDRESS}/<int:attachment_id>")
def download(attachment_id: int) -> ResponseReturnValue:
    """Send a file to be saved; the look is logged."""
    found = current.app.run(attachments.open_attachment, current.visitor.actor, attachment_id)
    return stream(current.running(), found)


def stream(app: current.Host, found: OpenAttachment) -> Response:
    """Return a file piece by piece, as something to save and never to be shown or run."""
    line = found.line

    def pieces() -> Iterator[bytes]:
        for part in range(found.parts):
            yield app.read(attachments.read_part, SYSTEM, (line.id, part))

    response = Response(pieces(), content_type=line.media)
    response.content_length = line.size
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(line.name)}"
    return response
