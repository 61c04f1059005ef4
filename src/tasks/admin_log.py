"""The log of administration: who changed accounts, roles, units, closing days and leave, and how.

Append-only; the systemforvalter reads it. It never holds a password.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from records.tables import AdminEntry, Person
from records.unit import Unit
from tasks.errors import Refused
from tasks.incidents import ADMINISTRATOR
from tasks.people import Actor

PAGE = 50


@dataclass(frozen=True, slots=True)
class AdminLine:
    """One act of administration; `who` is None for the command line."""

    id: int
    at: datetime
    who: str | None
    kind: str
    person_id: int | None
    person: str | None
    text: str


@dataclass(frozen=True, slots=True)
class ReadAdminLog:
    """A page of the log, newest first. `after` is (instant, id) of the last line seen; `person_id` narrows it
    to acts about or by one person."""

    person_id: int | None = None
    after: tuple[datetime, int] | None = None
    limit: int = PAGE


def note(unit: Unit, actor: Actor, kind: str, text: str, person_id: int | None = None) -> None:
    """Note an act of administration, in its own transaction; `text` is Danish and says what changed."""
    unit.session.flush()  # the person may be new in this unit
    row = {"at": unit.now, "actor_id": actor.person_id, "kind": kind, "person_id": person_id, "text": text}
    unit.insert_many(AdminEntry, [row])


def read_admin_log(unit: Unit, actor: Actor, command: ReadAdminLog) -> list[AdminLine]:
    """Return a page of the log; one statement. Raises Refused for others than the systemforvalter."""
    if actor.person_id is not None and not actor.holds(ADMINISTRATOR):
        raise Refused("Kun systemforvalteren kan se administrationens log.")
    about = aliased(Person)
    query = (
        select(AdminEntry, Person.name, about.name)
        .outerjoin(Person, Person.id == AdminEntry.actor_id)
        .outerjoin(about, about.id == AdminEntry.person_id)
        .order_by(AdminEntry.at.desc(), AdminEntry.id.desc())
        .limit(max(1, min(command.limit, 200)))
    )
    if command.person_id is not None:
        of = (AdminEntry.person_id == command.person_id, AdminEntry.actor_id == command.person_id)
        query = query.where(or_(*of))
    if command.after is not None:
        at, id = command.after
        query = query.where(or_(AdminEntry.at < at, and_(AdminEntry.at == at, AdminEntry.id < id)))
    return [
        AdminLine(row.id, row.at, who, row.kind, row.person_id, person, row.text)
        for row, who, person in unit.session.execute(query)
    ]
