"""Checks decision tables: that each can be read, that its cells are FEEL, and that its rows neither
overlap nor leave gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.checks.chart import Chart, extension, text_of
from engine.checks.rules import Findings
from engine.errors import DiagramError
from engine.xml import parse_xml


@dataclass(frozen=True, slots=True)
class Table:
    """One decision of a decision file."""

    file: str
    id: str
    name: str
    outputs: tuple[str, ...]
    """Names that it writes into the data."""
    inputs: tuple[tuple[str, etree._Element], ...]
    """Its input expressions, with the XML element of each."""


def read_tables(file: str, content: bytes, findings: Findings) -> list[Table]:
    """The decisions of one .dmn file; what cannot be read is reported in `findings`."""
    try:
        root = parse_xml(content)
    except DiagramError as error:
        findings.add("tabel", f"Beslutningstabellen kan ikke læses. {error.message}", line=error.line)
        return []
    if etree.QName(root).localname != "definitions" or "DMN" not in (etree.QName(root).namespace or ""):
        findings.add("tabel", "Filen er ikke en DMN-beslutningstabel. Eksportér den som DMN.", element=root)
        return []
    tables = []
    for decision in _below(root, "decision"):
        table = next(iter(_below(decision, "decisionTable")), None)
        if table is None:
            findings.add(
                "tabel",
                f"Beslutningen »{decision.get('name') or decision.get('id')}« er ikke en tabel. Lav den om "
                "til en.",
                element=decision,
            )
            continue
        tables.append(
            Table(
                file,
                decision.get("id", ""),
                decision.get("name", ""),
                tuple(output.get("name") or output.get("label") or "" for output in _below(table, "output")),
                tuple(
                    (text_of(expression), expression)
                    for given in _below(table, "input")
                    for expression in _below(given, "inputExpression")
                ),
            )
        )
    if not tables and not findings.problems:
        findings.add("tabel", "Filen har ingen beslutning. Tegn en tabel, eller slet filen.", element=root)
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


def _below(element: etree._Element, name: str) -> list[etree._Element]:
    """Direct children with this local name, whatever version of DMN they are of."""
    return [item for item in element.iterchildren(tag=etree.Element) if etree.QName(item).localname == name]
