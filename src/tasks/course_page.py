"""One course of a case with its diagram: where it stands, what it has been through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records.tables import Instance, Person, StepEntry
from records.unit import Unit
from tasks import access
from tasks.casefile import read_case_file
from tasks.drawing import DrawnStep, steps_of
from tasks.errors import NotFound
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.progress import State, StepOfLine, line_of, marks_of
from tasks.worksheet import passed_by_instance, passed_elements

LATEST = 200


@dataclass(frozen=True, slots=True)
class PassedStep:
    """One finished step; `who` is None for the system."""

    element_id: str
    name: str
    kind: str
    outcome: str
    at: datetime
    who: str | None


@dataclass(frozen=True, slots=True)
class CourseSheet:
    """The diagram of a course with its state."""

    instance: Instance
    version_id: int
    line: tuple[StepOfLine, ...]
    marks: dict[str, State]
    steps: tuple[DrawnStep, ...]
    log: tuple[PassedStep, ...]


def course_lines(unit: Unit, instances: Sequence[Instance]) -> dict[int, tuple[StepOfLine, ...]]:
    """Return instance id → the line of steps of that course; one statement. The caller has checked access to
    their case."""
    passed = passed_by_instance(unit, [instance.id for instance in instances])
    return {
        instance.id: line_of(
            diagram_of(unit, instance.version_id),
            instance.state,
            instance.status == "igang",
            passed.get(instance.id, ()),
            "",
            False,
        )
        for instance in instances
    }


def read_course(unit: Unit, actor: Actor, instance_id: int) -> CourseSheet:
    """Return a course. Raises NotFound, Denied."""
    instance = unit.session.get(Instance, instance_id)
    if instance is None:
        raise NotFound("Forløbet findes ikke.")
    if instance.case_id is not None:
        access.require(unit, actor, read_case_file(unit, instance.case_id), "forløb")
    else:
        access.require_course(unit, actor, instance_id, "forløb")
    diagram = diagram_of(unit, instance.version_id)
    passed = passed_elements(unit, instance.id)
    running = instance.status == "igang"
    query = (
        select(StepEntry, Person.name)
        .outerjoin(Person, Person.id == StepEntry.actor_id)
        .where(StepEntry.instance_id == instance_id, StepEntry.name != "")
        .order_by(StepEntry.id.desc())
        .limit(LATEST)
    )
    return CourseSheet(
        instance,
        instance.version_id,
        line_of(diagram, instance.state, running, passed, "", False),
        marks_of(diagram, instance.state, running, passed),
        steps_of(diagram),
        tuple(
            PassedStep(entry.element_id, entry.name, entry.kind, entry.outcome, entry.at, name)
            for entry, name in unit.session.execute(query)
        ),
    )
