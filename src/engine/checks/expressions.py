"""Finds every expression of a diagram, and checks that each can be read and mentions only names that
exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from lxml import etree

from engine.chart import Chart, Node, child, extension, item_name, properties_of, text_of
from engine.checks.events import message_holder
from engine.checks.reading import hint, read
from engine.checks.rules import Findings, Known
from engine.checks.tables import Table
from engine.checks.work import NONE, parameters_of
from engine.lines import case_entries, consent_recipients, data_entries, script_entries
from engine.profile import (
    CASE_ASSIGNMENT,
    DUE_NAMES,
    FACTS,
    FORBIDDEN_NAMES,
    RESERVED_NAMES,
    TASKS_BY_PEOPLE,
)
from engine.properties import PROPERTIES

When = Literal["before", "after", "start", "process"]
Moment = Literal["timer", "due"]


@dataclass(frozen=True, slots=True)
class Use:
    """One expression and where it stands."""

    expression: str
    place: str
    """Where it stands, as a sentence goes on after »Udtrykket«."""
    node: Node | None
    element: etree._Element
    when: When
    """`before`: worked out when the node is reached; `after`: when its task is done; `start`: before any
    data."""
    extra: frozenset[str] = frozenset()
    """Names that it may read besides."""
    moment: Moment | None = None
    """What must come of it; None for anything."""


def expressions_of(
    chart: Chart, fields: Mapping[str, frozenset[str]], tables: Mapping[str, Table]
) -> Iterator[Use]:
    """Every FEEL expression of the diagram. `fields` are the answer names of each form by its name."""
    for node in chart.nodes.values():
        yield from _of_node(chart, node, fields)
        if node.kind == "businessRuleTask":
            yield from _of_table(node, tables.get(text_of(extension(node.element, "calledDecisionId"))))
        for flow in node.outgoing:
            if flow.condition:
                name = " ".join(flow.element.get("name", "").split()) or flow.id
                yield Use(flow.condition, f"i betingelsen på pilen »{name}«", node, flow.element, "before")
    for name, value, holder in properties_of(chart.process):
        entry = PROPERTIES.get(name)
        if entry and entry.type.startswith("feel") and value.strip() not in ("", NONE, "standard"):
            when: When = "start" if name == "start_betingelse" else "process"
            extra = frozenset(DUE_NAMES) if name in ("paamindelse", "eskalering") else frozenset()
            yield Use(value, f"i forløbets {name}", None, _at(chart.process, holder), when, extra)


def _of_node(chart: Chart, node: Node, fields: Mapping[str, frozenset[str]]) -> Iterator[Use]:
    if node.kind == "scriptTask":
        for entry in script_entries(text_of(child(node.element, "script"))):
            if entry.expression is not None:
                yield Use(entry.expression, f"for {entry.name} i {node.said}", node, node.element, "before")
    if node.kind == "serviceTask":
        operator = extension(node.element, "serviceTaskOperator")
        for name, value in parameters_of(operator).items() if operator is not None else ():
            if value.strip():
                yield Use(value, f"i parameteren {name} på {node.said}", node, node.element, "before")
    for kind, definition in node.definitions:
        if kind == "timer":
            for tag in ("timeDate", "timeDuration"):
                text = text_of(child(definition, tag))
                if text.startswith("="):
                    yield Use(
                        text[1:].strip(),
                        f"i tidspunktet på {node.said}",
                        node,
                        node.element,
                        "before",
                        moment="timer",
                    )
    repeat = node.repeats
    if repeat is not None and (collection := text_of(child(repeat, "loopDataInputRef"))):
        yield Use(collection, f"for listen som {node.said} gentages over", node, node.element, "before")
    if repeat is not None and (condition := text_of(child(repeat, "completionCondition"))):
        yield Use(condition, f"for hvornår {node.said} er gentaget nok", node, node.element, "after")
    for payload in payloads_of(chart, node):
        yield Use(payload, f"i beskeden fra {node.said}", node, node.element, "before")
    own = fields.get(node.properties.get("skema", "").strip(), frozenset())
    for name, value in node.properties.items():
        yield from _of_property(node, name, value, own)


def _of_table(node: Node, table: Table | None) -> Iterator[Use]:
    """What a table reads, in the place where it is used; whether it parses is told with its own file."""
    for column in table.decision.inputs if table else ():
        if not read(column.expression).error:
            place = f"for kolonnen »{column.label}« i {node.said}"
            yield Use(column.expression, place, node, node.element, "before")


def _of_property(node: Node, name: str, value: str, own: frozenset[str]) -> Iterator[Use]:
    entry = PROPERTIES.get(name)
    if entry is None or node.kind not in entry.places:
        return
    place = f"i {name} på {node.said}"
    if entry.type.startswith("feel") and value.strip() not in ("", NONE, "standard"):
        extra = frozenset(DUE_NAMES) if name in ("paamindelse", "eskalering") else frozenset()
        yield Use(value, place, node, node.element, "before", extra, "due" if name == "frist" else None)
    elif entry.type == "disclosure" and (recipients := consent_recipients(value)) is not None:
        extra = own if node.kind in TASKS_BY_PEOPLE else frozenset()
        yield Use(recipients, place, node, node.element, "after" if extra else "before", extra)
    elif entry.type == "case_lines":
        for line in case_entries(value):
            if line.expression is not None:
                yield Use(
                    line.expression, f"for sag.{line.name} på {node.said}", node, node.element, "after", own
                )
    elif entry.type == "start_values":
        for line in data_entries(value):
            if line.expression is not None:
                where = f"for {line.name} i {name} på {node.said}"
                yield Use(line.expression, where, node, node.element, "before")
    elif entry.type in ("data", "figures"):
        for line in data_entries(value):
            if line.expression is not None:
                yield Use(
                    line.expression,
                    f"for {line.name} i {name} på {node.said}",
                    node,
                    node.element,
                    "after",
                    own,
                )


def payloads_of(chart: Chart, node: Node) -> list[str]:
    """The payload expressions that are worked out when `node` sends a message, or throws an error or the
    like."""
    if node.kind not in ("sendTask", "intermediateThrowEvent", "endEvent"):
        return []
    places: list[etree._Element | None] = []
    holder = message_holder(node)
    if holder is not None:
        places = [holder, chart.top("message").get(holder.get("messageRef", ""))]
    elif node.event in ("error", "escalation", "signal"):
        places = [chart.top(node.event).get(node.definitions[0][1].get(f"{node.event}Ref", ""))]
    payloads = [
        extension(place, name)
        for place in places
        if place is not None
        for name in ("payloadExpression", "messagePayload")
    ]
    return [text_of(payload) for payload in payloads if text_of(payload)]


def _at(process: etree._Element, holder: etree._Element) -> etree._Element:
    return process if process.get("id") else holder


def names_set(chart: Chart, tables: Mapping[str, Table]) -> dict[Node, frozenset[str]]:
    """The names that each node may write into the data of the instance."""
    found: dict[Node, frozenset[str]] = {}
    for node in chart.nodes.values():
        names: set[str] = set()
        if node.kind in PROPERTIES["data"].places:
            names.update(entry.name for entry in data_entries(node.properties.get("data", "")))
        if node.kind == "callActivity":
            names.add(node.id)
        if node.kind == "scriptTask":
            entries = script_entries(text_of(child(node.element, "script")))
            names.update(entry.name for entry in entries if entry.expression is not None)
        if node.kind == "businessRuleTask":
            table = tables.get(text_of(extension(node.element, "calledDecisionId")))
            names.update(table.outputs if table else ())
        names.update(variables_of(chart, node))
        repeat = node.repeats
        if repeat is not None:
            names.add(text_of(child(repeat, "loopDataOutputRef")))
            names.update(item_name(repeat, tag) for tag in ("inputDataItem", "outputDataItem"))
        found[node] = frozenset(names - {""})
    return found


def variables_of(chart: Chart, node: Node) -> list[str]:
    """The names under which `node` keeps the content of the message, error, escalation or signal that it
    catches."""
    if node.kind not in ("receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent"):
        return []
    places: list[etree._Element | None] = []
    holder = message_holder(node)
    if holder is not None:
        message = chart.top("message").get(holder.get("messageRef", ""))
        places = [extension(place, "messageVariable") for place in (holder, message) if place is not None]
    elif node.event in ("error", "escalation", "signal"):
        caught = chart.top(node.event).get(node.definitions[0][1].get(f"{node.event}Ref", ""))
        places = [extension(caught, "variableName")] if caught is not None else []
    return [text_of(place) for place in places if text_of(place)]


class Names:
    """Which names expressions of one diagram may read."""

    def __init__(self, chart: Chart, key: str, known: Known, written: Mapping[Node, frozenset[str]]) -> None:
        """`written` is what `names_set` found; names that callers hand down count too."""
        self.handed_down = inherited(key, chart.id, known)
        self.data = frozenset().union(*written.values()) | self.handed_down
        self.whole = known.procedures is not None

    def unknown(self, names: frozenset[str], extra: frozenset[str], when: When = "before") -> list[str]:
        """Those of `names` that nothing sets (at the start: has set yet), in alphabetical order."""
        return sorted(names - (self.handed_down if when == "start" else self.data) - extra - FACTS.keys())

    def near(self, name: str, extra: frozenset[str]) -> str:
        """A question that offers the nearest name, or nothing."""
        found = get_close_matches(name[:100], sorted(self.data | extra | FACTS.keys()), n=1, cutoff=0.7)
        return f" Mente du »{found[0]}«?" if found else ""


def inherited(key: str, process_id: str, known: Known) -> frozenset[str]:
    """Names that the procedures that call this one, directly or through others, have in their data."""
    procedures = known.procedures or {}
    names: set[str] = set()
    todo, seen = [key, process_id], {key, process_id}
    while todo:
        called = todo.pop()
        for caller, procedure in procedures.items():
            if called in procedure.calls and caller not in seen:
                seen.add(caller)
                todo.append(caller)
                names |= procedure.names
    return frozenset(names)


def check_expressions(uses: list[Use], names: Names, findings: Findings) -> None:
    """Each expression parses, and mentions only names that something sets."""
    for use in uses:
        found = read(use.expression)
        if found.error:
            findings.add(
                "feel",
                f"Udtrykket {use.place} kan ikke læses: {found.error.rstrip('.')}. Skrevet: "
                f"»{_short(use.expression)}«.{hint(use.expression) or ' Ret det.'}",
                element=use.element,
            )
            continue
        if use.when == "process":
            continue  # a default for many tasks: each name is there at some of them
        for name in names.unknown(found.names, use.extra, use.when):
            if use.when == "start":
                text = f"Udtrykket {use.place} læser »{name}«, men før start er der kun sagens oplysninger."
            else:
                text = (
                    f"Udtrykket {use.place} læser »{name}«, som intet trin "
                    f"sætter.{names.near(name, use.extra)} Nævn det i data på det trin hvor det bliver til."
                )
            findings.add("navn-ukendt", text, element=use.element, level=None if names.whole else "advice")


def check_scripts(chart: Chart, findings: Findings) -> None:
    """Script tasks have lines, and each is `name = FEEL` with a name of its own."""
    for node in chart.of_kind("scriptTask"):
        entries = script_entries(text_of(child(node.element, "script")))
        if not entries:
            findings.add(
                "script",
                f"{node.Said} er tom. Skriv linjer som navn = FEEL, eller slet den.",
                element=node.element,
            )
        for entry in entries:
            if entry.expression is None:
                text = f"Linjen »{_short(entry.name)}« i {node.said} er ikke som navn = FEEL. Ret den."
                if CASE_ASSIGNMENT.match(entry.name):
                    text = f"{node.Said} kan ikke skrive på sagen. Brug egenskaben sag på en opgave."
                findings.add("script", text, element=node.element)


def check_written_names(chart: Chart, written: Mapping[Node, frozenset[str]], findings: Findings) -> None:
    """Nothing writes a reserved name; `data` is checked where it stands."""
    for node, names in written.items():
        own = {entry.name for entry in data_entries(node.properties.get("data", ""))}
        for name in sorted((names - own) & RESERVED_NAMES):
            what = "et reserveret navn" if name in FORBIDDEN_NAMES else "en af de oplysninger systemet giver"
            findings.add(
                "navn-reserveret",
                f"{node.Said} sætter »{name}«, som er {what}. Vælg et andet navn.",
                element=node.element,
            )


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 80 else one_line[:79] + "…"
