"""What falls due beside the timers of courses: one path for the scheduler and for a clock that is moved.

Each source says when it is due next and does one thing that is due, in a transaction of its own, claimed so
that it happens once on any number of nodes. What falls due at an instant happens here before the timers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from records.unit import Unit
from tasks import substitutes, timers


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work that falls due."""

    name: str
    next_due: Callable[[Unit], datetime | None]
    """When something is due next (UTC), None when nothing is."""
    do_next: Callable[[Unit], bool]
    """Do one thing that is due and that nobody else is at; False when there is none."""


SOURCES: tuple[Source, ...] = (Source("leave", substitutes.next_due, substitutes.move_next),)


def next_due(unit: Unit) -> datetime | None:
    """Return the earliest instant at which anything is due, timers included (UTC)."""
    found = [timers.next_due(unit), *(source.next_due(unit) for source in SOURCES)]
    return min((at for at in found if at is not None), default=None)
