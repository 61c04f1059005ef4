"""What depends on the time of a meeting in a course that is under way: waiting timers, and the dates of open
tasks with their reminders; reckoned anew when the meeting has moved (decisions.md "Moving a meeting")."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from engine import feel, runtime
from engine.diagrams import Diagram
from engine.errors import EngineError
from engine.types import Element
from records.tables import Deadline, Instance, Task, Timer
from records.unit import Unit
from tasks.deadlines import due_dates
from tasks.meetings import live_facts, uses_meeting
from tasks.people import today
from tasks.procedures import diagram_of

if TYPE_CHECKING:
    from tasks.outcome import Outcome


def reckon_anew(outcome: "Outcome", instance: Instance) -> None:
    """Reckon the waiting timers and the open tasks' dates of a course, and of those it called, anew.

    Only what reads `moede` changes, and nothing that is finished opens again (decisions.md "Moving a
    meeting").
    """
    unit = outcome.unit
    unit.session.flush()
    diagram = diagram_of(unit, instance.version_id)
    if uses_meeting(diagram) and instance.status == "igang":
        facts = {**outcome.file.facts(), **live_facts(unit, diagram, instance)}
        snapshot, step = runtime.recompute(
            diagram, instance.state, facts=facts, now=unit.now, calendar=unit.calendar
        )
        if step.timers_set:
            outcome.apply(instance, diagram, snapshot, step)
        _tasks_anew(outcome, instance, diagram, facts)
    called = select(Instance).where(Instance.parent_id == instance.id, Instance.status == "igang")
    for child in unit.session.scalars(called).all():
        reckon_anew(outcome, child)


def _tasks_anew(outcome: "Outcome", instance: Instance, diagram: Diagram, facts: dict[str, Any]) -> None:
    unit = outcome.unit
    tasks = unit.session.scalars(
        select(Task).where(Task.instance_id == instance.id, Task.status == "aaben").with_for_update()
    ).all()
    for task in tasks:
        element = diagram.elements[task.element_id]
        if _follows_meeting(element, diagram):
            with suppress(EngineError):  # the meeting is gone: the old date stands until there is another
                date_anew(outcome, instance, diagram, task, facts)
    unit.session.flush()


def date_anew(
    outcome: "Outcome", instance: Instance, diagram: Diagram, task: Task, facts: Mapping[str, Any]
) -> bool:
    """Reckon an open task's dates and what reminds of them anew; return whether anything changed.

    Raises EngineError when its rule gives no date.
    """
    unit = outcome.unit
    data = runtime.data(instance.state, task.engine_id)
    dates = due_dates(unit, diagram.elements[task.element_id], diagram.properties, {**facts, **data})
    if dates is None:
        return False
    wanted = {"paamindelse": dates.remind_at, "eskalering": dates.escalate_at}
    pending = unit.session.execute(select(Timer.kind, Timer.due_at).where(Timer.task_id == task.id))
    if dates.due_at == task.due_at and all(wanted.get(kind) == at for kind, at in pending):
        return False
    task.due_on, task.work_on, task.due_at, task.sort_at = (
        dates.due_on,
        dates.work_on,
        dates.due_at,
        dates.due_at,
    )
    task.rev += 1
    deadline_anew(unit, task, dates.rule)
    remind_anew(unit, task, wanted)
    return True


def remind_anew(unit: Unit, task: Task, wanted: Mapping[str, datetime | None]) -> None:
    """Let a task be reminded of, and escalated, at these instants instead of what was set."""
    unit.session.execute(
        delete(Timer).where(Timer.task_id == task.id).execution_options(synchronize_session=False)
    )
    unit.session.add_all(
        Timer(instance_id=task.instance_id, kind=kind, task_id=task.id, element_id=task.element_id, due_at=at)
        for kind, at in wanted.items()
        if at is not None
    )


def _follows_meeting(element: Element, diagram: Diagram) -> bool:
    rules = (
        element.properties.get(name) or diagram.properties.get(name) or ""
        for name in ("frist", "paamindelse", "eskalering")
    )
    plain: Sequence[str] = [
        rule for rule in rules if rule.strip() and rule.strip() not in ("ingen", "standard")
    ]
    return any("moede" in feel.variables(rule) for rule in plain)


def deadline_anew(unit: Unit, task: Task, rule: str) -> None:
    """Let the deadline of a task be the one it has now; what ran before lapses."""
    assert task.due_on is not None
    assert task.work_on is not None
    assert task.due_at is not None
    old = unit.session.scalars(
        select(Deadline).where(Deadline.task_id == task.id, Deadline.status == "loeber")
    ).all()
    for one in old:
        one.status, one.ended_at = "bortfaldet", unit.now
    unit.session.add(
        Deadline(
            case_id=task.case_id,
            instance_id=task.instance_id,
            task_id=task.id,
            title=task.name,
            rule=rule,
            base_on=today(unit),
            due_on=task.due_on,
            work_on=task.work_on,
            due_at=task.due_at,
            status="loeber",
        )
    )
