"""How far a course has come: the line of steps on the task page, and the marks on its diagram."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine import runtime
from engine.diagrams import Diagram
from engine.types import Element

State = Literal["done", "current", "late", "coming"]

_NUMBERED = re.compile(r"^(\d+[a-z]?)[.)]?\s+(.+)$")
_STEPS = frozenset({"userTask", "manualTask", "callActivity", "subProcess", "sendTask", "receiveTask"})


@dataclass(frozen=True, slots=True)
class StepOfLine:
    """One step: its number in the procedure (empty without), its name, and how far it has come."""

    element_id: str
    number: str
    name: str
    state: State
    here: bool
    inner: tuple["StepOfLine", ...] = ()


def line_of(
    diagram: Diagram, state: str, running: bool, passed: Iterable[str], here: str, late: bool
) -> tuple[StepOfLine, ...]:
    """Return the top-level steps of a procedure with how far each has come.

    Where the steps are numbered, only numbered ones are shown (OS-01). `passed` are ids of finished elements,
    `here` the element of the page's own task, `late` whether that task is overdue.
    """
    marks = marks_of(diagram, state, running, passed)
    if late and here in marks:
        marks[here] = "late"
    steps = [
        element for element in diagram.elements.values() if element.kind in _STEPS and element.parent is None
    ]
    if any(_NUMBERED.match(element.name) for element in steps):
        steps = [element for element in steps if _NUMBERED.match(element.name)]
        steps.sort(key=lambda element: int(re.sub(r"\D", "", element.name.split()[0]) or 0))
    return tuple(_step(diagram, element, marks, here) for element in steps)


def _step(diagram: Diagram, element: Element, marks: dict[str, State], here: str) -> StepOfLine:
    inner = tuple(
        _step(diagram, child, marks, here)
        for child in diagram.elements.values()
        if child.parent == element.id and child.kind in _STEPS
    )
    found = _NUMBERED.match(element.name)
    state = marks.get(element.id, "coming")
    if state == "current" and any(child.state == "late" for child in inner):
        state = "late"
    return StepOfLine(
        element.id,
        found[1] if found else "",
        found[2] if found else element.name,
        state,
        element.id == here,
        inner,
    )


def marks_of(diagram: Diagram, state: str, running: bool, passed: Iterable[str]) -> dict[str, State]:
    """Return element id → how far it has come, for every element that was passed or where the course
    stands."""
    marks: dict[str, State] = dict.fromkeys((one for one in passed if one in diagram.elements), "done")
    if running:
        for element_id in runtime.standing(diagram, state):
            marks[element_id] = "current"
    return marks
