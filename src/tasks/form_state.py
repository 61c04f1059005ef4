"""The data behind an open form: what it starts with, what was posted, and what its conditions take out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tasks import form_texts as texts
from tasks.form_feel import FormFeel, Scope
from tasks.form_fields import (
    CHOICE,
    INERT,
    KEYED,
    MISSING,
    Expression,
    Field,
    Form,
    Path,
    Pattern,
    Shape,
    path_text,
)
from tasks.form_options import read_options
from tasks.form_values import Budget, chosen, clean_value, empty_value, same

MAX_ROWS: Final = 200
_MAX_DROPPED: Final = 100


@dataclass(slots=True)
class Posted:
    """What was posted: `values` as the form holds them, and per place what no form could have sent."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[Path, str] = field(default_factory=dict)


def start_values(form: Form, sources: tuple[Any, ...], context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value every field starts with: the first of `sources` that has one, its default, or empty.

    The last source is what the platform knows (process data); only it fills fields that nobody can change.
    """
    values: dict[str, Any] = {}
    _start(form.components, sources, values, context, False)
    return values


def read_posted(
    form: Form, posted: Mapping[str, Any], start: dict[str, Any], context: Mapping[str, Any], feel: FormFeel
) -> Posted:
    """Return the form's values after `posted`. What is absent stays as it starts; an absent list has no rows.

    What is posted into a field that nobody can change does not count. Raises TooMuchError.
    """
    taken = Posted()
    _Taker(form, taken, Budget(), start, Scope(context, context), feel).take(
        form.components, posted, taken.values, (), start, False
    )
    return taken


def read_draft(form: Form, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a half-filled form keeps: known fields whose value fits them. Raises TooMuchError."""
    taken = Posted()
    _Taker(form, taken, Budget(), None, None, None).take(form.components, posted, taken.values, (), {}, False)
    return taken.values


def unknown_names(shape: Shape, posted: Any) -> tuple[str, ...]:
    """Return the places in `posted` that the form does not have, the first hundred of them."""
    found: list[str] = []
    _unknown(shape, posted, (), found)
    return tuple(found)


def merged(context: Mapping[str, Any], values: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return what expressions read: the context with the form's values laid over it, group by group."""
    result = dict(context)
    for name, child in shape.children.items():
        if name in values:
            inner = result.get(name)
            if child.kind == "open":
                result[name] = merged(inner if isinstance(inner, dict) else {}, values[name], child)
            else:
                result[name] = values[name]
    return result


def after_conditions(form: Form, state: dict[str, Any], start: dict[str, Any], feel: FormFeel) -> Scope:
    """Return what the form's expressions see: `state` without the values that its conditions hide.

    As in form-js 2.0 the conditions are read against all data first; a name at the top that they take out
    falls back to the value it started with; then (by the caller) they are read once more against the rest.
    """
    before = Scope(state, state)
    hidden: list[Path] = []
    if form.has_conditions:
        _hidden(form.components, state, (), before, False, feel, hidden)
    if not hidden:
        return before
    rest = {**state, **{name: _copy(state[name]) for name in form.shape.children if name in state}}
    for path in hidden:
        _take_out(rest, path)
    rest = {**merged(state, start, form.shape), **rest}
    if all(rest.get(name) == state.get(name) for name in form.shape.children):
        return before
    return Scope(rest, rest)


def inside(value: Any, local: tuple[str, ...]) -> Any:
    """Return what lies at `local` below `value`, MISSING when nothing does."""
    for segment in local:
        if not isinstance(value, Mapping) or segment not in value:
            return MISSING
        value = value[segment]
    return value


def put(target: dict[str, Any], local: tuple[str, ...], value: Any) -> None:
    """Write `value` at `local` below `target`."""
    for segment in local[:-1]:
        target = target.setdefault(segment, {})
    target[local[-1]] = value


def _below(target: dict[str, Any], local: tuple[str, ...]) -> dict[str, Any]:
    for segment in local:
        target = target.setdefault(segment, {})
    return target


def _first(sources: tuple[Any, ...], local: tuple[str, ...]) -> Any:
    for source in sources:
        value = inside(source, local)
        if value is not MISSING:
            return value
    return MISSING


def _start(
    fields: tuple[Field, ...],
    sources: tuple[Any, ...],
    target: dict[str, Any],
    context: Mapping[str, Any],
    in_open_rows: bool,
) -> None:
    for one in fields:
        if one.kind in KEYED:
            known = sources[-1:] if one.locked and not in_open_rows else sources
            put(target, one.local, _start_value(one, _first(known, one.local), context))
        elif one.kind == "group":
            inner = tuple(inside(source, one.local) for source in sources)
            _start(one.components, inner, _below(target, one.local), context, in_open_rows)
        elif one.kind == "dynamiclist":
            known = sources[-1:] if one.fixed_rows and not in_open_rows else sources
            rows = _first(known, one.local)
            count = min(len(rows), MAX_ROWS) if isinstance(rows, list) else one.repetitions
            open_rows = in_open_rows or not one.fixed_rows
            made: list[dict[str, Any]] = []
            for number in range(count):
                lists = (rows,) if open_rows else tuple(inside(source, one.local) for source in sources)
                row: dict[str, Any] = {}
                _start(one.components, tuple(_row(some, number) for some in lists), row, context, open_rows)
                made.append(row)
            put(target, one.local, made)


def _row(rows: Any, number: int) -> Any:
    return rows[number] if isinstance(rows, list) and number < len(rows) else MISSING


def _start_value(one: Field, value: Any, context: Mapping[str, Any]) -> Any:
    if value is MISSING:
        return empty_value(one) if one.default is MISSING else _copy(one.default)
    # What does not fit the field is dropped, as form-js does when it opens; a later post of it is an error.
    kept: Any = clean_value(one, value, Budget())[0]
    if one.kind in CHOICE and one.choices is not None and one.choices.key is not None:
        options = read_options(context.get(one.choices.key))
        if isinstance(kept, list):
            return [some for some in kept if chosen(options, some)]
        return kept if chosen(options, kept) else None
    return kept


@dataclass(slots=True)
class _Taker:
    """Takes a post apart, field by field. Without `start` (a draft) what is absent stays absent."""

    form: Form
    taken: Posted
    budget: Budget
    start: dict[str, Any] | None
    outside: Scope | None
    feel: FormFeel | None

    def take(
        self,
        fields: tuple[Field, ...],
        source: Any,
        target: dict[str, Any],
        path: Path,
        start: Any,
        in_open_rows: bool,
    ) -> None:
        """Write the values of `fields` found in `source` into `target`; `start` is what is here at first."""
        for one in fields:
            if one.kind in KEYED:
                self._value(one, inside(source, one.local), target, path, start, in_open_rows)
            elif one.kind == "group":
                inner = self._object(inside(source, one.local), path + one.local) if one.local else source
                self.take(
                    one.components,
                    inner,
                    _below(target, one.local),
                    path + one.local,
                    inside(start, one.local),
                    in_open_rows,
                )
            elif one.kind == "dynamiclist":
                self._rows(one, inside(source, one.local), target, path + one.local, start, in_open_rows)

    def _value(
        self, one: Field, raw: Any, target: dict[str, Any], path: Path, start: Any, in_open_rows: bool
    ) -> None:
        draft = self.start is None
        if raw is MISSING and draft:
            return
        value, message = (None, None) if raw is MISSING else clean_value(one, raw, self.budget)
        if draft:
            if message is None:
                put(target, one.local, value)
            return
        begins = inside(start, one.local)
        if begins is MISSING:
            begins = empty_value(one) if one.default is MISSING else _copy(one.default)
        if raw is MISSING:
            self.budget.spend()
            value = begins
        elif self._locked(one):
            message = None
            if not (in_open_rows and any(same(value, known) for known in self._known(one.pattern))):
                value = begins
        if message is not None:
            self.taken.errors[path + one.local] = message
        put(target, one.local, value)

    def _rows(
        self, one: Field, raw: Any, target: dict[str, Any], path: Path, start: Any, in_open_rows: bool
    ) -> None:
        draft = self.start is None
        if raw is MISSING and draft:
            return
        rows: list[Any] = []
        if isinstance(raw, list):
            rows = raw
        elif raw is not MISSING and raw is not None:
            self.taken.errors[path] = texts.WRONG_SHAPE
        if len(rows) > MAX_ROWS:
            self.taken.errors[path] = texts.fill(texts.TOO_MANY_ROWS, value=MAX_ROWS)
            rows = []
        began = inside(start, one.local)
        fixed = one.fixed_rows and not draft and not in_open_rows
        if fixed:
            count = len(began) if isinstance(began, list) else 0
            if len(rows) > count:
                self.taken.errors[path] = texts.ROWS_FIXED
            rows = (rows + [None] * count)[:count]
        made: list[dict[str, Any]] = []
        for number, row in enumerate(rows):
            self.budget.spend()
            here: dict[str, Any] = {}
            # A row whose fields are all hidden arrives as null, and after the last visible one not at all.
            inner = self._object(row, (*path, number))
            self.take(
                one.components,
                inner,
                here,
                (*path, number),
                _row(began, number) if fixed else MISSING,
                not fixed,
            )
            made.append(here)
        put(target, one.local, made)

    def _object(self, value: Any, path: Path) -> Any:
        if value is MISSING or value is None:
            return {}
        if not isinstance(value, Mapping):
            self.taken.errors[path] = texts.WRONG_SHAPE
            return {}
        return value

    def _locked(self, one: Field) -> bool:
        if not isinstance(one.readonly, Expression) or self.outside is None or self.feel is None:
            return one.locked
        # Where an answer decides, a person may have written before the field closed; then the post counts.
        if not self.feel.reads_none_of(one.readonly, self.form.shape.children):
            return one.locked
        return one.locked or self.feel.holds(one.readonly, self.outside)

    def _known(self, pattern: Pattern) -> list[Any]:
        """The values of a field in all rows that the form starts with."""
        places: list[Any] = [self.start]
        for part in pattern:
            if part is None:
                places = [row for rows in places if isinstance(rows, list) for row in rows]
            else:
                places = [place[part] for place in places if isinstance(place, dict) and part in place]
        return places


def _hidden(
    fields: tuple[Field, ...],
    values: Any,
    path: Path,
    scope: Scope,
    outer: bool,
    feel: FormFeel,
    hidden: list[Path],
) -> None:
    for one in fields:
        if one.kind in INERT:
            continue
        here = outer or (one.hide is not None and feel.holds(one.hide, scope))
        if one.kind == "group":
            _hidden(one.components, inside(values, one.local), path + one.local, scope, here, feel, hidden)
        elif here:
            hidden.append(path + one.local)
        elif one.kind == "dynamiclist":
            for number, row in enumerate(inside(values, one.local)):
                inner = feel.row(scope, number, row)
                _hidden(one.components, row, (*path, *one.local, number), inner, False, feel, hidden)


def _take_out(values: dict[str, Any], path: Path) -> None:
    """Remove the value at `path` and what is left empty around it; a row leaves null in its place."""
    trail: list[Any] = [values]
    for part in path[:-1]:
        inner = trail[-1]
        if isinstance(part, int):
            inner = inner[part] if part < len(inner) else None
        else:
            inner = inner.get(part)
        if inner is None:
            return
        trail.append(inner)
    for place, part in zip(reversed(trail), reversed(path), strict=True):
        if isinstance(part, int):
            place[part] = None
        else:
            place.pop(part, None)
        if place and not (isinstance(place, list) and all(row is None for row in place)):
            return


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(one) for name, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value


def _unknown(shape: Shape, posted: Any, path: Path, found: list[str]) -> None:
    if shape.kind == "rows":
        for number, row in enumerate(posted[:MAX_ROWS] if isinstance(posted, list) else ()):
            _unknown(Shape("open", shape.children), row, (*path, number), found)
        return
    if shape.kind == "closed" or not isinstance(posted, Mapping):
        return
    for name, value in posted.items():
        if len(found) >= _MAX_DROPPED:
            return
        child = shape.children.get(name) if isinstance(name, str) else None
        if child is None:
            found.append(path_text((*path, str(name)[:60])))
        elif child.kind != "closed":
            _unknown(child, value, (*path, name), found)
