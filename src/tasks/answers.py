"""From a form's answers to what is kept: process data (`data`) and case data (`sag`) (decisions.md
"Data")."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert

from engine import feel
from engine.errors import EngineError
from engine.lines import case_entries, data_entries
from engine.types import Element
from records.prepared import Prepared
from records.tables import Submission
from records.unit import Unit
from tasks.facts import RESERVED
from tasks.people import Actor


def mapped_data(
    unit: Unit, element: Element, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the process data that a step writes: the fields its `data` property names, or its `name =
    FEEL` lines. Raises EngineError, naming the element."""
    return {
        entry.name: answers.get(entry.name)
        if entry.expression is None
        else _evaluated(unit, element, entry.expression, context)
        for entry in data_entries(element.properties.get("data", ""))
    }


def begun_with(unit: Unit, element: Element, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fields of a step's form begin with that is not in the process data: its `forudfyld` lines.

    Worked out anew each time the form is shown or answered, and never kept. Raises EngineError, naming the
    element.
    """
    return {
        entry.name: _evaluated(unit, element, entry.expression, context)
        for entry in data_entries(element.properties.get("forudfyld", ""))
        if entry.expression is not None
    }


def mapped_sag(
    unit: Unit, element: Element, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the case data that a step writes: its `sag.x = FEEL` lines.

    Raises EngineError, naming the element; also when a line writes a name that is the platform's own.
    """
    written: dict[str, Any] = {}
    for entry in case_entries(element.properties.get("sag", "")):
        if entry.expression is None or entry.name in RESERVED:
            raise EngineError(
                f"»{element.name}« kan ikke skrive »{entry.name}« i sagen.", element_id=element.id
            )
        written[entry.name] = _evaluated(unit, element, entry.expression, context)
    return written


_SUBMIT = Prepared(
    insert(Submission).returning(Submission.id),
    ("task_id", "instance_id", "element_id", "answers", "at", "by_id", "on_behalf_of_id"),
)


def submit(
    unit: Unit,
    actor: Actor,
    instance_id: int,
    element_id: str,
    answers: Mapping[str, Any],
    task_id: int | None = None,
    on_behalf_of_id: int | None = None,
) -> int:
    """Keep the answers to a task, or (without one) to the form that started an instance; return the id.
    `on_behalf_of_id` is who was away while the actor answered for them."""
    row = {
        "task_id": task_id,
        "instance_id": instance_id,
        "element_id": element_id,
        "answers": answers,
        "at": unit.now,
        "by_id": actor.person_id,
        "on_behalf_of_id": on_behalf_of_id,
    }
    [(submission_id,)] = unit.run(_SUBMIT, row)
    return int(submission_id)


def _evaluated(unit: Unit, element: Element, expression: str, context: Mapping[str, Any]) -> Any:
    try:
        return feel.evaluate(expression, context, now=unit.now, calendar=unit.calendar)
    except EngineError as error:
        raise EngineError(error.message, element_id=element.id) from error
