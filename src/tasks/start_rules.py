"""Start rules: when the calendar starts a procedure by itself, and for what (decisions.md "Start").

A rule is FEEL in the process property `startregel`; it is worked out for each thing that `startregel_for`
names, from that thing's facts, and gives dates. Nothing is written here.
"""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from engine import feel, workdays
from engine.diagrams import Diagram
from engine.errors import EngineError
from records.unit import Unit
from tasks.errors import Invalid
from tasks.procedures import diagram_of, start_element, valid_ids
from tasks.start_scopes import Entity

MESSAGE = "kalender"
"""The name of the message at the start event which the calendar takes, where there are several."""

MOST_DATES = 100
"""Dates that one rule may give for one thing."""

_DAILY = frozenset({"nu", "i_dag"})
_CLOCK = frozenset({"now", "today"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """The start rule of a procedure in the version that is valid now."""

    procedure_id: int
    version_id: int
    key: str
    name: str
    expression: str
    scope: str
    said: str
    """When it begins, in words; empty when the diagram does not say."""

    @property
    def daily(self) -> bool:
        """Whether the rule itself reads the day, so that only the day tells what it gives."""
        found = feel.mentions("expression", self.expression)
        return bool(_DAILY & set(found.reads) or _CLOCK & set(found.calls))


@dataclass(frozen=True, slots=True)
class Due:
    """One start that a rule gives: on which local day, under which key, with which process data."""

    on: date
    key: str
    data: dict[str, Any] = field(default_factory=dict)


def rules_of(unit: Unit, only: frozenset[str] | None = None) -> list[Rule]:
    """Return the start rules of the valid procedures (of those with these keys), by name."""
    if only is not None and not only:
        return []
    known: dict[int, Rule | None] = unit.shared.setdefault("start rules", {})
    rules: list[Rule] = []
    for key, name, version_id, procedure_id in valid_ids(unit):
        if only is not None and key not in only:
            continue
        if version_id not in known:  # a version never changes
            known[version_id] = rule_of(diagram_of(unit, version_id), procedure_id, version_id, name)
        rule = known[version_id]
        if rule is not None:
            rules.append(rule if rule.name == name else replace(rule, name=name))
    return rules


def rule_of(diagram: Diagram, procedure_id: int, version_id: int, name: str) -> Rule | None:
    """Return the start rule of a version, None when nothing but people and messages start it."""
    expression = (diagram.properties.get("startregel") or "").strip()
    if not expression:
        return None
    scope = (diagram.properties.get("startregel_for") or "kommunen").strip()
    said = (diagram.properties.get("startregel_tekst") or "").strip()
    return Rule(procedure_id, version_id, diagram.key, name, expression, scope, said)


def start_of(diagram: Diagram) -> str:
    """Return the start event that the calendar takes: the one with the message `kalender`, else the only
    one a person may take. Raises Invalid."""
    try:
        return start_element(diagram, diagram.start_messages.get(MESSAGE))
    except Invalid as error:
        raise EngineError(f"Kalenderen ved ikke, hvor {diagram.name} begynder: {error.message}") from error


def dues(unit: Unit, rule: Rule, entity: Entity, day: date) -> Sequence[Due]:
    """Return what a rule gives for an entity on a local day, in order of date. Raises EngineError.

    What it gave for these facts is kept with them; a rule that fails is tried again each time.
    """
    if rule.daily:
        return _dues(unit, rule, entity, day)
    place = ("dues", *_asked(unit, rule))
    given: tuple[Due, ...] | None = entity.given.get(place)
    if given is None:
        given = entity.given[place] = _dues(unit, rule, entity, day)
    return given


def _asked(unit: Unit, rule: Rule) -> tuple[int, workdays.Calendar]:
    return rule.version_id, unit.calendar


def _dues(unit: Unit, rule: Rule, entity: Entity, day: date) -> tuple[Due, ...]:
    context = {**entity.context, "i_dag": day.isoformat()}
    reads = feel.mentions("expression", rule.expression).reads
    known = {name: context[name] for name in reads if name in context}
    if "nu" in reads:
        known["nu"] = workdays.local(workdays.instant(day, "06:00")).isoformat()
    seen = feel.context_json(reads, known)
    try:
        given = _given(rule.expression, seen, day if rule.daily else None, unit.calendar)
    except EngineError as error:
        raise EngineError(f"Startreglen for {rule.name} kan ikke regnes ud: {error.message}") from error
    found = [_due(rule, one) for one in (given if isinstance(given, list) else [given]) if one is not None]
    if len(found) > MOST_DATES:
        raise EngineError(f"Startreglen for {rule.name} giver flere end {MOST_DATES} datoer.")
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.on, one.key)))


@dataclass(slots=True)
class _Ahead:
    """What a rule that reads the day has due from one day to another, as far as it has been asked."""

    first: date
    last: date
    changes: list[tuple[date, frozenset[str]]]
    """From that day on, until the next: under which keys something is due."""


def first_day(
    unit: Unit, rule: Rule, entity: Entity, days: tuple[date, date], begun: Container[str]
) -> date | None:
    """Return the first of some local days (the first and the last of them) on which a rule has something due
    under a key that has not begun; None when there is none. Raises EngineError."""
    first, until = days
    if first > until:
        return None
    if not rule.daily:
        left = [max(due.on, first) for due in dues(unit, rule, entity, first) if due.key not in begun]
        return min(left) if left and min(left) <= until else None
    ahead = _ask_ahead(unit, rule, entity, first, until)
    for place, (day, keys) in enumerate(ahead.changes):
        after = ahead.changes[place + 1][0] if place + 1 < len(ahead.changes) else date.max
        if day > until:
            break
        if after > first and any(key not in begun for key in keys):
            return max(day, first)
    return None


def _ask_ahead(unit: Unit, rule: Rule, entity: Entity, first: date, until: date) -> _Ahead:
    """Return what is due on these days; only those that were not asked about before are asked about."""
    place = ("ahead", *_asked(unit, rule))
    ahead: _Ahead | None = entity.given.get(place)
    if ahead is None or not ahead.first <= first <= ahead.last + _DAY:
        ahead = _Ahead(first, first - _DAY, [])
    changes = list(ahead.changes)
    day = ahead.last + _DAY
    while day <= until:
        keys = frozenset(due.key for due in _dues(unit, rule, entity, day) if due.on <= day)
        if not changes or changes[-1][1] != keys:
            changes.append((day, keys))
        day += _DAY
    # Made anew and not changed: others may be reading it.
    found = entity.given[place] = _Ahead(ahead.first, max(ahead.last, until), changes)
    return found


@lru_cache(maxsize=50_000)
def _given(expression: str, seen: str, day: date | None, calendar: workdays.Calendar) -> Any:
    now = workdays.instant(day or date(2000, 1, 3), "06:00")
    return feel.evaluate(expression, json.loads(seen), now=now, calendar=calendar)


def _due(rule: Rule, given: Any) -> Due | None:
    value = given.get("dato") if isinstance(given, Mapping) else given
    if value is None:
        return None
    try:
        on = date.fromisoformat(str(value)[:10])
    except ValueError:
        raise EngineError(f"Startreglen for {rule.name} giver noget, der ikke er en dato.") from None
    if not isinstance(given, Mapping):
        return Due(on, on.isoformat())
    data = given.get("data")
    if data is not None and not isinstance(data, Mapping):
        raise EngineError(f"Startreglen for {rule.name} giver data, der ikke er en kontekst.")
    key = given.get("noegle")
    return Due(on, str(key if key is not None else on.isoformat())[:160], dict(data or {}))
