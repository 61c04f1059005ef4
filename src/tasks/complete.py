"""Completing a task: the answers are checked and kept, and the procedure moves on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, update

from engine import runtime
from records.prepared import Prepared
from records.tables import Attachment, Draft, Task
from records.unit import Unit
from tasks.answers import begun_with, mapped_data, mapped_sag, submit
from tasks.attachments import bind, take
from tasks.disclosure import require_basis
from tasks.errors import Invalid
from tasks.externals import require_welcome
from tasks.facts import person_options
from tasks.figurefacts import mapped_figures, note_figures
from tasks.forms import Form, check_answers, needed_roles, read
from tasks.meetings import live_facts
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.prohibitions import require_authority
from tasks.starts import take_next
from tasks.submitted import with_submission
from tasks.worktasks import lock_task, require_mine, require_open

FIELDS_WRONG = "Der er felter, der skal rettes."


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Complete a task with a form's answers. `seen_rev` is the revision the person had on the screen."""

    task_id: int
    answers: Mapping[str, Any]
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """What became of it: the case, and the task the person can go straight on to."""

    task_id: int
    submission_id: int
    case_id: int | None
    next_task_id: int | None


_DONE = Prepared(
    update(Task)
    .where(Task.id == bindparam("task"))
    .values(
        status="udfoert",
        assignee_id=bindparam("by"),
        completed_at=bindparam("now"),
        completed_by_id=bindparam("by"),
        rev=Task.rev + 1,
    )
)
_NO_DRAFT = Prepared(delete(Draft).where(Draft.task_id == bindparam("task")))


def complete_task(unit: Unit, actor: Actor, command: CompleteTask) -> Completed:
    """Complete an open task that is the actor's, or that the actor may claim (claiming it in the same act).

    Raises Refused (not the recipient), NotOpen, Stale, Invalid (per field) and EngineError (the procedure
    cannot go on: nothing is changed, the draft is kept and the app opens an incident).
    """
    locked = lock_task(unit, command.task_id)
    task, instance, file = locked.task, locked.instance, locked.file
    require_mine(actor, task, "udfoer")
    require_open(task, command.seen_rev)
    require_welcome(unit, actor, file)
    diagram = diagram_of(unit, task.version_id)
    element = diagram.elements[task.element_id]
    require_authority(unit, actor, element)
    process_data = runtime.data(instance.state, task.engine_id)
    live = live_facts(unit, diagram, instance)
    facts = {**file.facts(), **live}
    answers: dict[str, Any] = {}
    files: list[Attachment] = []
    if element.properties.get("skema"):
        form = read(diagram.form(element.properties["skema"]))
        known = {**facts, **process_data}
        known |= begun_with(unit, element, known)
        answers = checked_answers(unit, form, command.answers, known)
        files = take(unit, actor, form, answers, task_id=task.id, instance_id=instance.id)
    outcome = Outcome(unit, actor, file, answers=answers, task=task)
    context = {**facts, **process_data, **answers, "svar": answers}
    require_basis(unit, file, element, context)
    file.write(mapped_sag(unit, element, answers, context))
    behalf = outcome.gathered.on_behalf_of_id
    bind(unit, files, instance, task.id)
    submission_id = submit(unit, actor, instance.id, task.element_id, answers, task.id, behalf)
    note_figures(unit, actor, file, instance, mapped_figures(unit, element, context), task.id)
    live = with_submission(live, diagram, element.id, answers)
    unit.run(_DONE, {"task": task.id, "by": actor.person_id, "now": unit.now})
    if locked.has_draft:
        unit.run(_NO_DRAFT, {"task": task.id})
    outcome.gathered.done(task)
    outcome.journal("udfoert", task.name, instance, task)
    snapshot, step = runtime.complete(
        diagram,
        instance.state,
        task.engine_id,
        answers,
        data=mapped_data(unit, element, answers, context),
        lane=element.lane,
        facts={**file.facts(answers), **live},
        now=unit.now,
        calendar=unit.calendar,
    )
    outcome.apply(instance, diagram, snapshot, step)
    opened = outcome.finish()
    return Completed(task.id, submission_id, instance.case_id, take_next(unit, actor, opened))


def checked_answers(
    unit: Unit, form: Form, posted: Mapping[str, Any], context: Mapping[str, Any]
) -> dict[str, Any]:
    """Check a form's answers as the form promises; return them cleaned. Raises Invalid, per field."""
    people = person_options(unit, needed_roles(form))
    checked = check_answers(
        form, posted, context={**context, "personer": people}, now=unit.now, calendar=unit.calendar
    )
    if checked.errors:
        raise Invalid(FIELDS_WRONG, checked.errors)
    return checked.answers
