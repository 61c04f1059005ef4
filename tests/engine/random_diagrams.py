"""Random diagrams that are sound by construction, and random ways through them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engine import runtime
from engine.diagrams import Diagram
from engine.errors import EngineError
from engine.types import CalledProcess, Step
from tests.engine.drawing import (
    START,
    chain,
    declared,
    edge,
    flow,
    load,
    message,
    node,
    over,
    properties,
    repeated,
    script,
    simple,
    timer,
)

EVERYTHING = [
    *("user", "user", "user", "seq", "seq", "and", "and", "xor", "loop", "sub", "rounds", "rounds_of_sub"),
    *("late_user", "late_sub", "told_sub", "wait_message", "first_of", "script", "effect", "call"),
    *("error_sub", "escalating_sub", "terminated_sub", "side_loop"),
]


@dataclass
class Block:
    """A piece of a diagram with one way in and one way out."""

    xml: str
    first: str
    last: str


@dataclass
class Artist:
    """Draws blocks from a random source."""

    random: random.Random
    kinds: list[str] = field(default_factory=lambda: EVERYTHING)
    deepest: int = 3
    timers: tuple[str, ...] = ("P7D", '= nu + duration("P3D")', "= maaneder_efter(i_dag, 1)")
    collections: bool = True
    number: int = 0
    messages: list[str] = field(default_factory=list)

    def id(self, prefix: str) -> str:
        """A new id."""
        self.number += 1
        return f"{prefix}{self.number}"

    def block(self, depth: int = 0) -> Block:
        """A random block."""
        kind = self.random.choice(self.kinds) if depth < self.deepest else "user"
        drawn: Block = getattr(self, f"_{kind}")(depth)
        return drawn

    def one(self, xml: str, id: str) -> Block:
        """A block of one element."""
        return Block(xml, id, id)

    def ref(self) -> str:
        """A new message of the file."""
        id = self.id("m")
        self.messages.append(declared(id, f"navn_{id}", variable=f"fra_{id}"))
        return id

    def inside(self, *blocks: Block, end: str = "") -> str:
        """The content of a sub-process."""
        start, stop = self.id("s"), self.id("e")
        ids = [start, *(id for block in blocks for id in (block.first, block.last)), stop]
        flows = "".join(flow(one, two) for one, two in zip(ids[::2], ids[1::2], strict=True))
        return (
            node("startEvent", start) + "".join(b.xml for b in blocks) + node("endEvent", stop, end) + flows
        )

    def _user(self, _: int) -> Block:
        id = self.id("u")
        return self.one(node("userTask", id), id)

    def _script(self, _: int) -> Block:
        id = self.id("k")
        return self.one(script(id, f"n_{id} = if n_{id} = null then 1 else n_{id} + 1\nsidst = n_{id}"), id)

    def _effect(self, _: int) -> Block:
        id = self.id("v")
        parameter = '<spiffworkflow:parameter id="a" type="str" value="sidst" />'
        operator = (
            f'<spiffworkflow:serviceTaskOperator id="noter">{parameter}</spiffworkflow:serviceTaskOperator>'
        )
        return self.one(
            node("serviceTask", id, f"<bpmn:extensionElements>{operator}</bpmn:extensionElements>"), id
        )

    def _call(self, _: int) -> Block:
        id = self.id("kald")
        return self.one(node("callActivity", id, properties(data="fra_kald"), calledElement="andet"), id)

    def _wait_message(self, _: int) -> Block:
        id = self.id("r")
        return self.one(node("receiveTask", id, properties(noegle="c1"), messageRef=self.ref()), id)

    def _seq(self, depth: int) -> Block:
        one, two = self.block(depth + 1), self.block(depth + 1)
        return Block(one.xml + two.xml + flow(one.last, two.first), one.first, two.last)

    def _split(self, tag: str, depth: int, conditions: bool) -> Block:
        fork, join, default = self.id("g"), self.id("j"), self.id("f")
        branches = [self.block(depth + 1) for _ in range(self.random.choice([2, 3]))]
        attributes = {"default": default} if conditions else {}
        drawn = node(tag, fork, **attributes) + node(tag, join)
        for number, branch in enumerate(branches):
            condition = f"c{self.random.randint(1, 3)}" if conditions and number else None
            drawn += branch.xml + flow(branch.last, join)
            drawn += flow(fork, branch.first, condition, id=None if number else default)
        return Block(drawn, fork, join)

    def _and(self, depth: int) -> Block:
        return self._split("parallelGateway", depth, conditions=False)

    def _xor(self, depth: int) -> Block:
        return self._split("exclusiveGateway", depth, conditions=True)

    def _loop(self, depth: int) -> Block:
        body, last = self.block(depth + 1), self._user(depth)
        merge, choice, out = self.id("j"), self.id("g"), self.id("f")
        after = self._user(depth)
        drawn = node("exclusiveGateway", merge) + node("exclusiveGateway", choice, default=out)
        drawn += (
            body.xml + last.xml + after.xml + chain(merge, body.first) + chain(body.last, last.first, choice)
        )
        drawn += flow(choice, merge, "cl") + flow(choice, after.first, id=out)
        return Block(drawn, merge, after.last)

    def _sub(self, depth: int) -> Block:
        id = self.id("sp")
        return self.one(node("subProcess", id, self.inside(self.block(depth + 1))), id)

    def _rounds(self, _: int) -> Block:
        id = self.id("u")
        marker = "<bpmn:loopCardinality>3</bpmn:loopCardinality>"
        if self.collections and self.random.random() < 0.6:
            output = self.random.choice([None, f"alle_{id}"])
            marker = over("hvem", f"en_{id}", output, "svaret" if output else None)
        return self.one(node("userTask", id, repeated(marker, sequential=self.random.random() < 0.5)), id)

    def _rounds_of_sub(self, depth: int) -> Block:
        id = self.id("sp")
        marker = repeated(
            over("hvem", f"en_{id}", f"alle_{id}", "svaret"), sequential=self.random.random() < 0.5
        )
        return self.one(node("subProcess", id, marker + self.inside(self.block(depth + 1))), id)

    def _with_edge(self, xml: str, id: str, what: str) -> Block:
        on_edge, after, out = self.id("b"), self._user(0), self.id("j")
        interrupting = "error" in what or self.random.random() < 0.5
        drawn = xml + edge(on_edge, id, what, interrupting=interrupting) + after.xml
        drawn += node("exclusiveGateway" if interrupting else "endEvent", out) + chain(
            on_edge, after.first, out
        )
        # What is interrupted goes on beside the activity, so that a join further on still gets its token.
        return Block(drawn + chain(id, out), id, out) if interrupting else self.one(drawn, id)

    def _late_user(self, depth: int) -> Block:
        id = self.id("u")
        marker = (
            repeated("<bpmn:loopCardinality>2</bpmn:loopCardinality>") if self.random.random() < 0.3 else ""
        )
        text = self.random.choice(self.timers)
        return self._with_edge(node("userTask", id, marker), id, timer(text))

    def _late_sub(self, depth: int) -> Block:
        id = self.id("sp")
        return self._with_edge(node("subProcess", id, self.inside(self.block(depth + 1))), id, timer("P7D"))

    def _told_sub(self, depth: int) -> Block:
        id = self.id("sp")
        drawn = node("subProcess", id, self.inside(self.block(depth + 1)))
        return self._with_edge(drawn, id, message(self.ref()))

    def _first_of(self, depth: int) -> Block:
        gate, join, first, second = self.id("g"), self.id("j"), self.id("r"), self.id("t")
        one, two = self.block(depth + 1), self.block(depth + 1)
        drawn = node("eventBasedGateway", gate) + node("exclusiveGateway", join)
        drawn += node("intermediateCatchEvent", first, message(self.ref()))
        drawn += node("intermediateCatchEvent", second, timer("P5D")) + one.xml + two.xml
        drawn += chain(gate, first, one.first) + chain(one.last, join)
        drawn += chain(gate, second, two.first) + chain(two.last, join)
        return Block(drawn, gate, join)

    def _thrown(self, depth: int, kind: str) -> Block:
        id, choice, join, out = self.id("sp"), self.id("g"), self.id("e"), self.id("f")
        body, stop, start = self.block(depth + 1), self.id("e"), self.id("s")
        inside = node("startEvent", start) + body.xml + node("exclusiveGateway", choice, default=out)
        inside += node("endEvent", stop, f"<bpmn:{kind}EventDefinition />") + node("endEvent", join)
        inside += chain(start, body.first) + chain(body.last, choice) + flow(choice, stop, "c2")
        inside += flow(choice, join, id=out)
        return self._with_edge(node("subProcess", id, inside), id, f"<bpmn:{kind}EventDefinition />")

    def _error_sub(self, depth: int) -> Block:
        return self._thrown(depth, "error")

    def _escalating_sub(self, depth: int) -> Block:
        return self._thrown(depth, "escalation")

    def _terminated_sub(self, depth: int) -> Block:
        id, start, fork = self.id("sp"), self.id("s"), self.id("g")
        one, two = self.block(depth + 1), self.block(depth + 1)
        stop, end = self.id("e"), self.id("e")
        inside = node("startEvent", start) + node("parallelGateway", fork) + one.xml + two.xml
        inside += node("endEvent", stop, "<bpmn:terminateEventDefinition />") + node("endEvent", end)
        inside += chain(start, fork, one.first) + chain(one.last, stop) + chain(fork, two.first)
        return self.one(node("subProcess", id, inside + chain(two.last, end)), id)

    def _side_loop(self, depth: int) -> Block:
        """Again and again beside the main way: merge, wait for a message, then a task and back."""
        id, start, fork, merge, again = self.id("sp"), self.id("s"), self.id("g"), self.id("j"), self.id("g")
        main, side, wait, stop = self.block(depth + 1), self._user(depth), self.id("r"), self.id("e")
        end = self.id("e")
        inside = node("startEvent", start) + node("parallelGateway", fork) + node("exclusiveGateway", merge)
        inside += node("receiveTask", wait, messageRef=self.ref()) + node("parallelGateway", again)
        inside += main.xml + side.xml + node("endEvent", end)
        inside += node("endEvent", stop, "<bpmn:terminateEventDefinition />")
        inside += chain(start, fork, main.first) + chain(main.last, stop)
        inside += chain(fork, merge, wait, again, side.first) + chain(side.last, end) + chain(again, merge)
        return self.one(node("subProcess", id, inside), id)

    def document(self) -> bytes:
        """A whole diagram of two blocks."""
        one, two = self.block(), self.block()
        drawn = one.xml + two.xml + chain("s", one.first) + chain(one.last, two.first) + chain(two.last, "e")
        return simple(drawn, outside="".join(self.messages))


def diagram(seed: int) -> Diagram:
    """The diagram of a seed."""
    return load(Artist(random.Random(seed)).document())


class Walk:
    """A random way through a diagram; the same seed takes the same way, whatever the ids are."""

    def __init__(self, diagram: Diagram, seed: int, longest: int = 40) -> None:
        self.diagram = diagram
        self.random = random.Random(seed)
        self.longest = longest
        self.now = START
        self.state: Any = None
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.largest = 0

    def trace(self) -> Iterator[Any]:
        """What is seen after each step; the last is how it ended."""
        given = {"c1": False, "c2": False, "c3": False, "cl": False, "hvem": ["Liv", "Bo", {"navn": "Ida"}]}
        facts: dict[str, Any] = {"sag": {"id": 1}}
        try:
            yield self._seen(runtime.start(self.diagram, given, facts=facts, now=self.now))
            for number in range(self.longest):
                if self.state is None:
                    return
                yield self._seen(self._move(number, facts))
        except EngineError as error:
            yield type(error).__name__, error.element_id

    def _move(self, number: int, facts: dict[str, Any]) -> tuple[Any, Step]:
        common: dict[str, Any] = {"facts": facts, "now": self.now}
        timers = [id for id, what in self.waiting.items() if what[0] == "timer"]
        others = [id for id, what in self.waiting.items() if what[0] != "timer"]
        if timers and (not others or self.random.random() < 0.15):
            self.now += timedelta(days=self.random.choice([3, 8, 31]))
            return runtime.fire(self.diagram, self.state, facts=facts, now=self.now)
        id = self.random.choice(others)
        kind = self.waiting[id][0]
        if kind == "wait":
            return runtime.deliver(self.diagram, self.state, id, {"nr": number}, **common)
        if kind == "call":
            del self.waiting[id]
            return runtime.finish_call(
                self.diagram, self.state, id, {"fra_kald": number, "x": 1}, "slut", **common
            )
        chance = self.random.random
        data: dict[str, Any] = {f"c{n}": chance() < 0.5 for n in (1, 2, 3)}
        data |= {"cl": chance() < 0.6 and number < self.longest - 25, "svaret": number, "sidst": -number}
        data[f"n_{self.waiting[id][1]}"] = [number]
        return runtime.complete(self.diagram, self.state, id, {"s": 1}, data=data, lane=None, **common)

    def _seen(self, result: tuple[Any, Step]) -> Any:
        self.state, step = result
        if isinstance(self.state, str):
            self.largest = max(self.largest, len(self.state))
        for id in (*step.closed, *step.timers_gone, *step.waiting_gone, *step.calls_gone):
            del self.waiting[id]
        for task in step.opened:
            self.waiting[task.id] = ("task", task.element_id, str(task.item))
        for timer_set in step.timers_set:
            self.waiting[timer_set.id] = ("timer", timer_set.element_id, str(timer_set.due))
        for wait in step.waiting_set:
            self.waiting[wait.id] = ("wait", wait.element_id, str(wait.key))
        actions = []
        for action in step.actions:
            if isinstance(action, CalledProcess):
                self.waiting[action.id] = ("call", action.element_id)
                actions.append((action.element_id, action.data))
            else:
                actions.append((action.element_id, vars_of(action)))
        finished = [(one.element_id, one.outcome) for one in step.finished]
        known = [self._data(id) for id, what in self.waiting.items() if what[0] == "task"]
        if step.ended is not None:
            self.state = None
        return list(self.waiting.values()), finished, actions, known, step.ended

    def _data(self, task_id: str) -> Any:
        if isinstance(self.state, str):
            return runtime.data(self.state, task_id)
        return self.state.find(task_id).public_data()


def vars_of(action: Any) -> dict[str, Any]:
    """The fields of an action."""
    return {name: getattr(action, name) for name in action.__slots__}
