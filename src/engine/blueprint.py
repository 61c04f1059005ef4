"""Makes the running form of a diagram out of its drawing: for each flow node the step that a token takes.

The library's parser is not used: it reads much that the profile leaves out (pre- and post-scripts, data
objects, correlations, conditions on tasks), gives up on long chains, and names its own steps so that they
collide with ids. What is not in the profile is refused here as well, so that it cannot run even when it got
past the checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from engine.chart import Chart, Node, child, children, extension, text_of
from engine.chart import Scope as Drawing
from engine.decisions import Decision
from engine.errors import DiagramError, EngineError
from engine.events import Catch, Edge, End, FirstOf, Throw
from engine.messages import Event, MessageEvent, Throwing, ThrownInside, TimerEvent
from engine.profile import ELEMENTS, MAX_ELEMENTS, SPIFF_NS
from engine.rounds import Rounds
from engine.steps import (
    CallStep,
    Choice,
    DecisionStep,
    EdgeJoin,
    EdgeSplit,
    EffectStep,
    Fork,
    HumanStep,
    Scope,
    ScriptStep,
    StepSpec,
    SubProcessStep,
)
from engine.timers import Timer
from engine.types import Element

_CODES: Final = {"error": "errorCode", "escalation": "escalationCode", "signal": "name"}


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The steps of one version, shared by all its instances and threads; nothing in it changes any more."""

    spec: Scope
    scopes: Mapping[str, Scope]
    """The inside of each sub-process, by its id."""


def build(chart: Chart, elements: Mapping[str, Element], decisions: Mapping[str, Decision]) -> Blueprint:
    """The running form of a drawing.

    Raises DiagramError (Danish, with the element) for what cannot run as it is drawn.
    """
    if len(chart.nodes) > MAX_ELEMENTS:
        raise DiagramError(f"Diagrammet har mere end {MAX_ELEMENTS} elementer. Del det i flere procedurer.")
    if chart.too_deep is not None:
        raise DiagramError("Delforløbene ligger for dybt inde i hinanden.", element_id=chart.too_deep.id)
    if chart.broken_flows:
        flow, what = chart.broken_flows[0]
        raise DiagramError(f"En pil {what}.", element_id=flow.get("id"))
    builder = _Builder(chart, elements, decisions)
    scopes = {drawing.owner.id if drawing.owner else "": builder.scope(drawing) for drawing in chart.scopes}
    return Blueprint(scopes.pop(""), scopes)


class _Builder:
    def __init__(
        self, chart: Chart, elements: Mapping[str, Element], decisions: Mapping[str, Decision]
    ) -> None:
        self._chart = chart
        self._elements = elements
        self._decisions = decisions
        self._seen: set[str] = set()

    def scope(self, drawing: Drawing) -> Scope:
        scope = Scope(drawing.owner.id if drawing.owner else self._chart.id)
        if not drawing.starts or (drawing.owner and len(drawing.starts) > 1):
            where = f"Delforløbet »{drawing.owner.title}«" if drawing.owner else "Forløbet"
            raise DiagramError(
                f"{where} skal have en start.", element_id=drawing.owner.id if drawing.owner else None
            )
        for node in drawing.nodes:
            if not node.id or node.id in self._seen or ":" in node.id:
                raise DiagramError(f"Id'et »{node.id}« er brugt to gange eller ugyldigt.", element_id=node.id)
            self._seen.add(node.id)
            try:
                self._place(scope, node)
            except EngineError as error:
                error.element_id = error.element_id or node.id
                raise
        for node in drawing.nodes:
            self._connect(scope, node)
        return scope

    def _place(self, scope: Scope, node: Node) -> None:
        """Make the steps of one node: itself, around it its rounds, and around those its edge."""
        repeats = node.repeats
        name = f"{node.id}:one" if repeats is not None else node.id
        step = self._step(scope, name, node)
        if repeats is not None:
            step.rounds = self._rounds(scope, node, name, repeats)
            step = step.rounds
        if child(node.element, "standardLoopCharacteristics") is not None:
            raise DiagramError(f"»{node.title}« gentages med en løkke. Tegn løkken med et valg (XOR).")
        if node.boundaries:
            split = EdgeSplit(scope, f"{node.id}:split")
            join = EdgeJoin(scope, f"{node.id}:join", split)
            split.connect(step)
            step.connect(join)

    def _connect(self, scope: Scope, node: Node) -> None:
        step = scope.task_specs[node.id]
        if node.kind == "startEvent":
            scope.start.connect(step)
        if isinstance(step, Edge):
            if node.host is None:
                raise DiagramError(f"»{node.title}« sidder ikke på en opgave.", element_id=node.id)
            # The join first: what the edge ends must be ended before what follows it begins.
            scope.task_specs[f"{node.host.id}:split"].connect(step)
            step.connect(scope.task_specs[f"{node.host.id}:join"])
        if node.kind == "endEvent" or not node.outgoing:
            step.connect(scope.end)
            return
        if len(node.outgoing) > 1 and not isinstance(step, Choice | Fork | FirstOf):
            raise DiagramError(
                f"Flere pile går ud fra »{node.title}«. Sæt en gateway ind.", element_id=node.id
            )
        for flow in node.outgoing:
            target = scope.task_specs.get(f"{flow.target.id}:split") or scope.task_specs[flow.target.id]
            step.connect(target)
            step.flows.setdefault(target.name, []).append(flow.id)
            condition = flow.condition
            if isinstance(step, Choice):
                if flow.id == node.default or (not condition and len(node.outgoing) == 1):
                    step.otherwise = (target.name, flow.id)
                elif condition:
                    step.conditions.append((condition, target.name, flow.id))
                else:
                    raise DiagramError(
                        f"En pil ud af »{node.title}« har ingen betingelse.", element_id=flow.id
                    )
            elif condition:
                raise DiagramError(
                    f"Pilen ud af »{node.title}« har en betingelse. Det kan kun et valg (XOR) have.",
                    element_id=flow.id,
                )
            if isinstance(step, FirstOf):
                step.ways[target.name] = self._way(node, flow.target)

    def _step(self, scope: Scope, name: str, node: Node) -> StepSpec:
        element = self._elements[node.id]
        allowed = ELEMENTS.get(node.kind)
        if (
            allowed is None
            or (allowed.events and node.event not in allowed.events)
            or len(node.definitions) > 1
        ):
            raise DiagramError(f"»{node.title}« er et element, som ikke kan køre.")
        match node.kind:
            case "userTask" | "manualTask":
                return HumanStep(scope, name, element)
            case "scriptTask":
                return ScriptStep(scope, name, element, text_of(child(node.element, "script")))
            case "serviceTask":
                return self._effect(scope, name, node, element)
            case "businessRuleTask":
                return DecisionStep(scope, name, element, self._decision(node))
            case "callActivity":
                return CallStep(scope, name, element)
            case "subProcess":
                if node.element.get("triggeredByEvent") == "true":
                    raise DiagramError(f"»{node.title}« er et hændelses-delforløb, som ikke kan køre.")
                return SubProcessStep(scope, name, element, node.id)
            case "exclusiveGateway":
                return Choice(scope, name, element)
            case "parallelGateway":
                return Fork(scope, name, element=element)
            case "eventBasedGateway":
                return FirstOf(scope, name, element)
            case "startEvent":
                if node.event and node.scope.owner is not None:
                    raise DiagramError(
                        f"»{node.title}« ligger i et delforløb og kan ikke starte af en besked."
                    )
                # Which start is taken is chosen by the caller, so a message start does not wait for anything.
                return Catch(scope, name, element, Event())
            case "intermediateCatchEvent" | "receiveTask":
                after_gateway = any(flow.source.kind == "eventBasedGateway" for flow in node.incoming)
                return Catch(scope, name, element, Event() if after_gateway else self._event(node))
            case "boundaryEvent":
                return Edge(scope, name, element, self._event(node), node.interrupting)
            case "endEvent":
                return End(scope, name, element, self._thrown(node), terminates=node.event == "terminate")
            case _:
                return Throw(scope, name, element, self._thrown(node))

    def _way(self, gateway: Node, node: Node) -> Event:
        """What an event-based gateway waits for on the way to `node`."""
        plain = not node.boundaries and node.repeats is None and len(node.incoming) == 1
        if node.kind not in ("intermediateCatchEvent", "receiveTask") or not plain:
            raise DiagramError(
                f"Efter »{gateway.title}« må der kun komme hændelser, og kun ad den vej.", element_id=node.id
            )
        return self._event(node)

    def _event(self, node: Node) -> Event:
        """What a catching node waits for."""
        if node.event == "timer":
            return TimerEvent(_timer(node))
        if node.event in _CODES:
            return self._inside(node)
        message = self._message(node)
        variable = text_of(_about(message, node, "messageVariable")) or None
        return MessageEvent(message.get("name") or "", variable, node.properties.get("noegle"))

    def _thrown(self, node: Node) -> Throwing | ThrownInside | None:
        """What a throwing node throws."""
        if node.event in _CODES:
            return self._inside(node)
        if node.event == "message" or node.kind == "sendTask":
            message = self._message(node)
            payload = text_of(_about(message, node, "payloadExpression", "messagePayload")) or None
            return Throwing(message.get("name") or "", payload, node.properties.get("noegle"))
        return None

    def _inside(self, node: Node) -> ThrownInside:
        kind, definition = node.definitions[0]
        found = self._chart.top(kind).get(definition.get(f"{kind}Ref", ""))
        if found is None:
            if kind == "signal":
                raise DiagramError(f"»{node.title}« nævner ikke et signal.")
            return ThrownInside(kind, None)
        code = found.get(_CODES[kind]) or found.get("name")
        expression = text_of(extension(found, "payloadExpression")) or None
        return ThrownInside(kind, code, expression, text_of(extension(found, "variableName")) or None)

    def _message(self, node: Node) -> etree._Element:
        holder = node.definitions[0][1] if node.definitions else node.element
        message = self._chart.top("message").get(holder.get("messageRef", ""))
        if message is None or not message.get("name"):
            raise DiagramError(f"»{node.title}« nævner ikke en besked.")
        return message

    def _decision(self, node: Node) -> Decision:
        called = text_of(extension(node.element, "calledDecisionId"))
        decision = self._decisions.get(called)
        if decision is None:
            raise DiagramError(f"»{node.title}« bruger beslutningen »{called}«, som ikke er i pakken.")
        return decision

    def _effect(self, scope: Scope, name: str, node: Node, element: Element) -> EffectStep:
        operator = extension(node.element, "serviceTaskOperator")
        if operator is None or not operator.get("id"):
            raise DiagramError(f"»{node.title}« har ingen virkning.")
        parameters = {
            item.get("id", ""): item.get("value", "") for item in operator.iter("{" + SPIFF_NS + "}parameter")
        }
        return EffectStep(scope, name, element, operator.get("id", ""), parameters)

    def _rounds(self, scope: Scope, node: Node, one: str, repeats: etree._Element) -> Rounds:
        collection = text_of(child(repeats, "loopDataInputRef")) or None
        cardinality = text_of(child(repeats, "loopCardinality")) or None
        if (collection is None) == (cardinality is None):
            raise DiagramError(f"»{node.title}« skal gentages for en liste eller et antal gange.")
        return Rounds(
            scope,
            node.id,
            self._elements[node.id],
            one=one,
            collection=collection,
            cardinality=cardinality,
            item=_item(repeats, "inputDataItem"),
            output=text_of(child(repeats, "loopDataOutputRef")) or None,
            output_item=_item(repeats, "outputDataItem"),
            condition=text_of(child(repeats, "completionCondition")) or None,
            sequential=repeats.get("isSequential") == "true",
        )


def _timer(node: Node) -> Timer:
    definition = node.definitions[0][1]
    for tag in ("timeDate", "timeDuration"):
        text = text_of(child(definition, tag))
        if text:
            return Timer(text)
    raise DiagramError(f"»{node.title}« skal have et tidspunkt eller en varighed.")


def _item(repeats: etree._Element, tag: str) -> str | None:
    found = child(repeats, tag)
    return None if found is None else found.get("id") or found.get("name")


def _about(message: etree._Element, node: Node, *names: str) -> etree._Element | None:
    """The first of these extensions, on the message or, as older files have it, on the event."""
    holders = [message, *(definition for _, definition in node.definitions), node.element]
    for holder in holders:
        for name in names:
            found = extension(holder, name)
            if found is not None:
                return found
    return None


def messages_of(chart: Chart, node: Node) -> str | None:
    """Name of the message that a node waits for or throws; None when it has nothing to do with one."""
    if node.event != "message" and node.kind not in ("sendTask", "receiveTask"):
        return None
    holder = node.definitions[0][1] if node.definitions else node.element
    message = next(
        (item for item in children(chart.root, "message") if item.get("id") == holder.get("messageRef")), None
    )
    return None if message is None else message.get("name")
