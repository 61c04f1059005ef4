"""Who takes part in a meeting: by role and by name, for which part, invited, answered, been there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from engine.errors import EngineError
from records.tables import (
    CaseParty,
    Instance,
    Meeting,
    MeetingItem,
    MeetingParticipant,
    Person,
    Task,
)
from records.unit import Unit
from tasks import notices
from tasks.casefile import CaseFile
from tasks.errors import Invalid, NotFound
from tasks.meetings import CALLED, CHAIR, MINUTES, PARTS, PLANNED, SOS, WHOLE, Place, kind_name, spoken
from tasks.people import holders, unit_and_above
from tasks.prohibitions import check_decider, check_participant

if TYPE_CHECKING:
    from tasks.outcome import Outcome

INVITED = "indkaldelse"
"""Kind of the notice that invites somebody to a meeting."""

ANSWERS = ("accept", "ny_tid", "afslag")
ATTENDANCE = ("fysisk", "digital", "fravaerende")
FAMILY = ("familie", "fm", "barn")
"""Roles of those who may be there for the SOS part only (FF-20)."""


def office_person(unit: Unit, file: CaseFile, role: str) -> int | None:
    """Return who has a role for a case: the case's own person, else a holder in its unit or above."""
    own = file.people.get(role)
    if own is not None and own.active:
        return own.person_id
    for unit_id in unit_and_above(unit, file.unit_id):
        found = holders(unit, role, [unit_id])
        if found:
            return found[0][0]
    return None


# -- the circle ----------------------------------------------------------------------------------------------


def set_participants(outcome: "Outcome", place: Place, rows: Sequence[Any], *, add: bool) -> None:
    """Write who takes part in a course's meeting, or in its item: `rows` as `saet_deltagere` documents them.

    Who stays keeps invitation and answer. Raises EngineError for a row that names nobody.
    """
    unit = outcome.unit
    unit.session.flush()
    here = own_rows(unit, place)
    known = {_identity(one.person_id, one.name, one.role): one for one in here}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        for values in _named(outcome, row):
            check_participant(
                unit,
                _kind(place),
                role=values["role"],
                part=values["part"],
                person_id=values["person_id"],
                organisation=values["organisation"],
            )
            key = _identity(values["person_id"], values["name"], values["role"])
            seen.add(key)
            if key not in known:
                known[key] = MeetingParticipant(**_owner(place))
                unit.session.add(known[key])
            for name, value in values.items():
                setattr(known[key], name, value)
    for key, one in known.items():
        if not add and key not in seen:
            unit.session.delete(one)
    unit.session.flush()


def _kind(place: Place) -> str:
    owner = place.meeting or place.item
    assert owner is not None
    return owner.kind


def own_rows(unit: Unit, place: Place) -> list[MeetingParticipant]:
    """Return the participants that the course itself wrote: its item's, else its meeting's."""
    if place.item is not None:
        mine = MeetingParticipant.item_id == place.item.id
    elif place.meeting is not None:
        mine = MeetingParticipant.meeting_id == place.meeting.id
    else:
        return []
    return list(unit.session.scalars(select(MeetingParticipant).where(mine).order_by(MeetingParticipant.id)))


def _owner(place: Place) -> dict[str, int | None]:
    if place.item is not None:
        return {"meeting_id": None, "item_id": place.item.id}
    assert place.meeting is not None
    return {"meeting_id": place.meeting.id, "item_id": None}


def _identity(person_id: int | None, name: str, role: str) -> tuple[str, str]:
    return (f"#{person_id}" if person_id is not None else name.casefold(), role)


def _named(outcome: "Outcome", row: Any) -> list[dict[str, Any]]:
    """Return the people that one row means: one by id or name, or all who have its role."""
    if not isinstance(row, Mapping):
        raise EngineError("En deltager skal være en række med navn, person eller rolle.")
    role = str(row.get("rolle") or "deltager")[:60]
    part = str(row.get("del") or (SOS if role in FAMILY else WHOLE))
    if part not in PARTS:
        raise EngineError(f"En deltager kan være med i {', '.join(PARTS)}, ikke »{part}«.")
    rest = {
        "role": role,
        "part": part,
        "profession": _line(row.get("faggruppe"), 120),
        "organisation": _line(row.get("organisation"), 200),
        "contact": _line(row.get("kontakt"), 200),
    }
    unit = outcome.unit
    person_id = person_of(row.get("person"))
    if person_id is not None:
        person = unit.session.get(Person, person_id)
        if person is None:
            raise EngineError("En deltager er en person, som ikke findes.")
        return [{**rest, "person_id": person.id, "name": person.name}]
    if row.get("navn"):
        return [{**rest, "person_id": None, "name": str(row["navn"]).strip()[:200]}]
    return [{**rest, "person_id": id, "name": name} for id, name in _of_role(outcome, role)]


def _line(value: Any, longest: int) -> str | None:
    return str(value).strip()[:longest] or None if value is not None else None


def person_of(value: Any) -> int | None:
    """Return the person id behind a form's value: an id, or an object with one; None for nothing."""
    if isinstance(value, Mapping):
        value = value.get("id")
    if value is None or not str(value).strip():
        return None
    if not str(value).isdigit():
        raise EngineError("Der er ikke valgt nogen person.")
    return int(value)


def _of_role(outcome: "Outcome", role: str) -> list[tuple[int | None, str]]:
    """Return (person id, name) of everybody a role means: the case's people and parties, else its holders."""
    file, unit = outcome.file, outcome.unit
    if role in file.people:
        return [(file.people[role].person_id, file.people[role].name)]
    if role == "barn":
        return [(None, file.child.name)] if file.child is not None else []
    if role in FAMILY:
        query = select(CaseParty).where(CaseParty.case_id == file.case_id, CaseParty.kind == role)
        found = [(None, party.name) for party in unit.session.scalars(query.order_by(CaseParty.id))]
        return list(found) or [(None, "Familien" if role == "familie" else "Forældremyndighedsindehaver")]
    if role == "kontorleder":
        person_id = office_person(unit, file, role)
        person = unit.session.get(Person, person_id) if person_id is not None else None
        return [(person.id, person.name)] if person is not None else []
    return list({id: (id, name) for id, name, _ in holders(unit, role)}.values())


def copy_circle(unit: Unit, previous: Meeting, meeting: Meeting) -> None:
    """Let a follow-up meeting begin with the circle of the one before: not invited yet, nothing answered."""
    for one in own_rows(unit, Place(previous, None)):
        unit.session.add(
            MeetingParticipant(
                meeting_id=meeting.id,
                person_id=one.person_id,
                name=one.name,
                role=one.role,
                profession=one.profession,
                organisation=one.organisation,
                contact=one.contact,
                part=one.part,
            )
        )


def person_named(unit: Unit, person_id: int) -> str:
    """Return the name of an active person. Raises Invalid."""
    person = unit.session.get(Person, person_id)
    if person is None or not person.active:
        raise Invalid("Personen har ikke adgang.", {"person": "Vælg en person."})
    return person.name


# -- chair and minute-taker ----------------------------------------------------------------------------------


def set_leadership(outcome: "Outcome", place: Place, instance: Instance, given: Mapping[str, Any]) -> None:
    """Make people chair and minute-taker; what they have open in the role goes along (BF-09, BF-32)."""
    unit, meeting = outcome.unit, place.meeting
    if meeting is None:
        raise EngineError("Forløbet har intet møde endnu.")
    for role, column in ((CHAIR, "chair_id"), (MINUTES, "minute_taker_id")):
        person_id = person_of(given.get(role))
        if person_id is None or getattr(meeting, column) == person_id:
            continue
        person = unit.session.get(Person, person_id)
        if person is None or not person.active:
            raise EngineError("Den valgte person har ikke adgang.")
        check_decider(unit, meeting.kind, person_id)
        setattr(meeting, column, person_id)
        meeting.rev += 1
        hand_on(unit, [instance.id], role, person_id)
        what = "Mødeleder" if role == CHAIR else "Referent"
        outcome.journal("moede", f"{what}: {person.name}", instance)


def hand_on(unit: Unit, instance_ids: Sequence[int], role: str, person_id: int) -> None:
    """Give the open tasks of an M role in these courses, and in those they called, to somebody else."""
    children = select(Instance.id).where(Instance.parent_id.in_(instance_ids))
    unit.session.flush()
    unit.session.execute(
        update(Task)
        .where(
            or_(Task.instance_id.in_(instance_ids), Task.instance_id.in_(children)),
            Task.status == "aaben",
            Task.role == role,
        )
        .values(assignee_id=person_id, group_id=None, rev=Task.rev + 1)
        .execution_options(synchronize_session=False)
    )


# -- invitations, answers, attendance ------------------------------------------------------------------------


def invite(outcome: "Outcome", place: Place, instance: Instance, text: str = "") -> int:
    """Invite everybody who is not invited to the time that holds now; return how many (FF-35, BF-08).

    Those of a meeting with slots are invited to the meeting, those of its items each to their own time
    (FF-12). People here get a notice and a mail with nothing personal in it.
    """
    unit, meeting = outcome.unit, place.meeting
    if meeting is None:
        raise EngineError("Forløbet har intet møde at indkalde til.")
    told = invite_to(unit, Place(meeting, place.item), meeting.starts_at, text)
    if place.item is None:
        items = select(MeetingItem).where(
            MeetingItem.meeting_id == meeting.id, MeetingItem.starts_at.is_not(None)
        )
        for item in unit.session.scalars(items):
            told += invite_to(unit, Place(meeting, item), item.starts_at or meeting.starts_at, text)
        if meeting.status == PLANNED:
            meeting.status, meeting.called_at = CALLED, unit.now
            meeting.rev += 1
    outcome.journal("moede", f"Indkaldt til {meeting.title}: {told} inviteret", instance)
    return told


def invite_to(unit: Unit, place: Place, start: Any, text: str = "") -> int:
    """Invite those of one meeting or item who are not invited to `start`; return how many.

    Whoever takes part in the whole meeting needs no invitation of their own to an item of it.
    """
    assert place.meeting is not None
    begins = place.item.starts_at if place.item is not None and place.item.starts_at else start
    there = _there_anyway(unit, place)
    new = [one for one in own_rows(unit, place) if one.invited_for != begins and one.person_id not in there]
    people: list[int] = []
    for one in new:
        again = one.invited_for is not None
        one.invited_at, one.invited_for = unit.now, begins
        if again:
            one.answer, one.answered_at = None, None
        if one.person_id is not None:
            people.append(one.person_id)
    where = f", {place.meeting.place}" if place.meeting.place else ""
    line = f"{kind_name(place.meeting.kind)} {spoken(begins)}{where}"
    notices.to_people(
        unit,
        INVITED,
        sorted(set(people)),
        f"{line}. {text}" if text else line,
        case_id=place.meeting.case_id,
        case_number=None,
        meeting_id=place.meeting.id,
    )
    return len(new)


def _there_anyway(unit: Unit, place: Place) -> frozenset[int]:
    """Return who is at the whole meeting that an item is taken up at."""
    if place.item is None or place.meeting is None:
        return frozenset()
    whole = own_rows(unit, Place(place.meeting, None))
    return frozenset(one.person_id for one in whole if one.person_id is not None and one.part == WHOLE)


def invite_again(unit: Unit, place: Place) -> None:
    """Tell those who were invited to another time of the one that holds now; they answer anew."""
    if place.meeting is not None and any(one.invited_for is not None for one in own_rows(unit, place)):
        invite_to(unit, place, place.meeting.starts_at, "Mødet er flyttet")


def find_participant(rows: Sequence[MeetingParticipant], person: Any, name: Any) -> MeetingParticipant:
    """Return the participant that a person id or a name means. Raises NotFound."""
    person_id = person_of(person)
    for one in rows:
        if person_id is not None and one.person_id == person_id:
            return one
        if person_id is None and name and one.name.casefold() == str(name).strip().casefold():
            return one
    raise NotFound("Personen er ikke deltager i mødet. Føj personen til først.")


def note_answer(unit: Unit, one: MeetingParticipant, answer: Any) -> None:
    """Write a participant's answer. Raises Invalid for anything but accept, ny_tid and afslag."""
    if answer not in ANSWERS:
        raise Invalid("Svaret skal være accept, ny_tid eller afslag.", {"svar": "Vælg et svar."})
    one.answer, one.answered_at = str(answer), unit.now


def note_attendance(unit: Unit, one: MeetingParticipant, attendance: Any) -> None:
    """Write whether a participant was there (FF-09, FF-31). Raises Invalid."""
    if attendance not in ATTENDANCE:
        raise Invalid(
            "Fremmøde skal være fysisk, digital eller fravaerende.", {"fremmoede": "Vælg fremmøde."}
        )
    one.attendance = str(attendance)
