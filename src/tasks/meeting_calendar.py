"""The calendar of meetings: one's own, and those one keeps or leads; a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from records.tables import Case, CaseRole, Meeting, MeetingItem, MeetingParticipant, MeetingSlot, Person
from records.unit import Unit
from tasks import access
from tasks.casefile import read_case_file
from tasks.caselist import related_to
from tasks.errors import Invalid
from tasks.meeting_access import ADMINISTRATION
from tasks.meetings import BOOKED, CLOSED, OPEN, TO_COME
from tasks.people import Actor, is_external
from tasks.roles import LEADERS

LONGEST = 366
"""Days that may be asked for at once."""

OF_CASE = 6
"""Meetings that stand on the page of a case."""

Whose = Literal["mine", "alle"]


@dataclass(frozen=True, slots=True)
class ReadCalendar:
    """Ask for the meetings that begin on these local days, both included: one's own, or all one may see;
    of one kind or of all."""

    first: date
    last: date
    whose: Whose = "mine"
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One meeting in the calendar. Instants are UTC; times and place are the reader's own where they are
    there for one item only."""

    id: int
    kind: str
    title: str
    status: str
    on_date: date
    starts_at: datetime
    ends_at: datetime
    place: str | None
    link: str | None
    chair: str | None
    case_id: int | None
    """Only for who has a relation to the case."""
    case_number: str | None
    slots: int
    free: int
    items: int
    """How many cases are on the agenda, for those who see it."""
    mine: bool
    answer: str | None
    """The reader's own answer to the invitation: accept, ny_tid, afslag, or »mangler«; None without one."""
    moved: int
    """How often its time or place has changed."""
    rev: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A period of the calendar."""

    lines: tuple[CalendarLine, ...]
    keeps: bool
    """The reader keeps agendas, or leads a unit: there may be more than their own."""
    closed: frozenset[date]
    """The public holidays and closing days of the period."""
    following: tuple[int, date] | None
    """The next meeting after the period, when the period has none."""


def keeps_more(actor: Actor) -> bool:
    """Tell whether somebody sees meetings that they have no part in: administration and leaders do."""
    return actor.holds(*ADMINISTRATION, *LEADERS)


def read_calendar(unit: Unit, actor: Actor, command: ReadCalendar) -> Calendar:
    """Return the meetings of a period by time. Raises Invalid for a senseless or too long one."""
    if not 0 <= (command.last - command.first).days <= LONGEST:
        raise Invalid("Perioden kan ikke bruges.", {"til": f"Vælg højst {LONGEST} dage."})
    wanted = _wanted(unit, actor, command.whose)
    if command.kind is not None:
        wanted = and_(wanted, Meeting.kind == command.kind)
    rows = _meetings(unit, actor, command.first, command.last, wanted)
    following = None
    if not rows:
        later = unit.session.execute(
            select(Meeting.id, Meeting.on_date)
            .where(Meeting.on_date > command.last, Meeting.status.in_(TO_COME), wanted)
            .order_by(Meeting.starts_at, Meeting.id)
            .limit(1)
        ).one_or_none()
        following = (later[0], later[1]) if later is not None else None
    days = (command.first + timedelta(days=n) for n in range((command.last - command.first).days + 1))
    closed = frozenset(day for day in days if day in unit.calendar.closed_days)
    return Calendar(_lines(unit, actor, rows), keeps_more(actor), closed, following)


def lines_between(unit: Unit, actor: Actor, first: date, last: date) -> tuple[CalendarLine, ...]:
    """Return one's own meetings of these local days, both included, however many days they are."""
    rows = _meetings(unit, actor, first, last, _taking_part(actor))
    return _lines(unit, actor, rows)


def meetings_of_case(unit: Unit, actor: Actor, case_id: int) -> tuple[CalendarLine, ...]:
    """Return the meetings of a case and those with an item of it, the newest first. Raises Denied."""
    file = read_case_file(unit, case_id)
    access.require(unit, actor, file, "moeder")
    items = select(MeetingItem.meeting_id).where(
        MeetingItem.case_id == case_id, MeetingItem.starts_at.is_not(None)
    )
    query = (
        select(Meeting)
        .where(or_(Meeting.case_id == case_id, Meeting.id.in_(items)))
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(OF_CASE)
    )
    return _lines(unit, actor, [(meeting, False) for meeting in unit.session.scalars(query)])


def _wanted(unit: Unit, actor: Actor, whose: Whose) -> ColumnElement[bool]:
    taking_part = _taking_part(actor)
    return or_(taking_part, _seen_otherwise(unit, actor)) if whose == "alle" else taking_part


def _meetings(
    unit: Unit, actor: Actor, first: date, last: date, wanted: ColumnElement[bool]
) -> list[tuple[Meeting, bool]]:
    query = (
        select(Meeting, _taking_part(actor).label("mine"))
        .where(Meeting.on_date.between(first, last), wanted)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    return [(meeting, bool(mine)) for meeting, mine in unit.session.execute(query)]


def has_meetings(person_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that somebody takes part in any meeting at all, past or to come."""
    at_item = (
        select(MeetingItem.id)
        .join(CaseRole, CaseRole.case_id == MeetingItem.case_id)
        .where(CaseRole.person_id == person_id, CaseRole.until.is_(None))
    )
    return or_(
        select(MeetingParticipant.id).where(MeetingParticipant.person_id == person_id).exists(),
        select(Meeting.id)
        .where(or_(Meeting.chair_id == person_id, Meeting.minute_taker_id == person_id))
        .exists(),
        at_item.exists(),
        select(Meeting.id)
        .join(CaseRole, CaseRole.case_id == Meeting.case_id)
        .where(CaseRole.person_id == person_id, CaseRole.until.is_(None))
        .exists(),
    )


def _taking_part(actor: Actor) -> ColumnElement[bool]:
    me = actor.person_id
    items = select(MeetingItem.meeting_id).where(
        or_(
            MeetingItem.chair_id == me,
            MeetingItem.consultant_id == me,
            MeetingItem.id.in_(
                select(MeetingParticipant.item_id).where(
                    MeetingParticipant.person_id == me, MeetingParticipant.item_id.is_not(None)
                )
            ),
            MeetingItem.case_id.in_(_own_cases(actor)),
        ),
        MeetingItem.meeting_id.is_not(None),
    )
    return or_(
        Meeting.chair_id == me,
        Meeting.minute_taker_id == me,
        and_(Meeting.created_by_id == me, Meeting.case_id.is_not(None)),
        Meeting.case_id.in_(_own_cases(actor)),
        Meeting.id.in_(
            select(MeetingParticipant.meeting_id).where(
                MeetingParticipant.person_id == me, MeetingParticipant.meeting_id.is_not(None)
            )
        ),
        Meeting.id.in_(items),
    )


def _own_cases(actor: Actor) -> Select[int]:
    return select(CaseRole.case_id).where(CaseRole.person_id == actor.person_id, CaseRole.until.is_(None))


def _seen_otherwise(unit: Unit, actor: Actor) -> ColumnElement[bool]:
    if is_external(unit, actor):
        return Meeting.id == -1
    related = select(Case.id).where(related_to(unit, actor))
    seen: ColumnElement[bool] = Meeting.case_id.in_(related)
    if actor.holds(*ADMINISTRATION):
        seen = or_(seen, Meeting.slot_minutes.is_not(None))
    return seen


def _lines(unit: Unit, actor: Actor, rows: Sequence[tuple[Meeting, bool]]) -> tuple[CalendarLine, ...]:
    ids = [meeting.id for meeting, _ in rows]
    if not ids:
        return ()
    slots = {
        meeting_id: (count, taken)
        for meeting_id, count, taken in unit.session.execute(
            select(MeetingSlot.meeting_id, func.count(), func.count(MeetingSlot.item_id))
            .where(MeetingSlot.meeting_id.in_(ids))
            .group_by(MeetingSlot.meeting_id)
        )
    }
    items: dict[int, list[MeetingItem]] = {}
    for item in unit.session.scalars(
        select(MeetingItem).where(MeetingItem.meeting_id.in_(ids), MeetingItem.starts_at.is_not(None))
    ):
        items.setdefault(item.meeting_id or 0, []).append(item)
    item_ids = [item.id for some in items.values() for item in some]
    own = list(
        unit.session.scalars(
            select(MeetingParticipant).where(
                MeetingParticipant.person_id == actor.person_id,
                or_(MeetingParticipant.meeting_id.in_(ids), MeetingParticipant.item_id.in_(item_ids)),
            )
        )
    )
    cases = {meeting.case_id for meeting, _ in rows if meeting.case_id is not None}
    cases |= {item.case_id for some in items.values() for item in some if item.case_id is not None}
    known = select(Case.id, Case.number).where(Case.id.in_(cases), related_to(unit, actor))
    numbers = dict(unit.session.execute(known).all())
    mine = set(
        unit.session.scalars(
            select(CaseRole.case_id).where(
                CaseRole.case_id.in_(cases), CaseRole.person_id == actor.person_id, CaseRole.until.is_(None)
            )
        )
    )
    people = {meeting.chair_id for meeting, _ in rows if meeting.chair_id is not None}
    named = select(Person.id, Person.name).where(Person.id.in_(people))
    names = dict(unit.session.execute(named).all())
    return tuple(
        _line(actor, meeting, is_mine, items.get(meeting.id, []), own, numbers, mine, names, slots)
        for meeting, is_mine in rows
    )


def _line(
    actor: Actor,
    meeting: Meeting,
    is_mine: bool,
    items: Sequence[MeetingItem],
    own: Sequence[MeetingParticipant],
    numbers: dict[int, str],
    mine: set[int],
    names: dict[int, str],
    slots: dict[int, tuple[int, int]],
) -> CalendarLine:
    invited = {one.item_id for one in own if one.item_id is not None}
    whole = (
        any(one.meeting_id == meeting.id for one in own)
        or actor.person_id in (meeting.chair_id, meeting.minute_taker_id)
        or (actor.holds(*ADMINISTRATION) and meeting.slot_minutes is not None)
        or any(actor.person_id in (item.chair_id, item.consultant_id) for item in items)
        or meeting.slot_minutes is None
    )
    at = sorted(
        (item for item in items if item.id in invited or item.case_id in mine),
        key=lambda item: item.starts_at or meeting.starts_at,
    )
    only_own = bool(at) and not whole
    rows = [one for one in own if one.meeting_id == meeting.id or one.item_id in {item.id for item in at}]
    case_id = meeting.case_id if meeting.case_id in numbers else None
    if case_id is None and only_own and len(at) == 1 and at[0].case_id in numbers:
        case_id = at[0].case_id
    count, taken = slots.get(meeting.id, (0, 0))
    asked = [one for one in rows if one.invited_at is not None]
    return CalendarLine(
        id=meeting.id,
        kind=meeting.kind,
        title=meeting.title,
        status=meeting.status,
        on_date=meeting.on_date,
        starts_at=(at[0].starts_at if only_own else None) or meeting.starts_at,
        ends_at=(at[-1].ends_at if only_own else None) or meeting.ends_at,
        place=meeting.place,
        link=meeting.link,
        chair=names.get(meeting.chair_id or 0),
        case_id=case_id,
        case_number=numbers.get(case_id or 0),
        slots=count if whole else 0,
        free=count - taken if whole else 0,
        items=sum(item.status in (BOOKED, OPEN, CLOSED) for item in items) if whole else 0,
        mine=is_mine,
        answer=(asked[0].answer or "mangler") if asked else None,
        moved=meeting.moved,
        rev=meeting.rev,
    )
