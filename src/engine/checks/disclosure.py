"""Checks that what sends personal data out of the unit says on what ground (ST-16)."""

from __future__ import annotations

import re

from engine.chart import Chart, Node, extension
from engine.checks.rules import Findings
from engine.profile import TASKS_BY_PEOPLE

SENDING_OPERATORS = ("udlever_dokument",)
"""Effects by which something leaves the unit. An invitation (`indkald`) holds nothing of anybody."""

_SENDING = re.compile(
    r"\W*\d*\W*(send|udsend|videregiv|indkald|invitér|inviter|udlevér|udlever)\b", re.IGNORECASE
)
"""How the name of a task begins in which somebody sends something."""


def check_disclosure(chart: Chart, findings: Findings) -> None:
    """Tasks and effects that send something out have the property `videregivelse`."""
    for node in chart.nodes.values():
        if _sends(node) and not node.properties.get("videregivelse", "").strip():
            findings.add(
                "videregivelse",
                f"{node.Said} sender noget ud af enheden, men siger ikke på hvilket grundlag. Skriv i "
                "egenskaben videregivelse: samtykke: og FEEL der giver modtagerne, den bestemmelse der giver "
                "hjemlen, eller ingen når der ikke står noget om personer i det.",
                element=node.element,
            )


def _sends(node: Node) -> bool:
    if node.kind in TASKS_BY_PEOPLE:
        return _SENDING.match(node.name) is not None
    if node.kind != "serviceTask":
        return False
    operator = extension(node.element, "serviceTaskOperator")
    return operator is not None and operator.get("id", "") in SENDING_OPERATORS
