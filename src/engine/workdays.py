"""Working days, months and local time in Denmark (processes.md §5).

The rules are in src/engine/js/calendar.mjs and nowhere else; the functions here are doors to them. Dates are
local days in Europe/Copenhagen from 1990 to 2100; instants go in and out as aware datetimes, out in UTC
unless said.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Final, TypeAlias

from holidays import country_holidays

from engine.errors import EngineError
from engine.sandbox import Closing, ask
from engine.zone import COPENHAGEN, transitions

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100

ClosingDay: TypeAlias = tuple[int, int] | date
"""A day that is closed each year (month, day), or once."""

USUAL_CLOSING_DAYS: Final[tuple[ClosingDay, ...]] = ((6, 5), (12, 24), (12, 31))
"""Constitution day, Christmas Eve, New Year's Eve: what a municipality starts with (assumption of §5)."""

_EPOCH: Final = date(1970, 1, 1)
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")


def _day_in(year: int, month_day: tuple[int, int]) -> date | None:
    try:
        return date(year, *month_day)
    except ValueError:
        return None


@dataclass(frozen=True)
class Calendar:
    """Which days are closed: the public holidays, and the closing days the municipality has chosen.

    A date outside 1990-2100 closes nothing. Raises EngineError for a (month, day) that no year has.
    """

    closing: tuple[ClosingDay, ...] = USUAL_CLOSING_DAYS

    def __post_init__(self) -> None:
        for one in self.closing:
            if not isinstance(one, date) and _day_in(2000, one) is None:
                raise EngineError(f"Den {one[1]}. i måned {one[0]} findes ikke og kan ikke være lukkedag.")

    @property
    def closed_days(self) -> frozenset[date]:
        """Every public holiday and closing day from 1990 to 2100; plain weekends are not among them."""
        return _closed(self.closing)

    @property
    def for_sandbox(self) -> Closing:
        """The closed days as the JavaScript side takes them; equal calendars share the key."""
        return _for_sandbox(self.closing)


# By value: a calendar is read from the database over and over, and is nearly always the same.
@lru_cache(maxsize=16)
def _closed(closing: tuple[ClosingDay, ...]) -> frozenset[date]:
    return public_holidays() | frozenset(_days(closing))


@lru_cache(maxsize=16)
def _for_sandbox(closing: tuple[ClosingDay, ...]) -> Closing:
    days = json.dumps(sorted((day - _EPOCH).days for day in _closed(closing)))
    return hashlib.sha256(days.encode()).hexdigest()[:16], days


DEFAULT: Final = Calendar()


def for_browser(calendar: Calendar = DEFAULT) -> dict[str, Any]:
    """What the browser needs for the same answers:

    {"closing": [day], "transitions": [[instant, minutes]]}.
    """
    return {
        "closing": json.loads(calendar.for_sandbox[1]),
        "transitions": [list(one) for one in transitions()],
    }


@lru_cache(maxsize=1)
def public_holidays() -> frozenset[date]:
    """Denmark's public holidays from 1990 to 2100 (store bededag until 2023)."""
    return frozenset(country_holidays("DK", years=range(FIRST_YEAR, LAST_YEAR + 1)))


def named_holidays(year: int) -> tuple[tuple[date, str], ...]:
    """Denmark's public holidays of one year with their Danish names, in order."""
    return tuple(sorted(country_holidays("DK", years=year, language="da").items()))


def er_arbejdsdag(day: date, calendar: Calendar = DEFAULT) -> bool:
    """Whether `day` is Monday to Friday and not closed."""
    found = _ask("er_arbejdsdag", calendar, day)
    return bool(found)


def arbejdsdage_efter(day: date, n: int, calendar: Calendar = DEFAULT) -> date:
    """The n-th working day after `day`;

    day 1 is the first working day after it, 0 is `day` itself (SM-27).
    """
    return _date("arbejdsdage_efter", calendar, day, n)


def arbejdsdage_foer(day: date, n: int, calendar: Calendar = DEFAULT) -> date:
    """The n-th working day before `day`; 0 is `day` itself."""
    return _date("arbejdsdage_foer", calendar, day, n)


def arbejdsfrist(day: date, calendar: Calendar = DEFAULT) -> date:
    """The last working day on or before the legal date `day`."""
    return _date("arbejdsfrist", calendar, day)


def maaneder_efter(day: date, n: int, calendar: Calendar = DEFAULT) -> date:
    """The same day of the month n months later (earlier when negative), at most the month's last day."""
    return _date("maaneder_efter", calendar, day, n)


def spoken_day(day: date) -> str:
    """A day as people say it: »torsdag den 11. juni 2026«."""
    return f"{_ask('ugedag', DEFAULT, day)} den {_ask('dansk_dato', DEFAULT, day)}"


def ff_naeste_moede(day: date, calendar: Calendar = DEFAULT) -> date:
    """The first Thursday on or after `day` on which Faglig Forum meets (FF-29)."""
    return _date("ff_naeste_moede", calendar, day)


def ff_materialefrist(meeting: date, calendar: Calendar = DEFAULT) -> datetime:
    """The instant before which material for `meeting` must be in: the week's Monday at 12 (FF-33)."""
    return _instant("ff_materialefrist", calendar, meeting)


def ff_paamindelse(meeting: date, calendar: Calendar = DEFAULT) -> datetime:
    """The instant of the reminder about material: one working day before the limit, at 12."""
    return _instant("ff_paamindelse", calendar, meeting)


def sm_vindue_ok(start: datetime, end: datetime, calendar: Calendar = DEFAULT) -> bool:
    """Whether a Samarbejdsmøde lies wholly in a window: Monday 8-15, Thursday 9.15-16 (SM-16, SM-17)."""
    return bool(_ask("sm_vindue_ok", calendar, start, end))


def alder(born: date, day: date) -> int:
    """The age in whole years on `day`; a birthday on 29 February is 1 March in a common year."""
    return int(_ask("alder", DEFAULT, born, day))


def foedselsdag(born: date, n: int) -> date:
    """The day on which somebody born on `born` turns n."""
    return _date("foedselsdag", DEFAULT, born, n)


def instant(day: date, clock: str) -> datetime:
    """The instant in UTC at which Copenhagen's clocks show `clock` ("HH:MM") on the local `day`.

    A time that the clocks skip in March comes out an hour later on the clock; one that they show twice in
    October is the first of the two. Raises EngineError for a text that is not a time of day.
    """
    shown = _CLOCK.match(clock)
    if shown is None:
        raise EngineError(f"»{clock}« er ikke et klokkeslæt (tt:mm).")
    # fold=0 is exactly that choice, for the gap as well; test_workdays holds it against the JavaScript
    wall = datetime.combine(day, time(int(shown[1]), int(shown[2])), tzinfo=COPENHAGEN)
    return wall.astimezone(UTC)


def local(moment: datetime) -> datetime:
    """An aware `moment` as Copenhagen's clocks show it, with their offset.

    Raises EngineError for a naive one.
    """
    if moment.tzinfo is None:
        raise EngineError("Et tidspunkt mangler sin tidszone.")
    return moment.astimezone(COPENHAGEN)


def _days(closing: tuple[ClosingDay, ...]) -> Iterator[date]:
    for one in closing:
        if isinstance(one, date):
            if FIRST_YEAR <= one.year <= LAST_YEAR:
                yield date(one.year, one.month, one.day)
            continue
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            day = _day_in(year, one)
            if day is not None:
                yield day


def _ask(function: str, calendar: Calendar, *values: date | int) -> Any:
    plain = [one if isinstance(one, int) else _iso(one) for one in values]
    return ask("call", function, json.dumps(plain), closing=calendar.for_sandbox)


def _iso(value: date) -> str:
    if isinstance(value, datetime):
        return local(value).isoformat(timespec="seconds")
    return value.isoformat()


def _date(function: str, calendar: Calendar, *values: date | int) -> date:
    return date.fromisoformat(_ask(function, calendar, *values))


def _instant(function: str, calendar: Calendar, *values: date | int) -> datetime:
    return datetime.fromisoformat(_ask(function, calendar, *values)).astimezone(UTC)
