"""The one clock. In the demo and in tests it runs ahead of the wall's by an offset kept in the database,
forward only."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

REFRESH_SECONDS = 0.25
"""How long a node may go on with the offset it has read: whoever moves the clock waits so long at the end."""


def wall() -> datetime:
    """Return real time, aware, in UTC: for sign-in, tokens and throttling, which no demo may move."""
    return datetime.now(UTC)


class Clock:
    """The time of the rules: real time, or real time and an offset that other nodes may move too."""

    def __init__(self, offset: Callable[[], int] | None = None, refresh: float = REFRESH_SECONDS) -> None:
        """`offset` reads the seconds ahead from the database; it is asked at most every `refresh` seconds."""
        self._read = offset
        self._refresh = timedelta(seconds=refresh)
        self._seconds = 0
        self._asked: datetime | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        real = wall()
        if self._read is not None:
            with self._lock:
                if self._asked is None or not timedelta(0) <= real - self._asked < self._refresh:
                    self._seconds = self._read()
                    self._asked = real
        return real + timedelta(seconds=self._seconds)

    def forget(self) -> None:
        """Ask for the offset anew the next time: it was just moved."""
        with self._lock:
            self._asked = None


class FrozenClock:
    """A clock that stands still until it is set: for rehearsals and tests."""

    def __init__(self, at: datetime) -> None:
        """Start at an aware instant."""
        self._at = at

    def now(self) -> datetime:
        """Return the instant it stands at."""
        return self._at

    def set(self, at: datetime) -> None:
        """Move it; tests may set it back as well."""
        self._at = at

    def forget(self) -> None:
        """Nothing is kept; here so that both clocks can be used alike."""
