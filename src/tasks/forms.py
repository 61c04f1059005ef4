"""The door to forms: what a form starts with, whether answers keep what it promises, how they read later.

Every rule is the one that the form's viewer in the browser has (form-js-viewer 2.0.0), with the same words;
only what no browser could have sent is met with words of our own. Nothing that is posted raises an exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from engine.workdays import Calendar
from tasks import form_texts as texts
from tasks.errors import Invalid
from tasks.form_feel import FormFeel, Scope
from tasks.form_fields import CHOICE, INERT, Field, Form, Option, Path, path_text
from tasks.form_history import Shown, render_answers
from tasks.form_options import options_in
from tasks.form_rules import rule_errors
from tasks.form_schema import read_schema
from tasks.form_state import (
    after_conditions,
    inside,
    merged,
    put,
    read_draft,
    read_posted,
    start_values,
    unknown_names,
)
from tasks.form_values import TooMuchError, chosen, past_error

__all__ = [
    "Checked",
    "Form",
    "Option",
    "Shown",
    "check_answers",
    "initial",
    "keep_draft",
    "labels",
    "needed_roles",
    "options_of",
    "personal_numbers",
    "read",
    "render_answers",
]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a post: `answers` to keep when there are no `errors`.

    `errors` maps a place (`barn.navn`, `fagpersoner[0].navn`; "" is the form as a whole) to a Danish message,
    in the order of the form. `dropped` names what was posted without being in the form.
    """

    answers: dict[str, Any]
    errors: Mapping[str, str]
    dropped: tuple[str, ...] = ()


def read(schema: Mapping[str, Any]) -> Form:
    """Return the form that a form-js schema describes; cached by content. Raises BrokenForm."""
    return read_schema(schema)


def initial(
    form: Form,
    *,
    context: Mapping[str, Any],
    draft: Mapping[str, Any] | None = None,
    process_data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the value every field starts with: from the draft, else from process data, else its default.

    The answer is meant for form-js' import, laid over the context: `{**context, **initial(...)}`.
    """
    known: Mapping[str, Any] = context if process_data is None else process_data
    sources: tuple[Any, ...] = (known,) if draft is None else (draft, known)
    return start_values(form, sources, context)


def keep_draft(form: Form, posted: Any) -> dict[str, Any]:
    """Return what may be saved of a half-filled form: known fields only, no rule applied. Raises Invalid."""
    if not isinstance(posted, Mapping):
        raise Invalid(texts.NOT_ANSWERS)
    try:
        return read_draft(form, posted)
    except TooMuchError as problem:
        raise Invalid(texts.TOO_MUCH) from problem


def check_answers(
    form: Form,
    posted: Any,
    *,
    context: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
) -> Checked:
    """Check what was posted against the form and return the answers to keep.

    `context` is what expressions and start values read: facts, process data and `personer`. A field that was
    not posted has the value it starts with; a list that was not posted has no rows. Hidden and disabled
    fields are left out; the value of a read-only field is the one it started with. `now` is aware.
    """
    if not isinstance(posted, Mapping):
        return Checked({}, {"": texts.NOT_ANSWERS})
    feel = FormFeel(now, calendar)
    start = start_values(form, (context,), context)
    try:
        taken = read_posted(form, posted, start, context, feel)
    except TooMuchError:
        return Checked({}, {"": texts.TOO_MUCH})
    state = merged(context, taken.values, form.shape)
    scope = after_conditions(form, state, start, feel)
    check = _Check(taken.errors, merged(context, start, form.shape), now, feel)
    answers = check.level(form.components, taken.values, (), scope)
    _check_cross_rules(form, check, {**context, **answers, "svar": answers})
    errors = {path_text(path): message for path, message in check.errors.items()}
    return Checked(answers, MappingProxyType(errors), unknown_names(form.shape, posted))


def options_of(
    field: Field, context: Mapping[str, Any], *, now: datetime, calendar: Calendar | None = None
) -> tuple[Option, ...]:
    """Return what can be chosen in a field outside of repeated rows, given the context."""
    scope = Scope(context, context)
    return options_in(field.choices, context, scope, FormFeel(now, calendar)) if field.choices else ()


def labels(form: Form) -> Mapping[str, str]:
    """Return the Danish label of every field by its place (`barn.navn`, `fagpersoner[].navn`)."""
    return MappingProxyType(form.texts)


def needed_roles(form: Form) -> frozenset[str]:
    """Return the role keys whose people the form offers or shows (`personer.<role>`)."""
    return form.roles


def personal_numbers(form: Form) -> frozenset[str]:
    """Return the places of the fields that hold a personal number (CPR)."""
    found: set[str] = set()
    waiting = list(form.components)
    while waiting:
        field = waiting.pop()
        waiting += field.components
        if field.personal_number:
            found.add(path_text(field.pattern))
    return frozenset(found)


class _Check:
    """One walk through the visible fields: collects answers, and errors in the form's order."""

    def __init__(
        self, shape_errors: Mapping[Path, str], context: Mapping[str, Any], now: datetime, feel: FormFeel
    ) -> None:
        self._shape_errors = shape_errors
        self._context = context
        self._now = now
        self.feel = feel
        self.errors: dict[Path, str] = {}
        self.visible: set[Path] = set()

    def level(self, fields: tuple[Field, ...], values: Any, path: Path, scope: Scope) -> dict[str, Any]:
        """Return the answers among `fields`, whose values lie in `values` at `path`."""
        answers: dict[str, Any] = {}
        for field in fields:
            kind = field.kind
            if kind in INERT or (field.hide is not None and self.feel.holds(field.hide, scope)):
                continue
            place = path + field.local
            self.visible.add(place)
            if place in self._shape_errors and field.local:
                self.errors[place] = self._shape_errors[place]
            if kind == "group":
                inner = self.level(field.components, inside(values, field.local), place, scope)
                if inner:
                    _lay_over(answers, field.local, inner)
            elif kind == "dynamiclist":
                put(answers, field.local, self._rows(field, inside(values, field.local), place, scope))
            elif not field.disabled:
                value = inside(values, field.local)
                put(answers, field.local, value)
                if place not in self.errors:
                    self._value(field, value, place, scope)
        return answers

    def _rows(
        self, field: Field, rows: list[dict[str, Any]], place: Path, scope: Scope
    ) -> list[dict[str, Any]]:
        answers = []
        for number, row in enumerate(rows):
            here = (*place, number)
            if here in self._shape_errors:
                self.errors[here] = self._shape_errors[here]
            answers.append(self.level(field.components, row, here, self.feel.row(scope, number, row)))
        return answers

    def _value(self, field: Field, value: Any, place: Path, scope: Scope) -> None:
        messages = []
        if field.kind in CHOICE and value is not None and field.choices and field.choices.options is None:
            options = options_in(field.choices, self._context, scope, self.feel)
            picked = value if isinstance(value, list) else [value]
            if not all(chosen(options, one) for one in picked):
                messages.append(texts.NOT_AN_OPTION)
        elif field.not_past:
            message = past_error(field, value, self._now)
            messages += [message] if message else []
        messages += rule_errors(field, value, scope, self.feel)
        if messages:
            self.errors[place] = " ".join(messages)


def _lay_over(answers: dict[str, Any], local: tuple[str, ...], inner: dict[str, Any]) -> None:
    """Add a group's answers to those that another group of the same path has put there."""
    for segment in local:
        answers = answers.setdefault(segment, {})
    for name, value in inner.items():
        if isinstance(value, dict) and isinstance(answers.get(name), dict):
            _lay_over(answers, (name,), value)
        else:
            answers[name] = value


def _check_cross_rules(form: Form, check: _Check, context: Mapping[str, Any]) -> None:
    """Check the rules over several fields (`regler`) whose field is visible and has no error of its own."""
    scope = Scope(context, context)
    for rule in form.rules:
        if rule.path not in check.visible or rule.path in check.errors:
            continue
        if check.feel.value(rule.condition, scope) is not True:
            check.errors[rule.path] = rule.text
