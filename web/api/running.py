"""Notices, incidents, the demo's clock, and the document that describes it all."""

from __future__ import annotations

from datetime import UTC, timedelta

from flask import Flask, Response, jsonify

from host import demo
from host.errors import HostError
from tasks import notices, retries
from tasks.errors import Invalid, Refused
from web.api import (
    agenda,
    attachments,
    calendars,
    case_acts,
    case_messages,
    cases,
    consents,
    document,
    documents,
    figures,
    meetings,
    procedures,
    registers,
    revisions,
    staff,
    work,
)
from web.api.ids import number_of, text_of
from web.api.models import Done
from web.api.models import running as models
from web.api.routes import api, app, caller, operation
from web.api.writing import write, write_in_steps

__all__ = [
    "agenda",
    "attachments",
    "calendars",
    "case_acts",
    "case_messages",
    "cases",
    "consents",
    "documents",
    "figures",
    "install",
    "meetings",
    "procedures",
    "registers",
    "revisions",
    "staff",
    "work",
]

LATEST_NOTICES = 50
LONGEST_MOVE = timedelta(days=3 * 366)
"""How far the clock may be moved at a time; longer is a slip."""

_NAMES = {"begrundelse": "resolution"}


@operation("GET", "/notices", summary="My notices", out=models.NoticeRows)
def list_notices() -> models.NoticeRows:
    """Return the caller's newest notices, unread ones first."""
    rows = app().read(notices.my_notices, caller(), LATEST_NOTICES)
    return models.NoticeRows(
        items=[
            models.NoticeRow(
                id=str(row.id),
                kind=row.kind,
                text=row.text,
                task=text_of(row.task_id),
                case=text_of(row.case_id),
                meeting=text_of(row.meeting_id),
                at=row.at,
                read=row.read,
            )
            for row in rows
        ]
    )


@operation("POST", "/notices/read", summary="Mark notices as read", body=models.NoticeIds, out=Done)
def read_notices(body: models.NoticeIds) -> Response:
    """Mark the caller's notices as read; those of others are left alone."""
    command = notices.ReadNotices(tuple(number_of(text) for text in body.ids))
    return write(notices.read_notices, command, lambda _: Done())


@operation("GET", "/incidents", summary="Incidents", query=models.IncidentQuery, out=models.IncidentRows)
def list_incidents(query: models.IncidentQuery) -> models.IncidentRows:
    """Return the incidents that the caller owns (all of them for the systemforvalter)."""
    rows = app().read(retries.list_incidents, caller(), retries.ListIncidents(query.resolved))
    return models.IncidentRows(items=[_incident(row) for row in rows])


def _incident(row: retries.IncidentLine) -> models.IncidentRow:
    return models.IncidentRow(
        id=str(row.id),
        kind=row.kind,
        text=row.text,
        case_number=row.case_number,
        procedure=row.procedure,
        element=row.element_id,
        owner=row.owner,
        opened_at=row.opened_at,
        attempts=row.attempts,
        retryable=row.retryable,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        resolution=row.resolution,
    )


@operation("GET", "/incidents/{incident_id}", summary="An incident", out=models.IncidentRow, errors=(403,))
def get_incident(incident_id: int) -> models.IncidentRow:
    """Return one incident that the caller owns."""
    return _incident(app().read(retries.read_incident, caller(), incident_id))


@operation(
    "POST",
    "/incidents/{incident_id}/retry",
    summary="Try again",
    out=models.Retried,
    errors=(400, 403, 409),
)
def retry_incident(incident_id: int) -> Response:
    """Try again what the incident stopped."""
    return write(
        retries.retry_incident,
        retries.RetryIncident(incident_id),
        lambda worked: models.Retried(worked=worked),
    )


@operation(
    "POST",
    "/incidents/{incident_id}/resolve",
    summary="Settle",
    body=models.Resolution,
    out=Done,
    errors=(403, 409),
    names=_NAMES,
)
def resolve_incident(incident_id: int, body: models.Resolution) -> Response:
    """Settle an incident by hand, saying what was done."""
    command = retries.ResolveIncident(incident_id, body.resolution)
    return write(retries.resolve_incident, command, lambda _: Done())


@operation("GET", "/clock", summary="The clock", out=models.ClockTime)
def get_clock() -> models.ClockTime:
    """Return the service's time."""
    return models.ClockTime(now=app().now().astimezone(UTC))


@operation(
    "POST",
    "/clock",
    summary="Move the demo's clock forward",
    body=models.ClockTime,
    out=models.ClockMoved,
    errors=(403,),
)
def move_clock(body: models.ClockTime) -> Response:
    """Move the clock; what falls due on the way happens in order. In demo and test only."""
    if not app().settings.demo:
        raise Refused("Uret kan kun flyttes i demoen.")
    return write_in_steps(lambda: _moved(body))


def _moved(body: models.ClockTime) -> models.ClockMoved:
    try:
        too_far = body.now - app().now() > LONGEST_MOVE
        if too_far:
            raise HostError("Uret kan højst flyttes tre år ad gangen.")
        fired = demo.move_clock(app(), body.now)
    except (HostError, OverflowError) as error:
        text = str(error) if isinstance(error, HostError) else "Tidspunktet findes ikke."
        raise Invalid(text, {"now": text}) from error
    return models.ClockMoved(now=app().now().astimezone(UTC), fired=fired)


@operation("GET", "/openapi.json", summary="This document", public=True)
def get_openapi() -> Response:
    """Return the OpenAPI document."""
    return jsonify(document.document())


def install(flask: Flask) -> None:
    """Put the API into an application."""
    flask.register_blueprint(api)
