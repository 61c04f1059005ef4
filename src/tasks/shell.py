"""Who is signed in, as every page's frame shows it: read once a request."""

from dataclasses import dataclass

from sqlalchemy import func, select

from records.tables import Incident, Notice, Person
from records.unit import Unit
from tasks.incidents import ADMINISTRATOR
from tasks.people import Actor, actor_of
from tasks.roles import LEADERS, roles_of

SHOWN = 99
"""Unread notices are counted to here and no further."""


@dataclass(frozen=True, slots=True)
class Shell:
    """The person, and what the frame offers them."""

    actor: Actor
    title: str
    may_administer: bool
    may_see_incidents: bool
    leads: bool
    unread: int


def read_shell(unit: Unit, actor: Actor, person_id: int) -> Shell:
    """Return the frame for a person, in two statements. Raises NotFound for somebody not active."""
    person = actor_of(unit, person_id)
    unread = select(Notice.id).where(Notice.person_id == person_id, Notice.read_at.is_(None)).limit(SHOWN)
    row = unit.session.execute(
        select(
            Person.title,
            select(func.count()).select_from(unread.subquery()).scalar_subquery(),
            select(Incident.id)
            .where(Incident.owner_id == person_id, Incident.resolved_at.is_(None))
            .limit(1)
            .exists(),
        ).where(Person.id == person_id)
    ).one()
    title, count, owns_incidents = row
    names = [roles_of(unit).name_of(held.role) for held in person.holdings if held.role not in LEADERS]
    administers = person.holds(ADMINISTRATOR)
    return Shell(
        actor=person,
        title=title or ", ".join(dict.fromkeys(names)),
        may_administer=administers,
        may_see_incidents=administers or person.holds("procesejer") or bool(owns_incidents),
        leads=person.holds(*LEADERS),
        unread=count,
    )
