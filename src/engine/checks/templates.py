"""Checks that a bundle has the template, and its sample, of every document that its diagram issues.

Whether a template makes a document is for whoever renders to find out (`host.printing`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.chart import Chart, Node, extension
from engine.checks.rules import Findings
from engine.checks.work import parameters_of, plain_text
from engine.types import Bundle

FOLDER: Final = "documents/"
OPERATOR: Final = "udsted_dokument"


def issued(chart: Chart) -> Iterator[tuple[Node, str | None]]:
    """Each service task that issues a document, with the document's kind; None when it is worked out."""
    for node in chart.of_kind("serviceTask"):
        element = extension(node.element, "serviceTaskOperator")
        if element is not None and element.get("id") == OPERATOR:
            yield node, plain_text(parameters_of(element).get("art", ""))


def check_templates(chart: Chart, bundle: Bundle, findings: Findings) -> None:
    """The kind of a document is written as plain text, and its template and sample are in the bundle."""
    for node, kind in issued(chart):
        if kind is None:
            findings.add(
                "skabelon-mangler",
                f"{node.Said} udsteder et dokument, hvis art regnes ud. Skriv arten i anførselstegn.",
                element=node.element,
            )
            continue
        missing = [
            path for path in (f"{FOLDER}{kind}.typ", f"{FOLDER}{kind}.json") if path not in bundle.files
        ]
        if missing:
            findings.add(
                "skabelon-mangler",
                f"{node.Said} udsteder dokumentet »{kind}«, men pakken mangler {' og '.join(missing)}. Læg "
                "skabelonen og en prøve på dens felter i pakken.",
                element=node.element,
            )
