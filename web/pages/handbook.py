"""What the library of guides shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from web.pages.inbox import Guide


@dataclass(frozen=True, slots=True)
class Library:
    """All guides, and the documents that all staff may read."""

    rows: tuple[Guide, ...]
    documents: tuple[Guide, ...]


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One version of a guide, and the others to go to."""

    key: str
    name: str
    markdown: str
    version: int
    newest: int
    published: datetime
    by: str
    others: tuple[Guide, ...]
    may_edit: bool


@dataclass(frozen=True, slots=True)
class GuideEditor:
    """The text of a guide while its owner writes the next version."""

    key: str
    name: str
    title: str
    text: str
    seen: int
    errors: dict[str, str] = field(default_factory=dict)
