"""Dates as a Danish caseworker says them: »i dag«, »torsdag den 2. april 2026«, »3 dage for sent«.

Pure functions; what is today is always an argument. Days are dates in Copenhagen; instants are aware
datetimes in any zone and are shown in Copenhagen's. Texts go through gettext, names of days through Babel.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from babel.dates import format_date

from web.current import COPENHAGEN
from web.words import gettext, locale, ngettext

_DAY = re.compile(
    r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<y>\d{4})|(?P<y2>\d{4})-(?P<m2>\d{2})-(?P<d2>\d{2})"
)
_CLOCK = re.compile(r"(?:kl\.\s*)?(?P<h>[01]?\d|2[0-3])[.:](?P<m>[0-5]\d)")


class Lateness(StrEnum):
    """The headings of the worklist, in the order in which they are shown."""

    ACUTE = "acute"
    LATE = "late"
    TODAY = "today"
    THIS_WEEK = "week"
    LATER = "later"
    NO_LIMIT = "none"


def day(value: date, *, year: bool = True) -> str:
    """Return the day in full: »torsdag den 2. april 2026«, or without the year."""
    pattern = gettext("EEEE 'den' d. MMMM y") if year else gettext("EEEE 'den' d. MMMM")
    return _written(value, pattern, locale())


def yearly_day(value: date) -> str:
    """Return a day that comes every year: »24. december«."""
    return _written(value, gettext("d. MMMM"), locale())


def plain_day(value: date) -> str:
    """Return the day without its weekday, for dates that are mere facts: »3. marts 2023«."""
    return _written(value, gettext("d. MMMM y"), locale())


@lru_cache(maxsize=4096)
def _written(value: date, pattern: str, language: str) -> str:
    return str(format_date(value, pattern, locale=language))


def clock(value: datetime) -> str:
    """Return the time of day in Copenhagen: »10.42«."""
    local = value.astimezone(COPENHAGEN)
    return f"{local.hour}.{local.minute:02d}"


def moment(value: datetime) -> str:
    """Return an instant in full: »tirsdag den 10. februar 2026 kl. 8.00«."""
    local = value.astimezone(COPENHAGEN)
    return gettext("%(day)s kl. %(time)s", day=day(local.date()), time=clock(local))


def stamp(value: datetime, today: date) -> str:
    """Return an instant as short as it is clear: »i dag kl. 10.42«, »12. januar 2026 kl. 9.05«."""
    local = value.astimezone(COPENHAGEN)
    return gettext("%(day)s kl. %(time)s", day=near(local.date(), today), time=clock(local))


def near(value: date, today: date) -> str:
    """Return the day as one says it today: »i går«, »i dag«, »i morgen«, a weekday with date, a full date."""
    days = (value - today).days
    if days == 0:
        return gettext("i dag")
    if days == 1:
        return gettext("i morgen")
    if days == -1:
        return gettext("i går")
    if -7 < days < 14:
        return day(value, year=value.year != today.year)
    return plain_day(value)


def due_day(value: date, today: date) -> str:
    """Return a limit: »i dag«, »i morgen«, »i går«, else weekday and date, with another year's number."""
    if abs((value - today).days) <= 1:
        return near(value, today)
    return day(value, year=value.year != today.year)


def distance(value: date, today: date) -> str:
    """Return how far away a day is: »om 3 dage«, »for 2 dage siden«; empty within a day of today."""
    days = (value - today).days
    if abs(days) <= 1:
        return ""
    if days < 0:
        return ngettext("for %(num)d dag siden", "for %(num)d dage siden", -days)
    if days < 21:
        return ngettext("om %(num)d dag", "om %(num)d dage", days)
    if days < 70:
        return ngettext("om %(num)d uge", "om %(num)d uger", round(days / 7))
    return ngettext("om %(num)d måned", "om %(num)d måneder", round(days / 30.44))


def overdue(value: date, today: date) -> str:
    """Return how late something with this limit is: »1 dag for sent«; empty when it is not late."""
    days = (today - value).days
    return ngettext("%(num)d dag for sent", "%(num)d dage for sent", days) if days > 0 else ""


def lateness(legal: date | None, working: date | None, today: date) -> Lateness:
    """Return the heading a task belongs under.

    Late is what has passed its legal date; what to do today or this week follows the working date, the last
    working day on or before it. Weeks end on Sunday.
    """
    if legal is None:
        return Lateness.NO_LIMIT
    if legal < today:
        return Lateness.LATE
    plan = working or legal
    if plan <= today:
        return Lateness.TODAY
    if plan <= today + timedelta(days=6 - today.weekday()):
        return Lateness.THIS_WEEK
    return Lateness.LATER


def lateness_heading(value: Lateness) -> str:
    """Return the heading in Danish."""
    return {
        Lateness.ACUTE: gettext("Akut"),
        Lateness.LATE: gettext("For sent"),
        Lateness.TODAY: gettext("I dag"),
        Lateness.THIS_WEEK: gettext("Denne uge"),
        Lateness.LATER: gettext("Senere"),
        Lateness.NO_LIMIT: gettext("Uden frist"),
    }[value]


def age(born: date, today: date) -> str:
    """Return a child's age: weeks for the first two months, months until two years, then years."""
    days = (today - born).days
    if days < 0:
        return gettext("ikke født endnu")
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    if months < 2:
        return ngettext("%(num)d uge", "%(num)d uger", days // 7)
    if months < 24:
        return ngettext("%(num)d måned", "%(num)d måneder", months)
    return gettext("%(years)d år", years=months // 12)


def read_day(text: str) -> date | None:
    """Read a day as a Dane writes it: »24.12.2026«, »24/12-2026«, or ISO. None when it is not one."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    day_, month, year = found["d"] or found["d2"], found["m"] or found["m2"], found["y"] or found["y2"]
    try:
        return date(int(year), int(month), int(day_))
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    """Read »24.12.2026« or »24.12.2026 8.30«, in Copenhagen's time; a day alone is its first moment."""
    day_text, _, clock_text = text.strip().partition(" ")
    found = _CLOCK.fullmatch(clock_text.strip() or "0.00")
    value = read_day(day_text)
    if value is None or found is None:
        return None
    return datetime(value.year, value.month, value.day, int(found["h"]), int(found["m"]), tzinfo=COPENHAGEN)


def month(value: date) -> str:
    """Return the month with its year: »Juni 2026«."""
    text = _written(value, gettext("LLLL y"), locale())
    return text[:1].upper() + text[1:]


def month_name(value: date) -> str:
    """Return the month's name: »juni«."""
    return _written(value, gettext("MMMM"), locale())


def weekday(value: date) -> str:
    """Return the day's name: »torsdag«."""
    return _written(value, "EEEE", locale())
