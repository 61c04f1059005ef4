"""What a rehearsal says must be true of meetings, against what is; the words are in `rehearsal_meetings`."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from records.tables import Instance, Meeting, MeetingParticipant, Person
from records.unit import Unit
from tasks.errors import TaskError
from tasks.meeting_minutes import ReadMinutes, minutes_of
from tasks.meeting_pages import agenda_of
from tasks.meeting_people import own_rows
from tasks.meetings import Place, local_text, place_of
from tasks.people import SYSTEM, Actor
from tasks.rehearsal_meetings import date_of, item_of, meeting_of, newest_item


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return str(value).replace(" ", "T")[:16] if type(value).__name__ in ("datetime", "date") else value


def _differs(
    what: str, found: Mapping[str, Any], wanted: Mapping[str, Any], skip: tuple[str, ...]
) -> list[str]:
    problems = []
    for name, value in wanted.items():
        if name in skip:
            continue
        if name not in found:
            problems.append(f"{what}: ukendt felt {name}")
        elif name == "begrundelse":
            if str(value).casefold() not in str(found[name] or "").casefold():
                problems.append(f"{what}: begrundelse er »{found[name]}«, ikke »{value}«")
        elif found[name] != _plain(value):
            problems.append(f"{what}: {name} er {found[name]}, ikke {_plain(value)}")
    return problems


def _time(moment: Any) -> str:
    return local_text(moment)[:16] if moment is not None else "ingen"


def _name(unit: Unit, person_id: int | None) -> str | None:
    person = unit.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else None


def _meetings(unit: Unit, scene: Any, expected: Any, stage: Any) -> list[str]:
    problems: list[str] = []
    for wanted in expected or []:
        query = select(Meeting).order_by(Meeting.id)
        if wanted.get("dato") is not None:
            query = query.where(Meeting.on_date == date_of(wanted["dato"]))
        rows = [one for one in unit.session.scalars(query) if wanted.get("art") in (None, one.kind)]
        if wanted.get("status") == "ingen":
            problems += ["der er et møde den dag"] if rows else []
            continue
        if not rows:
            problems.append(f"der er intet møde {dict(wanted)}")
            continue
        tried: list[list[str]] = [
            _differs("mødet", _meeting_row(unit, one), wanted, ("dato", "art")) for one in rows
        ]
        nearest = min(tried, key=len)
        problems += nearest
    return problems


def _meeting_row(unit: Unit, meeting: Meeting) -> dict[str, Any]:
    agenda = agenda_of(unit, SYSTEM, meeting.id)
    previous = unit.session.get(Meeting, meeting.previous_id) if meeting.previous_id is not None else None
    on_it = [item for item in agenda.items if item.status not in ("udsat", "frigivet")]
    return {
        "titel": meeting.title,
        "status": meeting.status,
        "start": _time(meeting.starts_at),
        "slut": _time(meeting.ends_at),
        "sted": meeting.place,
        "materialefrist": _time(meeting.material_due_at),
        "link": meeting.link,
        "moedeleder": _name(unit, meeting.chair_id),
        "referent": _name(unit, meeting.minute_taker_id),
        "punkter": len(on_it),
        "ledige": agenda.meeting.free,
        "raekkefoelge": [item.child for item in on_it],
        "forrige": previous.on_date.isoformat() if previous is not None else None,
    }


def _items(unit: Unit, scene: Any, expected: Any, stage: Any) -> list[str]:
    problems: list[str] = []
    for wanted in expected or []:
        here = scene.named.get(wanted.get("sag"), scene)
        item = newest_item(unit, here)
        what = f"punktet {wanted.get('sag', '')}".strip()
        if item is None:
            problems += [] if wanted.get("status") == "ingen" else [f"{what} findes ikke"]
            continue
        found = {
            "start": _time(item.starts_at),
            "slut": _time(item.ends_at),
            "laengde": item.minutes,
            "status": item.status,
            "materiale": item.material,
            "moedeleder": _name(unit, item.chair_id),
            "konsulent": _name(unit, item.consultant_id),
            "familie_inviteret": _plain(item.family_invited),
            "barn_inviteret": _plain(item.child_invited),
            "begrundelse": item.reason,
            "beslutning": item.decision,
            "forladt": _time(item.family_left_at),
        }
        problems += _differs(what, found, wanted, ("sag",))
    return problems


def _place(unit: Unit, scene: Any) -> Place | None:
    item = newest_item(unit, scene)
    if item is not None:
        return Place(unit.session.get(Meeting, item.meeting_id or 0), item)
    courses = unit.session.scalars(select(Instance).where(scene.courses()).order_by(Instance.id.desc()))
    for instance in courses:
        found = place_of(unit, instance)
        if found is not None:
            return found
    return None


def _participant_rows(unit: Unit, scene: Any, day: Any = None) -> list[MeetingParticipant]:
    if day is not None:
        return own_rows(unit, Place(meeting_of(unit, scene, day), None))
    place = _place(unit, scene)
    return own_rows(unit, place) if place is not None else []


def _participants(unit: Unit, scene: Any, expected: Any, stage: Any) -> list[str]:
    problems: list[str] = []
    for wanted in expected or []:
        rows = [
            one
            for one in _participant_rows(unit, scene.named.get(wanted.get("sag"), scene), wanted.get("dato"))
            if one.name == wanted["navn"] and wanted.get("rolle") in (None, one.role)
        ]
        if not rows:
            names = [one.name for one in _participant_rows(unit, scene)]
            problems.append(f"{wanted['navn']} er ikke deltager; der er {names}")
            continue
        one = rows[0]
        found = {
            "rolle": one.role,
            "del": one.part,
            "faggruppe": one.profession,
            "organisation": one.organisation,
            "inviteret": "ja" if one.invited_at is not None else "nej",
            "svar": one.answer or "ingen",
            "fremmoede": one.attendance or "ingen",
        }
        problems += _differs(one.name, found, wanted, ("navn", "sag", "dato"))
    return problems


def _not_participants(unit: Unit, scene: Any, expected: Any, stage: Any) -> list[str]:
    names = {one.name for one in _participant_rows(unit, scene)}
    return [f"{name} er deltager" for name in expected or [] if name in names]


def _agenda(unit: Unit, scene: Any, expected: Any, stage: Any) -> list[str]:
    problems: list[str] = []
    for wanted in expected or []:
        meeting = meeting_of(unit, scene, wanted.get("dato"))
        try:
            agenda = agenda_of(unit, _actor(stage, wanted["som"]), meeting.id)
        except TaskError as refused:
            problems += _refused(str(wanted["som"]), refused, wanted)
            continue
        seen = [item.child for item in agenda.items]
        if "afvises" in wanted:
            problems.append(f"{wanted['som']} ser mødet: {seen}")
        problems += [
            f"{wanted['som']} ser ikke {name}" for name in wanted.get("ser") or [] if name not in seen
        ]
        problems += [f"{wanted['som']} ser {name}" for name in wanted.get("ser_ikke") or [] if name in seen]
    return problems


def _minutes(unit: Unit, scene: Any, expected: Any, stage: Any) -> list[str]:
    problems: list[str] = []
    for wanted in expected or []:
        here = scene.named.get(wanted.get("sag"), scene)
        item = item_of(unit, here)
        who = str(wanted.get("som") or wanted.get("deltager"))
        guest = None
        if wanted.get("deltager"):
            rows = _participant_rows(unit, here)
            guest = next(one.id for one in rows if one.name == wanted["deltager"])
        actor = _actor(stage, wanted["som"]) if wanted.get("som") else SYSTEM
        try:
            found = minutes_of(unit, actor, ReadMinutes(item.id, guest))
        except TaskError as refused:
            problems += _refused(who, refused, wanted)
            continue
        text = str([(part.name, part.values) for part in found.parts])
        if "afvises" in wanted:
            problems.append(f"{who} ser referatet: {text}")
        problems += [
            f"{who} ser ikke »{one}« i {text}" for one in wanted.get("viser") or [] if one not in text
        ]
        problems += [f"{who} ser »{one}«" for one in wanted.get("viser_ikke") or [] if one in text]
    return problems


def _refused(who: str, refused: TaskError, wanted: Mapping[str, Any]) -> list[str]:
    if str(wanted.get("afvises", "\0")).casefold() in refused.message.casefold():
        return []
    return [f"{who} afvises: {refused.message}"]


def _actor(stage: Any, name: str) -> Actor:
    actor = stage.actor(stage.person(name))
    assert isinstance(actor, Actor)
    return actor


MEETING_CHECKS: Mapping[str, Callable[[Unit, Any, Any, Any], list[str]]] = {
    "moeder": _meetings,
    "punkter": _items,
    "deltagere": _participants,
    "ikke_deltagere": _not_participants,
    "dagsorden": _agenda,
    "referat": _minutes,
}
"""Expectation → what differs from it; joined with the others in `expectations`."""
