"""What the service tasks about meetings do (engine/operators.py lists their parameters).

A course that plans its meeting goes on at once: the steps behind `opret_moede` read the new time as `moede`.
`book_punkt` gives no time in the same breath: wait for the message `tid_tildelt` behind it, whose payload is
{dato, start, slut, laengde, flyttet, begrundelse}. What else happens to an item comes as `punkt_aabnet`,
`punkt_udsat` {begrundelse} and `moede_flyttet` {dato, start}; a meeting's own course gets `moede_flyttet`,
`moede_aflyst` {begrundelse} and `punkter_lukket` (all items are closed).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from engine.errors import EngineError
from engine.timers import due_instant
from records.tables import Instance, Meeting, MeetingItem
from tasks import meeting_booking as booking
from tasks import meeting_changes as changes
from tasks import meeting_people as people
from tasks.meeting_reckoning import reckon_anew
from tasks.meetings import RELEASED, TO_COME, Place, newest_meeting, participants_of, place_of, spoken
from tasks.prohibitions import check_decider

if TYPE_CHECKING:
    from tasks.outcome import Outcome

Parameters: TypeAlias = Mapping[str, Any]

MATERIALS: Final = ("mangler", "modtaget", "modtaget_for_sent", "afvist")
_ANY: Final = datetime(2000, 1, 1, tzinfo=UTC)


def _plan(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """opret_moede: the course's meeting; called again while one is to come, that one is moved."""
    unit = outcome.unit
    before = newest_meeting(unit, instance.id)
    values = {
        "kind": _text(given, "art")[:60],
        "title": _text(given, "titel")[:200],
        "starts_at": _instant(given, "start"),
        "ends_at": _instant(given, "slut"),
        **_optional(given),
    }
    if before is not None and before.status in TO_COME:
        values.pop("kind")
        _change(outcome, instance, before, values)
        meeting = before
    else:
        meeting = changes.make_meeting(
            unit,
            outcome.actor,
            instance_id=instance.id,
            case_id=instance.case_id,
            previous_id=before.id if before is not None else None,
            slot_minutes=_whole(given, "pladslaengde"),
            **values,
        )
        if before is not None and given.get("samme_kreds") is True:
            people.copy_circle(unit, before, meeting)
            meeting.chair_id, meeting.minute_taker_id = before.chair_id, before.minute_taker_id
        outcome.journal("moede", f"{meeting.title}: {spoken(meeting.starts_at)}", instance)
        if meeting.slot_minutes is not None:
            changes.offer_room(unit, meeting.kind)
    people.set_leadership(outcome, Place(meeting, None), instance, given)


def _move(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """flyt_moede: what is given is changed."""
    values = _optional(given)
    for name, column in (("start", "starts_at"), ("slut", "ends_at")):
        if given.get(name) is not None:
            values[column] = _instant(given, name)
    _change(outcome, instance, _meeting(outcome, instance), values)


def _change(outcome: "Outcome", instance: Instance, meeting: Meeting, values: dict[str, Any]) -> None:
    before = meeting.starts_at
    if not changes.change_meeting(outcome.unit, meeting, values, by_instance=instance.id):
        return
    if meeting.starts_at != before:
        outcome.journal("moede", f"Mødet er flyttet til {spoken(meeting.starts_at)}", instance)
        people.invite_again(outcome.unit, Place(meeting, None))
    outcome.later(lambda: reckon_anew(outcome, instance))


def _cancel(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """aflys_moede."""
    meeting, reason = _meeting(outcome, instance), _text(given, "begrundelse")
    changes.cancel_meeting(outcome.unit, meeting, reason, by_instance=instance.id)
    outcome.journal("moede", f"{meeting.title} aflyst: {reason}", instance)
    outcome.later(lambda: reckon_anew(outcome, instance))


def _hold(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """afslut_moede: refused while an item is open."""
    meeting = _meeting(outcome, instance)
    changes.hold_meeting(outcome.unit, meeting)
    outcome.journal("moede", f"{meeting.title} er afholdt", instance)


def _set_participants(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """saet_deltagere: of the course's own item, else of its meeting."""
    rows = given.get("raekker")
    place = _place(outcome, instance)
    people.set_participants(
        outcome, place, rows if isinstance(rows, list) else [], add=given.get("tilfoej") is True
    )


def _set_leadership(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """saet_moedeledelse."""
    people.set_leadership(outcome, _place(outcome, instance), instance, given)


def _invite(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """indkald."""
    people.invite(outcome, _place(outcome, instance), instance, str(given.get("tekst") or "").strip()[:200])


def _answer(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """registrer_svar."""
    rows = participants_of(outcome.unit, _place(outcome, instance))
    one = people.find_participant(rows, given.get("person"), given.get("navn"))
    people.note_answer(outcome.unit, one, given.get("svar"))
    outcome.journal("moede", f"Svar på invitation: {one.name}, {one.answer}", instance)


def _attendance(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """registrer_fremmoede."""
    rows = given.get("raekker")
    here = participants_of(outcome.unit, _place(outcome, instance))
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            one = people.find_participant(here, row.get("person"), row.get("navn"))
            people.note_attendance(outcome.unit, one, row.get("fremmoede"))


def _book(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """book_punkt: the message tid_tildelt tells the time when there is one."""
    booking.book(
        outcome,
        instance,
        _text(given, "art")[:60],
        _date(given, "tidligst"),
        _whole(given, "laengde") or 30,
        _yes(given, "familie_inviteret"),
        _yes(given, "barn_inviteret"),
    )
    outcome.later(lambda: reckon_anew(outcome, instance))


def _release(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """frigiv_punkt: nothing happens when the course has no item to come."""
    item = booking.live_item(outcome.unit, instance.id)
    if item is not None:
        booking.take_off(outcome, instance, item, RELEASED, _text(given, "begrundelse"))


def _set_item(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """saet_punkt: of the course, or of the one that called it. A longer item may have to move (FF-18)."""
    item = _item(outcome, instance)
    if given.get("materiale") is not None:
        if given["materiale"] not in MATERIALS:
            raise EngineError(f"Materiale kan være {', '.join(MATERIALS)}.")
        item.material = str(given["materiale"])
    for name, column in (("familie_inviteret", "family_invited"), ("barn_inviteret", "child_invited")):
        if _yes(given, name) is not None:
            setattr(item, column, _yes(given, name))
    for name, column in (("moedeleder", "chair_id"), ("konsulent", "consultant_id")):
        if people.person_of(given.get(name)) is not None:
            person_id = people.person_of(given[name])
            assert person_id is not None
            check_decider(outcome.unit, item.kind, person_id)
            setattr(item, column, person_id)
    if given.get("forladt") is not None:
        item.family_left_at = _instant(given, "forladt")
    item.rev += 1
    minutes = _whole(given, "laengde")
    if minutes is not None and minutes != item.minutes:
        item.minutes = minutes
        owner = outcome.unit.session.get_one(Instance, item.instance_id)
        booking.settle(outcome, owner, item)
        outcome.later(lambda: reckon_anew(outcome, owner))


def _close_item(outcome: "Outcome", instance: Instance, given: Parameters) -> None:
    """luk_punkt: of the course, or of the one that called it."""
    item = _item(outcome, instance)
    decision = str(given["beslutning"])[:60] if given.get("beslutning") is not None else None
    changes.close_item(outcome, instance, item, decision, again=given.get("tages_op_igen") is True)


# -- what was given ------------------------------------------------------------------------------------------


def _place(outcome: "Outcome", instance: Instance) -> Place:
    place = place_of(outcome.unit, instance)
    if place is None:
        raise EngineError("Forløbet har intet møde endnu.")
    return place


def _meeting(outcome: "Outcome", instance: Instance) -> Meeting:
    place = _place(outcome, instance)
    if place.meeting is None or place.item is not None:
        raise EngineError("Forløbet har ikke noget møde af sit eget.")
    return place.meeting


def _item(outcome: "Outcome", instance: Instance) -> MeetingItem:
    place = _place(outcome, instance)
    if place.item is None:
        raise EngineError("Forløbet har ikke noget punkt på et møde.")
    return place.item


def _text(given: Parameters, name: str) -> str:
    value = given.get(name)
    if value is None or not str(value).strip():
        raise EngineError(f"Systemopgaven mangler »{name}«.")
    return str(value).strip()


def _instant(given: Parameters, name: str) -> datetime:
    try:
        return due_instant(given.get(name), _ANY)
    except EngineError as error:
        raise EngineError(f"»{name}« er ikke et tidspunkt. {error}") from error


def _date(given: Parameters, name: str) -> date:
    try:
        return date.fromisoformat(_text(given, name)[:10])
    except ValueError:
        raise EngineError(f"»{name}« er ikke en dato.") from None


def _whole(given: Parameters, name: str) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 1:
        raise EngineError(f"»{name}« skal være et helt antal minutter.")
    return int(value)


def _yes(given: Parameters, name: str) -> bool | None:
    value = given.get(name)
    return None if value is None else value in (True, "ja")


def _optional(given: Parameters) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if given.get("sted") is not None:
        values["place"] = str(given["sted"]).strip()[:200] or None
    if given.get("link") is not None:
        values["link"] = str(given["link"]).strip()[:400] or None
    if given.get("materialefrist") is not None:  # as versions before the property »materialefrist« say it
        values["material_due_at"] = _instant(given, "materialefrist")
    return values


MEETING_OPERATORS: Final[Mapping[str, Callable[["Outcome", Instance, Parameters], None]]] = {
    "opret_moede": _plan,
    "flyt_moede": _move,
    "aflys_moede": _cancel,
    "afslut_moede": _hold,
    "saet_deltagere": _set_participants,
    "saet_moedeledelse": _set_leadership,
    "indkald": _invite,
    "registrer_svar": _answer,
    "registrer_fremmoede": _attendance,
    "book_punkt": _book,
    "frigiv_punkt": _release,
    "saet_punkt": _set_item,
    "luk_punkt": _close_item,
}
"""Operator → what it does; joined with the others in `effects.OPERATORS`."""
