"""Europe/Copenhagen, as Python knows it and as data for the JavaScript side."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")

# Denmark has had summer time every year since 1980; before that winter time is assumed.
_FIRST: Final = datetime(1979, 12, 31, tzinfo=UTC)
_LAST: Final = datetime(2101, 6, 1, tzinfo=UTC)
_STRIDE: Final = timedelta(days=30)
_HOUR: Final = timedelta(hours=1)


@lru_cache(maxsize=1)
def transitions() -> tuple[tuple[int, int], ...]:
    """The changes between summer and winter time from 1980 to 2101, oldest first.

    Each is (first instant of the new offset in milliseconds since 1970, minutes east of UTC).
    """
    found = []
    here, offset = _FIRST, _minutes(_FIRST)
    while here < _LAST:
        there = here + _STRIDE
        if _minutes(there) != offset:
            change = _change_between(here, there)
            offset = _minutes(change)
            found.append((int(change.timestamp()) * 1000, offset))
        here = there
    return tuple(found)


def _change_between(before: datetime, after: datetime) -> datetime:
    """The whole hour at which the offset changes."""
    old = _minutes(before)
    hours = int((after - before) / _HOUR)
    low, high = 0, hours
    while high - low > 1:
        middle = (low + high) // 2
        if _minutes(before + middle * _HOUR) == old:
            low = middle
        else:
            high = middle
    return before + high * _HOUR


def _minutes(instant: datetime) -> int:
    offset = instant.astimezone(COPENHAGEN).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60
