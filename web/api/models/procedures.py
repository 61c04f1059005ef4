"""Procedures as they are published, and how they are started."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from web.api.models import Line, Model, Query
from web.api.models.work import ClauseText, GuidanceText


class ProcedureRow(Model):
    """A procedure in its valid version, and how many of its courses are running."""

    key: str
    name: str
    purpose: str
    version: int
    valid_from: datetime | None
    owner: str | None
    running: int


class ProcedureRows(Model):
    """All published procedures."""

    items: list[ProcedureRow]


class ProcedureStep(Model):
    """An element of the diagram in words; rules as they are written."""

    element: str
    name: str
    kind: str
    lane: str
    form: str
    due: str
    reminder: str
    escalation: str
    clauses: list[str]


class ProcedureVersion(Model):
    """A version of a procedure."""

    version: int
    status: str
    valid_from: datetime | None
    hash: str
    running: int


class TextBlock(Model):
    """A paragraph of the written procedure, the ids it carries, and whether the owner has still to write
    it."""

    markdown: str
    clauses: list[str]
    open_text: bool


class ProcedureFull(Model):
    """One version of a procedure: diagram in words, text, versions."""

    key: str
    name: str
    purpose: str
    version: int
    status: str
    valid_from: datetime | None
    hash: str
    owner: str | None
    steps: list[ProcedureStep]
    text: list[TextBlock]
    versions: list[ProcedureVersion]


class StartWay(Model):
    """One way to start a procedure: its start event and what it is for."""

    procedure: str
    name: str
    at: str
    title: str
    purpose: str
    refusal: str | None = None
    """Why it cannot be begun in the case now."""


class StartWays(Model):
    """What the caller may start."""

    items: list[StartWay]


class StartQuery(Query):
    """In which case, and at which start event."""

    case: Line | None = None
    at: Line | None = None


class StartForm(Model):
    """How a procedure is started: with the form of its start event, when it has one."""

    procedure: str
    title: str
    at: str
    version: int
    case: str | None
    guidance: GuidanceText
    clauses: list[ClauseText]
    form: dict[str, Any] | None
    values: dict[str, Any]
    context: dict[str, Any]
    refused: str | None


class StartBody(Model):
    """How to start a procedure."""

    case: Line | None = None
    at: Line | None = None
    answers: dict[str, Any] = Field(default_factory=dict)


class StartedCourse(Model):
    """The new course, and the caller's own next task in it."""

    id: str
    case: str | None
    next_task: str | None
