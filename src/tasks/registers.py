"""The municipality's registers: goals, standards, courses, initiatives and what else P16-P21 go by.

Rows are written by those who keep the register and by service tasks; each change is kept (`RegisterChange`).
What a register holds is described in `register_kinds`; here is reading and writing.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, func, or_, select, type_coerce

from engine import workdays
from records.prepared import Prepared
from records.tables import Person, Procedure, ProcedureVersion, RegisterChange, RegisterRow
from records.unit import Unit
from tasks.people import Actor

OPEN, CLOSED, HISTORY = "aaben", "afsluttet", "historie"
REVISION = "revision"
"""The register that says when a procedure or a guide was revised last."""

FACTS: Mapping[str, str] = {
    "maal": "maal",
    "politisk_maal": "politiske_maal",
    "standard": "standarder",
    "udgave": "udgaver",
    "kursus": "kurser",
    "initiativ": "initiativer",
    "forslag": "forslag",
    "revision": "revisioner",
    "evaluering": "evalueringer",
    "vejledning": "vejledninger",
    "ledelse": "ledelsesinformation",
}
"""Register → the name of its rows in the fact `kommunen`."""


class StoredRow(NamedTuple):
    """A row of a register as it is stored; equal to another when nothing in it has changed."""

    register: str
    key: str
    title: str
    status: str
    content: str
    """JSON."""


class StoredProcedure(NamedTuple):
    """What is stored of a published procedure that expressions read of it."""

    key: str
    name: str
    owner_id: int | None
    owner: str | None
    version: int
    valid_from: datetime
    """The newest of its versions' (UTC)."""


_ROWS = Prepared(
    select(
        RegisterRow.register,
        RegisterRow.key,
        RegisterRow.title,
        RegisterRow.status,
        type_coerce(RegisterRow.content, Text),
    )
    .where(
        or_(RegisterRow.status != HISTORY, RegisterRow.register == "udgave", RegisterRow.register == REVISION)
    )
    .order_by(RegisterRow.register, RegisterRow.key)
)
_NEWEST = (
    select(
        ProcedureVersion.procedure_id,
        func.max(ProcedureVersion.version).label("version"),
        func.max(ProcedureVersion.valid_from).label("valid_from"),
    )
    .where(ProcedureVersion.status == "published", ProcedureVersion.valid_from <= bindparam("now"))
    .group_by(ProcedureVersion.procedure_id)
    .subquery()
)
_PROCEDURES = Prepared(
    select(
        Procedure.key,
        Procedure.name,
        Procedure.owner_id,
        Person.name,
        _NEWEST.c.version,
        _NEWEST.c.valid_from,
    )
    .join(_NEWEST, _NEWEST.c.procedure_id == Procedure.id)
    .outerjoin(Person, Person.id == Procedure.owner_id)
    .order_by(Procedure.key)
)


def stored_rows(unit: Unit) -> list[StoredRow]:
    """Return the rows of all registers that facts are made of, by register and key."""
    return [StoredRow(*row) for row in unit.run(_ROWS)]


def stored_procedures(unit: Unit) -> list[StoredProcedure]:
    """Return the procedures that are published now, by key."""
    return [StoredProcedure(*row) for row in unit.run(_PROCEDURES, {"now": unit.now})]


def row_facts(row: RegisterRow | StoredRow) -> dict[str, Any]:
    """Return a row as expressions read it."""
    content = json.loads(row.content) if isinstance(row, StoredRow) else row.content
    return {**content, "noegle": row.key, "titel": row.title, "status": row.status}


def municipality_facts(unit: Unit) -> dict[str, Any]:
    """Return what expressions read as `kommunen`: the rows of its registers, and its procedures."""
    return municipality_of(stored_rows(unit), stored_procedures(unit))


def municipality_of(rows: Iterable[StoredRow], procedures: Iterable[StoredProcedure]) -> dict[str, Any]:
    """Return `kommunen` as made of what is stored.

    Editions of the standards count for ever (ST-03); of the rest what is history is left out.
    """
    rows = list(rows)
    facts: dict[str, Any] = {name: [] for name in FACTS.values()}
    for row in rows:
        if row.register in FACTS and (row.status != HISTORY or row.register == "udgave"):
            facts[FACTS[row.register]].append(row_facts(row))
    approved = [str(one["godkendt"]) for one in facts["udgaver"] if one.get("godkendt")]
    facts["standarder_godkendt"] = max(approved, default=None)
    revised = {row.key: row for row in rows if row.register == REVISION}
    facts["procedurer"] = [procedure_facts(one, revised.get(one.key)) for one in procedures]
    return facts


def procedure_facts(procedure: StoredProcedure, revised: StoredRow | None) -> dict[str, Any]:
    """Return what is known of a published procedure: owner, when published and revised (FF-46)."""
    published = workdays.local(procedure.valid_from).date().isoformat()
    return {
        "noegle": procedure.key,
        "navn": procedure.name,
        "version": procedure.version,
        "ejer": (
            {"id": str(procedure.owner_id), "navn": procedure.owner} if procedure.owner is not None else None
        ),
        "udgivet": published,
        "revideret": max(published, _revised_on(revised) or published),
    }


def guide_facts(guide: StoredRow, revised: StoredRow | None) -> dict[str, Any]:
    """Return what is known of a guide that is revised like a procedure (ST-24, ST-41)."""
    content = json.loads(guide.content)
    published = str(content.get("udgivet") or "")
    return {
        "noegle": guide.key,
        "navn": guide.title,
        "version": content.get("version"),
        "ejer": content.get("ejer"),
        "udgivet": published,
        "revideret": max(published, _revised_on(revised) or published),
    }


def _revised_on(row: StoredRow | None) -> str | None:
    found: str | None = json.loads(row.content).get("dato") if row is not None else None
    return found


def find_row(unit: Unit, register: str, key: str, *, lock: bool = False) -> RegisterRow | None:
    """Return a row, None when there is none."""
    query = select(RegisterRow).where(RegisterRow.register == register, RegisterRow.key == key)
    return unit.session.scalar(query.with_for_update() if lock else query)


def write_row(
    unit: Unit,
    actor: Actor,
    register: str,
    key: str,
    content: Mapping[str, Any],
    *,
    title: str | None = None,
    status: str | None = None,
    instance_id: int | None = None,
    replace: bool = False,
) -> RegisterRow:
    """Write into a row, made when it is not there; what `content` does not name stays unless `replace`.

    The change is kept with who made it, and in which course.
    """
    row = find_row(unit, register, key, lock=True)
    if row is None:
        row = RegisterRow(
            register=register, key=key, title=title or key, status=status or OPEN, content={}, rev=0
        )
        unit.session.add(row)
    row.content = {**({} if replace else row.content), **content}
    row.title = (title or row.title)[:300]
    row.status = status or row.status
    row.rev += 1
    unit.session.flush()
    unit.session.add(
        RegisterChange(
            row_id=row.id,
            at=unit.now,
            actor_id=actor.person_id,
            instance_id=instance_id,
            status=row.status,
            content=dict(row.content),
        )
    )
    return row
