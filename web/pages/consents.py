"""What the page of a case's consents shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from web.pages.cases import CaseHead


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One consent."""

    id: str
    given_by: str
    scope: str
    recipients: tuple[str, ...]
    given_on: date
    expires_on: date | None
    state: str
    """`gaelder`, `udloebet` or `trukket`."""
    registered_by: str
    registered_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str
    reason: str
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class ConsentsPage:
    """The consents of a case, and the form for a new one."""

    case: CaseHead
    rows: tuple[ConsentRow, ...]
    may_change: bool
    values: dict[str, str]
    errors: dict[str, str]
    withdrawing: int
    """The consent whose withdrawal was refused; its errors stand at it. 0 for the form of a new one."""
