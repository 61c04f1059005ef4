"""The effects that a service task can have (its operator): the closed list with their parameters.

Labels and explanations are Danish because owners of procedures read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operator; its value is FEEL."""

    name: str
    label: str
    required: bool = True
    kind: Literal["value", "element", "role", "person", "rows"] = "value"
    """What the value must be; `element` and `role` are checked when they are written as plain text."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One effect that a service task can have. Its code is in `tasks`; here is what may be asked of it."""

    name: str
    label: str
    explanation: str
    parameters: tuple[Parameter, ...]


OPERATORS: Final[dict[str, Operator]] = {
    entry.name: entry
    for entry in (
        Operator(
            "opret_sag",
            "Opret sag",
            "Opretter barnet og sagen ud fra et udfyldt skema. Forløbet hører derefter til sagen.",
            (
                Parameter("fra", "Trin hvis skema har barn_navn", kind="element"),
                Parameter("sagsart", "Sagsart", required=False),
                Parameter(
                    "enhed",
                    "Hvis enhed sagen hører til: starter for den, der begyndte forløbet; ellers modtagelsens",
                    required=False,
                ),
            ),
        ),
        Operator(
            "knyt_sag",
            "Knyt til sag",
            "Knytter forløbet til en sag der findes i forvejen.",
            (Parameter("nummer", "Sagens nummer"),),
        ),
        Operator(
            "saet_raadgiver",
            "Sæt rådgiver",
            "Gør en person til sagens rådgiver.",
            (Parameter("person", "Person", kind="person"),),
        ),
        Operator(
            "registrer_parter",
            "Registrér parter",
            "Skriver personer på sagen som parter. Står der ja til samtykke i en række, skrives også et "
            "samtykke på sagen.",
            (
                Parameter("art", "Art: fagperson, netvaerksperson, familie eller fm"),
                Parameter("raekker", "Rækker med navn m.m.", kind="rows"),
                Parameter("samtykke_fra", "Hvem der har givet samtykket; ellers familien", required=False),
            ),
        ),
        Operator(
            "udsted_dokument",
            "Udsted dokument",
            "Laver en ny version af et dokument med skabelonen documents/<art>.typ i pakken. Den bliver til "
            "en PDF, journaliseres og kan udleveres.",
            (
                Parameter("art", "Dokumentets art, skrevet som fast tekst: navnet på skabelonen"),
                Parameter("titel", "Titel"),
                Parameter("indhold", "Indhold: de felter, skabelonen bruger"),
                Parameter("modtagere", "Hvem skal have det: rækker {navn, rolle, person}", required=False),
                Parameter("tal", "Årstal: tallene til udvalget lægges i feltet tabeller", required=False),
                Parameter(
                    "fremgangsmaade",
                    "sag (ét i sagen, det sædvanlige), forloeb (ét for hvert forløb), nyt (et nyt hver gang) "
                    "eller bibliotek (for alle medarbejdere, uden sag)",
                    required=False,
                ),
                Parameter(
                    "arkiv", 'Hvor det journaliseres: en liste af "edoc" og "fagsystem"; ellers edoc', False
                ),
            ),
        ),
        Operator(
            "udlever_dokument",
            "Udlevér dokument",
            "Noterer, hvem der har fået den nyeste version af et dokument, hvordan og hvornår.",
            (
                Parameter("art", "Dokumentets art"),
                Parameter("raekker", "Rækker {navn, hvordan: digital, papir eller post, dato}"),
            ),
        ),
        Operator(
            "noter", "Skriv i journalen", "Skriver et notat i sagens journal.", (Parameter("tekst", "Tekst"),)
        ),
        Operator(
            "adviser",
            "Advisér",
            "Giver besked til dem der har en rolle. Mail indeholder aldrig personoplysninger.",
            (Parameter("rolle", "Rolle", kind="role"), Parameter("tekst", "Tekst")),
        ),
        Operator(
            "saet_status",
            "Sæt sagens status",
            "Ændrer sagens status.",
            (Parameter("status", "Status"),),
        ),
        Operator(
            "noter_tal",
            "Notér tal",
            "Noterer et tal til ledelsesinformation. Der må ikke stå personoplysninger i koderne.",
            (
                Parameter("art", "Tallets art"),
                Parameter("vaerdi", "Kort kode, som der tælles efter", required=False),
                Parameter("opdeling", "Kort kode, som tallet deles op efter", required=False),
                Parameter("beloeb", "Beløb i hele kroner", required=False),
                Parameter("antal", "Antal; ellers 1", required=False),
                Parameter("dato", "Dato; ellers i dag", required=False),
                Parameter("frist", "Hvornår det senest skal ske", required=False),
                Parameter("distrikt", "Distrikt; ellers sagens", required=False),
                Parameter("noegle", "Nøgle: et senere tal med samme nøgle erstatter det", required=False),
                Parameter("tekst", "Tekst; gemmes krypteret", required=False),
            ),
        ),
        Operator(
            "opret_moede",
            "Opret møde",
            "Opretter forløbets møde. Er et møde allerede planlagt, flyttes det. Med pladslængde deles mødet "
            "i pladser, som sager får tid på.",
            (
                Parameter("art", "Mødets art"),
                Parameter("titel", "Titel"),
                Parameter("start", "Start"),
                Parameter("slut", "Slut"),
                Parameter("sted", "Sted", required=False),
                Parameter("link", "Link til digital deltagelse", required=False),
                Parameter("pladslaengde", "Pladslængde i minutter", required=False),
                Parameter("moedeleder", "Mødeleder", required=False, kind="person"),
                Parameter("referent", "Referent", required=False, kind="person"),
                Parameter("samme_kreds", "Samme deltagere som forrige møde (ja/nej)", required=False),
            ),
        ),
        Operator(
            "flyt_moede",
            "Flyt eller ret møde",
            "Ændrer mødets tid, sted eller link. Alt der afhænger af mødet, regnes om én gang.",
            (
                Parameter("start", "Start", required=False),
                Parameter("slut", "Slut", required=False),
                Parameter("sted", "Sted", required=False),
                Parameter("link", "Link til digital deltagelse", required=False),
            ),
        ),
        Operator(
            "aflys_moede",
            "Aflys møde",
            "Aflyser mødet. Sager på dagsordenen får besked og beholder deres materiale.",
            (Parameter("begrundelse", "Begrundelse"),),
        ),
        Operator("afslut_moede", "Afslut møde", "Mødet er afholdt. Afvises, mens et punkt er åbent.", ()),
        Operator(
            "saet_deltagere",
            "Sæt deltagere",
            "Skriver hvem der deltager i mødet eller i forløbets punkt. En række med rolle uden navn er alle "
            "der har rollen.",
            (
                Parameter("raekker", "Rækker med navn, person, rolle og del", kind="rows"),
                Parameter("tilfoej", "Føj til i stedet for at erstatte (ja/nej)", required=False),
            ),
        ),
        Operator(
            "saet_moedeledelse",
            "Sæt mødeleder og referent",
            "Gør personer til mødeleder og referent. Åbne opgaver i rollen følger med.",
            (
                Parameter("moedeleder", "Mødeleder", required=False, kind="person"),
                Parameter("referent", "Referent", required=False, kind="person"),
            ),
        ),
        Operator(
            "indkald",
            "Indkald",
            "Inviterer dem, der ikke er inviteret til mødets tid. Mailen indeholder intet personligt.",
            (Parameter("tekst", "Tekst i indkaldelsen", required=False),),
        ),
        Operator(
            "registrer_svar",
            "Registrér svar på invitation",
            "Skriver en deltagers svar: accept, ny_tid eller afslag.",
            (
                Parameter("svar", "Svar"),
                Parameter("person", "Person", required=False, kind="person"),
                Parameter("navn", "Navn", required=False),
            ),
        ),
        Operator(
            "registrer_fremmoede",
            "Registrér fremmøde",
            "Skriver hvem der var der: fysisk, digital eller fravaerende.",
            (Parameter("raekker", "Rækker med person eller navn og fremmoede", kind="rows"),),
        ),
        Operator(
            "book_punkt",
            "Book tid på møde",
            "Giver forløbet en tid på det første møde med plads. Når tiden er givet, kommer beskeden "
            "tid_tildelt. Er der ingen plads, venter sagen på det næste møde.",
            (
                Parameter("art", "Mødets art"),
                Parameter("tidligst", "Tidligste dato"),
                Parameter("laengde", "Længde i minutter"),
                Parameter("familie_inviteret", "Familien er inviteret (ja/nej)", required=False),
                Parameter("barn_inviteret", "Barnet er inviteret (ja/nej)", required=False),
            ),
        ),
        Operator(
            "frigiv_punkt",
            "Frigiv tid på møde",
            "Tager forløbets punkt af dagsordenen. Tiden tilbydes den næste i køen.",
            (Parameter("begrundelse", "Begrundelse"),),
        ),
        Operator(
            "saet_punkt",
            "Ret punkt på dagsorden",
            "Ændrer oplysninger om forløbets punkt. Skal det være længere, og er nabotiden optaget, får "
            "sagen en anden tid og besked om hvorfor.",
            (
                Parameter(
                    "materiale", "Materiale: mangler, modtaget, modtaget_for_sent, afvist", required=False
                ),
                Parameter("laengde", "Længde i minutter", required=False),
                Parameter("familie_inviteret", "Familien er inviteret (ja/nej)", required=False),
                Parameter("barn_inviteret", "Barnet er inviteret (ja/nej)", required=False),
                Parameter("moedeleder", "Mødeleder for punktet", required=False, kind="person"),
                Parameter("konsulent", "Konsulent for punktet", required=False, kind="person"),
                Parameter("forladt", "Hvornår familien forlod mødet", required=False),
            ),
        ),
        Operator(
            "luk_punkt",
            "Luk punkt",
            "Lukker forløbets punkt på mødet. Skal det tages op igen, beholder sagen sit materiale.",
            (
                Parameter("beslutning", "Hvad punktet endte med", required=False),
                Parameter("tages_op_igen", "Sagen skal tages op igen (ja/nej)", required=False),
            ),
        ),
        Operator(
            "registrer_samtykke",
            "Registrér samtykke",
            "Skriver et samtykke på sagen: hvem der gav det, til hvad og over for hvem, fra hvornår og hvor "
            "længe.",
            (
                Parameter("givet_af", "Hvem der har givet samtykket"),
                Parameter("omfang", "Hvilke oplysninger det gælder"),
                Parameter("modtagere", "Modtager eller liste af modtagere"),
                Parameter("dato", "Dato for samtykket"),
                Parameter("udloeber", "Sidste dag det gælder; ellers til det trækkes", required=False),
            ),
        ),
        Operator(
            "traek_samtykke",
            "Træk samtykke",
            "Trækker samtykke tilbage. Eksternes adgang og ventende udsendelser ender, og forløbene får "
            "beskeden samtykke_trukket.",
            (
                Parameter("givet_af", "Kun samtykke givet af", required=False),
                Parameter("modtagere", "Kun samtykke over for", required=False),
                Parameter("begrundelse", "Begrundelse", required=False),
            ),
        ),
        Operator(
            "skriv_register",
            "Skriv i register",
            "Skriver en række i et af kommunens registre. Det, der ikke nævnes i indholdet, bliver stående.",
            (
                Parameter("register", "Register, fx maal, standard, initiativ eller revision"),
                Parameter("noegle", "Rækkens nøgle"),
                Parameter("indhold", "Kontekst med det, der skrives"),
                Parameter("titel", "Titel", required=False),
                Parameter("status", "aaben, afsluttet eller historie", required=False),
            ),
        ),
        Operator(
            "send_udkast",
            "Send udkast i høring",
            "Sender procedurens udkast i høring. Afvises, når kontrollen ikke er kørt eller har fundet fejl. "
            "Uden udkast sker der ikke noget.",
            (Parameter("procedure", "Procedurens nøgle"),),
        ),
        Operator(
            "godkend_udkast",
            "Notér godkendelse af udkast",
            "Noterer, hvem der har godkendt udkastet. En anden end den, der har lavet det, skal være med.",
            (
                Parameter("procedure", "Procedurens nøgle"),
                Parameter("trin", "Id på trinnet, hvor der godkendes"),
            ),
        ),
        Operator(
            "udgiv_udkast",
            "Udgiv udkast",
            "Gør det godkendte udkast til procedurens næste version. Igangværende forløb bliver, hvor de er.",
            (
                Parameter("procedure", "Procedurens nøgle"),
                Parameter("gyldig_fra", "Første dag, den gælder"),
                Parameter("version", "Nummeret, den skal have", required=False),
                Parameter("aendringsnote", "Ændringsnote", required=False),
                Parameter("flyt", "Flyt igangværende forløb, når den gælder (ja/nej)", required=False),
            ),
        ),
        Operator(
            "registrer_kursus",
            "Registrér kursus",
            "Noterer, hvor langt en medarbejder er med et kursus.",
            (
                Parameter("kursus", "Kursets nøgle"),
                Parameter("person", "Person", kind="person"),
                Parameter("tilbudt", "Tilbudt den", required=False),
                Parameter("deltaget", "Deltog den", required=False),
                Parameter("evalueret", "Evalueret den", required=False),
                Parameter("plan", "Senest ifølge kompetenceudviklingsplanen", required=False),
            ),
        ),
    )
}
