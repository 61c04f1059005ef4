"""The rows that follow from one act, gathered and then written in one statement per table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy import case as sql_case
from sqlalchemy.orm.attributes import set_committed_value

from engine.types import FinishedStep, TimerSet, Waiting
from records.prepared import Prepared
from records.tables import Deadline, Instance, JournalEntry, Receiver, StepEntry, Task, Timer
from records.unit import Unit
from tasks import incidents, notices
from tasks.deadlines import DueDates
from tasks.people import Actor, today

MOVED = ("state", "rev", "status", "ended_at", "end_event", "end_name")
"""What changes of an instance when it is moved on."""

TASK_COLUMNS = (
    *("instance_id", "case_id", "version_id", "engine_id", "element_id", "name", "role", "item"),
    *("assignee_id", "group_id", "on_behalf_of_id", "status", "urgency", "opened_at"),
    *("due_on", "work_on", "due_at", "sort_at", "rev"),
)
"""What `NewTask.row` holds."""

NO_LONGER = "Trinnet er ikke længere aktuelt."
"""Why a task was cancelled when the diagram moved past it."""


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task that opened, its dates, the number of its case, and why nobody can get it (else None)."""

    row: dict[str, Any]
    dates: DueDates | None
    case_number: str | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A task that the act opened, and who got it."""

    id: int
    assignee_id: int | None
    group_id: int | None


_NEW_TASKS = insert(Task).returning(Task.id, sort_by_parameter_order=True)
_NEW_TASK = Prepared(insert(Task).returning(Task.id), TASK_COLUMNS)
_MOVE = Prepared(
    update(Instance)
    .where(Instance.id == bindparam("instance"))
    .values({name: bindparam(f"new_{name}") for name in MOVED})
)
_OPEN_OF = select(Task.id).where(
    Task.instance_id == bindparam("instance"),
    Task.engine_id.in_(bindparam("engine_ids", expanding=True)),
    Task.status == "aaben",
)
_CANCEL = Prepared(
    update(Task)
    .where(Task.id == bindparam("task"))
    .values(
        status="annulleret",
        close_reason=bindparam("reason"),
        completed_at=bindparam("now"),
        rev=Task.rev + 1,
    )
)
_TIMERS_OF_TASK = Prepared(delete(Timer).where(Timer.task_id == bindparam("task")))
_TIMER_DONE = Prepared(delete(Timer).where(Timer.id == bindparam("timer")))
_TIMERS_GONE, _RECEIVERS_GONE = (
    Prepared(
        delete(table).where(
            table.instance_id == bindparam("instance"), table.engine_id == bindparam("engine_id")
        )
    )
    for table in (Timer, Receiver)
)
_DEADLINES_MET, _DEADLINES_LAPSED = (
    Prepared(
        update(Deadline)
        .where(Deadline.task_id == bindparam("task"), Deadline.status == "loeber")
        .values(status=status, ended_at=bindparam("now"))
    )
    for status in (
        sql_case((Deadline.due_at < bindparam("now"), "for_sent"), else_="overholdt"),
        "bortfaldet",
    )
)


class Gathered:
    """What one act opens, closes, sets and notes, until `write`."""

    def __init__(self, unit: Unit, actor: Actor, on_behalf_of_id: int | None = None) -> None:
        """Gather for this unit of work; `actor` is named in every row, and the journal says on whose behalf
        they act."""
        self.on_behalf_of_id = on_behalf_of_id
        self._unit = unit
        self._actor = actor
        self.opened: list[Opened] = []
        self._moved: dict[int, Instance] = {}
        self._done: dict[tuple[int, str], Task] = {}
        self._tasks: dict[tuple[int, str], NewTask] = {}
        self._closed: dict[int, list[str]] = {}
        self._timers: dict[tuple[int, str], dict[str, Any]] = {}
        self._receivers: dict[tuple[int, str], dict[str, Any]] = {}
        self._gone: dict[int, list[str]] = {}
        self._receivers_gone: dict[int, list[str]] = {}
        self._steps: list[dict[str, Any]] = []
        self._journal: list[dict[str, Any]] = []
        self._timers_done: list[int] = []
        self._told: dict[str, list[notices.TaskNotice]] = {}

    def done(self, task: Task) -> None:
        """Say that the actor completed this task, so that its closing in the engine is not a cancellation."""
        self._done[(task.instance_id, task.engine_id)] = task

    def move(self, instance: Instance, **values: Any) -> None:
        """Set what changes of an instance that is moved on (MOVED)."""
        for name, value in values.items():
            # Known to the session already: it need not look for changes, and `write` saves them.
            set_committed_value(instance, name, value)
        self._moved[instance.id] = instance

    def log(self, instance_id: int, finished: Iterable[FinishedStep]) -> None:
        """Gather the finished steps for the append-only log."""
        for step in finished:
            self._steps.append(
                {
                    "instance_id": instance_id,
                    "engine_id": step.id,
                    "element_id": step.element_id,
                    "kind": step.kind,
                    "name": step.name,
                    "lane": step.lane,
                    "outcome": step.outcome,
                    "at": self._unit.now,
                    "actor_id": self._actor.person_id,
                }
            )

    def open(self, task: NewTask) -> None:
        """Gather a task that opened."""
        self._tasks[(task.row["instance_id"], task.row["engine_id"])] = task

    def close(self, instance_id: int, engine_ids: Iterable[str]) -> None:
        """Gather tasks that are open no more; one that opened in this very act is forgotten again."""
        for engine_id in engine_ids:
            if (
                self._tasks.pop((instance_id, engine_id), None) is None
                and (instance_id, engine_id) not in self._done
            ):
                self._closed.setdefault(instance_id, []).append(engine_id)

    def set_timers(self, instance_id: int, timers: Iterable[TimerSet]) -> None:
        """Gather the timers the diagram now waits for; one that is set anew replaces the old row."""
        for timer in timers:
            self._gone.setdefault(instance_id, []).append(timer.id)
            self._timers[(instance_id, timer.id)] = self._timer(
                instance_id, "bpmn", timer.element_id, timer.due, engine_id=timer.id
            )

    def set_receivers(self, instance: Instance, waiting: Iterable[Waiting]) -> None:
        """Gather the places that now wait for a message."""
        for place in waiting:
            self._receivers[(instance.id, place.id)] = {
                "instance_id": instance.id,
                "case_id": instance.case_id,
                "engine_id": place.id,
                "element_id": place.element_id,
                "name": place.message,
                "key": place.key,
            }

    def end_waits(self, instance_id: int, timers: Iterable[str], receivers: Iterable[str]) -> None:
        """Gather the timers and message waits that are over."""
        for engine_id in timers:
            if self._timers.pop((instance_id, engine_id), None) is None:
                self._gone.setdefault(instance_id, []).append(engine_id)
        for engine_id in receivers:
            if self._receivers.pop((instance_id, engine_id), None) is None:
                self._receivers_gone.setdefault(instance_id, []).append(engine_id)

    def timer_done(self, timer_id: int) -> None:
        """Gather a timer of the platform's own that has fired."""
        self._timers_done.append(timer_id)

    def tell(self, kind: str, told: Iterable[notices.TaskNotice]) -> None:
        """Gather notices of a kind (`notices.send`)."""
        self._told.setdefault(kind, []).extend(told)

    def journal(
        self, kind: str, text: str, case_id: int | None, instance_id: int | None, task_id: int | None
    ) -> None:
        """Gather a journal entry by the actor, now."""
        self._journal.append(
            {
                "case_id": case_id,
                "instance_id": instance_id,
                "task_id": task_id,
                "at": self._unit.now,
                "actor_id": self._actor.person_id,
                "on_behalf_of_id": self.on_behalf_of_id,
                "kind": kind,
                "text": text,
            }
        )

    def move_to_case(self, instance_id: int, case_id: int) -> None:
        """Let what this act gathered for an instance belong to the case the instance now has."""
        for rows in (
            self._journal,
            [new.row for new in self._tasks.values()],
            list(self._receivers.values()),
        ):
            for row in rows:
                if row["instance_id"] == instance_id:
                    row["case_id"] = case_id

    def drop(self, opened: int) -> None:
        """Forget what is gathered and not written, and the tasks opened after the first `opened`."""
        del self.opened[opened:]
        self._tasks, self._timers, self._receivers = {}, {}, {}
        self._steps, self._journal, self._moved = [], [], {}
        self._done, self._closed, self._gone, self._receivers_gone = {}, {}, {}, {}
        self._timers_done, self._told = [], {}

    def write(self) -> None:
        """Write what is gathered and forget it: one statement per table that has rows."""
        unit = self._unit
        unit.session.flush()
        moved = [
            {"instance": one.id, **{f"new_{name}": getattr(one, name) for name in MOVED}}
            for one in self._moved.values()
        ]
        unit.run_many(_MOVE, moved)
        self._write_closed()
        for table, rows in (
            (StepEntry, self._steps),
            (Receiver, list(self._receivers.values())),
            (JournalEntry, self._journal),
        ):
            if rows:
                unit.insert_many(table, rows)
        timers = list(self._timers.values())
        if self._tasks:
            timers += self._write_tasks(list(self._tasks.values()))
        if timers:
            unit.insert_many(Timer, timers)
        for kind, told in self._told.items():
            notices.send(unit, kind, told)
        self._tasks, self._timers, self._receivers = {}, {}, {}
        self._steps, self._journal, self._moved = [], [], {}
        self._told = {}

    def _write_tasks(self, tasks: Sequence[NewTask]) -> list[dict[str, Any]]:
        """Insert the new tasks with their deadlines and notices; return the reminder and escalation
        timers."""
        unit = self._unit
        if len(tasks) == 1:
            ids: Sequence[int] = [id for (id,) in unit.run(_NEW_TASK, tasks[0].row)]
        else:
            ids = unit.connection.execute(_NEW_TASKS, [new.row for new in tasks]).scalars().all()
        deadlines: list[dict[str, Any]] = []
        timers: list[dict[str, Any]] = []
        told: list[notices.TaskNotice] = []
        for task_id, new in zip(ids, tasks, strict=True):
            row = new.row
            self.opened.append(Opened(task_id, row["assignee_id"], row["group_id"]))
            if new.trouble is not None:
                incidents.no_recipient(unit, task_id, row, new.trouble)
            elif row["assignee_id"] is not None and row["assignee_id"] != self._actor.person_id:
                told.append(
                    notices.TaskNotice(
                        row["assignee_id"], task_id, row["case_id"], row["name"], new.case_number
                    )
                )
            if new.dates is None:
                continue
            deadlines.append(
                {
                    "case_id": row["case_id"],
                    "instance_id": row["instance_id"],
                    "task_id": task_id,
                    "title": row["name"],
                    "rule": new.dates.rule,
                    "base_on": today(unit),
                    "due_on": new.dates.due_on,
                    "work_on": new.dates.work_on,
                    "due_at": new.dates.due_at,
                    "status": "loeber",
                }
            )
            for kind, at in (("paamindelse", new.dates.remind_at), ("eskalering", new.dates.escalate_at)):
                if at is not None:
                    timers.append(
                        self._timer(row["instance_id"], kind, row["element_id"], at, task_id=task_id)
                    )
        if deadlines:
            unit.insert_many(Deadline, deadlines)
        notices.new_tasks(unit, told)
        return timers

    def _write_closed(self) -> None:
        unit = self._unit
        done = [task.id for task in self._done.values()]
        cancelled: list[int] = []
        for instance_id, engine_ids in self._closed.items():
            here = {"instance": instance_id, "engine_ids": engine_ids}
            cancelled += unit.connection.execute(_OPEN_OF, here).scalars()
        if cancelled:
            cancel_rows(unit, cancelled, NO_LONGER)
        if done:
            unit.run_many(_TIMERS_OF_TASK, [{"task": id} for id in done])
            unit.run_many(_DEADLINES_MET, [{"task": id, "now": unit.now} for id in done])
        for statement, gone in ((_TIMERS_GONE, self._gone), (_RECEIVERS_GONE, self._receivers_gone)):
            pairs = [(instance_id, one) for instance_id, ids in gone.items() for one in ids]
            unit.run_many(statement, [{"instance": id, "engine_id": one} for id, one in pairs])
        unit.run_many(_TIMER_DONE, [{"timer": id} for id in self._timers_done])
        self._done, self._closed, self._gone, self._receivers_gone = {}, {}, {}, {}
        self._timers_done = []

    @staticmethod
    def _timer(instance_id: int, kind: str, element_id: str, due_at: Any, **ids: Any) -> dict[str, Any]:
        return {
            "instance_id": instance_id,
            "kind": kind,
            "engine_id": ids.get("engine_id"),
            "task_id": ids.get("task_id"),
            "element_id": element_id,
            "due_at": due_at,
            "attempts": 0,
        }


def cancel_rows(unit: Unit, task_ids: Sequence[int], reason: str) -> None:
    """Cancel open tasks: status, reason, their reminders and their running deadlines."""
    each = [{"task": id, "now": unit.now} for id in task_ids]
    unit.run_many(_CANCEL, [{**one, "reason": reason} for one in each])
    unit.run_many(_TIMERS_OF_TASK, [{"task": id} for id in task_ids])
    unit.run_many(_DEADLINES_LAPSED, each)
