"""Starts an instance and moves it on: the engine's front door.

Every function takes the state and gives the next one with what changed; nothing is remembered between two
calls, and when one raises, nothing has happened. `facts` (the case, the meeting, who started) are read by
expressions and never saved. `now` is aware; there is no other clock. `calendar` holds the closed days, the
usual ones when None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import calls, inventory
from engine.course import Course
from engine.diagrams import Diagram
from engine.environment import Call, at, plain
from engine.errors import EngineError, NoReceiver, NotOpen
from engine.inventory import Inventory, Wait, difference, take_stock
from engine.messages import MessageEvent, TimerEvent
from engine.pruning import prune
from engine.snapshots import data_in, load, save
from engine.steps import CallStep, HumanStep
from engine.types import Answers, Snapshot, Step, TimerSet, Waiting
from engine.workdays import Calendar

Result = tuple[Snapshot, Step]

_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""For looking at a state without working anything out."""


def start(
    diagram: Diagram,
    data: Mapping[str, Any],
    *,
    facts: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
    at: str | None = None,
    answers: Answers | None = None,
) -> Result:
    """A new instance with this process data, run until it waits.

    `at` is the id of the start event to take; it may be left out when there is one, or one without a message.
    `answers` is what the starter filled in, readable as `svar`. Raises NotOpen for an `at` that is no start,
    and EngineError when the diagram cannot go on.
    """
    with _told():
        course = Course(diagram.blueprint, _call(facts, now, calendar, answers))
        root = course.plant()
        root.data = plain(data)
        root.internal_data["at"] = _start_id(diagram, at)
        course.queue.append(root)
        return _settle(course, Inventory())


def complete(
    diagram: Diagram,
    snapshot: Snapshot,
    task_id: str,
    answers: Answers,
    *,
    data: Mapping[str, Any],
    lane: str | None,
    facts: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
) -> Result:
    """Complete one open user or manual task.

    `answers` is readable as `svar` until the instance waits again; only `data`, already mapped to names of
    the process, is kept. `lane` is the caller's lane and must be the task's. Raises NotOpen when the task is
    not open in that lane, and EngineError when the diagram cannot go on.
    """
    with _told():
        course, before = _open(diagram, snapshot, _call(facts, now, calendar, answers))
        token = course.find(task_id)
        if token is None or token._state != TaskState.READY or not isinstance(token.task_spec, HumanStep):
            raise NotOpen("Opgaven er ikke åben længere.")
        element = token.task_spec.element
        if element is None or element.lane != lane:
            raise NotOpen("Opgaven hører til en anden bane.", element_id=element.id if element else None)
        token.write(plain(data))
        token.run()
        return _settle(course, before)


def fire(
    diagram: Diagram,
    snapshot: Snapshot,
    timer_ids: Iterable[str] | None = None,
    *,
    facts: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
) -> Result:
    """Fire the timers that are due at `now`, the earliest first: all of them, or those named.

    A timer that an earlier one ends does not fire, and a named one that is not due yet is left waiting.
    Raises NotOpen for a named timer that does not wait, and EngineError when the diagram cannot go on.
    """
    with _told():
        course, before = _open(diagram, snapshot, _call(facts, now, calendar))
        named = None if timer_ids is None else frozenset(timer_ids)
        unknown = frozenset() if named is None else named - before.timers.keys()
        if unknown:
            raise NotOpen("Tidspunktet ventes der ikke på længere.")
        due = [
            timer
            for timer in before.timers.values()
            if timer.due <= now and (named is None or timer.id in named)
        ]
        for timer in sorted(due, key=lambda timer: timer.due):
            wait = _wait(course, timer.id)
            if wait is not None:
                wait.slot["fired"] = True
                wait.token.task_spec._update(wait.token)
                course.drain(prune)
        return _settle(course, before)


def deliver(
    diagram: Diagram,
    snapshot: Snapshot,
    waiting_id: str,
    payload: Mapping[str, Any],
    *,
    facts: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
) -> Result:
    """Hand a message to exactly one wait. Raises NoReceiver when it is not there, EngineError as above."""
    with _told():
        course, before = _open(diagram, snapshot, _call(facts, now, calendar))
        wait = _wait(course, waiting_id)
        if wait is None or not isinstance(wait.event, MessageEvent):
            raise NoReceiver("Der er ikke længere nogen, der venter på beskeden.")
        wait.slot["payload"] = plain(payload)
        wait.token.task_spec._update(wait.token)
        return _settle(course, before)


def finish_call(
    diagram: Diagram,
    snapshot: Snapshot,
    call_id: str,
    data: Mapping[str, Any],
    end: str | None,
    *,
    facts: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
) -> Result:
    """Bring a called procedure back: `data` is what it ended with, `end` the id of its end event.

    Only the fields named in the call activity's `data` property are kept, and `{"slut": end}` under its id.
    Raises NotOpen when the call is not open, EngineError as above.
    """
    with _told():
        course, before = _open(diagram, snapshot, _call(facts, now, calendar))
        token = course.find(call_id)
        if token is None or token._state != TaskState.READY or not isinstance(token.task_spec, CallStep):
            raise NotOpen("Kaldet er ikke åbent længere.")
        with at(token.task_spec.bpmn_id):
            token.write(calls.returned(token, data, end))
        token.run()
        return _settle(course, before)


def cancel(diagram: Diagram, snapshot: Snapshot) -> Result:
    """End an instance from outside. Everything open is cancelled; `ended` names no end event."""
    with _told():
        course, before = _open(diagram, snapshot, _call({}, _ANY_TIME, None))
        data = data_in(snapshot, None)
        for token in course.live_tokens():
            token.cancel()
        course.completed = True
        course.data = data
        step = difference(before, Inventory(), course)
        return save(course), step


def recompute(
    diagram: Diagram,
    snapshot: Snapshot,
    *,
    facts: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
) -> Result:
    """Reckon the waiting timers again whose expression reads the case or the meeting.

    New due instants are in `timers_set`. Nothing fires here, also when one is now past; a duration still
    counts from when the timer was set, and a value that is gone leaves the old instant. Raises EngineError.
    """
    with _told():
        course, before = _open(diagram, snapshot, _call(facts, now, calendar))
        for wait in list(inventory.waits(course)):
            if isinstance(wait.event, TimerEvent):
                with at(wait.element_id):
                    wait.event.recompute(wait.token, wait.slot)
        return _settle(course, before)


def data(snapshot: Snapshot, task_id: str | None = None) -> dict[str, Any]:
    """The process data as one open task sees them, or of all branches together the newest of each name."""
    return data_in(snapshot, task_id)


def standing(diagram: Diagram, snapshot: Snapshot) -> tuple[str, ...]:
    """Ids of the elements where the instance stands: open tasks and calls, waits, running sub-processes."""
    with _told():
        course = load(diagram.blueprint, snapshot, Call(facts={}, now=_ANY_TIME, calendar=None))
        found = []
        for token in course.running():
            element = token.task_spec.element
            if element is not None and not element.attached_to and not token.task_spec.is_parked(token):
                found.append(element.id)
        return tuple(dict.fromkeys(found))


def awaited(diagram: Diagram, snapshot: Snapshot) -> tuple[tuple[TimerSet, ...], tuple[Waiting, ...]]:
    """The timers and the messages that the instance waits for."""
    with _told():
        stock = take_stock(load(diagram.blueprint, snapshot, Call(facts={}, now=_ANY_TIME, calendar=None)))
        return tuple(stock.timers.values()), tuple(stock.waits.values())


def _call(
    facts: Mapping[str, Any], now: datetime, calendar: Calendar | None, answers: Answers | None = None
) -> Call:
    return Call(facts=facts, now=now, calendar=calendar, answers=answers)


def _open(diagram: Diagram, snapshot: Snapshot, call: Call) -> tuple[Course, Inventory]:
    course = load(diagram.blueprint, snapshot, call)
    if course.completed:
        raise NotOpen("Forløbet er afsluttet.")
    return course, take_stock(course)


def _settle(course: Course, before: Inventory) -> Result:
    course.drain(prune)
    after = take_stock(course)
    if not course.completed and after.empty:
        stuck = next((token.task_spec for token in course.running() if token.task_spec.element), None)
        raise EngineError(
            "Forløbet er gået i stå: der er intet tilbage, som kan føre det videre.",
            element_id=stuck.bpmn_id if stuck else None,
        )
    if not course.completed:
        prune(course)
    return save(course), difference(before, after, course)


def _start_id(diagram: Diagram, at: str | None) -> str:
    starts = {start.id: start for start in diagram.starts}
    if at is not None:
        if at not in starts:
            raise NotOpen(f"Proceduren har ikke starten »{at}«.")
        return at
    plain_starts = [start.id for start in starts.values() if start.message is None] or list(starts)
    if len(plain_starts) != 1:
        raise NotOpen("Proceduren har flere starter, og ingen er valgt.")
    return plain_starts[0]


def _wait(course: Course, wait_id: str) -> Wait | None:
    return next((wait for wait in inventory.waits(course) if wait.id == wait_id), None)


@contextmanager
def _told() -> Iterator[None]:
    """Whatever goes wrong inside the library comes out as an EngineError in Danish."""
    try:
        yield
    except EngineError:
        raise
    except (SpiffWorkflowException, RecursionError) as error:
        spec = getattr(error, "task_spec", None)
        raise EngineError(
            "Forløbet kan ikke gå videre, som diagrammet er tegnet.",
            element_id=getattr(spec, "bpmn_id", None),
        ) from error
