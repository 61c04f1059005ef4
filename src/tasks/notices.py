"""Lines to people: in the app, and by mail through the outbox. Never anything personal: number, task name,
link."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import bindparam, select, update

from records.prepared import Prepared
from records.tables import Case, Notice, Outbox
from records.unit import Unit
from tasks.errors import Refused
from tasks.people import Actor


@dataclass(frozen=True, slots=True)
class TaskNotice:
    """Somebody got a task from somebody else, or is reminded of it."""

    person_id: int
    task_id: int
    case_id: int | None
    task_name: str
    case_number: str | None
    meeting_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice as its reader sees it; `at` is UTC."""

    id: int
    kind: str
    text: str
    task_id: int | None
    case_id: int | None
    meeting_id: int | None
    at: Any
    read: bool


_PLACES: Final = 50

_TITLES = {
    "ny_opgave": "Ny opgave",
    "paamindelse": "Påmindelse",
    "eskalering": "Fristen er overskredet",
    "advis": "Advis",
    "haendelse": "Noget er gået i stå",
    "indkaldelse": "Indkaldelse",
}


def new_tasks(unit: Unit, told: Sequence[TaskNotice]) -> None:
    """Tell people that they have a new task."""
    send(unit, "ny_opgave", told)


def send(unit: Unit, kind: str, told: Sequence[TaskNotice], text: str = "") -> None:
    """Write a notice in the app and a mail for each person.

    `text` stands in the notice instead of the task's name, and must hold nothing personal. The mail names
    the task and the case's number, never the text.
    """
    if not told:
        return
    notice_rows: list[dict[str, Any]] = []
    mail_rows: list[dict[str, Any]] = []
    for notice in told:
        where = f" i sag {notice.case_number}" if notice.case_number else ""
        line = f"{_TITLES[kind]}: {text or notice.task_name}{where}"
        notice_rows.append(
            {
                "person_id": notice.person_id,
                "kind": kind,
                "text": line[:400],
                "case_id": notice.case_id,
                "task_id": notice.task_id or None,
                "meeting_id": notice.meeting_id,
                "at": unit.now,
            }
        )
        # A text may come from a diagram's expression or an error, so it never leaves the house.
        subject = (
            f"{_TITLES[kind]}: {notice.task_name}{where}" if notice.task_id else f"{_TITLES[kind]}{where}"
        )
        path = f"/opgaver/{notice.task_id}" if notice.task_id else "/"
        if notice.meeting_id is not None:
            path = f"/moeder/{notice.meeting_id}"
        if kind != "indkaldelse":  # the calendar's own letter follows (tasks.invitations)
            mail_rows.append(mail_row(unit, notice.person_id, subject, path))
    unit.insert_many(Notice, notice_rows)
    unit.insert_many(Outbox, mail_rows)


def mail_row(unit: Unit, person_id: int, subject: str, path: str) -> dict[str, Any]:
    """Return an outbox row for a mail. The address is looked up when it is sent; `path` is the link's
    path."""
    return {
        "kind": "mail",
        "message_id": str(uuid4()),
        "payload": {"person_id": person_id, "subject": subject, "path": path},
        "created_at": unit.now,
        "next_try_at": unit.now,
        "attempts": 0,
    }


def my_notices(unit: Unit, actor: Actor, limit: int = 30) -> list[NoticeLine]:
    """Return the actor's newest notices, unread first."""
    query = (
        select(Notice)
        .where(Notice.person_id == actor.person_id)
        .order_by(Notice.read_at.is_(None).desc(), Notice.at.desc(), Notice.id.desc())
        .limit(limit)
    )
    return [
        NoticeLine(
            row.id,
            row.kind,
            row.text,
            row.task_id,
            row.case_id,
            row.meeting_id,
            row.at,
            row.read_at is not None,
        )
        for row in unit.session.scalars(query)
    ]


def unread_new_tasks(unit: Unit, actor: Actor, task_ids: Sequence[int]) -> frozenset[int]:
    """Return those of these tasks that the actor was told of as new and has not looked at yet; one
    statement."""
    if actor.person_id is None or not task_ids:
        return frozenset()
    # As many places as a page has rows, so that it is the same statement each time.
    places = -(-len(task_ids) // _PLACES) * _PLACES
    values: dict[str, int] = dict.fromkeys((f"task{number}" for number in range(places)), -1)
    values |= {f"task{number}": task_id for number, task_id in enumerate(task_ids)}
    rows = unit.run(_unread_among(places), {**values, "person_id": actor.person_id})
    return frozenset(task_id for (task_id,) in rows)


@cache
def _unread_among(places: int) -> Prepared:
    return Prepared(
        select(Notice.task_id).where(
            Notice.person_id == bindparam("person_id"),
            Notice.read_at.is_(None),
            Notice.kind == "ny_opgave",
            Notice.task_id.in_([bindparam(f"task{number}") for number in range(places)]),
        )
    )


def seen_task(unit: Unit, actor: Actor, task_id: int) -> int:
    """Mark what the actor was told about a task as read, as it is on the screen; return how many lines."""
    if actor.person_id is None:
        return 0
    read = unit.session.execute(
        update(Notice)
        .where(Notice.person_id == actor.person_id, Notice.read_at.is_(None), Notice.task_id == task_id)
        .values(read_at=unit.now)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    )
    return len(read.all())


@dataclass(frozen=True, slots=True)
class ReadNotices:
    """Mark notices as read; empty means all of mine."""

    ids: tuple[int, ...] = ()


def read_notices(unit: Unit, actor: Actor, command: ReadNotices) -> None:
    """Mark the actor's notices as read. Raises Refused for the system."""
    if actor.person_id is None:
        raise Refused("Kun en person har beskeder.")
    query = update(Notice).where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))
    if command.ids:
        query = query.where(Notice.id.in_(command.ids))
    unit.session.execute(query.values(read_at=unit.now).execution_options(synchronize_session=False))


def to_people(
    unit: Unit,
    kind: str,
    person_ids: Iterable[int],
    text: str,
    *,
    case_id: int | None,
    case_number: str | None,
    meeting_id: int | None = None,
) -> None:
    """Tell people something that is not about one task; `text` must hold nothing personal."""
    told = [TaskNotice(person_id, 0, case_id, text, case_number, meeting_id) for person_id in person_ids]
    send(unit, kind, told, text)


def new_caseworker(unit: Unit, case: Case, person_id: int, tasks: int) -> None:
    """Tell somebody that they are a case's rådgiver now, and how many open tasks came along (OS-03)."""
    along = {0: "", 1: ". 1 åben opgave følger med"}.get(tasks, f". {tasks} åbne opgaver følger med")
    to_people(
        unit,
        "advis",
        [person_id],
        f"Du er ansvarlig rådgiver{along}",
        case_id=case.id,
        case_number=case.number,
    )
