"""Correcting a completed step: a new submission with a reason beside the old one (architecture.md 4).

Only while nothing depends on the step. An answer that decided the way on, that an effect, a message or a due
date has read, or that a later step was done with, stays as it is; the rest may be corrected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from engine import runtime, workdays
from engine.diagrams import Diagram
from engine.reads import ALL, item_of, reads_of
from engine.types import Element
from records.tables import Case, Instance, StepEntry, Submission, Task
from records.unit import Unit
from tasks import access
from tasks.answers import begun_with, mapped_data, mapped_sag
from tasks.attachments import bind, take
from tasks.complete import Completed, checked_answers
from tasks.errors import Invalid, NotOpen
from tasks.figurefacts import mapped_figures, note_figures
from tasks.forms import read
from tasks.meetings import live_facts
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.texts import reason_of
from tasks.worktasks import lock_task, require_mine

BUILT_ON = "senere trin bygger på det. Skriv rettelsen i det trin, der er åbent nu"

_BEHIND_OPRET_SAG = frozenset(
    {"barn_navn", "barn_cpr", "barn_foedt", "barn_adresse", "beskyttet_adresse", "sagsart", "distrikt"}
)


@dataclass(frozen=True, slots=True)
class CorrectStep:
    """Correct a completed step: new answers beside the old ones, with a reason."""

    task_id: int
    answers: Mapping[str, Any]
    reason: str


def why_not_correct(unit: Unit, actor: Actor, task: Task, instance: Instance, diagram: Diagram) -> str | None:
    """Return why the actor may not correct a step, as the end of a Danish sentence; None when it may.

    Only who did a step corrects it, and only while no later step of the course, or of what it called, has
    been done.
    """
    if task.status != "udfoert":
        return "trinnet er ikke udført"
    if task.completed_by_id != actor.person_id:
        return "det er udført af en anden"
    if not diagram.elements[task.element_id].properties.get("skema"):
        return "trinnet har intet skema"
    if instance.status == "annulleret":
        return "forløbet er annulleret"
    if task.case_id is not None:
        status = unit.session.scalar(select(Case.status).where(Case.id == task.case_id))
        if status != "aaben":
            return "sagen er lukket"
    called = select(Instance.id).where(Instance.parent_id == task.instance_id)
    later = select(Task.id).where(
        or_(Task.instance_id == task.instance_id, Task.instance_id.in_(called)),
        Task.status == "udfoert",
        Task.id != task.id,
        Task.completed_at >= task.completed_at,
    )
    return BUILT_ON if unit.session.scalar(later.limit(1)) is not None else None


def correct_step(unit: Unit, actor: Actor, command: CorrectStep) -> Completed:
    """Correct a step that the actor did, where nothing depends on it yet.

    The new answers are written beside the old ones with the reason, and the case's data follow. Raises
    Refused (also when the actor has no relation to the case any more), NotOpen, Invalid (per field, also for
    an answer that the procedure has used).
    """
    locked = lock_task(unit, command.task_id)
    task, instance, file = locked.task, locked.instance, locked.file
    require_mine(actor, task, "ret")
    if file.case is not None:
        access.require(unit, actor, file, "ret")
    diagram = diagram_of(unit, task.version_id)
    refusal = why_not_correct(unit, actor, task, instance, diagram)
    if refusal is not None:
        raise NotOpen(f"»{task.name}« kan ikke rettes: {refusal}.")
    reason = reason_of(command.reason)
    element = diagram.elements[task.element_id]
    old = unit.session.scalars(
        select(Submission).where(Submission.task_id == task.id).order_by(Submission.id.desc()).limit(1)
    ).one()
    context = {
        **file.facts(),
        **live_facts(unit, diagram, instance),
        **_process_data(diagram, instance, task),
    }
    form = read(diagram.form(element.properties["skema"]))
    begun = begun_with(unit, element, context)
    answers = checked_answers(unit, form, command.answers, {**context, **begun})
    files = take(unit, actor, form, answers, task_id=task.id, instance_id=instance.id)
    before, after = (_Written.by(unit, element, given, context) for given in (old.answers, answers))
    _refuse_used(unit, diagram, task, before, after)
    submission = Submission(
        task_id=task.id,
        instance_id=instance.id,
        element_id=task.element_id,
        answers=answers,
        at=unit.now,
        by_id=actor.person_id,
        replaces_id=old.id,
        reason=reason,
    )
    unit.session.add(submission)
    bind(unit, files, instance, task.id)
    # Only what the correction changes: other steps may have written the same names since.
    file.write({name: after.case[name] for name in _changed(before.case, after.case) if name in after.case})
    figures = mapped_figures(unit, element, {**context, **answers, "svar": answers})
    assert task.completed_at is not None
    done_on = workdays.local(task.completed_at).date()
    note_figures(unit, actor, file, instance, figures, task.id, day=done_on)
    outcome = Outcome(unit, actor, file)
    outcome.journal("rettet", f"{task.name} rettet: {reason}", instance, task)
    outcome.finish()
    return Completed(task.id, submission.id, task.case_id, None)


def _process_data(diagram: Diagram, instance: Instance, task: Task) -> dict[str, Any]:
    """Return the process data as they are now, with the item the step was about; none after the end."""
    data = runtime.data(instance.state) if instance.status == "igang" else {}
    item = item_of(diagram, task.element_id)
    return {**data, item: task.item} if item else data


@dataclass(frozen=True, slots=True)
class _Written:
    """A step's answers, and what it writes with them in the process data and the case."""

    answers: Mapping[str, Any]
    process: Mapping[str, Any]
    case: Mapping[str, Any]

    @classmethod
    def by(
        cls, unit: Unit, element: Element, answers: Mapping[str, Any], context: Mapping[str, Any]
    ) -> "_Written":
        full = {**context, **answers, "svar": answers}
        return cls(
            answers, mapped_data(unit, element, answers, full), mapped_sag(unit, element, answers, full)
        )


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def _refuse_used(unit: Unit, diagram: Diagram, task: Task, before: _Written, after: _Written) -> None:
    """Raise Invalid, per field, for what the procedure has gone on with."""
    changed = _changed(before.answers, after.answers)
    used: dict[str, str] = {}
    for name in sorted(_changed(before.process, after.process)):
        fields = changed & {name} or changed
        used.update(dict.fromkeys(fields, "Kan ikke rettes: forløbet er gået videre på svaret."))
    in_case = _changed(before.case, after.case)
    for element in _after(unit, diagram, task):
        reads = reads_of(diagram, element.id)
        fields = changed if ALL in reads.answers else changed & reads.answers
        fields = fields | {field for field in changed if (task.element_id, field) in reads.submitted}
        if element.kind == "serviceTask":
            fields = fields | (changed & _BEHIND_OPRET_SAG if "opret_sag" in diagram.operators else set())
        if ALL in reads.case or in_case & reads.case:
            fields = fields or changed
        used.update(dict.fromkeys(sorted(fields), f"Kan ikke rettes: »{element.name}« har brugt svaret."))
    if used:
        raise Invalid("Forløbet er gået videre på noget af det, du retter. Ret det i et senere trin.", used)


def _after(unit: Unit, diagram: Diagram, task: Task) -> Sequence[Element]:
    """Return the elements that the course has been through or opened since the step was done."""
    own = (
        select(StepEntry.id)
        .where(StepEntry.instance_id == task.instance_id, StepEntry.engine_id == task.engine_id)
        .order_by(StepEntry.id.desc())
        .limit(1)
    )
    passed = unit.session.scalars(
        select(StepEntry.element_id).where(
            StepEntry.instance_id == task.instance_id, StepEntry.id > own.scalar_subquery()
        )
    ).all()
    opened = unit.session.scalars(
        select(Task.element_id).where(
            Task.instance_id == task.instance_id, Task.opened_at >= task.completed_at
        )
    ).all()
    ids = dict.fromkeys([*passed, *opened])
    return [diagram.elements[id] for id in ids if id != task.element_id and id in diagram.elements]
