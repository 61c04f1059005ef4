"""What of a procedure its rehearsals pass: flow nodes, sequence flows and rows of decision tables.

It is measured from what the engine says that it did, and only from what was saved (`Database.passed`): a step
counts when it was completed, not when it was reached or cancelled, a flow when a token took it, a row of a
table when it decided. Passed things are known by their id in the diagram, rows as `table#row` counted from 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.diagrams import Diagram
from engine.types import Step


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of one procedure was passed, and what was not: ids, in the diagram's order."""

    procedure: str
    nodes: int
    flows: int
    rows: int
    missing_nodes: tuple[str, ...]
    missing_flows: tuple[str, ...]
    missing_rows: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Everything that was not passed."""
        return (*self.missing_nodes, *self.missing_flows, *self.missing_rows)

    @property
    def share(self) -> int:
        """Per cent of everything that was passed, rounded down; 100 only when nothing is missing."""
        everything = self.nodes + self.flows + self.rows
        return 100 * (everything - len(self.missing)) // everything if everything else 100


def passed_in(step: Step) -> Iterator[str]:
    """Yield what one call of the engine passed."""
    yield from (one.element_id for one in step.finished if one.outcome == "completed")
    yield from step.taken


def coverage_of(diagram: Diagram, passed: Iterable[tuple[str, str]]) -> Coverage:
    """Return how much of a procedure was passed; `passed` are pairs of its key and what was passed."""
    seen = {what for key, what in passed if key == diagram.key}
    flows = [flow.id for flow in diagram.flows]
    rows = [
        f"{name}#{number}"
        for name, decision in diagram.decisions.items()
        for number in range(1, len(decision.rules) + 1)
    ]
    return Coverage(
        diagram.key,
        len(diagram.elements),
        len(flows),
        len(rows),
        *(tuple(one for one in all_of if one not in seen) for all_of in (diagram.elements, flows, rows)),
    )
