"""When a timer is due: a date, an instant or a duration, reckoned in Copenhagen and kept in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from engine.environment import Call
from engine.errors import EngineError
from engine.workdays import maaneder_efter
from engine.zone import COPENHAGEN

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)?(@[\w/]+)?")
_DURATION: Final = re.compile(
    r"(?P<sign>-?)P(?=\d|T\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class Timer:
    """The text of a BPMN timer: an ISO literal, or FEEL after a `=`."""

    __slots__ = ("expression", "literal")

    def __init__(self, text: str) -> None:
        text = text.strip()
        self.expression = text[1:].strip() if text.startswith("=") else None
        self.literal = None if text.startswith("=") else text

    def due(self, call: Call, data: dict[str, Any], base: datetime) -> datetime:
        """The instant it is due, in UTC. A duration counts from `base`.

        Raises EngineError when the expression has no value or one that is no time.
        """
        value = self.literal if self.expression is None else call.evaluate(self.expression, data)
        return due_instant(value, base)

    def follows_facts(self, call: Call) -> bool:
        """Whether its value may change while it waits: the expression reads the case or the meeting."""
        return self.expression is not None and call.reads_facts(self.expression)


def due_instant(value: Any, base: datetime) -> datetime:
    """The instant in UTC that a timer's value stands for.

    A date is 00:00 in Copenhagen; an instant without offset is Copenhagen time; a duration is added to
    `base`. Years, months, weeks and days of a duration follow the calendar in Copenhagen (a day stays at the
    same time of day over a change to summer time, 31 January plus a month is the last of February); hours and
    below are exact. Raises EngineError for anything else.
    """
    if value is None:
        raise EngineError("Tidspunktet kan ikke beregnes: udtrykket giver ingen værdi.")
    text = value.strip() if isinstance(value, str) else ""
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=COPENHAGEN).astimezone(UTC)
        if _INSTANT.fullmatch(text):
            moment = datetime.fromisoformat(text.split("@")[0])
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=COPENHAGEN)
            return moment.astimezone(UTC)
        found = _DURATION.fullmatch(text)
        if found is not None:
            return _later(base, found)
    except (ValueError, OverflowError):
        pass
    raise EngineError(
        f"Et tidspunkt skal være en dato, et klokkeslæt på en dato eller en varighed, ikke »{value}«."
    )


def _later(base: datetime, duration: re.Match[str]) -> datetime:
    part = {name: float(text) for name, text in duration.groupdict("0").items() if name != "sign"}
    way = -1 if duration["sign"] else 1
    local = base.astimezone(COPENHAGEN)
    months = way * int(part["years"] * 12 + part["months"])
    day = maaneder_efter(local.date(), months) if months else local.date()
    day += way * timedelta(days=part["weeks"] * 7 + part["days"])
    if day != local.date():
        # Fold 0: a time of day that the change to winter time gives twice is the first of the two.
        base = datetime.combine(day, local.time(), tzinfo=COPENHAGEN).astimezone(UTC)
    exact = timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"])
    return base.astimezone(UTC) + way * exact


def saved(due: datetime) -> str:
    """An instant as it is kept in the state."""
    return due.astimezone(UTC).isoformat()


def read(text: str) -> datetime:
    """An instant from the state."""
    return datetime.fromisoformat(text)
