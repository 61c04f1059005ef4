"""FEEL inside a form: what `this`, `parent` and `i` mean in a row, and how form-js reads a condition."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from engine import feel
from engine.errors import FeelError
from engine.workdays import Calendar
from tasks.form_fields import Expression

ROW_WORDS: Final = frozenset({"this", "parent", "i", "_this_", "_parent_", "_i_"})
_UNKNOWN: Final = object()


class Scope(Mapping[str, Any]):
    """The names that an expression sees at one level of the form.

    At the root `this` is all data and `i` is empty; in a row `this` is the row, `parent` what is around it
    and `i` the numbers of the rows from the outside in, counted from 1. Fields win over those three words,
    the words win with underscores around them (`_this_`), as in form-js.
    """

    __slots__ = ("_data", "_i", "_parent", "_this")

    def __init__(
        self, data: Mapping[str, Any], this: Any, parent: "Scope | None" = None, i: tuple[int, ...] = ()
    ) -> None:
        self._data = data
        self._this = this
        self._parent = parent
        self._i = i

    def row(self, number: int, value: Any) -> "Scope":
        """Return the scope inside row `number` (from 0) that holds `value`."""
        return Scope(self._data, value, self, (*self._i, number + 1))

    def __getitem__(self, name: str) -> Any:
        if name in ROW_WORDS and (name[0] == "_" or name not in self._data):
            return self._word(name.strip("_"))
        return self._data[name]

    def __contains__(self, name: object) -> bool:
        return name in self._data or name in ROW_WORDS

    def __iter__(self) -> Iterator[str]:
        yield from self._data
        yield from ROW_WORDS - self._data.keys()

    def __len__(self) -> int:
        return len(self._data.keys() | ROW_WORDS)

    def _word(self, word: str) -> Any:
        if word == "i":
            return list(self._i)
        if word == "this":
            return self._this
        return None if self._parent is None else self._parent._seen_from_inside()

    def _seen_from_inside(self) -> dict[str, Any]:
        """What a row calls `parent`: what is around it, with the three words of that level."""
        words = {word: self._word(word) for word in ("this", "parent", "i")}
        around = self._this if isinstance(self._this, dict) else {}
        return {**words, **around, **{f"_{word}_": value for word, value in words.items()}}


class FormFeel:
    """Evaluates a form's expressions at one moment; the same expression in the same scope only once."""

    def __init__(self, now: datetime, calendar: Calendar | None) -> None:
        """Take the moment (aware) and the closing days (None: the usual) that expressions count with."""
        self._now = now
        self._calendar: dict[str, Calendar] = {} if calendar is None else {"calendar": calendar}
        self._known: dict[tuple[bool, str, int], tuple[Any, Scope]] = {}
        self._rows: dict[tuple[int, int], tuple[Scope, Scope]] = {}

    def row(self, scope: Scope, number: int, value: dict[str, Any]) -> Scope:
        """Return the scope inside row `number` (from 0), the same one when it is asked for again."""
        key = (id(scope), id(value))
        if key not in self._rows:
            # `scope` is kept so that its id cannot be given to another.
            self._rows[key] = (scope.row(number, value), scope)
        return self._rows[key][0]

    def value(self, expression: Expression, scope: Scope) -> Any:
        """Return the expression's value; None when it has none, or cannot be worked out, as in form-js."""
        if expression.constant is not None:
            return expression.constant
        value = _along(expression.path, scope)
        if value is not _UNKNOWN:
            return value
        key = (False, expression.text, id(scope))
        if key not in self._known:
            try:
                value = feel.form_value(expression.text, scope, now=self._now, **self._calendar)
            except FeelError:
                value = None
            self._known[key] = (value, scope)
        return self._known[key][0]

    def holds(self, expression: Expression, scope: Scope) -> bool:
        """Return whether a condition (`hide`, `readonly`) holds.

        form-js reads it as a unary test of nothing, so that a condition whose value is null HOLDS: `= a > 3`
        hides while `a` is empty. A condition that cannot be read does not hold.
        """
        if expression.constant is not None:
            return expression.constant
        value = _along(expression.path, scope)
        if value is None or isinstance(value, bool):
            return value is not False
        if isinstance(value, str | int | float):
            return False
        key = (True, expression.text, id(scope))
        if key not in self._known:
            try:
                held = feel.form_condition(expression.text, scope, now=self._now, **self._calendar)
            except FeelError:
                held = False
            self._known[key] = (held, scope)
        return bool(self._known[key][0])

    def reads_none_of(self, expression: Expression, names: Mapping[str, Any]) -> bool:
        """Whether the condition reads none of `names`, nor what only a row has."""
        try:
            read = feel.variables(expression.text, "unary")
        except FeelError:
            return False
        return read.isdisjoint(names) and read.isdisjoint(ROW_WORDS)


def _along(path: tuple[str, ...] | None, scope: Scope) -> Any:
    """Return what lies at the end of a plain path, without FEEL; _UNKNOWN when FEEL must say."""
    if path is None or path[0] in feel.CLOCK_NAMES:
        return _UNKNOWN
    value = scope.get(path[0])
    for segment in path[1:]:
        if value is None:
            return None
        if type(value) is not dict:
            return _UNKNOWN
        value = value.get(segment)
    return value
