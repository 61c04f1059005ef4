"""The page of the worklist: the list itself and what stands around it, read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from records.tables import Meeting, Task
from records.unit import Unit
from tasks.inbox import ListTasks, TaskList, list_tasks
from tasks.notices import unread_new_tasks
from tasks.organisation import warnings
from tasks.organisation_pages import led_people
from tasks.people import Actor
from tasks.roles import LEADERS


@dataclass(frozen=True, slots=True)
class Worklist:
    """A page of the worklist."""

    tasks: TaskList
    new: frozenset[int]
    """Those of the tasks that the reader was told of as new and has not looked at yet."""
    people: tuple[tuple[int, str], ...]
    """Id and name of those whose tasks a leader may narrow the unit's list to."""
    meetings: Mapping[int, date]
    """Of tasks without a case that are about a meeting: its local day, by which they are told apart."""
    warnings: tuple[str, ...]
    """What is wrong with the organisation, for those who lead something (ST-57)."""


def read_worklist(unit: Unit, actor: Actor, command: ListTasks) -> Worklist:
    """Return a page of the worklist with what stands around it. Raises Refused as `list_tasks` does."""
    tasks = list_tasks(unit, actor, command)
    return Worklist(
        tasks,
        unread_new_tasks(unit, actor, [line.id for line in tasks.rows]),
        tuple(led_people(unit, actor, None)) if command.scope == "enhed" else (),
        _meetings(unit, [line.id for line in tasks.rows if line.case_id is None]),
        tuple(warnings(unit, actor)) if actor.holds(*LEADERS) else (),
    )


def _meetings(unit: Unit, task_ids: Sequence[int]) -> dict[int, date]:
    if not task_ids:
        return {}
    query = (
        select(Task.id, Meeting.on_date)
        .join(Meeting, Meeting.instance_id == Task.instance_id)
        .where(Task.id.in_(task_ids))
        .order_by(Meeting.id)
    )
    return dict(unit.session.execute(query).all())
