"""The properties that elements of a diagram may have (`spiffworkflow:properties`): the closed list.

Labels and explanations are Danish because owners of procedures read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from engine.profile import ACTIVITIES, ELEMENTS, RECEIVERS, TASKS_BY_PEOPLE

PropertyType = Literal[
    "form",
    "feel",
    "feel_or_none",
    "text",
    "case_lines",
    "data",
    "clauses",
    "roles",
    "note",
    "names",
    "start_rule",
    "choice",
    "figures",
    "disclosure",
    "start_values",
]

_PEOPLE: Final = TASKS_BY_PEOPLE
_STEPS: Final = ("process", "startEvent", *ACTIVITIES, "intermediateCatchEvent", "boundaryEvent")
_MESSAGES: Final = (
    "sendTask",
    "receiveTask",
    "intermediateThrowEvent",
    "intermediateCatchEvent",
    "boundaryEvent",
    "endEvent",
)


@dataclass(frozen=True, slots=True)
class Property:
    """One name of `spiffworkflow:properties`: on which elements, how its value is read, what people are
    told."""

    name: str
    places: tuple[str, ...]
    """BPMN tags, and `process`. On a receiver only when it waits for a message."""
    type: PropertyType
    label: str
    explanation: str
    choices: tuple[str, ...] = ()
    """For a choice: the values it may have."""


START_SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "kommunen": ("kommunen",),
    "sager": ("sag",),
    "indsatser": ("sag", "indsats"),
    "procedurer": ("procedure",),
    "maal": ("maal",),
    "medarbejdere": ("medarbejder",),
    "initiativer": ("initiativ",),
}
"""What a procedure may begin for by itself (`startregel_for`), and the facts its `startregel` reads then,
besides `nu` and `i_dag`."""

IN_CASES: Final = ("sager", "indsatser")
"""Of these the ones whose procedures run in a case."""

TASK_CARD: Final = "opgavekort"
"""In `vejledninger`: the card for the reader's own profession, whichever it is (SM-32)."""

BELONGS_TO: Final = ("sag", "kommunen")
"""Where a procedure runs (`hoerer_til`): in a case, or for the municipality as a whole."""


PROPERTIES: Final[dict[str, Property]] = {
    entry.name: entry
    for entry in (
        Property(
            "skema",
            ("userTask", "manualTask", "startEvent", *RECEIVERS),
            "form",
            "Skema",
            "Navnet på det skema der udfyldes, uden .form. Hvor der ventes på en besked: det skema en person "
            "giver beskeden med. På en start med besked: det skema beskedens indhold indsendes med.",
        ),
        Property(
            "frist",
            _PEOPLE,
            "feel_or_none",
            "Frist",
            "FEEL der giver en dato eller et tidspunkt, fx arbejdsdage_efter(i_dag, 5), eller ingen.",
        ),
        Property(
            "paamindelse",
            ("process", *_PEOPLE),
            "feel_or_none",
            "Påmindelse",
            "FEEL der giver en dato eller et tidspunkt, eller ingen. Ellers en arbejdsdag før "
            "arbejdsfristen.",
        ),
        Property(
            "eskalering",
            ("process", *_PEOPLE),
            "feel_or_none",
            "Eskalering",
            "FEEL der giver en dato eller et tidspunkt, eller ingen. Ellers første arbejdsdag efter fristen.",
        ),
        Property("formaal", _STEPS, "text", "Formål", "Hvorfor trinnet er der."),
        Property("indhold", _STEPS, "text", "Indhold", "Hvad der skal ske."),
        Property("deltagere", _STEPS, "text", "Deltagere", "Hvem der er med."),
        Property("ansvarlig", _STEPS, "text", "Ansvarlig", "Hvem der har ansvaret."),
        Property(
            "punkter",
            ("process", "sequenceFlow", "lane", *ELEMENTS),
            "clauses",
            "Punkter",
            "Id'er på de punkter i proceduren som elementet udfører, adskilt af komma.",
        ),
        Property(
            "sag",
            (*_PEOPLE, "startEvent"),
            "case_lines",
            "Skriv på sagen",
            "Linjer som sag.navn = FEEL. FEEL læser skemaets felter ved navn.",
        ),
        Property(
            "data",
            (*_PEOPLE, "startEvent", "callActivity"),
            "data",
            "Gem i forløbet",
            "Felter der gemmes i forløbet, adskilt af komma, eller linjer som navn = FEEL. "
            "På et kald: de felter der hentes tilbage.",
        ),
        Property(
            "forudfyld",
            _PEOPLE,
            "start_values",
            "Udfyldt på forhånd",
            "Linjer som felt = FEEL: det feltet begynder med. Regnes ud, når opgaven vises og løses, og "
            "gemmes ikke i forløbet.",
        ),
        Property(
            "tal",
            (*_PEOPLE, "startEvent"),
            "figures",
            "Tal til ledelsesinformation",
            "Linjer som art = FEEL. FEEL læser skemaets felter ved navn og giver en kort kode, et tal, en "
            "kontekst (vaerdi, opdeling, beloeb, antal, dato, frist, distrikt, noegle, tekst), en liste "
            "eller null. Der må ikke stå personoplysninger i koden.",
        ),
        Property(
            "videregivelse",
            (*_PEOPLE, "sendTask", "serviceTask"),
            "disclosure",
            "Videregivelse",
            "Retsgrundlaget for at oplysninger om personer forlader enheden: samtykke: FEEL, der giver "
            "modtageren eller en liste af modtagere, ellers den bestemmelse der giver hjemlen, som tekst, "
            "eller ingen når intet om personer forlader enheden.",
        ),
        Property(
            "myndighed",
            _PEOPLE,
            "choice",
            "Kun myndigheden",
            "ja, når kun myndighedens egne må løse opgaven, hvem den end går til: en beslutning i sagen.",
            ("ja",),
        ),
        Property(
            "bilag",
            _PEOPLE,
            "text",
            "Bilag",
            "Arter af sagens dokumenter, som den der har opgaven, må læse, adskilt af komma. Eksterne ser "
            "kun disse af sagens dokumenter.",
        ),
        Property(
            "noegle",
            _MESSAGES,
            "feel",
            "Nøgle",
            "FEEL. Beskeden når kun frem til den modtager der har samme nøgle.",
        ),
        Property(
            "startes_af",
            ("process", "startEvent", *RECEIVERS),
            "roles",
            "Startes af",
            "De roller der må starte, adskilt af komma, eller alle. Hvor der ventes på en besked: de roller "
            "der må give den; ellers sagens rådgiver og enhedens leder.",
        ),
        Property(
            "start_betingelse",
            ("process",),
            "feel",
            "Betingelse for start",
            "FEEL der skal være sand for at forløbet kan startes.",
        ),
        Property(
            "start_afvisning",
            ("process",),
            "text",
            "Besked når start afvises",
            "Hvad brugeren får at vide når betingelsen ikke er opfyldt.",
        ),
        Property("titel", ("process",), "text", "Titel", "Hvad forløbet hedder i lister."),
        Property(
            "deles",
            ("userTask",),
            "text",
            "Deles under mødet",
            "Hvem der ser skemaet, mens det udfyldes: deltagere i hele mødet (hele), i eget punkt "
            "(eget_punkt) og i SOS-delen (sos), adskilt af komma.",
        ),
        Property(
            "kursus",
            _PEOPLE,
            "text",
            "Kursus",
            "Nøglen på et kursus i registret, som den der løser opgaven, skal have været på. Mangler det, "
            "siges det på opgaven, og den der udbyder kurset, får besked.",
        ),
        Property(
            "uden_sag",
            ("startEvent",),
            "choice",
            "Uden afsenderens sag",
            "ja, når det en besked starter, ikke hører til afsenderens sag: forløbet ser kun, hvad beskeden "
            "bringer, og opretter eller finder selv sagen.",
            ("ja",),
        ),
        Property(
            "udkast",
            ("process",),
            "note",
            "Udkast",
            "Hvad proceduren mangler, når den kun er et udkast. »Udkast« står da på opgaver og dokumenter.",
        ),
        Property(
            "vejledninger",
            (*_PEOPLE, "startEvent"),
            "names",
            "Vejledninger",
            "Nøglerne på de vejledninger, der hører til trinnet, adskilt af komma. opgavekort er kortet for "
            "læserens faggruppe.",
        ),
        Property(
            "antagelse",
            ("process", "sequenceFlow", "lane", *ELEMENTS),
            "note",
            "Antagelse",
            "Hvad elementet bygger på, som kilderne ikke siger. Procesejeren kan ændre det.",
        ),
        Property(
            "hoerer_til",
            ("process",),
            "choice",
            "Hører til",
            "sag (det sædvanlige) eller kommunen: forløbet kører da uden en sag.",
            BELONGS_TO,
        ),
        Property(
            "materialefrist",
            ("process",),
            "feel",
            "Frist for materiale",
            "FEEL der læser moede og giver et tidspunkt: derefter får ingen sag tid på forløbets møde. "
            "Regnes om, hver gang mødet flyttes.",
        ),
        Property(
            "startregel",
            ("process",),
            "start_rule",
            "Begynder af sig selv",
            "FEEL der giver en dato, en liste af datoer, en kontekst {dato, noegle, data} eller en liste af "
            "dem. Når datoen er kommet, begynder forløbet kl. 6, én gang for hver nøgle (ellers "
            "for hver dato).",
        ),
        Property(
            "startregel_for",
            ("process",),
            "choice",
            "Begynder for",
            "Hvad startreglen regnes ud for: kommunen (læser kommunen), sager (sag), indsatser (sag og "
            "indsats), procedurer (procedure), maal (maal), medarbejdere (medarbejder) eller initiativer "
            "(initiativ).",
            tuple(START_SCOPES),
        ),
        Property(
            "startregel_tekst",
            ("process",),
            "text",
            "Hvornår, i ord",
            "Hvornår forløbet begynder af sig selv, som det siges på procedurens side.",
        ),
        Property(
            "modtager",
            _PEOPLE,
            "feel",
            "Modtager",
            "FEEL der giver en rolle, en person eller en kontekst {rolle, enhed}, som får opgaven i stedet "
            "for banens rolle. Kun i forløb uden sag.",
        ),
    )
}
