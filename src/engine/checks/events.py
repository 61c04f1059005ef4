"""Checks events on edges, waits for the first of several, repetitions, messages and calls of other
procedures."""

from __future__ import annotations

from lxml import etree

from engine.chart import Chart, Node, child, item_name, text_of
from engine.checks.rules import Findings, Known
from engine.feel import is_name
from engine.profile import ACTIVITIES, MAX_INSTANCES

_CATCHING = ("receiveTask", "intermediateCatchEvent", "boundaryEvent", "startEvent")
_REFERENCES = {"signal": "et signal", "error": "en fejl", "escalation": "en eskalering"}


def check_events(chart: Chart, findings: Findings) -> None:
    """Boundary events, event-based gateways and references to signals, errors and escalations."""
    for node in chart.of_kind("boundaryEvent"):
        _check_boundary(node, findings)
    for node in chart.of_kind("eventBasedGateway"):
        _check_first_of_several(node, findings)
    for node in chart.nodes.values():
        for kind, definition in node.definitions:
            if kind in _REFERENCES:
                _check_reference(chart, node, kind, definition, findings)


def _check_boundary(node: Node, findings: Findings) -> None:
    if node.host is None:
        reference = node.element.get("attachedToRef", "")
        what = f"»{reference}«, som ikke findes her" if reference else "ingenting"
        findings.add(
            "kanthaendelse",
            f"{node.Said} sidder på {what}. Sæt den på kanten af et trin.",
            element=node.element,
        )
    elif node.host.kind not in ACTIVITIES:
        findings.add(
            "kanthaendelse",
            f"{node.Said} sidder på {node.host.said}. Sæt den på kanten af et trin.",
            element=node.element,
        )
    if not node.outgoing:
        findings.add(
            "kanthaendelse",
            f"{node.Said} fører ingen steder hen. Tegn en pil fra den.",
            element=node.element,
        )
    if node.event == "error" and not node.interrupting:
        findings.add(
            "kanthaendelse",
            f"{node.Said} er en fejl og skal afbryde. Gør den afbrydende.",
            element=node.element,
        )
    if node.event == "message" and not node.interrupting:
        findings.add(
            "besked-kun-en-gang",
            f"{node.Said} modtager kun den første besked. Skal det kunne ske flere gange, så tegn en løkke "
            "ved siden af hovedvejen: vent på besked, del i opgaven og tilbage til ventepunktet.",
            element=node.element,
        )


def _check_first_of_several(node: Node, findings: Findings) -> None:
    targets = [flow.target for flow in node.outgoing]
    if len(targets) < 2:
        findings.add(
            "vent-paa-det-foerste",
            f"{node.Said} har færre end to hændelser at vente på. Tegn dem, eller slet det.",
            element=node.element,
        )
    timers = [target for target in targets if target.event == "timer"]
    if len(timers) > 1:
        findings.add(
            "vent-paa-det-foerste",
            f"{node.Said} har {len(timers)} tidspunkter, og kun ét kan holdes. Brug ét med min(…) af dem, "
            "og et valg bagefter.",
            element=node.element,
        )
    for target in targets:
        if target.kind not in ("intermediateCatchEvent", "receiveTask"):
            findings.add(
                "vent-paa-det-foerste",
                f"Efter {node.said} står {target.said}, som ikke er en ventende hændelse. Sæt en hændelse "
                "ind før.",
                element=target.element,
            )
        elif len(target.incoming) > 1:
            findings.add(
                "vent-paa-det-foerste",
                f"{target.Said} hører til {node.said} og må ikke have andre pile ind. Tegn en for sig.",
                element=target.element,
            )


def _check_reference(
    chart: Chart, node: Node, kind: str, definition: etree._Element, findings: Findings
) -> None:
    reference = definition.get(f"{kind}Ref")
    if reference is None:
        # An error or escalation without a reference catches or throws any; a signal needs a name.
        if kind == "signal":
            findings.add(
                "reference-mangler", f"{node.Said} nævner intet signal. Vælg et.", element=node.element
            )
        return
    if reference not in chart.top(kind):
        findings.add(
            "reference-mangler",
            f"{node.Said} henviser til {_REFERENCES[kind]}, »{reference}«, som ikke findes. Vælg en anden.",
            element=node.element,
        )


def check_repetitions(chart: Chart, findings: Findings) -> None:
    """Multi-instance activities go over a list and hand their results back; standard loops are not used."""
    for node in chart.nodes.values():
        if child(node.element, "standardLoopCharacteristics") is not None:
            findings.add(
                "gentagelse",
                f"{node.Said} er markeret som løkke. Tegn løkken med et valg og en pil tilbage.",
                element=node.element,
            )
        repeat = node.repeats
        if repeat is not None:
            _check_repetition(node, repeat, findings)


def _check_repetition(node: Node, repeat: etree._Element, findings: Findings) -> None:
    def tell(text: str) -> None:
        findings.add("gentagelse", f"{node.Said} {text}", element=node.element)

    if child(repeat, "loopCardinality") is not None:
        tell("gentages et antal gange. Lad den gentages for hvert element i en liste i stedet.")
        return
    if not text_of(child(repeat, "loopDataInputRef")):
        tell(
            f"gentages, men nævner ingen liste. Skriv navnet på en liste i data med højst {MAX_INSTANCES} "
            "elementer."
        )
    if not item_name(repeat, "inputDataItem"):
        tell("gentages, men giver ikke det enkelte element et navn. Skriv et navn for elementet.")
    output = text_of(child(repeat, "loopDataOutputRef"))
    if node.kind in ("subProcess", "callActivity") and not (output and item_name(repeat, "outputDataItem")):
        tell(
            "gentages og skal samle resultaterne. Skriv både en liste til resultatet og navnet på det der "
            "samles."
        )
    for name in (output, item_name(repeat, "inputDataItem"), item_name(repeat, "outputDataItem")):
        if name and not is_name(name):
            tell(
                f"gentages og bruger »{name}«, som ikke kan være et navn. Skriv bogstaver, tal og understreg."
            )


def check_messages(chart: Chart, known: Known, findings: Findings) -> None:
    """Every send and receive has a message with a name; advice when nobody receives what is sent."""
    messages = chart.top("message")
    received = received_messages(chart)
    for node in chart.nodes.values():
        holder = message_holder(node)
        if holder is None:
            continue
        reference = holder.get("messageRef", "")
        if not reference:
            findings.add(
                "besked-mangler",
                f"{node.Said} har ingen besked at {'vente på' if node.kind in _CATCHING else 'sende'}. "
                "Vælg en.",
                element=node.element,
            )
        elif reference not in messages:
            findings.add(
                "besked-mangler",
                f"{node.Said} henviser til beskeden »{reference}«, som ikke findes. Vælg en anden.",
                element=node.element,
            )
        elif not messages[reference].get("name"):
            findings.add(
                "besked-mangler",
                f"Beskeden på {node.said} har intet navn. Giv den et.",
                element=node.element,
            )
        elif node.kind not in _CATCHING and known.procedures is not None and known.receivers is not None:
            name = messages[reference].get("name", "")
            elsewhere = any(name in procedure.receives for procedure in known.procedures.values())
            if not elsewhere and name not in received and name not in known.receivers:
                findings.add(
                    "besked-uden-modtager",
                    f"Ingen procedure venter på beskeden »{name}«, som {node.said} sender. Den bliver "
                    "liggende til en modtager findes.",
                    element=node.element,
                )


def message_holder(node: Node) -> etree._Element | None:
    """The XML element that should carry the node's messageRef; None when the node has nothing to do with
    messages."""
    if node.kind in ("sendTask", "receiveTask"):
        return node.definitions[0][1] if node.definitions else node.element
    return next((item for kind, item in node.definitions if kind == "message"), None)


def message_name(chart: Chart, node: Node) -> str:
    """Name of the message that the node sends or waits for; empty when there is none."""
    holder = message_holder(node)
    message = chart.top("message").get(holder.get("messageRef", "")) if holder is not None else None
    return message.get("name", "") if message is not None else ""


def received_messages(chart: Chart) -> frozenset[str]:
    """Names of the messages that the chart waits for or is started by."""
    return frozenset(filter(None, (message_name(chart, node) for node in chart.of_kind(*_CATCHING))))


def check_calls(chart: Chart, key: str, known: Known, findings: Findings) -> None:
    """Each call names a procedure that exists, and none leads back to itself."""
    for node in chart.of_kind("callActivity"):
        called = node.element.get("calledElement", "")
        if not called:
            findings.add(
                "kald",
                f"{node.Said} nævner ingen procedure. Vælg den procedure der skal kaldes.",
                element=node.element,
            )
        elif called in (key, chart.id):
            findings.add(
                "kald",
                f"{node.Said} kalder proceduren selv og ville aldrig blive færdigt. Tegn en løkke i stedet.",
                element=node.element,
            )
        elif known.procedures is None or called not in known.procedures:
            findings.add(
                "kald-ukendt",
                f"{node.Said} kalder »{called}«, som ikke er fundet. Ret navnet, eller offentliggør den "
                "procedure først.",
                element=node.element,
                level="advice" if known.procedures is None else None,
            )
        elif circle := _way_back(called, {key, chart.id}, known):
            findings.add(
                "kald",
                f"{node.Said} kalder i ring: {' → '.join([key, *circle])}. Lad et af leddene sende en "
                "besked i stedet.",
                element=node.element,
            )


def _way_back(called: str, home: set[str], known: Known) -> list[str]:
    """The chain of calls from `called` back to `home`; empty when there is none."""
    procedures = known.procedures or {}
    came_from: dict[str, str] = {called: ""}
    todo = [called]
    while todo:
        key = todo.pop(0)
        for later in sorted(procedures[key].calls if key in procedures else ()):
            if later in home:
                chain = [later, key]
                while came_from[chain[-1]]:
                    chain.append(came_from[chain[-1]])
                return chain[::-1]
            if later not in came_from:
                came_from[later] = key
                todo.append(later)
    return []


def called_keys(chart: Chart) -> frozenset[str]:
    """Keys of the procedures that the chart calls."""
    called = (node.element.get("calledElement", "") for node in chart.of_kind("callActivity"))
    return frozenset(filter(None, called))
