"""Draws small bundles for the tests of the gate: only what the test is about has to be written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from engine.types import Bundle

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://example.org/test">'
)


def element(kind: str, id: str, inside: str = "", *, name: str | None = None, **attributes: str) -> str:
    """One flow node. `inside` is its XML; its name is its id unless given."""
    given = {"id": id, "name": id if name is None else name, **attributes}
    text = " ".join(f"{key}={quoteattr(value)}" for key, value in given.items())
    return f"<bpmn:{kind} {text}>{inside}</bpmn:{kind}>"


def extensions(content: str) -> str:
    """The extensionElements of a node."""
    return f"<bpmn:extensionElements>{content}</bpmn:extensionElements>"


def properties(more: str = "", **values: str) -> str:
    """`spiffworkflow:properties` in their extensionElements, and `more` beside them."""
    items = "".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value, {chr(10): '&#10;'})}/>"
        for name, value in values.items()
    )
    return extensions(f"<spiffworkflow:properties>{items}</spiffworkflow:properties>{more}")


def user(id: str, more: str = "", **values: str) -> str:
    """A user task as it should be; give a property to change it, the empty text to leave it out.

    `more` stands beside the properties.
    """
    wanted = {"skema": "skema", "frist": "arbejdsdage_efter(i_dag, 5)", **values}
    return element("userTask", id, properties(more, **{k: v for k, v in wanted.items() if v}))


def flow(source: str, target: str, condition: str | None = None) -> str:
    """A sequence flow with the id `source_target`."""
    inside = ""
    if condition is not None:
        inside = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>"
    return (
        f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inside}'
        "</bpmn:sequenceFlow>"
    )


def flows(*ways: str) -> str:
    """`"a b c"` draws a to b and b to c."""
    pairs = [pair for way in ways for pair in zip(way.split(), way.split()[1:], strict=False)]
    return "".join(flow(source, target) for source, target in pairs)


def start(id: str = "s", inside: str = "") -> str:
    """A start event."""
    return element("startEvent", id, inside)


def end(id: str = "e", inside: str = "") -> str:
    """An end event."""
    return element("endEvent", id, inside)


def message_event(message: str = "m") -> str:
    """The definition of a message event."""
    return f'<bpmn:messageEventDefinition messageRef="{message}"/>'


def message(id: str = "m", name: str = "besked", inside: str = "") -> str:
    """A message, for the file's roots."""
    return f'<bpmn:message id="{id}" name="{name}">{inside}</bpmn:message>'


def timer(text: str, tag: str = "timeDate") -> str:
    """The definition of a timer event."""
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{escape(text)}</bpmn:{tag}></bpmn:timerEventDefinition>"


def service(id: str, operator: str, **parameters: str) -> str:
    """A service task with its operator."""
    items = "".join(
        f'<spiffworkflow:parameter id="{name}" type="any" value={quoteattr(value)}/>'
        for name, value in parameters.items()
    )
    return element(
        "serviceTask",
        id,
        extensions(
            f'<spiffworkflow:serviceTaskOperator id="{operator}"><spiffworkflow:parameters>{items}'
            "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
        ),
    )


def repeat(inside: str, sequential: str = "false") -> str:
    """A multi-instance marker."""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">{inside}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def lane(name: str | None, *ids: str, id: str = "bane") -> str:
    """A lane that holds these nodes."""
    label = "" if name is None else f" name={quoteattr(name)}"
    inside = "".join(f"<bpmn:flowNodeRef>{ref}</bpmn:flowNodeRef>" for ref in ids)
    return f'<bpmn:lane id="{id}"{label}>{inside}</bpmn:lane>'


def diagram(
    body: str,
    *,
    roots: str = "",
    lanes: str | None = None,
    own: str = "",
    executable: str = "true",
    id: str = "proeve",
) -> bytes:
    """A whole file. Unless `lanes` is given, all tasks of people lie in the lane »Rådgiver«."""
    if lanes is None:
        people = re.findall(r'<bpmn:(?:userTask|manualTask) id="([^"]+)"', body)
        lanes = lane("Rådgiver", *people) if people else ""
    lane_set = f'<bpmn:laneSet id="baner">{lanes}</bpmn:laneSet>' if lanes else ""
    nodes = re.findall(r'<bpmn:\w+(?:Event|Task|Gateway|Process|Activity) id="([^"]*)"', body)
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="{node}">'
        '<dc:Bounds x="0" y="0" width="9" height="9"/></bpmndi:BPMNShape>'
        for node in nodes
    )
    return (
        f'{HEAD}{roots}\n<bpmn:process id="{id}" name="Prøve" isExecutable="{executable}">{own}{lane_set}\n'
        + body.replace("><bpmn:", ">\n<bpmn:")
        + f"\n</bpmn:process><bpmndi:BPMNDiagram>{shapes}</bpmndi:BPMNDiagram></bpmn:definitions>"
    ).encode()


def form(*components: Mapping[str, Any], **extra: Any) -> bytes:
    """A form-js schema; without components it has one required field, `felt`."""
    if not components:
        components = (field("felt", validate={"required": True}),)
    schema = {"type": "default", "schemaVersion": 19, "id": "skema", "components": list(components), **extra}
    return json.dumps(schema, ensure_ascii=False, indent=1).encode()


def field(key: str, type: str = "textfield", **extra: Any) -> dict[str, Any]:
    """A component of a form."""
    return {"type": type, "id": f"Field_{key}", "key": key, "label": f"Feltet {key}", **extra}


def table(
    *rules: tuple[str, str],
    hit: str = "FIRST",
    reads: str = "felt",
    id: str = "tabel",
    gives: str = "resultat",
) -> bytes:
    """A decision table with one input and one output; a rule is (test, result)."""
    rows = "".join(
        f'<rule id="{id}_{number}"><inputEntry id="{id}_i{number}"><text>{escape(test)}</text></inputEntry>'
        f'<outputEntry id="{id}_o{number}"><text>{escape(result)}</text></outputEntry></rule>'
        for number, (test, result) in enumerate(rules)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="defs" name="d" namespace="x">'
        f'<decision id="{id}" name="Tabel"><decisionTable id="{id}_t" hitPolicy="{hit}">'
        f'<input id="{id}_in" label="Ind"><inputExpression id="{id}_x"><text>{reads}</text></inputExpression>'
        "</input>"
        f'<output id="{id}_out" name="{gives}"/>{rows}</decisionTable></decision></definitions>'
    ).encode()


def bundle(drawn: bytes, parts: Mapping[str, bytes] | None = None, key: str = "proeve") -> Bundle:
    """A bundle of the diagram, the form `skema` unless `parts` has it, and the parts."""
    files = {f"{key}.bpmn": drawn, "skema.form": form(), **(parts or {})}
    return Bundle(key, 0, files)


SIMPLE: Sequence[str] = (start(), user("a"), end(), flows("s a e"))
"""A sound body: start `s`, task `a`, end `e`."""
