"""What start rules are worked out for, with the facts they read: the municipality, cases, goals …

Whoever asks gets the facts as they are now, on any number of nodes, and yet they are seldom made: each thing
is read as it is stored (its `Stamp`: plain columns, what is encrypted left so), and only where that differs
from what it was last time are its facts made anew, and what rules gave for it forgotten.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, select, type_coerce
from sqlalchemy.sql.elements import ColumnElement

from records.prepared import Prepared
from records.tables import (
    Case,
    CaseRole,
    Child,
    CourseMark,
    OrgUnit,
    Person,
    RegisterRow,
    RoleHolding,
)
from records.unit import Unit
from tasks.facts import case_facts
from tasks.people import HELD_TODAY, today
from tasks.registers import (
    OPEN,
    REVISION,
    StoredRow,
    guide_facts,
    municipality_of,
    procedure_facts,
    row_facts,
    stored_procedures,
    stored_rows,
)
from tasks.routing import CasePerson

BATCH = 200
"""Things that are looked at together."""

KEPT = 2000
"""Things of each scope whose facts a process keeps: where there are more, they are made at each look."""

Stamp = tuple[Any, ...]
"""What a thing's facts are made of, as it is stored; equal when nothing in it has changed."""


@dataclass(eq=False, slots=True)
class Entity:
    """What a procedure may begin for: `name` is kept with the start, `cursor` orders them in their scope."""

    name: str
    cursor: str
    label: str
    """What people call it; empty for cases, whose names are nobody else's business."""
    context: Mapping[str, Any]
    case_id: int | None = None
    turns: date | None = None
    """The local day on which the facts become others by themselves; None when only somebody changes them."""
    given: dict[Any, Any] = field(default_factory=dict)
    """What rules gave for these very facts (`start_rules`)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One kind of thing."""

    stamps: Callable[[Unit, str, int], list[tuple[str, Stamp]]]
    """Cursor and stamp of what comes after a cursor, in order, at most so many."""
    make: Callable[[Unit, str, Stamp], list[Entity]]
    """Everything with this cursor, made of its stamp alone and the unit's day."""


def entities(unit: Unit, scope: str, after: str, limit: int = BATCH) -> list[Entity]:
    """Return the things of a scope after this cursor, in order, at most `limit` cursors."""
    kind = SCOPES[scope]
    known: dict[str, tuple[Stamp, date, list[Entity]]] = unit.shared.setdefault(("start things", scope), {})
    day = today(unit)
    found: list[Entity] = []
    for cursor, stamp in kind.stamps(unit, after, limit):
        kept = known.get(cursor)
        if kept is None or kept[0] != stamp or not _lasts(kept[2], kept[1], day):
            if kept is None and len(known) >= KEPT:
                known.clear()
            kept = known[cursor] = (stamp, day, kind.make(unit, cursor, stamp))
        found += kept[2]
    return found


def _lasts(made: list[Entity], on: date, day: date) -> bool:
    """Tell whether facts made on a day are still the same on another."""
    return all(one.turns is None or on <= day < one.turns for one in made)


def all_entities(unit: Unit, scope: str) -> Iterator[Entity]:
    """Yield everything in a scope, in order."""
    after = ""
    while True:
        found = entities(unit, scope, after)
        yield from found
        if not found or found[-1].cursor == after:
            return
        after = found[-1].cursor


# --- the municipality, procedures and registers ---------------------------------------------------


def _municipality(unit: Unit, after: str, limit: int) -> list[tuple[str, Stamp]]:
    return [] if after else [("kommunen", (stored_rows(unit), stored_procedures(unit)))]


def _make_municipality(unit: Unit, cursor: str, stamp: Stamp) -> list[Entity]:
    return [Entity(cursor, cursor, "Kommunen", {"kommunen": municipality_of(*stamp)})]


def _procedures(unit: Unit, after: str, limit: int) -> list[tuple[str, Stamp]]:
    # Guides are revised like procedures, and are few.
    rows = stored_rows(unit)
    revised = {row.key: row for row in rows if row.register == REVISION}
    guides = {row.key: row for row in rows if row.register == "vejledning" and row.status == OPEN}
    procedures = {one.key: one for one in stored_procedures(unit)}
    keys = sorted(key for key in procedures.keys() | guides.keys() if key > after)
    return [(key, (procedures.get(key), guides.get(key), revised.get(key))) for key in keys[:limit]]


def _make_procedures(unit: Unit, cursor: str, stamp: Stamp) -> list[Entity]:
    procedure, guide, revised = stamp
    facts = [procedure_facts(procedure, revised)] if procedure is not None else []
    facts += [guide_facts(guide, revised)] if guide is not None else []
    return [Entity(f"procedure:{cursor}", cursor, one["navn"], {"procedure": one}) for one in facts]


_ROWS = Prepared(
    select(
        RegisterRow.register,
        RegisterRow.key,
        RegisterRow.title,
        RegisterRow.status,
        type_coerce(RegisterRow.content, Text),
    )
    .where(
        RegisterRow.register == bindparam("register"),
        RegisterRow.status == OPEN,
        RegisterRow.key > bindparam("after"),
    )
    .order_by(RegisterRow.key)
    .limit(bindparam("limit"))
)


def _rows(register: str, name: str) -> Scope:
    def stamps(unit: Unit, after: str, limit: int) -> list[tuple[str, Stamp]]:
        rows = unit.run(_ROWS, {"register": register, "after": after, "limit": limit})
        return [(row[1], StoredRow(*row)) for row in rows]

    def make(unit: Unit, cursor: str, stamp: Stamp) -> list[Entity]:
        row = StoredRow(*stamp)
        return [Entity(f"{name}:{row.key}", row.key, row.title, {name: row_facts(row)})]

    return Scope(stamps, make)


# --- cases and their measures ---------------------------------------------------------------------

_DATA = type_coerce(Case.data, Text)
"""As it is encrypted: each write encrypts anew, so it differs whenever it was written."""

_CASES = Prepared(
    select(Case.id, Case.number, Case.kind, Case.unit_id, _DATA, Child.name, Child.born)
    .join(Child, Child.id == Case.child_id)
    .where(Case.id > bindparam("after"), Case.status == "aaben")
    .order_by(Case.id)
    .limit(bindparam("limit"))
)


def _between(column: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (column > bindparam("after")) & (column <= bindparam("last"))
    return found


_CASE_ROLES = Prepared(
    select(CaseRole.case_id, CaseRole.role, CaseRole.person_id, Person.name, Person.active)
    .join(Person, Person.id == CaseRole.person_id)
    .where(_between(CaseRole.case_id), CaseRole.until.is_(None))
    .order_by(CaseRole.id)
)


def _cases(unit: Unit, after: str, limit: int) -> list[tuple[str, Stamp]]:
    rows = unit.run(_CASES, {"after": int(after or 0), "limit": limit})
    if not rows:
        return []
    people = _grouped(unit.run(_CASE_ROLES, {"after": int(after or 0), "last": rows[-1][0]}))
    return [(str(row[0]), (*row, tuple(people.get(row[0], ())))) for row in rows]


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """Gather rows by their first column, and leave it out."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for key, *rest in rows:
        found.setdefault(key, []).append(tuple(rest))
    return found


def _facts_of(unit: Unit, stamp: Stamp) -> tuple[dict[str, Any], date | None]:
    """Return a case's facts, and the day on which they become others by themselves: with its consents."""
    id, number, kind, unit_id, data, name, born, held = stamp
    content = Case.data.type.process_result_value(data, unit.connection.dialect)
    case = Case(id=id, number=number, kind=kind, unit_id=unit_id, status="aaben", data=content)
    people = {role: CasePerson(person_id, person, active) for role, person_id, person, active in held}
    day = today(unit)
    facts = case_facts(case, Child(name=name, born=born), people, day)
    turns: list[date] = []
    for consent in content.get("samtykker", []):
        turns.append(date.fromisoformat(consent["dato"]))
        if consent.get("udloeber"):
            turns.append(date.fromisoformat(consent["udloeber"]) + timedelta(days=1))
    return facts, min((one for one in turns if one > day), default=None)


def _make_case(unit: Unit, cursor: str, stamp: Stamp) -> list[Entity]:
    facts, turns = _facts_of(unit, stamp)
    return [Entity(f"sag:{stamp[0]}", cursor, "", {"sag": facts}, stamp[0], turns)]


def _make_measures(unit: Unit, cursor: str, stamp: Stamp) -> list[Entity]:
    # The cursor is the case: all of a case's measures are in one batch.
    facts, turns = _facts_of(unit, stamp)
    measures = [one for one in facts.get("indsatser") or [] if isinstance(one, Mapping)]
    found = [
        Entity(
            f"indsats:{stamp[0]}:{measure.get('id')}"[:120],
            cursor,
            "",
            {"sag": facts, "indsats": dict(measure)},
            stamp[0],
            turns,
        )
        for measure in measures
    ]
    # A case without measures still moves the cursor on.
    return found or [Entity("", cursor, "", {}, stamp[0])]


# --- people ---------------------------------------------------------------------------------------

_PEOPLE = Prepared(
    select(Person.id, Person.name, Person.hired_on, OrgUnit.key)
    .outerjoin(OrgUnit, OrgUnit.id == Person.unit_id)
    .where(Person.id > bindparam("after"), Person.active.is_(True))
    .order_by(Person.id)
    .limit(bindparam("limit"))
)
_ROLES = Prepared(
    select(RoleHolding.person_id, RoleHolding.role)
    .where(_between(RoleHolding.person_id), HELD_TODAY)
    .order_by(RoleHolding.person_id, RoleHolding.role)
)
_MARKS = Prepared(
    select(
        CourseMark.person_id,
        CourseMark.course,
        CourseMark.offered_on,
        CourseMark.attended_on,
        CourseMark.evaluated_on,
        CourseMark.planned_on,
        CourseMark.read_at,
    )
    .where(_between(CourseMark.person_id))
    .order_by(CourseMark.person_id, CourseMark.course)
)


def _employees(unit: Unit, after: str, limit: int) -> list[tuple[str, Stamp]]:
    people = unit.run(_PEOPLE, {"after": int(after or 0), "limit": limit})
    if not people:
        return []
    among = {"after": int(after or 0), "last": people[-1][0]}
    roles = _grouped(unit.run(_ROLES, {**among, "today": today(unit)}))
    marks = _grouped(unit.run(_MARKS, among))
    return [
        (str(row[0]), (*row, tuple(roles.get(row[0], ())), tuple(marks.get(row[0], ())))) for row in people
    ]


def _make_employee(unit: Unit, cursor: str, stamp: Stamp) -> list[Entity]:
    id, name, hired, unit_key, roles, marks = stamp
    facts = {
        "id": str(id),
        "navn": name,
        "ansat": hired.isoformat() if hired else None,
        "enhed": unit_key,
        "roller": sorted(role for (role,) in roles),
        "kurser": {course: _mark_facts(*rest) for course, *rest in marks},
    }
    return [Entity(f"medarbejder:{id}", cursor, name, {"medarbejder": facts})]


def mark_facts(mark: CourseMark) -> dict[str, Any]:
    """Return how far somebody is with a course, as expressions read it."""
    return _mark_facts(mark.offered_on, mark.attended_on, mark.evaluated_on, mark.planned_on, mark.read_at)


def _mark_facts(offered: Any, attended: Any, evaluated: Any, planned: Any, read: Any) -> dict[str, Any]:
    moments = {
        "tilbudt": offered,
        "deltaget": attended,
        "evalueret": evaluated,
        "plan": planned,
        "laest": read,
    }
    return {name: moment.isoformat() if moment else None for name, moment in moments.items()}


SCOPES: Mapping[str, Scope] = {
    "kommunen": Scope(_municipality, _make_municipality),
    "sager": Scope(_cases, _make_case),
    "indsatser": Scope(_cases, _make_measures),
    "procedurer": Scope(_procedures, _make_procedures),
    "maal": _rows("maal", "maal"),
    "medarbejdere": Scope(_employees, _make_employee),
    "initiativer": _rows("initiativ", "initiativ"),
}
"""By the values of `startregel_for` (`engine.properties.START_SCOPES`, whose names of facts these give)."""
