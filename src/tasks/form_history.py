"""Answers as a person reads them afterwards: the label of each field beside a value of Python's own type."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from engine.workdays import Calendar
from tasks.form_feel import FormFeel, Scope
from tasks.form_fields import INERT, MISSING, Field, Form, Option
from tasks.form_options import options_in
from tasks.form_schema import read_expression
from tasks.form_state import inside
from tasks.form_values import chosen, typed_moment

_TEMPLATE: Final = re.compile(r"\{\{\s*(.+?)\s*\}\}")


class Shown(NamedTuple):
    """One line of what was answered.

    `value` is text, a number, a bool, a date, a time, an aware datetime (Copenhagen), a tuple of texts
    (several choices), a tuple of Shown (`kind` group), a tuple of tuples of Shown (`kind` dynamiclist, one
    per row), or None when the field was left empty. `kind` is the field's type, or `personnummer` for what
    should be masked.
    """

    label: str
    value: Any
    kind: str


def render_answers(
    form: Form,
    answers: Mapping[str, Any],
    context: Mapping[str, Any],
    *,
    now: datetime,
    calendar: Calendar | None = None,
) -> list[Shown]:
    """Return the answered fields in the form's order; what was hidden when it was answered is left out.

    A chosen value is shown with the label it has now; when it is no option any more, as it was kept.
    """
    return _level(
        form.components, answers, context, Scope({**context, **answers}, answers), FormFeel(now, calendar)
    )


def _level(
    fields: tuple[Field, ...], answers: Any, context: Mapping[str, Any], scope: Scope, feel: FormFeel
) -> list[Shown]:
    shown: list[Shown] = []
    for field in fields:
        if field.kind in INERT:
            continue
        if field.kind == "group":
            lines = _level(field.components, inside(answers, field.local), context, scope, feel)
            if lines:
                shown.append(Shown(_label(field, scope, feel), tuple(lines), "group"))
            continue
        value = inside(answers, field.local)
        if value is MISSING:
            continue
        if field.kind == "dynamiclist":
            rows = value if isinstance(value, list) else []
            read = (
                tuple(_level(field.components, row, context, scope.row(number, row), feel))
                for number, row in enumerate(rows)
            )
            shown.append(Shown(_label(field, scope, feel), tuple(read), "dynamiclist"))
        else:
            kind = "personnummer" if field.personal_number else field.kind
            shown.append(
                Shown(_label(field, scope, feel), _readable(field, value, context, scope, feel), kind)
            )
    return shown


def _readable(field: Field, value: Any, context: Mapping[str, Any], scope: Scope, feel: FormFeel) -> Any:
    if value is None or value == "" or value == []:
        return None
    if field.kind == "datetime":
        return typed_moment(field, value) or str(value)
    if field.kind == "filepicker":
        return tuple(str(one.get("navn") or "fil") for one in value) if isinstance(value, list) else None
    if field.choices is None:
        return value
    options = options_in(field.choices, context, scope, feel)
    if isinstance(value, list):
        return tuple(_option_label(options, one) for one in value)
    return _option_label(options, value)


def _option_label(options: tuple[Option, ...], value: Any) -> str:
    option = chosen(options, value)
    return option.label if option else str(value)


def _label(field: Field, scope: Scope, feel: FormFeel) -> str:
    """The field's label, worked out where the form has it as FEEL or with `{{…}}` in it."""
    if field.label.startswith("="):
        return _said(field.label, scope, feel)
    return _TEMPLATE.sub(lambda found: _said(found[1], scope, feel), field.label)


def _said(expression: str, scope: Scope, feel: FormFeel) -> str:
    value = feel.value(read_expression(expression), scope)
    return "" if value is None else str(value)
