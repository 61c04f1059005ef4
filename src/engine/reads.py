"""What an element has read of the answers and of the case, once it was passed: for corrections of earlier
steps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.chart import child, extension, item_name, text_of
from engine.checks.expressions import expressions_of
from engine.diagrams import Diagram
from engine.submitted import reads_in

ALL: Final = "*"
"""Stands for every name: the expression reads the whole."""

_ANSWERS: Final = re.compile(r"\bsvar\b(?:\s*\.\s*([A-Za-z_]\w*))?")
_CASE: Final = re.compile(r"\bsag\b(?:\s*\.\s*([A-Za-z_]\w*))?")
_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Reads:
    """Names of the fields of `svar`, of the values of `sag`, and of the fields of each element's submission
    (`indsendt`), that an element's expressions read."""

    answers: frozenset[str] = frozenset()
    case: frozenset[str] = frozenset()
    submitted: frozenset[tuple[str, str]] = frozenset()


def reads_of(diagram: Diagram, element_id: str) -> Reads:
    """Return what an element reads: its parameters, lines, rules, payload, and the conditions behind it."""
    return _reads(diagram).get(element_id, Reads())


@lru_cache(maxsize=100)
def _reads(diagram: Diagram) -> dict[str, Reads]:
    texts: dict[str, list[str]] = {}
    for use in expressions_of(diagram._chart, {}, {}):
        if use.node is not None:
            texts.setdefault(use.node.id, []).append(use.expression)
    for node in diagram._chart.nodes.values():
        if node.kind == "businessRuleTask":
            decision = diagram.decisions.get(text_of(extension(node.element, "calledDecisionId")))
            for column in decision.inputs if decision else ():
                texts.setdefault(node.id, []).append(column.expression)
    return {
        id: Reads(
            _names(_ANSWERS, expressions),
            _names(_CASE, expressions),
            frozenset(pair for text in expressions for pair in reads_in(_TEXT.sub('""', text))),
        )
        for id, expressions in texts.items()
    }


def _names(what: re.Pattern[str], expressions: list[str]) -> frozenset[str]:
    return frozenset(found or ALL for text in expressions for found in what.findall(_TEXT.sub('""', text)))


def item_of(diagram: Diagram, element_id: str) -> str:
    """Return the name under which a repeated step knows its own item; empty for a step that is not
    repeated."""
    node = diagram._chart.nodes.get(element_id)
    repeat = child(node.element, "multiInstanceLoopCharacteristics") if node is not None else None
    return item_name(repeat, "inputDataItem") if repeat is not None else ""
