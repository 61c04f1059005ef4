"""Consents of a case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from web.api.models import Filled, Grounds, Line, Model


class NewConsent(Model):
    """A consent: who gave it, to what, towards whom. Without `expires_on` it holds until it is withdrawn."""

    given_by: Filled
    scope: Annotated[str, Field(pattern=r"\S", max_length=2000)]
    recipients: list[Filled] = Field(min_length=1, max_length=50)
    given_on: date | None = None
    expires_on: date | None = None


class ConsentRow(Model):
    """A consent of a case; `holds` tells whether it holds today."""

    id: str
    given_by: str
    scope: str
    recipients: list[str]
    given_on: date
    expires_on: date | None
    holds: bool
    registered_at: datetime
    registered_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdraw_reason: str | None


class ConsentRows(Model):
    """The consents of a case, newest first."""

    items: list[ConsentRow]


class ConsentRef(Model):
    """A consent by id."""

    id: str


class Withdrawal(Model):
    """Who withdrew it, and how."""

    reason: Grounds


class GuestRow(Model):
    """Somebody of the family at an item; `ended` says why the newest link works no longer."""

    participant: str
    name: str
    meeting: str
    starts_at: datetime
    link: str | None
    expires_at: datetime | None
    ended: str | None
    last_seen_at: datetime | None


class GuestRows(Model):
    """The family's places at the case's items."""

    items: list[GuestRow]


class NewGuest(Model):
    """For whom a link is made: a participant of the case's item."""

    participant: Line


class GuestLinkMade(Model):
    """A link; `path` is its address below the service's own."""

    id: str
    path: str
    expires_at: datetime
