"""Checks decision tables: that each can be read, has neither overlap nor gap, and is where it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine import decisions
from engine.chart import Chart, extension, text_of
from engine.checks.reading import read
from engine.checks.rules import RULES, Findings
from engine.decisions import Decision
from engine.errors import DiagramError
from engine.feel import Kind

MAX_TABLES: Final = 20
MAX_REFUSED: Final = 40


@dataclass(frozen=True, slots=True)
class Table:
    """One decision table and the file that it is in."""

    file: str
    decision: Decision

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names that it writes into the data."""
        return tuple(output.name for output in self.decision.outputs)

    @property
    def cells(self) -> Iterator[tuple[str, Kind]]:
        """Every text of it that must be FEEL."""
        for column in self.decision.inputs:
            yield column.expression, "expression"
        for rule in self.decision.rules:
            yield from ((test, "unary") for test in rule.tests if test)
            yield from ((result, "expression") for result in rule.results if result)


def read_tables(file: str, content: bytes, findings: Findings) -> list[Table]:
    """The tables of one .dmn file; all that is wrong with them goes to `findings`."""
    try:
        found = decisions.read(content)
    except DiagramError as error:
        findings.add("tabel", error.message, element_id=error.element_id, line=error.line)
        return []
    if not found:
        findings.add("tabel", "Filen har ingen beslutningstabel. Lav en, eller slet filen.")
    if len(found) > MAX_TABLES:
        findings.add("tabel", f"Filen har mere end {MAX_TABLES} beslutninger. Del den i flere.")
        return []
    tables = [Table(file, decision) for decision in found.values()]
    # Reading the cells first draws on the time that the bundle has; what follows is quick.
    refused = sum(bool(read(text, kind).error) for table in tables for text, kind in table.cells)
    if refused > MAX_REFUSED:
        findings.add("tabel", f"{refused} celler kan ikke læses. Ret dem, og kontrollér igen.")
        return tables
    for problem in decisions.analyse(content, file):
        findings.add(
            problem.rule if problem.rule in RULES else "tabel",
            problem.text,
            element_id=problem.element_id,
            line=problem.line,
            level=problem.level,
        )
    return tables


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
