"""The demo clock as the database keeps it: how far the demo's time is ahead of real time. Forward only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from records.tables import ClockOffset, ProcedureVersion
from records.unit import Unit
from tasks.errors import Refused
from tasks.people import Actor

_ROW = 1


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What the database says of the time."""

    seconds: int
    """How far the demo's time is ahead of real time."""
    founded: datetime | None
    """When the first procedure was published: another value means that the demo was set up anew."""


def read_clock(unit: Unit) -> ClockReading:
    """Return how far ahead the clock is, and which demo it belongs to; one statement."""
    seconds = select(ClockOffset.seconds).where(ClockOffset.id == _ROW).scalar_subquery()
    founded = select(func.min(ProcedureVersion.published_at)).scalar_subquery()
    row = unit.session.execute(select(seconds, founded)).one()
    return ClockReading(row[0] or 0, row[1])


def put_ahead(unit: Unit, actor: Actor, seconds: int) -> int:
    """Put the clock so many seconds ahead of real time, unless it is further ahead already; return where it
    is. Raises Refused for a person: what may move it is decided by the host."""
    if actor.person_id is not None:
        raise Refused("Uret flyttes af systemet.")
    row = unit.session.get(ClockOffset, _ROW, with_for_update=True)
    if row is None:
        row = ClockOffset(id=_ROW, seconds=seconds)
        unit.session.add(row)
    row.seconds = max(row.seconds, seconds)
    return row.seconds


def begin_at(unit: Unit, seconds: int) -> None:
    """Let a new demo's clock begin so many seconds from real time; a demo may begin in the past."""
    unit.session.add(ClockOffset(id=_ROW, seconds=seconds))
