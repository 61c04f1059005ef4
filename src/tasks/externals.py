"""Limited accounts: people from outside the authority see their own tasks and the documents bound to them,
and nothing else of a case (SM-30, FF-26, processes.md 1.2)."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.submitted import FACT, reads_in
from records.tables import OrgUnit, Person
from records.unit import Unit
from tasks import consents
from tasks.casefile import CaseFile
from tasks.errors import Refused
from tasks.people import Actor, is_external, today

ENDED = (
    "Du har ikke adgang længere: samtykket til at dele oplysninger med dig er udløbet eller trukket tilbage. "
    "Spørg sagens rådgiver."
)


def require_welcome(unit: Unit, actor: Actor, file: CaseFile) -> None:
    """Refuse an external person whose consent in the case has ended. One statement, for externals only.

    Whoever never needed a consent (the law is the ground) is let through. Raises Refused.
    """
    if file.case is None or not is_external(unit, actor):
        return
    names = unit.session.execute(
        select(Person.name, OrgUnit.name)
        .outerjoin(OrgUnit, OrgUnit.id == Person.unit_id)
        .where(Person.id == actor.person_id)
    ).one()
    if consents.lost(file, [name for name in names if name], today(unit)):
        raise Refused(ENDED)


def only_what_the_form_reads(schema: Mapping[str, Any] | None, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a form's context that the form itself mentions: the rest is not the reader's."""
    text = json.dumps(schema or {}, ensure_ascii=False)
    kept = {name: value for name, value in context.items() if _mentions(text, name) or name in _ALWAYS}
    case = context.get("sag")
    if isinstance(case, Mapping):
        kept["sag"] = {name: value for name, value in case.items() if re.search(rf"\bsag\.{name}\b", text)}
    handed_in = context.get(FACT)
    if FACT in kept and isinstance(handed_in, Mapping):
        fields = set(reads_in(text))
        kept[FACT] = {
            element_id: {field: value for field, value in answers.items() if (element_id, field) in fields}
            for element_id, answers in handed_in.items()
            if answers is not None
        }
    return kept


_ALWAYS = ("nu", "i_dag", "personer")


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None
