"""The story of Liv: how her case is opened, step by step, with what people write in each form.

Scenario 13 of the municipality's worked examples, as it is typed into the pages: names of fields and answers.
The browser test of the whole path and the pictures of the tour play it.
"""

from __future__ import annotations

from tools.visitor import Answers

CHILD = "Liv Skov"
BEGINS = "2026-02-02T09:00"

FRONT_STAGE = "ida.krag"
LEADER = "kirsten.bro"
CASEWORKER = "mette.holm"
OTHER_CASEWORKER = "jonas.friis"

CONTACT: Answers = {
    "Hvordan kom henvendelsen?": "Telefon",
    "Hvem henvender sig?": "Borger",
    "Hvad er det?": "Henvendelse",
    "Modtaget den": "02.02.2026 08:55",
    "Afsenderens navn": "Maja Skov",
    "Telefon eller mail": "12 34 56 78",
    "Navn": CHILD,
    "CPR-nummer": "030323-0000",
    "Fødselsdato": "03.03.2023",
    "Kommer henvendelsen fra en ad hoc-gruppe?": "Nej",
    "Hvad handler henvendelsen om?": "Maja er bekymret for Livs sprog og vil gerne have hjælp.",
}

ANSWER: Answers = {
    "Svar til afsenderen": "Maja har fået at vide, at en rådgiver kontakter hende i denne uge.",
    "Hvad gøres der?": "Der oprettes en sag",
}

ALLOCATION: Answers = {
    "Ansvarlig rådgiver": "Mette Holm",
    "Begrundelse for valget": "Mette kender familiens lokalområde.",
}

_AGREED = "Har familien givet samtykke til, at fagpersonen involveres?"

PREPARATION: Answers = {
    "Er der behov for at involvere øvrige relevante fagpersoner?": "Ja",
    "Fagpersoner": [
        {
            "Navn": "Ditte Lykke",
            "Funktion": "Pædagog",
            "Organisation": "Børnehuset Solsikken",
            "Hvorfor relevant?": "Kender Liv i hverdagen",
            _AGREED: "Ja",
        },
        {
            "Navn": "Lone Hede",
            "Funktion": "Sundhedsplejerske",
            "Organisation": "Sundhedstjenesten",
            "Hvorfor relevant?": "Har fulgt Liv siden fødslen",
            _AGREED: "Ja",
        },
    ],
}

FAMILY_TALK: Answers = {
    "Dato for samtalen": "12.02.2026",
    "Sted": "Familiens hjem",
    "Deltog barnet/den unge?": "Nej",
    "Hvorfor deltog barnet/den unge ikke?": "Liv er to år og observeres i trin 4.",
    "Familien": [
        {"Navn": "Maja Skov", "Relation til barnet/den unge": "Mor", "Har forældremyndighed": True},
        {"Navn": "Jakob Skov", "Relation til barnet/den unge": "Far", "Har forældremyndighed": True},
    ],
    "Den samlede sags omfang": "Sprog, søvn og hverdagens rytme.",
    "Familiens ønsker": "Vi vil gerne have ro om morgenen og hjælp til Livs sprog.",
    "Familiens prioritering": [
        {"Ønske eller behov": "Ro om morgenen", "Prioritet": 1},
        {"Ønske eller behov": "Hjælp til Livs sprog", "Prioritet": 2},
    ],
}

WAY_TO_THE_CHILD: Answers = {
    "Hvordan inddrages barnets/den unges perspektiv?": "Observation af barnet/den unge",
    "Bemærkning til valget": "Liv er to år.",
}

OBSERVATION: Answers = {
    "Dato for observationen": "19.02.2026",
    "Sted": "Børnehuset Solsikken",
    "Observationer": "Liv leger roligt ved siden af de andre og peger på det, hun vil have.",
    "Barnets/den unges perspektiv": "Liv er glad, når dagen er forudsigelig, og bliver ked af skift.",
}

MISSING: Answers = {
    "Manglende oplysninger": [
        {
            "Oplysning": "Status på sprog og leg",
            "Kilde": "Børnehuset Solsikken",
            "Status": "Indhentes nu",
            "Har familien givet samtykke til, at oplysningen indhentes?": "Ja",
        },
        {"Oplysning": "Sundhedsplejens journal", "Kilde": "Sundhedstjenesten", "Status": "Er modtaget"},
    ],
}

RECEIVED: Answers = {
    "Hvad er udfaldet?": "Oplysningen er modtaget",
    "Modtaget den": "09.03.2026",
}

SHARED: Answers = {
    "Delt med familien den": "10.03.2026",
    "Hvordan?": "På et møde",
}

INVITED = "Deltagere"
"""The list in the plan of the meeting; its first row is the child, who is too young to come."""

MEETING_PLAN: Answers = {
    "Mødedato": "16.03.2026",
    "Klokken": "14:00",
    "Sted": "Rådhuset, lokale 2",
    "Hvorfor inviteres barnet/den unge ikke?": "Liv er tre år; observationen bringer hendes perspektiv.",
    "Personer i barnets/den unges netværk": [
        {
            "Navn": "Inge Skov",
            "Relation": "Bedsteforælder",
            "Bor personen i barnets/den unges lokalområde?": "Ja",
        },
    ],
}

INVITATION: Answers = {
    "Indkaldelsen er sendt den": "10.03.2026",
    "Hvordan er den sendt?": ["Digital Post", "Sikker mail til fagpersoner"],
}

MEETING: Answers = {
    "Blev mødet holdt?": "Ja",
    "Mødet blev holdt den": "16.03.2026",
    "Barnets/den unges perspektiv": "Liv trives bedst med ro og faste aftaler.",
    "Familiens perspektiv": "Vi har brug for aflastning om morgenen.",
    "Ressourcer i barnets/den unges netværk": [
        {
            "Navn": "Inge Skov",
            "Relation": "Bedsteforælder",
            "Bor personen i barnets/den unges lokalområde?": "Ja",
            "Er personen egnet som ressourceperson?": "Ja",
            "Hvad kan personen bidrage med?": "Kan hente Liv to dage om ugen.",
        },
    ],
    "Aftaler": [{"Hvad er aftalt?": "Mette skriver udkast til planen", "Hvem gør det?": "Mette Holm"}],
}

RESOURCE_INVITATION: Answers = {
    "Mødedato": "16.03.2026",
    "Klokken": "17:00",
    "Hvem indkaldes?": [
        {"Navn": "Liv Skov", "Rolle": "Barnet/den unge"},
        {"Navn": "Inge Skov", "Rolle": "Ressourceperson"},
        {"Navn": "Maja Skov", "Rolle": "Forældremyndighedsindehaver"},
    ],
}

RESOURCE_MEETING: Answers = {
    "Er mødet holdt?": "Ja",
    "Dato for mødet": "16.03.2026",
    "Hvor?": "Inges hjem",
    "Om hvad?": "At hente Liv to dage om ugen.",
    "Laves der en aftale?": "Nej",
    "Hvorfor laves der ingen aftale?": "Inge vil først se tiden an.",
}

PLAN: Answers = {
    "Planens dato": "24.03.2026",
    "Følges op hver … måned": 3,
    "Formål med indsatsen": "Liv får en rolig og forudsigelig hverdag.",
    "Mål": [
        {
            "Mål": "Morgenerne er rolige fire dage om ugen.",
            "Hvilket ønske eller behov bygger målet på?": "Ro om morgenen",
            "Målet er formuleret af": ["Familien", "Rådgiver"],
            "Indsats": "Familievejleder",
            "Ansvarlig": "Maja Skov",
            "Målet skal være nået den": "01.02.2027",
        },
        {
            "Mål": "Liv bruger sætninger på tre ord.",
            "Hvilket ønske eller behov bygger målet på?": "Hjælp til Livs sprog",
            "Målet er formuleret af": ["Familien", "Fagperson"],
            "Indsats": "Sprogstøtte",
            "Ansvarlig": "Ditte Lykke",
            "Målet skal være nået den": "01.03.2027",
        },
    ],
}

FIRST_FOLLOW_UP: Answers = {
    "Dato for kontakten med familien": "24.06.2026",
    "Hvem deltog?": "Maja og Jakob Skov",
    "Målene i den fælles plan": [
        {
            "Hvad sker der med målet?": "Revideres",
            "Ny formulering af målet": "Morgenerne er rolige alle hverdage.",
        },
        {"Hvad sker der med målet?": "Fastholdes"},
    ],
    "Hvordan har familien medvirket?": "Forældrene har selv foreslået det nye mål.",
    "Modtager familien den rigtige indsats til tiden?": "Ja",
}

SECOND_FOLLOW_UP: Answers = {
    "Dato for kontakten med familien": "24.09.2026",
    "Hvem deltog?": "Maja Skov",
    "Målene i den fælles plan": [
        {"Hvad sker der med målet?": "Fastholdes"},
        {"Hvad sker der med målet?": "Fastholdes"},
    ],
    "Hvordan har familien medvirket?": "Maja fortæller, at målene stadig er de rigtige.",
    "Modtager familien den rigtige indsats til tiden?": "Ja",
}
