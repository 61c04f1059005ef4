"""Answers without the personal numbers (CPR) in them, for whoever did not write them."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from tasks.form_fields import Field, Form, Pattern

MASK = "••••••-••••"


def masked(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a form's answers with a mask in place of every personal number."""
    found = deepcopy(dict(answers))
    for field in _fields(form.components):
        if field.personal_number:
            _mask(found, field.pattern)
    return found


def _fields(fields: tuple[Field, ...]) -> list[Field]:
    return [one for field in fields for one in (field, *_fields(field.components))]


def _mask(value: Any, path: Pattern) -> None:
    first, rest = path[0], path[1:]
    if first is None:
        for row in value if isinstance(value, list) else ():
            _mask(row, rest)
    elif isinstance(value, dict) and value.get(first):
        if rest:
            _mask(value[first], rest)
        else:
            value[first] = MASK
