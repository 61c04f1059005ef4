"""What administration reads: people and their roles, units as a tree, the role catalogue, closing days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select, true

from engine import workdays
from records.sortkeys import text_key
from records.tables import CaseRole, ClosingDay, OrgUnit, Person, RoleHolding, Task
from records.unit import Unit
from tasks.errors import NotFound, Refused
from tasks.incidents import ADMINISTRATOR
from tasks.organisation import require_administrator, roles_held, warnings
from tasks.people import Actor, today, valid_on
from tasks.procedures import diagram_of, valid_versions
from tasks.roles import LEADERS, Role, roles_of

PAGE = 50
"""People of a page."""


@dataclass(frozen=True, slots=True)
class FindPeople:
    """A page of the people; `search` looks in name, user name and address. `after` is the last row's
    `cursor`."""

    search: str = ""
    unit_id: int | None = None
    role: str | None = None
    after: tuple[str, int] | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person with the Danish names of the roles held today."""

    id: int
    name: str
    username: str | None
    email: str | None
    title: str | None
    unit: str | None
    active: bool
    roles: tuple[str, ...]
    cursor: tuple[str, int]


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that a person holds today or later. Dates are local days."""

    id: int
    role: Role | None
    key: str
    unit: str | None
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """One person as administration sees them."""

    id: int
    name: str
    username: str | None
    email: str | None
    title: str | None
    unit_id: int | None
    hired_on: date | None
    active: bool
    can_sign_in: bool
    roles: tuple[HeldRole, ...]
    open_tasks: int
    cases: int


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit with its leaders and the people in it; `depth` is 0 at the top, the order is the tree's."""

    id: int
    key: str
    name: str
    kind: str
    parent_id: int | None
    district: str | None
    area: str | None
    depth: int
    leaders: tuple[str, ...]
    people: tuple[tuple[int, str, tuple[str, ...]], ...]
    """Person id, name, and Danish names of the roles."""


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role, who holds it today, and the valid procedures with a lane for it."""

    role: Role
    holders: tuple[str, ...]
    used_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClosingDayLine:
    """A closing day: every year (`month`, `day`) or once (`on_date`)."""

    id: int
    name: str
    month: int | None
    day: int | None
    on_date: date | None


@dataclass(frozen=True, slots=True)
class ClosingDays:
    """The municipality's own closing days, and the public holidays of this year, which cannot be changed."""

    own: tuple[ClosingDayLine, ...]
    year: int
    holidays: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Organisation:
    """The units somebody leads, or all of them, and what is wrong with them."""

    units: tuple[UnitLine, ...]
    warnings: tuple[str, ...]


def find_people(unit: Unit, actor: Actor, command: FindPeople) -> list[PersonLine]:
    """Return a page of people by name; two statements. Raises Refused unless the actor administers."""
    require_administrator(actor)
    query = (
        select(Person, OrgUnit.name)
        .outerjoin(OrgUnit, OrgUnit.id == Person.unit_id)
        .order_by(Person.sort_name, Person.id)
        .limit(max(1, min(command.limit, 200)))
    )
    for word in command.search.split()[:6]:
        query = query.where(
            or_(
                Person.sort_name.contains(text_key(word), autoescape=True),
                Person.username.contains(word.casefold(), autoescape=True),
                func.lower(Person.email).contains(word.casefold(), autoescape=True),
            )
        )
    if command.unit_id is not None:
        query = query.where(Person.unit_id == command.unit_id)
    if command.role is not None:
        held = select(RoleHolding.person_id).where(RoleHolding.role == command.role, valid_on(today(unit)))
        query = query.where(Person.id.in_(held))
    if command.after is not None:
        name, person_id = command.after
        query = query.where(
            or_(Person.sort_name > name, (Person.sort_name == name) & (Person.id > person_id))
        )
    rows = unit.session.execute(query).all()
    roles = _roles_of_people(unit, [person.id for person, _ in rows])
    return [
        PersonLine(
            person.id,
            person.name,
            person.username,
            person.email,
            person.title,
            unit_name,
            person.active,
            roles.get(person.id, ()),
            (person.sort_name, person.id),
        )
        for person, unit_name in rows
    ]


def _roles_of_people(unit: Unit, person_ids: Sequence[int] | None) -> dict[int, tuple[str, ...]]:
    """Return person id → Danish names of the roles held today (None: of everybody); one statement."""
    if person_ids is not None and not person_ids:
        return {}
    which = RoleHolding.person_id.in_(person_ids) if person_ids is not None else true()
    query = select(RoleHolding.person_id, RoleHolding.role).where(which, valid_on(today(unit)))
    catalogue = roles_of(unit)
    found: dict[int, dict[str, None]] = {}
    for person_id, role in unit.session.execute(query.order_by(RoleHolding.role)):
        found.setdefault(person_id, {})[catalogue.name_of(role)] = None
    return {person_id: tuple(names) for person_id, names in found.items()}


def read_person(unit: Unit, actor: Actor, person_id: int) -> PersonSheet:
    """Return one person. Raises Refused, NotFound."""
    require_administrator(actor)
    person = unit.session.get(Person, person_id)
    if person is None:
        raise NotFound("Personen findes ikke.")
    catalogue = roles_of(unit)
    names = _unit_names(unit)
    held = tuple(
        HeldRole(
            row.id,
            catalogue.find(row.role),
            row.role,
            names.get(row.unit_id) if row.unit_id is not None else None,
            row.valid_from,
            row.valid_to,
        )
        for row in roles_held(unit, person_id)
    )
    tasks, cases = unit.session.execute(
        select(
            select(func.count(Task.id))
            .where(Task.assignee_id == person_id, Task.status == "aaben")
            .scalar_subquery(),
            select(func.count(func.distinct(CaseRole.case_id)))
            .where(CaseRole.person_id == person_id, CaseRole.until.is_(None))
            .scalar_subquery(),
        )
    ).one()
    return PersonSheet(
        person.id,
        person.name,
        person.username,
        person.email,
        person.title,
        person.unit_id,
        person.hired_on,
        person.active,
        person.username is not None and person.password_hash is not None,
        held,
        tasks or 0,
        cases or 0,
    )


def _unit_names(unit: Unit) -> dict[int, str]:
    return {row.id: row.name for row in unit.session.execute(select(OrgUnit.id, OrgUnit.name))}


def list_units(unit: Unit, actor: Actor, command: None) -> tuple[UnitLine, ...]:
    """Return all units in the tree's order; three statements. Raises Refused unless the actor administers."""
    require_administrator(actor)
    return _units(unit)


def _units(unit: Unit, below: Iterable[int] | None = None) -> tuple[UnitLine, ...]:
    rows = unit.session.scalars(select(OrgUnit).order_by(OrgUnit.name)).all()
    roles = _roles_of_people(unit, None)
    people: dict[int, list[tuple[int, str, tuple[str, ...]]]] = {}
    leaders: dict[int | None, list[str]] = {}
    for person in unit.session.scalars(
        select(Person).where(Person.active.is_(True)).order_by(Person.sort_name)
    ):
        if person.unit_id is not None:
            people.setdefault(person.unit_id, []).append((person.id, person.name, roles.get(person.id, ())))
    for unit_id, name in unit.session.execute(
        select(RoleHolding.unit_id, Person.name)
        .join(Person, Person.id == RoleHolding.person_id)
        .where(RoleHolding.role.in_(LEADERS), Person.active.is_(True), valid_on(today(unit)))
        .order_by(Person.sort_name)
    ):
        leaders.setdefault(unit_id, []).append(name)
    children: dict[int | None, list[OrgUnit]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    found: list[UnitLine] = []

    def walk(parent: int | None, depth: int) -> None:
        for row in children.get(parent, ()):
            found.append(
                UnitLine(
                    row.id,
                    row.key,
                    row.name,
                    row.kind,
                    row.parent_id,
                    row.district,
                    row.area,
                    depth,
                    tuple(leaders.get(row.id, ())),
                    tuple(people.get(row.id, ())),
                )
            )
            walk(row.id, depth + 1)

    walk(None, 0)
    return tuple(found) if below is None else _below(tuple(found), set(below))


def _below(lines: tuple[UnitLine, ...], tops: set[int]) -> tuple[UnitLine, ...]:
    """Return these units and those below them, still in the tree's order."""
    inside: set[int] = set()
    for line in lines:  # parents come before their children
        if line.id in tops or line.parent_id in inside:
            inside.add(line.id)
    return tuple(line for line in lines if line.id in inside)


def read_organisation(unit: Unit, actor: Actor, command: None) -> Organisation:
    """Return the units the actor leads with those below them, or all for the systemforvalter, and what is
    wrong with the organisation (ST-57). Raises Refused for who leads nothing."""
    led = {held.unit_id for held in actor.holdings if held.role in LEADERS}
    everything = None in led or actor.holds(ADMINISTRATOR)
    if not led and not everything:
        raise Refused("Kun ledere og systemforvalteren kan se organisationen.")
    tops = None if everything else [unit_id for unit_id in led if unit_id is not None]
    return Organisation(_units(unit, tops), tuple(warnings(unit, actor)))


def led_people(unit: Unit, actor: Actor, command: None) -> list[tuple[int, str]]:
    """Return (person id, name) of the active people in the units the actor leads, by name; one statement."""
    led = [held.unit_id for held in actor.holdings if held.role in LEADERS]
    if not led:
        return []
    query = (
        select(Person.id, Person.name).where(Person.active.is_(True)).order_by(Person.sort_name).limit(500)
    )
    if None not in led:
        below = select(OrgUnit.id).where(OrgUnit.id.in_(led)).cte("below", recursive=True)
        below = below.union(select(OrgUnit.id).where(OrgUnit.parent_id == below.c.id))
        query = query.where(Person.unit_id.in_(select(below.c.id)))
    return [(person_id, name) for person_id, name in unit.session.execute(query)]


def list_accounts(unit: Unit, actor: Actor, command: None) -> list[tuple[str, str, str]]:
    """Return (user name, name, title or roles) of everybody who can sign in, by name, for the demo's sign-in
    page. Raises Refused for a person: only the service itself asks."""
    if actor.person_id is not None:
        raise Refused("Listen er kun til demoen.")
    roles = _roles_of_people(unit, None)
    query = select(Person).where(
        Person.active.is_(True), Person.username.is_not(None), Person.password_hash.is_not(None)
    )
    return [
        (person.username or "", person.name, person.title or ", ".join(roles.get(person.id, ())))
        for person in unit.session.scalars(query.order_by(Person.sort_name).limit(200))
    ]


def list_roles(unit: Unit, actor: Actor, command: None) -> list[RoleLine]:
    """Return the role catalogue: who holds each role today, and where it is used. Raises Refused."""
    require_administrator(actor)
    catalogue = roles_of(unit)
    holders: dict[str, dict[str, None]] = {}
    for role, name in unit.session.execute(
        select(RoleHolding.role, Person.name)
        .join(Person, Person.id == RoleHolding.person_id)
        .where(Person.active.is_(True), valid_on(today(unit)))
        .order_by(Person.sort_name)
    ):
        holders.setdefault(role, {})[name] = None
    used: dict[str, list[str]] = {}
    for line in valid_versions(unit):
        lanes = {catalogue.find(lane) for lane in diagram_of(unit, line.version_id).lanes}
        for role in {lane.key for lane in lanes if lane is not None}:
            used.setdefault(role, []).append(line.name)
    return [
        RoleLine(role, tuple(holders.get(role.key, ())), tuple(used.get(role.key, ())))
        for role in catalogue.by_key.values()
    ]


def list_closing_days(unit: Unit, actor: Actor, command: None) -> ClosingDays:
    """Return the closing days: those that come every year first, then the single ones. Raises Refused."""
    require_administrator(actor)
    rows = unit.session.scalars(
        select(ClosingDay).order_by(ClosingDay.on_date, ClosingDay.month, ClosingDay.day, ClosingDay.id)
    ).all()
    lines = [ClosingDayLine(row.id, row.name, row.month, row.day, row.on_date) for row in rows]
    year = today(unit).year
    yearly = [line for line in lines if line.on_date is None]
    once = [line for line in lines if line.on_date is not None]
    return ClosingDays((*yearly, *once), year, workdays.named_holidays(year))


def read_own_roles(unit: Unit, actor: Actor, command: None) -> tuple[tuple[str, str], ...]:
    """Return the roles the actor holds today: Danish name and unit (empty: everywhere)."""
    names, catalogue = _unit_names(unit), roles_of(unit)
    return tuple(
        (catalogue.name_of(held.role), names.get(held.unit_id, "") if held.unit_id is not None else "")
        for held in actor.holdings
    )
