"""What the pages show on which a person gives a running procedure a message."""

from __future__ import annotations

from dataclasses import dataclass

from web.pages.parts import CaseRef
from web.pages.work import Clause, FormView, Guidance


@dataclass(frozen=True, slots=True)
class MessageLink:
    """One message that may be given in the case now."""

    name: str
    href: str
    procedure: str
    key: str = ""
    """What tells it from others of the same name."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Giving one message: its form, or a plain question when it has none."""

    name: str
    case: CaseRef
    procedure_key: str
    procedure: str
    version: int
    action: str
    guidance: Guidance
    clauses: tuple[Clause, ...]
    form: FormView | None
    message: str = ""
    """Why it was refused just now."""
