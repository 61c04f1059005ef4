"""Meetings as the API takes and gives them. Instants are ISO 8601 with an offset."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from web.api.models import Filled, Grounds, Line, Model, Query

Url = Annotated[str, Field(max_length=400)]
Instant = Annotated[AwareDatetime, Field(strict=False)]


class MeetingQuery(Query):
    """Which meetings: `from` and `to` are local days, both included."""

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    kind: Line | None = None
    whose: Literal["mine", "all"] = "all"


class OwnTime(Model):
    """When the reader's own item is taken up."""

    starts_at: datetime
    ends_at: datetime


class MeetingBase(Model):
    """What a meeting is. `case` is there for who has a relation to the case."""

    id: str
    kind: str
    title: str
    status: str
    date: date
    starts_at: datetime
    ends_at: datetime
    place: str | None
    link: str | None
    chair: str | None
    case: str | None
    case_number: str | None
    slots: int
    free: int
    rev: int


class MeetingRow(MeetingBase):
    """One meeting of a period. Who is there for their own item only gets the item's times, and no room.

    `items` is the number of cases on its agenda; `answer` is one's own to the invitation: accept, ny_tid,
    afslag, or mangler.
    """

    items: int
    mine: bool
    answer: str | None
    moved: int


class Following(Model):
    """The next meeting after a period that has none."""

    id: str
    date: date


class MeetingRows(Model):
    """The meetings of a period, by time, and the days of it on which nobody works."""

    items: list[MeetingRow]
    closed: list[date]
    following: Following | None


class CaseMeetings(Model):
    """The meetings of a case, the newest first."""

    items: list[MeetingRow]


class ParticipantRow(Model):
    """Somebody who takes part, for the whole meeting, their own item, or the SOS part of it.

    `whole` is also true of somebody at an item who is at the whole meeting anyway, and invited to that alone.
    """

    id: str
    name: str
    person: str | None
    role: str
    role_name: str
    profession: str | None
    organisation: str | None
    part: str
    invited: bool
    answer: str | None
    attendance: str | None
    whole: bool


class ItemRow(Model):
    """One item of an agenda."""

    id: str
    status: str
    slot: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int
    case: str | None
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
    participants: list[ParticipantRow]
    rev: int


class FreeSlot(Model):
    """A slot that nobody has."""

    slot: int
    starts_at: datetime
    ends_at: datetime


class WaitingRow(Model):
    """A case that waits for a meeting with room, in order of receipt."""

    item: str
    case_number: str | None
    child: str | None
    minutes: int
    not_before: str
    requested_at: datetime


class OtherMeeting(Model):
    """Another meeting of the kind, and the first slots where a single and a double place are free."""

    id: str
    title: str
    starts_at: datetime
    free: int
    first_single: int | None
    first_double: int | None


class TimeRow(Model):
    """A time that a meeting has had; the last one holds."""

    starts_at: datetime
    ends_at: datetime
    place: str | None
    since: datetime


class OwnTask(Model):
    """An open task of the reader's about the meeting, or about an item of it."""

    id: str
    name: str
    item: str | None


class MeetingFull(MeetingBase):
    """A meeting with its agenda, as far as the reader may see it.

    `places` is the row of items and free slots (null) as the agenda shows it; `chairs` are the items that the
    reader chairs; `waiting` and `others` are for who may change it.
    """

    own_times: list[OwnTime]
    minute_taker: str | None
    cancel_reason: str | None
    material_due_at: datetime | None
    participants: list[ParticipantRow]
    agenda: list[ItemRow]
    places: list[str | None]
    free_slots: list[FreeSlot]
    may_change: bool
    chairs: list[str]
    waiting: list[WaitingRow]
    others: list[OtherMeeting]
    times: list[TimeRow]
    tasks: list[OwnTask]
    previous: str | None
    following: str | None


class NewTime(Model):
    """What changes of a meeting; what is left out stays."""

    starts_at: Instant | None = None
    ends_at: Instant | None = None
    place: Line | None = None
    link: Url | None = None


class Cancellation(Model):
    """Why a meeting is cancelled or an item is put off."""

    reason: Grounds


class ItemPlace(Model):
    """The first slot an item gets; `meeting` when it is another one."""

    slot: Annotated[int, Field(ge=1, le=200)]
    meeting: Line | None = None


class PlaceInRow(Model):
    """Where in the meeting's `places` an item is put: 0 is first."""

    place: Annotated[int, Field(ge=0, le=200)]


class Booking(Model):
    """The first slot that a waiting case gets; left out: the first place where it fits."""

    slot: Annotated[int, Field(ge=1, le=200)] | None = None


class ItemLength(Model):
    """A single or a double place, in minutes."""

    minutes: Annotated[int, Field(ge=1, le=600)]


class ItemOrder(Model):
    """The ids of every item that is to come, in their new order."""

    items: Annotated[list[Line], Field(max_length=200)]


class NewParticipant(Model):
    """Somebody to add: `person` is an id, else `name` is needed. `item` for one item only."""

    role: Filled
    name: Line = ""
    person: Line | None = None
    item: Line | None = None
    profession: Annotated[str, Field(max_length=120)] | None = None
    organisation: Line | None = None
    contact: Line | None = None
    part: Line = "hele"


class AttendanceMark(Model):
    """fysisk, digital or fravaerende."""

    attendance: Filled


class InvitationAnswer(Model):
    """accept, ny_tid or afslag."""

    answer: Filled


class ItemClosing(Model):
    """What an item ended with."""

    decision: Annotated[str, Field(max_length=60)] | None = None


class MeetingChanged(Model):
    """What was changed; `rev` is the meeting's revision now."""

    meeting: str
    item: str | None
    rev: int


class MinutesStep(Model):
    """One shared step of the minutes: its form (form-js) and what stands in it now."""

    element: str
    name: str
    form: dict[str, Any]
    values: dict[str, Any]
    done: bool
    saved_at: datetime | None


class Minutes(Model):
    """The minutes of an item as the reader may see them now."""

    item: str
    meeting: str
    part: str
    running: bool
    steps: list[MinutesStep]


class FeedState(Model):
    """Since when there is a calendar feed; null without one."""

    made_at: datetime | None


class FeedAddress(Model):
    """The address of a calendar feed. It is a secret."""

    address: str
