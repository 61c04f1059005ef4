"""A deadline in words, as lists and tasks show it: made once for a whole page of tasks with the same one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from web import dates
from web.pages.parts import Limit
from web.words import locale


@dataclass(frozen=True, slots=True)
class LimitWords:
    """What stands about one deadline; empty where nothing does."""

    state: str
    """The heading of the worklist it belongs under."""
    moment: str
    """For machines."""
    when: str
    overdue: str
    distance: str
    legal: str
    """The legal date, where it is another day than the one shown."""


def limit_words(limit: Limit, today: date) -> LimitWords:
    """Return a deadline in the reader's language, seen from this day."""
    return _words(limit, today, locale())


@lru_cache(maxsize=4096)
def _words(limit: Limit, today: date, _language: str) -> LimitWords:
    late = dates.overdue(limit.legal, today)
    shown = limit.at or limit.working
    return LimitWords(
        state=dates.lateness(limit.legal, limit.working, today).value,
        moment=shown.isoformat(),
        when=dates.stamp(limit.at, today) if limit.at else dates.due_day(limit.working, today),
        overdue=late,
        distance="" if late else dates.distance(limit.working, today),
        legal=dates.due_day(limit.legal, today) if limit.legal != limit.working and not limit.at else "",
    )
