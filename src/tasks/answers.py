"""From a form's answers to what is kept: process data (`data`) and case data (`sag`) (decisions.md
"Data")."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from engine import feel
from engine.errors import EngineError
from engine.types import Element
from records.tables import Submission
from records.unit import Unit
from tasks.facts import RESERVED
from tasks.people import Actor

_ASSIGNMENT = re.compile(r"^\s*(?:sag\.)?([A-Za-z_]\w*)\s*=(?!=)\s*(.+)$", re.DOTALL)


def mapped_data(
    unit: Unit, element: Element, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the process data that a step writes: the fields its `data` property names, or its `name =
    FEEL` lines."""
    kept: dict[str, Any] = {}
    for line in _entries(element.properties.get("data", "")):
        match = _ASSIGNMENT.match(line)
        if match is None:
            kept[line] = answers.get(line)
        else:
            kept[match[1]] = feel.evaluate(match[2], context, now=unit.now, calendar=unit.calendar)
    return kept


def mapped_sag(
    unit: Unit, element: Element, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the case data that a step writes: its `sag.x = FEEL` lines.

    Raises EngineError when a line writes a name that is the platform's own.
    """
    written: dict[str, Any] = {}
    for line in _entries(element.properties.get("sag", "")):
        match = _ASSIGNMENT.match(line)
        if match is None or match[1] in RESERVED:
            raise EngineError(f"»{element.name}« kan ikke skrive {line!r} i sagen.", element_id=element.id)
        written[match[1]] = feel.evaluate(match[2], context, now=unit.now, calendar=unit.calendar)
    return written


_SUBMIT = insert(Submission).returning(Submission.id)


def submit(
    unit: Unit,
    actor: Actor,
    instance_id: int,
    element_id: str,
    answers: Mapping[str, Any],
    task_id: int | None = None,
) -> int:
    """Keep the answers to a task, or (without one) to the form that started an instance; return the id."""
    row = {
        "task_id": task_id,
        "instance_id": instance_id,
        "element_id": element_id,
        "answers": answers,
        "at": unit.now,
        "by_id": actor.person_id,
    }
    found: int = unit.connection.execute(_SUBMIT, row).scalar_one()
    return found


def _entries(text: str) -> list[str]:
    """Split at line ends and semicolons; a list of plain names also at commas."""
    entries: list[str] = []
    for line in re.split(r"[\n;]", text):
        if _ASSIGNMENT.match(line):
            entries.append(line.strip())
        else:
            entries += [name.strip() for name in line.split(",") if name.strip()]
    return entries
