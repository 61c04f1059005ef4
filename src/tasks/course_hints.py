"""Steps that somebody should have been on a course for (property `kursus`): the one who has the step is told,
and so is whoever offers the course (ST-77)."""

from dataclasses import dataclass

from sqlalchemy import and_, select

from engine.types import Element
from records.tables import CourseMark, RegisterRow
from records.unit import Unit

COURSES = "kursus"
"""The register of courses, and the property that names one."""


@dataclass(frozen=True, slots=True)
class LackingCourse:
    """A course that somebody has not been on, and the role that offers it (empty: none is named)."""

    title: str
    offered_by: str


def lacking_course(unit: Unit, element: Element, person_id: int | None) -> LackingCourse | None:
    """Return the course that a step asks for and the person has not been on, else None.

    One statement, and none for a step that asks for no course. A course that is not in the register is asked
    of nobody.
    """
    key = element.properties.get(COURSES, "").strip()
    if not key or person_id is None:
        return None
    mine = and_(CourseMark.course == RegisterRow.key, CourseMark.person_id == person_id)
    row = unit.session.execute(
        select(RegisterRow.title, RegisterRow.content, CourseMark.attended_on)
        .outerjoin(CourseMark, mine)
        .where(RegisterRow.register == COURSES, RegisterRow.key == key)
    ).one_or_none()
    if row is None or row.attended_on is not None:
        return None
    return LackingCourse(row.title, str(row.content.get("udbyder") or ""))
