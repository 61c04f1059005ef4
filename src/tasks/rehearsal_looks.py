"""What a rehearsal asks the service and does beside the use cases: finding tasks, starting with data."""

from typing import Any

from sqlalchemy import select

from records.tables import Instance, Receiver, Task
from records.unit import Unit
from tasks.beginning import begin, begin_by_message
from tasks.casefile import CaseFile, lock_case
from tasks.expectations import Scene
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.procedures import diagram_of, needs_case, start_element, started_by_message, valid_version


class Wrong(Exception):
    """A step of a rehearsal cannot be played as written."""


def begin_with(
    unit: Unit, actor: Actor, command: tuple[str, int | None, str | None, str | None, dict[str, Any]]
) -> int:
    """Start a procedure with process data, as a calling procedure or a message would; return the instance's
    id."""
    key, case_id, at, message, data = command
    version_id = valid_version(unit, key)
    diagram = diagram_of(unit, version_id)
    if message is not None:
        at = dict(started_by_message(unit, message)).get(version_id, at)
    file = lock_case(unit, case_id) if case_id is not None else CaseFile(unit)
    outcome = Outcome(unit, actor, file)
    if message is not None and at is not None:
        instance = begin_by_message(outcome, version_id, diagram, at, data)
    else:
        instance = begin(
            outcome, version_id, diagram, diagram.elements[start_element(diagram, at)], data=data
        )
    outcome.finish()
    return instance.id


def tasks_of(unit: Unit, actor: Actor, command: tuple[Scene, str]) -> list[tuple[int, Any, str]]:
    """Return (id, item, status) of every task of an element."""
    scene, element_id = command
    query = select(Task.id, Task.item, Task.status).where(Task.element_id == element_id, scene.tasks())
    return [
        (task_id, item, status) for task_id, item, status in unit.session.execute(query.order_by(Task.id))
    ]


def receiver_at(unit: Unit, actor: Actor, command: tuple[Scene, str]) -> str:
    """Return the newest place that waits at an element; empty when none does, which nobody can give
    anything."""
    scene, element_id = command
    query = (
        select(Receiver.engine_id)
        .join(Instance, Instance.id == Receiver.instance_id)
        .where(scene.courses(), Receiver.element_id == element_id)
        .order_by(Receiver.id.desc())
    )
    return unit.session.scalars(query).first() or ""


def case_of(unit: Unit, actor: Actor, instance_id: int) -> int | None:
    """Return the case of a course, None without one."""
    return unit.session.scalar(select(Instance.case_id).where(Instance.id == instance_id))


def running_instance(unit: Unit, actor: Actor, command: tuple[Scene, str]) -> int:
    """Return the running course of a procedure. Raises Wrong when there is none."""
    scene, key = command
    for instance in unit.session.scalars(select(Instance).where(scene.courses(), Instance.status == "igang")):
        if diagram_of(unit, instance.version_id).key == key:
            return instance.id
    raise Wrong(f"der er intet igangværende forløb af {key}")


def runs_in_case(unit: Unit, actor: Actor, key: str) -> bool:
    """Tell whether a procedure is started in a case."""
    return needs_case(diagram_of(unit, valid_version(unit, key)))
