"""Reads a bundle: its diagram, forms and decision tables, as everybody else asks for them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from lxml import etree

from engine import decisions
from engine.blueprint import Blueprint, build, messages_of
from engine.chart import Chart, child, children, extension, lanes_of, read_chart, text_of
from engine.decisions import Decision
from engine.errors import DiagramError
from engine.profile import MAX_ELEMENTS
from engine.types import Bundle, Element, Flow
from engine.xml import parse_xml

KEPT: Final = 200
"""Versions kept in memory; the least recently used goes first."""


@dataclass(frozen=True, eq=False)
class Diagram:
    """One version of one procedure, ready to be shown and run."""

    key: str
    version: int
    files: Mapping[str, bytes]
    process_id: str
    name: str
    documentation: str
    properties: Mapping[str, str]
    """`spiffworkflow:properties` of the process."""
    elements: Mapping[str, Element]
    """Every flow node by id, those in sub-processes too, in the file's order."""
    flows: tuple[Flow, ...]
    lanes: tuple[str, ...]
    """Names of the lanes, as drawn."""
    starts: tuple[Element, ...]
    """The start events of the process itself. Exactly one is taken when an instance starts."""
    _chart: Chart = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @cached_property
    def start_messages(self) -> Mapping[str, str]:
        """Name of each message that starts the procedure, with the id of its start event."""
        return MappingProxyType({start.message: start.id for start in self.starts if start.message})

    @cached_property
    def operators(self) -> frozenset[str]:
        """Names of the effects that the procedure's service tasks ask for."""
        found = (
            extension(node.element, "serviceTaskOperator") for node in self._chart.of_kind("serviceTask")
        )
        return frozenset(operator.get("id", "") for operator in found if operator is not None)

    @cached_property
    def hash(self) -> str:
        """The bundle's content hash, see `content_hash`."""
        return content_hash(self.files)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Names of the bundle's forms, without `.form`."""
        return tuple(sorted(_stem(path) for path in self.files if path.endswith(".form")))

    def form(self, name: str) -> dict[str, Any]:
        """A form as form-js has it; shared, so read it only. Raises DiagramError when there is none, or not
        JSON.
        """
        found = self._forms.get(name)
        if found is None:
            path = next((path for path in self.files if path.endswith(".form") and _stem(path) == name), None)
            if path is None:
                raise DiagramError(f"Skemaet »{name}« er ikke i pakken.")
            try:
                found = json.loads(self.files[path])
            except (ValueError, RecursionError):
                found = None
            if not isinstance(found, dict):
                raise DiagramError(f"Skemaet »{name}« kan ikke læses.")
            self._forms[name] = found
        return found

    @cached_property
    def _forms(self) -> dict[str, dict[str, Any]]:
        return {}

    @cached_property
    def decisions(self) -> Mapping[str, Decision]:
        """The bundle's decision tables by id. Raises DiagramError when a file cannot be read."""
        found: dict[str, Decision] = {}
        for path, content in sorted(self.files.items()):
            if path.endswith(".dmn"):
                found.update(decisions.read(content))
        return MappingProxyType(found)

    @property
    def blueprint(self) -> Blueprint:
        """The running form. Raises DiagramError for what cannot run as it is drawn."""
        found: Blueprint | None = self.__dict__.get("_blueprint")
        if found is None:
            with self._lock:
                found = self.__dict__.get("_blueprint")
                if found is None:
                    found = build(self._chart, self.elements, self.decisions)
                    self.__dict__["_blueprint"] = found
        return found


_cache: OrderedDict[Any, Diagram] = OrderedDict()
_cache_lock: Final = threading.Lock()


def load(bundle: Bundle) -> Diagram:
    """The bundle's diagram, ready to run; the same object for the same content, from any thread.

    Raises DiagramError (Danish, with element or line where known) when it cannot be read or cannot run.
    """
    diagram = outline(bundle)
    _ = diagram.blueprint
    return diagram


def outline(bundle: Bundle) -> Diagram:
    """The bundle's diagram to look at, although it may not run yet: a draft somebody is drawing.

    Raises DiagramError when there is no diagram to look at.
    """
    content = (bundle.key, bundle.version, tuple(sorted(bundle.files.items())))
    with _cache_lock:
        diagram = _cache.get(content)
        if diagram is not None:
            _cache.move_to_end(content)
            return diagram
    diagram = _read(bundle)
    with _cache_lock:
        # Another thread may have been faster; all must get the same object.
        diagram = _cache.setdefault(content, diagram)
        while len(_cache) > KEPT:
            _cache.popitem(last=False)
    return diagram


def content_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 in hex over the sorted list of (path, SHA-256 of the file); the same for the same content."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{hashlib.sha256(content).hexdigest()}  {path}\n".encode())
    return digest.hexdigest()


def _read(bundle: Bundle) -> Diagram:
    files = MappingProxyType(dict(bundle.files))
    root = parse_xml(_diagram_file(bundle))
    chart = read_chart(root, _process(root))
    if len(chart.nodes) > MAX_ELEMENTS:
        raise DiagramError(f"Diagrammet har mere end {MAX_ELEMENTS} elementer. Del det i flere procedurer.")
    elements = {node.id: element for node, element in _elements(chart)}
    return Diagram(
        key=bundle.key,
        version=bundle.version,
        files=files,
        process_id=chart.id,
        name=chart.process.get("name") or bundle.key,
        documentation=text_of(child(chart.process, "documentation")),
        properties=MappingProxyType(dict(chart.properties)),
        elements=MappingProxyType(elements),
        flows=tuple(
            Flow(
                flow.id,
                flow.source.id,
                flow.target.id,
                flow.element.get("name", ""),
                flow.condition or None,
                flow.id == flow.source.default,
            )
            for scope in chart.scopes
            for flow in scope.flows
        ),
        lanes=tuple(
            dict.fromkeys(
                name for scope in chart.scopes for lane in lanes_of(scope) if (name := lane.get("name"))
            )
        ),
        starts=tuple(elements[node.id] for node in chart.scopes[0].starts if node.id in elements),
        _chart=chart,
    )


def _diagram_file(bundle: Bundle) -> bytes:
    own = bundle.files.get(f"{bundle.key}.bpmn")
    if own is not None:
        return own
    found = [content for path, content in bundle.files.items() if path.endswith(".bpmn")]
    if len(found) != 1:
        raise DiagramError("Pakken skal have et diagram (en .bpmn-fil).")
    return found[0]


def _process(root: etree._Element) -> etree._Element:
    processes = list(children(root, "process"))
    executable = [process for process in processes if process.get("isExecutable") == "true"]
    chosen = executable or processes
    if len(chosen) != 1:
        raise DiagramError("Filen skal have én proces, der kan køre.")
    return chosen[0]


def _elements(chart: Chart) -> list[tuple[Any, Element]]:
    found = []
    for node in chart.nodes.values():
        owner = node.scope.owner
        found.append(
            (
                node,
                Element(
                    id=node.id,
                    kind=node.kind,
                    name=" ".join(node.name.split()),
                    lane=node.lane,
                    parent=owner.id if owner else None,
                    properties=MappingProxyType(dict(node.properties)),
                    instructions=text_of(extension(node.element, "instructionsForEndUser")),
                    documentation=text_of(child(node.element, "documentation")),
                    message=messages_of(chart, node),
                    called=node.element.get("calledElement") if node.kind == "callActivity" else None,
                    attached_to=node.element.get("attachedToRef"),
                ),
            )
        )
    return found


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
