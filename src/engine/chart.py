"""A diagram as drawn: nodes, flows and scopes, read from any XML tree without ever refusing it.

The library's own parser stops at the first fault; this reading keeps going, so that all problems are told at
once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from engine.profile import BPMN_NS, ELEMENTS, MAX_NESTING, OUTSIDE, SPIFF_NS

_LONGEST_TITLE: Final = 200
_SCOPES: Final = ("subProcess", "transaction", "adHocSubProcess")
_FLOW_NODES: Final = frozenset({*ELEMENTS, *OUTSIDE})
_SILENT: Final = frozenset(
    # Children of a process that are neither run nor wrong.
    {
        "documentation",
        "extensionElements",
        "laneSet",
        "sequenceFlow",
        "incoming",
        "outgoing",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "auditing",
        "monitoring",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "ioSpecification",
        "dataInputAssociation",
        "dataOutputAssociation",
        "property",
        "supports",
        "resourceRole",
        "performer",
        "humanPerformer",
        "potentialOwner",
        "correlationSubscription",
        "completionCondition",
    }
)


def tag_of(element: etree._Element) -> str:
    """The BPMN tag of `element` without its namespace; empty for elements of other namespaces."""
    name = element.tag
    prefix = "{" + BPMN_NS + "}"
    return name[len(prefix) :] if name.startswith(prefix) else ""


def children(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The direct BPMN children of `element` with this tag."""
    return element.iterchildren("{" + BPMN_NS + "}" + tag)


def child(element: etree._Element, tag: str) -> etree._Element | None:
    """The first direct BPMN child with this tag."""
    return next(children(element, tag), None)


def text_of(element: etree._Element | None) -> str:
    """All text of `element`, trimmed; empty when there is no element."""
    return "" if element is None else "".join(str(part) for part in element.itertext()).strip()


def line_of(element: etree._Element) -> int | None:
    """The line of the file that the element begins on."""
    line: Any = element.sourceline  # the stubs leave its type out
    return int(line) if line else None


def extensions(element: etree._Element) -> Iterator[etree._Element]:
    """Everything inside the element's own extensionElements."""
    for holder in children(element, "extensionElements"):
        yield from holder.iterchildren(tag=etree.Element)


def extension(element: etree._Element, name: str) -> etree._Element | None:
    """The element's own extension of that name in the engine's namespace."""
    wanted = "{" + SPIFF_NS + "}" + name
    return next((found for found in extensions(element) if found.tag == wanted), None)


def properties_of(element: etree._Element) -> list[tuple[str, str, etree._Element]]:
    """Name, value and XML element of each of the element's `spiffworkflow:properties`."""
    found = []
    holder = extension(element, "properties")
    if holder is not None:
        for item in holder.iter("{" + SPIFF_NS + "}property"):
            found.append((item.get("name", ""), item.get("value", ""), item))
    return found


def item_name(repeat: etree._Element, tag: str) -> str:
    """The name that a multi-instance marker gives its `inputDataItem` or `outputDataItem`; empty for none."""
    found = child(repeat, tag)
    return "" if found is None else found.get("id") or found.get("name") or ""


@dataclass(eq=False, slots=True)
class Flow:
    """One sequence flow between two nodes of one scope."""

    id: str
    source: Node
    target: Node
    element: etree._Element
    order: int
    """Place among all flows of the chart, so that walks do not depend on hashes."""

    @property
    def condition(self) -> str | None:
        """The condition's text; None when the flow has no condition element."""
        found = child(self.element, "conditionExpression")
        return None if found is None else text_of(found)


@dataclass(eq=False, slots=True)
class Node:
    """One flow node."""

    id: str
    kind: str
    name: str
    element: etree._Element
    scope: Scope
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)
    boundaries: list[Node] = field(default_factory=list)
    host: Node | None = None
    """For a boundary event: the activity that it sits on."""
    inside: Scope | None = None
    """For a sub-process: its content."""
    lane: str | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """How a sentence names this node, in the middle of the sentence."""
        kind = ELEMENTS.get(self.kind)
        what = kind.the if kind else "elementet"
        return f"{what} »{self.title}«"

    @property
    def Said(self) -> str:
        """How a sentence names this node, at the start of the sentence."""
        said = self.said
        return said[0].upper() + said[1:]

    @property
    def title(self) -> str:
        """The node's name on one line, or its id when it has none."""
        return " ".join(self.name[:_LONGEST_TITLE].split()) or self.id[:_LONGEST_TITLE]

    @property
    def definitions(self) -> list[tuple[str, etree._Element]]:
        """For events: kind and XML element of each event definition."""
        found = []
        for item in self.element.iterchildren(tag=etree.Element):
            tag = tag_of(item)
            if tag.endswith("EventDefinition"):
                found.append((tag.removesuffix("EventDefinition"), item))
        return found

    @property
    def event(self) -> str:
        """For events: the kind of their first definition; empty for none."""
        found = self.definitions
        return found[0][0] if found else ""

    @property
    def interrupting(self) -> bool:
        """For boundary events: whether the activity is cancelled."""
        return self.element.get("cancelActivity", "true").lower() != "false"

    @property
    def default(self) -> str | None:
        """Id of the default flow."""
        return self.element.get("default")

    @property
    def repeats(self) -> etree._Element | None:
        """The multi-instance marker."""
        return child(self.element, "multiInstanceLoopCharacteristics")

    @property
    def top_start(self) -> bool:
        """Whether this is a start event of the process itself."""
        return self.kind == "startEvent" and self.scope.owner is None


@dataclass(eq=False, slots=True)
class Scope:
    """The process itself or the inside of one sub-process."""

    element: etree._Element
    owner: Node | None
    nodes: list[Node] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    @property
    def starts(self) -> list[Node]:
        """Start events in this scope."""
        return [node for node in self.nodes if node.kind == "startEvent"]

    @property
    def ends(self) -> list[Node]:
        """End events in this scope."""
        return [node for node in self.nodes if node.kind == "endEvent"]

    @property
    def said(self) -> str:
        """How a sentence names it, at its start."""
        return self.owner.Said if self.owner else "Forløbet"


@dataclass(eq=False, slots=True)
class Chart:
    """One process of one file."""

    root: etree._Element
    process: etree._Element
    scopes: list[Scope]
    nodes: dict[str, Node]
    properties: dict[str, str]
    broken_flows: list[tuple[etree._Element, str]] = field(default_factory=list)
    """Flows that do not join two nodes of one scope, with what is wrong."""
    strangers: list[etree._Element] = field(default_factory=list)
    """BPMN elements in the process that no version of the profile knows."""
    too_deep: Node | None = None

    @property
    def id(self) -> str:
        """The process id."""
        return self.process.get("id", "")

    def of_kind(self, *kinds: str) -> list[Node]:
        """All nodes of these kinds, in file order."""
        return [node for node in self.nodes.values() if node.kind in kinds]

    def top(self, tag: str) -> dict[str, etree._Element]:
        """The file's root elements with this tag (message, signal, error, escalation) by id."""
        return {item.get("id", ""): item for item in children(self.root, tag)}


def read_chart(root: etree._Element, process: etree._Element) -> Chart:
    """Read one process. Never raises; what cannot be placed is kept in `broken_flows` and `strangers`."""
    chart = Chart(root, process, [], {}, {name: value for name, value, _ in properties_of(process)})
    _read_scope(chart, process, None, 0)
    _connect(chart)
    _place_in_lanes(chart)
    return chart


def _read_scope(chart: Chart, element: etree._Element, owner: Node | None, depth: int) -> Scope:
    scope = Scope(element, owner)
    chart.scopes.append(scope)
    for item in element.iterchildren(tag=etree.Element):
        tag = tag_of(item)
        if tag in _FLOW_NODES:
            node_id = item.get("id", "")
            properties = {name: value for name, value, _ in properties_of(item)}
            node = Node(node_id, tag, item.get("name", ""), item, scope, properties=properties)
            scope.nodes.append(node)
            # A second element with the same id is reported by its own rule; the first one is looked up.
            chart.nodes.setdefault(node_id, node)
            if tag in _SCOPES:
                if depth < MAX_NESTING:
                    node.inside = _read_scope(chart, item, node, depth + 1)
                else:
                    chart.too_deep = chart.too_deep or node
        elif tag and tag not in _SILENT:
            chart.strangers.append(item)
    return scope


def _connect(chart: Chart) -> None:
    order = 0
    for scope in chart.scopes:
        here = {node.id: node for node in scope.nodes}
        for item in children(scope.element, "sequenceFlow"):
            ends = []
            for attribute, word in (("sourceRef", "begynder"), ("targetRef", "ender")):
                reference = item.get(attribute, "")
                if not reference:
                    chart.broken_flows.append((item, f"{word} ikke ved noget"))
                elif reference not in chart.nodes:
                    chart.broken_flows.append((item, f"{word} ved »{reference}«, som ikke findes"))
                elif reference not in here:
                    chart.broken_flows.append(
                        (item, f"{word} ved »{reference}«, som ligger i et andet delforløb")
                    )
                else:
                    ends.append(here[reference])
            if len(ends) == 2:
                order += 1
                flow = Flow(item.get("id", ""), ends[0], ends[1], item, order)
                scope.flows.append(flow)
                ends[0].outgoing.append(flow)
                ends[1].incoming.append(flow)
        for node in scope.nodes:
            if node.kind == "boundaryEvent":
                node.host = here.get(node.element.get("attachedToRef", ""))
                if node.host is not None:
                    node.host.boundaries.append(node)


def _place_in_lanes(chart: Chart) -> None:
    for scope in chart.scopes:
        for lane in lanes_of(scope):
            for reference in children(lane, "flowNodeRef"):
                placed = chart.nodes.get(text_of(reference))
                if placed is not None:
                    # Document order visits a nested lane after the one around it: the innermost wins.
                    placed.lane = lane.get("name") or None
    for scope in chart.scopes:
        # Outer scopes come first in the list, so a lane is handed down through any depth.
        for node in scope.nodes:
            if node.lane is None and scope.owner is not None:
                node.lane = scope.owner.lane


def lanes_of(scope: Scope) -> list[etree._Element]:
    """The lanes of one scope in file order, nested ones included."""
    found: list[etree._Element] = []
    for lane_set in children(scope.element, "laneSet"):
        found.extend(lane_set.iter("{" + BPMN_NS + "}lane"))
    return found
