"""Checks the expressions of forms: that they parse, and mention only fields, data and facts."""

from __future__ import annotations

from typing import Final

from engine.checks.expressions import Names
from engine.checks.outline import FormText, Outline
from engine.checks.reading import hint, read
from engine.checks.rules import Findings
from engine.profile import FORM_FACTS

_ROW_NAMES: Final = frozenset({"this", "parent", "i"})
"""Names that form-js gives expressions inside repeated rows."""


def check_form_expressions(outline: Outline, names: Names | None, content: bytes, findings: Findings) -> None:
    """Expressions of one form parse and mention only fields, data and facts. `names` None: only that they
    parse."""
    source = FormText(content)
    extra = frozenset({*outline.every, *FORM_FACTS, *_ROW_NAMES})
    for use in outline.expressions:
        component = use.component or None
        line = source.line(component) if component else None
        found = read(use.expression, use.kind)
        if found.error:
            text = f"Udtrykket {use.place} kan ikke læses: {found.error}{hint(use.expression) or ' Ret det.'}"
            findings.add("feel", text, element_id=component, line=line)
            continue
        for name in names.unknown(found.names, extra) if names is not None else ():
            findings.add(
                "navn-ukendt",
                f"Udtrykket {use.place} læser »{name}«, som hverken er et felt i skemaet eller sættes i "
                f"forløbet.{names.near(name, extra) if names else ''} Ret navnet.",
                element_id=component,
                line=line,
                level=None if names is not None and names.whole else "advice",
            )
