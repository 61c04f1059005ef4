"""What the written procedure says of a step, as its diagram carries it (OS-02)."""

from dataclasses import dataclass

from engine.diagrams import Diagram
from tasks.clauses import texts_of


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the written procedure says of a step (OS-02): its four columns, its clauses, the instructions."""

    purpose: str
    content: str
    participants: str
    responsible: str
    instructions: str
    clauses: tuple[tuple[str, str], ...]
    """Clause id and its text."""
    draft: str = ""
    """What the procedure lacks while it is only a draft; empty for one that is not."""


def guidance_of(diagram: Diagram, element_id: str) -> Guidance:
    """Return what the procedure says of one of its steps."""
    element = diagram.elements[element_id]
    properties = element.properties
    return Guidance(
        properties.get("formaal", ""),
        properties.get("indhold", ""),
        properties.get("deltagere", ""),
        properties.get("ansvarlig", ""),
        element.instructions,
        texts_of(diagram, clause_ids(properties.get("punkter", ""))),
        diagram.properties.get("udkast", ""),
    )


def clause_ids(text: str) -> tuple[str, ...]:
    """Return the clause ids that `punkter` names."""
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())
