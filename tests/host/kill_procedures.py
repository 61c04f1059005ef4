"""What the nodes of test_kills.py work at: rounds of tasks, timers, messages, calls and effects."""

from __future__ import annotations

from engine.types import Bundle
from tests.engine.drawing import chain, declared, flow, message, node, properties, script, timer
from tests.host.stage import bundle, service, user

ANSWER = [
    {"type": "textfield", "key": "tekst", "id": "tekst", "label": "Tekst", "validate": {"required": True}},
    {"type": "checkbox", "key": "mere", "id": "mere", "label": "En runde mere"},
]
NO_FORM_DUE = {
    "frist": 'nu + duration("PT2S")',
    "paamindelse": 'nu + duration("PT0.2S")',
    "eskalering": 'nu + duration("PT0.4S")',
}


def rounds() -> Bundle:
    """A task, a document, a notice, a message, a call, a timer and an answer to wait for; and again."""
    inside = (
        node("startEvent", "s")
        + script("nul", "runde = 0")
        + node("exclusiveGateway", "igen")
        + user("A", "Skriv", skema="svar", data="mere", **NO_FORM_DUE)
        + script("taeller", "runde = runde + 1")
        + service("D", "udsted_dokument", art='"rapport"', titel='"Rapport"', indhold="{runde: runde}")
        + service("N", "adviser", rolle='"front_stage"', tekst='"runde " + string(runde)')
        + node("sendTask", "M", name="Send", messageRef="ud")
        + node("callActivity", "K", properties(data="runde"), name="Kald", calledElement="kaldt")
        + node("intermediateCatchEvent", "T", timer("PT0.2S"), name="T")
        + node("intermediateCatchEvent", "W", properties(noegle="string(runde)") + message("ind"), name="W")
        + node("exclusiveGateway", "valg", default="valg_e")
        + node("endEvent", "e")
    )
    flows = chain("s", "nul", "igen", "A", "taeller", "D", "N", "M", "K", "T", "W", "valg") + flow(
        "valg", "e"
    )
    outside = declared("ud", "runde_slut", payload="{runde: runde}") + declared("ind", "kvittering", "svaret")
    return bundle(
        "runder",
        inside + flows + flow("valg", "igen", "mere = true"),
        outside=outside,
        lane="Front Stage: A",
        svar=ANSWER,
    )


def called() -> Bundle:
    """The called procedure: a timer, a note and a task for the case's rådgiver."""
    inside = (
        node("startEvent", "s")
        + node("intermediateCatchEvent", "KT", timer("PT0.1S"), name="KT")
        + service("KN", "noter", tekst='"kaldt " + string(runde)')
        + user("KU", "Se det igennem", **NO_FORM_DUE)
        + node("endEvent", "e")
    )
    return bundle("kaldt", inside + chain("s", "KT", "KN", "KU", "e"), lane="Rådgiver: KU")


def receiving() -> Bundle:
    """Started by the message of a round; answers it after a while."""
    inside = (
        node("startEvent", "s", message("ud"))
        + service("MN", "noter", tekst='"modtaget " + string(runde)')
        + node("intermediateCatchEvent", "MT", timer("PT0.15S"), name="MT")
        + node("sendTask", "S", properties(noegle="string(runde)"), name="Kvittér", messageRef="ind")
        + node("endEvent", "e")
    )
    outside = declared("ud", "runde_slut") + declared("ind", "kvittering", payload='{fra: "modtager"}')
    return bundle("modtager", inside + chain("s", "MN", "MT", "S", "e"), outside=outside)
