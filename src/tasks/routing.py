"""Lane → recipient, at the moment a task opens (processes.md 1.3, decisions.md "People")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from records.tables import OrgUnit, Person
from records.unit import Unit
from tasks.people import group_id_of, where_held
from tasks.roles import Role, roles_of
from tasks.substitutes import heir_of

PERSONAL = "person"
"""The role of a task that was given to a person by name."""

LONGEST_ROLE = 60
"""What is kept of the name of a lane that is no role."""


@dataclass(frozen=True, slots=True)
class CasePerson:
    """A person with a role in the case now; not `active` when they work here no longer."""

    person_id: int
    name: str
    active: bool = True
    away: bool = False
    """On leave today (processes.md 1.3 rule 3)."""
    substitute_id: int | None = None
    """Who stands in for them today; None too when nobody was registered."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a task: a person, or a group of which one claims it."""

    role: str
    assignee_id: int | None = None
    group_id: int | None = None
    on_behalf_of_id: int | None = None
    """Whose task it is, when somebody else has it while they are away."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Nobody can get the task; `text` is the Danish reason for the incident."""

    role: str
    text: str


def recipient_of(
    unit: Unit, lane: str | None, case_people: Mapping[str, CasePerson], unit_id: int | None
) -> Recipient | Unresolved:
    """Resolve a lane for a task that opens now.

    `case_people` are the case's people by role key; `unit_id` is the case's unit, without a case that of
    whoever started the course.
    S roles go to the case's person (OS-03, OS-09); O and P roles to the group of holders in the case's unit,
    else in the nearest unit above that has one, else wherever the role is held; one claims it.
    """
    role = roles_of(unit).find(lane)
    if role is None:
        return Unresolved(
            (lane or "")[:LONGEST_ROLE], f"Banen »{lane or 'uden navn'}« svarer ikke til nogen rolle."
        )
    person = case_people.get(role.key)
    if person is not None and person.active:
        return recipient_in_person(unit, role.key, person)
    if role.binding == "M":
        return Unresolved(role.key, f"Mødet har ingen {role.name.lower()}.")
    if role.binding == "S" and role.key != "kontorleder":
        if person is not None:
            return Unresolved(role.key, f"{role.name} {person.name} har ikke længere adgang.")
        return Unresolved(role.key, f"Sagen har ingen {role.name.lower()}.")
    return _group(unit, role, unit_id)


def recipient_in_person(unit: Unit, role: str, person: CasePerson) -> Recipient:
    """Return who gets a task that is this person's: they, or while they are away their substitute, else the
    group of their leader. Where there is neither it waits for them."""
    heir = heir_of(unit, person.person_id, role, person.substitute_id) if person.away else None
    if heir is None:
        return Recipient(role, assignee_id=person.person_id)
    return Recipient(role, heir.assignee_id, heir.group_id, on_behalf_of_id=person.person_id)


def _group(unit: Unit, role: Role, unit_id: int | None) -> Recipient | Unresolved:
    found = where_held(unit, role.key, unit_id)
    if not found:
        return Unresolved(role.key, f"Ingen har rollen {role.name.lower()}.")
    above = [held for held in found if held.steps is not None]
    posts = [held for held in found if held.unit_id is None]
    if above:
        chosen = min(above, key=lambda held: held.steps or 0)
    elif posts:
        chosen = posts[0]
    elif len({held.unit_id for held in found}) > 1 and unit_id is not None:
        return Unresolved(
            role.key,
            f"Flere enheder har rollen {role.name.lower()}, men ingen af dem er sagens enhed eller over den.",
        )
    else:
        # Without a case there is no unit to start from; the holder listed first by name decides, always the
        # same.
        chosen = found[0]
    group_id = chosen.group_id
    if group_id is None:
        group_id = group_id_of(unit, role.key, chosen.unit_id)
    return Recipient(role.key, group_id=group_id)


def named_recipient(unit: Unit, given: Any, unit_id: int | None) -> Recipient | Unresolved:
    """Resolve what `modtager` gave for a task of a course without a case: a role key, a person (id or
    {id, navn}), or {rolle, enhed} for the holders in a unit (its key)."""
    if isinstance(given, Mapping) and given.get("id") is not None:
        given = given["id"]
    if isinstance(given, Mapping):
        if given.get("enhed"):
            unit_id = unit.session.scalar(select(OrgUnit.id).where(OrgUnit.key == str(given["enhed"])))
        given = given.get("rolle")
    if isinstance(given, int | float) or (isinstance(given, str) and given.isdigit()):
        name = unit.session.execute(
            select(Person.name, Person.active).where(Person.id == int(given))
        ).one_or_none()
        if name is not None and name.active:
            return Recipient(PERSONAL, assignee_id=int(given))
        return Unresolved(PERSONAL, "Den, der skulle have opgaven, arbejder her ikke længere.")
    role = roles_of(unit).find(str(given)) if given else None
    if role is None:
        return Unresolved(
            str(given or "")[:LONGEST_ROLE], "Det er ikke sagt, hvilken rolle der skal have den."
        )
    return _group(unit, role, unit_id)
