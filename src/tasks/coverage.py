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


def coverage_of(
    diagram: Diagram, passed: Iterable[tuple[str, str]], others: Iterable[Diagram] = ()
) -> Coverage:
    """Return how much of a procedure was passed; `passed` are pairs of a procedure's key and what was passed.

    A row of a table counts also when it decided in one of the `others` that has the very same table.
    """
    seen: dict[str, set[str]] = {}
    for key, what in passed:
        seen.setdefault(key, set()).add(what)
    mine = seen.get(diagram.key, set[str]())
    alike = [other for other in others if other.key in seen and shared_tables(diagram, other)]
    rows = set[str]()
    missing_rows = []
    for name, decision in diagram.decisions.items():
        beside = [seen[other.key] for other in alike if name in shared_tables(diagram, other)]
        for number in range(1, len(decision.rules) + 1):
            row = f"{name}#{number}"
            rows.add(row)
            if not any(row in one for one in (mine, *beside)):
                missing_rows.append(row)
    flows = [flow.id for flow in diagram.flows]
    return Coverage(
        diagram.key,
        len(diagram.elements),
        len(flows),
        len(rows),
        tuple(one for one in diagram.elements if one not in mine),
        tuple(one for one in flows if one not in mine),
        tuple(missing_rows),
    )


def shared_tables(one: Diagram, other: Diagram) -> frozenset[str]:
    """Return the ids of the decision tables that two procedures have alike, cell for cell."""
    if one.key == other.key:
        return frozenset()
    return frozenset(name for name, table in one.decisions.items() if other.decisions.get(name) == table)


def together(diagrams: Iterable[Diagram]) -> list[tuple[str, ...]]:
    """Return the procedures' keys, those that share a table in one tuple: they are covered together."""
    groups: list[list[Diagram]] = []
    for diagram in diagrams:
        near = [group for group in groups if any(shared_tables(diagram, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(one for group in near for one in group), diagram])
    return [tuple(one.key for one in group) for group in groups]
