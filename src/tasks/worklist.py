"""The page of the worklist: the list itself and what stands around it, read in one go."""

from dataclasses import dataclass

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
    warnings: tuple[str, ...]
    """What is wrong with the organisation, for those who lead something (ST-57)."""


def read_worklist(unit: Unit, actor: Actor, command: ListTasks) -> Worklist:
    """Return a page of the worklist with what stands around it. Raises Refused as `list_tasks` does."""
    tasks = list_tasks(unit, actor, command)
    return Worklist(
        tasks,
        unread_new_tasks(unit, actor, [line.id for line in tasks.rows]),
        tuple(led_people(unit, actor, None)) if command.scope == "enhed" else (),
        tuple(warnings(unit, actor)) if actor.holds(*LEADERS) else (),
    )
