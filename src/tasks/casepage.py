"""A case as its pages show it: tasks, deadlines, courses, documents, journal, and who looked at it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from engine import workdays
from records.tables import (
    AccessEntry,
    CaseParty,
    Deadline,
    Incident,
    Instance,
    JournalEntry,
    Message,
    OrgUnit,
    Person,
    Procedure,
    ProcedureVersion,
    Receiver,
    Task,
    Timer,
    WorkGroup,
)
from records.unit import Unit
from tasks import access
from tasks.casefile import CaseFile, read_case_file
from tasks.course_page import course_lines
from tasks.documents import DocumentLine, documents_of
from tasks.errors import NotFound, Refused
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.progress import StepOfLine
from tasks.roles import roles_of

PAGE = 50

FIFTEEN = 15
"""Years from which a case says so (the procedure for the transition to adult life)."""

RUNNING_WITH_LINE = 20
"""Running courses whose line of steps is read."""


@dataclass(frozen=True, slots=True)
class TaskOfCase:
    """An open or finished task of the case."""

    task: Task
    procedure: str
    version: int
    role: str
    """Danish name of the task's role."""
    assignee: str | None
    group: str | None
    on_behalf_of: str | None = None
    """Whose task it is while they are away."""
    provisional: bool = False
    """Its procedure is only a draft."""


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course (forløb) of the case."""

    instance: Instance
    procedure: str
    procedure_key: str
    version: int
    line: tuple[StepOfLine, ...]
    """How far it has come; empty for courses that have ended."""
    waits_for: tuple[str, ...]
    """What it waits for beside people, in Danish."""
    provisional: bool = False
    """Its procedure is only a draft."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One entry of the journal; `who` is None for the system."""

    id: int
    at: datetime
    who: str | None
    kind: str
    text: str
    task_id: int | None
    on_behalf_of: str | None = None
    """Who was away while they acted for them."""


@dataclass(frozen=True, slots=True)
class ViewLine:
    """Who looked at the case."""

    at: datetime
    who: str
    relation: str
    what: str
    refused: bool


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """What a page of one case shows; what it did not ask for is empty."""

    file: CaseFile
    relation: str
    unit: str | None
    open_tasks: tuple[TaskOfCase, ...]
    deadlines: tuple[Deadline, ...]
    courses: tuple[CourseLine, ...]
    documents: tuple[DocumentLine, ...]
    parties: tuple[CaseParty, ...]
    journal: tuple[JournalLine, ...]
    kept_messages: tuple[Message, ...]
    incidents: tuple[str, ...]
    """Texts of the open incidents."""
    role_names: dict[str, str]
    """Danish names of the roles in the case."""
    from_fifteen: bool = False
    """The child has had its fifteenth birthday: it signs too, and the transition to adult life begins."""


class Part(StrEnum):
    """What can be read of a case."""

    TASKS = "opgaver"
    DEADLINES = "frister"
    COURSES = "forløb"
    DOCUMENTS = "dokumenter"
    PARTIES = "deltagere"
    JOURNAL = "journal"
    MESSAGES = "beskeder"
    INCIDENTS = "hændelser"


@dataclass(frozen=True, slots=True)
class ReadCase:
    """Read a case, and those parts of it that are asked for; `what` is the page, for the log."""

    case_id: int
    what: str = "sag"
    parts: Collection[Part] = frozenset()


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """Read a page of a case's journal or of its access log, newest first; `kind` narrows it."""

    case_id: int
    kind: str | None = None
    before: tuple[datetime, int] | None = None
    """Instant and id of the last entry seen: entries stand in the order of time, not of their ids."""
    limit: int = PAGE


def read_case(unit: Unit, actor: Actor, command: ReadCase) -> CaseSheet:
    """Return what a page of a case shows, in at most a statement a part (courses: five); the view is
    logged. Raises Denied."""
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, command.what)
    access.log_view(unit, actor, command.case_id, relation, command.what)
    case_id, parts, rows = command.case_id, command.parts, unit.session.scalars
    return CaseSheet(
        file=file,
        relation=relation,
        unit=file.office.name if file.office is not None else None,
        open_tasks=tasks_of(unit, case_id) if Part.TASKS in parts else (),
        deadlines=tuple(rows(_DEADLINES, {"case_id": case_id})) if Part.DEADLINES in parts else (),
        courses=_courses(unit, case_id) if Part.COURSES in parts else (),
        documents=tuple(documents_of(unit, case_id)) if Part.DOCUMENTS in parts else (),
        parties=tuple(rows(_PARTIES, {"case_id": case_id})) if Part.PARTIES in parts else (),
        journal=_journal(unit, ReadJournal(case_id, limit=30)) if Part.JOURNAL in parts else (),
        kept_messages=tuple(rows(_KEPT, {"case_id": case_id})) if Part.MESSAGES in parts else (),
        incidents=tuple(rows(_INCIDENTS, {"case_id": case_id})) if Part.INCIDENTS in parts else (),
        role_names={role: roles_of(unit).name_of(role) for role in file.people},
        from_fifteen=_from_fifteen(unit, file),
    )


def _from_fifteen(unit: Unit, file: CaseFile) -> bool:
    born = file.child.born if file.child is not None else None
    return born is not None and workdays.alder(born, workdays.local(unit.now).date()) >= FIFTEEN


_HERE: BindParameter[int] = bindparam("case_id")
_DEADLINES = select(Deadline).where(Deadline.case_id == _HERE).order_by(Deadline.due_at.desc()).limit(100)
_PARTIES = select(CaseParty).where(CaseParty.case_id == _HERE).order_by(CaseParty.id)
_KEPT = select(Message).where(Message.case_id == _HERE, Message.status.in_(("venter", "haendelse")))
_INCIDENTS = select(Incident.text).where(Incident.case_id == _HERE, Incident.resolved_at.is_(None)).limit(20)


def _courses(unit: Unit, case_id: int) -> tuple[CourseLine, ...]:
    """Return the courses of a case, newest first; four statements, however many there are."""
    rows = unit.session.execute(
        select(
            *(Instance, Procedure.name, Procedure.key, ProcedureVersion.version, ProcedureVersion.provisional)
        )
        .join(ProcedureVersion, ProcedureVersion.id == Instance.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(Instance.case_id == case_id)
        .order_by(Instance.id.desc())
        .limit(200)
    ).all()
    running = [row[0] for row in rows if row[0].status == "igang"]
    lines = course_lines(unit, running[:RUNNING_WITH_LINE])
    waits = _waits(unit, case_id) if running else {}
    return tuple(
        CourseLine(
            *(instance, name, key, version),
            *(lines.get(instance.id, ()), waits.get(instance.id, ()), provisional),
        )
        for instance, name, key, version, provisional in rows
    )


def _waits(unit: Unit, case_id: int) -> dict[int, tuple[str, ...]]:
    """Return instance id → what it waits for beside people: moments and messages; two statements."""
    here = select(Instance.id, Instance.version_id).where(
        Instance.case_id == case_id, Instance.status == "igang"
    )
    running = here.subquery()
    timers = (
        select(running.c.id, running.c.version_id, Timer.element_id, Timer.due_at)
        .join(Timer, Timer.instance_id == running.c.id)
        .where(Timer.kind == "bpmn")
        .order_by(Timer.due_at)
        .limit(100)
    )
    receivers = (
        select(running.c.id, running.c.version_id, Receiver.element_id)
        .join(Receiver, Receiver.instance_id == running.c.id)
        .limit(100)
    )
    found: dict[int, list[str]] = {}
    for instance_id, version_id, element_id, due_at in unit.session.execute(timers):
        name = diagram_of(unit, version_id).elements[element_id].name
        when = workdays.local(due_at)
        found.setdefault(instance_id, []).append(f"{name} ({when.day}.{when.month}.{when.year})")
    for instance_id, version_id, element_id in unit.session.execute(receivers):
        found.setdefault(instance_id, []).append(diagram_of(unit, version_id).elements[element_id].name)
    return {instance_id: tuple(name for name in names if name) for instance_id, names in found.items()}


def tasks_of(unit: Unit, case_id: int, status: str = "aaben") -> tuple[TaskOfCase, ...]:
    """Return the tasks of a case with this status, by due instant. The caller has checked access."""
    catalogue, away = roles_of(unit), aliased(Person)
    query = (
        select(
            *(Task, Procedure.name, ProcedureVersion.version, Person.name),
            *(WorkGroup.role, OrgUnit.name, away.name, ProcedureVersion.provisional),
        )
        .join(ProcedureVersion, ProcedureVersion.id == Task.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .outerjoin(WorkGroup, WorkGroup.id == Task.group_id)
        .outerjoin(OrgUnit, OrgUnit.id == WorkGroup.unit_id)
        .outerjoin(away, away.id == Task.on_behalf_of_id)
        .where(Task.case_id == case_id, Task.status == status)
        .order_by(Task.urgency, Task.sort_at, Task.id)
        .limit(200)
    )
    return tuple(
        TaskOfCase(
            task,
            procedure,
            version,
            catalogue.name_of(task.role),
            name,
            f"{catalogue.name_of(role)}, {unit_name}"
            if role and unit_name
            else role and catalogue.name_of(role),
            behalf,
            provisional,
        )
        for task, procedure, version, name, role, unit_name, behalf, provisional in unit.session.execute(
            query
        )
    )


def read_journal(unit: Unit, actor: Actor, command: ReadJournal) -> tuple[JournalLine, ...]:
    """Return a page of a case's journal. Raises Denied."""
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, "journal")
    access.log_view(unit, actor, command.case_id, relation, "journal")
    return _journal(unit, command)


def _journal(unit: Unit, command: ReadJournal) -> tuple[JournalLine, ...]:
    away = aliased(Person)
    query = (
        select(JournalEntry, Person.name, away.name)
        .outerjoin(Person, Person.id == JournalEntry.actor_id)
        .outerjoin(away, away.id == JournalEntry.on_behalf_of_id)
        .where(_of_case(command.case_id))
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(max(1, min(command.limit, 500)))
    )
    if command.kind:
        query = query.where(JournalEntry.kind == command.kind)
    if command.before is not None:
        at, last = command.before
        query = query.where(or_(JournalEntry.at < at, and_(JournalEntry.at == at, JournalEntry.id < last)))
    return tuple(
        JournalLine(entry.id, entry.at, name, entry.kind, entry.text, entry.task_id, behalf)
        for entry, name, behalf in unit.session.execute(query)
    )


def _of_case(case_id: int) -> ColumnElement[bool]:
    # What a first contact noted before there was a case belongs to it too; entries are never rewritten.
    before = select(Instance.id).where(Instance.case_id == case_id)
    return or_(
        JournalEntry.case_id == case_id,
        and_(JournalEntry.case_id.is_(None), JournalEntry.instance_id.in_(before)),
    )


def read_viewings(unit: Unit, actor: Actor, command: ReadJournal) -> tuple[ViewLine, ...]:
    """Return who has looked at a case, newest first. Raises Denied; only the caseworker and leaders may see
    it."""
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, "opslag")
    if not access.in_charge(unit, actor, file, relation):
        raise Refused("Kun sagens rådgiver og enhedens leder kan se opslag i sagen.")
    query = (
        select(AccessEntry, Person.name)
        .join(Person, Person.id == AccessEntry.person_id)
        .where(AccessEntry.case_id == command.case_id)
        .order_by(AccessEntry.at.desc(), AccessEntry.id.desc())
        .limit(max(1, min(command.limit, 500)))
    )
    return tuple(
        ViewLine(entry.at, name, entry.relation, entry.what, entry.refused)
        for entry, name in unit.session.execute(query)
    )


@dataclass(frozen=True, slots=True)
class ShowPersonalNumber:
    """Show the child's personal number; asking for it is logged."""

    case_id: int


def show_personal_number(unit: Unit, actor: Actor, command: ShowPersonalNumber) -> str | None:
    """Return the child's personal number to the caseworker or leader; the look is logged as its own kind."""
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, "cpr")
    if not access.in_charge(unit, actor, file, relation):
        raise Refused("Kun sagens rådgiver og enhedens leder kan se personnummeret.")
    access.log_view(unit, actor, command.case_id, relation, "cpr")
    if file.child is None:
        raise NotFound("Sagen findes ikke.")
    return file.child.cpr
