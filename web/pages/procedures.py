"""What the procedures' pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from web.pages.parts import DiagramView, Fact, Tab


@dataclass(frozen=True, slots=True)
class ProcedureRow:
    """One procedure in the list."""

    key: str
    name: str
    purpose: str
    version: int
    valid_from: date
    owner: str
    running: int
    href: str
    provisional: bool = False
    start_href: str | None = None


@dataclass(frozen=True, slots=True)
class ProcedureList:
    """All procedures in force."""

    rows: tuple[ProcedureRow, ...]


@dataclass(frozen=True, slots=True)
class ProcedureHead:
    """What stands on top of every page of a procedure."""

    key: str
    name: str
    purpose: str
    version: int
    valid_from: date
    owner: str
    fingerprint: str
    """The first characters of the version's content hash."""
    tabs: tuple[Tab, ...]
    provisional: bool = False
    retired: bool = False
    start_href: str | None = None
    facts: tuple[Fact, ...] = ()
    begins: str = ""
    """When the calendar starts it, in words."""
    next_starts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedurePage:
    """The diagram with its badges, and the same as a table of steps."""

    procedure: ProcedureHead
    diagram: DiagramView


@dataclass(frozen=True, slots=True)
class ClauseBlock:
    """A paragraph of the written procedure with the ids of its clauses and the steps that realise it."""

    markdown: str
    ids: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    open_text: bool = False
    """»udfyldes af procesejer«: the owner has still to write it."""


@dataclass(frozen=True, slots=True)
class ProcedureTextPage:
    """The written procedure, clause by clause."""

    procedure: ProcedureHead
    blocks: tuple[ClauseBlock, ...]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of the procedure."""

    version: int
    status: str
    """`draft`, `published` or `retired`."""
    valid_from: date | None
    published_by: str
    note: str
    running: int
    href: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """Every version, newest first."""

    procedure: ProcedureHead
    rows: tuple[VersionRow, ...]
