"""Takes one posted value and gives back the one that is kept, as form-js holds it, or says what is wrong.

form-js silently turns what does not fit into nothing; here a value that would be lost is an error.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from tasks import form_texts as texts
from tasks.form_fields import SEVERAL_CHOICES, Field, Option
from tasks.form_numbers import clean_number, number_text

MAX_TEXT: Final = {"textfield": 10_000, "textarea": 100_000}
MAX_CHOICES: Final = 500
_MAX_CHARS: Final = 1_000_000
_MAX_VALUES: Final = 5_000

_COPENHAGEN: Final = ZoneInfo("Europe/Copenhagen")
_FIRST_YEAR: Final = 1900  # the browser's calendar takes no date before it
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_TIME: Final = re.compile(r"(\d\d):(\d\d)(?::00(?:\.0+)?)?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII)
_INSTANT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?\Z", re.ASCII
)
_FILE_ID: Final = re.compile(r"[1-9][0-9]{0,17}\Z", re.ASCII)
_NOT_STORABLE: Final = re.compile("[\x00\ud800-\udfff]")

Cleaned = tuple[Any, str | None]
"""The value that is kept, and in Danish what is wrong with what was posted (None when nothing is)."""


class TooMuchError(Exception):
    """The post as a whole is larger than any form needs."""


@dataclass(slots=True)
class Budget:
    """What one post may cost in characters and values, so that checking it takes bounded time."""

    chars: int = _MAX_CHARS
    values: int = _MAX_VALUES

    def spend(self, chars: int = 0) -> None:
        """Take one value of `chars` characters. Raises TooMuchError when the budget is used up."""
        self.chars -= chars
        self.values -= 1
        if self.chars < 0 or self.values < 0:
            raise TooMuchError


def empty_value(field: Field) -> Any:
    """Return what form-js holds in a field that nobody filled in."""
    if field.kind in ("textfield", "textarea"):
        return ""
    if field.kind == "checkbox":
        return False
    return [] if field.kind in SEVERAL_CHOICES else None


def clean_value(field: Field, value: Any, budget: Budget) -> Cleaned:
    """Return the value kept for what was posted. Raises TooMuchError when the whole post is too large."""
    budget.spend()
    return _CLEANERS[field.kind](field, value, budget)


def chosen(options: tuple[Option, ...], value: Any) -> Option | None:
    """Return the option whose value is `value` (1 is not "1" and not true), or None."""
    return next((option for option in options if same(option.value, value)), None)


def same(left: Any, right: Any) -> bool:
    """Return whether two JSON values are equal as JavaScript sees them: 1 is 1.0, but true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def _text(field: Field, value: Any, budget: Budget) -> Cleaned:
    if value is None:
        return "", None
    if not isinstance(value, str):
        if isinstance(value, bool):
            return ("true" if value else "false"), None
        if isinstance(value, int | float) and clean_number(field, value)[1] is None:
            return number_text(value), None
        return "", texts.WRONG_SHAPE
    budget.spend(len(value))
    limit = MAX_TEXT[field.kind]
    if len(value) > limit:
        return "", texts.fill(texts.MAX_LENGTH, value=limit)
    if field.kind == "textfield":
        value = value.replace("\r", " ").replace("\n", " ").replace("\t", " ")
    # A NUL and half a surrogate pair are what PostgreSQL and UTF-8 cannot hold.
    return _NOT_STORABLE.sub("\ufffd", value), None


def _number(field: Field, value: Any, budget: Budget) -> Cleaned:
    return clean_number(field, value)


def _checkbox(field: Field, value: Any, budget: Budget) -> Cleaned:
    if value is None:
        return False, None
    return (value, None) if isinstance(value, bool) else (False, texts.NOT_YES_OR_NO)


def _single(field: Field, value: Any, budget: Budget) -> Cleaned:
    if value is None or value == "":
        return None, None
    if not _choosable(value, budget):
        return None, texts.NOT_AN_OPTION
    options = field.choices.options if field.choices else None
    if options is None:
        return value, None
    option = chosen(options, value)
    return (option.value, None) if option else (None, texts.NOT_AN_OPTION)


def _several(field: Field, value: Any, budget: Budget) -> Cleaned:
    if value is None:
        return [], None
    if not isinstance(value, list):
        return [], texts.WRONG_SHAPE
    if len(value) > MAX_CHOICES:
        return [], texts.fill(texts.TOO_MANY_CHOICES, value=MAX_CHOICES)
    options = field.choices.options if field.choices else None
    kept: list[Any] = []
    message = None
    for one in value:
        if not _choosable(one, budget):
            message = texts.NOT_AN_OPTION
            continue
        if options is not None:
            option = chosen(options, one)
            if option is None:
                message = texts.NOT_AN_OPTION
                continue
            one = option.value
        if not any(same(one, other) for other in kept):
            kept.append(one)
    return kept, message


def _choosable(value: Any, budget: Budget, depth: int = 0) -> bool:
    """Whether `value` can be the value of an option at all; counts what it costs."""
    if isinstance(value, str):
        budget.spend(len(value))
        return not _NOT_STORABLE.search(value)
    budget.spend()
    if isinstance(value, dict) and depth < 4:
        return "typename" not in value and all(
            isinstance(key, str) and _choosable(one, budget, depth + 1) for key, one in value.items()
        )
    if isinstance(value, list) and 0 < depth < 4:
        return all(_choosable(one, budget, depth + 1) for one in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):  # bool among them
        return abs(value) <= 2**53
    return value is None and depth > 0


def _files(field: Field, value: Any, budget: Budget) -> Cleaned:
    """Files by the ids they were given when they were uploaded; who may use them is settled elsewhere."""
    if value is None or value == []:
        return None, None
    if not isinstance(value, list):
        return None, texts.WRONG_SHAPE
    kept: dict[str, dict[str, Any]] = {}
    for one in value[: field.files.most + 1]:
        number = one.get("id") if isinstance(one, dict) else None
        if not isinstance(number, str) or not _FILE_ID.match(number):
            return None, texts.WRONG_SHAPE
        name, size = one.get("navn"), one.get("stoerrelse")
        budget.spend(len(number) + (len(name) if isinstance(name, str) else 0))
        shown = _NOT_STORABLE.sub("", name)[:200] if isinstance(name, str) else ""
        counted = size if isinstance(size, int) and 0 <= size < 2**53 else None
        kept[number] = {"id": number, "navn": shown, "stoerrelse": counted, "type": None}
    if len(kept) > field.files.most:
        return None, texts.fill(texts.TOO_MANY_FILES, value=field.files.most)
    return list(kept.values()), None


def _moment(field: Field, value: Any, budget: Budget) -> Cleaned:
    if value is None or value == "":
        return None, None
    if field.subtype == "date":
        return _clean_date(value)
    if field.subtype == "time":
        return _clean_time(field, value)
    return _clean_instant(field, value)


def _clean_date(value: Any) -> Cleaned:
    if not isinstance(value, str) or not _DATE.match(value):
        return None, texts.NOT_A_DATE
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None, texts.NOT_A_DATE
    return (value, None) if day.year >= _FIRST_YEAR else (None, texts.TOO_OLD)


def _clean_time(field: Field, value: Any) -> Cleaned:
    match = _TIME.match(value) if isinstance(value, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None, texts.NOT_A_TIME
    # The browser writes the zone that the form asks for; another one would say another moment.
    zone = match[3] or ""
    wanted = {"utc_normalized": zone == "Z", "utc_offset": zone not in ("", "Z")}.get(
        field.time_format, not zone
    )
    if not wanted:
        return None, texts.NOT_A_TIME
    if int(match[2]) % min(field.time_step, 60):
        return None, texts.fill(texts.TIME_STEP, value=field.time_step)
    return f"{match[1]}:{match[2]}{zone}", None


def _clean_instant(field: Field, value: Any) -> Cleaned:
    match = _INSTANT.match(value) if isinstance(value, str) else None
    if match is None:
        return None, texts.NOT_AN_INSTANT
    try:
        local = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}")
        local = local.replace(tzinfo=_COPENHAGEN) if local.tzinfo is None else local.astimezone(_COPENHAGEN)
        in_utc = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None, texts.NOT_AN_INSTANT
    if local.year < _FIRST_YEAR:
        return None, texts.TOO_OLD
    if local.minute % min(field.time_step, 60):
        return None, texts.fill(texts.TIME_STEP, value=field.time_step)
    if field.time_format == "utc_normalized":
        return in_utc.strftime("%Y-%m-%dT%H:%MZ"), None
    if field.time_format == "utc_offset":
        return local.isoformat(timespec="minutes"), None
    return local.replace(tzinfo=None).isoformat(timespec="minutes"), None


def typed_moment(field: Field, value: Any) -> date | time | datetime | None:
    """Return a kept date, time or instant as Python's own type (an instant in Copenhagen time), or None."""
    if not isinstance(value, str) or not value:
        return None
    try:
        if field.subtype == "date":
            return date.fromisoformat(value)
        if field.subtype == "time":
            return time.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=_COPENHAGEN) if moment.tzinfo is None else moment.astimezone(_COPENHAGEN)


def past_error(field: Field, value: Any, now: datetime) -> str | None:
    """Return what is wrong when the form takes no past dates and `value` lies before today in Copenhagen."""
    moment = typed_moment(field, value) if field.not_past else None
    if moment is None or isinstance(moment, time):
        return None
    day = moment.date() if isinstance(moment, datetime) else moment
    return texts.PAST if day < now.astimezone(_COPENHAGEN).date() else None


_CLEANERS: Final[dict[str, Callable[[Field, Any, Budget], Cleaned]]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "checkbox": _checkbox,
    "radio": _single,
    "select": _single,
    "checklist": _several,
    "taglist": _several,
    "datetime": _moment,
    "filepicker": _files,
}
