"""Checks what is read of earlier submissions (`indsendt.<element id>.<field>`): the element and the field
exist."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.chart import Chart, Node
from engine.checks.expressions import Use
from engine.checks.outline import FormText, FormUse, Outline
from engine.checks.rules import Findings
from engine.submitted import FACT, reads_in

_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_PLACEHOLDER: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def check_submitted(
    chart: Chart,
    uses: list[Use],
    forms: Mapping[str, Outline],
    contents: Mapping[str, bytes],
    findings: Mapping[str, Findings],
    main: Findings,
) -> None:
    """What is read was handed in with a form of this diagram, has that field, and is no personal number.

    `contents` and `findings` are the forms', by file.
    """
    for use in uses:
        for rule, text in _wrong(chart, forms, use.expression):
            main.add(rule, f"Udtrykket {use.place} {text}", element=use.element)
    for outline in forms.values():
        source = FormText(contents[outline.file])
        for part in outline.expressions:
            component = part.component or None
            for rule, text in _wrong(chart, forms, _expressions(part)):
                line = source.line(component) if component else None
                findings[outline.file].add(
                    rule, f"Udtrykket {part.place} {text}", element_id=component, line=line
                )


def _expressions(use: FormUse) -> str:
    """What is read in it; the words of a text around its placeholders are none of it."""
    return use.expression if use.kind == "expression" else " ".join(_PLACEHOLDER.findall(use.expression))


def _wrong(chart: Chart, forms: Mapping[str, Outline], expression: str) -> list[tuple[str, str]]:
    """Rule and the rest of a sentence for each reading that cannot work."""
    found: dict[tuple[str, str], None] = {}
    for element_id, field in reads_in(_TEXT.sub('""', expression)):
        if not element_id:
            text = f"læser {FACT} uden et trin. Skriv {FACT}, punktum, trinnets id, punktum og feltets navn."
            found[("indsendt-trin", text)] = None
            continue
        node = chart.nodes.get(element_id)
        form = _form(node)
        if node is None or not form:
            what = "som ikke findes i diagrammet" if node is None else "som intet skema har"
            found[("indsendt-trin", f"læser {FACT} fra »{element_id}«, {what}. Ret id'et.")] = None
        elif field and form in forms:
            outline = forms[form]
            if field not in outline.answers:
                text = (
                    f"læser {FACT}.{element_id}.{field}, men skemaet {form} har intet felt med det navn. "
                    "Ret navnet."
                )
                found[("indsendt-felt", text)] = None
            elif field in outline.personal:
                text = f"læser »{field}«, som er et personnummer. Personnumre læses kun, hvor de er skrevet."
                found[("indsendt-felt", text)] = None
    return list(found)


def _form(node: Node | None) -> str:
    return node.properties.get("skema", "").strip() if node is not None else ""
