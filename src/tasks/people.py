"""Who acts: a person with the roles held today, or the system itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from engine import workdays
from records.tables import OrgUnit, Person, RoleHolding, WorkGroup
from records.unit import Unit
from tasks.errors import NotFound


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


def actor_of(unit: Unit, person_id: int) -> Actor:
    """Return the active person with the roles held today, in one statement. Raises NotFound."""
    group = and_(
        WorkGroup.role == RoleHolding.role,
        or_(
            WorkGroup.unit_id == RoleHolding.unit_id,
            and_(WorkGroup.unit_id.is_(None), RoleHolding.unit_id.is_(None)),
        ),
    )
    rows = unit.session.execute(
        select(Person.name, RoleHolding.role, RoleHolding.unit_id, WorkGroup.id)
        .select_from(Person)
        .outerjoin(RoleHolding, and_(RoleHolding.person_id == Person.id, valid_on(today(unit))))
        .outerjoin(WorkGroup, group)
        .where(Person.id == person_id, Person.active.is_(True))
    ).all()
    if not rows:
        raise NotFound("Personen findes ikke eller er ikke aktiv.")
    holdings = tuple(
        Holding(role, unit_id, group_id) for _, role, unit_id, group_id in rows if role is not None
    )
    return Actor(person_id, rows[0][0], holdings)


def holders(
    unit: Unit, role: str, unit_ids: Sequence[int | None] | None = None
) -> list[tuple[int, str, int | None]]:
    """Return (person id, name, unit id) of the active holders of a role today, by name.

    `unit_ids` narrows it to holdings in these units (None in it: holdings without a unit).
    """
    query = (
        select(Person.id, Person.name, RoleHolding.unit_id)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(RoleHolding.role == role, Person.active.is_(True), valid_on(today(unit)))
        .order_by(Person.sort_name)
    )
    rows = [(person_id, name, held_in) for person_id, name, held_in in unit.session.execute(query)]
    if unit_ids is None:
        return rows
    return [row for row in rows if row[2] in unit_ids]


def list_holders(unit: Unit, actor: Actor, role: str) -> list[tuple[int, str]]:
    """Return (person id, name) of the active holders of a role today, each once, by name."""
    return list({person_id: (person_id, name) for person_id, name, _ in holders(unit, role)}.values())


def unit_and_above(unit: Unit, unit_id: int | None) -> list[int]:
    """Return the unit's id and those above it, nearest first; empty when there is no unit."""
    if unit_id is None:
        return []
    parents: dict[int, int | None] = {
        row.id: row.parent_id for row in unit.session.execute(select(OrgUnit.id, OrgUnit.parent_id))
    }
    chain: list[int] = []
    current: int | None = unit_id
    while current is not None and current not in chain:
        chain.append(current)
        current = parents.get(current)
    return chain


def group_id_of(unit: Unit, role: str, unit_id: int | None) -> int:
    """Return the id of the group of a role's holders in a unit, made when it is not there yet."""
    same_unit = WorkGroup.unit_id.is_(None) if unit_id is None else WorkGroup.unit_id == unit_id
    found = unit.session.scalar(select(WorkGroup.id).where(WorkGroup.role == role, same_unit))
    if found is not None:
        return found
    group = WorkGroup(role=role, unit_id=unit_id)
    unit.session.add(group)
    unit.session.flush()
    return group.id


def group_members(unit: Unit, group_id: int) -> list[int]:
    """Return the ids of the people who may claim a group's tasks today."""
    group = unit.session.get(WorkGroup, group_id)
    if group is None:
        return []
    return [person_id for person_id, _, _ in holders(unit, group.role, [group.unit_id])]


def unit_of_recipient(unit: Unit, person_id: int | None, group_id: int | None) -> int | None:
    """Return the unit a task's recipient belongs to: the group's unit, else the person's own."""
    if group_id is not None:
        return unit.session.scalar(select(WorkGroup.unit_id).where(WorkGroup.id == group_id))
    if person_id is not None:
        return unit.session.scalar(select(Person.unit_id).where(Person.id == person_id))
    return None
