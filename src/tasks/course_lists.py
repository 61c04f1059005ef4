"""Courses and information: who should have them, how many have, and who is missing (ST-40, ST-48, ST-61,
ST-62, ST-73, ST-79, ST-89, ST-152).

The register `kursus` says for whom a course is (`maalgruppe`: roller, enheder with those below, or pr_enhed
for the institutions themselves) and when it counts: attended, attended and evaluated (`evalueres`), read
(`laeses`), or told to the unit (`pr_enhed`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from engine import workdays
from records.tables import CourseMark, OrgUnit, Person, RegisterRow, RoleHolding
from records.unit import Unit
from tasks.people import today, valid_on
from tasks.registers import HISTORY

PLAN_MONTHS = 6
"""How far ahead a kompetenceudviklingsplan may put a course and still count (ST-81)."""

INSTITUTION = "institution"


@dataclass(frozen=True, slots=True)
class CourseLine:
    """How far one person or unit of a course's audience is."""

    person_id: int | None
    unit_id: int | None
    name: str
    place: str
    offered_on: date | None
    attended_on: date | None
    evaluated_on: date | None
    planned_on: date | None
    read: bool
    done: bool
    """It counts."""
    planned: bool
    """It does not count yet, but a plan within half a year has it (ST-81)."""


@dataclass(frozen=True, slots=True)
class CourseSheet:
    """A course with its audience: those who are done, and those who are not offered or have not attended."""

    key: str
    title: str
    content: Mapping[str, Any]
    lines: tuple[CourseLine, ...]

    @property
    def done(self) -> int:
        """How many it counts for."""
        return sum(line.done for line in self.lines)

    @property
    def percent(self) -> float:
        """The share, with one decimal, rounded down: 99.96 % is not everybody."""
        return int(1000 * self.done / len(self.lines)) / 10 if self.lines else 100.0

    @property
    def missing(self) -> tuple[CourseLine, ...]:
        """Those it does not count for."""
        return tuple(line for line in self.lines if not line.done)

    @property
    def said(self) -> str:
        """The figure in words."""
        whole = f"{self.percent:.1f}".rstrip("0").rstrip(".").replace(".", ",")
        return f"{self.done} af {len(self.lines)} ({whole} %)"


def course_sheets(unit: Unit) -> list[CourseSheet]:
    """Return every course with its audience, in five statements."""
    rows = unit.session.scalars(
        select(RegisterRow)
        .where(RegisterRow.register == "kursus", RegisterRow.status != HISTORY)
        .order_by(RegisterRow.title)
    ).all()
    units = {one.id: one for one in unit.session.scalars(select(OrgUnit))}
    people = unit.session.scalars(
        select(Person).where(Person.active.is_(True)).order_by(Person.sort_name)
    ).all()
    roles: dict[str, set[int]] = {}
    for person_id, role in unit.session.execute(
        select(RoleHolding.person_id, RoleHolding.role).where(valid_on(today(unit)))
    ):
        roles.setdefault(role, set()).add(person_id)
    marks = {
        (mark.course, mark.person_id, mark.unit_id): mark for mark in unit.session.scalars(select(CourseMark))
    }
    sheets = []
    for row in rows:
        wanted = row.content.get("maalgruppe") or {}
        below = _below(units, wanted.get("enheder") or ())
        if wanted.get("pr_enhed"):
            whom: list[tuple[int | None, int | None, str, str]] = [
                (None, one.id, one.name, one.kind)
                for one in sorted(units.values(), key=lambda one: one.name)
                if one.id in below and one.kind == INSTITUTION
            ]
        else:
            held = set().union(*(roles.get(role, set()) for role in wanted.get("roller") or ()))
            whom = [
                (one.id, None, one.name, units[one.unit_id].name if one.unit_id in units else "")
                for one in people
                if one.id in held or one.unit_id in below
            ]
        lines = tuple(
            _line(
                unit, row.content, marks.get((row.key, person_id, unit_id)), person_id, unit_id, name, place
            )
            for person_id, unit_id, name, place in whom
        )
        sheets.append(CourseSheet(row.key, row.title, row.content, lines))
    return sheets


def _below(units: Mapping[int, OrgUnit], keys: Any) -> set[int]:
    found = {one.id for one in units.values() if one.key in keys}
    while True:
        more = {one.id for one in units.values() if one.parent_id in found} - found
        if not more:
            return found
        found |= more


def _line(
    unit: Unit,
    content: Mapping[str, Any],
    mark: CourseMark | None,
    person_id: int | None,
    unit_id: int | None,
    name: str,
    place: str,
) -> CourseLine:
    if mark is None:
        return CourseLine(person_id, unit_id, name, place, None, None, None, None, False, False, False)
    if content.get("laeses"):
        done = mark.read_at is not None
    elif unit_id is not None:
        done = mark.offered_on is not None
    else:
        done = mark.attended_on is not None and not (content.get("evalueres") and mark.evaluated_on is None)
    limit = workdays.maaneder_efter(today(unit), PLAN_MONTHS)
    return CourseLine(
        person_id,
        unit_id,
        name,
        place,
        mark.offered_on,
        mark.attended_on,
        mark.evaluated_on,
        mark.planned_on,
        mark.read_at is not None,
        done,
        not done and mark.planned_on is not None and mark.planned_on <= limit,
    )


def with_counts(unit: Unit, municipality: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fact `kommunen` with the figure of each course (`maaling`), for a page (ST-105)."""
    said = {sheet.key: sheet for sheet in course_sheets(unit)}
    courses = [
        {**row, "maaling": said[row["noegle"]].said, "procent": said[row["noegle"]].percent}
        if row["noegle"] in said
        else row
        for row in municipality.get("kurser") or ()
    ]
    return {**municipality, "kurser": courses}
