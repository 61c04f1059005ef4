"""Checks decision tables: that each can be read, has neither overlap nor gap, and is where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine import decisions
from engine.chart import Chart, extension, text_of
from engine.checks.rules import RULES, Findings
from engine.decisions import Decision
from engine.errors import DiagramError


@dataclass(frozen=True, slots=True)
class Table:
    """One decision table and the file that it is in."""

    file: str
    decision: Decision

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names that it writes into the data."""
        return tuple(output.name for output in self.decision.outputs)


def read_tables(file: str, content: bytes, findings: Findings) -> list[Table]:
    """The tables of one .dmn file; all that is wrong with them goes to `findings`."""
    for problem in decisions.analyse(content, file):
        findings.add(
            problem.rule if problem.rule in RULES else "tabel",
            problem.text,
            element_id=problem.element_id,
            line=problem.line,
            level=problem.level,
        )
    try:
        found = decisions.read(content)
    except DiagramError:
        return []  # `analyse` has told
    if not found:
        findings.add("tabel", "Filen har ingen beslutningstabel. Lav en, eller slet filen.")
    return [Table(file, decision) for decision in found.values()]


def check_decisions(chart: Chart, tables: Mapping[str, Table], findings: Findings) -> None:
    """Each business rule task names a decision of the bundle."""
    for node in chart.of_kind("businessRuleTask"):
        called = text_of(extension(node.element, "calledDecisionId"))
        if not called:
            findings.add(
                "tabel-mangler",
                f"{node.Said} nævner ingen beslutningstabel. Vælg en.",
                element=node.element,
            )
        elif called not in tables:
            names = ", ".join(sorted(tables)) or "ingen"
            findings.add(
                "tabel-mangler",
                f"{node.Said} bruger beslutningen »{called}«, som ikke er i pakken (den har: {names}). "
                "Vælg en anden.",
                element=node.element,
            )
