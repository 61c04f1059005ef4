"""What the calendar starts: every day at 06:00 each start rule is looked at, and what is due begins, once.

Any number of nodes do it together. A look is a batch of things in one transaction: it writes down what is due
(`CalendarStart`, unique for procedure, entity and key) and how far it came (`CalendarRound`). Each start is a
transaction of its own that claims its row, so it happens once whoever is killed. A rule that fails is an
incident and stops none of the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from engine import workdays
from engine.errors import EngineError
from engine.properties import IN_CASES
from records.tables import CalendarRound, CalendarStart, Incident, Procedure
from records.unit import Unit
from tasks import incidents
from tasks.beginning import begin, check_condition
from tasks.casefile import CaseFile, lock_case
from tasks.outcome import Outcome
from tasks.people import SYSTEM, Actor
from tasks.procedures import diagram_of, valid_version
from tasks.start_rules import Due, Rule, dues, rules_of, start_of
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


def look(unit: Unit, actor: Actor, command: Look) -> bool:
    """Look at the next rules, at about as many things as a batch holds; False when all of today's is done,
    or others are at it."""
    day = day_of(unit.now)
    rules = {rule.procedure_id: rule for rule in rules_of(unit, command.only)}
    if not rules:
        return False
    _begin_rounds(unit, rules, day)
    looked = 0
    seen: dict[tuple[str, str], list[Entity]] = {}
    while looked < BATCH:
        found = _look_at_one(unit, rules, day, command, seen)
        if found is None:
            return looked > 0
        looked += max(1, found)
    return True


def _begin_rounds(unit: Unit, rules: Mapping[int, Rule], day: date) -> None:
    known = set(unit.session.scalars(select(CalendarRound.procedure_id).where(CalendarRound.day == day)))
    new = [procedure_id for procedure_id in rules if procedure_id not in known]
    if new:
        unit.session.add_all(CalendarRound(procedure_id=one, day=day, cursor="") for one in new)
        unit.session.execute(delete(CalendarRound).where(CalendarRound.day < day - KEPT))
        unit.session.flush()


def _look_at_one(
    unit: Unit,
    rules: Mapping[int, Rule],
    day: date,
    command: Look,
    seen: dict[tuple[str, str], list[Entity]],
) -> int | None:
    """Look at the next batch of one procedure's rule; return how many things it was, None when no rule is
    left. Rules of one scope look at the same things, which are read once (`seen`)."""
    turn = unit.session.scalar(
        select(CalendarRound)
        .where(
            CalendarRound.day == day,
            CalendarRound.done_at.is_(None),
            CalendarRound.procedure_id.in_(rules),
        )
        .order_by(CalendarRound.procedure_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if turn is None:
        return None
    rule = rules[turn.procedure_id]
    here = (rule.scope, turn.cursor)
    if here not in seen:
        seen[here] = entities(unit, *here, BATCH)
    batch = seen[here]
    _write_due(unit, rule, [one for one in batch if command.wants(one)], day)
    if batch and batch[-1].cursor != turn.cursor:
        turn.cursor = batch[-1].cursor
    else:
        turn.done_at = unit.now
    unit.session.flush()
    return len(batch)


def _write_due(unit: Unit, rule: Rule, batch: list[Entity], day: date) -> None:
    found: list[tuple[Entity, Due]] = []
    troubles: list[str] = []
    for entity in batch:
        try:
            found += [(entity, due) for due in dues(unit, rule, entity, day) if due.on <= day]
        except EngineError as error:
            troubles.append(error.message)
    if troubles:
        _report(unit, rule, troubles)
    elif batch and len(batch) < BATCH and rule.scope not in IN_CASES:
        mended = (Incident.kind == RULE_FAILS, Incident.element_id == rule.key)
        incidents.settle(unit, "Startreglen kan regnes ud igen.", *mended)
    if not found:
        return
    started = _started(unit, rule, {entity.name for entity, _ in found})
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


def claim(unit: Unit, only: frozenset[str] | None = None) -> Claimed | None:
    """Claim the next start that waits, of those that nobody else is at."""
    query = select(CalendarStart).where(CalendarStart.status == WAITS)
    if only is not None:
        keys = select(Procedure.id).where(Procedure.key.in_(only))
        query = query.where(CalendarStart.procedure_id.in_(keys))
    row = unit.session.scalar(
        query.order_by(CalendarStart.id).limit(1).with_for_update(skip_locked=True, of=CalendarStart)
    )
    return Claimed(row.id, row) if row is not None else None


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


def next_starts(
    unit: Unit,
    rule: Rule,
    until: date,
    command: Look = EVERYTHING,
    seen: dict[str, list[Entity]] | None = None,
) -> list[NextStart]:
    """Return what a rule will start up to a day, the first of each thing, in order. A rule that fails gives
    nothing. `seen` keeps the things of each scope for the next rule."""
    today = day_of(unit.now)
    looked = unit.session.scalar(
        select(CalendarRound.done_at).where(
            CalendarRound.procedure_id == rule.procedure_id, CalendarRound.day == today
        )
    )
    first = today + timedelta(days=1) if looked is not None else today
    seen = {} if seen is None else seen
    if rule.scope not in seen:
        seen[rule.scope] = list(all_entities(unit, rule.scope))
    things = [one for one in seen[rule.scope] if command.wants(one)]
    started = _started(unit, rule, {one.name for one in things})
    found = [_next(unit, rule, one, first, until, started) for one in things]
    return sorted((one for one in found if one is not None), key=lambda one: (one.on, one.label))


def _next(
    unit: Unit, rule: Rule, entity: Entity, first: date, until: date, started: set[tuple[str, str]]
) -> NextStart | None:
    day = first
    while day <= until:
        try:
            given = dues(unit, rule, entity, day)
        except EngineError:
            return None
        left = [due for due in given if (entity.name, due.key) not in started]
        if not rule.daily:
            days = [max(due.on, first) for due in left]
            return NextStart(min(days), entity.label, entity.name) if days and min(days) <= until else None
        if any(due.on <= day for due in left):
            return NextStart(day, entity.label, entity.name)
        day += timedelta(days=1)
    return None


def next_instant(unit: Unit, actor: Actor, command: tuple[Look, datetime]) -> datetime | None:
    """Return when the calendar starts something next, at the latest at an instant; None when nothing."""
    wanted, until = command
    seen: dict[str, list[Entity]] = {}
    last = min(day_of(until), day_of(unit.now) + FAR)
    days = [
        starts[0].on
        for rule in rules_of(unit, wanted.only)
        if (starts := next_starts(unit, rule, last, wanted, seen))
    ]
    return workdays.instant(min(days), HOUR) if days else None
