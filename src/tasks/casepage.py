"""A case as its pages show it, and the list of cases one has a relation to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, cast, func, or_, select, true
from sqlalchemy import String as Text

from records.tables import (
    AccessEntry,
    Case,
    CaseParty,
    CaseRole,
    Child,
    Deadline,
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
from tasks.documents import DocumentLine, documents_of
from tasks.errors import NotFound, Refused
from tasks.people import Actor
from tasks.roles import LEADERS, roles_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class FindCases:
    """A page of the cases one has a relation to; `search` looks in number and child's name."""

    search: str = ""
    status: str = "aaben"
    after_id: int | None = None
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in the list."""

    id: int
    number: str
    child: str
    protected: bool
    status: str
    kind: str | None
    unit: str | None
    caseworker: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class TaskOfCase:
    """An open or finished task of the case."""

    task: Task
    procedure: str
    assignee: str | None
    group: str | None


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course (forløb) of the case."""

    instance: Instance
    procedure: str
    procedure_key: str
    version: int


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One entry of the journal; `who` is None for the system."""

    id: int
    at: datetime
    who: str | None
    kind: str
    text: str
    task_id: int | None


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
    """All that the pages of one case show."""

    file: CaseFile
    relation: str
    unit: str | None
    open_tasks: tuple[TaskOfCase, ...]
    deadlines: tuple[Deadline, ...]
    courses: tuple[CourseLine, ...]
    documents: tuple[DocumentLine, ...]
    parties: tuple[CaseParty, ...]
    journal: tuple[JournalLine, ...]
    timers: tuple[Timer, ...]
    receivers: tuple[Receiver, ...]
    kept_messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class ReadCase:
    """Read a case; `what` is the page, for the log."""

    case_id: int
    what: str = "sag"


@dataclass(frozen=True, slots=True)
class ReadJournal:
    """Read a page of a case's journal or of its access log, newest first; `kind` narrows it."""

    case_id: int
    kind: str | None = None
    before_id: int | None = None
    limit: int = PAGE


def find_cases(unit: Unit, actor: Actor, command: FindCases) -> list[CaseLine]:
    """Return the cases the actor has a role in, has an open task in, or leads; newest first, one
    statement."""
    if actor.person_id is None:
        raise Refused("Kun en person har sager.")
    mine = Case.id.in_(
        select(CaseRole.case_id).where(CaseRole.person_id == actor.person_id, CaseRole.until.is_(None))
    )
    tasks = select(Task.case_id).where(
        Task.status == "aaben",
        Task.case_id.is_not(None),
        or_(
            Task.assignee_id == actor.person_id,
            Task.assignee_id.is_(None) & Task.group_id.in_(actor.groups)
            if actor.groups
            else Task.assignee_id == -1,
        ),
    )
    related = or_(mine, Case.id.in_(tasks))
    led = [held.unit_id for held in actor.holdings if held.role in LEADERS]
    if None in led:
        related = true()
    elif led:
        related = or_(related, Case.unit_id.in_(_below([u for u in led if u is not None])))
    handler = (
        select(CaseRole.case_id, func.max(CaseRole.person_id).label("person_id"))
        .where(CaseRole.role == "raadgiver", CaseRole.until.is_(None))
        .group_by(CaseRole.case_id)
        .subquery()
    )
    query = (
        select(Case, Child.name, Child.protected_address, OrgUnit.name, Person.name)
        .join(Child, Child.id == Case.child_id)
        .outerjoin(OrgUnit, OrgUnit.id == Case.unit_id)
        .outerjoin(handler, handler.c.case_id == Case.id)
        .outerjoin(Person, Person.id == handler.c.person_id)
        .where(related)
        .order_by(Case.id.desc())
        .limit(max(1, min(command.limit, 200)))
    )
    if command.status != "alle":
        query = query.where(Case.status == command.status)
    if command.after_id is not None:
        query = query.where(Case.id < command.after_id)
    for word in command.search.split()[:6]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(
            or_(cast(Case.number, Text).ilike(pattern, escape="\\"), Child.name.ilike(pattern, escape="\\"))
        )
    return [
        CaseLine(
            case.id,
            case.number,
            child,
            protected,
            case.status,
            case.kind,
            unit_name,
            handler_name,
            case.opened_at,
        )
        for case, child, protected, unit_name, handler_name in unit.session.execute(query)
    ]


def _below(unit_ids: Sequence[int]) -> Select[Any]:
    below = select(OrgUnit.id).where(OrgUnit.id.in_(unit_ids)).cte("below", recursive=True)
    below = below.union(select(OrgUnit.id).where(OrgUnit.parent_id == below.c.id))
    return select(below.c.id)


def read_case(unit: Unit, actor: Actor, command: ReadCase) -> CaseSheet:
    """Return what the pages of a case show, in a fixed number of statements; the view is logged. Raises
    Denied."""
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, command.what)
    access.log_view(unit, actor, command.case_id, relation, command.what)
    session = unit.session
    assert file.case is not None
    case_id = file.case.id
    courses = tuple(
        CourseLine(*row)
        for row in session.execute(
            select(Instance, Procedure.name, Procedure.key, ProcedureVersion.version)
            .join(ProcedureVersion, ProcedureVersion.id == Instance.version_id)
            .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
            .where(Instance.case_id == case_id)
            .order_by(Instance.id.desc())
            .limit(200)
        ).tuples()
    )
    here = select(Instance.id).where(Instance.case_id == case_id, Instance.status == "igang")
    return CaseSheet(
        file=file,
        relation=relation,
        unit=session.scalar(select(OrgUnit.name).where(OrgUnit.id == file.unit_id)) if file.unit_id else None,
        open_tasks=tasks_of(unit, case_id),
        deadlines=tuple(
            session.scalars(
                select(Deadline)
                .where(Deadline.case_id == case_id)
                .order_by(Deadline.due_at.desc())
                .limit(100)
            )
        ),
        courses=courses,
        documents=tuple(documents_of(unit, case_id)),
        parties=tuple(
            session.scalars(select(CaseParty).where(CaseParty.case_id == case_id).order_by(CaseParty.id))
        ),
        journal=_journal(unit, ReadJournal(case_id, limit=30)),
        timers=tuple(
            session.scalars(
                select(Timer)
                .where(Timer.instance_id.in_(here), Timer.kind == "bpmn")
                .order_by(Timer.due_at)
                .limit(100)
            )
        ),
        receivers=tuple(session.scalars(select(Receiver).where(Receiver.case_id == case_id).limit(100))),
        kept_messages=tuple(
            session.scalars(
                select(Message).where(Message.case_id == case_id, Message.status.in_(("venter", "haendelse")))
            )
        ),
    )


def tasks_of(unit: Unit, case_id: int, status: str = "aaben") -> tuple[TaskOfCase, ...]:
    """Return the tasks of a case with this status, by due instant. The caller has checked access."""
    catalogue = roles_of(unit)
    query = (
        select(Task, Procedure.name, Person.name, WorkGroup.role, OrgUnit.name)
        .join(ProcedureVersion, ProcedureVersion.id == Task.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .outerjoin(WorkGroup, WorkGroup.id == Task.group_id)
        .outerjoin(OrgUnit, OrgUnit.id == WorkGroup.unit_id)
        .where(Task.case_id == case_id, Task.status == status)
        .order_by(Task.urgency, Task.sort_at, Task.id)
        .limit(200)
    )
    return tuple(
        TaskOfCase(
            task,
            procedure,
            name,
            f"{catalogue.name_of(role)}, {unit_name}"
            if role and unit_name
            else role and catalogue.name_of(role),
        )
        for task, procedure, name, role, unit_name in unit.session.execute(query)
    )


def read_journal(unit: Unit, actor: Actor, command: ReadJournal) -> tuple[JournalLine, ...]:
    """Return a page of a case's journal. Raises Denied."""
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, "journal")
    access.log_view(unit, actor, command.case_id, relation, "journal")
    return _journal(unit, command)


def _journal(unit: Unit, command: ReadJournal) -> tuple[JournalLine, ...]:
    query = (
        select(JournalEntry, Person.name)
        .outerjoin(Person, Person.id == JournalEntry.actor_id)
        .where(JournalEntry.case_id == command.case_id)
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(max(1, min(command.limit, 500)))
    )
    if command.kind:
        query = query.where(JournalEntry.kind == command.kind)
    if command.before_id is not None:
        query = query.where(JournalEntry.id < command.before_id)
    return tuple(
        JournalLine(entry.id, entry.at, name, entry.kind, entry.text, entry.task_id)
        for entry, name in unit.session.execute(query)
    )


def read_viewings(unit: Unit, actor: Actor, command: ReadJournal) -> tuple[ViewLine, ...]:
    """Return who has looked at a case, newest first. Raises Denied; only the caseworker and leaders may see
    it."""
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, "opslag")
    if relation not in ("raadgiver", "leder", "system"):
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
    if relation not in ("raadgiver", "leder"):
        raise Refused("Kun sagens rådgiver og enhedens leder kan se personnummeret.")
    access.log_view(unit, actor, command.case_id, relation, "cpr")
    if file.child is None:
        raise NotFound("Sagen findes ikke.")
    return file.child.cpr
