"""The profile: what a diagram may be made of, as plain data.

Properties and effects have modules of their own (`properties`, `operators`).
The checks refuse everything that is not in here, the modeller offers nothing else, and the README lists it.
Labels and explanations are Danish because owners of procedures read them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_ELEMENTS: Final = 300
"""Flow nodes in one diagram. The library's parser is recursive and gives up between 450 and 500 in a
chain."""
MAX_NESTING: Final = 8
"""Sub-processes inside each other."""
MAX_INSTANCES: Final = 50
"""Live branches of one multi-instance activity; each costs time on every completion of a sibling."""

BPMN_NS: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI_NS: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
SPIFF_NS: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"


@dataclass(frozen=True, slots=True)
class ElementKind:
    """One supported flow node. `label` is how a sentence names it, `the` the same in the definite form."""

    label: str
    the: str
    events: tuple[str, ...] = ()
    """For events: the definitions allowed; the empty text is an event without one."""


ELEMENTS: Final[dict[str, ElementKind]] = {
    "startEvent": ElementKind("start", "starten", ("", "message")),
    "endEvent": ElementKind("slutning", "slutningen", ("", "error", "message", "terminate", "escalation")),
    "userTask": ElementKind("brugeropgave", "opgaven"),
    "manualTask": ElementKind("manuel opgave", "den manuelle opgave"),
    "scriptTask": ElementKind("beregning (script)", "beregningen"),
    "serviceTask": ElementKind("systemopgave", "systemopgaven"),
    "businessRuleTask": ElementKind("beslutningstabel", "beslutningen"),
    "sendTask": ElementKind("send besked", "afsendelsen"),
    "receiveTask": ElementKind("vent på besked", "modtagelsen"),
    "callActivity": ElementKind("kald af procedure", "kaldet"),
    "subProcess": ElementKind("delforløb", "delforløbet"),
    "exclusiveGateway": ElementKind("valg", "valget"),
    "parallelGateway": ElementKind("deling eller samling", "delingen"),
    "eventBasedGateway": ElementKind("vent på det første", "ventepunktet"),
    "intermediateCatchEvent": ElementKind("ventende hændelse", "hændelsen", ("timer", "message", "signal")),
    "intermediateThrowEvent": ElementKind(
        "afsendende hændelse", "hændelsen", ("message", "signal", "escalation")
    ),
    "boundaryEvent": ElementKind(
        "hændelse på kanten",
        "kanthændelsen",
        ("timer", "error", "escalation", "message", "signal"),
    ),
}

TASKS_BY_PEOPLE: Final = ("userTask", "manualTask")
GATEWAYS: Final = ("exclusiveGateway", "parallelGateway", "eventBasedGateway")
ACTIVITIES: Final = tuple(
    kind for kind, entry in ELEMENTS.items() if not entry.events and kind not in GATEWAYS
)

OUTSIDE: Final[dict[str, tuple[str, str]]] = {
    # tag: (what it is called, what to draw instead)
    "task": ("opgave uden type", "Vælg en type, fx brugeropgave, i stedet."),
    "inclusiveGateway": (
        "inklusiv gateway",
        "Tegn valg (XOR) efter hinanden, eller send en besked for hver vej.",
    ),
    "complexGateway": ("kompleks gateway", "Tegn det med valg (XOR) og delinger (AND)."),
    "adHocSubProcess": (
        "ad hoc-delforløb",
        "Ekstra opgaver kan altid oprettes på sagen; tegn kun det faste forløb.",
    ),
    "transaction": ("transaktion", "Brug et almindeligt delforløb med en hændelse på kanten."),
    "callConversation": ("samtale", "Slet den."),
    "choreographyTask": ("koreografi", "Tegn et almindeligt forløb."),
    "implicitThrowEvent": ("skjult hændelse", "Slet den."),
    "event": ("hændelse uden type", "Vælg en start, en slutning eller en ventende hændelse."),
}

EVENT_LABELS: Final[dict[str, str]] = {
    "": "uden type",
    "timer": "tidspunkt",
    "message": "besked",
    "signal": "signal",
    "error": "fejl",
    "escalation": "eskalering",
    "terminate": "afslut alt",
    "conditional": "betingelse",
    "link": "henvisning (link)",
    "compensate": "kompensation",
    "cancel": "annullering",
}

OUTSIDE_EVENTS: Final[dict[str, str]] = {
    "conditional": "Brug en besked, eller et valg efter den opgave hvor svaret gives.",
    "link": "Tegn pilen helt frem, eller brug et delforløb.",
    "compensate": "Tegn de opgaver der skal rette op, som almindelige opgaver.",
    "cancel": "Brug en fejl-slutning i delforløbet og en fejlhændelse på dets kant.",
}

RESERVED_IDS: Final = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
RESERVED_ID_ENDINGS: Final = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", ".BoundaryEventParent")

FACTS: Final[dict[str, str]] = {
    "sag": "Sagens oplysninger, som de er lige nu",
    "moede": "Det møde forløbet hører til",
    "nu": "Tidspunktet lige nu",
    "i_dag": "Dagens dato",
    "svar": "Det der netop er udfyldt i et skema; kan læses indtil forløbet venter igen",
    "starter": "Den person der startede forløbet",
    "indsendt": "Det der sidst er indsendt med et trins skema i samme forløb: indsendt.<trinnets "
    "id>.<felt>. null før trinnet er udført. Lange tekster læses her og gemmes ikke i forløbet",
    "kommunen": "Kommunens registre og procedurer; kun i forløb uden sag",
}
"""Names that every expression may read. They are handed over per call and never saved with the instance."""

FORM_FACTS: Final[dict[str, str]] = {"personer": "Personer efter rolle, til valglister"}
"""Names that only expressions in forms may read, besides FACTS and the instance's data."""

DUE_NAMES: Final = ("frist", "frist_dato", "arbejdsfrist_dato")
"""Names that `paamindelse` and `eskalering` may read besides: the due date as it was just worked out."""

FORBIDDEN_NAMES: Final = frozenset({"typename", "constructor", "prototype", "__proto__"})
"""Names that nothing may have at any depth: the serializer's own and JavaScript's own."""

RESERVED_NAMES: Final = frozenset({*FORBIDDEN_NAMES, *FACTS, *FORM_FACTS})
"""Names that no process data may have."""

CASE_OWN: Final = frozenset(
    {
        "id",
        "nummer",
        "status",
        "sagsart",
        "barn",
        "raadgiver",
        "kontorleder",
        "lokal_enhed",
        "planer",
        "samtykker",
        "case_id",
    }
)
"""Names in `sag` that the platform writes itself; a procedure may not write them."""

NAME: Final = re.compile(r"[^\W\d]\w*\Z")
"""A name that FEEL, the forms and the engine all read alike."""

ASSIGNMENT: Final = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.+)\Z", re.DOTALL)
"""`name = FEEL`, a line of a script or of the property `data`."""

CASE_ASSIGNMENT: Final = re.compile(r"\s*sag\.([A-Za-z_]\w*)\s*=(?!=)\s*(.+)\Z", re.DOTALL)
"""`sag.name = FEEL`, a line of the property `sag`."""

RECEIVERS: Final = ("receiveTask", "intermediateCatchEvent", "boundaryEvent")
"""What may wait for a message in the middle of a procedure, and be given it by a person."""

BY_HAND: Final = ("skema", "startes_af")
"""Properties of which a receiver needs one for a person to give it its message; else only procedures and
systems do."""

CASE_FIELDS: Final = ("barn_navn",)
"""Fields that the form behind `opret_sag` must have."""

PARTY_KINDS: Final = ("fagperson", "netvaerksperson", "familie", "fm")


@dataclass(frozen=True, slots=True)
class Component:
    """One form-js component that may be used in a form."""

    label: str
    keyed: bool = True
    """Whether it holds an answer under a key."""
    options: bool = False
    """Whether it offers values to choose from."""
    container: bool = False


COMPONENTS: Final[dict[str, Component]] = {
    "textfield": Component("kort tekst"),
    "textarea": Component("lang tekst"),
    "number": Component("tal"),
    "checkbox": Component("afkrydsning"),
    "checklist": Component("flervalg", options=True),
    "radio": Component("valg", options=True),
    "select": Component("valgliste", options=True),
    "taglist": Component("flervalgsliste", options=True),
    "datetime": Component("dato eller tid"),
    "filepicker": Component("filer"),
    "group": Component("gruppe", keyed=False, container=True),
    "dynamiclist": Component("rækker", keyed=False, container=True),
    "text": Component("vejledning", keyed=False),
    "separator": Component("streg", keyed=False),
}

ATTACHABLE: Final = ("pdf", "png", "jpg", "docx", "xlsx", "pptx", "odt", "ods", "txt")
"""Kinds of files that people may attach; `accept` in a form names them, with a dot before."""

MAX_FILE_MB: Final = 25
"""The largest file that a form may take."""

MAX_FILES: Final = 20
"""How many files one field may take."""
