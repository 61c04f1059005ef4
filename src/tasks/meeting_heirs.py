"""A case that passes to another rådgiver or office takes its meetings along (FF-23, FF-24, OS-03).

The chair of a booked item is the leader of the case's office, its minutes are the field's consultant's, and
the rådgiver takes part. Whoever had such a place because of the case hands it to who has it now; whom
somebody chose by hand stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select, update

from records.tables import Instance, Meeting, MeetingItem, MeetingParticipant, Person
from records.unit import Unit
from tasks import notices
from tasks.casefile import CaseFile
from tasks.meeting_people import hand_on, invite_to, office_person, own_rows
from tasks.meetings import BOOKED, CHAIR, MINUTES, QUEUED, TO_COME, Place, kind_name, spoken
from tasks.roles import CASEWORKER

if TYPE_CHECKING:
    from tasks.outcome import Outcome

LEADER, CONSULTANT = "kontorleder", "socialfaglig_konsulent"

_WAITING: Final = (QUEUED, BOOKED)
_SAID: Final = {CHAIR: "mødeleder", MINUTES: "referent"}


@dataclass(frozen=True, slots=True)
class Change:
    """One role of the case that passes from somebody to somebody else."""

    before: int
    after: int


def placed_by(unit: Unit, file: CaseFile) -> dict[str, int | None]:
    """Return who takes part in a case's meetings because of the case: role key → person id; nothing when none
    is to come (one statement)."""
    at_items = select(MeetingItem.id).where(
        MeetingItem.case_id == file.case_id, MeetingItem.status.in_(_WAITING)
    )
    own_meetings = select(Meeting.id).where(Meeting.case_id == file.case_id, Meeting.status.in_(TO_COME))
    if not unit.session.scalar(select(or_(at_items.exists(), own_meetings.exists()))):
        return {}
    own = file.people.get(CASEWORKER)
    return {
        CASEWORKER: own.person_id if own is not None else None,
        LEADER: office_person(unit, file, LEADER),
        CONSULTANT: office_person(unit, file, CONSULTANT),
    }


def pass_on(outcome: "Outcome", before: Mapping[str, int | None]) -> None:
    """Give the places that `placed_by` told of before to who has them now, at what is still to come; tell
    them, and write it in the journal. An item that is open on its meeting stays as it is."""
    unit, case_id = outcome.unit, outcome.file.case_id
    now = placed_by(unit, outcome.file) if before else {}
    changes = {
        role: Change(old, new)
        for role, old in before.items()
        if old is not None and (new := now.get(role)) is not None and new != old
    }
    if not changes or case_id is None:
        return
    items = select(MeetingItem).where(MeetingItem.case_id == case_id, MeetingItem.status.in_(_WAITING))
    for item in unit.session.scalars(items.order_by(MeetingItem.id).with_for_update()).all():
        _pass_item(outcome, item, changes)
    meetings = select(Meeting).where(Meeting.case_id == case_id, Meeting.status.in_(TO_COME))
    for meeting in unit.session.scalars(meetings.order_by(Meeting.id).with_for_update()).all():
        _pass_meeting(outcome, meeting, changes)


def _pass_item(outcome: "Outcome", item: MeetingItem, changes: Mapping[str, Change]) -> None:
    unit = outcome.unit
    instance = unit.session.get_one(Instance, item.instance_id)
    meeting = unit.session.get(Meeting, item.meeting_id) if item.meeting_id is not None else None
    place = Place(meeting, item)
    chair, consultant = changes.get(LEADER), changes.get(CONSULTANT)
    touched = False
    if chair is not None and item.chair_id == chair.before:
        item.chair_id = chair.after
        _succeed(outcome, place, instance, CHAIR, chair)
        touched = True
    if consultant is not None and item.consultant_id == consultant.before:
        item.consultant_id = consultant.after
        _succeed(outcome, place, instance, MINUTES, consultant)
        touched = True
    if not (_swap(unit, place, changes) or touched):
        return
    item.rev += 1
    unit.session.flush()
    unit.session.execute(
        update(Meeting)
        .where(Meeting.id == item.meeting_id)
        .values(rev=Meeting.rev + 1)
        .execution_options(synchronize_session="fetch")
    )


def _pass_meeting(outcome: "Outcome", meeting: Meeting, changes: Mapping[str, Change]) -> None:
    """Whoever leads or writes a meeting of the case because they are its rådgiver does so no longer."""
    instance = outcome.unit.session.get(Instance, meeting.instance_id or 0)
    change, place = changes.get(CASEWORKER), Place(meeting, None)
    touched = False
    for role, column in ((CHAIR, "chair_id"), (MINUTES, "minute_taker_id")):
        if change is not None and instance is not None and getattr(meeting, column) == change.before:
            setattr(meeting, column, change.after)
            _succeed(outcome, place, instance, role, change)
            touched = True
    if _swap(outcome.unit, place, changes) or touched:
        meeting.rev += 1


def _succeed(outcome: "Outcome", place: Place, instance: Instance, role: str, change: Change) -> None:
    unit, said = outcome.unit, _SAID[role]
    owner = place.meeting or place.item
    assert owner is not None
    hand_on(unit, [instance.id], role, change.after)
    when = f" {spoken(place.starts_at)}" if place.starts_at is not None else ""
    where = f"{kind_name(owner.kind)}{when}"
    names = dict(
        unit.session.execute(
            select(Person.id, Person.name).where(Person.id.in_((change.before, change.after)))
        ).all()
    )
    new, old = names[change.after], names[change.before]
    outcome.journal("moede", f"{where}: {new} er {said} i stedet for {old}", instance)
    case = outcome.file.case
    for person_id, text in (
        (change.after, f"Du er {said} for sagen på {where}, i stedet for {old}"),
        (change.before, f"{new} er {said} i stedet for dig for sagen på {where}"),
    ):
        if person_id != outcome.actor.person_id:
            notices.to_people(
                unit,
                "advis",
                [person_id],
                text,
                case_id=case.id if case is not None else None,
                case_number=case.number if case is not None else None,
                meeting_id=place.meeting.id if place.meeting is not None else None,
            )


def _swap(unit: Unit, place: Place, changes: Mapping[str, Change]) -> bool:
    """Let the new ones take part instead of the old ones in the same roles; invited when those were. Their
    calendars follow (`tasks.invitations`): the entry of the one goes, the other gets one."""
    rows = own_rows(unit, place)
    there = {(one.person_id, one.role) for one in rows}
    invited = swapped = False
    for one in rows:
        change = changes.get(one.role)
        if change is None or one.person_id != change.before:
            continue
        swapped = True
        invited = invited or one.invited_for is not None
        unit.session.delete(one)
        if (change.after, one.role) in there:
            continue
        name = unit.session.get_one(Person, change.after).name
        unit.session.add(
            MeetingParticipant(
                meeting_id=one.meeting_id,
                item_id=one.item_id,
                person_id=change.after,
                name=name,
                role=one.role,
                part=one.part,
            )
        )
    unit.session.flush()
    if invited and place.meeting is not None and place.starts_at is not None:
        invite_to(unit, place, place.meeting.starts_at)
    return swapped
