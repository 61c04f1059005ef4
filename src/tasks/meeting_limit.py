"""The limit for material of a meeting (FF-33): after it, nothing more is booked there by itself."""

from datetime import UTC, datetime
from typing import Final

from engine import feel
from engine.errors import EngineError
from engine.timers import due_instant
from records.tables import Instance, Meeting
from records.unit import Unit
from tasks.meetings import Place, meeting_facts
from tasks.procedures import diagram_of

RULE: Final = "materialefrist"
"""The property of a procedure that gives the limit for its meeting, from `moede`."""

_ANY: Final = datetime(2000, 1, 1, tzinfo=UTC)


def material_limit(unit: Unit, meeting: Meeting) -> datetime | None:
    """Return the limit by the rule of the procedure that the meeting is held in, as the meeting is now;
    without a rule the one it has. Raises EngineError when the rule gives no instant."""
    instance = unit.session.get(Instance, meeting.instance_id) if meeting.instance_id is not None else None
    diagram = diagram_of(unit, instance.version_id) if instance is not None else None
    rule = (diagram.properties.get(RULE) or "").strip() if diagram is not None else ""
    if not rule:
        return meeting.material_due_at
    facts = {"moede": meeting_facts(unit, Place(meeting, None))}
    try:
        return due_instant(feel.evaluate(rule, facts, now=unit.now, calendar=unit.calendar), _ANY)
    except EngineError as error:
        raise EngineError(f"Fristen for materiale kan ikke regnes ud: {error.message}") from error
