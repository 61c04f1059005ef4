"""Correcting a completed step: a new submission with a reason beside the old one (architecture.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.diagrams import Diagram
from records.tables import Instance, Submission, Task
from records.unit import Unit
from tasks.answers import mapped_data, mapped_sag
from tasks.complete import Completed, checked_answers
from tasks.errors import Invalid, NotOpen
from tasks.forms import read
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.worktasks import lock_task, require_mine

BUILT_ON = "senere trin bygger på det. Skriv rettelsen i det trin, der er åbent nu"


@dataclass(frozen=True, slots=True)
class CorrectStep:
    """Correct a completed step: new answers beside the old ones, with a reason."""

    task_id: int
    answers: Mapping[str, Any]
    reason: str


def why_not_correct(unit: Unit, actor: Actor, task: Task, instance: Instance, diagram: Diagram) -> str | None:
    """Return why the actor may not correct a step, as the end of a Danish sentence; None when it may.

    Only who did a step corrects it, and only while no later step of the course has been done.
    """
    if task.status != "udfoert":
        return "trinnet er ikke udført"
    if task.completed_by_id != actor.person_id:
        return "det er udført af en anden"
    if not diagram.elements[task.element_id].properties.get("skema"):
        return "trinnet har intet skema"
    if instance.status == "annulleret":
        return "forløbet er annulleret"
    later = select(Task.id).where(
        Task.instance_id == task.instance_id,
        Task.status == "udfoert",
        Task.id != task.id,
        Task.completed_at >= task.completed_at,
    )
    return BUILT_ON if unit.session.scalar(later.limit(1)) is not None else None


def correct_step(unit: Unit, actor: Actor, command: CorrectStep) -> Completed:
    """Correct a step that the actor did, where nothing depends on it yet.

    The new answers are written beside the old ones with the reason, and the case's data follow. An answer
    that
    decided the way on (process data) cannot be changed. Raises Refused, NotOpen, Invalid.
    """
    locked = lock_task(unit, command.task_id)
    task, instance, file = locked.task, locked.instance, locked.file
    require_mine(actor, task, "ret")
    diagram = diagram_of(unit, task.version_id)
    refusal = why_not_correct(unit, actor, task, instance, diagram)
    if refusal is not None:
        raise NotOpen(f"»{task.name}« kan ikke rettes: {refusal}.")
    if not command.reason.strip():
        raise Invalid("Skriv, hvorfor trinnet rettes.", {"begrundelse": "Feltet skal udfyldes."})
    element = diagram.elements[task.element_id]
    old = unit.session.scalars(
        select(Submission).where(Submission.task_id == task.id).order_by(Submission.id.desc()).limit(1)
    ).one()
    facts = file.facts()
    answers = checked_answers(unit, read(diagram.form(element.properties["skema"])), command.answers, facts)
    before, after = (
        mapped_data(unit, element, given, {**facts, **given, "svar": given})
        for given in (old.answers, answers)
    )
    changed = sorted(name for name in after if after[name] != before.get(name))
    if changed:
        raise Invalid(
            "Forløbet er gået videre på noget af det, du retter. Ret det i et senere trin.",
            dict.fromkeys(changed, "Kan ikke rettes, fordi forløbet er gået videre på svaret."),
        )
    submission = Submission(
        task_id=task.id,
        instance_id=instance.id,
        element_id=task.element_id,
        answers=answers,
        at=unit.now,
        by_id=actor.person_id,
        replaces_id=old.id,
        reason=command.reason.strip(),
    )
    unit.session.add(submission)
    file.write(mapped_sag(unit, element, answers, {**facts, **answers, "svar": answers}))
    outcome = Outcome(unit, actor, file)
    outcome.journal("rettet", f"{task.name} rettet: {command.reason.strip()}", instance, task)
    outcome.finish()
    return Completed(task.id, submission.id, task.case_id, None)
