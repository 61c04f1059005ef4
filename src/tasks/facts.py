"""The live facts of a case that expressions and forms read as `sag`, `nu`, `i_dag` (decisions.md "Bundle,
properties")."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from engine import workdays
from engine.diagrams import Diagram
from engine.profile import CASE_OWN as RESERVED
from records.tables import Case, Child, Person
from records.unit import Unit
from tasks.consent_term import holds
from tasks.people import holders
from tasks.routing import CasePerson

__all__ = [
    "RESERVED",
    "Office",
    "case_facts",
    "person_options",
    "starter_fact",
    "starter_of",
    "time_facts",
]


@dataclass(frozen=True, slots=True)
class Office:
    """The unit that a case belongs to, and who holds the role of kontorleder there today."""

    id: int
    name: str
    area: str | None
    district: str | None
    leader: tuple[int, str] | None = None


def case_facts(
    case: Case, child: Child, people: Mapping[str, CasePerson], day: date, office: Office | None = None
) -> dict[str, Any]:
    """Return what expressions read as `sag` on a local day: the case's own facts over what procedures wrote
    to it.

    `fagomraade` and `distrikt` are what a procedure wrote, else the office's; `lokal_enhed` is the office and
    `kontorleder` the case's own, else the office's.
    """
    facts: dict[str, Any] = dict(case.data)
    facts.update(
        id=case.id,
        nummer=case.number,
        status=case.status,
        sagsart=case.kind,
        enhed=case.unit_id,
        barn={"navn": child.name, "foedt": child.born.isoformat() if child.born else None},
    )
    for role, person in people.items():
        facts[role] = {"id": str(person.person_id), "navn": person.name}
    facts.setdefault("planer", {})
    facts["lokal_enhed"] = {"id": str(office.id), "navn": office.name} if office is not None else None
    facts["fagomraade"] = facts.get("fagomraade") or (office.area if office is not None else None)
    facts["distrikt"] = facts.get("distrikt") or (office.district if office is not None else None)
    if "kontorleder" not in people:
        leader = office.leader if office is not None else None
        facts["kontorleder"] = {"id": str(leader[0]), "navn": leader[1]} if leader is not None else None
    facts["samtykker"] = [{**one, "gaelder": holds(one, day)} for one in case.data.get("samtykker", [])]
    return facts


def time_facts(unit: Unit) -> dict[str, Any]:
    """Return `nu` (instant with the Copenhagen offset) and `i_dag` (date), as ISO strings."""
    local = workdays.local(unit.now)
    return {"nu": local.isoformat(), "i_dag": local.date().isoformat()}


def starter_fact(person: tuple[int, str] | None) -> dict[str, Any]:
    """Return `starter`: who started the course; null when a message, a timer or another course did."""
    return {"starter": {"id": str(person[0]), "navn": person[1]} if person is not None else None}


_STARTER = re.compile(rb"\bstarter\b")


@lru_cache(maxsize=512)
def _reads_starter(diagram: Diagram) -> bool:
    kinds = (".bpmn", ".form", ".dmn")
    return any(_STARTER.search(text) for path, text in diagram.files.items() if path.endswith(kinds))


def starter_of(unit: Unit, diagram: Diagram, person_id: int | None) -> dict[str, Any]:
    """Return `starter` for a course that this person started; nothing, and no statement, for a procedure that
    never reads it."""
    if not _reads_starter(diagram):
        return {}
    name = unit.session.scalar(select(Person.name).where(Person.id == person_id)) if person_id else None
    return starter_fact((person_id, name) if person_id is not None and name is not None else None)


def person_options(unit: Unit, roles: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what forms read as `personer.<role key>`: the active holders, by Danish alphabet.

    `enheder` are the units where they hold the role, so that a form can offer its own unit's people only
    (SM-21).
    """
    options: dict[str, list[dict[str, Any]]] = {}
    for role in roles:
        seen: dict[int, dict[str, Any]] = {}
        for person_id, name, held_in in holders(unit, role):
            one = seen.setdefault(person_id, {"value": str(person_id), "label": name, "enheder": []})
            one["enheder"].append(held_in)
        options[role] = list(seen.values())
    return options
