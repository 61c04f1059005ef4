"""A published procedure as its pages show it: diagram, text, versions. Anybody signed in may read
procedures."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from engine.diagrams import Diagram
from engine.properties import IN_CASES
from records.tables import Instance, Person, Procedure, ProcedureVersion
from records.unit import Unit
from tasks.calendar_starts import NextStart, day_of, next_starts
from tasks.clauses import Clause, clauses_of
from tasks.drawing import DrawnStep, steps_of
from tasks.errors import NotFound
from tasks.people import Actor
from tasks.procedures import ProcedureLine, diagram_of, valid_versions
from tasks.start_rules import Rule, rule_of

LOOK_AHEAD = timedelta(days=400)
"""How far ahead a procedure's page looks for what begins by itself."""

SHOWN_STARTS = 10
"""Starts to come that are shown."""


@dataclass(frozen=True, slots=True)
class ReadProcedure:
    """Read a version of a procedure; the newest valid one when `version` is None."""

    key: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in the list."""

    version: int
    status: str
    valid_from: datetime | None
    published_by: str | None
    running: int
    hash: str


@dataclass(frozen=True, slots=True)
class ProcedureSheet:
    """One version of a procedure."""

    key: str
    name: str
    purpose: str
    version: int
    status: str
    valid_from: datetime | None
    hash: str
    owner: str | None
    steps: tuple[DrawnStep, ...]
    clauses: tuple[Clause, ...]
    steps_by_clause: dict[str, tuple[str, ...]]
    """Clause id → names of the steps that realise it."""
    versions: tuple[VersionLine, ...]
    begins: str | None
    """When the calendar starts it, in words; None when it does not."""
    next_starts: tuple[NextStart, ...]
    """What begins next, the first few; empty for what begins in cases, which are nobody else's business."""
    draft: bool = False
    """Whether it is only a draft (property `udkast`)."""


@dataclass(frozen=True, slots=True)
class ListedProcedure:
    """A procedure in the list, with its purpose and how many of its courses are running."""

    line: ProcedureLine
    purpose: str
    running: int
    draft: bool = False
    """Whether it is only a draft (property `udkast`)."""


def list_procedures(unit: Unit, actor: Actor, command: None) -> list[ListedProcedure]:
    """Return the valid procedures, in two statements."""
    running = _running(unit)
    lines = valid_versions(unit)
    counts: dict[str, int] = {}
    for key, _, count in running:
        counts[key] = counts.get(key, 0) + count
    listed: list[ListedProcedure] = []
    for line in lines:
        diagram = diagram_of(unit, line.version_id)
        draft = bool(diagram.properties.get("udkast"))
        listed.append(ListedProcedure(line, purpose_of(diagram), counts.get(line.key, 0), draft))
    return listed


def _running(unit: Unit) -> list[tuple[str, int, int]]:
    query = (
        select(Procedure.key, ProcedureVersion.version, func.count(Instance.id))
        .join(ProcedureVersion, ProcedureVersion.procedure_id == Procedure.id)
        .join(Instance, Instance.version_id == ProcedureVersion.id)
        .where(Instance.status == "igang")
        .group_by(Procedure.key, ProcedureVersion.version)
    )
    return [(key, version, count) for key, version, count in unit.session.execute(query)]


def purpose_of(diagram: Diagram) -> str:
    """Return what a procedure is for, as its diagram says."""
    return diagram.properties.get("formaal") or diagram.documentation


def read_procedure(unit: Unit, actor: Actor, command: ReadProcedure) -> ProcedureSheet:
    """Return a version of a procedure; the one that is valid when none is named, and before any is valid the
    newest. Raises NotFound."""
    rows = unit.session.execute(
        select(Procedure, ProcedureVersion, Person.name)
        .join(ProcedureVersion, ProcedureVersion.procedure_id == Procedure.id)
        .outerjoin(Person, Person.id == ProcedureVersion.published_by_id)
        .where(Procedure.key == command.key)
        .order_by(ProcedureVersion.version.desc())
    ).all()
    if command.version is not None:
        chosen = next((row for row in rows if row[1].version == command.version), None)
    else:
        published = [row for row in rows if row[1].status == "published"]
        valid = (row for row in published if (row[1].valid_from or unit.now) <= unit.now)
        chosen = next(valid, published[0] if published else None)
    if chosen is None:
        raise NotFound("Proceduren findes ikke i den version.")
    procedure, version, _ = chosen
    running = {number: count for key, number, count in _running(unit) if key == command.key}
    diagram = diagram_of(unit, version.id)
    by_clause: dict[str, list[str]] = {}
    steps = steps_of(diagram)
    for step in steps:
        for clause in step.clauses:
            by_clause.setdefault(clause, []).append(step.name)
    owner = (
        unit.session.scalar(select(Person.name).where(Person.id == procedure.owner_id))
        if procedure.owner_id is not None
        else None
    )
    return ProcedureSheet(
        procedure.key,
        procedure.name,
        purpose_of(diagram),
        version.version,
        version.status,
        version.valid_from,
        version.hash,
        owner,
        steps,
        clauses_of(diagram),
        {clause: tuple(names) for clause, names in by_clause.items()},
        tuple(
            VersionLine(row.version, row.status, row.valid_from, name, running.get(row.version, 0), row.hash)
            for _, row, name in rows
        ),
        *_beginnings(unit, rule_of(diagram, procedure.id, version.id, procedure.name)),
        draft=bool(diagram.properties.get("udkast")),
    )


def _beginnings(unit: Unit, rule: Rule | None) -> tuple[str | None, tuple[NextStart, ...]]:
    if rule is None:
        return None, ()
    said = rule.said or rule.expression
    if rule.scope in IN_CASES:
        return said, ()
    return said, tuple(next_starts(unit, rule, day_of(unit.now) + LOOK_AHEAD)[:SHOWN_STARTS])


def procedure_file(unit: Unit, actor: Actor, command: tuple[str, int, str]) -> bytes:
    """Return a file of a version, verbatim (foreign attributes too). Raises NotFound."""
    key, number, path = command
    version_id = unit.session.scalar(
        select(ProcedureVersion.id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(Procedure.key == key, ProcedureVersion.version == number)
    )
    if version_id is None:
        raise NotFound("Proceduren findes ikke i den version.")
    content = diagram_of(unit, version_id).files.get(path)
    if content is None:
        raise NotFound("Filen er ikke i proceduren.")
    return content
