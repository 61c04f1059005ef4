"""Every rule of the publishing gate: its name as printed, how grave it is, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from engine.chart import line_of
from engine.types import Level, Problem

MAX_PROBLEMS: Final = 500
"""Problems kept per file: nobody reads more, and a hostile file must not fill the memory with them."""
MAX_TEXT: Final = 600
"""Characters of one problem's text."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `error` stops publishing, `advice` does not; a few rules soften an error to advice
    themselves."""

    level: Level
    title: str


_ERRORS: Final[dict[str, str]] = {
    # the file
    "fil": "Filen kan læses: XML, under 2 MB, uden DOCTYPE",
    "ikke-bpmn": "Filen er et BPMN 2.0-diagram",
    "ingen-proces": "Filen har et forløb",
    "flere-processer": "Filen har ét forløb der kan køres, og højst én pulje med indhold",
    "for-stort": "Højst 300 elementer og otte delforløb inden i hinanden",
    "id-mangler": "Alle elementer har et id",
    "id-dobbelt": "Intet id bruges to gange",
    "id-reserveret": "Motorens egne id'er bruges ikke",
    "id-ugyldigt": "Id'er der bruges som navne i udtryk, er gyldige navne",
    "udenfor-profil": "Kun elementer som motoren udfører rigtigt",
    "haendelse-udenfor-profil": "Kun hændelser som motoren udfører rigtigt",
    "foer-efter-script": "Ingen skjulte scripts før og efter et trin",
    "data-tilknytning": "Ingen data-ind/ud og dataobjekter der styrer data",
    # the way through
    "start": "Forløbet og hvert delforløb har en start",
    "slutning-mangler": "Forløbet og hvert delforløb har en slutning",
    "loes-ende": "Alle elementer har en pil ind",
    "kan-ikke-naas": "Alle elementer kan nås fra en start",
    "blindgyde": "Alle elementer fører videre eller er en slutning",
    "ingen-vej-ud": "Fra alle elementer kan en slutning nås",
    "pil": "Pile går mellem elementer i samme forløb og ikke ind i en start eller ud af en slutning",
    "flere-pile-ud": "Kun gateways har flere pile ud",
    "betingelse-uden-virkning": "Betingelser står kun på pile ud af et valg",
    "betingelse-mangler": "Alle veje ud af et valg undtagen standardvejen har en betingelse",
    "standardvej": "Et valg med betingelser har en standardvej",
    "laast-samling": "En samling venter ikke på veje der aldrig kommer",
    "loekke-uden-ventetid": "En løkke venter mindst ét sted",
    "vent-paa-det-foerste": "Ventepunkter har mindst to ventende hændelser og højst ét tidspunkt",
    "kanthaendelse": "Kanthændelser sidder på et trin og har én vej ud",
    "gentagelse": "Gentagelser går over en liste og samler deres resultat",
    # messages, calls, signals
    "besked-mangler": "Afsendelser og modtagelser har en besked med navn",
    "reference-mangler": "Signaler, fejl og eskaleringer henviser til noget der findes",
    "kald": "Et kald nævner den procedure det kalder, og ikke sig selv",
    "kald-ukendt": "Den kaldte procedure findes",
    # people and work
    "bane-mangler": "Alle opgaver ligger i en bane",
    "bane-navn": "Alle baner har hver sit navn",
    "bane-ukendt": "Banens navn er en kendt rolle",
    "bane-henvisning": "Baner nævner kun elementer der findes",
    "rolle-ukendt": "Roller i egenskaber og virkninger er kendte",
    "navn-mangler": "Opgaver har et navn",
    "skema-mangler": "Brugeropgaver har et skema",
    "skema-ukendt": "Skemaet findes i pakken",
    "frist-mangler": "Opgaver har en frist, selv eller fra forløbet",
    "egenskab-ukendt": "Kun kendte egenskaber",
    "egenskab-sted": "Egenskaber står på de elementer hvor de virker",
    "egenskab-vaerdi": "Egenskabers værdi kan læses",
    "operator-mangler": "Virkninger har en operator",
    "operator-ukendt": "Kun kendte operatorer",
    "parameter": "Operatorers parametre er kendte, til stede og har en brugbar værdi",
    "startregel": "Det kalenderen starter, har en regel, et sted at begynde og hører det rigtige sted til",
    "punkt-ukendt": "Punkter er id'er fra kravlisten",
    "vejledning-ukendt": "Vejledninger findes i biblioteket",
    # expressions and data
    "feel": "Alle udtryk er gyldig FEEL",
    "script": "Beregninger er linjer som navn = FEEL",
    "tidspunkt": "Tidspunkter er en dato, et tidspunkt eller en varighed",
    "tidspunkt-mangler": "Tidspunkter kan ikke være tomme",
    "tidspunkt-gentaget": "Ingen gentagne tidspunkter",
    "navn-ukendt": "Udtryk læser kun navne der sættes",
    "navn-reserveret": "Reserverede navne bruges ikke til data",
    "svar-ikke-her": "svar læses kun lige efter et udfyldt skema",
    "svar-felt": "Felter der læses i svar, er i skemaet",
    "indsendt-trin": "Trin der læses i indsendt, findes og har et skema",
    "indsendt-felt": "Felter der læses i indsendt, er i skemaet og er ikke personnumre",
    "data-felt": "Felter der gemmes, er i skemaet",
    "data-personnummer": "Personnumre gemmes ikke i forløbets data",
    # decision tables
    "tabel-mangler": "Beslutninger nævner en tabel i pakken",
    "tabel": "Beslutningstabeller kan læses og har hverken overlap eller huller",
    "videregivelse": "Trin der sender noget ud af enheden, siger på hvilket grundlag",
    # forms
    "skema-ulaeseligt": "Skemaer er form-js-skemaer",
    "skema-felttype": "Skemaer bruger kun kendte felttyper",
    "skema-noegle": "Felter har en gyldig nøgle, og kun sin egen",
    "skema-ledetekst": "Felter har en dansk ledetekst",
    "skema-valg": "Valgfelter har noget at vælge imellem",
    "skema-filer": "Felter til filer har typer og grænser der findes",
    "skema-moenster": "Mønstre kan læses",
    "skema-regel": "Skemaets regler nævner et felt, et krav og en tekst",
    # templates of documents; whether they can be rendered is found by whoever renders them
    "skabelon-mangler": "Dokumenter der udstedes, har en skabelon og en prøve i pakken",
    "skabelon": "Skabeloner kan laves til et dokument af deres prøve",
    # the engine itself
    "motor": "Motoren kan læse diagrammet",
    "kontrol": "Kontrollen kunne gennemføres",
}

_ADVICE: Final[dict[str, str]] = {
    "ikke-koerbar": "Forløbet er markeret som kørbart",
    "procesnoegle": "Forløbets id er pakkens navn",
    "udvidelse-uden-virkning": "Oplysninger som motoren ikke bruger",
    "fremmed-udvidelse": "Oplysninger fra andre programmer bevares, men virker ikke",
    "ikke-tegnet": "Alle elementer er tegnet",
    "besked-uden-modtager": "Nogen venter på de beskeder der sendes",
    "besked-kun-en-gang": "En kanthændelse der ikke afbryder, modtager kun én besked",
    "skema-ubrugt": "Alle skemaer bruges",
}

RULES: Final[dict[str, Rule]] = {
    **{name: Rule("error", title) for name, title in _ERRORS.items()},
    **{name: Rule("advice", title) for name, title in _ADVICE.items()},
}


@dataclass(frozen=True, slots=True)
class Procedure:
    """What the checks of one procedure need to know about another."""

    calls: frozenset[str] = frozenset()
    """Keys of the procedures that it calls."""
    names: frozenset[str] = frozenset()
    """Names of its data; a called procedure starts with a copy of them."""
    receives: frozenset[str] = frozenset()
    """Names of the messages it waits for or is started by."""


@dataclass(frozen=True, slots=True)
class Known:
    """What exists around the bundle. None means "not known": what depends on it is then advice or left "
    "out."""

    roles: frozenset[str] | None = None
    """Role keys."""
    lanes: frozenset[str] | None = None
    """What a lane may be called besides a role key: the roles' Danish names, in any case of letters."""
    procedures: Mapping[str, Procedure] | None = None
    """Procedure key to what it is like, without the one being checked."""
    receivers: frozenset[str] | None = None
    """Names of messages that something outside the procedures receives."""
    clauses: frozenset[str] | None = None
    """Ids that `punkter` may name."""
    guides: frozenset[str] | None = None
    """Keys of the guides in the library, that `vejledninger` may name."""


@dataclass(slots=True)
class Findings:
    """Collects the problems of one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        rule: str,
        text: str,
        *,
        element: etree._Element | None = None,
        element_id: str | None = None,
        line: int | None = None,
        level: Level | None = None,
    ) -> None:
        """Note one problem; id and line come from `element` unless given. Past MAX_PROBLEMS nothing is
        noted."""
        if len(self.problems) >= MAX_PROBLEMS:
            return
        if element is not None:
            element_id = element_id or element.get("id")
            line = line or line_of(element)
        self.problems.append(
            Problem(self.file, element_id, line, rule, _short(text), level or RULES[rule].level),
        )

    @property
    def full(self) -> bool:
        """Whether more problems would be dropped."""
        return len(self.problems) >= MAX_PROBLEMS

    @property
    def errors(self) -> bool:
        """Whether anything found so far stops publishing."""
        return any(problem.level == "error" for problem in self.problems)


def _short(text: str) -> str:
    """On one line, and no longer than a person reads: names in a hostile file may be megabytes."""
    one_line = " ".join(text[: 4 * MAX_TEXT].split())
    return one_line if len(one_line) <= MAX_TEXT else one_line[: MAX_TEXT - 1] + "…"
