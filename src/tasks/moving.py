"""One running course on its way to another version, and back: its state, waits, open tasks and dates.

`moves` holds the use cases; both are called under the lock of the course's case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from engine import moves, runtime, workdays
from engine.diagrams import Diagram
from engine.errors import EngineError
from engine.moves import CannotMove, Moved
from engine.types import Element, OpenedTask, Step
from records.tables import CourseMove, Instance, ProcedureVersion, Task, Timer
from records.unit import Unit
from tasks import admin_log, incidents
from tasks.casefile import CaseFile
from tasks.deadlines import due_dates
from tasks.errors import Invalid
from tasks.meeting_reckoning import date_anew, deadline_anew, remind_anew
from tasks.meetings import live_facts
from tasks.procedures import diagram_of
from tasks.revisions import LOG
from tasks.routing import Unresolved

if TYPE_CHECKING:
    from tasks.outcome import Outcome

RULES: Final = ("frist", "paamindelse", "eskalering")
"""Properties that the dates of a task come from."""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A timer or a deadline that the new version's rule changes; `before` is None when it had none."""

    element: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """What moving one course does, or why it stays."""

    instance_id: int
    version: int
    """The version it is on."""
    started_at: datetime
    stands_at: tuple[str, ...]
    moves: bool
    reasons: tuple[tuple[str, str], ...]
    """Why it stays: name of the element, Danish sentence."""
    skipped: tuple[str, ...]
    """Names of new steps that it has passed already."""
    reckoned: tuple[Reckoned, ...]


def tried(unit: Unit, file: CaseFile, instance: Instance, old: Diagram, new: Diagram) -> Moved:
    """Return what a course is on another version; nothing is written. Raises CannotMove, EngineError."""
    facts = {**file.facts(), **live_facts(unit, new, instance)}
    return moves.move(old, new, instance.state, facts=facts, now=unit.now, calendar=unit.calendar)


def reckoned(new: Diagram, moved: Moved) -> list[Reckoned]:
    """Return the timers that have another instant by the new version's rules."""
    return [
        Reckoned(said(new.elements[after.element_id]), before.due, after.due)
        for before, after in moved.timers
        if before.due != after.due
    ]


def redated(
    unit: Unit, file: CaseFile, instance: Instance, old: Diagram, new: Diagram, moved: Moved
) -> list[Reckoned]:
    """Return the deadlines of open tasks that the new version's rules change. Raises EngineError."""
    facts = {**file.facts(), **live_facts(unit, new, instance)}
    query = select(Task).where(Task.instance_id == instance.id, Task.status == "aaben")
    changed: list[Reckoned] = []
    for task in unit.session.scalars(query):
        element = new.elements[task.element_id]
        if _same_rules(old, new, task.element_id):
            continue
        data = runtime.data(moved.snapshot, task.engine_id)
        dates = due_dates(unit, element, new.properties, {**facts, **data})
        if dates is not None and dates.due_at != task.due_at:
            changed.append(Reckoned(said(element), task.due_at, dates.due_at))
    return changed


def move_to(outcome: "Outcome", instance: Instance, target: ProcedureVersion) -> PlannedMove:
    """Move a course and what belongs to it; nothing is written before `finish`. Raises Invalid with the
    reasons when it must stay."""
    unit = outcome.unit
    old, new = diagram_of(unit, instance.version_id), diagram_of(unit, target.id)
    try:
        moved = tried(unit, outcome.file, instance, old, new)
    except CannotMove as stays:
        raise Invalid(stays.message) from stays
    except EngineError as error:
        raise Invalid(f"»{name_in(new, error.element_id)}«: {error.message}") from error
    tasks = _open_tasks(unit, instance)
    number = unit.session.get_one(ProcedureVersion, instance.version_id).version
    _keep(outcome, instance, target, tasks)
    _switch(outcome, instance, target, moved.snapshot)
    changed = reckoned(new, moved)
    step = Step(
        timers_set=tuple(after for _, after in moved.timers),
        waiting_set=moved.waits,
        waiting_gone=tuple(wait.id for wait in moved.waits),
    )
    outcome.take(instance, new, step)
    facts = {**outcome.file.facts(), **live_facts(unit, new, instance)}
    for opened in moved.tasks:
        task = tasks.get(opened.id)
        if task is not None:
            changed += _carry(outcome, instance, (old, new), task, opened, facts)
    _tell(outcome, instance, number, target.version, changed)
    return PlannedMove(
        instance.id,
        number,
        instance.started_at,
        (),
        True,
        (),
        tuple(said(element) for element in moved.skipped),
        tuple(changed),
    )


def _switch(outcome: "Outcome", instance: Instance, target: ProcedureVersion, state: str) -> None:
    instance.version_id, instance.moved_at = target.id, outcome.unit.now
    instance.state = state
    instance.rev += 1
    outcome.unit.session.flush()


def _open_tasks(unit: Unit, instance: Instance) -> dict[str, Task]:
    query = select(Task).where(Task.instance_id == instance.id, Task.status == "aaben").with_for_update()
    return {task.engine_id: task for task in unit.session.scalars(query)}


def _carry(
    outcome: "Outcome",
    instance: Instance,
    versions: tuple[Diagram, Diagram],
    task: Task,
    opened: OpenedTask,
    facts: Mapping[str, Any],
) -> list[Reckoned]:
    """Let an open task be the new version's: its name, in another lane its recipient, by another rule its
    dates."""
    old, new = versions
    before, after = old.elements[task.element_id], new.elements[opened.element_id]
    task.version_id, task.name = instance.version_id, opened.name
    task.rev += 1
    if before.lane != after.lane:
        _route(outcome, instance, after, task, opened)
    if _same_rules(old, new, task.element_id):
        return []
    due = task.due_at
    try:
        date_anew(outcome, instance, new, task, facts)
    except EngineError as error:
        raise Invalid(f"»{said(after)}«: {error.message}") from error
    return [Reckoned(said(after), due, task.due_at)] if task.due_at != due else []


def _same_rules(old: Diagram, new: Diagram, element_id: str) -> bool:
    before, after = old.elements[element_id], new.elements[element_id]
    return all(_rule(old, before, name) == _rule(new, after, name) for name in RULES)


def _rule(diagram: Diagram, element: Element, name: str) -> str:
    return (element.properties.get(name) or diagram.properties.get(name) or "").strip()


def _route(outcome: "Outcome", instance: Instance, element: Element, task: Task, opened: OpenedTask) -> None:
    context = {**outcome.file.facts(), **runtime.data(instance.state, task.engine_id)}
    found = outcome.recipient(instance, element, opened, context)
    task.role = found.role
    if isinstance(found, Unresolved):
        task.assignee_id = task.group_id = task.on_behalf_of_id = None
        row = {"instance_id": instance.id, "case_id": instance.case_id, "element_id": task.element_id}
        incidents.no_recipient(outcome.unit, task.id, {**row, "version_id": instance.version_id}, found.text)
        return
    task.assignee_id, task.group_id = found.assignee_id, found.group_id
    task.on_behalf_of_id = found.on_behalf_of_id


def _tell(outcome: "Outcome", instance: Instance, old: int, new: int, changed: list[Reckoned]) -> None:
    """Note the move in the journal and in the log of administration, with each instant that is another."""
    name = diagram_of(outcome.unit, instance.version_id).name
    outcome.journal("version", f"Forløbet er flyttet fra version {old} til version {new}", instance)
    lines = [f"»{one.element}« er nu {_spoken(one.after)}; før {_spoken(one.before)}" for one in changed]
    for line in lines:
        outcome.journal("version", f"Ny regel i version {new}: {line}", instance)
    text = ". ".join([f"{name}: forløb {instance.id} er flyttet fra version {old} til {new}", *lines])
    admin_log.note(outcome.unit, outcome.actor, LOG, text)


# -- going back ----------------------------------------------------------------------------------------------


def _keep(
    outcome: "Outcome", instance: Instance, target: ProcedureVersion, tasks: Mapping[str, Task]
) -> None:
    unit = outcome.unit
    reminders: dict[int, dict[str, str]] = {}
    pending = select(Timer).where(Timer.task_id.in_([task.id for task in tasks.values()]))
    for timer in unit.session.scalars(pending):
        reminders.setdefault(timer.task_id or 0, {})[timer.kind] = timer.due_at.isoformat()
    unit.session.add(
        CourseMove(
            instance_id=instance.id,
            from_version_id=instance.version_id,
            to_version_id=target.id,
            at=unit.now,
            actor_id=outcome.actor.person_id,
            rev=instance.rev + 1,
            state=instance.state,
            tasks=[
                {
                    "task": task.engine_id,
                    "name": task.name,
                    "role": task.role,
                    "assignee_id": task.assignee_id,
                    "group_id": task.group_id,
                    "on_behalf_of_id": task.on_behalf_of_id,
                    "due_at": task.due_at.isoformat() if task.due_at is not None else None,
                    "due_on": task.due_on.isoformat() if task.due_on is not None else None,
                    "work_on": task.work_on.isoformat() if task.work_on is not None else None,
                    "reminders": reminders.get(task.id, {}),
                }
                for task in tasks.values()
            ],
        )
    )


def restore(
    outcome: "Outcome", instance: Instance, target: ProcedureVersion, last: CourseMove
) -> PlannedMove:
    """Put back what was kept: nothing has happened in the course since."""
    unit = outcome.unit
    old, new = diagram_of(unit, instance.version_id), diagram_of(unit, target.id)
    number = unit.session.get_one(ProcedureVersion, instance.version_id).version
    timers, waits = runtime.awaited(new, last.state)
    present = {timer.id: timer for timer in runtime.awaited(old, instance.state)[0]}
    _switch(outcome, instance, target, last.state)
    step = Step(timers_set=timers, waiting_set=waits, waiting_gone=tuple(wait.id for wait in waits))
    outcome.take(instance, new, step)
    changed = [
        Reckoned(said(new.elements[timer.element_id]), present[timer.id].due, timer.due)
        for timer in timers
        if present[timer.id].due != timer.due
    ]
    tasks = _open_tasks(unit, instance)
    for row in last.tasks:
        task = tasks[row["task"]]
        changed += _put_back(unit, target, new, task, row)
    _tell(outcome, instance, number, target.version, changed)
    return PlannedMove(instance.id, number, instance.started_at, (), True, (), (), tuple(changed))


def _put_back(
    unit: Unit, target: ProcedureVersion, diagram: Diagram, task: Task, row: Mapping[str, Any]
) -> list[Reckoned]:
    due = task.due_at
    element = diagram.elements[task.element_id]
    task.version_id, task.name, task.rev = target.id, row["name"], task.rev + 1
    if row["role"] != task.role:
        task.role, task.assignee_id, task.group_id = row["role"], row["assignee_id"], row["group_id"]
        task.on_behalf_of_id = row["on_behalf_of_id"]
    kept = datetime.fromisoformat(row["due_at"]) if row["due_at"] else None
    if kept is None or kept == due:
        return []
    task.due_at = task.sort_at = kept
    task.due_on, task.work_on = date.fromisoformat(row["due_on"]), date.fromisoformat(row["work_on"])
    deadline_anew(unit, task, _rule(diagram, element, "frist"))
    wanted = {kind: datetime.fromisoformat(at) for kind, at in row["reminders"].items()}
    remind_anew(unit, task, wanted)
    return [Reckoned(said(element), due, kept)]


def forget(unit: Unit, instance: Instance) -> None:
    """Let go of what a course was before it was moved: it is over, so it is never moved back."""
    if instance.moved_at is not None:
        kept = update(CourseMove).where(CourseMove.instance_id == instance.id).values(state="")
        unit.session.execute(kept.execution_options(synchronize_session=False))


# -- words ---------------------------------------------------------------------------------------------------


def said(element: Element) -> str:
    """Return what people call a step."""
    return element.name or element.id


def name_in(diagram: Diagram, element_id: str | None) -> str:
    """Return what people call the step with this id, or the procedure where there is none."""
    element = diagram.elements.get(element_id or "")
    return said(element) if element is not None else diagram.name


def _spoken(moment: datetime | None) -> str:
    if moment is None:
        return "uden tidspunkt"
    local = workdays.local(moment)
    return f"{workdays.spoken_day(local.date())} kl. {local.hour}.{local.minute:02}"
