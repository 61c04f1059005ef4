"""Attached files."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from web.api.models import Line, Model, Query


class UploadQuery(Query):
    """The id of the form's field, and what the file is called."""

    field: str = Field(default="", max_length=120)
    name: Line = "fil"


class NameQuery(Query):
    """What the file is called."""

    name: Line = "fil"


class AttachmentRow(Model):
    """An attached file. `by` is who uploaded it, null when that is the caller just now."""

    id: str
    name: str
    media: str
    size: int
    at: datetime
    by: str | None


class AttachmentRows(Model):
    """Files."""

    items: list[AttachmentRow]
