"""Who acts: a person with the roles held today, or the system itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, bindparam, insert, literal, or_, select, text
from sqlalchemy.sql.elements import ColumnElement

from engine import workdays
from records.prepared import Prepared
from records.tables import OrgUnit, Person, RoleHolding, WorkGroup
from records.unit import Unit
from tasks.errors import NotFound, Refused
from tasks.roles import roles_of


@dataclass(frozen=True, slots=True)
class Holding:
    """A role held today in a unit (None: everywhere), and the group of its holders."""

    role: str
    unit_id: int | None
    group_id: int | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who runs a use case. `person_id` is None for the system itself (timers, messages)."""

    person_id: int | None
    name: str
    holdings: tuple[Holding, ...] = field(default=())

    @property
    def groups(self) -> tuple[int, ...]:
        """Ids of the groups whose tasks this person may claim."""
        return tuple(sorted({held.group_id for held in self.holdings if held.group_id is not None}))

    def holds(self, *roles: str) -> bool:
        """Tell whether any of these role keys is held today."""
        return any(held.role in roles for held in self.holdings)


def is_external(unit: Unit, actor: Actor) -> bool:
    """Tell whether the actor has a limited account: every role held is outside the authority."""
    if actor.person_id is None or not actor.holdings:
        return False
    known = [roles_of(unit).by_key.get(held.role) for held in actor.holdings]
    return all(role is not None and not role.internal for role in known)


SYSTEM = Actor(None, "Systemet")
"""The actor of everything that happens without a person."""


def valid_on(day: date) -> ColumnElement[bool]:
    """Return the condition that a role holding is valid on a local day."""
    return and_(
        or_(RoleHolding.valid_from.is_(None), RoleHolding.valid_from <= day),
        or_(RoleHolding.valid_to.is_(None), RoleHolding.valid_to >= day),
    )


def today(unit: Unit) -> date:
    """Return the local day (Europe/Copenhagen) of the unit's instant."""
    return workdays.local(unit.now).date()


_TODAY = bindparam("today", type_=Date)
HELD_TODAY = and_(
    or_(RoleHolding.valid_from.is_(None), RoleHolding.valid_from <= _TODAY),
    or_(RoleHolding.valid_to.is_(None), RoleHolding.valid_to >= _TODAY),
)
"""That a role holding is valid on the local day that a prepared statement is given as `today`."""

_ITS_GROUP = and_(
    WorkGroup.role == RoleHolding.role,
    or_(
        WorkGroup.unit_id == RoleHolding.unit_id,
        and_(WorkGroup.unit_id.is_(None), RoleHolding.unit_id.is_(None)),
    ),
)


def actor_query(*where: ColumnElement[bool]) -> Prepared:
    """Return the statement that reads the active person of whom `where` is true, for `actor_in`."""
    return Prepared(
        select(Person.id, Person.name, RoleHolding.role, RoleHolding.unit_id, WorkGroup.id)
        .select_from(Person)
        .outerjoin(RoleHolding, and_(RoleHolding.person_id == Person.id, HELD_TODAY))
        .outerjoin(WorkGroup, _ITS_GROUP)
        .where(Person.active.is_(True), *where)
    )


_ACTOR = actor_query(Person.id == bindparam("person_id"))
_HOLDERS = Prepared(
    select(Person.id, Person.name, RoleHolding.unit_id)
    .join(RoleHolding, RoleHolding.person_id == Person.id)
    .where(RoleHolding.role == bindparam("role"), Person.active.is_(True), HELD_TODAY)
    .order_by(Person.sort_name)
)


def actor_of(unit: Unit, person_id: int) -> Actor:
    """Return the active person with the roles held today, in one statement. Raises NotFound."""
    found = actor_in(unit, _ACTOR, {"person_id": person_id})
    if found is None:
        raise NotFound("Personen findes ikke eller er ikke aktiv.")
    return found


def actor_in(unit: Unit, query: Prepared, values: Mapping[str, Any]) -> Actor | None:
    """Return the person that a statement of `actor_query` finds, with the roles held today, else None."""
    rows = unit.run(query, {**values, "today": today(unit)})
    if not rows:
        return None
    holdings = tuple(
        Holding(role, unit_id, group_id) for _, _, role, unit_id, group_id in rows if role is not None
    )
    return Actor(rows[0][0], rows[0][1], holdings)


def holders(
    unit: Unit, role: str, unit_ids: Sequence[int | None] | None = None
) -> list[tuple[int, str, int | None]]:
    """Return (person id, name, unit id) of the active holders of a role today, by name.

    `unit_ids` narrows it to holdings in these units (None in it: holdings without a unit).
    """
    found = unit.run(_HOLDERS, {"role": role, "today": today(unit)})
    rows = [(person_id, name, held_in) for person_id, name, held_in in found]
    if unit_ids is None:
        return rows
    return [row for row in rows if row[2] in unit_ids]


def list_holders(unit: Unit, actor: Actor, role: str) -> list[tuple[int, str]]:
    """Return (person id, name) of the active holders of a role today, each once, by name. Raises Refused
    for a limited account."""
    if is_external(unit, actor):
        raise Refused("Kun kommunens medarbejdere kan slå personer op.")
    return list({person_id: (person_id, name) for person_id, name, _ in holders(unit, role)}.values())


_ABOVE = (
    select(OrgUnit.id, OrgUnit.parent_id, literal(0).label("steps"))
    .where(OrgUnit.id == bindparam("unit_id"))
    .cte("above", recursive=True)
)
_ABOVE = _ABOVE.union_all(
    # The limit ends a circle of units, which nobody should be able to draw.
    select(OrgUnit.id, OrgUnit.parent_id, _ABOVE.c.steps + 1)
    .join(_ABOVE, OrgUnit.id == _ABOVE.c.parent_id)
    .where(_ABOVE.c.steps < 50)
)
_CHAIN = Prepared(select(_ABOVE.c.id).order_by(_ABOVE.c.steps))
_HELD_IN = Prepared(
    select(RoleHolding.unit_id, WorkGroup.id, _ABOVE.c.steps)
    .join(Person, Person.id == RoleHolding.person_id)
    .outerjoin(WorkGroup, _ITS_GROUP)
    .outerjoin(_ABOVE, _ABOVE.c.id == RoleHolding.unit_id)
    .where(RoleHolding.role == bindparam("role"), Person.active.is_(True), HELD_TODAY)
    .order_by(Person.sort_name)
)


def unit_and_above(unit: Unit, unit_id: int | None) -> list[int]:
    """Return the unit's id and those above it, nearest first; empty when there is no unit."""
    if unit_id is None:
        return []
    return list(dict.fromkeys(found for (found,) in unit.run(_CHAIN, {"unit_id": unit_id})))


@dataclass(frozen=True, slots=True)
class HeldIn:
    """A unit in which a role is held today (None: without a unit), and the group of its holders there."""

    unit_id: int | None
    group_id: int | None
    """None when the group has not been made yet."""
    steps: int | None
    """How far above the unit that was asked from: 0 is that unit itself, None neither it nor above it."""


def where_held(unit: Unit, role: str, unit_id: int | None) -> list[HeldIn]:
    """Return where a role is held today, in the order of its holders' names; one statement."""
    values = {"role": role, "unit_id": unit_id, "today": today(unit)}
    return list(dict.fromkeys(HeldIn(*row) for row in unit.run(_HELD_IN, values)))


_GROUP = select(WorkGroup.id).where(
    WorkGroup.role == bindparam("role"), WorkGroup.unit_id.is_not_distinct_from(bindparam("unit_id"))
)
# A unique key lets several rows have no unit, so those who make a group take turns until they commit.
_GROUPS_ONE_AT_A_TIME = text("LOCK TABLE work_group IN SHARE ROW EXCLUSIVE MODE")


def group_id_of(unit: Unit, role: str, unit_id: int | None) -> int:
    """Return the id of the group of a role's holders in a unit, made when it is not there yet."""
    key = {"role": role, "unit_id": unit_id}
    found = unit.connection.execute(_GROUP, key).scalars().first()
    if found is None and unit.connection.dialect.name == "postgresql":
        unit.connection.execute(_GROUPS_ONE_AT_A_TIME)
        found = unit.connection.execute(_GROUP, key).scalars().first()
    if found is not None:
        return found
    return unit.connection.execute(insert(WorkGroup).returning(WorkGroup.id), key).scalar_one()


def group_members(unit: Unit, group_id: int) -> list[int]:
    """Return the ids of the people who may claim a group's tasks today."""
    group = unit.session.get(WorkGroup, group_id)
    if group is None:
        return []
    return [person_id for person_id, _, _ in holders(unit, group.role, [group.unit_id])]


def unit_of_recipient(unit: Unit, person_id: int | None, group_id: int | None) -> int | None:
    """Return the unit a task's recipient works in, from where its leader is found.

    A person's own; for a group that nobody has claimed from the one all its members work in, else the one the
    group is for.
    """
    if person_id is not None:
        return unit.session.scalar(select(Person.unit_id).where(Person.id == person_id))
    if group_id is None:
        return None
    works_in = set(
        unit.session.scalars(select(Person.unit_id).where(Person.id.in_(group_members(unit, group_id))))
    )
    common = works_in.pop() if len(works_in) == 1 else None
    return common or unit.session.scalar(select(WorkGroup.unit_id).where(WorkGroup.id == group_id))
