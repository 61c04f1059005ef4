"""Units, people and roles as administration changes them; groups follow the roles by themselves."""

import re
import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from records.sortkeys import name_key
from records.tables import ClosingDay, OrgUnit, Person, RoleHolding
from records.unit import Unit
from tasks.errors import Invalid, NotFound, Refused
from tasks.incidents import ADMINISTRATOR
from tasks.people import Actor, group_id_of, holders, today, valid_on
from tasks.roles import LEADERS, roles_of
from tasks.signin import end_sessions, hash_password

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of new passwords: none that look like another one."""

FRONT_STAGE_MEMBERS = 3
"""Front Stage has exactly three permanent members (ST-57)."""


@dataclass(frozen=True, slots=True)
class SavePerson:
    """Make a person (`person_id` None) or change one."""

    person_id: int | None
    name: str
    username: str | None
    email: str | None = None
    title: str | None = None
    unit_id: int | None = None
    active: bool = True
    password: str | None = None


@dataclass(frozen=True, slots=True)
class SaveUnit:
    """Make a unit or change one."""

    unit_id: int | None
    key: str
    name: str
    kind: str
    parent_id: int | None = None
    district: str | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class GiveRole:
    """Give a person a role, in a unit or as a post; dates are local days, inclusive."""

    person_id: int
    role: str
    unit_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class TakeRole:
    """End a role holding from today."""

    holding_id: int


@dataclass(frozen=True, slots=True)
class SaveClosingDay:
    """Add a closing day: every year (`month`, `day`) or once (`on_date`)."""

    name: str
    month: int | None = None
    day: int | None = None
    on_date: date | None = None


def require_administrator(actor: Actor) -> None:
    """Raise Refused unless the actor is the systemforvalter, or the system itself."""
    if actor.person_id is not None and not actor.holds(ADMINISTRATOR):
        raise Refused("Kun systemforvalteren kan ændre personer, enheder og roller.")


def save_person(unit: Unit, actor: Actor, command: SavePerson) -> int:
    """Make or change a person; return the id. Raises Refused, Invalid, NotFound."""
    require_administrator(actor)
    name, username = command.name.strip(), (command.username or "").strip().casefold() or None
    if not name:
        raise Invalid("Skriv et navn.", {"name": "Feltet skal udfyldes."})
    taken = username and unit.session.scalar(select(Person.id).where(Person.username == username))
    if taken and taken != command.person_id:
        raise Invalid("Brugernavnet er taget.", {"username": "Brugernavnet bruges af en anden."})
    _check_person(unit, command, username)
    if command.password is not None and len(command.password) < 12:
        raise Invalid("Adgangskoden er for kort.", {"password": "Brug mindst 12 tegn."})
    if command.person_id is None:
        person = Person(name=name, created_at=unit.now)
        unit.session.add(person)
    else:
        found = unit.session.get(Person, command.person_id)
        if found is None:
            raise NotFound("Personen findes ikke.")
        person = found
    person.name, person.sort_name = name, name_key(name)
    person.username, person.email, person.title = username, command.email or None, command.title or None
    person.unit_id, person.active = command.unit_id, command.active
    if command.password is not None:
        person.password_hash = hash_password(command.password)
    unit.session.flush()
    if not command.active:
        end_sessions(unit, person.id, unit.now)
    return person.id


def _check_person(unit: Unit, command: SavePerson, username: str | None) -> None:
    """Raise Invalid for what does not fit a person's row, or names nothing."""
    errors: dict[str, str] = {}
    for name, text, longest in (
        ("name", command.name, 200),
        ("username", username, 80),
        ("email", command.email, 200),
        ("title", command.title, 200),
    ):
        if text and len(text) > longest:
            errors[name] = f"Højst {longest} tegn."
    if username and any(sign.isspace() for sign in username):
        errors["username"] = "Et brugernavn har ingen mellemrum."
    if command.email and not _ADDRESS.fullmatch(command.email):
        errors["email"] = "Skriv en gyldig mailadresse."
    if not _unit_exists(unit, command.unit_id):
        errors["unit"] = "Vælg en enhed fra listen."
    if errors:
        raise Invalid("Der er noget, der skal rettes.", errors)


def _unit_exists(unit: Unit, unit_id: int | None) -> bool:
    return unit_id is None or unit.session.get(OrgUnit, unit_id) is not None


def save_unit(unit: Unit, actor: Actor, command: SaveUnit) -> int:
    """Make or change a unit; return the id. Raises Refused, Invalid (no name, a ring of parents),
    NotFound."""
    require_administrator(actor)
    if not command.name.strip() or not command.key.strip():
        raise Invalid("Skriv enhedens navn og nøgle.", {"name": "Feltet skal udfyldes."})
    row = unit.session.get(OrgUnit, command.unit_id) if command.unit_id is not None else None
    if row is None:
        if command.unit_id is not None:
            raise NotFound("Enheden findes ikke.")
        row = OrgUnit(key=command.key.strip())
        unit.session.add(row)
    if not _unit_exists(unit, command.parent_id):
        raise Invalid("Den overordnede enhed findes ikke.", {"parent": "Vælg en enhed fra listen."})
    parent = command.parent_id
    while parent is not None:
        if parent == command.unit_id:
            raise Invalid(
                "En enhed kan ikke ligge under sig selv.", {"parent": "Vælg en anden overordnet enhed."}
            )
        parent = unit.session.scalar(select(OrgUnit.parent_id).where(OrgUnit.id == parent))
    row.key, row.name, row.kind = command.key.strip(), command.name.strip(), command.kind
    row.parent_id, row.district, row.area = command.parent_id, command.district, command.area
    unit.session.flush()
    return row.id


def give_role(unit: Unit, actor: Actor, command: GiveRole) -> int:
    """Give a person a role; the group of its holders is made when it is new. Raises Refused, Invalid,
    NotFound."""
    require_administrator(actor)
    role = roles_of(unit).find(command.role)
    if role is None:
        raise Invalid(f"Rollen »{command.role}« findes ikke.", {"role": "Vælg en rolle fra listen."})
    if unit.session.get(Person, command.person_id) is None:
        raise NotFound("Personen findes ikke.")
    if not _unit_exists(unit, command.unit_id):
        raise Invalid("Enheden findes ikke.", {"unit": "Vælg en enhed fra listen."})
    holding = RoleHolding(
        person_id=command.person_id,
        role=role.key,
        unit_id=command.unit_id,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
    )
    unit.session.add(holding)
    unit.session.flush()
    group_id_of(unit, role.key, command.unit_id)
    return holding.id


def take_role(unit: Unit, actor: Actor, command: TakeRole) -> None:
    """End a role from today: the holder sees the group's tasks no more. Raises Refused, NotFound."""
    require_administrator(actor)
    holding = unit.session.get(RoleHolding, command.holding_id)
    if holding is None:
        raise NotFound("Rollen er allerede fjernet.")
    if holding.role == ADMINISTRATOR and holding.person_id == actor.person_id:
        raise Refused("Du kan ikke fjerne din egen rolle som systemforvalter. Det må en anden gøre.")
    unit.session.delete(holding)


def save_closing_day(unit: Unit, actor: Actor, command: SaveClosingDay) -> int:
    """Add a closing day; deadlines that are counted from now on follow it. Raises Refused, Invalid."""
    require_administrator(actor)
    yearly = command.month is not None and command.day is not None
    if not command.name.strip() or yearly == (command.on_date is not None):
        raise Invalid("Skriv et navn og én dag: hvert år eller en bestemt dato.", {"date": "Vælg en dag."})
    row = ClosingDay(name=command.name.strip(), month=command.month, day=command.day, on_date=command.on_date)
    unit.session.add(row)
    unit.session.flush()
    _closing_days_changed(unit)
    return row.id


def remove_closing_day(unit: Unit, actor: Actor, closing_day_id: int) -> None:
    """Remove a closing day. Raises Refused, NotFound."""
    require_administrator(actor)
    row = unit.session.get(ClosingDay, closing_day_id)
    if row is None:
        raise NotFound("Lukkedagen findes ikke.")
    unit.session.delete(row)
    _closing_days_changed(unit)


def _closing_days_changed(unit: Unit) -> None:
    # The calendar's reader (host.wiring) keeps them a moment; our own change counts at once.
    unit.after_commit(lambda: unit.shared.update(closing_days_changed=True))


@dataclass(frozen=True, slots=True)
class SetActive:
    """Lock a person out, or let them in again."""

    person_id: int
    active: bool


def set_active(unit: Unit, actor: Actor, command: SetActive) -> None:
    """Lock or unlock an account; a locked person's sessions end, the tasks stay with them until given on.

    Raises Refused (also for locking oneself out), NotFound.
    """
    require_administrator(actor)
    person = unit.session.get(Person, command.person_id)
    if person is None:
        raise NotFound("Personen findes ikke.")
    if not command.active and command.person_id == actor.person_id:
        raise Refused("Du kan ikke spærre din egen adgang.")
    person.active = command.active
    if not command.active:
        end_sessions(unit, person.id, unit.now)


def new_password(unit: Unit, actor: Actor, person_id: int) -> str:
    """Give a person a new password and return it, to be shown once; sessions end. Raises Refused,
    NotFound."""
    require_administrator(actor)
    person = unit.session.get(Person, person_id)
    if person is None:
        raise NotFound("Personen findes ikke.")
    if not person.username:
        raise Refused("Personen har intet brugernavn. Skriv et, og gem, før du laver en adgangskode.")
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    person.password_hash = hash_password(password)
    end_sessions(unit, person.id, unit.now)
    return password


def warnings(unit: Unit, actor: Actor, command: None = None) -> list[str]:
    """Return what is wrong with the organisation, for leaders and administration (ST-57)."""
    if not actor.holds(ADMINISTRATOR, *LEADERS):
        return []
    found: list[str] = []
    members = len({person_id for person_id, _, _ in holders(unit, "front_stage")})
    if members != FRONT_STAGE_MEMBERS:
        found.append(
            f"Front Stage har {members} faste medlemmer; der skal være {FRONT_STAGE_MEMBERS} (ST-57)."
        )
    return found


def roles_held(unit: Unit, person_id: int) -> list[RoleHolding]:
    """Return the role holdings of a person that are valid today or later."""
    query = select(RoleHolding).where(RoleHolding.person_id == person_id, valid_on(today(unit)))
    return list(unit.session.scalars(query.order_by(RoleHolding.role)))
