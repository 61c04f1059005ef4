"""Moves a running instance to another version of its diagram, or says why it must stay.

Only where the instance stands is looked at: every live step must be in the other version under the same id,
be of the same kind and have the same events on its edge, and a join that waits must have the same flows into
it. What is finished needs no counterpart, and what lies ahead may be drawn anew. The library's own migration
is not used: it drops drafts, begins every deadline again, and can leave a state that cannot be loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from engine import inventory
from engine.course import Branch, Course, Token
from engine.diagrams import Diagram
from engine.environment import Call, at
from engine.errors import EngineError, NotOpen
from engine.events import Catch, Edge, FirstOf
from engine.inventory import take_stock
from engine.messages import Event, MessageEvent, TimerEvent
from engine.pruning import prune
from engine.rounds import Rounds
from engine.snapshots import load, save
from engine.steps import CallStep, EdgeJoin, Finish, Joining, Scope, StepSpec
from engine.timers import read, saved
from engine.types import Element, OpenedTask, Snapshot, TimerSet, Waiting
from engine.workdays import Calendar

_ROOT: Final = ":start"
"""Stands in for a finished step that the new version has no more, where a token only needs its data."""

_WORK: Final = frozenset(
    {
        *("userTask", "manualTask", "callActivity", "subProcess", "serviceTask", "scriptTask"),
        *("businessRuleTask", "sendTask", "receiveTask", "intermediateCatchEvent", "intermediateThrowEvent"),
    }
)
"""Kinds of elements that are worth telling of when an instance goes past them."""


@dataclass(frozen=True, slots=True)
class Block:
    """Why an instance must stay: the element where it stands, and a Danish sentence."""

    element_id: str | None
    text: str


class CannotMove(EngineError):
    """The instance must stay on its version; `blocks` says where and why."""

    def __init__(self, blocks: tuple[Block, ...]) -> None:
        """Take what is in the way, at least one."""
        super().__init__(" ".join(block.text for block in blocks), element_id=blocks[0].element_id)
        self.blocks = blocks


@dataclass(frozen=True, slots=True)
class Moved:
    """An instance on its new version, and what that changed for those outside."""

    snapshot: Snapshot
    tasks: tuple[OpenedTask, ...]
    """Every open task as the new version names it; the ids are the same."""
    timers: tuple[tuple[TimerSet, TimerSet], ...]
    """Timers whose rule is another, before and after: they are reckoned by the new rule."""
    waits: tuple[Waiting, ...]
    """Waits that are for another message now; the ids are the same."""
    skipped: tuple[Element, ...]
    """Steps that are new and lie behind the instance: it never comes to them."""


def move(
    old: Diagram,
    new: Diagram,
    snapshot: Snapshot,
    *,
    facts: Mapping[str, Any],
    now: datetime,
    calendar: Calendar | None = None,
) -> Moved:
    """Move an instance; nothing runs and nothing fires, also when a new due instant is past.

    Task ids, drafts and the due instants of timers whose rule is the same stay. A timer with another rule is
    reckoned anew: a duration counts from when the timer was set where that is known, else from now. Raises
    CannotMove, NotOpen when the instance is over, EngineError when a new rule gives no instant.
    """
    call = Call(facts=facts, now=now, calendar=calendar)
    course = load(old.blueprint, snapshot, call)
    if course.completed:
        raise NotOpen("Forløbet er afsluttet.")
    prune(course)
    blocks = tuple(_blocks(course, new))
    if blocks:
        raise CannotMove(blocks)
    before = take_stock(course)
    moved = load(new.blueprint, _carried(save(course), new), call)
    timers = tuple(_reckoned(course, moved, call))
    after = take_stock(moved)
    return Moved(
        save(moved),
        tuple(after.tasks.values()),
        timers,
        tuple(wait for id, wait in after.waits.items() if before.waits.get(id) != wait),
        _skipped(old, new, moved),
    )


# -- why it must stay ----------------------------------------------------------------------------------------


def _blocks(course: Course, new: Diagram) -> Iterator[Block]:
    seen: set[tuple[str | None, str]] = set()
    for workflow in course.workflows():
        scope = _scope(workflow, new)
        if scope is None:
            continue  # told of at the step that the sub-process is
        for token in _bound(workflow):
            for block in _block(token, workflow.spec, scope):
                if (block.element_id, block.text) not in seen:
                    seen.add((block.element_id, block.text))
                    yield block


def _scope(workflow: Course | Branch, new: Diagram) -> Scope | None:
    if isinstance(workflow, Course):
        return new.blueprint.spec
    owner = workflow.owner
    return None if owner is None else new.blueprint.scopes.get(owner.task_spec.inside)


def _bound(workflow: Course | Branch) -> Iterator[Token]:
    """The tokens that bind an instance to its diagram: live ones, and those that wait at a join."""
    for token in workflow.tasks.values():
        spec = token.task_spec
        if token is workflow.task_tree or isinstance(spec, Finish | EdgeJoin):
            continue
        if token.live or spec.is_parked(token):
            yield token


def _block(token: Token, old: Scope, new: Scope) -> Iterator[Block]:
    spec = token.task_spec
    element = spec.element
    if element is None:
        return  # an engine's own step: what it belongs to is looked at
    other = new.task_specs.get(spec.name)
    said = f"»{element.name or element.id}«"
    if other is None:
        yield Block(element.id, f"Forløbet står ved {said}, som ikke findes i den nye version.")
        return
    if type(other) is not type(spec):
        yield Block(element.id, f"Forløbet står ved {said}, som er en anden slags trin i den nye version.")
        return
    if _edge(old, spec.name) != _edge(new, spec.name):
        yield Block(element.id, f"Forløbet står ved {said}, som har fået eller mistet hændelser på kanten.")
    what = _differs(spec, other)
    if what:
        yield Block(element.id, f"Forløbet står ved {said}, {what}")


def _edge(scope: Scope, name: str) -> frozenset[str]:
    split = scope.task_specs.get(f"{name.removesuffix(':one')}:split")
    return frozenset(spec.name for spec in split.outputs) if split is not None else frozenset()


def _differs(spec: StepSpec, other: StepSpec) -> str:
    """What is different in a step of the same kind so that a token cannot stand in it; empty for nothing."""
    if isinstance(spec, Joining):
        same = {one.name for one in spec.inputs} == {one.name for one in other.inputs}
        return "" if same else "hvor grene samles, og der går andre pile ind i den nye version."
    if isinstance(spec, FirstOf) and isinstance(other, FirstOf):
        same = _kinds(spec.ways) == _kinds(other.ways)
        return "" if same else "som venter på andre hændelser i den nye version."
    if isinstance(spec, Catch) and isinstance(other, Catch):
        if type(spec.event) is not type(other.event):
            return "som venter på noget andet i den nye version."
        if isinstance(spec, Edge) and isinstance(other, Edge):
            return "" if spec.cancel_activity == other.cancel_activity else "som nu afbryder eller ej."
    if isinstance(spec, Rounds) and isinstance(other, Rounds):
        names = ("sequential", "item", "output", "output_item")
        same = all(getattr(spec, name) == getattr(other, name) for name in names)
        return "" if same else "som gentages på en anden måde i den nye version."
    if isinstance(spec, CallStep) and spec.element is not None and other.element is not None:
        return "" if spec.element.called == other.element.called else "som kalder en anden procedure."
    return ""


def _kinds(ways: Mapping[str, Event]) -> dict[str, type[Event]]:
    return {name: type(event) for name, event in ways.items()}


# -- carrying it over ----------------------------------------------------------------------------------------


def _carried(snapshot: Snapshot, new: Diagram) -> Snapshot:
    """The state with finished steps that are no more replaced by the root, under which nothing is done."""
    content = json.loads(snapshot)
    insides = {None: new.blueprint.spec}
    for owner, rows in content["w"]:
        scope = insides.get(owner, new.blueprint.spec)
        for row in rows:
            spec = scope.task_specs.get(row[0])
            if spec is None:
                row[0] = _ROOT
            elif row[2] and (inside := getattr(spec, "inside", None)):
                insides[row[2]] = new.blueprint.scopes[inside]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _reckoned(old: Course, moved: Course, call: Call) -> Iterator[tuple[TimerSet, TimerSet]]:
    """Reckon the timers whose rule is another; give each before and after."""
    rules = {wait.id: _rule(wait.event) for wait in inventory.waits(old)}
    for wait in list(inventory.waits(moved)):
        if isinstance(wait.event, TimerEvent) and rules.get(wait.id) != _rule(wait.event):
            slot, timer = wait.slot, wait.event.timer
            before = TimerSet(wait.id, wait.element_id, read(slot["due"]))
            base = read(slot["base"]) if "base" in slot else call.now
            with at(wait.element_id):
                due = timer.due(call, wait.token.data, base)
            slot["due"] = saved(due)
            slot.pop("base", None)
            if timer.follows_facts(call):
                slot["base"] = saved(base)
            yield before, TimerSet(wait.id, wait.element_id, due)


def _rule(event: Event) -> str | None:
    if not isinstance(event, TimerEvent):
        return event.name if isinstance(event, MessageEvent) else None
    return f"={event.timer.expression}" if event.timer.expression is not None else event.timer.literal


def _skipped(old: Diagram, new: Diagram, moved: Course) -> tuple[Element, ...]:
    """The steps that only the new version has and that lie before where the instance stands."""
    standing = {
        token.task_spec.element.id
        for token in moved.running()
        if token.task_spec.element is not None and token._state != TaskState.COMPLETED
    }
    onward = _onward(new)
    # A sub-process that runs is not begun again: what is ahead in it is ahead of where its inside stands.
    out = {id: {to for to in onward[id] if new.elements[to].parent != id} for id in standing}
    ahead = _reached({**onward, **out}, standing)
    return tuple(
        element
        for id, element in new.elements.items()
        if id not in old.elements
        and element.kind in _WORK
        and id not in ahead
        and _reached(onward, {id}) & standing
    )


def _onward(diagram: Diagram) -> dict[str, set[str]]:
    """Element → what may come after it: along flows, over edges, into a sub-process and out of it."""
    onward: dict[str, set[str]] = {id: set() for id in diagram.elements}
    for flow in diagram.flows:
        onward[flow.source].add(flow.target)
    for id, element in diagram.elements.items():
        if element.attached_to in onward:
            onward[element.attached_to or ""].add(id)
        if element.parent in onward and element.kind == "startEvent":
            onward[element.parent or ""].add(id)
        if element.parent in onward and element.kind == "endEvent":
            onward[id].add(element.parent or "")
    return onward


def _reached(onward: Mapping[str, set[str]], begin: set[str]) -> set[str]:
    found: set[str] = set()
    left = list(begin)
    while left:
        for id in onward.get(left.pop(), ()):
            if id not in found:
                found.add(id)
                left.append(id)
    return found
