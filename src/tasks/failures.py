"""When a procedure cannot go on in the middle of somebody's act: nothing is lost, and somebody owns the
trouble."""

from typing import Any

from sqlalchemy import select

from engine.errors import EngineError
from records.tables import Draft, Instance, Task
from records.unit import Unit
from tasks.errors import TaskError
from tasks.incidents import open_incident
from tasks.people import Actor


class CannotGoOn(TaskError):
    """The procedure itself is at fault; an incident is open and its owner told. The draft is kept."""


def note_failure(unit: Unit, actor: Actor, command: object, error: EngineError) -> str:
    """Open an incident for an act that the engine refused, keep the answers as a draft, and return what to
    tell.

    Runs in a transaction of its own after the act was rolled back.
    """
    task_id = getattr(command, "task_id", None)
    task = unit.session.get(Task, task_id) if isinstance(task_id, int) else None
    case_id: int | None = task.case_id if task else getattr(command, "case_id", None)
    instance = unit.session.get(Instance, task.instance_id) if task else None
    answers: Any = getattr(command, "answers", None)
    if (
        task is not None
        and task.status == "aaben"
        and isinstance(answers, dict)
        and actor.person_id is not None
    ):
        draft = unit.session.scalar(select(Draft).where(Draft.task_id == task.id))
        if draft is None:
            draft = Draft(task_id=task.id, rev=0)
            unit.session.add(draft)
        draft.person_id, draft.answers, draft.saved_at = actor.person_id, answers, unit.now
        draft.rev += 1
        unit.session.flush()
    step = f"»{task.name}«" if task else "Handlingen"
    open_incident(
        unit,
        "forloeb",
        f"{step} kunne ikke gennemføres: {error}",
        {"gentag": "ingen"},
        case_id=case_id,
        instance_id=instance.id if instance else None,
        task_id=task.id if task else None,
        element_id=getattr(error, "element_id", None),
        version_id=task.version_id if task else None,
    )
    return (
        f"{step} kunne ikke gennemføres, fordi proceduren har en fejl: {error} "
        "Det, du har skrevet, er gemt som kladde, og procesejeren har fået besked."
    )
