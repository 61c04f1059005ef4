"""Many due timers in one transaction: one commit for all of them, and one statement per table.

A thousand reminders fall due at eight, and each in a transaction of its own waits for the database some
fifteen times. Here a batch of cases is locked at once, the timers are worked out one after the other, and
what follows is written together.

Only what moves nothing but its own course is taken along (`timers.take`): a batch locks cases in whatever
order they are due, so nothing in it may wait for another case. Nothing waits for a lock at all: a case that
somebody is at is passed by. Whatever goes wrong, the unit rolls back, and the caller fires them one by one.
"""

from collections.abc import Container
from time import monotonic

from sqlalchemy import bindparam, select

from records.tables import Case, Instance, Timer
from records.unit import Unit
from tasks.casefile import CaseFile, read_case_files
from tasks.gathered import Gathered
from tasks.outcome import Outcome
from tasks.people import SYSTEM
from tasks.timers import take

MANY = 8
"""So many counted at once are worth a batch."""

MOST = 25
"""Cases of one batch, …"""

SECONDS = 0.1
"""… and for how long it may work them out: meanwhile whoever wants to do something in them waits."""

_COUNTED = (
    select(Timer.id, Timer.instance_id, Instance.case_id)
    .join(Instance, Instance.id == Timer.instance_id)
    # Tried for the first time: what has failed before is tried on its own.
    .where(Timer.due_at <= bindparam("now"), Timer.tried_by == bindparam("node"), Timer.attempts == 1)
    .order_by(Timer.due_at, Timer.id)
    .limit(2 * MOST)
)
_LOCK_CASES, _LOCK_INSTANCES = (
    select(table.id)
    .where(table.id.in_(bindparam("ids", expanding=True)))
    .order_by(table.id)
    .with_for_update(skip_locked=True)
    for table in (Case, Instance)
)
_DUE_THERE = (
    select(Timer, Instance)
    .join(Instance, Instance.id == Timer.instance_id)
    .where(Timer.due_at <= bindparam("now"))
    .order_by(Timer.due_at, Timer.id)
    .with_for_update(of=Instance, nowait=True)
)
_IN_CASES = _DUE_THERE.where(Instance.case_id.in_(bindparam("ids", expanding=True)))
_IN_INSTANCES = _DUE_THERE.where(
    Instance.id.in_(bindparam("ids", expanding=True)), Instance.case_id.is_(None)
)


def fire_many(unit: Unit, node: str, limit: int, passed: Container[int], tried: list[int]) -> list[int]:
    """Fire timers whose first try this process has counted, one of each case and the earliest there, at most
    `limit`; return their ids. `passed` are those that are not to be taken along; into `tried` go the ids of
    those that were begun with."""
    due = _claimed(unit, node, min(limit, MOST), passed)
    if len(due) < 2:
        return []
    files = read_case_files(unit, {row.case_id for _, row in due if row.case_id is not None})
    gathered = Gathered(unit, SYSTEM)
    began = monotonic()
    fired: list[int] = []
    for timer, instance in due:
        file = files[instance.case_id] if instance.case_id is not None else CaseFile(unit)
        outcome = Outcome(unit, SYSTEM, file)
        outcome.gathered = gathered
        tried.append(timer.id)
        if take(outcome, timer, instance, alone=False):
            fired.append(timer.id)
        if monotonic() - began > SECONDS:
            break
    gathered.write()
    return fired


def _claimed(unit: Unit, node: str, limit: int, passed: Container[int]) -> list[tuple[Timer, Instance]]:
    """Lock the cases of timers that we have counted; return the earliest timer of each case, of those that
    may be taken along."""
    counted = unit.connection.execute(_COUNTED, {"now": unit.now, "node": node}).all()
    cases: dict[int, None] = {}
    alone: dict[int, None] = {}
    for timer_id, instance_id, case_id in counted:
        if timer_id not in passed and len(cases) + len(alone) < limit:
            if case_id is not None:
                cases[case_id] = None
            else:
                alone[instance_id] = None
    found: list[tuple[Timer, Instance]] = []
    for lock, there, ids in ((_LOCK_CASES, _IN_CASES, cases), (_LOCK_INSTANCES, _IN_INSTANCES, alone)):
        ours = unit.connection.execute(lock, {"ids": list(ids)}).scalars().all() if ids else ()
        if ours:
            rows = unit.session.execute(there, {"ids": ours, "now": unit.now})
            found += [(timer, instance) for timer, instance in rows]
    earliest: dict[int, tuple[Timer, Instance]] = {}
    for timer, instance in sorted(found, key=lambda row: (row[0].due_at, row[0].id)):
        here = instance.case_id if instance.case_id is not None else -instance.id
        earliest.setdefault(here, (timer, instance))
    return [
        row
        for row in earliest.values()
        if row[0].tried_by == node and row[0].attempts == 1 and row[0].id not in passed
    ]
