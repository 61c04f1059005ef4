"""A course's meeting: which one it is, what expressions read of it (`moede`), and who has its roles.

A course has the meeting it made (`opret_moede`), or the item it booked at a meeting with slots
(`book_punkt`); a called procedure has its caller's. Meetings are changed in `meeting_changes`, booked in
`meeting_booking`, their people are in `meeting_people`, and the operators of diagrams in `meeting_effects`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import bindparam, or_, select

from engine import workdays
from engine.diagrams import Diagram
from records.prepared import Prepared
from records.tables import Case, Instance, Meeting, MeetingItem, MeetingParticipant, Person
from records.unit import Unit
from tasks.facts import starter_of
from tasks.routing import CasePerson
from tasks.submitted import submitted_facts

PLANNED, CALLED, HELD, CANCELLED = "planlagt", "indkaldt", "afholdt", "aflyst"
TO_COME: Final = (PLANNED, CALLED)
"""A meeting that may still be moved, booked on and held."""

QUEUED, BOOKED, OPEN, CLOSED, PUT_OFF, RELEASED = "venter", "booket", "aaben", "lukket", "udsat", "frigivet"
LIVE: Final = (QUEUED, BOOKED, OPEN)
"""An item that is still to be taken up."""

WHOLE, OWN_ITEM, SOS = "hele", "eget_punkt", "sos"
PARTS: Final = (WHOLE, OWN_ITEM, SOS)
"""What somebody may be at a meeting for (FF-20, FF-21)."""

_KINDS: Final = {
    "faglig_forum": "Faglig Forum",
    "boerne_og_familiemoede": "Børne- og Familiemøde",
    "samarbejdsmoede": "Samarbejdsmøde",
    "tvaerfagligt_dialogmoede": "Tværfagligt Dialogmøde",
    "ad_hoc_gruppe": "Ad hoc-gruppe",
    "netvaerksmoede": "Netværksmøde",
}

CHAIR, MINUTES = "moedeleder", "referent"

_MENTIONS: Final = re.compile(rb"\bmoede\b")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a course stands with meetings: its meeting (None while it is in the queue), and its item."""

    meeting: Meeting | None
    item: MeetingItem | None

    @property
    def starts_at(self) -> datetime | None:
        """When it is the course's turn (UTC)."""
        if self.item is not None:
            return self.item.starts_at
        return self.meeting.starts_at if self.meeting is not None else None


@lru_cache(maxsize=400)
def uses_meeting(diagram: Diagram) -> bool:
    """Tell whether anything in the bundle reads `moede`; the others never ask the database for one."""
    kinds = (".bpmn", ".form", ".dmn")
    return any(_MENTIONS.search(text) for path, text in diagram.files.items() if path.endswith(kinds))


def place_of(unit: Unit, instance: Instance | None) -> Place | None:
    """Return the meeting of a course, else of the one that called it, and so on upwards; None without one."""
    unit.session.flush()
    here = instance
    while here is not None:
        found = _own_place(unit, here.id)
        if found is not None:
            return found
        here = unit.session.get(Instance, here.parent_id) if here.parent_id is not None else None
    return None


_NEWEST_ITEM, _NEWEST_MEETING = (
    Prepared(
        select(table.id)
        .where(table.instance_id == bindparam("instance_id"))
        .order_by(table.id.desc())
        .limit(1)
    )
    for table in (MeetingItem, Meeting)
)


def _own_place(unit: Unit, instance_id: int) -> Place | None:
    found = unit.run(_NEWEST_ITEM, {"instance_id": instance_id})
    item = unit.session.get_one(MeetingItem, found[0][0]) if found else None
    if item is not None and item.status not in (PUT_OFF, RELEASED):
        meeting = unit.session.get(Meeting, item.meeting_id) if item.meeting_id is not None else None
        return Place(meeting, item)
    meeting = newest_meeting(unit, instance_id)
    return Place(meeting, None) if meeting is not None else None


def newest_meeting(unit: Unit, instance_id: int) -> Meeting | None:
    """Return the meeting that a course made last, whatever became of it."""
    found = unit.run(_NEWEST_MEETING, {"instance_id": instance_id})
    return unit.session.get_one(Meeting, found[0][0]) if found else None


def live_facts(unit: Unit, diagram: Diagram, instance: Instance | None) -> dict[str, Any]:
    """Return {"moede": …}, {"starter": …} and {"indsendt": …} for a procedure that reads them, else nothing.
    Five statements at most, mostly none.

    `instance` is the course, or the one that is about to call it. `moede` is null without a meeting.
    """
    facts = submitted_facts(unit, diagram, instance.id if instance is not None else None)
    if instance is not None:
        facts |= starter_of(unit, diagram, instance.started_by_id)
    if not uses_meeting(diagram):
        return facts
    return {**facts, "moede": meeting_facts(unit, place_of(unit, instance))}


def meeting_facts(unit: Unit, place: Place | None) -> dict[str, Any] | None:
    """Return what expressions read as `moede`: instants with the Copenhagen offset, ids as text."""
    if place is None or place.meeting is None:
        return None
    meeting, item = place.meeting, place.item
    chair = item.chair_id if item is not None and item.chair_id is not None else meeting.chair_id
    minutes = item.consultant_id if item is not None else None
    return {
        "id": str(meeting.id),
        "art": meeting.kind,
        "titel": meeting.title,
        "dato": meeting.on_date.isoformat(),
        "start": local_text(meeting.starts_at),
        "slut": local_text(meeting.ends_at),
        "sted": meeting.place,
        "link": meeting.link,
        "status": meeting.status,
        "moedeleder": _person(unit, chair),
        "referent": _person(unit, minutes if minutes is not None else meeting.minute_taker_id),
        "deltagere": [
            {
                "navn": one.name,
                "rolle": one.role,
                "person": str(one.person_id) if one.person_id is not None else None,
                "faggruppe": one.profession,
                "organisation": one.organisation,
                "del": one.part,
                "svar": one.answer,
                "fremmoede": one.attendance,
            }
            for one in participants_of(unit, place)
        ],
        "punkt": _item_facts(item),
        "punkter": [] if item is not None else _agenda_facts(unit, meeting),
    }


def _agenda_facts(unit: Unit, meeting: Meeting) -> list[dict[str, Any]]:
    """Return the agenda of a meeting with slots by the numbers of its cases: no child is named."""
    if meeting.slot_minutes is None:
        return []
    query = (
        select(MeetingItem, Case.number)
        .outerjoin(Case, Case.id == MeetingItem.case_id)
        .where(MeetingItem.meeting_id == meeting.id, MeetingItem.starts_at.is_not(None))
        .order_by(MeetingItem.starts_at)
    )
    found = []
    for item, number in unit.session.execute(query):
        chair, consultant = _person(unit, item.chair_id), _person(unit, item.consultant_id)
        found.append(
            {
                "start": local_text(item.starts_at) if item.starts_at else None,
                "slut": local_text(item.ends_at) if item.ends_at else None,
                "nummer": number,
                "moedeleder": chair["navn"] if chair else None,
                "konsulent": consultant["navn"] if consultant else None,
                "familie_inviteret": "Ja" if item.family_invited else "Nej",
                "status": item.status,
                "materiale": item.material,
            }
        )
    return found


def _item_facts(item: MeetingItem | None) -> dict[str, Any] | None:
    if item is None:
        return None
    return {
        "start": local_text(item.starts_at) if item.starts_at else None,
        "slut": local_text(item.ends_at) if item.ends_at else None,
        "laengde": item.minutes,
        "status": item.status,
        "familie_inviteret": item.family_invited,
        "barn_inviteret": item.child_invited,
        "materiale": item.material,
        "forladt": local_text(item.family_left_at) if item.family_left_at else None,
    }


def _person(unit: Unit, person_id: int | None) -> dict[str, str] | None:
    person = unit.session.get(Person, person_id) if person_id is not None else None
    return {"id": str(person.id), "navn": person.name} if person is not None else None


def participants_of(unit: Unit, place: Place) -> list[MeetingParticipant]:
    """Return who takes part in the course's meeting: those of the meeting, and those of its own item."""
    mine = []
    if place.meeting is not None:
        mine.append(MeetingParticipant.meeting_id == place.meeting.id)
    if place.item is not None:
        mine.append(MeetingParticipant.item_id == place.item.id)
    query = select(MeetingParticipant).where(or_(*mine)).order_by(MeetingParticipant.id)
    return list(unit.session.scalars(query)) if mine else []


def meeting_person(unit: Unit, instance: Instance, role: str, item: Any) -> CasePerson | None:
    """Return who has an M role (processes.md 1.1) at the course's meeting.

    A repeated step whose item names a `person` goes to that person. Else the chair and the minute-taker, the
    item's before the meeting's, and for any other role the first participant with it who works here.
    """
    named = item.get("person") if isinstance(item, Mapping) else None
    if isinstance(named, Mapping):
        named = named.get("id")
    if named is not None and str(named).isdigit():
        return _case_person(unit, int(named))
    place = place_of(unit, instance)
    if place is None or place.meeting is None:
        return None
    own = place.item
    if role == CHAIR:
        chair = own.chair_id if own is not None and own.chair_id is not None else place.meeting.chair_id
        return _case_person(unit, chair)
    if role == MINUTES:
        taker = own.consultant_id if own is not None else None
        return _case_person(unit, taker if taker is not None else place.meeting.minute_taker_id)
    for one in participants_of(unit, place):
        if one.role == role and one.person_id is not None:
            return _case_person(unit, one.person_id)
    return None


def _case_person(unit: Unit, person_id: int | None) -> CasePerson | None:
    person = unit.session.get(Person, person_id) if person_id is not None else None
    return CasePerson(person.id, person.name, person.active) if person is not None else None


def local_text(moment: datetime) -> str:
    """Return an instant as facts have it: ISO with the Copenhagen offset."""
    return workdays.local(moment).isoformat()


def spoken(moment: datetime) -> str:
    """Return an instant as people say it: »torsdag den 11. juni 2026 kl. 8.30«."""
    here = workdays.local(moment)
    return f"{workdays.spoken_day(here.date())} kl. {here.hour}.{here.minute:02}"


def kind_name(kind: str) -> str:
    """Return what a kind of meeting (`art`) is called."""
    return _KINDS.get(kind) or kind.replace("_", " ").capitalize()
