"""Notices, incidents and the clock."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from web.api.models import Line, Model, Prose, Query


class NoticeRow(Model):
    """A notice."""

    id: str
    kind: str
    text: str
    task: str | None
    case: str | None
    meeting: str | None
    at: datetime
    read: bool


class NoticeRows(Model):
    """The newest notices."""

    items: list[NoticeRow]


class NoticeIds(Model):
    """Which notices; empty means all."""

    ids: list[Line] = Field(default_factory=list, max_length=200)


class IncidentQuery(Query):
    """The open ones, or those that are settled."""

    resolved: bool = False


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
    retryable: bool
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None


class IncidentRows(Model):
    """Incidents, newest first."""

    items: list[IncidentRow]


class Resolution(Model):
    """What was done."""

    resolution: Prose


class Retried(Model):
    """Whether it worked."""

    worked: bool


class ClockTime(Model):
    """The service's clock."""

    now: AwareDatetime


class ClockMoved(ClockTime):
    """The service's clock after it was moved, and how many timers fell due on the way."""

    fired: int
