"""Writes small decision tables as dmn-js does, for the tests."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def dmn(
    rows: Sequence[Sequence[str]],
    *,
    inputs: Sequence[str | tuple[str, str] | tuple[str, str, str]] = ("alder",),
    outputs: Sequence[str] = ("svar",),
    policy: str | None = "UNIQUE",
    extra: str = "",
) -> bytes:
    """A table with the given columns; each row is its tests followed by its results.

    An input is its expression, or (expression, typeRef), or (expression, typeRef, possible values).
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(
        f'<definitions xmlns="{NAMESPACE}" id="d" name="d" namespace="http://camunda.org/schema/1.0/dmn">'
    )
    lines.append('<decision id="tabel" name="Tabel">')
    lines.append(f'<decisionTable id="t"{f" hitPolicy={quoteattr(policy)}" if policy else ""}{extra}>')
    for number, column in enumerate(inputs):
        expression, kind, values = (*((column,) if isinstance(column, str) else column), "", "")[:3]
        reference = f' typeRef="{kind}"' if kind else ""
        lines.append(f'<input id="i{number}" label={quoteattr(expression)}>')
        lines.append(
            f'<inputExpression id="ie{number}"{reference}><text>{escape(expression)}</text></inputExpression>'
        )
        if values:
            lines.append(f'<inputValues id="iv{number}"><text>{escape(values)}</text></inputValues>')
        lines.append("</input>")
    lines += [f'<output id="o{number}" name="{name}"/>' for number, name in enumerate(outputs)]
    for number, row in enumerate(rows):
        lines.append(f'<rule id="r{number + 1}">')
        for index, cell in enumerate(row):
            kind = "inputEntry" if index < len(inputs) else "outputEntry"
            lines.append(f'<{kind} id="c{number}_{index}"><text>{escape(cell)}</text></{kind}>')
        lines.append("</rule>")
    lines.append("</decisionTable></decision></definitions>")
    return "\n".join(lines).encode()
