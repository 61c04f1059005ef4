"""Documents of a case that are bound to a task (property `bilag`): whoever has the task may read them."""

from sqlalchemy import or_, select

from engine.lines import names as split_names
from records.tables import Document, Task
from records.unit import Unit
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.worktasks import may_do

OWN_TASKS_LOOKED_AT = 200
"""Tasks of one person in one case among which a document's task is looked for."""


def kinds_of(unit: Unit, task: Task) -> list[str]:
    """Return the kinds of documents that a task is bound to."""
    return split_names(
        diagram_of(unit, task.version_id).elements[task.element_id].properties.get("bilag", "")
    )


def may_read_document(unit: Unit, actor: Actor, document: Document) -> bool:
    """Tell whether a task that the actor has, or did, is bound to this document."""
    mine = [Task.assignee_id == actor.person_id, Task.completed_by_id == actor.person_id]
    if actor.groups:
        mine.append(Task.group_id.in_(actor.groups) & Task.assignee_id.is_(None))
    tasks = unit.session.scalars(
        select(Task)
        .where(Task.case_id == document.case_id, Task.status != "annulleret", or_(*mine))
        .order_by(Task.id.desc())
        .limit(OWN_TASKS_LOOKED_AT)
    )
    return any(
        document.kind in kinds_of(unit, task)
        for task in tasks
        if task.completed_by_id == actor.person_id or may_do(actor, task)
    )
