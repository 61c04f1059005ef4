"""Models of people's leave and of the log of administration."""

from __future__ import annotations

from datetime import date, datetime

from web.api.models import Line, Model, PageSize, Query


class PersonId(Model):
    """One person of a list to choose from."""

    id: str
    name: str


class LeaveRow(Model):
    """One leave; without a substitute the person's tasks go to their leader's group."""

    id: str
    first_day: date
    last_day: date
    substitute: PersonId | None
    status: str


class LeaveRows(Model):
    """A person's leave, newest first, and who may stand in for them."""

    person: PersonId
    items: list[LeaveRow]
    possible_substitutes: list[PersonId]


class LeaveBody(Model):
    """The days (both inclusive) and who stands in."""

    first_day: date
    last_day: date
    substitute: Line | None = None


class LeaveId(Model):
    """The leave that was entered or changed."""

    id: str


class LogQuery(Query):
    """Which acts: those about or by one person, and the cursor to go on from."""

    person: Line | None = None
    after: Line | None = None
    limit: PageSize = 50


class LogRow(Model):
    """One act of administration; `who` is empty for the command line."""

    id: str
    at: datetime
    who: str | None
    kind: str
    person: PersonId | None
    text: str


class LogRows(Model):
    """A page of the log, newest first."""

    items: list[LogRow]
    next: str | None
