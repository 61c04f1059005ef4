"""Documents: their content, who has them, and where they are filed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from web.api.models import Filled, Model
from web.api.models.cases import DocumentRow


class HandoutRow(Model):
    """Somebody was given a version."""

    name: str
    how: str
    given_on: date
    by: str | None


class RecipientRow(Model):
    """Somebody who is to have a version; `given` is null while it is missing, and `stopped` when the consent
    by which they were to have it holds no longer."""

    name: str
    role: str | None
    given: HandoutRow | None
    stopped: bool


class FilingRow(Model):
    """How it stands with filing a version in one system."""

    target: str
    reference: str | None
    at: datetime | None
    waiting: bool
    error: str | None


class DocumentFull(DocumentRow):
    """One version of a document with its content. `case` is null for a document of the library, or of a
    course without a case."""

    case: str | None
    library: bool
    newest: int
    content: dict[str, Any]
    recipients: list[RecipientRow]
    others: list[HandoutRow]
    filings: list[FilingRow]


class NewHandout(Model):
    """Somebody who was given the document."""

    name: Filled
    how: Literal["digital", "papir", "post"]
    given_on: date = Field(strict=False)


class NewHandouts(Model):
    """Who was given the document; the newest version when `version` is left out."""

    rows: list[NewHandout] = Field(min_length=1, max_length=100)
    version: int | None = Field(default=None, ge=1, le=1_000_000)


class Handouts(Model):
    """Who is to have a version and who has it."""

    recipients: list[RecipientRow]
    others: list[HandoutRow]
    missing: list[str]


class NewFiling(Model):
    """The reference of a version that was filed by hand."""

    version: int = Field(ge=1, le=1_000_000)
    target: Literal["edoc", "fagsystem"]
    reference: Filled
