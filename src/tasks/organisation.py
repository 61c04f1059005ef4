"""Units, people and roles as administration changes them; groups follow the roles by themselves."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select

from records.sortkeys import name_key
from records.tables import ClosingDay, OrgUnit, Person, RoleHolding
from records.unit import Unit
from tasks import admin_log
from tasks.departures import leave, lose_role, work_left_behind
from tasks.errors import Invalid, NotFound, Refused
from tasks.incidents import ADMINISTRATOR
from tasks.people import Actor, group_id_of, holders, today, unit_and_above
from tasks.roles import LEADERS, roles_of
from tasks.signin import end_sessions, hash_password
from tasks.texts import required, written

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of new passwords: none that look like another one."""

OWN_ACCESS = "Du kan ikke spærre din egen adgang."

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
    hired_on: date | None = None
    """The first day of the employment; what follows from it begins by the calendar (ST-78)."""


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
    name = required(command.name, "name", "Skriv et navn.")
    username = (command.username or "").strip().casefold() or None
    taken = username and unit.session.scalar(select(Person.id).where(Person.username == username))
    if taken and taken != command.person_id:
        raise Invalid("Brugernavnet er taget.", {"username": "Brugernavnet bruges af en anden."})
    _check_person(unit, command, username)
    if command.password is not None and len(command.password) < 12:
        raise Invalid("Adgangskoden er for kort.", {"password": "Brug mindst 12 tegn."})
    if command.person_id is None:
        person = Person(name=name, created_at=unit.now, active=command.active)
        unit.session.add(person)
    else:
        found = unit.session.get(Person, command.person_id)
        if found is None:
            raise NotFound("Personen findes ikke.")
        person = found
        if not command.active and person.id == actor.person_id:
            raise Refused(OWN_ACCESS)
    left = person.active and not command.active
    before = _described(person) if command.person_id is not None else None
    person.name, person.sort_name = name, name_key(name)[:400]
    person.username, person.email, person.title = username, command.email or None, command.title or None
    person.unit_id, person.active = command.unit_id, command.active
    person.hired_on = command.hired_on
    if command.password is not None:
        person.password_hash = hash_password(command.password)
    unit.session.flush()
    after = _described(person)
    if before is None:
        text = "Oprettet: " + ", ".join(f"{name} {value}" for name, value in after.items() if value)
        admin_log.note(unit, actor, "person", text, person.id)
    elif before != after:
        admin_log.note(unit, actor, "person", _changes(before, after), person.id)
    if command.password is not None:
        admin_log.note(unit, actor, "adgangskode", "Ny adgangskode", person.id)
        end_sessions(unit, person.id, unit.now)
    if left:
        leave(unit, actor, person)
    return person.id


def _described(row: Person | OrgUnit) -> dict[str, str]:
    """Return what the log of administration says of a person or a unit, by Danish name."""
    if isinstance(row, Person):
        shown = {
            "navn": row.name,
            "brugernavn": row.username,
            "mail": row.email,
            "titel": row.title,
            "enhed": row.unit_id,
            "ansat": row.hired_on,
            "adgang": "åben" if row.active else "spærret",
        }
    else:
        shown = {
            "nøgle": row.key,
            "navn": row.name,
            "slags": row.kind,
            "under": row.parent_id,
            "distrikt": row.district,
            "fagområde": row.area,
        }
    return {name: "" if value is None else str(value) for name, value in shown.items()}


def _changes(before: dict[str, str], after: dict[str, str]) -> str:
    return "Ændret: " + ", ".join(
        f"{name} »{before[name]}« → »{value}«" for name, value in after.items() if value != before[name]
    )


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
    name = required(command.name, "name", "Skriv enhedens navn og nøgle.")
    key = required(command.key, "key", "Skriv enhedens navn og nøgle.", 80)
    kind = required(command.kind, "kind", "Vælg, hvad enheden er.", 40)
    taken = unit.session.scalar(select(OrgUnit.id).where(OrgUnit.key == key))
    if taken is not None and taken != command.unit_id:
        raise Invalid("Nøglen er taget.", {"key": "Nøglen bruges af en anden enhed."})
    row = unit.session.get(OrgUnit, command.unit_id) if command.unit_id is not None else None
    if row is None:
        if command.unit_id is not None:
            raise NotFound("Enheden findes ikke.")
        row = OrgUnit(key=key)
        unit.session.add(row)
    if not _unit_exists(unit, command.parent_id):
        raise Invalid("Den overordnede enhed findes ikke.", {"parent": "Vælg en enhed fra listen."})
    if command.unit_id is not None and command.unit_id in unit_and_above(unit, command.parent_id):
        raise Invalid("En enhed kan ikke ligge under sig selv.", {"parent": "Vælg en anden enhed."})
    before = _described(row) if command.unit_id is not None else None
    row.key, row.name, row.kind, row.parent_id = key, name, kind, command.parent_id
    row.district = written(command.district, "district", 80)
    row.area = written(command.area, "area", 40)
    unit.session.flush()
    if before is None:
        admin_log.note(unit, actor, "enhed", f"Oprettet: {name} ({key})")
    elif before != _described(row):
        admin_log.note(unit, actor, "enhed", f"{name}: {_changes(before, _described(row))}")
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
    if command.valid_from and command.valid_to and command.valid_to < command.valid_from:
        raise Invalid("Rollen slutter, før den begynder.", {"valid_to": "Vælg en senere dag."})
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
    admin_log.note(unit, actor, "rolle", f"Givet: {_held(unit, holding)}", command.person_id)
    return holding.id


def _held(unit: Unit, holding: RoleHolding) -> str:
    where = unit.session.get(OrgUnit, holding.unit_id) if holding.unit_id is not None else None
    days = [f"fra {holding.valid_from}"] if holding.valid_from else []
    days += [f"til og med {holding.valid_to}"] if holding.valid_to else []
    name = roles_of(unit).name_of(holding.role)
    return ", ".join([name, where.name if where is not None else "hele kommunen", *days])


def take_role(unit: Unit, actor: Actor, command: TakeRole) -> None:
    """End a role from today: the holder sees the group's tasks no more, and what they had taken goes back.

    That it was held until yesterday is kept. Raises Refused, NotFound.
    """
    require_administrator(actor)
    holding = unit.session.get(RoleHolding, command.holding_id)
    if holding is None:
        raise NotFound("Rollen er allerede fjernet.")
    if holding.role == ADMINISTRATOR and holding.person_id == actor.person_id:
        raise Refused("Du kan ikke fjerne din egen rolle som systemforvalter. Det må en anden gøre.")
    yesterday = today(unit) - timedelta(days=1)
    if holding.valid_to is not None and holding.valid_to <= yesterday:
        raise NotFound("Rollen er allerede fjernet.")
    admin_log.note(unit, actor, "rolle", f"Fjernet: {_held(unit, holding)}", holding.person_id)
    if holding.valid_from is not None and holding.valid_from > yesterday:
        unit.session.delete(holding)
    else:
        holding.valid_to = yesterday
    person = unit.session.get_one(Person, holding.person_id)
    lose_role(unit, actor, person, holding.role, holding.unit_id)


def save_closing_day(unit: Unit, actor: Actor, command: SaveClosingDay) -> int:
    """Add a closing day; deadlines that are counted from now on follow it. Raises Refused, Invalid."""
    require_administrator(actor)
    name = required(command.name, "name", "Skriv, hvad dagen hedder.", 120)
    yearly = command.month is not None and command.day is not None
    if yearly == (command.on_date is not None) or (yearly and not _is_day(command.month, command.day)):
        raise Invalid("Vælg én dag: hvert år eller en bestemt dato.", {"date": "Vælg en dag."})
    row = ClosingDay(name=name, month=command.month, day=command.day, on_date=command.on_date)
    unit.session.add(row)
    unit.session.flush()
    when = str(row.on_date) if row.on_date else f"{row.day}.{row.month}. hvert år"
    admin_log.note(unit, actor, "lukkedag", f"Tilføjet: {name}, {when}")
    _closing_days_changed(unit)
    return row.id


def _is_day(month: int | None, day: int | None) -> bool:
    try:
        date(2024, month or 0, day or 0)  # a leap year: 29 February is a day
    except ValueError:
        return False
    return True


def remove_closing_day(unit: Unit, actor: Actor, closing_day_id: int) -> None:
    """Remove a closing day. Raises Refused, NotFound."""
    require_administrator(actor)
    row = unit.session.get(ClosingDay, closing_day_id)
    if row is None:
        raise NotFound("Lukkedagen findes ikke.")
    admin_log.note(unit, actor, "lukkedag", f"Fjernet: {row.name}")
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
    """Lock or unlock an account; what becomes of a locked person's work is in `tasks.departures`.

    Raises Refused (also for locking oneself out), NotFound.
    """
    require_administrator(actor)
    person = unit.session.get(Person, command.person_id)
    if person is None:
        raise NotFound("Personen findes ikke.")
    if not command.active and command.person_id == actor.person_id:
        raise Refused(OWN_ACCESS)
    left = person.active and not command.active
    if person.active != command.active:
        text = "Åbnet for adgang" if command.active else "Spærret for adgang"
        admin_log.note(unit, actor, "adgang", text, person.id)
    person.active = command.active
    if left:
        leave(unit, actor, person)


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
    admin_log.note(unit, actor, "adgangskode", "Ny adgangskode", person.id)
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
    led = [held.unit_id for held in actor.holdings if held.role in LEADERS]
    everywhere = actor.holds(ADMINISTRATOR) or None in led
    return found + work_left_behind(unit, None if everywhere else led)


def roles_held(unit: Unit, person_id: int) -> list[RoleHolding]:
    """Return the role holdings of a person that are valid today or later."""
    not_over = or_(RoleHolding.valid_to.is_(None), RoleHolding.valid_to >= today(unit))
    query = select(RoleHolding).where(RoleHolding.person_id == person_id, not_over)
    return list(unit.session.scalars(query.order_by(RoleHolding.role)))
