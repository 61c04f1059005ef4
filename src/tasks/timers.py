"""What falls due: the diagram's timers, and the platform's reminders and escalations (setup.md 8).

One worker claims one case (or one instance that has none) with SKIP LOCKED, fires its earliest due timer,
and commits:
claim, effect and the timer's removal are one transaction, so each happens once whoever is killed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Integer, bindparam, func, literal_column, or_, select, update

from engine import runtime
from engine.diagrams import Diagram
from engine.types import Effect, Step
from records.prepared import Prepared
from records.tables import Case, Instance, Person, Task, Timer
from records.unit import Unit
from tasks import incidents, notices
from tasks.casefile import CaseFile, read_case_file
from tasks.meeting_changes import KIND as MEETING
from tasks.meeting_changes import follow_up
from tasks.meeting_effects import MEETING_OPERATORS as OF_MEETINGS
from tasks.meetings import live_facts
from tasks.moves import KIND as MOVE
from tasks.moves import follow
from tasks.outcome import Outcome
from tasks.people import SYSTEM, group_members, holders, unit_and_above, unit_of_recipient
from tasks.procedures import diagram_of
from tasks.roles import LEADERS

LOOK_AHEAD = 40
"""Due timers looked at together to find one whose case no other worker has, …"""

FIRST_LOOK = 5
"""… and at the first look, when nearly always one of them is free."""

TELLING = frozenset({"noter", "adviser"})
"""Effects that only note and tell."""

ATTEMPTS = 5
"""Tries before a failing timer becomes an incident and waits for a person."""

COUNTED_TOGETHER = 50
"""Timers whose first try is counted in one go, so that catching up costs no commit more for each."""

LEASE = timedelta(seconds=5)
"""How long, in real time, a try that was counted is left to the process that counted it."""

PARKED = timedelta(days=36500)
"""How far a timer that became an incident is moved ahead; "try again" moves it back."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A due timer whose case and instance are locked by this unit. `timer_id` may be used after it."""

    timer_id: int
    case_id: int | None
    timer: Timer
    instance: Instance
    counted: bool = True
    """This process has counted its try, so it may fire; False when only the counting is done now."""
    together: int = 1
    """How many tries were counted now."""


_NEXT_DUE = Prepared(select(func.min(Timer.due_at)))


def next_due(unit: Unit) -> datetime | None:
    """Return the earliest due instant of all timers (UTC)."""
    [(found,)] = unit.run(_NEXT_DUE)
    return cast(datetime | None, found)


def claim_next(unit: Unit, node: str, real_now: datetime) -> Claimed | None:
    """Lock the case whose timer has been due longest, of those that nobody else is at; return its earliest
    due timer, so that the timers of a case fire in their order, or None when nothing is due for us.

    A try is counted before it is made, in a transaction of its own: so a timer that ends the process (out of
    memory, killed) is not tried for ever. Where `counted` is False the unit has only counted (or given up,
    after ATTEMPTS); commit it and claim again. `node` names the process, `real_now` is the wall's time.
    """
    passed: set[int] = set()
    while True:
        candidates, looked_at = _due(unit, passed)
        for instance_id, case_id in candidates:
            claim = case_id if case_id is not None else -instance_id
            if claim in passed:
                continue
            passed.add(claim)
            if _claim(unit, case_id, instance_id):
                claimed = _earliest(unit, case_id, instance_id)
                if claimed is None:  # another worker fired it between our look and our lock
                    continue
                timer = claimed.timer
                if timer.tried_by == node:
                    return claimed
                if timer.tried_by is None or timer.tried_at is None or real_now - timer.tried_at >= LEASE:
                    together = _count(unit, timer, node, real_now)
                    return replace(claimed, counted=False, together=together)
        if len(candidates) < looked_at:
            return None


_DUE = (
    select(Timer.instance_id, Instance.case_id)
    .join(Instance, Instance.id == Timer.instance_id)
    .where(Timer.due_at <= bindparam("now"))
    .order_by(Timer.due_at, Timer.id)
)
_FIRST_DUE = Prepared(_DUE.limit(literal_column(str(FIRST_LOOK), Integer)))


def _count(unit: Unit, timer: Timer, node: str, real_now: datetime) -> int:
    """Count the try that is about to be made, and those of the next ones with it; return how many. After
    ATTEMPTS that came to no end, give the timer up."""
    if timer.attempts >= ATTEMPTS:
        _give_up(unit, timer, "Forsøgene er endt, uden at programmet nåede at melde en fejl.")
        return 0
    if timer.attempts:
        # It has been tried and not finished: on its own now, so that the others of a batch are not blamed.
        timer.attempts += 1
        timer.tried_by, timer.tried_at = node, real_now
        return 1
    fresh = (
        select(Timer.id)
        .where(Timer.due_at <= unit.now, Timer.attempts == 0, Timer.tried_by.is_(None))
        .order_by(Timer.due_at, Timer.id)
        .limit(COUNTED_TOGETHER)
        .with_for_update(skip_locked=True)
    )
    ids = {timer.id, *unit.session.scalars(fresh)}
    unit.session.execute(
        update(Timer)
        .where(Timer.id.in_(ids))
        .values(attempts=1, tried_by=node, tried_at=real_now)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _due(unit: Unit, passed: set[int]) -> tuple[Sequence[Any], int]:
    """Return instance and case of the timers that have been due longest, without those passed over, and how
    many were looked for."""
    if not passed:
        return unit.run(_FIRST_DUE, {"now": unit.now}), FIRST_LOOK
    query = _DUE.limit(LOOK_AHEAD)
    cases = {claim for claim in passed if claim > 0}
    alone = {-claim for claim in passed if claim < 0}
    if cases:
        query = query.where(or_(Instance.case_id.is_(None), Instance.case_id.not_in(cases)))
    if alone:
        query = query.where(Instance.id.not_in(alone))
    return unit.connection.execute(query, {"now": unit.now}).all(), LOOK_AHEAD


# Without ORDER BY and LIMIT, which would make PostgreSQL walk through everybody's due timers.
_DUE_THERE = (
    select(Timer, Instance)
    .join(Instance, Instance.id == Timer.instance_id)
    .where(Timer.due_at <= bindparam("now"))
    .with_for_update(of=Instance)
)
_DUE_IN_CASE = _DUE_THERE.where(Instance.case_id == bindparam("id"))
_DUE_IN_INSTANCE = _DUE_THERE.where(Instance.id == bindparam("id"))


def _earliest(unit: Unit, case_id: int | None, instance_id: int) -> Claimed | None:
    query, here = (_DUE_IN_CASE, case_id) if case_id is not None else (_DUE_IN_INSTANCE, instance_id)
    due = unit.session.execute(query, {"id": here, "now": unit.now}).all()
    if not due:
        return None
    timer, instance = min(due, key=lambda row: (row[0].due_at, row[0].id))
    if instance.case_id != case_id:  # it got a case while we looked, and that one's lock comes first
        return None
    return Claimed(timer.id, case_id, timer, instance)


_CLAIM_CASE, _CLAIM_INSTANCE = (
    Prepared(select(table.id).where(table.id == bindparam("id")).with_for_update(skip_locked=True))
    for table in (Case, Instance)
)


def _claim(unit: Unit, case_id: int | None, instance_id: int) -> bool:
    query, row_id = (_CLAIM_CASE, case_id) if case_id is not None else (_CLAIM_INSTANCE, instance_id)
    return bool(unit.run(query, {"id": row_id}))


def fire(unit: Unit, claimed: Claimed) -> None:
    """Do what a claimed timer stands for, and remove it.

    Whatever it raises, the unit rolls back and the caller calls `postpone` in another.
    """
    # The claim holds the case's lock already.
    file = read_case_file(unit, claimed.case_id) if claimed.case_id is not None else CaseFile(unit)
    outcome = Outcome(unit, SYSTEM, file)
    take(outcome, claimed.timer, claimed.instance)
    outcome.finish()


def take(outcome: Outcome, timer: Timer, instance: Instance, *, alone: bool = True) -> bool:
    """Take in what a due timer stands for, for `outcome.finish` to write. With `alone` False only what does
    nothing but move its own course on is taken in; for the rest nothing is done and the answer is False."""
    unit = outcome.unit
    if timer.kind == "bpmn":
        diagram = diagram_of(unit, instance.version_id)
        assert timer.engine_id is not None
        snapshot, step = runtime.fire(
            diagram,
            instance.state,
            [timer.engine_id],
            facts={**outcome.file.facts(), **live_facts(unit, diagram, instance)},
            now=unit.now,
            calendar=unit.calendar,
        )
        if not alone and not _keeps_to_itself(instance, diagram, step):
            return False
        outcome.journal("timer", _moment(diagram.elements[timer.element_id].name), instance)
        outcome.gathered.end_waits(instance.id, [timer.engine_id], [])
        outcome.apply(instance, diagram, snapshot, step)
        return True
    if timer.kind in (MEETING, MOVE):
        if not alone:
            return False
        if timer.kind == MEETING:
            follow_up(outcome, instance, timer.element_id)
        else:
            follow(outcome, instance, int(timer.element_id))
    else:
        _remind(unit, outcome, timer, instance)
    outcome.gathered.timer_done(timer.id)
    return True


def _keeps_to_itself(instance: Instance, diagram: Diagram, step: Step) -> bool:
    """Tell whether a step changes nothing but its own course, journal and notices: no other case or course,
    no meeting, nothing that more than one case writes to."""
    if step.waiting_set or step.calls_gone:
        return False
    if step.ended is not None and (instance.parent_id is not None or OF_MEETINGS.keys() & diagram.operators):
        return False
    return all(isinstance(one, Effect) and one.operator in TELLING for one in step.actions)


def _moment(name: str) -> str:
    return f"Tidspunktet er kommet: {name}" if name else "Et tidspunkt i forløbet er kommet"


def _remind(unit: Unit, outcome: Outcome, timer: Timer, instance: Instance) -> None:
    """Remind whoever has the task (ST-145), or tell the recipient's leader that it is late."""
    task = unit.session.get(Task, timer.task_id)
    if task is None or task.status != "aaben":
        return
    # Where nobody is left to remind, the leader is the one who can do something about it.
    people = _recipients(unit, task) if timer.kind == "paamindelse" else []
    people = people or _leaders(unit, task, outcome.file.unit_id)
    number = outcome.file.case.number if outcome.file.case else None
    told = [notices.TaskNotice(person_id, task.id, task.case_id, task.name, number) for person_id in people]
    outcome.gathered.tell(timer.kind, told)
    text = "Påmindelse" if timer.kind == "paamindelse" else "Frist overskredet"
    outcome.journal(timer.kind, f"{text}: {task.name}", instance, task)


def _recipients(unit: Unit, task: Task) -> list[int]:
    if task.assignee_id is not None:
        here = select(Person.id).where(Person.id == task.assignee_id, Person.active.is_(True))
        return list(unit.session.scalars(here))
    if task.group_id is None:
        return []
    return group_members(unit, task.group_id)


def _leaders(unit: Unit, task: Task, unit_id: int | None) -> list[int]:
    """The leader of the recipient's unit: the nearest unit upwards that has one (decisions.md)."""
    start = unit_of_recipient(unit, task.assignee_id, task.group_id) or unit_id
    chain = unit_and_above(unit, start)
    for unit_above in chain:
        for role in LEADERS:
            found = [held[0] for held in holders(unit, role, [unit_above]) if held[0] != task.assignee_id]
            if found:
                return found
    return _recipients(unit, task)


def postpone(unit: Unit, timer_id: int, text: str) -> None:
    """Note that a timer failed: try again later, with growing waits; after ATTEMPTS it becomes an incident.

    Runs in a transaction of its own after the failed one was rolled back. `text` is the Danish reason.
    """
    timer = unit.session.get(Timer, timer_id, with_for_update=True)
    if timer is None:
        return
    if timer.tried_by is None:  # else it was counted before it was tried
        timer.attempts += 1
    timer.tried_by = timer.tried_at = None
    if timer.attempts < ATTEMPTS:
        timer.due_at = unit.now + timedelta(minutes=2**timer.attempts)
        return
    _give_up(unit, timer, text)


def _give_up(unit: Unit, timer: Timer, text: str) -> None:
    """Park a timer and open its incident."""
    instance = unit.session.get(Instance, timer.instance_id)
    timer.tried_by = timer.tried_at = None
    timer.due_at = timer.due_at + PARKED
    incidents.open_incident(
        unit,
        "timer",
        f"Et tidspunkt i forløbet kunne ikke behandles: {text}",
        {"gentag": "timer", "timer_id": timer.id},
        case_id=instance.case_id if instance else None,
        instance_id=timer.instance_id,
        element_id=timer.element_id,
        version_id=instance.version_id if instance else None,
    )


def unpark(unit: Unit, timer_id: int) -> bool:
    """Make a parked timer due now; False when it is gone."""
    changed = unit.session.execute(
        update(Timer)
        .where(Timer.id == timer_id)
        .values(due_at=unit.now, attempts=0, tried_by=None, tried_at=None)
        .returning(Timer.id)
    )
    return changed.first() is not None
