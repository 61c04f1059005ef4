"""The minutes of an item as a page shows them while somebody else writes (FF-25)."""

from dataclasses import dataclass
from datetime import datetime

from records.tables import Case, Meeting, MeetingItem
from records.unit import Unit
from tasks import access
from tasks.errors import NotFound, Refused
from tasks.form_history import Shown, render_answers
from tasks.forms import read
from tasks.meeting_minutes import LiveMinutes, ReadMinutes, minutes_of
from tasks.people import Actor


@dataclass(frozen=True, slots=True)
class MinutesStep:
    """One shared step: what stands in it now."""

    name: str
    shown: tuple[Shown, ...]
    done: bool
    saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class MinutesSheet:
    """The minutes of one item for one reader. `refused` says why there is nothing to read (any more)."""

    item_id: int
    meeting_id: int
    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    case_number: str | None
    part: str
    running: bool
    steps: tuple[MinutesStep, ...]
    refused: str


def open_minutes(unit: Unit, actor: Actor, item_id: int) -> MinutesSheet:
    """Return the minutes, and log the view of the case. Raises NotFound, Denied (not at the item)."""
    sheet = read_minutes(unit, actor, item_id)
    case_id = unit.session.get_one(MeetingItem, item_id).case_id
    if case_id is not None:
        access.log_view(unit, actor, case_id, "moede", "referat")
    return sheet


def read_minutes(unit: Unit, actor: Actor, item_id: int) -> MinutesSheet:
    """Return the same, and log nothing: for a page that asks again every few seconds."""
    item = unit.session.get(MeetingItem, item_id)
    if item is None or item.meeting_id is None:
        raise NotFound("Punktet findes ikke.")
    found: LiveMinutes | None = None
    refused = ""
    try:
        found = minutes_of(unit, actor, ReadMinutes(item_id))
    except access.Denied:
        raise
    except Refused as refusal:
        refused = refusal.message
    meeting = unit.session.get_one(Meeting, item.meeting_id)
    case = unit.session.get(Case, item.case_id) if item.case_id is not None else None
    return MinutesSheet(
        item_id=item.id,
        meeting_id=meeting.id,
        title=meeting.title,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        case_number=case.number if case is not None else None,
        part=found.part if found is not None else "",
        running=found.running if found is not None else item.status == "booket",
        steps=tuple(
            MinutesStep(
                part.name,
                tuple(
                    render_answers(read(part.schema), part.values, {}, now=unit.now, calendar=unit.calendar)
                ),
                part.done,
                part.saved_at,
            )
            for part in (found.parts if found is not None else ())
        ),
        refused=refused,
    )
