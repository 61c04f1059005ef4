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
            "Skriver personer på sagen som parter.",
            (
                Parameter("art", "Art: fagperson, netvaerksperson, familie eller fm"),
                Parameter("raekker", "Rækker med navn m.m.", kind="rows"),
            ),
        ),
        Operator(
            "udsted_dokument",
            "Udsted dokument",
            "Laver en ny version af sagens dokument af den art.",
            (
                Parameter("art", "Dokumentets art"),
                Parameter("titel", "Titel"),
                Parameter("indhold", "Indhold"),
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
    )
}
