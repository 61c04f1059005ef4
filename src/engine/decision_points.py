"""The points that stand for all values of a decision table's column.

A row's answer changes only at the literals that its column is compared with. So a column is divided by them:
every literal, something between each two, something outside them all.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from engine import feel
from engine.decision_tables import Input
from engine.sandbox import ask
from engine.workdays import DEFAULT

MAX_POINTS: Final = 120
_WHOLE_NUMBERS: Final = frozenset({"integer", "int", "long"})
_SOME_INSTANT: Final = feel.instant_of(datetime(2026, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Point:
    """A value that stands for others like it: as FEEL, and as a person reads it."""

    expression: str
    said: str


class Unclear(Exception):
    """A column's values cannot be divided by literals. The message is Danish and says why."""


def cases(column: Input, tests: Sequence[str]) -> dict[int, Point]:
    """Return the sets of rows that hold together somewhere in the column, each with one point where they do.

    `tests` is the column from top to bottom; a set has bit n when row n holds. Raises Unclear when the
    values cannot be divided, FeelError when a test fails on one of them.
    """
    written = [test for test in dict.fromkeys((*tests, column.values)) if test]
    found: dict[int, Point] = {}
    for point in _points(column, written):
        holds = dict(zip(written, _hold(point, written), strict=True))
        if column.values and not holds[column.values]:
            continue
        rows = sum(1 << row for row, test in enumerate(tests) if not test or holds[test])
        found.setdefault(rows, point)
    if not found:
        raise Unclear("Ingen af de mulige værdier kan prøves.")
    return found


def _hold(point: Point, tests: Sequence[str]) -> list[bool]:
    table = json.dumps({"inputs": [point.expression], "rows": [[test] for test in tests]})
    answers: list[bool] = ask("decide", table, "{}", _SOME_INSTANT, closing=DEFAULT.for_sandbox)
    return answers


def _points(column: Input, tests: Iterable[str]) -> list[Point]:
    kinds: dict[str, dict[str, Any]] = {}
    for test in tests:
        answer = ask("literals", test, _SOME_INSTANT, closing=DEFAULT.for_sandbox)
        if not answer["plain"]:
            raise Unclear(f"»{test[:60]}« gør mere end at sammenligne med faste værdier.")
        for literal in answer["literals"]:
            kinds.setdefault(literal["kind"], {})[literal["text"]] = literal["value"]
    null = [Point("null", "tom")] if kinds.pop("nil", None) else []
    if not kinds:
        return [*null, *(_booleans() if column.type == "boolean" else [Point('"…"', "ikke tom")])]
    if len(kinds) > 1:
        raise Unclear("Cellerne blander værdier af forskellig slags.")
    kind, literals = kinds.popitem()
    if len(literals) * 2 > MAX_POINTS:
        raise Unclear("Der er for mange forskellige værdier.")
    return [*null, *_divided(kind, literals, column)]


def _divided(kind: str, literals: dict[str, Any], column: Input) -> list[Point]:
    match kind:
        case "boolean":
            return _booleans()
        case "string":
            return _texts(literals)
        case "number":
            return _numbers(literals.values(), whole=column.type in _WHOLE_NUMBERS)
        case "date":
            return _dates(literals.values())
    raise Unclear("Kun ja/nej, tekster, tal og datoer kan gennemgås.")


def _booleans() -> list[Point]:
    return [Point("true", "ja"), Point("false", "nej")]


def _texts(literals: dict[str, str]) -> list[Point]:
    values = set(literals.values())
    other = "andet"
    while other in values:
        other += "…"
    points = [Point(text, f"»{value}«") for text, value in literals.items()]
    return [*points, Point(json.dumps(other, ensure_ascii=False), "en anden værdi end dem, cellerne nævner")]


def _numbers(values: Iterable[float], *, whole: bool) -> list[Point]:
    bounds = sorted({Decimal(str(value)) for value in values})
    found = [bounds[0] - 1]
    for bound, following in zip(bounds, [*bounds[1:], None], strict=True):
        found.append(bound)
        if following is None:
            found.append(bound + 1)
        elif not whole:
            found.append((bound + following) / 2)
        elif following - bound > 1:
            found.append(bound + 1)
    return [Point(f"{value:f}", f"{value.normalize():f}".replace(".", ",")) for value in found]


def _dates(values: Iterable[str]) -> list[Point]:
    day = timedelta(days=1)
    bounds = sorted({date.fromisoformat(value) for value in values})
    found = [bounds[0] - day]
    for bound, following in zip(bounds, [*bounds[1:], None], strict=True):
        found.append(bound)
        if following is None or following - bound > day:
            found.append(bound + day)
    return [Point(f'date("{value}")', str(value)) for value in found]
