"""What the texts of a task's form say to the person who opens it, for a rehearsal to look at."""

import re
from collections.abc import Iterator
from typing import Any

from engine import feel
from engine.errors import FeelError
from records.unit import Unit

_PLACE = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)


def said_in(unit: Unit, sheet: Any) -> Iterator[str]:
    """Yield the texts of a task's form with their `{{FEEL}}` worked out; what cannot be, is left out."""
    waiting = list((sheet.schema or {}).get("components", ()))
    while waiting:
        one = waiting.pop()
        waiting += one.get("components", ())
        if one.get("type") == "text":
            yield _PLACE.sub(lambda place: _value(unit, sheet, place[1]), str(one.get("text", "")))


def _value(unit: Unit, sheet: Any, expression: str) -> str:
    try:
        value = feel.form_value(expression, sheet.context, now=unit.now, calendar=unit.calendar)
    except FeelError:
        return ""
    return "" if value is None else str(value)
