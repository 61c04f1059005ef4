"""Procedures with one thing taken out: a step of the diagram, its neighbours joined, or a rule of a form."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.types import Bundle

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DIAGRAM = "{http://www.omg.org/spec/BPMN/20100524/DI}"
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
_NOT_NODES = {"sequenceFlow", "laneSet", "lane", "process", "association", "textAnnotation", "dataObject"}


@dataclass(frozen=True, slots=True)
class Part:
    """Something in a procedure that carries out requirements: a step (`element`) or a form's rule."""

    bundle: str
    element: str
    form: str
    number: int
    clauses: tuple[str, ...]

    @property
    def name(self) -> str:
        """Where it is, as the trace says it."""
        return f"{self.bundle}/{self.element}" if self.element else f"{self.bundle}/{self.form}#{self.number}"


def parts_of(bundle: Bundle) -> Iterator[Part]:
    """Yield the steps and form rules of a procedure that name clauses (`punkter`)."""
    for node in _parse(bundle).iter():
        clauses = _clauses(node)
        if clauses and node.tag.startswith(BPMN) and node.tag.removeprefix(BPMN) not in _NOT_NODES:
            yield Part(bundle.key, node.get("id", ""), "", 0, clauses)
    for path, content in sorted(bundle.files.items()):
        if path.endswith(".form"):
            for number, rule in enumerate(json.loads(content).get("regler") or ()):
                clauses = _split(str(rule.get("punkter") or ""))
                if clauses:
                    yield Part(bundle.key, "", path, number, clauses)


def without(bundle: Bundle, part: Part) -> Bundle:
    """Return the procedure without this part; nothing else is changed."""
    files = dict(bundle.files)
    if part.form:
        form = json.loads(files[part.form])
        del form["regler"][part.number]
        files[part.form] = json.dumps(form, ensure_ascii=False).encode()
    else:
        root = _parse(bundle)
        _take_out(root, part.element)
        files[f"{bundle.key}.bpmn"] = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return replace(bundle, files=files)


def _parse(bundle: Bundle) -> ET.Element:
    content = bundle.files[f"{bundle.key}.bpmn"]
    for prefix, address in re.findall(r'xmlns:(\w+)="([^"]+)"', content.decode("utf-8")):
        ET.register_namespace(prefix, address)
    return ET.fromstring(content)


def _clauses(node: ET.Element) -> tuple[str, ...]:
    path = f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property"
    return next(
        (_split(one.get("value", "")) for one in node.findall(path) if one.get("name") == "punkter"), ()
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


def _take_out(root: ET.Element, element_id: str) -> None:
    """Take a step out with what sits on it; whoever led to it now leads to where it led.

    Behind a gateway that is gone the default way is taken, else the first one.
    """
    parents = {child: parent for parent in root.iter() for child in parent}
    nodes = {node.get("id", ""): node for node in root.iter() if node.get("id")}
    node = nodes[element_id]
    gone = {inner.get("id", "") for inner in node.iter() if inner.get("id")}
    level = parents[node]
    flows = level.findall(f"{BPMN}sequenceFlow")
    incoming = [flow for flow in flows if flow.get("targetRef") == element_id]
    outgoing = [flow for flow in flows if flow.get("sourceRef") == element_id]
    kept = next((flow for flow in outgoing if flow.get("id") == node.get("default")), None)
    kept = kept if kept is not None else next(iter(outgoing), None)
    for sitting in level.findall(f"{BPMN}boundaryEvent"):
        if sitting.get("attachedToRef") == element_id:
            gone.add(sitting.get("id", ""))
            gone |= {flow.get("id", "") for flow in flows if flow.get("sourceRef") == sitting.get("id")}
    gone |= {flow.get("id", "") for flow in outgoing}
    if kept is None:
        gone |= {flow.get("id", "") for flow in incoming}
    else:
        target = nodes[kept.get("targetRef", "")]
        for flow in incoming:
            flow.set("targetRef", target.get("id", ""))
            ET.SubElement(target, f"{BPMN}incoming").text = flow.get("id")
        _incoming_first(target)
    _forget(root, gone)


def _incoming_first(node: ET.Element) -> None:
    """Put the incoming flows where the schema wants them: before what the node does."""
    head = [f"{BPMN}documentation", f"{BPMN}extensionElements", f"{BPMN}incoming", f"{BPMN}outgoing"]
    order = {tag: place for place, tag in enumerate(head)}
    node[:] = sorted(node, key=lambda child: order.get(child.tag, len(head)))


def _forget(root: ET.Element, gone: set[str]) -> None:
    """Remove these elements, and every mention of them in lanes, at flows' ends and in the drawing."""
    for parent in list(root.iter()):
        for child in list(parent):
            named = child.get("id") in gone and child.tag.startswith(BPMN)
            drawn = child.tag.startswith(DIAGRAM) and child.get("bpmnElement") in gone
            mentioned = child.tag in _MENTIONS and (child.text or "").strip() in gone
            if named or drawn or mentioned:
                parent.remove(child)
        if parent.get("default") in gone:
            del parent.attrib["default"]


_MENTIONS = {f"{BPMN}flowNodeRef", f"{BPMN}incoming", f"{BPMN}outgoing"}
