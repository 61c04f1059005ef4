"""A procedure's diagram in words: its steps with role, form, due rule and clauses, as table and badges show
it."""

from dataclasses import dataclass

from engine.diagrams import Diagram
from tasks.guidance import clause_ids

_KINDS = {
    "userTask": "Opgave",
    "manualTask": "Opgave",
    "callActivity": "Kalder en anden procedure",
    "subProcess": "Delforløb",
    "sendTask": "Sender besked",
    "receiveTask": "Venter på besked",
    "serviceTask": "Systemet gør",
    "scriptTask": "Systemet regner",
    "businessRuleTask": "Beslutningstabel",
    "exclusiveGateway": "Beslutning",
    "parallelGateway": "Samtidigt",
    "eventBasedGateway": "Det, der sker først",
    "intermediateCatchEvent": "Venter",
    "intermediateThrowEvent": "Sender besked",
    "boundaryEvent": "Hændelse på et trin",
    "startEvent": "Start",
    "endEvent": "Slut",
}


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """One element in words. `limit`, `reminder` and `escalation` are the rules as written (FEEL), else
    empty."""

    element_id: str
    element: str
    """BPMN's name for what it is: `userTask`, `exclusiveGateway` …"""
    name: str
    kind: str
    """The same in Danish."""
    lane: str
    form: str
    limit: str
    reminder: str
    escalation: str
    clauses: tuple[str, ...]


def steps_of(diagram: Diagram) -> tuple[DrawnStep, ...]:
    """Return every named element of a procedure, in the file's order."""
    return tuple(
        DrawnStep(
            element.id,
            element.kind,
            element.name,
            _KINDS.get(element.kind, element.kind),
            element.lane or "",
            element.properties.get("skema", ""),
            element.properties.get("frist", ""),
            element.properties.get("paamindelse", ""),
            element.properties.get("eskalering", ""),
            clause_ids(element.properties.get("punkter", "")),
        )
        for element in diagram.elements.values()
        if element.name
    )
