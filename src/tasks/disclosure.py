"""The gate before what is known of a child leaves the unit: the property `videregivelse` (ST-16, SM-49)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.errors import EngineError
from engine.lines import consent_recipients
from engine.types import Element
from records.unit import Unit
from tasks import consents
from tasks.casefile import CaseFile
from tasks.consent_term import holds
from tasks.errors import Invalid
from tasks.people import today

NOTHING = "ingen"
"""Value of `videregivelse`: nothing about anybody leaves the unit."""


@dataclass(frozen=True, slots=True)
class Basis:
    """On what ground a step sends something out: a legal reference, or consent with those that hold now."""

    law: str
    by_consent: bool
    valid: tuple[str, ...]
    """The recipients towards whom a consent holds today."""


def basis_of(unit: Unit, file: CaseFile, element: Element) -> Basis | None:
    """Return the ground on which a step sends personal data out of the unit; None when it does not."""
    value = element.properties.get("videregivelse", "").strip()
    if not value or value.casefold() == NOTHING:
        return None
    by_consent = consent_recipients(value) is not None
    day = today(unit)
    names = [name for one in consents.kept(file) if holds(one, day) for name in one["modtagere"]]
    return Basis("" if by_consent else value, by_consent, tuple(dict.fromkeys(names)))


def require_basis(unit: Unit, file: CaseFile, element: Element, context: Mapping[str, Any]) -> None:
    """Refuse a step that would send to somebody without a consent that holds today.

    A recipient is a text, or a row with `navn` or `organisation`; consent towards either will do. Raises
    Invalid, saying who lacks consent, and EngineError when the property cannot be read.
    """
    expression = consent_recipients(element.properties.get("videregivelse", ""))
    if expression is None:
        return
    try:
        given = feel.evaluate(expression, context, now=unit.now, calendar=unit.calendar)
    except EngineError as error:
        raise EngineError(error.message, element_id=element.id) from error
    if given is None:
        raise Invalid(f"»{element.name}« kan ikke gennemføres: det fremgår ikke, hvem oplysningerne går til.")
    day = today(unit)
    lacking = [
        names[0]
        for names in (_names(one) for one in (given if isinstance(given, list) else [given]))
        if names and len(consents.missing(file, names, day)) == len(names)
    ]
    if not lacking:
        return
    whom = ", ".join(dict.fromkeys(lacking))
    why = (
        "Samtykket er udløbet eller trukket tilbage."
        if consents.lost(file, lacking, day)
        else "Der er ikke registreret samtykke."
    )
    raise Invalid(
        f"Oplysningerne kan ikke deles med {whom}. {why} Registrér samtykket under Samtykke på sagens side, "
        "før oplysningerne sendes."
    )


def _names(one: Any) -> list[str]:
    found = [one.get("navn"), one.get("organisation")] if isinstance(one, Mapping) else [one]
    return [str(name).strip() for name in found if name is not None and str(name).strip()]
