"""Minutes that are read while they are written: the draft of a step with the property `deles` (FF-25).

A participant sees the steps that are shared with their part of the meeting, and no others. Who is there for
the SOS part only sees nothing any more once the family has left (FF-21).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from records.tables import Draft, Instance, Meeting, MeetingItem, MeetingParticipant, Submission, Task
from records.unit import Unit
from tasks import access
from tasks.errors import NotFound, Refused
from tasks.meeting_access import denied, scope_of
from tasks.meeting_changes import items_of
from tasks.meetings import CLOSED, OPEN, OWN_ITEM, SOS, WHOLE
from tasks.people import Actor
from tasks.procedures import diagram_of

SHARED = "deles"


@dataclass(frozen=True, slots=True)
class ReadMinutes:
    """Read the minutes of an item as they are now.

    `participant_id` is for a participant without an account, whose link the caller has checked; the actor is
    the system then.
    """

    item_id: int
    participant_id: int | None = None


@dataclass(frozen=True, slots=True)
class MinutesPart:
    """One shared step: its form and what stands in it now."""

    element_id: str
    name: str
    schema: Mapping[str, Any]
    values: Mapping[str, Any]
    done: bool
    saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class LiveMinutes:
    """The minutes of one item as one reader may see them."""

    item_id: int
    meeting_id: int
    part: str
    """What the reader is there for: hele, eget_punkt or sos."""
    running: bool
    """Whether more may come."""
    parts: tuple[MinutesPart, ...]


def live_minutes(unit: Unit, actor: Actor, command: ReadMinutes) -> LiveMinutes:
    """Return what is written in an item's shared steps; the view of the case is logged.

    Raises NotFound, Denied for whoever is not at the item, and Refused before it is opened and, for the
    family, once they have left (FF-21: 403).
    """
    found = minutes_of(unit, actor, command)
    case_id = unit.session.get_one(MeetingItem, command.item_id).case_id
    if case_id is not None:
        access.log_view(unit, actor, case_id, "moede", "referat")
    return found


def minutes_of(unit: Unit, actor: Actor, command: ReadMinutes) -> LiveMinutes:
    """Return the same, and log nothing."""
    item = unit.session.get(MeetingItem, command.item_id)
    if item is None or item.meeting_id is None:
        raise NotFound("Punktet findes ikke.")
    part = _part_of(unit, actor, item, command.participant_id)
    if item.status not in (OPEN, CLOSED):
        raise Refused("Referatet kan læses, når punktet er åbnet på mødet.")
    if part == SOS and (item.family_left_at is not None or item.status == CLOSED):
        raise Refused("SOS-delen er slut. Rådgiveren fortæller om den retning, Faglig Forum giver.")
    parts = [one for task in _tasks(unit, item) if (one := _read(unit, task, part)) is not None]
    return LiveMinutes(item.id, item.meeting_id, part, item.status == OPEN, tuple(parts))


def _part_of(unit: Unit, actor: Actor, item: MeetingItem, participant_id: int | None) -> str:
    """Return what the reader is there for: the narrowest thing that somebody invited may be there for."""
    here = unit.session.scalars(
        select(MeetingParticipant).where(
            or_(
                MeetingParticipant.item_id == item.id,
                MeetingParticipant.meeting_id == item.meeting_id,
            )
        )
    ).all()
    meeting = unit.session.get_one(Meeting, item.meeting_id)
    if participant_id is not None and actor.person_id is None:
        guest = next((one for one in here if one.id == participant_id), None)
        if guest is None:
            raise denied(meeting, item)
        return guest.part
    items = items_of(unit, meeting.id)
    scope = scope_of(unit, actor, meeting, items, here)
    own = [one.part for one in here if one.item_id == item.id and one.person_id == actor.person_id]
    if scope.whole:
        return WHOLE
    if own:
        return own[0]
    if item.id in scope.items:  # the case's own people
        return WHOLE
    raise denied(meeting, item)


def _tasks(unit: Unit, item: MeetingItem) -> list[Task]:
    called = select(Instance.id).where(Instance.parent_id == item.instance_id)
    opened = item.opened_at
    query = (
        select(Task)
        .where(or_(Task.instance_id == item.instance_id, Task.instance_id.in_(called)))
        .where(Task.status != "annulleret", Task.opened_at >= opened)
        .order_by(Task.id)
    )
    return list(unit.session.scalars(query))


def _read(unit: Unit, task: Task, part: str) -> MinutesPart | None:
    diagram = diagram_of(unit, task.version_id)
    element = diagram.elements[task.element_id]
    shared = {one.strip() for one in (element.properties.get(SHARED) or "").split(",")}
    # Who is there for the whole meeting is there for each part of it.
    seen = shared & ({WHOLE, OWN_ITEM, SOS} if part == WHOLE else {part})
    form = element.properties.get("skema")
    if not seen or not form:
        return None
    if task.status == "aaben":
        draft = unit.session.get(Draft, task.id)
        values: Mapping[str, Any] = draft.answers if draft is not None else {}
        saved = draft.saved_at if draft is not None else None
    else:
        row = unit.session.scalar(
            select(Submission).where(Submission.task_id == task.id).order_by(Submission.id.desc()).limit(1)
        )
        values, saved = (row.answers, row.at) if row is not None else ({}, None)
    return MinutesPart(
        task.element_id, task.name, diagram.form(form), dict(values), task.status != "aaben", saved
    )
