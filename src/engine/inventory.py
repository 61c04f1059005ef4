"""What is open in an instance, and what changed between two looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid5

from SpiffWorkflow.util.task import TaskState

from engine.course import Course, Token
from engine.events import FirstOf
from engine.messages import Event, MessageEvent, Slot, TimerEvent
from engine.steps import CallStep, HumanStep
from engine.timers import read
from engine.types import CalledProcess, Ended, OpenedTask, Step, TimerSet, Waiting

T = TypeVar("T", OpenedTask, TimerSet, Waiting, Token)


@dataclass(slots=True)
class Inventory:
    """Everything an instance waits for from outside, by id."""

    tasks: dict[str, OpenedTask] = field(default_factory=dict)
    timers: dict[str, TimerSet] = field(default_factory=dict)
    waits: dict[str, Waiting] = field(default_factory=dict)
    calls: dict[str, Token] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nobody and nothing could make the instance go on."""
        return not (self.tasks or self.timers or self.waits or self.calls)


@dataclass(frozen=True, slots=True)
class Wait:
    """One event that a token waits for."""

    id: str
    token: Token
    element_id: str
    event: Event
    slot: Slot


def waits(course: Course) -> Iterable[Wait]:
    """Every timer, message and inner event that the instance waits for."""
    for token in course.running():
        if token._state == TaskState.WAITING:
            for element_id, event, slot in token.task_spec.waits(token):
                # The ways out of an event-based gateway share its token, and each needs an id that stays the
                # same.
                shared = isinstance(token.task_spec, FirstOf)
                id = str(uuid5(UUID(token.id), element_id)) if shared else token.id
                yield Wait(id, token, element_id, event, slot)


def take_stock(course: Course) -> Inventory:
    """What is open now."""
    found = Inventory()
    if course.completed:
        return found
    for token in course.running():
        spec = token.task_spec
        if token._state != TaskState.READY or spec.element is None:
            continue
        if isinstance(spec, HumanStep):
            element = spec.element
            found.tasks[token.id] = OpenedTask(token.id, element.id, element.name, element.lane, _item(token))
        elif isinstance(spec, CallStep):
            found.calls[token.id] = token
    for wait in waits(course):
        if isinstance(wait.event, TimerEvent):
            found.timers[wait.id] = TimerSet(wait.id, wait.element_id, read(wait.slot["due"]))
        elif isinstance(wait.event, MessageEvent):
            found.waits[wait.id] = Waiting(wait.id, wait.element_id, wait.event.name, wait.slot.get("key"))
    return found


def difference(before: Inventory, after: Inventory, course: Course) -> Step:
    """What the platform must know of one call: all that is new, changed, gone, finished, to be done and
    ended.
    """
    returned = {step.id for step in course.finished if step.outcome == "completed"}
    return Step(
        opened=_new(before.tasks, after.tasks),
        closed=_gone(before.tasks, after.tasks),
        finished=tuple(course.finished),
        timers_set=_new(before.timers, after.timers),
        timers_gone=_gone(before.timers, after.timers),
        waiting_set=_new(before.waits, after.waits),
        waiting_gone=_gone(before.waits, after.waits),
        calls_gone=tuple(id for id in _gone(before.calls, after.calls) if id not in returned),
        actions=tuple(
            action
            for action in course.call.actions
            # A call that was reached and cancelled in the same breath never happened.
            if not isinstance(action, CalledProcess) or action.id in after.calls
        ),
        ended=_end(course) if course.completed else None,
        taken=tuple(course.call.taken),
    )


def _end(course: Course) -> Ended:
    element = course.last_end.task_spec.element if course.last_end else None
    token = course.task_tree
    token.data = course.data
    return Ended(element.id if element else None, element.name if element else "", token.public_data())


def _item(token: Token) -> object:
    """What the token is for, when it is one round of a multi-instance activity or lies inside one."""
    around: Token | None = token
    while around is not None:
        if around.task_spec.rounds is not None:
            return around.task_spec.rounds.item_of(around)
        around = getattr(around.workflow, "owner", None)
    return None


def _new(before: Mapping[str, T], after: Mapping[str, T]) -> tuple[T, ...]:
    return tuple(value for id, value in after.items() if before.get(id) != value)


def _gone(before: Mapping[str, T], after: Mapping[str, T]) -> tuple[str, ...]:
    return tuple(id for id in before if id not in after)
