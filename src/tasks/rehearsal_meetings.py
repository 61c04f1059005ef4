"""Steps and expectations of rehearsals about meetings.

Steps (each with `af: <person>`, and `den:` and `saa:` as every step; inside `afvises: {…}` too). The meeting
is the one that the case is at, else the one with `dato:`, else the only one to come; a case is named as in
`sager`, or `sagen` when there is one:

    flyt_moede: {til: 2026-06-18T08:30, slut: 2026-06-18T12:00, sted: Tinglev, link: …, dato: 2026-06-11}
    aflys_moede: {begrundelse: Mødelederne er syge, dato: 2026-06-11}
    ordn_dagsorden: [Noah, Sofie]          # every case on it, in the new order; `dato:` beside it
    flyt_punkt: {sag: Sofie, plads: 3, til_moede: 2026-06-18}
    aabn_punkt: Sofie                      # the chair opens the case's item; luk_punkt: Sofie
    udsaet_punkt: {sag: Sofie, begrundelse: …}
    tilfoej_deltager: {navn: …, person: "Emil Bang", rolle: fagperson, del: hele, sag: Sofie}
    fjern_deltager: Claus Riis
    svarer: {navn: Emil Bang, svar: accept}
    udebliver: Birgit Skov                 # attendance; kommer: {navn: Lars Bach, fremmoede: digital}

Expectations:

    moeder: [{dato: 2026-06-11, status: indkaldt, start: 2026-06-11T08:30, slut: …, sted: …, moedeleder: …,
              materialefrist: 2026-06-08T12:00, art: …, punkter: 7, ledige: 0, forrige: 2026-05-28}]
    punkter: [{sag: Sofie, start: 2026-06-11T08:30, laengde: 60, moedeleder: Birgit Skov, konsulent: Pia Dam,
               status: booket, materiale: modtaget, familie_inviteret: ja, begrundelse: "a piece of it"}]
    deltagere: [{navn: Claus Riis, rolle: udfoerer, del: eget_punkt, inviteret: ja, svar: …, fremmoede: …}]
    ikke_deltagere: [Familien]
    dagsorden: [{som: Claus Riis, ser: [Sofie Lykke], ser_ikke: [Noah Vind]}]     # or afvises: "a piece"
    referat: [{som: Lars Bach, sag: Sofie, viser: [text]}, {deltager: Familien, afvises: slut}]

`start` may be `ingen` (in the queue); unnamed fields are not looked at; the rows of `deltagere` are those of
the case's item, else of the scene's newest meeting, or of the one with `dato: 2026-06-11` in the row. The
expectations are in `meeting_expectations`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from records.tables import Instance, Meeting, MeetingItem
from records.unit import Unit
from tasks import meeting_acts as acts
from tasks import meeting_people_acts as people
from tasks.meetings import LIVE, TO_COME, Place, participants_of
from tasks.people import Actor
from tasks.stage import instant_of

HERE = "sagen"


@dataclass(frozen=True, slots=True)
class Asked:
    """A step as it is to be played: the scene it is about, the others by name, and its words."""

    scene: Any
    scenes: Mapping[str, Any]
    step: Mapping[str, Any]
    stage: Any


Command = tuple[Callable[..., Any], Any]


# -- finding -------------------------------------------------------------------------------------------------


def _scene(asked: Asked, name: Any) -> Any:
    if name in (None, True, HERE):
        return asked.scene
    if name not in asked.scenes:
        raise LookupError(f"der er ingen sag {name}; der er {', '.join(asked.scenes)}")
    return asked.scenes[name]


def item_of(unit: Unit, scene: Any) -> MeetingItem:
    """Return the item of a scene's case. Raises LookupError."""
    item = newest_item(unit, scene)
    if item is None:
        raise LookupError("sagen har intet punkt på et møde")
    return item


def newest_item(unit: Unit, scene: Any) -> MeetingItem | None:
    """Return the item of a scene's case that is to come, else the last it had; None without one."""
    query = select(MeetingItem).where(MeetingItem.case_id == scene.case_id).order_by(MeetingItem.id.desc())
    items = list(unit.session.scalars(query)) if scene.case_id is not None else []
    return next((one for one in items if one.status in LIVE), items[0] if items else None)


def meeting_of(unit: Unit, scene: Any, day: Any) -> Meeting:
    """Return the meeting of a day, else the case's, else the newest of the scene's courses, else the only one
    to come."""
    if day is not None:
        found = list(unit.session.scalars(select(Meeting).where(Meeting.on_date == date_of(day))))
    else:
        found = _of_scene(unit, scene)
        if not found:
            found = list(unit.session.scalars(select(Meeting).where(Meeting.status.in_(TO_COME))))
    live = [one for one in found if one.status in TO_COME] or found
    if not live:
        raise LookupError(f"der er intet møde {day or ''}".strip())
    return live[-1]


def _of_scene(unit: Unit, scene: Any) -> list[Meeting]:
    item = newest_item(unit, scene)
    if item is not None and item.meeting_id is not None:
        return [unit.session.get_one(Meeting, item.meeting_id)]
    courses = select(Instance.id).where(scene.courses())
    here = or_(Meeting.case_id == scene.case_id, Meeting.instance_id.in_(courses))
    if scene.case_id is None:
        here = Meeting.instance_id.in_(courses)
    return list(unit.session.scalars(select(Meeting).where(here).order_by(Meeting.id)))


def date_of(value: Any) -> date:
    """Return the day of a date or an instant as YAML has it."""
    return value if type(value) is date else date.fromisoformat(str(value)[:10])


def _given(asked: Asked, kind: str) -> Mapping[str, Any]:
    value = asked.step[kind]
    return value if isinstance(value, Mapping) else {"sag": value, "navn": value, "raekke": value}


def _participant(unit: Unit, asked: Asked, given: Mapping[str, Any]) -> int:
    scene = _scene(asked, given.get("sag") if given.get("sag") in asked.scenes else None)
    item = newest_item(unit, scene)
    meeting = meeting_of(unit, scene, given.get("dato", asked.step.get("dato")))
    for one in participants_of(unit, Place(meeting, item)):
        if one.name == given["navn"]:
            return one.id
    raise LookupError(f"{given['navn']} er ikke deltager")


# -- steps ---------------------------------------------------------------------------------------------------


def _move_meeting(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "flyt_moede")
    meeting = meeting_of(unit, asked.scene, given.get("dato"))
    command = acts.MoveMeeting(
        meeting.id,
        instant_of(given["til"]) if given.get("til") else None,
        instant_of(given["slut"]) if given.get("slut") else None,
        given.get("sted"),
        given.get("link"),
    )
    return acts.move_meeting, command


def _cancel_meeting(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "aflys_moede")
    meeting = meeting_of(unit, asked.scene, given.get("dato"))
    return acts.cancel_meeting, acts.CancelMeeting(meeting.id, str(given.get("begrundelse", "")))


def _order(unit: Unit, actor: Actor, asked: Asked) -> Command:
    items = [item_of(unit, _scene(asked, name)) for name in asked.step["ordn_dagsorden"]]
    meeting = meeting_of(unit, asked.scene, asked.step.get("dato") or _day_of(unit, items))
    return acts.order_items, acts.OrderItems(meeting.id, tuple(item.id for item in items))


def _day_of(unit: Unit, items: list[MeetingItem]) -> date | None:
    meeting = unit.session.get(Meeting, items[0].meeting_id) if items else None
    return meeting.on_date if meeting is not None else None


def _move_item(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "flyt_punkt")
    item = item_of(unit, _scene(asked, given.get("sag")))
    there = meeting_of(unit, asked.scene, given["til_moede"]).id if given.get("til_moede") else None
    return acts.move_item, acts.MoveItem(item.id, int(given["plads"]), there)


def _open_item(unit: Unit, actor: Actor, asked: Asked) -> Command:
    return acts.open_item, acts.OpenItem(item_of(unit, _scene(asked, asked.step["aabn_punkt"])).id)


def _close_item(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "luk_punkt")
    item = item_of(unit, _scene(asked, given.get("sag")))
    return acts.close_item, acts.CloseItem(item.id, given.get("beslutning"))


def _put_off(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "udsaet_punkt")
    item = item_of(unit, _scene(asked, given.get("sag")))
    return acts.put_off_item, acts.PutOffItem(item.id, str(given.get("begrundelse", "")))


def _add(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "tilfoej_deltager")
    scene = _scene(asked, given.get("sag"))
    item = newest_item(unit, scene)
    command = people.AddParticipant(
        meeting_of(unit, scene, given.get("dato")).id,
        str(given.get("rolle", "")),
        str(given.get("navn", "")),
        asked.stage.person(given["person"]) if given.get("person") else None,
        item.id if item is not None else None,
        given.get("faggruppe"),
        given.get("organisation"),
        given.get("kontakt"),
        str(given.get("del", "hele")),
    )
    return people.add_participant, command


def _remove(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "fjern_deltager")
    return people.remove_participant, people.RemoveParticipant(_participant(unit, asked, given))


def _answers(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "svarer")
    command = people.AnswerInvitation(_participant(unit, asked, given), str(given.get("svar")))
    return people.answer_invitation, command


def _absent(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "udebliver")
    command = people.MarkAttendance(_participant(unit, asked, given), "fravaerende")
    return people.mark_attendance, command


def _comes(unit: Unit, actor: Actor, asked: Asked) -> Command:
    given = _given(asked, "kommer")
    how = str(given.get("fremmoede", "fysisk"))
    return people.mark_attendance, people.MarkAttendance(_participant(unit, asked, given), how)


MEETING_STEPS: Mapping[str, Callable[[Unit, Actor, Asked], Command]] = {
    "flyt_moede": _move_meeting,
    "aflys_moede": _cancel_meeting,
    "ordn_dagsorden": _order,
    "flyt_punkt": _move_item,
    "aabn_punkt": _open_item,
    "luk_punkt": _close_item,
    "udsaet_punkt": _put_off,
    "tilfoej_deltager": _add,
    "fjern_deltager": _remove,
    "svarer": _answers,
    "udebliver": _absent,
    "kommer": _comes,
}
"""Step → the use case and the command that it stands for."""
