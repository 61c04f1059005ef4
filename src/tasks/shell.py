"""Who is signed in, as every page's frame shows it: read once a request."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, bindparam, func, literal_column, select

from records.prepared import Prepared
from records.tables import Incident, Notice, Person, SignInSession
from records.types import Id
from records.unit import Unit
from tasks.incidents import ADMINISTRATOR
from tasks.meeting_calendar import has_meetings, keeps_more
from tasks.people import Actor, actor_in, actor_of, actor_query, is_external
from tasks.roles import LEADERS, roles_of
from tasks.signin import IDLE, TOUCH_AFTER, Resume, digest

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
    limited: bool
    """A limited account: own tasks, and no cases."""
    meets: bool
    """Takes part in meetings, keeps them, or leads those who do."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who a living session belongs to, and whether it is time to write down that it is in use."""

    shell: Shell
    stale: bool


_BY_SESSION = actor_query(
    Person.id
    == select(SignInSession.person_id)
    .where(
        SignInSession.token_hash == bindparam("hash"),
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > bindparam("at"),
        SignInSession.seen_at > bindparam("idle_since"),
    )
    .scalar_subquery()
)
_UNREAD = (
    select(Notice.id)
    .where(Notice.person_id == bindparam("person_id"), Notice.read_at.is_(None))
    .limit(literal_column(str(SHOWN), Integer))
)
_FRAME = Prepared(
    select(
        Person.title,
        select(func.count()).select_from(_UNREAD.subquery()).scalar_subquery(),
        select(Incident.id).where(Incident.owner_id == Person.id, Incident.resolved_at.is_(None)).exists(),
        select(SignInSession.seen_at).where(SignInSession.token_hash == bindparam("hash")).scalar_subquery(),
        has_meetings(bindparam("person_id", type_=Id)),
    ).where(Person.id == bindparam("person_id"))
)


def visit(unit: Unit, actor: Actor, command: Resume) -> Visit | None:
    """Return who a session belongs to with their frame, in two statements; None when it has ended."""
    key = digest(command.token)
    values = {"hash": key, "at": command.at, "idle_since": command.at - IDLE}
    person = actor_in(unit, _BY_SESSION, values)
    if person is None:
        return None
    shell, seen_at = _framed(unit, person, key)
    return Visit(shell, seen_at is not None and seen_at < command.at - TOUCH_AFTER)


def read_shell(unit: Unit, actor: Actor, person_id: int) -> Shell:
    """Return the frame for a person, in two statements. Raises NotFound for somebody not active."""
    return _framed(unit, actor_of(unit, person_id), "")[0]


def _framed(unit: Unit, person: Actor, key: str) -> tuple[Shell, datetime | None]:
    rows = unit.run(_FRAME, {"person_id": person.person_id, "hash": key})
    title, count, owns_incidents, seen_at, meets = rows[0]
    names = [roles_of(unit).name_of(held.role) for held in person.holdings if held.role not in LEADERS]
    administers = person.holds(ADMINISTRATOR)
    shell = Shell(
        actor=person,
        title=title or ", ".join(dict.fromkeys(names)),
        may_administer=administers,
        may_see_incidents=administers or person.holds("procesejer") or bool(owns_incidents),
        leads=person.holds(*LEADERS),
        unread=count,
        limited=is_external(unit, person),
        meets=bool(meets) or keeps_more(person),
    )
    return shell, seen_at
