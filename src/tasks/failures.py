"""When a procedure cannot go on in the middle of somebody's act: nothing is lost, and somebody owns the
trouble."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.errors import EngineError
from records.tables import Draft, Incident, Message, Task
from records.unit import Unit
from tasks.delivery import TROUBLE
from tasks.errors import NotFound, TaskError
from tasks.forms import keep_draft, read
from tasks.idempotency import Once
from tasks.incidents import open_incident, undelivered
from tasks.people import Actor
from tasks.procedures import diagram_of, valid_version


class CannotGoOn(TaskError):
    """The procedure itself is at fault; an incident is open and its owner told. The draft is kept."""


def note_failure(unit: Unit, actor: Actor, command: object, error: EngineError) -> str:
    """Open an incident for an act that the engine refused, keep the answers as a draft, and return what to
    tell.

    Runs in a transaction of its own after the act was rolled back.
    """
    command = command.command if isinstance(command, Once) else command
    incident_id, message_id = getattr(command, "incident_id", None), getattr(command, "message_id", None)
    if isinstance(incident_id, int):
        return _failed_again(unit, incident_id, error)
    if isinstance(message_id, int):
        return _undelivered(unit, message_id, error)
    task_id = getattr(command, "task_id", None)
    task = unit.session.get(Task, task_id) if isinstance(task_id, int) else None
    case_id: int | None = task.case_id if task else getattr(command, "case_id", None)
    if task is not None and task.status == "aaben" and actor.person_id is not None:
        _keep_draft(unit, actor, task, getattr(command, "answers", None))
    step = f"»{task.name}«" if task else "Handlingen"
    open_incident(
        unit,
        "forloeb",
        f"{step} kunne ikke gennemføres: {error}",
        {"gentag": "ingen"},
        case_id=case_id if isinstance(case_id, int) else None,
        instance_id=task.instance_id if task else None,
        task_id=task.id if task else None,
        element_id=getattr(error, "element_id", None),
        version_id=task.version_id if task else _version_of(unit, command),
    )
    kept = "Det, du har skrevet, er gemt som kladde, og procesejeren" if task else "Procesejeren"
    return f"{step} kunne ikke gennemføres, fordi proceduren har en fejl: {error} {kept} har fået besked."


def _version_of(unit: Unit, command: object) -> int | None:
    key = getattr(command, "key", None)
    try:
        return valid_version(unit, key) if isinstance(key, str) else None
    except NotFound:
        return None


def _keep_draft(unit: Unit, actor: Actor, task: Task, answers: Any) -> None:
    name = diagram_of(unit, task.version_id).elements[task.element_id].properties.get("skema")
    if not isinstance(answers, Mapping) or not name:
        return
    draft = unit.session.scalar(select(Draft).where(Draft.task_id == task.id))
    if draft is None:
        draft = Draft(task_id=task.id, rev=0)
        unit.session.add(draft)
    draft.person_id, draft.saved_at = actor.person_id or 0, unit.now
    draft.answers = keep_draft(read(diagram_of(unit, task.version_id).form(name)), answers)
    draft.rev += 1
    unit.session.flush()


def _failed_again(unit: Unit, incident_id: int, error: EngineError) -> str:
    incident = unit.session.get(Incident, incident_id)
    if incident is not None:
        incident.attempts += 1
    return f"Det kunne stadig ikke gennemføres: {error}"


def _undelivered(unit: Unit, message_id: int, error: EngineError) -> str:
    message = unit.session.get(Message, message_id)
    if message is not None:
        message.status = TROUBLE
        undelivered(unit, message, None, str(error))
    return f"Beskeden kunne ikke afleveres: {error}"
