"""Accounts from the command line: the first administrator, and a forgotten password."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from records.tables import ClosingDay, OrgUnit, Person
from records.unit import Unit
from tasks.closing_days import write_usual_closing_days
from tasks.errors import NotFound, Refused
from tasks.organisation import GiveRole, SavePerson, give_role, roles_held, save_person
from tasks.people import Actor, holders
from tasks.signin import end_sessions


@dataclass(frozen=True, slots=True)
class SaveAccount:
    """Make or change the person with this user name. What is None stays as it is."""

    username: str
    password: str
    name: str | None = None
    email: str | None = None
    roles: tuple[str, ...] = ()
    """`role` or `role@unit key`; roles held already stay."""


def save_account(unit: Unit, actor: Actor, command: SaveAccount) -> int:
    """Make or change a person who can sign in; return the id. Open sessions of the person end.

    An installation without closing days gets the usual ones. Raises Refused (a person asks), NotFound (an
    unknown unit) and what administration would refuse.
    """
    if actor.person_id is not None:
        raise Refused("Konti laves på serveren.")
    if unit.session.scalar(select(ClosingDay.id).limit(1)) is None:
        write_usual_closing_days(unit)
    username = command.username.strip().casefold()
    person = unit.session.scalar(select(Person).where(Person.username == username))
    person_id = save_person(
        unit,
        actor,
        SavePerson(
            person.id if person else None,
            command.name or (person.name if person else command.username.strip()),
            username,
            command.email or (person.email if person else None),
            person.title if person else None,
            person.unit_id if person else None,
            True,
            command.password,
            person.hired_on if person else None,
        ),
    )
    end_sessions(unit, person_id, unit.now)
    held = {(row.role, row.unit_id) for row in roles_held(unit, person_id)}
    for text in command.roles:
        role, _, key = text.partition("@")
        unit_id = _unit_id(unit, key) if key else None
        if (role, unit_id) not in held:
            give_role(unit, actor, GiveRole(person_id, role, unit_id))
    return person_id


def _unit_id(unit: Unit, key: str) -> int:
    found = unit.session.scalar(select(OrgUnit.id).where(OrgUnit.key == key))
    if found is None:
        raise NotFound(f"Der er ingen enhed med nøglen {key}.")
    return found


def is_empty(unit: Unit) -> bool:
    """Tell whether nobody is in the database yet."""
    return unit.session.scalar(select(Person.id).limit(1)) is None


def account_per_role(unit: Unit, roles: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return (role, user name, name) of one holder of each of these roles who can sign in."""
    found: list[tuple[str, str, str]] = []
    for role in roles:
        held = holders(unit, role)
        if held:
            username = unit.session.scalar(select(Person.username).where(Person.id == held[0][0]))
            if username is not None:
                found.append((role, username, held[0][1]))
    return found
