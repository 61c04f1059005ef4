"""The municipality's registers: goals, standards, courses, initiatives and what else P16-P21 go by.

Rows are written by those who keep the register and by service tasks; each change is kept (`RegisterChange`).
What a register holds is described in `register_kinds`; here is reading and writing.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from engine import workdays
from records.tables import Person, Procedure, ProcedureVersion, RegisterChange, RegisterRow
from records.unit import Unit
from tasks.people import Actor

OPEN, CLOSED, HISTORY = "aaben", "afsluttet", "historie"

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


def row_facts(row: RegisterRow) -> dict[str, Any]:
    """Return a row as expressions read it."""
    return {**row.content, "noegle": row.key, "titel": row.title, "status": row.status}


def municipality_facts(unit: Unit) -> dict[str, Any]:
    """Return what expressions read as `kommunen`: the rows of its registers, and its procedures.

    Editions of the standards count for ever (ST-03); of the rest what is history is left out.
    """
    facts: dict[str, Any] = {name: [] for name in FACTS.values()}
    for row in unit.session.scalars(
        select(RegisterRow)
        .where((RegisterRow.status != HISTORY) | (RegisterRow.register == "udgave"))
        .order_by(RegisterRow.register, RegisterRow.key)
    ):
        if row.register in FACTS:
            facts[FACTS[row.register]].append(row_facts(row))
    approved = [str(one["godkendt"]) for one in facts["udgaver"] if one.get("godkendt")]
    facts["standarder_godkendt"] = max(approved, default=None)
    facts["procedurer"] = procedure_facts(unit)
    return facts


def procedure_facts(unit: Unit, after: str = "", limit: int = 1000) -> list[dict[str, Any]]:
    """Return what is known of the published procedures, by key: owner, when published and revised (FF-46)."""
    newest = (
        select(
            ProcedureVersion.procedure_id,
            func.max(ProcedureVersion.version).label("version"),
            func.max(ProcedureVersion.valid_from).label("valid_from"),
        )
        .where(ProcedureVersion.status == "published", ProcedureVersion.valid_from <= unit.now)
        .group_by(ProcedureVersion.procedure_id)
        .subquery()
    )
    rows = unit.session.execute(
        select(Procedure, newest.c.version, newest.c.valid_from, Person.name)
        .join(newest, newest.c.procedure_id == Procedure.id)
        .outerjoin(Person, Person.id == Procedure.owner_id)
        .where(Procedure.key > after)
        .order_by(Procedure.key)
        .limit(limit)
    ).all()
    revised = {
        row.key: row.content.get("dato")
        for row in unit.session.scalars(
            select(RegisterRow).where(
                RegisterRow.register == "revision", RegisterRow.key.in_([row[0].key for row in rows])
            )
        )
    }
    found = []
    for procedure, version, valid_from, owner in rows:
        published = workdays.local(valid_from).date().isoformat()
        found.append(
            {
                "noegle": procedure.key,
                "navn": procedure.name,
                "version": version,
                "ejer": {"id": str(procedure.owner_id), "navn": owner} if owner is not None else None,
                "udgivet": published,
                "revideret": max(published, revised.get(procedure.key) or published),
            }
        )
    return found


def guide_facts(unit: Unit) -> list[dict[str, Any]]:
    """Return the guides that are revised like procedures, by key (ST-24, ST-41)."""
    revised = {
        row.key: row.content.get("dato")
        for row in unit.session.scalars(select(RegisterRow).where(RegisterRow.register == "revision"))
    }
    rows = unit.session.scalars(
        select(RegisterRow)
        .where(RegisterRow.register == "vejledning", RegisterRow.status == OPEN)
        .order_by(RegisterRow.key)
    )
    found = []
    for row in rows:
        published = str(row.content.get("udgivet") or "")
        found.append(
            {
                "noegle": row.key,
                "navn": row.title,
                "version": row.content.get("version"),
                "ejer": row.content.get("ejer"),
                "udgivet": published,
                "revideret": max(published, revised.get(row.key) or published),
            }
        )
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
