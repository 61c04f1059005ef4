"""What is done to a case over the API: opening, giving on, closing; notes, messages, cancelling a course."""

from __future__ import annotations

from flask import Response

from tasks import cases
from tasks.messages import SendMessage, send_message
from web.api.ids import number_of
from web.api.models import Done
from web.api.models import cases as models
from web.api.routes import operation
from web.api.writing import seen_rev, write

_SEEN = "Sagens revision (rev), som den blev læst"
_NAMES = {"til": "person", "begrundelse": "reason", "tekst": "text", "barn_navn": "child_name"}


def _ref(found: cases.CaseRef) -> models.CaseRef:
    return models.CaseRef(id=str(found.case_id), number=found.number)


@operation(
    "POST",
    "/cases",
    summary="Open a case",
    body=models.NewCase,
    out=models.CaseRef,
    errors=(403,),
    names=_NAMES,
)
def open_case(body: models.NewCase) -> Response:
    """Open a case by hand: Front Stage and leaders. A child known by its number is not made twice."""
    command = cases.OpenCase(
        body.child_name, body.born, body.cpr, body.address, body.protected_address, body.kind
    )
    return write(cases.open_case, command, _ref)


@operation(
    "POST",
    "/cases/{case_id}/notes",
    summary="Write a journal note",
    body=models.NoteText,
    out=Done,
    errors=(403,),
    names=_NAMES,
)
def add_note(case_id: int, body: models.NoteText) -> Response:
    """Write a note in the journal of a case one has a relation to."""
    return write(cases.add_note, cases.AddNote(case_id, body.text), lambda _: Done())


@operation(
    "POST",
    "/cases/{case_id}/reallocate",
    summary="Give the case to another",
    body=models.ToPerson,
    out=models.CaseRef,
    errors=(403, 409),
    match=_SEEN,
    names=_NAMES,
)
def reallocate_case(case_id: int, body: models.ToPerson) -> Response:
    """Give the case to another rådgiver; the open tasks of the role go along."""
    command = cases.Reallocate(case_id, number_of(body.person), body.reason, seen_rev())
    return write(cases.reallocate, command, _ref)


@operation(
    "POST",
    "/cases/{case_id}/close",
    summary="Close the case",
    body=models.Reason,
    out=models.CaseRef,
    errors=(403, 409),
    match=_SEEN,
    names=_NAMES,
)
def close_case(case_id: int, body: models.Reason) -> Response:
    """Close the case: its courses are cancelled with the reason, kept messages lapse."""
    return write(cases.close_case, cases.CloseCase(case_id, body.reason, seen_rev()), _ref)


@operation(
    "POST",
    "/cases/{case_id}/reopen",
    summary="Open the case again",
    body=models.Reason,
    out=models.CaseRef,
    errors=(403, 409),
    match=_SEEN,
    names=_NAMES,
)
def reopen_case(case_id: int, body: models.Reason) -> Response:
    """Open the case again. What was cancelled stays so."""
    return write(cases.reopen_case, cases.ReopenCase(case_id, body.reason, seen_rev()), _ref)


@operation(
    "POST",
    "/cases/{case_id}/messages",
    summary="Send a message to the case",
    body=models.MessageBody,
    out=models.MessageSent,
    errors=(400, 403, 409),
    names=_NAMES,
)
def send_case_message(case_id: int, body: models.MessageBody) -> Response:
    """Send a message: one waiting receiver gets it, or it starts a procedure, or it waits."""
    command = SendMessage(case_id, body.name, body.key, body.data, body.id)
    return write(
        send_message, command, lambda sent: models.MessageSent(id=str(sent.message_id), status=sent.status)
    )


@operation(
    "POST",
    "/courses/{course_id}/cancel",
    summary="Cancel a course",
    body=models.Reason,
    out=Done,
    errors=(403, 409),
    names=_NAMES,
)
def cancel_course(course_id: int, body: models.Reason) -> Response:
    """Cancel a running course of a case, and what it called."""
    return write(cases.cancel_course, cases.CancelCourse(course_id, body.reason), lambda _: Done())
