"""Checks what a file is made of: one executable process, sound ids, and only elements of the profile."""

from __future__ import annotations

from collections import Counter

from lxml import etree

from engine.chart import Chart, children, tag_of
from engine.checks.rules import Findings
from engine.feel import is_name
from engine.profile import (
    BPMN_NS,
    DI_NS,
    ELEMENTS,
    EVENT_LABELS,
    MAX_ELEMENTS,
    MAX_NESTING,
    OUTSIDE,
    OUTSIDE_EVENTS,
    RESERVED_ID_ENDINGS,
    RESERVED_IDS,
)


def find_process(root: etree._Element, findings: Findings) -> etree._Element | None:
    """The process to run. None when the file has none; several or a non-executable one are reported."""
    if root.tag != "{" + BPMN_NS + "}definitions":
        name = etree.QName(root).localname
        findings.add(
            "ikke-bpmn",
            f"Filen er ikke et BPMN 2.0-diagram (dens yderste element hedder »{name}«). Eksportér den som "
            "BPMN 2.0 fra det program den er lavet i.",
            element=root,
        )
        return None
    processes = list(children(root, "process"))
    filled = [process for process in processes if _has_nodes(process)]
    executable = [process for process in filled if process.get("isExecutable", "true") == "true"]
    if not filled:
        findings.add(
            "ingen-proces", "Filen har intet forløb. Tegn et med en start og en slutning.", element=root
        )
        return None
    chosen = executable[0] if executable else filled[0]
    for other in filled:
        if other is not chosen:
            findings.add(
                "flere-processer",
                f"Filen har også forløbet »{_process_name(other)}«, og kun ét kan køres. Flyt det til sin "
                "egen procedure, eller gør puljen tom: så vises den, men udføres ikke.",
                element=other,
            )
    if not executable:
        findings.add(
            "ikke-koerbar",
            f"Forløbet »{_process_name(chosen)}« er ikke markeret som kørbart. Sæt kryds i »Kørbar« på "
            "forløbet "
            '(isExecutable="true").',
            element=chosen,
        )
    return chosen


def count_nodes(process: etree._Element) -> int:
    """Flow nodes in `process`, at any depth."""
    return sum(
        1 for item in process.iter(tag=etree.Element) if tag_of(item) in ELEMENTS or tag_of(item) in OUTSIDE
    )


def check_size(chart: Chart, findings: Findings) -> bool:
    """Whether the chart is small enough for the engine and for the other checks; says so when it is not."""
    count = count_nodes(chart.process)
    if count > MAX_ELEMENTS:
        findings.add(
            "for-stort",
            f"Forløbet har {count} elementer; grænsen er {MAX_ELEMENTS}. Flyt en del af det til en "
            "procedure for sig, og kald den.",
            element=chart.process,
        )
    if chart.too_deep is not None:
        findings.add(
            "for-stort",
            f"{chart.too_deep.Said} ligger i mere end {MAX_NESTING} andre. Flyt det til en procedure for "
            "sig, og kald den.",
            element=chart.too_deep.element,
        )
    return count <= MAX_ELEMENTS and chart.too_deep is None


def check_ids(chart: Chart, findings: Findings) -> None:
    """Ids: present, used once in the whole file, not the engine's own, and names where expressions read
    them."""
    for scope in chart.scopes:
        for item in [*(node.element for node in scope.nodes), *children(scope.element, "sequenceFlow")]:
            if not item.get("id"):
                name = item.get("name") or tag_of(item)
                findings.add(
                    "id-mangler",
                    f"Elementet »{name}« har intet id. Slet det og tegn det igen.",
                    element=item,
                )
    # Extensions have ids of their own kind: an operator's name, a parameter's name.
    own = [item for item in chart.root.iter(tag=etree.Element) if item.tag.startswith("{http://www.omg.org/")]
    counted = Counter(item.get("id") for item in own if item.get("id"))
    told = set()
    for item in own:
        item_id = item.get("id")
        if item_id and counted[item_id] > 1 and item_id not in told:
            told.add(item_id)
            findings.add(
                "id-dobbelt",
                f"Id'et »{item_id}« bruges {counted[item_id]} gange. Giv hvert element sit eget id.",
                element=item,
            )
    if not chart.id:
        findings.add("id-mangler", "Forløbet har intet id. Skriv et.", element=chart.process)
    for node in chart.nodes.values():
        if node.id in RESERVED_IDS or node.id.endswith(RESERVED_ID_ENDINGS):
            findings.add(
                "id-reserveret",
                f"Id'et »{node.id}« er motorens eget. Giv elementet et andet id.",
                element=node.element,
            )
        if node.kind == "callActivity" and node.id and not is_name(node.id):
            findings.add(
                "id-ugyldigt",
                f"Id'et »{node.id}« på {node.said} læses af udtryk og må kun have bogstaver, tal og "
                "understreg. Giv kaldet et andet id.",
                element=node.element,
            )


def check_elements(chart: Chart, findings: Findings) -> None:
    """Elements, event definitions, scripts and data associations outside the profile."""
    for node in chart.nodes.values():
        name = node.title
        if node.kind in OUTSIDE:
            what, instead = OUTSIDE[node.kind]
            findings.add(
                "udenfor-profil",
                f"»{name}« er {_a(what)}, og den udføres ikke. {instead}",
                element=node.element,
            )
        elif node.kind == "subProcess" and node.element.get("triggeredByEvent") == "true":
            findings.add(
                "udenfor-profil",
                f"»{name}« er et hændelsesdelforløb, og det virker ikke i motoren. Læg et delforløb om de "
                "trin det gælder, og sæt en hændelse på dets kant.",
                element=node.element,
            )
        _check_events(node.kind, node.said, node.Said, node.scope.owner is not None, node.element, findings)
        if child_tags := {tag_of(item) for item in node.element.iterchildren(tag=etree.Element)} & {
            "ioSpecification",
            "dataInputAssociation",
            "dataOutputAssociation",
        }:
            findings.add(
                "data-tilknytning",
                f"{node.Said} har {', '.join(sorted(child_tags))}, som skjuler forløbets data. Slet pilen "
                "til dataobjektet, og brug egenskaben data eller en note.",
                element=node.element,
            )
    for item in chart.strangers:
        findings.add(
            "udenfor-profil",
            f"»{item.get('name') or item.get('id') or tag_of(item)}« ({tag_of(item)}) udføres ikke. Slet "
            "det.",
            element=item,
        )


def _check_events(
    kind: str, said: str, Said: str, inside: bool, element: etree._Element, findings: Findings
) -> None:
    entry = ELEMENTS.get(kind)
    if entry is None or not entry.events:
        return
    found = [
        tag_of(item).removesuffix("EventDefinition")
        for item in element.iterchildren(tag=etree.Element)
        if tag_of(item).endswith("EventDefinition")
    ]
    if len(found) > 1:
        findings.add(
            "haendelse-udenfor-profil",
            f"{Said} venter på flere ting på én gang. Tegn en hændelse for hver.",
            element=element,
        )
        return
    event = found[0] if found else ""
    allowed = entry.events if not (kind == "startEvent" and inside) else ("",)
    if event in allowed:
        return
    label = EVENT_LABELS.get(event, event)
    if not event:
        text = f"{Said} har ingen type og springes over. Vælg {_either(allowed)}."
    elif event in OUTSIDE_EVENTS:
        text = f"{Said} er af typen {label}, som motoren ikke udfører. {OUTSIDE_EVENTS[event]}"
    elif kind == "startEvent" and inside:
        text = (
            f"{Said} ligger i et delforløb og må ikke være af typen {label}. Gør den til en almindelig start."
        )
    elif kind == "startEvent" and event == "timer":
        text = (
            f"{Said} er et tidspunkt, og forløb startes ikke af tidspunkter i diagrammet. Gør den til en "
            "besked; den, der sender beskeden, bestemmer hvornår."
        )
    else:
        text = f"{Said} er af typen {label}, som ikke bruges her. Vælg {_either(allowed)}."
    findings.add("haendelse-udenfor-profil", text, element=element)


def check_drawing(chart: Chart, key: str, findings: Findings) -> None:
    """Advice: the process id is the bundle's name, and every node has a shape."""
    if chart.id and chart.id != key:
        findings.add(
            "procesnoegle",
            f"Forløbets id er »{chart.id}«, men pakken hedder »{key}«. Andre procedurer kalder den ved "
            "pakkens navn; giv dem samme navn.",
            element=chart.process,
        )
    drawn = {shape.get("bpmnElement") for shape in chart.root.iter("{" + DI_NS + "}BPMNShape")}
    missing = [node for node in chart.nodes.values() if node.id not in drawn]
    if missing:
        names = ", ".join(f"»{node.title}«" for node in missing[:5]) + (" …" if len(missing) > 5 else "")
        findings.add(
            "ikke-tegnet",
            f"{len(missing)} af {len(chart.nodes)} elementer er ikke tegnet og kan ikke ses: {names}. Tegn "
            "dem i modelleringsværktøjet.",
            element=missing[0].element,
        )


def _has_nodes(process: etree._Element) -> bool:
    return any(
        tag_of(item) in ELEMENTS or tag_of(item) in OUTSIDE
        for item in process.iterchildren(tag=etree.Element)
    )


def _process_name(process: etree._Element) -> str:
    return process.get("name") or process.get("id") or "uden navn"


def _either(events: tuple[str, ...]) -> str:
    words = [EVENT_LABELS[event] for event in events if event]
    return " eller ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "uden type"


def _a(what: str) -> str:
    return ("et " if what.startswith(("ad hoc", "delforløb")) else "en ") + what
