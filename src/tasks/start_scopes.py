"""What start rules are worked out for, with the facts they read: the municipality, cases, goals …"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

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
from tasks.people import today, valid_on
from tasks.registers import guide_facts, municipality_facts, procedure_facts, row_facts
from tasks.routing import CasePerson

BATCH = 200
"""Things that are looked at together."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What a procedure may begin for: `name` is kept with the start, `cursor` orders them in their scope."""

    name: str
    cursor: str
    label: str
    """What people call it; empty for cases, whose names are nobody else's business."""
    context: Mapping[str, Any]
    case_id: int | None = None


Scope = Callable[[Unit, str, int], list[Entity]]


def entities(unit: Unit, scope: str, after: str, limit: int = BATCH) -> list[Entity]:
    """Return the things of a scope after this cursor, in order, at most `limit`."""
    return SCOPES[scope](unit, after, limit)


def all_entities(unit: Unit, scope: str) -> Iterator[Entity]:
    """Yield everything in a scope, in order."""
    after = ""
    while True:
        found = entities(unit, scope, after)
        yield from found
        if not found or found[-1].cursor == after:
            return
        after = found[-1].cursor


def _municipality(unit: Unit, after: str, limit: int) -> list[Entity]:
    if after:
        return []
    return [Entity("kommunen", "kommunen", "Kommunen", {"kommunen": municipality_facts(unit)})]


def _cases(unit: Unit, after: str, limit: int) -> list[Entity]:
    return [
        Entity(
            f"sag:{case.id}", str(case.id), "", {"sag": case_facts(case, child, people, today(unit))}, case.id
        )
        for case, child, people in _open_cases(unit, after, limit)
    ]


def _measures(unit: Unit, after: str, limit: int) -> list[Entity]:
    # The cursor is the case: all of a case's measures are in one batch.
    found: list[Entity] = []
    cases = list(_open_cases(unit, after, limit))
    for case, child, people in cases:
        facts = case_facts(case, child, people, today(unit))
        measures = [one for one in facts.get("indsatser") or [] if isinstance(one, Mapping)]
        for measure in measures:
            name = f"indsats:{case.id}:{measure.get('id')}"[:120]
            found.append(Entity(name, str(case.id), "", {"sag": facts, "indsats": dict(measure)}, case.id))
    if cases and (not found or found[-1].cursor != str(cases[-1][0].id)):
        # A last case without measures still moves the cursor on.
        last = cases[-1][0]
        found.append(Entity("", str(last.id), "", {}, last.id))
    return found


def _open_cases(unit: Unit, after: str, limit: int) -> list[tuple[Case, Child, dict[str, CasePerson]]]:
    rows = unit.session.execute(
        select(Case, Child)
        .join(Child, Child.id == Case.child_id)
        .where(Case.id > int(after or 0), Case.status == "aaben")
        .order_by(Case.id)
        .limit(limit)
    ).all()
    people: dict[int, dict[str, CasePerson]] = {case.id: {} for case, _ in rows}
    held = unit.session.execute(
        select(CaseRole.case_id, CaseRole.role, CaseRole.person_id, Person.name, Person.active)
        .join(Person, Person.id == CaseRole.person_id)
        .where(CaseRole.case_id.in_(people), CaseRole.until.is_(None))
        .order_by(CaseRole.id)
    )
    for case_id, role, person_id, name, active in held:
        people[case_id][role] = CasePerson(person_id, name, active)
    return [(case, child, people[case.id]) for case, child in rows]


def _procedures(unit: Unit, after: str, limit: int) -> list[Entity]:
    return [
        Entity(f"procedure:{facts['noegle']}", facts["noegle"], facts["navn"], {"procedure": facts})
        for facts in _revised(unit, after)[:limit]
    ]


def _revised(unit: Unit, after: str) -> list[dict[str, Any]]:
    # Guides are revised like procedures, and are few.
    found = [*procedure_facts(unit), *guide_facts(unit)]
    return sorted((one for one in found if one["noegle"] > after), key=lambda one: one["noegle"])


def _rows(register: str, name: str) -> Scope:
    def scope(unit: Unit, after: str, limit: int) -> list[Entity]:
        rows = unit.session.scalars(
            select(RegisterRow)
            .where(RegisterRow.register == register, RegisterRow.status == "aaben", RegisterRow.key > after)
            .order_by(RegisterRow.key)
            .limit(limit)
        )
        return [Entity(f"{name}:{row.key}", row.key, row.title, {name: row_facts(row)}) for row in rows]

    return scope


def _employees(unit: Unit, after: str, limit: int) -> list[Entity]:
    people = unit.session.execute(
        select(Person, OrgUnit.key)
        .outerjoin(OrgUnit, OrgUnit.id == Person.unit_id)
        .where(Person.id > int(after or 0), Person.active.is_(True))
        .order_by(Person.id)
        .limit(limit)
    ).all()
    ids = [person.id for person, _ in people]
    roles: dict[int, list[str]] = {}
    for person_id, role in unit.session.execute(
        select(RoleHolding.person_id, RoleHolding.role).where(
            RoleHolding.person_id.in_(ids), valid_on(today(unit))
        )
    ):
        roles.setdefault(person_id, []).append(role)
    marks: dict[int, dict[str, Any]] = {}
    for mark in unit.session.scalars(select(CourseMark).where(CourseMark.person_id.in_(ids))):
        marks.setdefault(mark.person_id or 0, {})[mark.course] = mark_facts(mark)
    return [
        Entity(
            f"medarbejder:{person.id}",
            str(person.id),
            person.name,
            {
                "medarbejder": {
                    "id": str(person.id),
                    "navn": person.name,
                    "ansat": person.hired_on.isoformat() if person.hired_on else None,
                    "enhed": unit_key,
                    "roller": sorted(roles.get(person.id, ())),
                    "kurser": marks.get(person.id, {}),
                }
            },
        )
        for person, unit_key in people
    ]


def mark_facts(mark: CourseMark) -> dict[str, Any]:
    """Return how far somebody is with a course, as expressions read it."""
    return {
        "tilbudt": mark.offered_on.isoformat() if mark.offered_on else None,
        "deltaget": mark.attended_on.isoformat() if mark.attended_on else None,
        "evalueret": mark.evaluated_on.isoformat() if mark.evaluated_on else None,
        "plan": mark.planned_on.isoformat() if mark.planned_on else None,
        "laest": mark.read_at.isoformat() if mark.read_at else None,
    }


SCOPES: Mapping[str, Scope] = {
    "kommunen": _municipality,
    "sager": _cases,
    "indsatser": _measures,
    "procedurer": _procedures,
    "maal": _rows("maal", "maal"),
    "medarbejdere": _employees,
    "initiativer": _rows("initiativ", "initiativ"),
}
"""By the values of `startregel_for` (`engine.properties.START_SCOPES`, whose names of facts these give)."""
