"""How the running service is doing, in a few numbers for whoever watches it; nothing about anybody."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from records.tables import Incident, Outbox, Timer
from records.unit import Unit


@dataclass(frozen=True, slots=True)
class Pulse:
    """What waits. `behind` is how long the timer that is due longest has been due; zero when none is."""

    behind: timedelta
    letters_waiting: int
    incidents_open: int


def take_pulse(unit: Unit) -> Pulse:
    """Count what waits; one statement."""
    waiting = select(func.count()).select_from(Outbox).where(Outbox.sent_at.is_(None)).scalar_subquery()
    troubled = select(func.count()).select_from(Incident).where(Incident.resolved_at.is_(None))
    earliest = select(func.min(Timer.due_at)).scalar_subquery()
    due, letters, incidents = unit.session.execute(
        select(earliest, waiting, troubled.scalar_subquery())
    ).one()
    behind = unit.now - due if due is not None and due < unit.now else timedelta(0)
    return Pulse(behind, letters or 0, incidents or 0)
