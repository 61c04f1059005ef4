"""What the sign-in page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One of the demo municipality's people, offered on the sign-in page in demo mode only."""

    name: str
    role: str
    username: str
    password: str
    first: bool = False
    """One of those that stand first: one per role."""


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The sign-in page. `ended` is true when the browser came with a session that is over."""

    target: str
    username: str
    message: str
    ended: bool
    demo_accounts: tuple[DemoAccount, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One's own account."""

    name: str
    title: str
    roles: tuple[tuple[str, str], ...]
    """Role and unit."""
    errors: dict[str, str]
    feed_made: datetime | None = None
    """When the calendar feed was made."""
    feed_address: str = ""
    """The address just made; shown once."""
