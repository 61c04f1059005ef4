"""What the pages of figures show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from web.pages.parts import CaseRef, Choice, Tab


@dataclass(frozen=True, slots=True)
class Number:
    """One number as it is read; `href` leads to the cases behind it, empty when there are none to see."""

    text: str
    href: str = ""
    width: int = 0
    """Length of its bar, 0–100; 0 draws none."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a figure."""

    label: str
    cells: tuple[Number, ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class FigureView:
    """One figure: its numbers, how they are counted, and where the file is."""

    key: str
    title: str
    definition: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    file: str
    now: bool
    empty: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together."""

    title: str
    figures: tuple[FigureView, ...]


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """When a procedure was published and when it must be revised."""

    key: str
    name: str
    published: date
    due: date
    overdue: bool


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """All figures for one filter."""

    sections: tuple[Section, ...]
    offers: tuple[tuple[date, str], ...]
    revisions: tuple[RevisionRow, ...]
    periods: tuple[Tab, ...]
    """The periods that are asked for most, with the rest of the filter as it is."""
    since: str
    until: str
    units: tuple[Choice, ...]
    districts: tuple[Choice, ...]
    people: tuple[Choice, ...]
    file: str
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class BehindRow:
    """One case behind a number."""

    case: CaseRef
    unit: str
    status: str


@dataclass(frozen=True, slots=True)
class BehindPage:
    """The cases behind one number."""

    title: str
    what: str
    rows: tuple[BehindRow, ...]
    most: int
    back: str
