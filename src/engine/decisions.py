"""Decision tables (DMN) with FEEL cells: read them, use them, find what is wrong with them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import feel
from engine.decision_gaps import analyse
from engine.decision_tables import Decision, Rule, read
from engine.errors import FeelError
from engine.sandbox import ask
from engine.types import Json
from engine.workdays import DEFAULT, Calendar

__all__ = ["Decision", "analyse", "decide", "matching", "read"]


def decide(
    decision: Decision,
    context: Mapping[str, Any],
    *,
    now: datetime,
    calendar: Calendar = DEFAULT,
    taken: list[str] | None = None,
) -> dict[str, Json]:
    """Return what the table gives for the JSON values of `context`, by output name.

    UNIQUE and FIRST give one value per output; without a row its default, else None. COLLECT gives a list per
    output, one item per row that holds, so the lists belong together. `now` is aware. The rows that decided
    are added to `taken`, as in `Step.taken`. Raises FeelError: also when more than one row of a UNIQUE table
    holds, and then it names them.
    """
    try:
        rows = matching(decision, context, now=now, calendar=calendar)
        if decision.hit_policy == "UNIQUE" and len(rows) > 1:
            raise FeelError(f"række {_and(rows)} gælder på samme tid, men kun én må.")
        deciding = rows if decision.hit_policy == "COLLECT" else rows[:1]
        if taken is not None:
            taken += [f"{decision.id}#{row + 1}" for row in deciding]
        if decision.hit_policy == "COLLECT":
            held = [decision.rules[row] for row in rows]
            return {
                output.name: [_value(rule.results[column], context, now, calendar) for rule in held]
                for column, output in enumerate(decision.outputs)
            }
        found = decision.rules[rows[0]] if rows else None
        return {
            output.name: _value(_result(found, column, output.default), context, now, calendar)
            for column, output in enumerate(decision.outputs)
        }
    except FeelError as error:
        raise FeelError(f"Beslutningen »{decision.name}«: {error.message}", element_id=decision.id) from None


def matching(
    decision: Decision, context: Mapping[str, Any], *, now: datetime, calendar: Calendar = DEFAULT
) -> tuple[int, ...]:
    """Return the rows of the table that hold, counted from 0, in the table's order. Raises FeelError."""
    holds: list[bool] = ask(
        "decide",
        decision.for_sandbox,
        feel.context_json(decision.reads, context),
        feel.instant_of(now),
        closing=calendar.for_sandbox,
    )
    return tuple(row for row, held in enumerate(holds) if held)


def _result(rule: Rule | None, column: int, default: str) -> str:
    return default if rule is None else rule.results[column]


def _value(expression: str, context: Mapping[str, Any], now: datetime, calendar: Calendar) -> Json:
    """The value of an output cell; an empty cell is no value."""
    return feel.evaluate(expression, context, now=now, calendar=calendar) if expression else None


def _and(rows: Sequence[int]) -> str:
    numbers = [str(row + 1) for row in rows]
    return f"{', '.join(numbers[:-1])} og {numbers[-1]}"
