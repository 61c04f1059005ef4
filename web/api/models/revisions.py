"""Drafts of procedures, and moving running courses between versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from web.api.models import Line, Model, Query

Version = Annotated[int, Field(ge=1, le=1_000_000)]
Content = Annotated[str, Field(max_length=1_500_000)]


class FileText(Model):
    """A file of a procedure: its path (`faglig_forum_sag.bpmn`, `anmodning.form`) and its text."""

    path: Line
    text: Content


class NewDraft(Model):
    """What a draft begins as: a version (the newest when left out), with these files changed or taken out."""

    version: Version | None = None
    files: list[FileText] = Field(default_factory=list, max_length=80)
    removed: list[Line] = Field(default_factory=list, max_length=80)


class FileChange(Model):
    """Files that take the place of those with their paths, and paths to take out."""

    files: list[FileText] = Field(default_factory=list, max_length=80)
    removed: list[Line] = Field(default_factory=list, max_length=80)


class ProblemRow(Model):
    """Something wrong with a draft; `level` is error or advice."""

    file: str
    element: str | None
    line: int | None
    rule: str
    text: str
    level: str


class DraftRow(Model):
    """A draft. `checked` says whether it was checked as it is now, `sound` that it can be sent on then."""

    id: str
    procedure: str
    status: str
    base_version: int
    hash: str
    rev: int
    changed_at: datetime
    changed_by: str | None
    files: list[str]
    checked: bool
    sound: bool
    problems: list[ProblemRow]
    approved_by: list[str]
    version: int | None


class DraftRows(Model):
    """The drafts of a procedure, newest first."""

    items: list[DraftRow]


class DraftFull(Model):
    """A draft with its files."""

    draft: DraftRow
    files: list[FileText]


class Publishing(Model):
    """The first day that the version counts, and what is new in it."""

    valid_from: Annotated[date, Field(strict=False)]
    note: Annotated[str, Field(pattern=r"\S", max_length=4000)]


class MoveQuery(Query):
    """To which version."""

    version: Version


class MoveBody(Model):
    """To which version; `courses` names them, all that run when left out."""

    version: Version
    courses: Annotated[list[Line], Field(max_length=500)] | None = None


class MoveOne(Model):
    """To which version."""

    version: Version


class Reason(Model):
    """Why a course stays: where it stands, and what is in the way."""

    element: str
    text: str


class Reckoned(Model):
    """A timer or deadline that the new version's rule changes."""

    element: str
    before: datetime | None
    after: datetime | None


class MoveRow(Model):
    """What moving a course does, or why it stays."""

    course: str
    version: int
    started_at: datetime
    stands_at: list[str]
    moves: bool
    reasons: list[Reason]
    skipped: list[str]
    reckoned: list[Reckoned]


class MovePlan(Model):
    """The running courses that are on another version."""

    items: list[MoveRow]


class MoveResult(Model):
    """A course that was moved, or why it stays."""

    course: str
    moved: bool
    text: str | None


class MoveResults(Model):
    """What became of each course."""

    items: list[MoveResult]
