"""What the page of one document shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from web.pages.parts import CaseRef, Choice, Fact


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """A heading with text, facts or a table below it."""

    heading: str
    text: str = ""
    facts: tuple[Fact, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """Somebody who is to have the version, or has it: `how` and `given` are empty while it is missing."""

    name: str
    role: str = ""
    how: str = ""
    given: date | None = None
    by: str = ""
    stopped: bool = False
    """The consent by which they were to have it holds no longer."""


@dataclass(frozen=True, slots=True)
class FilingRow:
    """How it stands with filing the version in one system."""

    target: str
    name: str
    reference: str = ""
    at: datetime | None = None
    waiting: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class HandoutForm:
    """What was filled in, and what is wrong with it."""

    chosen: tuple[str, ...] = ()
    other: str = ""
    ways: tuple[Choice, ...] = ()
    day: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One version of a document, readable in the browser. Without a case it belongs to a course, or to the
    library."""

    id: int
    case: CaseRef | None
    library: bool
    title: str
    kind: str
    version: int
    issued: datetime
    by: str
    as_pdf: bool
    """Whether the PDF is shown instead of the text."""
    facts: tuple[Fact, ...]
    sections: tuple[DocumentSection, ...]
    versions: tuple[tuple[int, str, datetime], ...]
    """Every version: number, address, when it was issued."""
    in_charge: bool
    recipients: tuple[RecipientRow, ...]
    missing: int
    filings: tuple[FilingRow, ...]
    handout: HandoutForm
    filing_errors: dict[str, str]
