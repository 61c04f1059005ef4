"""What comes back from a called procedure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.course import Token
from engine.environment import plain
from engine.lines import data_entries


def returned(token: Token, data: Mapping[str, Any], end: str | None) -> dict[str, Any]:
    """The values that a finished call writes in the caller's data.

    Only what the call activity's `data` property names: a field of the called procedure's data as it is, or
    `name = FEEL` read over both sets of data, the called procedure's first. And, under the call activity's
    id, at which end event the called procedure ended: {"slut": id}. Raises FeelError.
    """
    element = token.task_spec.element
    assert element is not None
    values: dict[str, Any] = {}
    for entry in data_entries(element.properties.get("data", "")):
        if entry.expression is not None:
            values[entry.name] = token.course.call.evaluate(entry.expression, {**token.data, **data})
        elif entry.name in data:
            values[entry.name] = plain(data[entry.name])
    values[element.id] = {"slut": end}
    return values
