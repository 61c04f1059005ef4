"""A task as its page shows it: the form with its start values, the draft, the case facts, what was answered
before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import runtime
from records.tables import Draft, Instance, Person, Procedure, StepEntry, Submission, Task
from records.tables import ProcedureVersion as Version
from records.unit import Unit
from tasks import access
from tasks.casefile import CaseFile, read_case_file
from tasks.claims import possible_heirs
from tasks.errors import NotFound
from tasks.facts import person_options
from tasks.forms import initial, needed_roles, read
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.worktasks import may_do


@dataclass(frozen=True, slots=True)
class Guidance:
    """What the written procedure says of a step (OS-02): its four columns, its clauses, the instructions."""

    purpose: str
    content: str
    participants: str
    responsible: str
    instructions: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """A form that was filled in earlier in the same case, newest version of each step."""

    task_id: int | None
    step: str
    at: datetime
    by: str | None
    answers: dict[str, Any]
    schema: Mapping[str, Any] | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class PassedStep:
    """A step the instance has been through."""

    element_id: str
    kind: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskSheet:
    """All that the page of one task shows."""

    task: Task
    procedure: str
    procedure_key: str
    version: int
    file: CaseFile
    guidance: Guidance
    schema: Mapping[str, Any] | None
    values: dict[str, Any]
    """What the fields start with: draft, else process data, else the form's own defaults."""
    context: dict[str, Any]
    """What the form's expressions read beside the fields: `sag`, `personer`, process data."""
    draft_at: datetime | None
    draft_by: str | None
    draft_rev: int
    earlier: tuple[EarlierAnswers, ...]
    passed: tuple[PassedStep, ...]
    assignee: str | None
    mine: bool
    claimable: bool
    heirs: tuple[tuple[int, str], ...]
    relation: str


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Read one task."""

    task_id: int


def read_task(unit: Unit, actor: Actor, command: ReadTask) -> TaskSheet:
    """Return what the page of a task shows; a view of its case is logged.

    Raises NotFound; Denied for somebody who neither has the task, may claim it, nor has a relation to the
    case.
    """
    row = unit.session.execute(
        select(
            Task,
            Instance.state,
            Instance.status,
            Version.version,
            Procedure.name,
            Procedure.key,
            Draft,
            Person.name,
        )
        .join(Instance, Instance.id == Task.instance_id)
        .join(Version, Version.id == Task.version_id)
        .join(Procedure, Procedure.id == Version.procedure_id)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .where(Task.id == command.task_id)
    ).one_or_none()
    if row is None:
        raise NotFound("Opgaven findes ikke.")
    task, state, _, version, procedure, key, draft, assignee = row
    file = read_case_file(unit, task.case_id) if task.case_id is not None else CaseFile(unit)
    relation = _relation(unit, actor, task, file)
    if task.case_id is not None:
        access.log_view(unit, actor, task.case_id, relation, "opgave")
    diagram = diagram_of(unit, task.version_id)
    element = diagram.elements[task.element_id]
    properties = element.properties
    data = runtime.data(state, task.engine_id) if task.status == "aaben" else {}
    context: dict[str, Any] = {**file.facts(), **data}
    schema: Mapping[str, Any] | None = None
    values: dict[str, Any] = {}
    earlier = earlier_answers(unit, task.instance_id, task.case_id)
    if properties.get("skema"):
        schema = diagram.form(properties["skema"])
        form = read(schema)
        context["personer"] = person_options(unit, needed_roles(form))
        own = next((entry for entry in earlier if entry.task_id == task.id), None)
        if task.status != "aaben" and own is not None:
            values = own.answers
        else:
            values = initial(form, context=context, draft=draft.answers if draft else None, process_data=data)
    open_now = task.status == "aaben"
    return TaskSheet(
        task=task,
        procedure=procedure,
        procedure_key=key,
        version=version,
        file=file,
        guidance=Guidance(
            properties.get("formaal", ""),
            properties.get("indhold", ""),
            properties.get("deltagere", ""),
            properties.get("ansvarlig", ""),
            element.instructions,
            clause_ids(properties.get("punkter", "")),
        ),
        schema=schema,
        values=values,
        context=context,
        draft_at=draft.saved_at if draft else None,
        draft_by=_name(unit, draft.person_id) if draft and draft.person_id != actor.person_id else None,
        draft_rev=draft.rev if draft else 0,
        earlier=earlier,
        passed=passed_steps(unit, task.instance_id),
        assignee=assignee,
        mine=open_now and task.assignee_id is not None and task.assignee_id == actor.person_id,
        claimable=open_now and task.assignee_id is None and may_do(actor, task),
        heirs=tuple(possible_heirs(unit, task)) if open_now and may_do(actor, task) else (),
        relation=relation,
    )


def _relation(unit: Unit, actor: Actor, task: Task, file: CaseFile) -> str:
    if task.status == "aaben" and may_do(actor, task):
        return access.relation(unit, actor, file) or "opgave" if file.case else "opgave"
    if file.case is not None:
        return access.require(unit, actor, file, "opgave")
    if actor.person_id is None or task.completed_by_id == actor.person_id:
        return "opgave"
    if task.group_id is not None and task.group_id in actor.groups:
        return "gruppe"
    raise access.Denied(None, task.instance_id, "opgave")


def _name(unit: Unit, person_id: int) -> str | None:
    return unit.session.scalar(select(Person.name).where(Person.id == person_id))


def clause_ids(text: str) -> tuple[str, ...]:
    """Return the clause ids that `punkter` names."""
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


def earlier_answers(
    unit: Unit, instance_id: int, case_id: int | None, limit: int = 30
) -> tuple[EarlierAnswers, ...]:
    """Return the newest submission of each step, in this case or in this course without one; newest first."""
    where = Submission.instance_id == instance_id
    if case_id is not None:
        where = Instance.case_id == case_id
    query = (
        select(Submission, Instance.version_id, Person.name)
        .join(Instance, Instance.id == Submission.instance_id)
        .outerjoin(Person, Person.id == Submission.by_id)
        .where(where)
        .order_by(Submission.id.desc())
        .limit(limit)
    )
    seen: set[tuple[int, str, int | None]] = set()
    found: list[EarlierAnswers] = []
    for submission, version_id, name in unit.session.execute(query):
        if (submission.instance_id, submission.element_id, submission.task_id) in seen:
            continue
        seen.add((submission.instance_id, submission.element_id, submission.task_id))
        diagram = diagram_of(unit, version_id)
        element = diagram.elements[submission.element_id]
        form = element.properties.get("skema")
        found.append(
            EarlierAnswers(
                submission.task_id,
                element.name,
                submission.at,
                name,
                submission.answers,
                diagram.form(form) if form else None,
                submission.reason,
            )
        )
    return tuple(found)


def passed_steps(unit: Unit, instance_id: int, limit: int = 500) -> tuple[PassedStep, ...]:
    """Return the newest steps the instance has been through, newest first."""
    query = (
        select(StepEntry.element_id, StepEntry.kind, StepEntry.outcome, StepEntry.at)
        .where(StepEntry.instance_id == instance_id)
        .order_by(StepEntry.id.desc())
        .limit(limit)
    )
    return tuple(PassedStep(*row) for row in unit.session.execute(query).tuples())
