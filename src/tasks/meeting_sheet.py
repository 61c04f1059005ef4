"""A meeting as its pages show it: the agenda, who is there, earlier times, and what one can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from records.tables import (
    Case,
    Child,
    Instance,
    Meeting,
    MeetingItem,
    MeetingSlot,
    Person,
    Task,
)
from records.unit import Unit
from tasks import access
from tasks.caselist import related_to
from tasks.meeting_pages import Agenda, agenda_of
from tasks.meeting_slots import free_run, needed
from tasks.meeting_times import times_of
from tasks.meetings import LIVE, QUEUED, TO_COME
from tasks.people import Actor, is_external


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A time that a meeting has had."""

    number: int
    starts_at: datetime
    ends_at: datetime
    place: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class OtherMeeting:
    """Another meeting of the same kind that an item may be moved to."""

    id: int
    title: str
    starts_at: datetime
    free: int
    first_single: int | None
    first_double: int | None
    """The first slot where a single or a double place is free; None where there is none."""


@dataclass(frozen=True, slots=True)
class QueuedLine:
    """A case that waits for a meeting with room."""

    item_id: int
    case_number: str | None
    child: str | None
    minutes: int
    not_before: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class OwnTask:
    """An open task of the reader's that the meeting, or one of its items, has given."""

    id: int
    name: str
    item_id: int | None


@dataclass(frozen=True, slots=True)
class MeetingSheet:
    """All that the pages of one meeting show."""

    agenda: Agenda
    row: tuple[int | None, ...]
    """Item ids and free slots in their order; empty for a meeting without slots."""
    times: tuple[TimeLine, ...]
    others: tuple[OtherMeeting, ...]
    queue: tuple[QueuedLine, ...]
    tasks: tuple[OwnTask, ...]
    open_cases: frozenset[int]
    """The cases on the page that the reader may open."""
    previous: tuple[int, datetime] | None
    following: tuple[int, datetime] | None
    """The meeting that this one follows up, and the one that follows this."""
    people: tuple[tuple[int, str, str], ...]
    """Who may be added: id, name, title; only for those who may change the meeting."""
    runs: frozenset[int]
    """Items that the reader chairs."""
    invited: int
    """How many people have been invited, to the meeting or to an item of it."""


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """Read one meeting; `what` is the page, for the log."""

    meeting_id: int
    what: str = "moede"


def read_sheet(unit: Unit, actor: Actor, command: ReadSheet) -> MeetingSheet:
    """Return what the pages of a meeting show, in a fixed number of statements; the view of every case that
    is named is logged. Raises NotFound, Denied."""
    meeting = unit.session.get(Meeting, command.meeting_id)
    agenda = agenda_of(unit, actor, command.meeting_id)
    assert meeting is not None
    courses = _courses(unit, [item.id for item in agenda.items])
    seen = {item.case_id for item in agenda.items if item.case_id is not None}
    if meeting.case_id is not None:
        seen.add(meeting.case_id)
    access.log_views(unit, actor, sorted(seen), "moede", command.what)
    slotted = meeting.slot_minutes is not None
    return MeetingSheet(
        agenda=agenda,
        row=_row(agenda),
        times=tuple(
            TimeLine(one.number, one.starts_at, one.ends_at, one.place, one.since)
            for one in times_of(unit, meeting.id)
        ),
        others=_others(unit, meeting) if slotted and agenda.may_change else (),
        queue=_queue(unit, meeting) if slotted and agenda.may_change else (),
        tasks=_own_tasks(unit, actor, meeting, courses),
        open_cases=_open_cases(unit, actor, seen),
        previous=_neighbour(unit, Meeting.id == meeting.previous_id) if meeting.previous_id else None,
        following=_neighbour(unit, Meeting.previous_id == meeting.id),
        people=_people(unit) if agenda.may_change else (),
        runs=frozenset(one.item_id for one in courses if one.chair_id == actor.person_id),
        invited=_invited(agenda),
    )


def _slots(unit: Unit, meeting_ids: Sequence[int]) -> Sequence[MeetingSlot]:
    query = select(MeetingSlot).where(MeetingSlot.meeting_id.in_(meeting_ids))
    return unit.session.scalars(query.order_by(MeetingSlot.meeting_id, MeetingSlot.slot)).all()


def _others(unit: Unit, meeting: Meeting) -> tuple[OtherMeeting, ...]:
    query = (
        select(Meeting)
        .where(
            Meeting.kind == meeting.kind,
            Meeting.id != meeting.id,
            Meeting.slot_minutes.is_not(None),
            Meeting.status.in_(TO_COME),
            Meeting.starts_at > unit.now,
        )
        .order_by(Meeting.starts_at)
        .limit(12)
    )
    found = list(unit.session.scalars(query))
    slots: dict[int, list[MeetingSlot]] = {}
    for slot in _slots(unit, [one.id for one in found]):
        slots.setdefault(slot.meeting_id, []).append(slot)
    return tuple(
        OtherMeeting(
            one.id,
            one.title,
            one.starts_at,
            sum(slot.item_id is None for slot in slots.get(one.id, [])),
            free_run(slots.get(one.id, []), 1),
            free_run(slots.get(one.id, []), needed(2 * (one.slot_minutes or 1), one.slot_minutes or 1)),
        )
        for one in found
    )


def _queue(unit: Unit, meeting: Meeting) -> tuple[QueuedLine, ...]:
    query = (
        select(MeetingItem, Case.number, Child.name)
        .outerjoin(Case, Case.id == MeetingItem.case_id)
        .outerjoin(Child, Child.id == Case.child_id)
        .where(MeetingItem.kind == meeting.kind, MeetingItem.status == QUEUED)
        .order_by(MeetingItem.requested_at, MeetingItem.id)
        .limit(50)
    )
    return tuple(
        QueuedLine(item.id, number, child, item.minutes, item.not_before.isoformat(), item.requested_at)
        for item, number, child in unit.session.execute(query)
    )


@dataclass(frozen=True, slots=True)
class _Course:
    """The course behind an item that is on the page."""

    item_id: int
    instance_id: int
    chair_id: int | None
    live: bool


def _courses(unit: Unit, item_ids: Sequence[int]) -> list[_Course]:
    if not item_ids:
        return []
    query = select(MeetingItem.id, MeetingItem.instance_id, MeetingItem.chair_id, MeetingItem.status)
    rows = unit.session.execute(query.where(MeetingItem.id.in_(item_ids)))
    return [_Course(id, instance, chair, status in LIVE) for id, instance, chair, status in rows]


def _own_tasks(unit: Unit, actor: Actor, meeting: Meeting, shown: Sequence[_Course]) -> tuple[OwnTask, ...]:
    if actor.person_id is None:
        return ()
    items = {one.instance_id: one.item_id for one in shown if one.live}
    courses = [*items, *([meeting.instance_id] if meeting.instance_id is not None else [])]
    if not courses:
        return ()
    mine = Task.assignee_id == actor.person_id
    if actor.groups:
        mine = or_(mine, and_(Task.assignee_id.is_(None), Task.group_id.in_(actor.groups)))
    query = (
        select(Task.id, Task.name, Instance.id, Instance.parent_id)
        .join(Instance, Instance.id == Task.instance_id)
        .where(or_(Instance.id.in_(courses), Instance.parent_id.in_(courses)), Task.status == "aaben", mine)
        .order_by(Task.sort_at, Task.id)
        .limit(40)
    )
    return tuple(
        OwnTask(task_id, name, items.get(course) or items.get(parent or 0))
        for task_id, name, course, parent in unit.session.execute(query)
    )


def _open_cases(unit: Unit, actor: Actor, case_ids: set[int]) -> frozenset[int]:
    if not case_ids or actor.person_id is None or is_external(unit, actor):
        return frozenset()
    query = select(Case.id).where(Case.id.in_(case_ids), related_to(unit, actor))
    return frozenset(unit.session.scalars(query))


def _neighbour(unit: Unit, which: ColumnElement[bool]) -> tuple[int, datetime] | None:
    row = unit.session.execute(
        select(Meeting.id, Meeting.starts_at).where(which).order_by(Meeting.id.desc()).limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _people(unit: Unit) -> tuple[tuple[int, str, str], ...]:
    query = select(Person.id, Person.name, Person.title).where(Person.active).order_by(Person.sort_name)
    return tuple((id, name, title or "") for id, name, title in unit.session.execute(query))


def _invited(agenda: Agenda) -> int:
    rows = [*agenda.participants]
    rows += [one for item in agenda.items if item.starts_at is not None for one in item.participants]
    return sum(one.invited for one in rows)


def _row(agenda: Agenda) -> tuple[int | None, ...]:
    """Return what lies on the slots in their order, as `meeting_arrange.row_of` does, of what is seen."""
    places: list[tuple[int, int | None]] = [
        (item.slot, item.id) for item in agenda.items if item.slot is not None
    ]
    places += [(slot, None) for slot, _, _ in agenda.free_slots]
    return tuple(item_id for _, item_id in sorted(places, key=lambda place: place[0]))
