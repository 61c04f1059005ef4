"""A task as its page shows it: the form with its start values, the draft, the case facts, what came
before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, union_all

from engine import runtime, workdays
from engine.diagrams import Diagram
from records.tables import Draft, Instance, OrgUnit, Person, Procedure, StepEntry, Task, WorkGroup
from records.tables import ProcedureVersion as Version
from records.unit import Unit
from tasks import access, notices
from tasks.answers import begun_with
from tasks.casefile import CaseFile, read_case_file
from tasks.claims import may_hand_over, possible_heirs
from tasks.correct import why_not_correct
from tasks.course_hints import lacking_course
from tasks.course_lists import with_counts
from tasks.disclosure import Basis, basis_of
from tasks.documents import DocumentLine, bound_documents
from tasks.earlier import EarlierAnswers, earlier_answers
from tasks.errors import NotFound
from tasks.externals import only_what_the_form_reads, require_welcome
from tasks.facts import person_options
from tasks.forms import initial, needed_roles, read
from tasks.guidance import Guidance, guidance_of
from tasks.guides import GuideText, guides_for, note_reading
from tasks.meetings import live_facts
from tasks.people import Actor, is_external
from tasks.procedures import diagram_of
from tasks.progress import StepOfLine, line_of
from tasks.roles import roles_of
from tasks.worktasks import may_do

LATEST_STEPS = 500


@dataclass(frozen=True, slots=True)
class TaskSheet:
    """All that the page of one task shows."""

    task: Task
    procedure: str
    procedure_key: str
    version: int
    valid_from: datetime
    role: str
    """Danish name of the lane's role."""
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
    guides: tuple[GuideText, ...]
    """The guides that the step names, in their newest versions."""
    line: tuple[StepOfLine, ...]
    assignee: str | None
    on_behalf_of: str | None
    """Whose task it is while they are away."""
    group: str | None
    mine: bool
    claimable: bool
    heirs: tuple[tuple[int, str], ...]
    relation: str
    why_not_correct: str | None
    """Why a finished task may not be corrected by the actor; None when it may."""
    notices_read: int
    """How many unread notices about the task were read by looking at it."""
    limited: bool
    """The reader has a limited account: nothing is shown of the case but what the form reads."""
    documents: tuple[DocumentLine, ...]
    """The case's documents that the task is bound to."""
    basis: Basis | None
    """On what ground the step sends personal data out of the unit; None when it does not."""
    course: str | None
    """The course that whoever has the open task should have been on and has not; None when all is well."""


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Read one task."""

    task_id: int


def read_task(unit: Unit, actor: Actor, command: ReadTask) -> TaskSheet:
    """Return what the page of a task shows; the view is logged, what the actor was told of it is read.

    Raises NotFound; Denied for somebody who neither has the task, may claim it, nor has a relation to the
    case.
    """
    row = unit.session.execute(
        select(Task, Instance, Version, Procedure, Draft, Person.name, WorkGroup.role, OrgUnit.name)
        .join(Instance, Instance.id == Task.instance_id)
        .join(Version, Version.id == Task.version_id)
        .join(Procedure, Procedure.id == Version.procedure_id)
        .outerjoin(Draft, Draft.task_id == Task.id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .outerjoin(WorkGroup, WorkGroup.id == Task.group_id)
        .outerjoin(OrgUnit, OrgUnit.id == WorkGroup.unit_id)
        .where(Task.id == command.task_id)
    ).one_or_none()
    if row is None:
        raise NotFound("Opgaven findes ikke.")
    task, instance, version, procedure, draft, assignee, group_role, group_unit = row
    file = read_case_file(unit, task.case_id) if task.case_id is not None else CaseFile(unit)
    relation = _relation(unit, actor, task, file)
    require_welcome(unit, actor, file)
    limited = is_external(unit, actor)
    alone = task.instance_id if task.case_id is None else None
    access.log_view(unit, actor, task.case_id, relation, "opgave", alone)
    notices_read = notices.seen_task(unit, actor, task.id)
    diagram = diagram_of(unit, task.version_id)
    open_now = task.status == "aaben"
    data = runtime.data(instance.state, task.engine_id) if open_now else {}
    context: dict[str, Any] = {**file.facts(), **live_facts(unit, diagram, instance), **data}
    if file.case is None and diagram.properties.get("hoerer_til") == "kommunen":
        context["kommunen"] = with_counts(unit, context["kommunen"])
    earlier = earlier_answers(unit, task.instance_id, task.case_id, context)
    if limited:
        earlier = tuple(entry for entry in earlier if entry.task_id == task.id)
    schema, values = _form(unit, diagram, task, context, data, draft, earlier)
    if limited:
        context = only_what_the_form_reads(schema, context)
    catalogue = roles_of(unit)
    may_give_on = may_do(actor, task) or may_hand_over(unit, actor, task, file)
    guides = guides_for(
        unit, actor, diagram.elements[task.element_id].properties.get("vejledninger", ""), task.role
    )
    if open_now and may_do(actor, task):
        note_reading(unit, actor, task, guides)
    return TaskSheet(
        task=task,
        procedure=procedure.name,
        procedure_key=procedure.key,
        version=version.version,
        valid_from=version.valid_from or version.published_at or unit.now,
        role=catalogue.name_of(task.role),
        file=file,
        guidance=guidance_of(diagram, task.element_id),
        schema=schema,
        values=values,
        context=context,
        draft_at=draft.saved_at if draft else None,
        draft_by=_name(unit, draft.person_id) if draft and draft.person_id != actor.person_id else None,
        draft_rev=draft.rev if draft else 0,
        earlier=earlier,
        guides=guides,
        # Where the course is now; a step done before it was moved was done in another version.
        line=line_of(
            diagram_of(unit, instance.version_id),
            instance.state,
            instance.status == "igang",
            passed_elements(unit, instance.id),
            task.element_id,
            open_now and task.due_at is not None and task.due_at < unit.now,
        ),
        assignee=assignee,
        on_behalf_of=_name(unit, task.on_behalf_of_id) if task.on_behalf_of_id is not None else None,
        group=_group_name(catalogue.name_of(group_role), group_unit) if group_role else None,
        mine=open_now and task.assignee_id is not None and task.assignee_id == actor.person_id,
        claimable=open_now and task.assignee_id is None and may_do(actor, task),
        heirs=tuple(possible_heirs(unit, task)) if open_now and may_give_on and not limited else (),
        relation=relation,
        why_not_correct=None if open_now else why_not_correct(unit, actor, task, instance, diagram),
        notices_read=notices_read,
        limited=limited,
        documents=bound_documents(unit, task),
        basis=basis_of(unit, file, diagram.elements[task.element_id]),
        course=_course(unit, diagram, task) if open_now else None,
    )


def _course(unit: Unit, diagram: Diagram, task: Task) -> str | None:
    lacking = lacking_course(unit, diagram.elements[task.element_id], task.assignee_id)
    return lacking.title if lacking is not None else None


def _form(
    unit: Unit,
    diagram: Diagram,
    task: Task,
    context: dict[str, Any],
    data: Mapping[str, Any],
    draft: Draft | None,
    earlier: tuple[EarlierAnswers, ...],
) -> tuple[Mapping[str, Any] | None, dict[str, Any]]:
    name = diagram.elements[task.element_id].properties.get("skema")
    if not name:
        return None, {}
    schema = diagram.form(name)
    form = read(schema)
    context["personer"] = person_options(unit, sorted(needed_roles(form)))
    if task.status != "aaben":
        own = next((entry for entry in earlier if entry.task_id == task.id), None)
        return schema, dict(own.answers) if own else {}
    context |= begun_with(unit, diagram.elements[task.element_id], context)
    known = {**context, **data}
    kept = draft.answers if draft else _draft_before(unit, task)
    return schema, initial(form, context=known, draft=kept, process_data=known)


def _draft_before(unit: Unit, task: Task) -> dict[str, Any] | None:
    """Return what was filled in when the same step was open before and was ended by something else than
    being done, such as a limit that passed: who opens it again goes on from there."""
    before = unit.session.scalar(
        select(Draft)
        .join(Task, Task.id == Draft.task_id)
        .where(
            Task.instance_id == task.instance_id,
            Task.element_id == task.element_id,
            Task.status == "annulleret",
            Task.id < task.id,
        )
        .order_by(Task.id.desc())
        .limit(1)
    )
    return dict(before.answers) if before is not None and task.item is None else None


def _group_name(role: str, unit_name: str | None) -> str:
    return f"{role}, {unit_name}" if unit_name else role


def _relation(unit: Unit, actor: Actor, task: Task, file: CaseFile) -> str:
    if task.status == "aaben" and may_do(actor, task):
        return (access.relation(unit, actor, file) if file.case else None) or "opgave"
    if file.case is not None:
        if task.status == "udfoert" and task.completed_by_id == actor.person_id and is_external(unit, actor):
            return "opgave"
        return access.require(unit, actor, file, "opgave")
    done = task.status != "aaben"
    if actor.person_id is None or (done and task.completed_by_id == actor.person_id):
        return "opgave"
    if done and task.group_id is not None and task.group_id in actor.groups:
        return "gruppe"
    return access.require_course(unit, actor, task.instance_id, "opgave")


def _name(unit: Unit, person_id: int) -> str | None:
    return unit.session.scalar(select(Person.name).where(Person.id == person_id))


def passed_elements(unit: Unit, instance_id: int) -> set[str]:
    """Return the ids of the elements among the newest steps that the instance has completed."""
    return passed_by_instance(unit, [instance_id]).get(instance_id, set())


def passed_by_instance(unit: Unit, instance_ids: Sequence[int]) -> dict[int, set[str]]:
    """Return for each instance the ids of the elements among its newest steps that it has completed."""
    if not instance_ids:
        return {}
    # A limited index scan for each, so that a course of ten thousand rounds costs no more than a short one.
    newest = [
        select(StepEntry.instance_id, StepEntry.element_id)
        .where(StepEntry.instance_id == instance_id, StepEntry.outcome == "completed")
        .order_by(StepEntry.id.desc())
        .limit(LATEST_STEPS)
        .subquery()
        for instance_id in instance_ids
    ]
    found: dict[int, set[str]] = {}
    for instance_id, element_id in unit.session.execute(union_all(*(select(part) for part in newest))):
        found.setdefault(instance_id, set()).add(element_id)
    return found


def browser_calendar(unit: Unit, actor: Actor, command: None) -> dict[str, Any]:
    """Return the closing days and the zone's transitions, so that forms in the browser count as the
    server."""
    return workdays.for_browser(unit.calendar)
