"""Notices, incidents and the demo's clock over the API, and the document that describes it all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from pydantic import Field
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from host import demo
from host.errors import HostError
from tasks import notices, retries
from tasks.errors import Invalid, Refused
from web.api import cases, routes
from web.api import work as _work_operations  # noqa: F401  (registers its operations)
from web.api.routes import Model, api, app, caller, operation, write

__all__ = ["install"]


class NoticeRow(Model):
    """A notice."""

    id: str
    kind: str
    text: str
    task: str | None
    case: str | None
    at: datetime
    read: bool


class NoticeRows(Model):
    """The newest notices."""

    items: list[NoticeRow]


class NoticeIds(Model):
    """Which notices; empty means all."""

    ids: list[str] = Field(default_factory=list)


class IncidentRow(Model):
    """An incident."""

    id: str
    kind: str
    text: str
    case_number: str | None
    procedure: str | None
    element: str | None
    owner: str | None
    opened_at: datetime
    attempts: int


class IncidentRows(Model):
    """Open incidents."""

    items: list[IncidentRow]


class Resolution(Model):
    """What was done."""

    resolution: str


class Retried(Model):
    """Whether it worked."""

    worked: bool


class ClockTime(Model):
    """The service's clock."""

    now: datetime


class ClockMoved(Model):
    """The service's clock after it was moved, and how many timers fell due on the way."""

    now: datetime
    fired: int


@operation("GET", "/notices", summary="My notices", out=NoticeRows)
def list_notices() -> NoticeRows:
    """Return the caller's newest notices."""
    rows = app().read(notices.my_notices, caller(), 50)
    return NoticeRows(
        items=[
            NoticeRow(
                id=str(row.id),
                kind=row.kind,
                text=row.text,
                task=str(row.task_id) if row.task_id else None,
                case=str(row.case_id) if row.case_id else None,
                at=row.at,
                read=row.read,
            )
            for row in rows
        ]
    )


@operation("POST", "/notices/read", summary="Mark notices as read", body=NoticeIds, out=cases.Done)
def read_notices(body: NoticeIds) -> Any:
    """Mark the caller's notices as read."""
    ids = tuple(int(text) for text in body.ids if text.isdigit() and len(text) < 19)
    return write(notices.read_notices, notices.ReadNotices(ids), lambda _: cases.Done())


@operation("GET", "/incidents", summary="Open incidents", out=IncidentRows)
def list_incidents() -> IncidentRows:
    """Return the open incidents the caller owns."""
    rows = app().read(retries.list_incidents, caller(), retries.ListIncidents())
    return IncidentRows(
        items=[
            IncidentRow(
                id=str(row.id),
                kind=row.kind,
                text=row.text,
                case_number=row.case_number,
                procedure=row.procedure,
                element=row.element_id,
                owner=row.owner,
                opened_at=row.opened_at,
                attempts=row.attempts,
            )
            for row in rows
        ]
    )


@operation("POST", "/incidents/{incident_id}/retry", summary="Try again", out=Retried, errors=(400, 403, 409))
def retry_incident(incident_id: int) -> Any:
    """Try again what the incident stopped."""
    return write(
        retries.retry_incident, retries.RetryIncident(incident_id), lambda worked: Retried(worked=worked)
    )


@operation(
    "POST",
    "/incidents/{incident_id}/resolve",
    summary="Settle",
    body=Resolution,
    out=cases.Done,
    errors=(403, 409),
)
def resolve_incident(incident_id: int, body: Resolution) -> Any:
    """Settle an incident by hand."""
    command = retries.ResolveIncident(incident_id, body.resolution)
    return write(retries.resolve_incident, command, lambda _: cases.Done())


@operation("GET", "/clock", summary="The clock", out=ClockTime)
def get_clock() -> ClockTime:
    """Return the service's time."""
    return ClockTime(now=app().now())


@operation(
    "POST", "/clock", summary="Move the demo's clock forward", body=ClockTime, out=ClockMoved, errors=(403,)
)
def move_clock(body: ClockTime) -> ClockMoved:
    """Move the clock; what falls due on the way happens in order. In demo and test only."""
    if not app().settings.demo:
        raise Refused("Uret kan kun flyttes i demoen.")
    if body.now.tzinfo is None:
        raise Invalid("Tidspunktet skal have en tidszone.", {"now": "Skriv tidspunktet med +02:00 eller Z."})
    try:
        fired = demo.move_clock(app(), body.now)
    except HostError as error:
        raise Invalid(str(error), {"now": str(error)}) from error
    return ClockMoved(now=app().now(), fired=fired)


@operation("GET", "/openapi.json", summary="This document", public=True)
def get_document() -> Response:
    """Return the OpenAPI document."""
    return jsonify(routes.document())


def install(flask: Flask) -> None:
    """Put the API into an application."""
    flask.register_blueprint(api)
    for kind in (NotFound, MethodNotAllowed):
        flask.register_error_handler(kind, _outside)


def _outside(error: HTTPException) -> Any:
    if request.path.startswith(routes.PREFIX):
        return routes.not_found(error)
    raise error
