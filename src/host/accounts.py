"""Accounts from the command line: the first administrator, and a forgotten password."""

from collections.abc import Sequence

from sqlalchemy import select

from host.app import App
from host.errors import HostError
from host.wiring import usual_closing_days
from records.tables import ClosingDay, OrgUnit, Person
from records.unit import Unit
from tasks.organisation import GiveRole, SavePerson, give_role, roles_held, save_person
from tasks.people import SYSTEM


def save_account(
    app: App, username: str, name: str | None, email: str | None, password: str, roles: Sequence[str]
) -> int:
    """Make or change a person who can sign in; return the id. `roles` are `role` or `role@unit key`.

    Raises HostError for an unknown unit, TaskError for what administration would refuse too.
    """
    with app.database.writing(now=app.now()) as unit:
        if unit.session.scalar(select(ClosingDay.id).limit(1)) is None:
            unit.session.add_all(usual_closing_days())
        person = unit.session.scalar(select(Person).where(Person.username == username.strip().casefold()))
        person_id = save_person(
            unit,
            SYSTEM,
            SavePerson(
                person.id if person else None,
                name or (person.name if person else username),
                username,
                email or (person.email if person else None),
                person.title if person else None,
                person.unit_id if person else None,
                True,
                password,
            ),
        )
        held = {(row.role, row.unit_id) for row in roles_held(unit, person_id)}
        for text in roles:
            role, _, key = text.partition("@")
            unit_id = _unit_id(unit, key) if key else None
            if (role, unit_id) not in held:
                give_role(unit, SYSTEM, GiveRole(person_id, role, unit_id))
        return person_id


def _unit_id(unit: Unit, key: str) -> int:
    found = unit.session.scalar(select(OrgUnit.id).where(OrgUnit.key == key))
    if found is None:
        raise HostError(f"there is no unit {key}")
    return found
