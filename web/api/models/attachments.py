"""Attached files."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from web.api.models import Filled, Model, Query


class UploadQuery(Query):
    """The id of the form's field, and what the file is called."""

    field: str = Field(min_length=1, max_length=120)
    name: Filled


class NameQuery(Query):
    """What the file is called."""

    name: Filled


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
