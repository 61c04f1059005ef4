"""The fact `indsendt`: what was handed in with the forms of a course, for those procedures that read it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from engine.diagrams import Diagram
from engine.submitted import FACT, reads_submitted
from records.tables import Submission
from records.unit import Unit


def submitted_facts(unit: Unit, diagram: Diagram, instance_id: int | None) -> dict[str, Any]:
    """Return {"indsendt": {element id: {field: value}}} for a procedure that reads it, else nothing.

    The newest submission of each element counts, a correction too; null for an element without one. One
    statement, mostly none. None for a course that is about to begin.
    """
    wanted = reads_submitted(diagram)
    if not wanted:
        return {}
    found: dict[str, Any] = dict.fromkeys(wanted)
    if instance_id is not None:
        newest = (
            select(func.max(Submission.id))
            .where(Submission.instance_id == instance_id, Submission.element_id.in_(sorted(wanted)))
            .group_by(Submission.element_id)
        )
        rows = select(Submission.element_id, Submission.answers).where(Submission.id.in_(newest))
        for element_id, answers in unit.session.execute(rows):
            found[element_id] = _only(wanted[element_id], answers)
    return {FACT: found}


def with_submission(
    live: Mapping[str, Any], diagram: Diagram, element_id: str, answers: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the facts as they are once these answers were handed in with the form of an element."""
    wanted = reads_submitted(diagram)
    if element_id not in wanted:
        return dict(live)
    return {**live, FACT: {**live.get(FACT, {}), element_id: _only(wanted[element_id], answers)}}


def _only(fields: frozenset[str], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What nothing reads is not handed over: it may be a personal number."""
    return {field: answers.get(field) for field in sorted(fields)}
