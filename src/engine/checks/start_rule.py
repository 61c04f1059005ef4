"""Checks what the calendar starts by itself, and what runs without a case."""

from __future__ import annotations

from engine.chart import Chart, Node, properties_of
from engine.checks.reading import hint, read
from engine.checks.rules import Findings
from engine.properties import IN_CASES, START_SCOPES

CALENDAR = "kalender"
"""The message at the start event which the calendar takes."""

_ALWAYS = frozenset({"nu", "i_dag"})


def check_start_rule(chart: Chart, findings: Findings) -> None:
    """`startregel` can be read, reads only what it is given, and has one place to begin; what belongs to the
    municipality says so."""
    own = {name: value.strip() for name, value, _ in properties_of(chart.process)}

    def tell(text: str, rule: str = "startregel") -> None:
        findings.add(rule, text, element=chart.process)

    municipal = own.get("hoerer_til") == "kommunen"
    for node in chart.nodes.values():
        if node.properties.get("modtager", "").strip() and not municipal:
            findings.add(
                "egenskab-sted",
                f"{node.Said} har en modtager, men i en sag følger modtageren altid af banen. Slet "
                "egenskaben, eller skriv hoerer_til = kommunen på forløbet.",
                element=node.element,
            )
    expression = own.get("startregel", "")
    if not expression:
        for name in ("startregel_for", "startregel_tekst"):
            if own.get(name):
                tell(f"Forløbet har {name}, men ingen startregel. Skriv en, eller slet {name}.")
        return
    scope = own.get("startregel_for") or "kommunen"
    if scope not in START_SCOPES:
        return  # told with the property
    _check_expression(expression, scope, findings, chart)
    if (scope in IN_CASES) == municipal:
        where = "i en sag: slet hoerer_til" if municipal else "uden sag: skriv hoerer_til = kommunen"
        tell(f"Et forløb, der begynder for {scope}, kører {where}, eller vælg noget andet i startregel_for.")
    starts = [node for node in chart.nodes.values() if node.top_start]
    plain = [node for node in starts if not node.definitions]
    named = [node for node in starts if _message_of(chart, node) == CALENDAR]
    if len(named) != 1 and (named or len(plain) != 1):
        tell(
            "Kalenderen ved ikke, hvor forløbet begynder. Giv én start beskeden »kalender«, eller lad der "
            "kun være én start uden besked."
        )


def _message_of(chart: Chart, node: Node) -> str:
    for kind, definition in node.definitions:
        if kind == "message":
            message = chart.top("message").get(definition.get("messageRef", ""))
            return str(message.get("name", "")) if message is not None else ""
    return ""


def _check_expression(expression: str, scope: str, findings: Findings, chart: Chart) -> None:
    found = read(expression)
    if found.error:
        findings.add(
            "feel",
            f"Forløbets startregel kan ikke læses: {found.error.rstrip('.')}."
            f"{hint(expression) or ' Ret den.'}",
            element=chart.process,
        )
        return
    given = _ALWAYS | frozenset(START_SCOPES[scope])
    for name in sorted(found.names - given):
        findings.add(
            "navn-ukendt",
            f"Forløbets startregel læser »{name}«, men for {scope} er der kun {', '.join(sorted(given))}. "
            "Ret navnet.",
            element=chart.process,
        )
