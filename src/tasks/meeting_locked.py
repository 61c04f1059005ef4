"""One meeting or item as it is locked and changed: by whom, and whether they have seen it as it is now."""

from dataclasses import dataclass

from sqlalchemy import select

from records.tables import Instance, Meeting, MeetingItem, MeetingParticipant
from records.unit import Unit
from tasks import meeting_changes as changes
from tasks.casefile import CaseFile, lock_case
from tasks.errors import NotFound, NotOpen, Refused, Stale
from tasks.meeting_access import Scope, require_manages, require_seen, scope_of
from tasks.people import Actor

CHANGED = "Mødet er ændret, siden du læste det. Læs det igen."


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed, and the revision of its meeting now."""

    meeting_id: int
    item_id: int | None
    rev: int


def locked_meeting(unit: Unit, meeting_id: int | None) -> Meeting:
    """Lock a meeting. Raises NotFound."""
    meeting = None
    if meeting_id is not None:
        meeting = unit.session.get(Meeting, meeting_id, with_for_update=True)
    if meeting is None:
        raise NotFound("Mødet findes ikke.")
    return meeting


def scope_on(unit: Unit, actor: Actor, meeting: Meeting) -> Scope:
    """Return what the actor may see and do of a meeting."""
    items = changes.items_of(unit, meeting.id)
    ids = [item.id for item in items]
    participants = unit.session.scalars(
        select(MeetingParticipant).where(
            (MeetingParticipant.meeting_id == meeting.id) | MeetingParticipant.item_id.in_(ids)
        )
    ).all()
    return scope_of(unit, actor, meeting, items, participants)


def managed(unit: Unit, actor: Actor, meeting_id: int, seen_rev: int | None) -> Meeting:
    """Lock a meeting that the actor may change. Raises NotFound, Denied, Refused, Stale."""
    meeting = locked_meeting(unit, meeting_id)
    scope = scope_on(unit, actor, meeting)
    require_manages(scope, meeting)
    check_rev(meeting, seen_rev)
    return meeting


def check_rev(row: Meeting | MeetingItem, seen_rev: int | None) -> None:
    """Raise Stale when the actor has seen an older revision; None stands for whatever it is."""
    if seen_rev is not None and seen_rev != row.rev:
        raise Stale(CHANGED)


def locked_item(unit: Unit, item_id: int, *, queued: bool = False) -> tuple[MeetingItem, Instance, CaseFile]:
    """Lock an item's case (or its course), then the item. Raises NotFound, NotOpen (it has no meeting, unless
    `queued`)."""
    found = unit.session.execute(
        select(MeetingItem.case_id, MeetingItem.instance_id).where(MeetingItem.id == item_id)
    ).one_or_none()
    if found is None:
        raise NotFound("Punktet findes ikke.")
    case_id, instance_id = found
    file = lock_case(unit, case_id) if case_id is not None else CaseFile(unit)
    instance = unit.session.get_one(Instance, instance_id, with_for_update=True)
    item = unit.session.get_one(MeetingItem, item_id, with_for_update=True, populate_existing=True)
    if item.meeting_id is None and not queued:
        raise NotOpen("Sagen venter på en tid og har ikke noget punkt endnu.")
    return item, instance, file


def require_runs(unit: Unit, actor: Actor, meeting: Meeting, item: MeetingItem) -> None:
    """Raise Refused unless the actor chairs the item or may change the meeting."""
    scope = scope_on(unit, actor, meeting)
    require_seen(scope, meeting, item)
    if actor.person_id != item.chair_id and not scope.manages:
        raise Refused("Kun punktets mødeleder og administrationen kan gøre det.")


def changed(unit: Unit, meeting: Meeting, item: MeetingItem | None = None) -> Changed:
    """Return what a command answers with."""
    unit.session.flush()
    return Changed(meeting.id, item.id if item is not None else None, meeting.rev)
