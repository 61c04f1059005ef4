"""The live facts of a case that expressions and forms read as `sag`, `nu`, `i_dag` (decisions.md "Bundle,
properties")."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from engine import workdays
from engine.profile import CASE_OWN as RESERVED
from records.tables import Case, Child
from records.unit import Unit
from tasks.consent_term import holds
from tasks.people import holders
from tasks.routing import CasePerson

__all__ = ["RESERVED", "case_facts", "person_options", "time_facts"]


def case_facts(case: Case, child: Child, people: Mapping[str, CasePerson], day: date) -> dict[str, Any]:
    """Return what expressions read as `sag` on a local day: the case's own facts over what procedures wrote
    to it."""
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
    facts["samtykker"] = [{**one, "gaelder": holds(one, day)} for one in case.data.get("samtykker", [])]
    return facts


def time_facts(unit: Unit) -> dict[str, Any]:
    """Return `nu` (instant with the Copenhagen offset) and `i_dag` (date), as ISO strings."""
    local = workdays.local(unit.now)
    return {"nu": local.isoformat(), "i_dag": local.date().isoformat()}


def person_options(unit: Unit, roles: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Return what forms read as `personer.<role key>`: the active holders, by Danish alphabet."""
    options: dict[str, list[dict[str, str]]] = {}
    for role in roles:
        seen: dict[int, str] = {person_id: name for person_id, name, _ in holders(unit, role)}
        options[role] = [{"value": str(person_id), "label": name} for person_id, name in seen.items()]
    return options
