"""What the calendar starts: every day at 06:00 each start rule is looked at, and what is due begins, once.

Any number of nodes do it together. A look is a batch of things in one transaction: it writes down what is due
(`CalendarStart`, unique for procedure, entity and key) and how far it came (`CalendarRound`). Each start is a
transaction of its own that claims its row, so it happens once whoever is killed. A rule that fails is an
incident and stops none of the others.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from engine import workdays
from engine.errors import EngineError
from engine.properties import IN_CASES
from records.prepared import Prepared
from records.tables import (
    CalendarRound,
    CalendarStart,
    Incident,
    Procedure,
    ProcedureVersion,
    RoleHolding,
)
from records.unit import Unit
from tasks import incidents
from tasks.beginning import begin, check_condition
from tasks.casefile import CaseFile, lock_case
from tasks.outcome import Outcome
from tasks.people import SYSTEM, Actor
from tasks.people import today as today_of
from tasks.procedures import diagram_of, valid_version
from tasks.start_rules import Due, Rule, dues, first_day, rules_of, start_of
from tasks.start_scopes import BATCH, Entity, all_entities, entities

HOUR = "06:00"
"""When on its day something begins by itself (Copenhagen)."""

KEPT = timedelta(days=60)
"""How long it is remembered that a day has been looked at."""

FAR = timedelta(days=800)
"""How far ahead a rule that reads the day itself is asked when a clock is moved."""

WAITS, STARTED, FAILED, LAPSED = "venter", "startet", "fejlet", "bortfaldet"
RULE_FAILS, START_FAILS = "startregel", "kalenderstart"


@dataclass(frozen=True, slots=True)
class Look:
    """Look at the start rules of today; `only` narrows it to procedures (keys), and to things (names) of
    them."""

    only: frozenset[str] | None = None
    things: frozenset[str] | None = None

    def wants(self, entity: Entity) -> bool:
        """Tell whether a thing is asked for."""
        return bool(entity.name) and (self.things is None or entity.name in self.things)


EVERYTHING = Look()


def day_of(now: datetime) -> date:
    """Return the local day whose 06:00 has come last."""
    local = workdays.local(now)
    return local.date() if local.strftime("%H:%M") >= HOUR else local.date() - timedelta(days=1)


_ROUNDS = Prepared(
    select(CalendarRound.procedure_id, CalendarRound.done_at).where(CalendarRound.day == bindparam("day"))
)
_TURNS = Prepared(
    select(CalendarRound.procedure_id, CalendarRound.cursor)
    .where(CalendarRound.day == bindparam("day"), CalendarRound.done_at.is_(None))
    .order_by(CalendarRound.procedure_id)
    .with_for_update(skip_locked=True)
)
_FAILING = Prepared(
    select(Incident.element_id).where(Incident.kind == RULE_FAILS, Incident.resolved_at.is_(None))
)
_TURN_TAKEN = Prepared(
    update(CalendarRound)
    .where(CalendarRound.procedure_id == bindparam("of"), CalendarRound.day == bindparam("on"))
    .values(cursor=bindparam("cursor"), done_at=bindparam("done_at"))
)


def look(unit: Unit, actor: Actor, command: Look) -> bool:
    """Look at the next rules, at about as many things as a batch holds; False when all of today's is done,
    or others are at it."""
    day = day_of(unit.now)
    rules = {rule.procedure_id: rule for rule in rules_of(unit, command.only)}
    done = _rounds(unit, day) if rules else {}
    if all(done.get(procedure_id) is not None for procedure_id in rules):
        return False
    _begin_rounds(unit, [one for one in rules if one not in done], day)
    failing = {row[0] for row in unit.run(_FAILING)}
    looked = 0
    taken: list[dict[str, Any]] = []
    # Rules of one scope look at the same things, which are read once.
    seen: dict[tuple[str, str], list[Entity]] = {}
    for procedure_id, cursor in unit.run(_TURNS, {"day": day}):
        if procedure_id not in rules or looked >= BATCH:
            continue
        rule = rules[procedure_id]
        if (rule.scope, cursor) not in seen:
            seen[rule.scope, cursor] = entities(unit, rule.scope, cursor)
        batch = seen[rule.scope, cursor]
        things = [one for one in batch if command.wants(one)]
        well = _write_due(unit, rule, things, day)
        if well and rule.key in failing and len(batch) < BATCH and rule.scope not in IN_CASES:
            mended = (Incident.kind == RULE_FAILS, Incident.element_id == rule.key)
            incidents.settle(unit, "Startreglen kan regnes ud igen.", *mended)
        more = len({one.cursor for one in batch}) >= BATCH
        last = batch[-1].cursor if batch else cursor
        taken.append({"of": procedure_id, "on": day, "cursor": last, "done_at": None if more else unit.now})
        looked += max(1, len(batch))
    unit.session.flush()
    unit.run_many(_TURN_TAKEN, taken)
    return bool(taken)


def _rounds(unit: Unit, day: date) -> dict[int, datetime | None]:
    """Return when a day's look at each procedure was done, None when it is not done yet."""
    return dict(unit.run(_ROUNDS, {"day": day}))


def _begin_rounds(unit: Unit, new: list[int], day: date) -> None:
    if new:
        unit.insert_many(
            CalendarRound,
            [{"procedure_id": one, "day": day, "cursor": "", "done_at": None} for one in new],
        )
        unit.session.execute(delete(CalendarRound).where(CalendarRound.day < day - KEPT))


def _write_due(unit: Unit, rule: Rule, batch: list[Entity], day: date) -> bool:
    """Write down what is due; tell whether the rule could be worked out for something, and always."""
    found: list[tuple[Entity, Due]] = []
    troubles: list[str] = []
    for entity in batch:
        try:
            found += [(entity, due) for due in dues(unit, rule, entity, day) if due.on <= day]
        except EngineError as error:
            troubles.append(error.message)
    if troubles:
        _report(unit, rule, troubles)
    started = _started(unit, rule, {entity.name for entity, _ in found}) if found else set()
    for entity, due in found:
        if (entity.name, due.key) not in started:
            started.add((entity.name, due.key))
            unit.session.add(
                CalendarStart(
                    procedure_id=rule.procedure_id,
                    entity=entity.name,
                    case_id=entity.case_id,
                    key=due.key,
                    due_on=due.on,
                    data=due.data,
                    status=WAITS,
                    found_at=unit.now,
                )
            )
    return bool(batch) and not troubles


def _report(unit: Unit, rule: Rule, troubles: list[str]) -> None:
    several = f" Det gælder {len(troubles)} i alt." if len(troubles) > 1 else ""
    incidents.open_incident(
        unit,
        RULE_FAILS,
        f"{troubles[0]}{several} Ret reglen; den prøves igen i morgen.",
        {"gentag": "ingen"},
        element_id=rule.key,
        version_id=rule.version_id,
    )


def _started(unit: Unit, rule: Rule, names: set[str]) -> set[tuple[str, str]]:
    rows = unit.session.execute(
        select(CalendarStart.entity, CalendarStart.key).where(
            CalendarStart.procedure_id == rule.procedure_id, CalendarStart.entity.in_(names)
        )
    )
    return {(entity, key) for entity, key in rows}


@dataclass(slots=True)
class Claimed:
    """A start that this unit has claimed; `start_id` may be used after it."""

    start_id: int
    row: CalendarStart


_WAITING = (
    select(CalendarStart.id)
    .where(CalendarStart.status == WAITS)
    .order_by(CalendarStart.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=CalendarStart)
)
_FIRST_WAITING = Prepared(_WAITING)


def claim(unit: Unit, only: frozenset[str] | None = None) -> Claimed | None:
    """Claim the next start that waits, of those that nobody else is at."""
    if only is None:
        start_id = next((row[0] for row in unit.run(_FIRST_WAITING)), None)
    elif only:
        keys = select(Procedure.id).where(Procedure.key.in_(only))
        start_id = unit.session.scalar(_WAITING.where(CalendarStart.procedure_id.in_(keys)))
    else:
        return None
    return Claimed(start_id, unit.session.get_one(CalendarStart, start_id)) if start_id is not None else None


def perform(unit: Unit, row: CalendarStart) -> None:
    """Start what a claimed row stands for, in the version valid now. Raises EngineError, TaskError."""
    file = lock_case(unit, row.case_id) if row.case_id is not None else CaseFile(unit)
    if file.case is not None and file.case.status != "aaben":
        row.status = LAPSED
        return
    key = unit.session.scalars(select(Procedure.key).where(Procedure.id == row.procedure_id)).one()
    version_id = valid_version(unit, key)
    diagram = diagram_of(unit, version_id)
    check_condition(unit, diagram, file, row.data)
    outcome = Outcome(unit, SYSTEM, file)
    instance = begin(outcome, version_id, diagram, diagram.elements[start_of(diagram)], data=row.data)
    outcome.journal("kalender", f"Kalenderen har startet {diagram.name}", instance)
    outcome.finish()
    row.status, row.instance_id = STARTED, instance.id


def fail(unit: Unit, start_id: int, text: str) -> None:
    """Note that a start failed: an incident, from which it is tried again. `text` is Danish."""
    row = unit.session.get(CalendarStart, start_id, with_for_update=True)
    if row is None or row.status != WAITS:
        return
    row.status = FAILED
    key, name = unit.session.execute(
        select(Procedure.key, Procedure.name).where(Procedure.id == row.procedure_id)
    ).one()
    incidents.open_incident(
        unit,
        START_FAILS,
        f"Kalenderen kunne ikke begynde {name}: {text} Prøv igen, når det er rettet.",
        {"gentag": "kalender", "start_id": row.id},
        case_id=row.case_id,
        element_id=key,
        version_id=valid_version(unit, key),
    )


def lapse(unit: Unit, start_id: int) -> None:
    """Note that a start is no longer wanted: somebody made by hand what it would have made."""
    row = unit.session.get(CalendarStart, start_id, with_for_update=True)
    if row is not None and row.status == WAITS:
        row.status = LAPSED


def start_again(unit: Unit, start_id: int) -> bool | None:
    """Try a failed start again; None when nothing waits for it. Raises EngineError, TaskError."""
    row = unit.session.get(CalendarStart, start_id, with_for_update=True)
    if row is None or row.status not in (FAILED, WAITS):
        return None
    perform(unit, row)
    return True if row.status == STARTED else None


@dataclass(frozen=True, slots=True)
class NextStart:
    """Something that will begin by itself: on which local day, and for what (empty for a case)."""

    on: date
    label: str
    entity: str


_BEGUN = Prepared(
    select(CalendarStart.entity, CalendarStart.key).where(
        CalendarStart.procedure_id == bindparam("procedure_id")
    )
)


def next_starts(
    unit: Unit,
    rule: Rule,
    until: date,
    command: Look = EVERYTHING,
    seen: dict[str, list[Entity]] | None = None,
    rounds: Mapping[int, datetime | None] | None = None,
) -> list[NextStart]:
    """Return what a rule will start up to a day, the first of each thing, in order. A rule that fails gives
    nothing. `seen` keeps the things of each scope for the next rule, `rounds` says which of today's are
    done."""
    today = day_of(unit.now)
    rounds = _rounds(unit, today) if rounds is None else rounds
    first = today if rounds.get(rule.procedure_id) is None else today + timedelta(days=1)
    seen = {} if seen is None else seen
    if rule.scope not in seen:
        seen[rule.scope] = list(all_entities(unit, rule.scope))
    begun: dict[str, set[str]] = {}
    for entity, key in unit.run(_BEGUN, {"procedure_id": rule.procedure_id}):
        begun.setdefault(entity, set()).add(key)
    found: list[NextStart] = []
    for one in seen[rule.scope]:
        if command.wants(one):
            with suppress(EngineError):
                on = first_day(unit, rule, one, (first, until), begun.get(one.name, ()))
                found += [NextStart(on, one.label, one.name)] if on is not None else []
    return sorted(found, key=lambda one: (one.on, one.label))


def next_instant(unit: Unit, actor: Actor, command: tuple[Look, datetime]) -> datetime | None:
    """Return when the calendar must be looked at next, at the latest at an instant; None when nothing will
    begin before: when it starts something, or when what rules read becomes another by itself."""
    wanted, until = command
    seen: dict[str, list[Entity]] = {}
    today = day_of(unit.now)
    last = min(day_of(until), today + FAR)
    rules = rules_of(unit, wanted.only)
    rounds = _rounds(unit, today) if rules else {}
    days = [starts[0].on for rule in rules if (starts := next_starts(unit, rule, last, wanted, seen, rounds))]
    if wanted.only is None or wanted.only:
        days += [day for day in _turns(unit, seen) if today < day <= last]
    return workdays.instant(min(days), HOUR) if days else None


_NEXT_VERSION = Prepared(
    select(func.min(ProcedureVersion.valid_from)).where(
        ProcedureVersion.status == "published", ProcedureVersion.valid_from > bindparam("now")
    )
)
_NEXT_ROLE, _LAST_ROLE = (
    Prepared(select(func.min(column)).where(column >= bindparam("day")))
    for column in (RoleHolding.valid_from, RoleHolding.valid_to)
)


def _turns(unit: Unit, seen: Mapping[str, list[Entity]]) -> Iterator[date]:
    """Yield the days on which rules, or the facts that they read, become others though nobody changes them:
    a version becomes valid, a role begins or ends, a consent expires."""
    for (valid_from,) in unit.run(_NEXT_VERSION, {"now": unit.now}):
        if valid_from is not None:
            day = day_of(valid_from)
            yield day if workdays.instant(day, HOUR) == valid_from else day + timedelta(days=1)
    if "medarbejdere" in seen:
        tomorrow = today_of(unit) + timedelta(days=1)
        yield from (on for (on,) in unit.run(_NEXT_ROLE, {"day": tomorrow}) if on is not None)
        ends = unit.run(_LAST_ROLE, {"day": tomorrow - timedelta(days=1)})
        yield from (on + timedelta(days=1) for (on,) in ends if on is not None)
    for things in seen.values():
        yield from (one.turns for one in things if one.turns is not None)
