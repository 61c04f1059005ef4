"""The prohibitions of processes.md 1.3, held in the use cases whatever a diagram or a page lets through.

Udfører, ad hoc parties and the family never decide in Faglig Forum (FF-26); the family is not in the
professional discussion (FF-21); Børne- og Familierådgivningen and Ungeenheden are not in a Samarbejdsmøde
(SM-10). That first contacts go to Front Stage only (ST-56) follows from routing and from handing over within
a role.
"""

from engine.types import Element
from records.unit import Unit
from tasks.errors import Invalid, Refused
from tasks.people import Actor, actor_of
from tasks.roles import CASEWORKER, roles_of

FORUM = "faglig_forum"
"""Kind of the meeting at which the authority decides."""

COOPERATION = "samarbejdsmoede"
"""Kind of the meeting without the authority's caseworkers."""

AWAY_FROM_COOPERATION = (CASEWORKER, "bfr", "ungeenheden")
"""Roles of those who take no part in a Samarbejdsmøde (SM-10)."""

_NAMES_OF_THEM = ("bfr", "børne- og familierådgivningen", "ungeenheden", "kontor unge", "kontor børn")
FAMILY = ("familie", "fm", "barn", "ressourceperson", "netvaerksperson")
AUTHORITY = "myndighed"
"""Property of a task that only the authority's people may do."""

NOT_AT_COOPERATION = (
    "Børne- og Familierådgivningen og Ungeenheden deltager ikke i samarbejdsmøder. Skal de med, så hold et "
    "Tværfagligt Dialogmøde, eller et Børne- og Familiemøde i en aktiv sag."
)
FAMILY_HAS_ITS_PART = (
    "Familien er kun med i SOS-delen. Den faglige drøftelse af retningen holdes uden familien og den unge."
)
AUTHORITY_DECIDES = (
    "Beslutningen ligger hos myndigheden. Udfører, samarbejdsparter og familie kan ikke træffe den."
)


def check_participant(
    unit: Unit, kind: str, *, role: str, part: str, person_id: int | None, organisation: str | None
) -> None:
    """Refuse a participant who may not be at this kind of meeting, or not for that part. Raises Invalid."""
    if kind == COOPERATION and (
        role in AWAY_FROM_COOPERATION
        or (organisation or "").strip().casefold() in _NAMES_OF_THEM
        or (person_id is not None and actor_of(unit, person_id).holds(*AWAY_FROM_COOPERATION))
    ):
        raise Invalid(NOT_AT_COOPERATION, {"rolle": NOT_AT_COOPERATION})
    if kind == FORUM and role in FAMILY and part != "sos":
        raise Invalid(FAMILY_HAS_ITS_PART, {"del": "Vælg SOS-delen."})


def check_decider(unit: Unit, kind: str, person_id: int) -> None:
    """Refuse somebody from outside the authority as chair or consultant of Faglig Forum. Raises Invalid."""
    if kind == FORUM and not belongs_to_authority(unit, actor_of(unit, person_id)):
        raise Invalid(AUTHORITY_DECIDES, {"moedeleder": "Vælg en fra myndigheden."})


def require_authority(unit: Unit, actor: Actor, element: Element) -> None:
    """Refuse a decision of the authority to anybody else, whoever the task went to. Raises Refused."""
    if element.properties.get(AUTHORITY) and not belongs_to_authority(unit, actor):
        raise Refused(AUTHORITY_DECIDES)


def belongs_to_authority(unit: Unit, actor: Actor) -> bool:
    """Tell whether the actor holds a role inside the authority today; the system itself does."""
    if actor.person_id is None:
        return True
    catalogue = roles_of(unit).by_key
    return any((role := catalogue.get(held.role)) is not None and role.internal for held in actor.holdings)
