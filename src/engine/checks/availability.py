"""Checks that what an expression needs is there when it is read: answers just given, and values behind
moments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from engine.chart import Chart, Node, child, item_name, line_of, text_of
from engine.checks.expressions import Names, Use
from engine.checks.reading import fields_of, may_give_null, read, try_value
from engine.checks.rules import Findings
from engine.errors import EngineError, FeelError
from engine.profile import TASKS_BY_PEOPLE
from engine.timers import due_instant

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_SAMPLE_NOW: Final = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
"""An ordinary Thursday at noon: expressions that read nothing but the clock are tried at it."""


def check_answers(
    chart: Chart, uses: list[Use], fields: Mapping[str, frozenset[str]], findings: Findings
) -> None:
    """`svar` is read only right after a form was filled in, and only for fields of that form."""
    for use in uses:
        if use.node is None or "svar" not in read(use.expression).reads:
            continue
        given = [use.node] if use.when == "after" else _waits_before(use.node)
        forms = [node.properties["skema"].strip() for node in given if _answers(node)]
        silent = [node for node in given if not _answers(node)]
        if not forms or silent:
            where = f" Før det kommer {silent[0].said}." if silent else ""
            findings.add(
                "svar-ikke-her",
                f"Udtrykket {use.place} læser svar, som {'ikke altid' if forms else 'ikke'} er der.{where} "
                "Gem feltet med data på opgaven, og læs det ved dets navn.",
                element=use.element,
                level="advice" if forms else None,
            )
        known = [fields[form] for form in forms if form in fields]
        if not known or len(known) < len(forms):
            continue
        for field in sorted(fields_of(use.expression, "svar")):
            if not any(field in form for form in known):
                findings.add(
                    "svar-felt",
                    f"Udtrykket {use.place} læser svar.{field}, men skemaet "
                    f"({', '.join(sorted(set(forms)))}) har intet felt med det navn. Ret navnet.",
                    element=use.element,
                )


def _answers(node: Node) -> bool:
    return (node.kind in TASKS_BY_PEOPLE or node.top_start) and bool(node.properties.get("skema", "").strip())


def _waits_before(node: Node) -> list[Node]:
    """The starts and waits that a token may have stood at last when it comes to `node`, in file order."""
    seen: set[Node] = set()
    found: list[Node] = []
    todo = list(_before(node))
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        if at.kind in _PASSED_AT_ONCE or (at.kind == "boundaryEvent" and at.event in ("error", "escalation")):
            todo.extend(_before(at))
        elif at.inside is not None:
            todo.extend(end for end in at.inside.ends if end.event not in ("error", "escalation"))
        elif at.kind == "startEvent" and at.scope.owner is not None:
            todo.extend(_before(at))
        else:
            found.append(at)
    return sorted(found, key=lambda each: (line_of(each.element) or 0, each.id))


_PASSED_AT_ONCE: Final = (
    "scriptTask",
    "serviceTask",
    "businessRuleTask",
    "sendTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "intermediateThrowEvent",
    "endEvent",
)


def _before(node: Node) -> list[Node]:
    """Where a token comes from that reaches `node`; through the walls of sub-processes."""
    if node.kind == "startEvent" and node.scope.owner is not None:
        owner = node.scope.owner
        again = node.scope.ends if owner.repeats is not None else []
        return [*_before(owner), *again]
    if node.kind == "boundaryEvent":
        inside = node.host.inside if node.host is not None else None
        if node.event in ("error", "escalation") and inside is not None:
            return [
                thrower
                for thrower in inside.nodes
                if thrower.event == node.event and thrower.kind in ("endEvent", "intermediateThrowEvent")
            ]
        return [node.host] if node.host is not None else []
    return [flow.source for flow in node.incoming]


def check_timers(
    chart: Chart, uses: list[Use], names: Names, sure: Mapping[Node, frozenset[str]], findings: Findings
) -> None:
    """`sure` are the names set on every way to a node. Moments are dates, instants or durations, and
    never null (a null timer is a check error, decisions.md)."""
    for node in chart.nodes.values():
        for kind, definition in node.definitions:
            if kind == "timer":
                _check_written(node, {tag: text_of(child(definition, tag)) for tag in _TAGS}, findings)
    for use in uses:
        if use.moment is None or use.node is None or read(use.expression).error:
            continue
        if may_give_null(use.expression):
            findings.add(
                "tidspunkt-mangler",
                f"Udtrykket {use.place} kan give null, og så er der intet tidspunkt. Lad begge grene give "
                "et, eller gå udenom med et valg.",
                element=use.element,
            )
        needed = read(use.expression).names
        there = sure.get(use.node, names.data) | names.handed_down
        if use.node.repeats is not None:
            there |= {item_name(use.node.repeats, "inputDataItem")}
        for name in sorted((needed & names.data) - there):
            findings.add(
                "tidspunkt-mangler",
                f"Udtrykket {use.place} læser »{name}«, som ikke altid er sat når forløbet kommer dertil. "
                "Sæt det på alle veje dertil, og gør feltet obligatorisk.",
                element=use.element,
            )
        if needed <= {"nu", "i_dag"}:
            _try(use, findings)


_TAGS: Final = ("timeDate", "timeDuration", "timeCycle")


def _check_written(node: Node, texts: dict[str, str], findings: Findings) -> None:
    if texts["timeCycle"]:
        findings.add(
            "tidspunkt-gentaget",
            f"{node.Said} gentager sig. Tegn en løkke med et tidspunkt i, eller brug påmindelser på opgaven.",
            element=node.element,
        )
        return
    text = texts["timeDate"] or texts["timeDuration"]
    if not text:
        findings.add(
            "tidspunkt", f"{node.Said} har intet tidspunkt. Skriv et, fx =i_dag.", element=node.element
        )
        return
    if text.startswith("="):
        return
    try:
        due_instant(text, _SAMPLE_NOW)
    except EngineError:
        if text[:1] in "\"'":
            advice = "Fjern anførselstegnene."
        elif re.match(r"[$#]\{", text):
            advice = "Det ligner et andet programs sprog: skriv = og derefter FEEL."
        else:
            advice = "Skriv en dato, en varighed som P10D, eller et udtryk: =arbejdsdage_efter(i_dag, 5)."
        findings.add(
            "tidspunkt", f"{node.Said} har tidspunktet »{text[:60]}«. {advice}", element=node.element
        )


def _try(use: Use, findings: Findings) -> None:
    """Work out an expression that reads only the clock, and see that a moment comes of it."""
    facts = {"nu": "2026-01-15T12:00:00+01:00", "i_dag": "2026-01-15"}
    try:
        value = try_value(use.expression, facts, _SAMPLE_NOW)
    except FeelError as error:
        findings.add(
            "tidspunkt",
            f"Udtrykket {use.place} kan ikke regnes ud: {error.message} Ret det.",
            element=use.element,
        )
        return
    if value is None:
        findings.add(
            "tidspunkt-mangler", f"Udtrykket {use.place} giver intet tidspunkt. Ret det.", element=use.element
        )
        return
    try:
        due_instant(value, _SAMPLE_NOW)
        wrong = use.moment == "due" and not _DATE.match(value)
    except EngineError:
        wrong = True
    if wrong:
        allowed = (
            "en dato eller et tidspunkt" if use.moment == "due" else "en dato, et tidspunkt eller en varighed"
        )
        findings.add(
            "tidspunkt",
            f"Udtrykket {use.place} giver »{str(value)[:40]}«, som ikke er {allowed}. Ret det.",
            element=use.element,
        )
