"""Who was offered, attended, evaluated or read what: one mark for each person or unit and course."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from records.tables import CourseMark
from records.unit import Unit
from tasks.errors import Invalid
from tasks.people import Actor


@dataclass(frozen=True, slots=True)
class MarkCourse:
    """Note how far a person or a unit is with a course; None leaves what is there."""

    course: str
    person_id: int | None = None
    unit_id: int | None = None
    offered_on: date | None = None
    attended_on: date | None = None
    evaluated_on: date | None = None
    planned_on: date | None = None
    read: bool = False


def mark_course(unit: Unit, actor: Actor, command: MarkCourse) -> CourseMark:
    """Write the mark. Raises Invalid unless it is of exactly one person or unit."""
    if (command.person_id is None) == (command.unit_id is None):
        raise Invalid("Et kursus registreres for én person eller én enhed.")
    mark = unit.session.scalar(
        select(CourseMark)
        .where(
            CourseMark.course == command.course,
            CourseMark.person_id == command.person_id,
            CourseMark.unit_id == command.unit_id,
        )
        .with_for_update()
    )
    if mark is None:
        mark = CourseMark(course=command.course, person_id=command.person_id, unit_id=command.unit_id)
        unit.session.add(mark)
    mark.offered_on = command.offered_on or mark.offered_on
    mark.attended_on = command.attended_on or mark.attended_on
    mark.evaluated_on = command.evaluated_on or mark.evaluated_on
    mark.planned_on = command.planned_on or mark.planned_on
    if command.read and mark.read_at is None:
        mark.read_at = unit.now
    unit.session.flush()
    return mark
