"""FEEL expressions: gateways, script lines, timers, due rules, decision tables and form conditions.

The evaluator is `@bpmn-io/feelin`, the one that form-js runs in the browser, inside a JavaScript sandbox
with limits on time, memory, stack and length. Added to it are the calendar functions of processes.md §0.3
and the clock: `nu` (date-time), `i_dag` (date), `now()` and `today()`, all in Europe/Copenhagen.

Values go in and come out as JSON. In: a date in the data is a text; `date(x)`, `dato(x)` or a calendar
function makes a date of it. Out: dates 'YYYY-MM-DD', date-times ISO with offset and whole seconds, times
'HH:MM:SS', durations ISO. A name that is not found is null. Anything else that goes wrong is a FeelError
with a Danish text.

A name followed by a parenthesis is the function, elsewhere it is the field: a field may be called `dato`.
Field names must be plain (letters, digits, underscore) and no word of FEEL's own, see `is_name`.
"""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal

from engine.errors import FeelError
from engine.sandbox import ask
from engine.types import Json
from engine.workdays import DEFAULT, Calendar

LONGEST_EXPRESSION: Final = 4000
CLOCK_NAMES: Final = frozenset({"nu", "i_dag"})
"""Names that `now` gives a value; data of the same name is not seen."""

Kind = Literal["expression", "unary"]

_NAME: Final = r"[A-Za-z_æøåÆØÅ][A-Za-z0-9_æøåÆØÅ]*"
_PATH: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*\Z")
_TEXT: Final = re.compile(r'"([^"\\\r\n\ud800-\udfff]*)"\Z')
_NUMBER: Final = re.compile(r"\d{1,15}\Z")
_WORDS: Final = frozenset(
    {
        "for",
        "in",
        "return",
        "if",
        "then",
        "else",
        "some",
        "every",
        "satisfies",
        "or",
        "and",
        "between",
        "instance",
        "of",
        "not",
        "null",
        "true",
        "false",
        "function",
        "external",
        "list",
        "context",
        "date",
        "time",
        "duration",
        "days",
        "years",
        "months",
    }
)
_CONSTANTS: Final[Mapping[str, Json]] = {"true": True, "false": False, "null": None}
_LARGEST_EXACT: Final = 2**53
_CACHED: Final = 4096


@dataclass(frozen=True, slots=True)
class Mentions:
    """The names that an expression mentions."""

    reads: Mapping[str, frozenset[str] | None]
    """Every name it may read from its context, with the properties used of it;

    None when the whole value is.
    """
    certain: frozenset[str]
    """Those of `reads` that cannot instead be properties of the items of a filtered list."""
    calls: Mapping[str, int | None]
    """Functions it calls, with the fewest arguments given; None when they are given by name."""


def evaluate(
    expression: str, context: Mapping[str, Any], *, now: datetime, calendar: Calendar = DEFAULT
) -> Json:
    """Work out `expression` on the JSON values of `context` and return its value as JSON.

    `now` is aware; it is what `nu`, `i_dag`, `now()` and `today()` follow. Raises FeelError.
    """
    known, value = _simple(expression, context)
    if known:
        return value
    return _ask("evaluate", "expression", expression, context, now, calendar)


def form_value(
    expression: str, context: Mapping[str, Any], *, now: datetime, calendar: Calendar = DEFAULT
) -> Json:
    """Work out `expression` as form-js does: what cannot be read or worked out is None, not an error.

    Raises FeelError only when a limit of the sandbox is met.
    """
    known, value = _simple(expression, context)
    if known:
        return value
    try:
        mentions("expression", expression)
    except FeelError:
        return None
    return _ask("formValue", "expression", expression, context, now, calendar)


def form_condition(
    expression: str, context: Mapping[str, Any], *, now: datetime, calendar: Calendar = DEFAULT
) -> bool:
    """Whether a form's condition (`conditional.hide`, `readonly`) holds, as form-js reads it.

    It is a unary test of nothing: a condition whose value is null HOLDS, one that cannot be read does not.
    Raises FeelError only when a limit of the sandbox is met.
    """
    try:
        reads = mentions("unary", expression).reads
    except FeelError:
        return False
    seen, moment = context_json(reads, context), instant_of(now)
    return ask("formCondition", expression, seen, moment, closing=calendar.for_sandbox) is True


def matches(pattern: str, text: str) -> bool:
    """Whether JavaScript finds the regular expression `pattern` in `text`.

    Raises FeelError when it cannot.
    """
    return ask("matches", pattern, text) is True


def unary(
    expression: str,
    value: Json,
    context: Mapping[str, Any],
    *,
    now: datetime,
    calendar: Calendar = DEFAULT,
) -> bool:
    """Whether `value` passes the unary tests `expression` (`> 5`, `"a", "b"`, `not(...)`, `-`).

    Raises FeelError.
    """
    return _ask("unary", "unary", expression, {**context, "?": value}, now, calendar) is True


def parse(expression: str, kind: Kind = "expression") -> None:
    """Raise FeelError when `expression` cannot be read, or calls a function that does not exist.

    `kind` is "unary" for a cell of a decision table.
    """
    if kind == "expression" and re.match(r"\s*(?:[=<>]|!=)", expression):
        raise FeelError("Udtrykket må ikke begynde med et tegn som »=« eller »<«.")
    known = _functions()
    for name, given in mentions(kind, expression).calls.items():
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" Mente du »{close[0]}«?" if close else ""
            raise FeelError(f"Funktionen »{name[:60]}« findes ikke.{hint}")
        if given is not None and given < known[name]:
            raise FeelError(f"Funktionen »{name}« skal have {known[name]} værdier, ikke {given}.")


def variables(expression: str, kind: Kind = "expression", *, certain: bool = False) -> frozenset[str]:
    """Return the names that `expression` may read from its context, `nu` and `i_dag` included.

    Names that the expression binds itself and functions are not among them. Inside a filter (`liste[alder >
    10]`) a name may be a property of the list's items instead; `certain` leaves out the names that occur
    only there. Raises FeelError when the expression cannot be read.
    """
    found = mentions(kind, expression)
    return found.certain if certain else frozenset(found.reads)


def is_name(name: str) -> bool:
    """Whether `name` can be the name of a field or variable: plain, and no word of FEEL's own."""
    return re.fullmatch(_NAME, name) is not None and name not in _WORDS


def feel_as_json(expression: str, data: Mapping[str, Any], calendar: Calendar, now: datetime) -> str:
    """Work out `expression` (a leading `=` is allowed) and return the value as JSON text.

    Raises FeelError.
    """
    value = evaluate(expression.strip().removeprefix("="), data, now=now, calendar=calendar)
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=_CACHED)
def mentions(kind: Kind, expression: str) -> Mentions:
    """Return the names that an expression (or the unary tests) mentions.

    Raises FeelError when it cannot be read.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise FeelError(f"Udtrykket er længere end {LONGEST_EXPRESSION} tegn.")
    if not expression.strip():
        raise FeelError("Udtrykket er tomt.")
    found = ask("names", kind, expression)
    return Mentions(
        reads={name: None if used is None else frozenset(used) for name, used in found["reads"].items()},
        certain=frozenset(found["certain"]),
        calls=found["calls"],
    )


def context_json(found: Mapping[str, frozenset[str] | None], context: Mapping[str, Any]) -> str:
    """Return as JSON what an expression with these `reads` can see of `context`.

    Raises FeelError when it is no JSON.
    """
    seen: dict[str, Any] = {}
    for name, properties in found.items():
        if name not in context:
            continue
        value = context[name]
        if properties is not None and type(value) is dict and properties <= value.keys():
            value = {one: value[one] for one in properties}
        seen[name] = value
    try:
        return json.dumps(seen, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise FeelError("Udtrykket får data, der ikke er JSON.") from None


def instant_of(now: datetime) -> float:
    """Milliseconds since 1970 of an aware `now`. Raises FeelError for a naive one."""
    if now.tzinfo is None:
        raise FeelError("Uret mangler sin tidszone.")
    return now.timestamp() * 1000


def _ask(
    function: str, kind: Kind, expression: str, context: Mapping[str, Any], now: datetime, calendar: Calendar
) -> Json:
    reads = mentions(kind, expression).reads
    if kind == "unary":
        reads = {**reads, "?": None}
    return ask(
        function,
        expression,
        context_json(reads, context),
        instant_of(now),
        closing=calendar.for_sandbox,
    )


def _simple(expression: str, context: Mapping[str, Any]) -> tuple[bool, Json]:
    """Literals and plain paths (`svar.navn`) need no sandbox; (False, None) when this is not one of them.

    Only where the value is beyond doubt: the path is there all the way and ends in a value that FEEL hands
    on as it is.
    """
    literal, path = _literal_or_path(expression)
    if path is None:
        return literal is not _NOTHING, literal if literal is not _NOTHING else None
    value: Any = context
    for name in path:
        if type(value) is not dict and value is not context:
            return False, None
        if name not in value:
            return False, None
        value = value[name]
    if value is None or isinstance(value, (str, bool)):
        return True, value
    if type(value) is int and -_LARGEST_EXACT < value < _LARGEST_EXACT:
        return True, value
    return False, None


_NOTHING: Final = object()


@lru_cache(maxsize=_CACHED)
def _literal_or_path(expression: str) -> tuple[Any, tuple[str, ...] | None]:
    text = expression.strip()
    if text in _CONSTANTS:
        return _CONSTANTS[text], None
    if _NUMBER.match(text):
        return int(text), None
    if (found := _TEXT.match(text)) and len(text) <= LONGEST_EXPRESSION:
        return found[1], None
    if _PATH.match(text) and len(text) <= LONGEST_EXPRESSION:
        path = tuple(text.split("."))
        if not _WORDS & set(path) and path[0] not in CLOCK_NAMES and "__" not in text:
            return _NOTHING, path
    return _NOTHING, None


@lru_cache(maxsize=1)
def _functions() -> dict[str, int]:
    """Every function there is, with the number of arguments it must at least have."""
    found: dict[str, int] = ask("functions")
    return found
