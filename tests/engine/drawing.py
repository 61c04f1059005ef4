"""Draws small diagrams for the engine's tests, and plays them the way the platform does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine import diagrams, runtime
from engine.diagrams import Diagram
from engine.types import Bundle, CalledProcess, OpenedTask, Step, TimerSet, Waiting

START = datetime(2026, 2, 2, 8, tzinfo=UTC)

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="t" id="d">'
)


def node(tag: str, id: str, inside: str = "", **attributes: str) -> str:
    """One element; attributes by name."""
    given = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f'<bpmn:{tag} id="{id}"{given}>{inside}</bpmn:{tag}>'


def properties(**values: str) -> str:
    """The extension elements with the engine's own properties."""
    found = "".join(
        f'<spiffworkflow:property name="{name}" value={quoteattr(value)} />' for name, value in values.items()
    )
    held = f"<spiffworkflow:properties>{found}</spiffworkflow:properties>"
    return f"<bpmn:extensionElements>{held}</bpmn:extensionElements>"


def flow(source: str, target: str, condition: str | None = None, id: str | None = None) -> str:
    """One sequence flow."""
    inside = ""
    if condition is not None:
        inside = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
    return node("sequenceFlow", id or f"{source}_{target}", inside, sourceRef=source, targetRef=target)


def chain(*ids: str) -> str:
    """Flows from each to the next."""
    return "".join(flow(one, two) for one, two in pairwise(ids))


def script(id: str, lines: str) -> str:
    """A script task."""
    return node("scriptTask", id, f"<bpmn:script>{escape(lines)}</bpmn:script>")


def timer(text: str, tag: str = "timeDuration") -> str:
    """A timer event definition."""
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{escape(text)}</bpmn:{tag}></bpmn:timerEventDefinition>"


def message(ref: str) -> str:
    """A message event definition."""
    return f'<bpmn:messageEventDefinition messageRef="{ref}" />'


def declared(id: str, name: str, variable: str | None = None, payload: str | None = None) -> str:
    """A message of the file."""
    inside = f"<spiffworkflow:messageVariable>{variable}</spiffworkflow:messageVariable>" if variable else ""
    if payload:
        inside += f"<spiffworkflow:payloadExpression>{escape(payload)}</spiffworkflow:payloadExpression>"
    held = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else ""
    return node("message", id, held, name=name)


def edge(id: str, on: str, what: str, interrupting: bool = True, extra: str = "") -> str:
    """A boundary event."""
    return node("boundaryEvent", id, extra + what, attachedToRef=on, cancelActivity=str(interrupting).lower())


def repeated(inside: str, *, sequential: bool = False) -> str:
    """The multi-instance marker."""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">{inside}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def over(
    collection: str,
    item: str = "en",
    output: str | None = None,
    output_item: str | None = None,
    done: str | None = None,
) -> str:
    """What goes into `repeated` for a collection."""
    text = f'<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef><bpmn:inputDataItem id="{item}" />'
    if output:
        text += f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>"
        text += f'<bpmn:outputDataItem id="{output_item}" />'
    if done:
        text += f"<bpmn:completionCondition>{escape(done)}</bpmn:completionCondition>"
    return text


def document(inside: str, outside: str = "", lanes: Mapping[str, str] | None = None) -> bytes:
    """A file with one process. `lanes`: lane name to ids between spaces."""
    drawn = "".join(
        f'<bpmn:lane id="lane{number}" name="{name}">'
        + "".join(f"<bpmn:flowNodeRef>{id}</bpmn:flowNodeRef>" for id in ids.split())
        + "</bpmn:lane>"
        for number, (name, ids) in enumerate((lanes or {}).items())
    )
    lane_set = f'<bpmn:laneSet id="lanes">{drawn}</bpmn:laneSet>' if drawn else ""
    process = f'<bpmn:process id="p" isExecutable="true">{lane_set}{inside}</bpmn:process>'
    return f"{_HEAD}{outside}{process}</bpmn:definitions>".encode()


def simple(*middle: str, outside: str = "", lanes: Mapping[str, str] | None = None) -> bytes:
    """A process: start `s`, these elements and flows, end `e`."""
    return document(node("startEvent", "s") + "".join(middle) + node("endEvent", "e"), outside, lanes)


def load(content: bytes, **files: bytes) -> Diagram:
    """The diagram of a bundle with this file, and others by name (`x__dmn` is x.dmn)."""
    others = {name.replace("__", "."): data for name, data in files.items()}
    return diagrams.load(Bundle("p", 1, {"p.bpmn": content, **others}))


class Case:
    """One instance, with what the platform would remember of it."""

    def __init__(
        self, diagram: Diagram, data: Mapping[str, Any] | None = None, *, facts: Any = None, **options: Any
    ) -> None:
        self.diagram = diagram
        self.now = START
        self.facts: dict[str, Any] = facts or {}
        self.open: dict[str, OpenedTask] = {}
        self.timers: dict[str, TimerSet] = {}
        self.waits: dict[str, Waiting] = {}
        self.calls: dict[str, CalledProcess] = {}
        self.log: list[str] = []
        self.actions: list[Any] = []
        self.ended: Any = None
        self._take(runtime.start(diagram, data or {}, facts=self.facts, now=self.now, **options))

    def _take(self, result: tuple[str, Step]) -> Step:
        self.state, step = result
        self.step = step
        for id in step.closed:
            del self.open[id]
        for id in step.timers_gone:
            del self.timers[id]
        for id in step.waiting_gone:
            del self.waits[id]
        for id in step.calls_gone:
            del self.calls[id]
        self.open.update({task.id: task for task in step.opened})
        self.timers.update({timer.id: timer for timer in step.timers_set})
        self.waits.update({wait.id: wait for wait in step.waiting_set})
        self.calls.update({action.id: action for action in step.actions if isinstance(action, CalledProcess)})
        self.log += [f"{one.element_id}{'' if one.outcome == 'completed' else '!'}" for one in step.finished]
        self.actions += step.actions
        self.ended = step.ended
        return step

    @property
    def tasks(self) -> list[str]:
        """Elements of the open tasks, sorted."""
        return sorted(task.element_id for task in self.open.values())

    @property
    def data(self) -> dict[str, Any]:
        """The process data, of all branches together."""
        return runtime.data(self.state)

    def task(self, element: str, number: int = 0) -> OpenedTask:
        """The open task of an element."""
        return [task for task in self.open.values() if task.element_id == element][number]

    def do(
        self, element: str, number: int = 0, /, *, svar: dict[str, Any] | None = None, **data: Any
    ) -> Step:
        """Complete the open task of an element."""
        task = self.task(element, number)
        return self._take(
            runtime.complete(
                self.diagram,
                self.state,
                task.id,
                svar or {},
                data=data,
                lane=task.lane,
                facts=self.facts,
                now=self.now,
            )
        )

    def wait(self, **time: float) -> Step:
        """Let time pass, as for timedelta, and fire what is then due."""
        self.now += timedelta(**time)
        return self._take(runtime.fire(self.diagram, self.state, facts=self.facts, now=self.now))

    def tell(self, name: str, payload: Mapping[str, Any] | None = None, key: str | None = None) -> Step:
        """Deliver a message to the first who waits for it."""
        id = next(wait.id for wait in self.waits.values() if wait.message == name and wait.key == key)
        return self._take(
            runtime.deliver(self.diagram, self.state, id, payload or {}, facts=self.facts, now=self.now)
        )

    def come_back(self, element: str, data: Mapping[str, Any], end: str, number: int = 0) -> Step:
        """Finish a called procedure."""
        id = [call.id for call in self.calls.values() if call.element_id == element][number]
        result = runtime.finish_call(self.diagram, self.state, id, data, end, facts=self.facts, now=self.now)
        del self.calls[id]
        return self._take(result)

    def recompute(self) -> Step:
        """The facts have changed."""
        return self._take(runtime.recompute(self.diagram, self.state, facts=self.facts, now=self.now))

    def cancel(self) -> Step:
        """End it from outside."""
        return self._take(runtime.cancel(self.diagram, self.state))
