"""Checks who does what: lanes, what a task needs, element properties, and the effects of service tasks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Protocol

from lxml import etree

from engine.chart import (
    Chart,
    Node,
    children,
    extension,
    lanes_of,
    line_of,
    properties_of,
    tag_of,
    text_of,
)
from engine.checks.events import message_holder
from engine.checks.rules import Findings, Known
from engine.feel import is_name
from engine.figures import KINDS
from engine.lines import case_entries, consent_recipients, data_entries, names
from engine.operators import OPERATORS
from engine.profile import (
    BY_HAND,
    CASE_OWN,
    ELEMENTS,
    FORBIDDEN_NAMES,
    PARTY_KINDS,
    RECEIVERS,
    RESERVED_NAMES,
    SPIFF_NS,
    TASKS_BY_PEOPLE,
)
from engine.properties import PROPERTIES, TASK_CARD

EVERYBODY = "alle"
NONE = "ingen"
_PLAIN_TEXT = re.compile(r'\s*"([^"\\]*)"\s*\Z')


class _Teller(Protocol):
    """What `tell` closures look like: a rule and a text."""

    def __call__(self, rule: str, text: str) -> None: ...


def check_lanes(chart: Chart, known: Known, findings: Findings) -> None:
    """Lanes have names that are roles, and people's tasks lie in one (prohibitions of processes.md 1.3
    rest on it)."""
    for scope in chart.scopes:
        found = lanes_of(scope)
        used = Counter(lane.get("name", "").strip() for lane in found if not _has_lanes_inside(lane))
        for lane in found:
            name = lane.get("name", "").strip()
            if not name:
                findings.add(
                    "bane-navn",
                    f"Banen »{lane.get('id')}« har intet navn. Skriv den rolle der løser dens opgaver.",
                    element=lane,
                )
            elif used[name] > 1:
                used[name] = 0  # told once
                findings.add("bane-navn", f"Flere baner hedder »{name}«. Saml dem i én.", element=lane)
            elif not _is_role(name, known) and _holds_tasks(lane, chart):
                findings.add(
                    "bane-ukendt",
                    f"Banen »{name}« er ikke en kendt rolle.{near(name, _roles(known))} Ret navnet, eller "
                    "opret rollen.",
                    element=lane,
                )
            for reference in children(lane, "flowNodeRef"):
                if text_of(reference) not in chart.nodes:
                    findings.add(
                        "bane-henvisning",
                        f"Banen »{name or lane.get('id')}« nævner »{text_of(reference)}«, som ikke findes. "
                        "Slet henvisningen.",
                        element=lane,
                        line=line_of(reference),
                    )
    for node in chart.of_kind(*TASKS_BY_PEOPLE):
        if node.lane is None:
            findings.add(
                "bane-mangler",
                f"{node.Said} ligger ikke i en bane, så ingen får den. Flyt den ind i banen for den rolle "
                "der skal løse den.",
                element=node.element,
            )


def check_tasks(chart: Chart, forms: frozenset[str], findings: Findings) -> None:
    """Tasks have a name, a form that exists, and a due rule (processes.md 0.4)."""
    for node in chart.nodes.values():
        if node.kind.endswith("Task") and not node.name.strip():
            findings.add(
                "navn-mangler",
                f"{node.Said} har intet navn. Skriv hvad der skal gøres.",
                element=node.element,
            )
        if by_hand(node) and not node.name.strip() and not node.kind.endswith("Task"):
            findings.add(
                "navn-mangler",
                f"{node.Said} har intet navn. Skriv den besked som en person kan give her.",
                element=node.element,
            )
        form = node.properties.get("skema", "").strip()
        if form and form not in forms and node.kind in PROPERTIES["skema"].places:
            findings.add(
                "skema-ukendt",
                f"{node.Said} bruger skemaet »{form}«, som ikke er i pakken.{near(form, forms)} Vælg et "
                f"andet, eller tilføj {form}.form.",
                element=node.element,
            )
        if node.kind == "userTask" and not form:
            findings.add(
                "skema-mangler",
                f"{node.Said} har intet skema. Vælg et i egenskaben skema, eller gør den til en manuel "
                "opgave.",
                element=node.element,
            )
        if node.kind in TASKS_BY_PEOPLE and not node.properties.get("frist", "").strip():
            findings.add(
                "frist-mangler",
                f"{node.Said} har ingen frist. Skriv en i egenskaben frist, fx arbejdsdage_efter(i_dag, "
                "5), eller skriv ingen.",
                element=node.element,
            )


def by_hand(node: Node) -> bool:
    """Whether a person may give the node the message it waits for."""
    return node.kind in RECEIVERS and any(node.properties.get(name, "").strip() for name in BY_HAND)


def check_properties(chart: Chart, known: Known, findings: Findings) -> None:
    """Property names of the closed list, where they work, with values that can be read."""
    for item in chart.root.iter(tag=etree.Element):
        place = tag_of(item)
        if not place:
            continue
        seen: set[str] = set()
        for name, value, holder in properties_of(item):
            if not name or name in seen:
                text = f"Egenskaben »{name}« står to gange" if name else "En egenskab har intet navn"
                findings.add("egenskab-vaerdi", f"{text} på »{_title(item)}«. Behold én.", element=item)
                continue
            seen.add(name)
            _check_property(chart, item, place, name, value, line_of(holder), known, findings)


def _check_property(
    chart: Chart,
    item: etree._Element,
    place: str,
    name: str,
    value: str,
    line: int | None,
    known: Known,
    findings: Findings,
) -> None:
    title = _title(item)
    entry = PROPERTIES.get(name)
    if entry is None:
        findings.add(
            "egenskab-ukendt",
            f"»{title}« har egenskaben »{name}«, som ikke findes.{near(name, PROPERTIES)} Ret navnet, "
            "eller slet den.",
            element=item,
            line=line,
        )
        return
    if place not in entry.places:
        where = ", ".join(
            ELEMENTS[kind].label if kind in ELEMENTS else _PLACES[kind] for kind in entry.places[:4]
        )
        findings.add(
            "egenskab-sted",
            f"Egenskaben »{name}« virker ikke på »{title}«. Flyt den (den hører til: "
            f"{where}{' …' if len(entry.places) > 4 else ''}), eller slet den.",
            element=item,
            line=line,
        )
        return

    def tell(rule: str, text: str) -> None:
        findings.add(rule, text, element=item, line=line)

    if place in RECEIVERS and entry.type in ("form", "roles", "text") and not _awaits_message(chart, item):
        tell(
            "egenskab-sted",
            f"Egenskaben »{name}« virker ikke på »{title}«, som ikke venter på en besked. Slet den.",
        )
    elif not value.strip():
        tell("egenskab-vaerdi", f"Egenskaben »{name}« på »{title}« er tom. Udfyld den, eller slet den.")
    elif entry.type == "form" and ("/" in value or value.strip().endswith(".form")):
        tell("egenskab-vaerdi", f"Skriv kun skemaets navn på »{title}«, uden mappe og uden .form.")
    elif entry.type == "case_lines":
        _check_case_lines(title, value, tell)
    elif entry.type == "data":
        _check_data_lines(title, place, value, tell)
    elif entry.type == "choice":
        if value.strip() not in entry.choices:
            tell(
                "egenskab-vaerdi",
                f"»{value.strip()[:40]}« kan ikke stå i {name} på »{title}«. Vælg en af: "
                f"{', '.join(entry.choices)}.",
            )
    elif entry.type == "figures":
        for figure in data_entries(value):
            if figure.expression is None or figure.name not in KINDS:
                tell(
                    "egenskab-vaerdi",
                    f"Linjen »{figure.name}« i tal på »{title}« er ikke som art = FEEL med en art, der "
                    f"findes.{near(figure.name, KINDS)} Ret den.",
                )
    elif entry.type == "disclosure":
        if consent_recipients(value) == "" or value.strip().casefold() == "samtykke":
            tell(
                "egenskab-vaerdi",
                f"»{title}« videregiver efter samtykke, men siger ikke til hvem. Skriv samtykke: og FEEL "
                "der giver modtagerne.",
            )
    elif entry.type == "roles":
        for role in names(value):
            if role != EVERYBODY and known.roles is not None and role not in known.roles:
                tell(
                    "rolle-ukendt",
                    f"Rollen »{role}« på »{title}« findes ikke.{near(role, known.roles)} Ret den.",
                )
    elif entry.type == "names":
        for guide in names(value):
            if known.guides is not None and guide != TASK_CARD and guide not in known.guides:
                tell(
                    "vejledning-ukendt",
                    f"Vejledningen »{guide}« på »{title}« findes ikke.{near(guide, known.guides)} Ret den.",
                )
    elif entry.type == "clauses" and known.clauses is not None:
        for clause in names(value):
            if clause not in known.clauses:
                tell(
                    "punkt-ukendt",
                    f"Punktet »{clause}« på »{title}« er ikke i kravlisten.{near(clause, known.clauses)} "
                    "Ret det.",
                )


def _awaits_message(chart: Chart, item: etree._Element) -> bool:
    node = chart.nodes.get(item.get("id", ""))
    return node is None or message_holder(node) is not None


_PLACES = {"process": "forløb", "sequenceFlow": "pil", "lane": "bane"}


def _check_case_lines(title: str, value: str, tell: _Teller) -> None:
    for entry in case_entries(value):
        if entry.expression is None:
            tell(
                "egenskab-vaerdi",
                f"Linjen »{entry.name}« i sag på »{title}« er ikke som sag.navn = FEEL. Ret den.",
            )
        elif entry.name in CASE_OWN:
            tell(
                "egenskab-vaerdi",
                f"sag.{entry.name} på »{title}« skrives kun af systemet. Brug et andet navn, eller en "
                "virkning.",
            )
        elif entry.name in FORBIDDEN_NAMES:
            tell("navn-reserveret", f"sag.{entry.name} på »{title}« er et reserveret navn. Vælg et andet.")


def _check_data_lines(title: str, place: str, value: str, tell: _Teller) -> None:
    for entry in data_entries(value):
        if not is_name(entry.name):
            tell(
                "egenskab-vaerdi",
                f"»{entry.name}« i data på »{title}« er ikke et navn. Skriv bogstaver og tal.",
            )
        elif entry.name in RESERVED_NAMES:
            tell(
                "navn-reserveret", f"»{entry.name}« i data på »{title}« er et reserveret navn. Vælg et andet."
            )
        elif entry.expression is not None and place == "callActivity":
            tell(
                "egenskab-vaerdi",
                f"data på kaldet »{title}« skal kun være navne på de felter der hentes tilbage.",
            )


def check_operators(chart: Chart, known: Known, findings: Findings) -> None:
    """Service tasks have a known operator with the parameters it needs and no others."""
    for node in chart.of_kind("serviceTask"):
        element = extension(node.element, "serviceTaskOperator")
        name = "" if element is None else element.get("id", "")
        if element is None or not name:
            findings.add(
                "operator-mangler",
                f"{node.Said} gør ingenting. Vælg en virkning: {', '.join(OPERATORS)}.",
                element=node.element,
            )
        elif name not in OPERATORS:
            findings.add(
                "operator-ukendt",
                f"{node.Said} har virkningen »{name}«, som ikke findes.{near(name, OPERATORS)} Vælg en af: "
                f"{', '.join(OPERATORS)}.",
                element=node.element,
            )
        else:
            _check_parameters(chart, node, name, element, known, findings)


def parameters_of(element: etree._Element) -> dict[str, str]:
    """Name and FEEL text of each parameter of a serviceTaskOperator."""
    return {item.get("id", ""): item.get("value", "") for item in element.iter("{" + SPIFF_NS + "}parameter")}


def plain_text(expression: str) -> str | None:
    """The text when an expression is nothing but one in quotation marks, else None."""
    found = _PLAIN_TEXT.match(expression)
    return None if found is None else found[1]


def _check_parameters(
    chart: Chart, node: Node, name: str, element: etree._Element, known: Known, findings: Findings
) -> None:
    def tell(text: str) -> None:
        findings.add("parameter", text, element=node.element)

    given = parameters_of(element)
    allowed = {parameter.name: parameter for parameter in OPERATORS[name].parameters}
    for parameter in given:
        if parameter not in allowed:
            tell(
                f"{node.Said} har parameteren »{parameter}«, som {name} ikke "
                f"kender.{near(parameter, allowed)} Slet den, eller ret navnet."
            )
    for parameter, entry in allowed.items():
        value = given.get(parameter, "")
        if not value.strip():
            if entry.required or parameter in given:
                tell(f"{node.Said} mangler parameteren »{parameter}« ({entry.label}). Udfyld den.")
            continue
        plain = _PLAIN_TEXT.match(value)
        if plain is None:
            continue
        text = plain[1]
        if entry.kind == "element" and not (
            text in chart.nodes and chart.nodes[text].properties.get("skema")
        ):
            tell(
                f"{node.Said} henter fra »{text}«, som ikke er et trin med skema. Skriv id'et på et trin "
                "med skema."
            )
        elif entry.kind == "role" and known.roles is not None and text not in known.roles:
            findings.add(
                "rolle-ukendt",
                f"Rollen »{text}« på {node.said} findes ikke.{near(text, known.roles)} Ret den.",
                element=node.element,
            )
        elif name == "noter_tal" and parameter == "art" and text not in KINDS:
            tell(f"{node.Said} noterer »{text}«, som ikke findes.{near(text, KINDS)} Ret arten.")
        elif name == "registrer_parter" and parameter == "art" and text not in PARTY_KINDS:
            tell(f"{node.Said} har arten »{text}«. Vælg en af: {', '.join(PARTY_KINDS)}.")


def _title(item: etree._Element) -> str:
    return " ".join(item.get("name", "")[:200].split()) or item.get("id", "")[:200] or tag_of(item)


def _roles(known: Known) -> list[str]:
    return sorted({*(known.lanes or ()), *(known.roles or ())})


def _is_role(name: str, known: Known) -> bool:
    if known.roles is None and known.lanes is None:
        return True
    folded = {lane.casefold() for lane in known.lanes or ()}
    return name in (known.roles or ()) or name.casefold() in folded


def _has_lanes_inside(lane: etree._Element) -> bool:
    return any(True for _ in children(lane, "childLaneSet"))


def _holds_tasks(lane: etree._Element, chart: Chart) -> bool:
    """Whether people's tasks are in the lane; others (family, network) may be drawn as participants only."""
    return any(node.lane == lane.get("name") for node in chart.of_kind(*TASKS_BY_PEOPLE))


def near(word: str, words: Iterable[str]) -> str:
    """A question that offers the word most like `word`, after a blank; empty when none is near."""
    found = get_close_matches(word[:100], sorted(words), n=1, cutoff=0.7)
    return f" Mente du »{found[0]}«?" if found else ""
