"""The leaders' figures."""

from __future__ import annotations

from datetime import date

from web.api.models import Line, Model, Query


class FigureQuery(Query):
    """The period (local days, inclusive), and a unit with those below it, a district or a person."""

    since: date | None = None
    until: date | None = None
    unit: Line | None = None
    district: Line | None = None
    person: Line | None = None


class BehindQuery(FigureQuery):
    """The number whose cases are asked for: codes of its line and column; left out means all."""

    row: Line = ""
    column: Line = ""


class FigureLine(Model):
    """One line: a number for each column, their sum, the share (0–1), and the kroner (or the average)."""

    code: str
    label: str
    numbers: list[int]
    total: int
    share: float | None
    amount: int | None


class FigureColumn(Model):
    """A column of a figure."""

    code: str
    label: str


class FigureFull(Model):
    """A figure with how it is counted."""

    key: str
    title: str
    section: str
    definition: str
    columns: list[FigureColumn]
    share_label: str | None
    amount_label: str | None
    lines: list[FigureLine]
    total: FigureLine


class Figures(Model):
    """Every figure for one filter."""

    since: date
    until: date
    items: list[FigureFull]


class BehindRow(Model):
    """A case behind a number."""

    id: str
    number: str
    child: str
    unit: str | None
    status: str


class BehindRows(Model):
    """The cases behind a number that the caller leads, newest first, at most 200."""

    items: list[BehindRow]
