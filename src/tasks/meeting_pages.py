"""Meetings as they are looked at: those of a period, and one with its agenda."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from records.tables import (
    Case,
    Child,
    Meeting,
    MeetingItem,
    MeetingParticipant,
    MeetingSlot,
    Person,
)
from records.unit import Unit
from tasks import access
from tasks.errors import Invalid, NotFound
from tasks.meeting_access import Scope, require_seen, scope_of
from tasks.meeting_changes import in_order
from tasks.meetings import PUT_OFF, RELEASED, TO_COME
from tasks.people import Actor
from tasks.roles import roles_of

LONGEST_PERIOD = 366
"""Days that may be asked for at once."""


@dataclass(frozen=True, slots=True)
class ListMeetings:
    """Ask for the meetings that begin on these local days, both included."""

    first: date
    last: date
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One meeting in a list or a calendar; instants are UTC."""

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
    """How many slots there are, 0 for a meeting without."""
    free: int
    own_items: tuple[tuple[datetime, datetime], ...]
    """Times of the items the reader is there for, when not for the whole meeting."""
    rev: int


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """Somebody who takes part."""

    id: int
    name: str
    person_id: int | None
    role: str
    role_name: str
    profession: str | None
    organisation: str | None
    part: str
    invited: bool
    answer: str | None
    attendance: str | None


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of an agenda. Without a right to the case's name, `case_id`, number and child are None."""

    id: int
    status: str
    slot: int | None
    """Number of its first slot."""
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int
    case_id: int | None
    case_number: str | None
    child: str | None
    chair: str | None
    consultant: str | None
    family_invited: bool
    child_invited: bool
    material: str
    reason: str | None
    decision: str | None
    family_left_at: datetime | None
    participants: tuple[ParticipantLine, ...]
    rev: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """One meeting with what is taken up, as far as the reader may see it."""

    meeting: MeetingLine
    minute_taker: str | None
    cancel_reason: str | None
    material_due_at: datetime | None
    participants: tuple[ParticipantLine, ...]
    items: tuple[ItemLine, ...]
    """In the order of their times; those put off or taken off come last."""
    free_slots: tuple[tuple[int, datetime, datetime], ...]
    """Number, start and end of each slot that nobody has."""
    may_change: bool


@dataclass(frozen=True, slots=True)
class ReadMeeting:
    """Read one meeting."""

    meeting_id: int


def list_meetings(unit: Unit, actor: Actor, command: ListMeetings) -> list[MeetingLine]:
    """Return the meetings of a period that the actor may see, by time. Raises Invalid for a senseless one."""
    days = (command.last - command.first).days
    if not 0 <= days <= LONGEST_PERIOD:
        raise Invalid("Perioden kan ikke bruges.", {"til": f"Vælg højst {LONGEST_PERIOD} dage."})
    query = select(Meeting).where(Meeting.on_date.between(command.first, command.last))
    if command.kind is not None:
        query = query.where(Meeting.kind == command.kind)
    meetings = list(unit.session.scalars(query.order_by(Meeting.starts_at, Meeting.id)))
    around = _around(unit, meetings)
    scopes = {one.id: scope_of(unit, actor, one, *around.of(one.id)) for one in meetings}
    seen = [one for one in meetings if scopes[one.id].sees]
    return [_line(one, scopes[one.id], around) for one in seen]


def read_meeting(unit: Unit, actor: Actor, command: ReadMeeting) -> Agenda:
    """Return a meeting with its agenda; the view of every case whose name is shown is logged.

    Raises NotFound, and Denied for a stranger to it.
    """
    agenda = agenda_of(unit, actor, command.meeting_id)
    for item in agenda.items:
        if item.case_id is not None:
            access.log_view(unit, actor, item.case_id, "moede", "dagsorden")
    return agenda


def agenda_of(unit: Unit, actor: Actor, meeting_id: int) -> Agenda:
    """Return a meeting with its agenda; nothing is logged. Raises NotFound, Denied (a stranger to it)."""
    meeting = unit.session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound("Mødet findes ikke.")
    around = _around(unit, [meeting])
    items, participants = around.of(meeting.id)
    scope = scope_of(unit, actor, meeting, items, participants)
    require_seen(scope, meeting)
    shown = [item for item in in_order(items) if scope.whole or item.id in scope.items]
    return Agenda(
        meeting=_line(meeting, scope, around),
        minute_taker=around.names.get(meeting.minute_taker_id or 0),
        cancel_reason=meeting.cancel_reason,
        material_due_at=meeting.material_due_at,
        participants=tuple(
            _participant(unit, one) for one in participants if one.item_id is None and scope.whole
        ),
        items=tuple(_item(unit, item, around) for item in shown),
        free_slots=tuple(
            (slot.slot, slot.starts_at, slot.ends_at)
            for slot in around.slots.get(meeting.id, ())
            if slot.item_id is None and scope.whole and meeting.status in TO_COME
        ),
        may_change=scope.manages and meeting.status in TO_COME,
    )


# -- gathering -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Around:
    """What belongs to some meetings, read with a statement each."""

    items: dict[int, list[MeetingItem]]
    participants: dict[int, list[MeetingParticipant]]
    slots: dict[int, list[MeetingSlot]]
    names: dict[int, str]
    cases: dict[int, tuple[str, str]]

    def of(self, meeting_id: int) -> tuple[list[MeetingItem], list[MeetingParticipant]]:
        return self.items.get(meeting_id, []), self.participants.get(meeting_id, [])


def _around(unit: Unit, meetings: Sequence[Meeting]) -> _Around:
    ids = [one.id for one in meetings]
    items = unit.session.scalars(select(MeetingItem).where(MeetingItem.meeting_id.in_(ids))).all()
    where = {item.id: item.meeting_id for item in items}
    participants = unit.session.scalars(
        select(MeetingParticipant)
        .where(or_(MeetingParticipant.meeting_id.in_(ids), MeetingParticipant.item_id.in_(where)))
        .order_by(MeetingParticipant.id)
    ).all()
    slots = unit.session.scalars(
        select(MeetingSlot).where(MeetingSlot.meeting_id.in_(ids)).order_by(MeetingSlot.slot)
    ).all()
    people = {one.chair_id for one in meetings} | {one.minute_taker_id for one in meetings}
    people |= {item.chair_id for item in items} | {item.consultant_id for item in items}
    cases = {item.case_id for item in items} | {one.case_id for one in meetings}
    found = _Around({}, {}, {}, _names(unit, people), _cases(unit, cases))
    for item in items:
        found.items.setdefault(item.meeting_id or 0, []).append(item)
    for one in participants:
        meeting_id = one.meeting_id if one.item_id is None else where[one.item_id]
        found.participants.setdefault(meeting_id or 0, []).append(one)
    for slot in slots:
        found.slots.setdefault(slot.meeting_id, []).append(slot)
    return found


def _names(unit: Unit, ids: Iterable[int | None]) -> dict[int, str]:
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    rows = unit.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return dict(rows.all())


def _cases(unit: Unit, ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    query = (
        select(Case.id, Case.number, Child.name)
        .join(Child, Child.id == Case.child_id)
        .where(Case.id.in_(wanted))
    )
    return {id: (number, name) for id, number, name in unit.session.execute(query)}


def _line(meeting: Meeting, scope: Scope, around: _Around) -> MeetingLine:
    slots = around.slots.get(meeting.id, [])
    own = [
        (item.starts_at, item.ends_at)
        for item in around.items.get(meeting.id, [])
        if item.id in scope.items and item.starts_at is not None and item.ends_at is not None
    ]
    # Whoever sees a meeting in a case has been asked about their relation to it, or is invited to it.
    number = around.cases[meeting.case_id][0] if meeting.case_id is not None else None
    return MeetingLine(
        id=meeting.id,
        kind=meeting.kind,
        title=meeting.title,
        status=meeting.status,
        on_date=meeting.on_date,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        place=meeting.place,
        link=meeting.link,
        chair=around.names.get(meeting.chair_id or 0),
        case_id=meeting.case_id,
        case_number=number,
        slots=len(slots),
        free=sum(slot.item_id is None for slot in slots),
        own_items=tuple(sorted(own)),
        rev=meeting.rev,
    )


def _item(unit: Unit, item: MeetingItem, around: _Around) -> ItemLine:
    number, child = around.cases.get(item.case_id or 0, (None, None))
    slots = around.slots.get(item.meeting_id or 0, [])
    people = around.participants.get(item.meeting_id or 0, [])
    return ItemLine(
        id=item.id,
        status=item.status,
        slot=next((slot.slot for slot in slots if slot.item_id == item.id), None),
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        minutes=item.minutes,
        case_id=item.case_id,
        case_number=number,
        child=child,
        chair=around.names.get(item.chair_id or 0),
        consultant=around.names.get(item.consultant_id or 0),
        family_invited=item.family_invited,
        child_invited=item.child_invited,
        material=item.material,
        reason=item.reason if item.status in (PUT_OFF, RELEASED) or item.starts_at is not None else None,
        decision=item.decision,
        family_left_at=item.family_left_at,
        participants=tuple(_participant(unit, one) for one in people if one.item_id == item.id),
        rev=item.rev,
    )


def _participant(unit: Unit, one: MeetingParticipant) -> ParticipantLine:
    return ParticipantLine(
        one.id,
        one.name,
        one.person_id,
        one.role,
        roles_of(unit).name_of(one.role),
        one.profession,
        one.organisation,
        one.part,
        one.invited_at is not None,
        one.answer,
        one.attendance,
    )
