"""A meeting as it is looked at: what it is, its agenda, and who takes part, as far as the reader may see."""

from collections.abc import Iterable, Mapping, Sequence
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
from tasks.errors import NotFound
from tasks.meeting_access import Scope, require_seen, scope_of
from tasks.meeting_changes import in_order
from tasks.meetings import PUT_OFF, RELEASED, TO_COME, WHOLE
from tasks.people import Actor
from tasks.roles import roles_of


@dataclass(frozen=True, slots=True)
class MeetingHead:
    """What a meeting is: when, where, who leads it, how much room it has; instants are UTC."""

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
    whole: bool
    """They are at the whole meeting, whether this line is of the meeting or of an item of it."""


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

    meeting: MeetingHead
    minute_taker: str | None
    cancel_reason: str | None
    material_due_at: datetime | None
    participants: tuple[ParticipantLine, ...]
    items: tuple[ItemLine, ...]
    """In the order of their times; those put off or taken off come last."""
    free_slots: tuple[tuple[int, datetime, datetime], ...]
    """Number, start and end of each slot that nobody has."""
    whole: bool
    """The reader sees all of it, and not only their own item."""
    may_change: bool


def agenda_of(unit: Unit, actor: Actor, meeting_id: int) -> Agenda:
    """Return a meeting with its agenda; nothing is logged. Raises NotFound, Denied (a stranger to it)."""
    meeting = unit.session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound("Mødet findes ikke.")
    around = _around(unit, meeting)
    scope = scope_of(unit, actor, meeting, around.items, around.participants)
    require_seen(scope, meeting)
    shown = [item for item in in_order(around.items) if scope.whole or item.id in scope.items]
    return Agenda(
        meeting=_head(meeting, scope, around),
        minute_taker=around.names.get(meeting.minute_taker_id or 0),
        cancel_reason=meeting.cancel_reason,
        material_due_at=meeting.material_due_at,
        participants=tuple(
            _participant(unit, one, around)
            for one in around.participants
            if one.item_id is None and scope.whole
        ),
        items=tuple(_item(unit, item, around) for item in shown),
        free_slots=tuple(
            (slot.slot, slot.starts_at, slot.ends_at)
            for slot in around.slots
            if slot.item_id is None and scope.whole and meeting.status in TO_COME
        ),
        whole=scope.whole,
        may_change=scope.manages and meeting.status in TO_COME,
    )


# -- gathering -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Around:
    """What belongs to a meeting, read with a statement each."""

    items: Sequence[MeetingItem]
    participants: Sequence[MeetingParticipant]
    slots: Sequence[MeetingSlot]
    names: Mapping[int, str]
    cases: Mapping[int, tuple[str, str]]


def _around(unit: Unit, meeting: Meeting) -> _Around:
    items = unit.session.scalars(select(MeetingItem).where(MeetingItem.meeting_id == meeting.id)).all()
    participants = unit.session.scalars(
        select(MeetingParticipant)
        .where(
            or_(
                MeetingParticipant.meeting_id == meeting.id,
                MeetingParticipant.item_id.in_([item.id for item in items]),
            )
        )
        .order_by(MeetingParticipant.id)
    ).all()
    slots = unit.session.scalars(
        select(MeetingSlot).where(MeetingSlot.meeting_id == meeting.id).order_by(MeetingSlot.slot)
    ).all()
    people = {meeting.chair_id, meeting.minute_taker_id}
    people |= {item.chair_id for item in items} | {item.consultant_id for item in items}
    cases = {item.case_id for item in items} | {meeting.case_id}
    return _Around(items, participants, slots, _names(unit, people), _cases(unit, cases))


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


def _head(meeting: Meeting, scope: Scope, around: _Around) -> MeetingHead:
    own = [
        (item.starts_at, item.ends_at)
        for item in around.items
        if item.id in scope.items and item.starts_at is not None and item.ends_at is not None
    ]
    # Whoever sees a meeting in a case has been asked about their relation to it, or is invited to it.
    number = around.cases[meeting.case_id][0] if meeting.case_id is not None else None
    return MeetingHead(
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
        slots=len(around.slots),
        free=sum(slot.item_id is None for slot in around.slots),
        own_items=tuple(sorted(own)),
        rev=meeting.rev,
    )


def _item(unit: Unit, item: MeetingItem, around: _Around) -> ItemLine:
    number, child = around.cases.get(item.case_id or 0, (None, None))
    return ItemLine(
        id=item.id,
        status=item.status,
        slot=next((slot.slot for slot in around.slots if slot.item_id == item.id), None),
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
        participants=tuple(
            _participant(unit, one, around) for one in around.participants if one.item_id == item.id
        ),
        rev=item.rev,
    )


def _participant(unit: Unit, one: MeetingParticipant, around: _Around) -> ParticipantLine:
    here = (other for other in around.participants if other.item_id is None and other.part == WHOLE)
    known = one.person_id is not None
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
        any(other is one or (known and other.person_id == one.person_id) for other in here),
    )
