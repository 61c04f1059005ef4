"""Leave as it is entered: who is away when, and who stands in for them (processes.md 1.3 rule 3)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from records.tables import LeavePeriod, Person, RoleHolding
from records.unit import Unit
from tasks import admin_log
from tasks.access import leads
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tasks.incidents import ADMINISTRATOR
from tasks.people import Actor, today, valid_on
from tasks.roles import LEADERS, roles_of
from tasks.substitutes import CANCELLED, OVER, PLANNED, RUNNING, begin, finish, give_back, starts_at

LONGEST = timedelta(days=3 * 366)
"""How far ahead a leave may end: beyond it, it is a slip of the pen."""

LATEST = 50

_NOT_PASSED_ON = (*LEADERS, ADMINISTRATOR, "procesejer")
"""Roles that a leave passes on to nobody."""


@dataclass(frozen=True, slots=True)
class SaveLeave:
    """Enter a leave (`leave_id` None) or change one; local days, both inclusive. Without a substitute the
    person's tasks go to their leader's group."""

    person_id: int
    first_day: date
    last_day: date
    substitute_id: int | None = None
    leave_id: int | None = None


@dataclass(frozen=True, slots=True)
class EndLeave:
    """Cancel a leave that has not begun, or end one that has: the person is back."""

    leave_id: int


@dataclass(frozen=True, slots=True)
class LeaveLine:
    """One leave as it is shown."""

    id: int
    person_id: int
    first_day: date
    last_day: date
    substitute_id: int | None
    substitute: str | None
    status: str


@dataclass(frozen=True, slots=True)
class LeaveSheet:
    """What a person's page shows of their leave, and who may be chosen to stand in."""

    person_id: int
    person: str
    leaves: tuple[LeaveLine, ...]
    """Newest first; those that are over or cancelled as well."""
    possible: tuple[tuple[int, str], ...]
    """(person id, name) of those with the same role, by name."""


def read_leave(unit: Unit, actor: Actor, person_id: int) -> LeaveSheet:
    """Return a person's leave. Raises Refused for others than they, their leader and the systemforvalter;
    NotFound."""
    person = _person(unit, actor, person_id)
    substitute = aliased(Person)
    rows = unit.session.execute(
        select(LeavePeriod, substitute.name)
        .outerjoin(substitute, substitute.id == LeavePeriod.substitute_id)
        .where(LeavePeriod.person_id == person_id)
        .order_by(LeavePeriod.first_day.desc(), LeavePeriod.id.desc())
        .limit(LATEST)
    )
    return LeaveSheet(
        person.id,
        person.name,
        tuple(
            LeaveLine(row.id, row.person_id, row.first_day, row.last_day, row.substitute_id, name, row.status)
            for row, name in rows
        ),
        tuple(_possible(unit, person_id)),
    )


def save_leave(unit: Unit, actor: Actor, command: SaveLeave) -> int:
    """Enter or change a leave; return its id. One that has begun moves the open tasks at once.

    Raises Refused (others than the person, their leader and the systemforvalter), Invalid, NotFound, NotOpen.
    """
    person = _person(unit, actor, command.person_id)
    leave = _to_change(unit, command)
    _check_days(unit, command, leave)
    if command.substitute_id is not None:
        _check_substitute(unit, command, person)
    running = leave is not None and leave.status == RUNNING
    if leave is None:
        leave = LeavePeriod(person_id=person.id, entered_at=unit.now, entered_by_id=actor.person_id)
        leave.status = PLANNED
        unit.session.add(leave)
    leave.first_day, leave.last_day = command.first_day, command.last_day
    leave.substitute_id = command.substitute_id
    leave.due_at = starts_at(command.first_day)
    unit.session.flush()
    if running:
        give_back(unit, person.id, actor.person_id)
    if running or command.first_day <= today(unit):
        begin(unit, leave, actor.person_id)
    name = _name(unit, command.substitute_id)
    whom = f"stedfortræder {name}" if name else "uden stedfortræder"
    days = f"{_written(leave.first_day)} – {_written(leave.last_day)}"
    admin_log.note(unit, actor, "fravaer", f"Fravær {days}, {whom}", person.id)
    return leave.id


def end_leave(unit: Unit, actor: Actor, command: EndLeave) -> None:
    """Cancel or end a leave; what is unfinished goes back. Raises Refused, NotFound, NotOpen."""
    leave = unit.session.get(LeavePeriod, command.leave_id, with_for_update=True)
    if leave is None:
        raise NotFound("Fraværet findes ikke.")
    person = _person(unit, actor, leave.person_id)
    if leave.status == PLANNED:
        leave.status, leave.due_at = CANCELLED, None
        text = "aflyst"
    elif leave.status == RUNNING:
        leave.last_day = max(leave.first_day, min(leave.last_day, today(unit) - timedelta(days=1)))
        finish(unit, leave, actor.person_id)
        text = "afsluttet"
    else:
        raise NotOpen("Fraværet er allerede slut.")
    admin_log.note(unit, actor, "fravaer", f"Fravær fra {_written(leave.first_day)} {text}", person.id)


def _person(unit: Unit, actor: Actor, person_id: int) -> Person:
    person = unit.session.get(Person, person_id)
    allowed = actor.person_id in (None, person_id) or actor.holds(ADMINISTRATOR)
    if not allowed and not (person is not None and leads(unit, actor, person.unit_id)):
        raise Refused("Kun personen selv og dennes leder kan se og ændre fravær.")
    if person is None:
        raise NotFound("Personen findes ikke.")
    return person


def _to_change(unit: Unit, command: SaveLeave) -> LeavePeriod | None:
    if command.leave_id is None:
        return None
    leave = unit.session.get(LeavePeriod, command.leave_id, with_for_update=True)
    if leave is None or leave.person_id != command.person_id:
        raise NotFound("Fraværet findes ikke.")
    if leave.status in (OVER, CANCELLED):
        raise NotOpen("Fraværet er allerede slut.")
    return leave


def _check_days(unit: Unit, command: SaveLeave, leave: LeavePeriod | None) -> None:
    first, last, now = command.first_day, command.last_day, today(unit)
    if last < first:
        raise Invalid("Fraværet slutter, før det begynder.", {"last_day": "Vælg en senere dag."})
    if leave is not None and leave.status == RUNNING:
        if first != leave.first_day:
            text = "Fraværet er begyndt; den første dag kan ikke ændres."
            raise Invalid(text, {"first_day": text})
    elif first < now:
        raise Invalid("Fravær kan tidligst begynde i dag.", {"first_day": "Vælg i dag eller senere."})
    if last < now:
        raise Invalid("Fraværet er allerede slut.", {"last_day": "Vælg i dag eller senere."})
    if last - now > LONGEST:
        raise Invalid("Fraværet er for langt.", {"last_day": "Vælg en dag inden for tre år."})
    overlaps = select(LeavePeriod.id).where(
        LeavePeriod.person_id == command.person_id,
        LeavePeriod.status.in_((PLANNED, RUNNING)),
        LeavePeriod.first_day <= last,
        LeavePeriod.last_day >= first,
        LeavePeriod.id != (command.leave_id or 0),
    )
    if unit.session.scalar(overlaps.limit(1)) is not None:
        raise Invalid(
            "Personen har allerede fravær i de dage.", {"first_day": "Ret det fravær, der er der, i stedet."}
        )


def _check_substitute(unit: Unit, command: SaveLeave, person: Person) -> None:
    if command.substitute_id not in {one for one, _ in _possible(unit, person.id)}:
        raise Invalid(
            f"Stedfortræderen skal have samme rolle som {person.name}.",
            {"substitute": "Vælg en med samme rolle."},
        )
    away = select(LeavePeriod.id).where(
        LeavePeriod.person_id == command.substitute_id,
        LeavePeriod.status.in_((PLANNED, RUNNING)),
        LeavePeriod.first_day <= command.last_day,
        LeavePeriod.last_day >= command.first_day,
    )
    if unit.session.scalar(away.limit(1)) is not None:
        raise Invalid(
            "Stedfortræderen har selv fravær i de dage.", {"substitute": "Vælg en, der er der i perioden."}
        )


def _possible(unit: Unit, person_id: int) -> list[tuple[int, str]]:
    """Return (person id, name) of the others with the same role: all the roles that bind the person to cases
    (a rådgiver's decision passes only to a rådgiver, BF-40), else at least one."""
    held = unit.session.scalars(
        select(RoleHolding.role).where(RoleHolding.person_id == person_id, valid_on(today(unit))).distinct()
    ).all()
    catalogue = roles_of(unit).by_key
    own = {role for role in held if role not in _NOT_PASSED_ON}
    bound = {role for role in own if role in catalogue and catalogue[role].binding == "S"}
    wanted = bound or own
    if not wanted:
        return []
    query = (
        select(Person.id, Person.name)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(
            Person.active.is_(True),
            Person.id != person_id,
            RoleHolding.role.in_(wanted),
            valid_on(today(unit)),
        )
        .group_by(Person.id, Person.name, Person.sort_name)
        .having(func.count(func.distinct(RoleHolding.role)) >= (len(wanted) if bound else 1))
        .order_by(Person.sort_name)
    )
    return [(one, name) for one, name in unit.session.execute(query)]


def _name(unit: Unit, person_id: int | None) -> str | None:
    return unit.session.scalar(select(Person.name).where(Person.id == person_id)) if person_id else None


def _written(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
