"""The closing days in the database, as the calendar functions need them."""

from sqlalchemy import select

from engine.workdays import USUAL_CLOSING_DAYS, ClosingDay
from records import tables
from records.unit import Unit

_NAMES = {(6, 5): "Grundlovsdag", (12, 24): "Juleaftensdag", (12, 31): "Nytårsaftensdag"}


def read_closing_days(unit: Unit) -> tuple[ClosingDay, ...]:
    """Return the closing days: a date, or (month, day) for one that comes every year."""
    rows = unit.session.scalars(select(tables.ClosingDay).order_by(tables.ClosingDay.id))
    return tuple(_day(row) for row in rows)


def _day(row: tables.ClosingDay) -> ClosingDay:
    if row.on_date is not None:
        return row.on_date
    assert row.month is not None
    assert row.day is not None
    return (row.month, row.day)


def write_usual_closing_days(unit: Unit) -> None:
    """Write the closing days that an installation starts with (processes.md 5)."""
    for day in USUAL_CLOSING_DAYS:
        if isinstance(day, tuple):
            unit.session.add(tables.ClosingDay(name=_NAMES[day], month=day[0], day=day[1]))
