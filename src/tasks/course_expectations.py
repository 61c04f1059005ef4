"""What a rehearsal may expect of courses: how they stand, what they passed, and the messages between them."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from records.tables import Instance, Message, StepEntry
from records.unit import Unit
from tasks.procedures import diagram_of

if TYPE_CHECKING:
    from tasks.expectations import Scene


def _courses(unit: Unit, scene: "Scene", expected: Any, stage: Any) -> list[str]:
    problems: list[str] = []
    instances = list(unit.session.scalars(select(Instance).where(scene.courses()).order_by(Instance.id)))
    for key, wanted in expected.items():
        mine = [row for row in instances if diagram_of(unit, row.version_id).key == key]
        if wanted in ("ingen", None):
            problems += [f"der er et forløb af {key}"] if mine else []
            continue
        states = [row.end_event if row.status == "afsluttet" else row.status for row in mine]
        if wanted not in states:
            problems.append(f"forløbet {key} er {states or 'ikke startet'}, ikke {wanted}")
    return problems


def _messages(unit: Unit, scene: "Scene", expected: Any, stage: Any) -> list[str]:
    rows = sorted(
        unit.session.scalars(
            select(Message.name).where(Message.case_id == scene.case_id, Message.status == "venter")
        )
    )
    return (
        []
        if rows == sorted(expected or [])
        else [f"ventende beskeder er {rows}, ikke {sorted(expected or [])}"]
    )


def _sent(unit: Unit, scene: "Scene", expected: Any, stage: Any) -> list[str]:
    """»sendte_beskeder«: messages that were sent from the case or to it, whoever got them."""
    names = set(unit.session.scalars(select(Message.name).where(Message.case_id == scene.case_id)))
    missing = [name for name in expected or [] if name not in names]
    return [f"beskeden {name} er ikke sendt; der er {sorted(names) or 'ingen'}" for name in missing]


def _passed(unit: Unit, scene: "Scene", expected: Any, stage: Any) -> list[str]:
    """»passeret«: elements that a course completed: the start it took, a step that leaves nothing else."""
    query = select(StepEntry.element_id).join(Instance, Instance.id == StepEntry.instance_id)
    found = set(unit.session.scalars(query.where(scene.courses(), StepEntry.outcome == "completed")))
    return [f"{element_id} er ikke passeret" for element_id in expected or [] if element_id not in found]


COURSE_CHECKS = {
    "forloeb": _courses,
    "passeret": _passed,
    "ventende_beskeder": _messages,
    "sendte_beskeder": _sent,
}
