"""What the library of guides shows."""

from __future__ import annotations

from dataclasses import dataclass

from web.pages.inbox import Guide


@dataclass(frozen=True, slots=True)
class Library:
    """All guides."""

    rows: tuple[Guide, ...]


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One guide, and the others to go to."""

    name: str
    markdown: str
    others: tuple[Guide, ...]
