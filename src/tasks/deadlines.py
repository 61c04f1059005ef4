"""Due dates of tasks: the legal date, the working date, the reminder and the escalation (processes.md
0.4)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from engine import feel, workdays
from engine.errors import EngineError
from engine.types import Element
from engine.zone import COPENHAGEN
from records.unit import Unit

NONE = "ingen"
"""Written in `paamindelse` or `eskalering` to switch it off for a step."""

REMINDER = "arbejdsdage_foer(arbejdsfrist_dato, 1)"
"""One working day before the working date (ST-145; the offset is an assumption)."""

ESCALATION = "arbejdsdage_efter(frist_dato, 1)"
"""First working day after the legal date (assumption)."""

HOUR = "08:00"
"""When on its day a reminder or escalation goes out that names no hour."""


LONGEST_KEPT = 500
"""Characters that a rule may read of the case for its dates to be remembered."""


@dataclass(frozen=True, slots=True)
class DueDates:
    """The dates of one task. Dates are local days, instants are UTC."""

    rule: str
    due_on: date
    work_on: date
    due_at: datetime
    """The last second of the legal date, or the very instant when the rule names one."""
    remind_at: datetime | None
    escalate_at: datetime | None


@lru_cache(maxsize=2000)
def _expression(rule: str, reminder: str, escalation: str) -> str:
    # One context, so that all dates of a task cost one evaluation; each entry may read those before it.
    entries = {
        "frist": rule,
        "frist_dato": "dato(frist)",
        "arbejdsfrist_dato": "arbejdsfrist(frist_dato)",
        "paamindelse": "null" if reminder == NONE else reminder,
        "eskalering": "null" if escalation == NONE else escalation,
    }
    return "{" + ", ".join(f"{name}: {text}" for name, text in entries.items()) + "}"


def due_dates(
    unit: Unit, element: Element, defaults: Mapping[str, str], context: Mapping[str, Any]
) -> DueDates | None:
    """Compute the dates of a task that opens now, or None when the step has no due rule.

    `defaults` are the process's own properties; the element's win. A reminder that has already passed is
    left out (decisions.md). Raises EngineError, naming the element, when a rule gives no date.
    """
    rule = (element.properties.get("frist") or "").strip()
    if not rule or rule == NONE:
        return None
    reminder = _rule(element, defaults, "paamindelse", REMINDER)
    escalation = _rule(element, defaults, "eskalering", ESCALATION)
    try:
        result = _dates(unit, _expression(rule, reminder, escalation), context)
    except EngineError as error:
        raise EngineError(error.message, element_id=element.id) from error
    due = result.get("frist") if isinstance(result, dict) else None
    if not isinstance(due, str) or not isinstance(result["frist_dato"], str):
        raise EngineError(f"Fristen for »{element.name}« giver ingen dato: {rule}", element_id=element.id)
    due_on = date.fromisoformat(result["frist_dato"])
    if len(due) == len("2026-01-31"):
        due_at = workdays.instant(due_on + timedelta(days=1), "00:00") - timedelta(seconds=1)
    else:
        due_at = _instant(element, due) or unit.now
    remind_at = _instant(element, result["paamindelse"])
    return DueDates(
        rule=rule,
        due_on=due_on,
        work_on=date.fromisoformat(result["arbejdsfrist_dato"]),
        due_at=due_at,
        remind_at=remind_at if remind_at is not None and remind_at > unit.now else None,
        escalate_at=_instant(element, result["eskalering"]),
    )


def _dates(unit: Unit, expression: str, context: Mapping[str, Any]) -> Any:
    """Work out a task's dates. Most rules read only the day, so one answer serves all day long."""
    mentions = feel.mentions("expression", expression)
    if "nu" in mentions.reads or "now" in mentions.calls:
        return feel.evaluate(expression, context, now=unit.now, calendar=unit.calendar)
    seen = feel.context_json(mentions.reads, {**context, "i_dag": None, "nu": None})
    if len(seen) > LONGEST_KEPT:
        return feel.evaluate(expression, context, now=unit.now, calendar=unit.calendar)
    return _dates_of_day(expression, seen, workdays.local(unit.now).date(), unit.calendar)


@lru_cache(maxsize=2000)
def _dates_of_day(expression: str, seen: str, day: date, calendar: workdays.Calendar) -> Any:
    return feel.evaluate(expression, json.loads(seen), now=workdays.instant(day, "12:00"), calendar=calendar)


def _rule(element: Element, defaults: Mapping[str, str], name: str, standard: str) -> str:
    text = (element.properties.get(name) or defaults.get(name) or "").strip()
    return standard if text in ("", "standard") else text


def _instant(element: Element, value: Any) -> datetime | None:
    """Return when something goes out: at HOUR of a date, else at the instant, in Copenhagen unless it says
    otherwise. Raises EngineError for anything else."""
    if value is None:
        return None
    try:
        if len(value) == len("2026-01-31"):
            return workdays.instant(date.fromisoformat(value), HOUR)
        moment = datetime.fromisoformat(value.split("@")[0])
    except (AttributeError, TypeError, ValueError):
        raise EngineError(
            f"Fristen, påmindelsen eller eskaleringen for »{element.name}« giver intet tidspunkt.",
            element_id=element.id,
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=COPENHAGEN)
