"""One task as it is read and locked: by whom it may be done, claimed, or only looked at."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from records.tables import Case, Child, Draft, Instance, Task
from records.unit import Unit
from tasks.access import Denied
from tasks.casefile import CaseFile, file_of, lock_case_of_task
from tasks.errors import NotFound, NotOpen, Refused, Stale
from tasks.people import Actor

NOT_YOURS = "Opgaven er ikke din. Kun den, der har den, eller gruppen, den venter på, kan gøre det."


@dataclass(slots=True)
class LockedTask:
    """A task with its instance and case, locked in the order case, instance."""

    task: Task
    instance: Instance
    file: CaseFile
    has_draft: bool


_LOCK = (
    select(Task, Instance, Case, Child, select(Draft.task_id).where(Draft.task_id == Task.id).exists())
    .join(Instance, Instance.id == Task.instance_id)
    .outerjoin(Case, Case.id == Task.case_id)
    .outerjoin(Child, Child.id == Case.child_id)
    .where(Task.id == bindparam("id"))
    # The task as well: without a case it may have been done while we waited for the instance.
    .with_for_update(of=(Instance, Task))
)


def lock_task(unit: Unit, task_id: int) -> LockedTask:
    """Lock the case, then the instance, and read the task: three statements in a case, two without. Raises
    NotFound."""
    lock_case_of_task(unit, task_id)
    row = unit.session.execute(_LOCK, {"id": task_id}).one_or_none()
    if row is None:
        raise NotFound("Opgaven findes ikke.")
    task, instance, case, child, has_draft = row
    return LockedTask(task, instance, file_of(unit, case, child), has_draft)


def may_do(actor: Actor, task: Task) -> bool:
    """Tell whether the actor has the task, or may claim it as a member of its group."""
    if task.assignee_id is not None:
        return task.assignee_id == actor.person_id
    return task.group_id is not None and task.group_id in actor.groups


def require_mine(actor: Actor, task: Task, what: str) -> None:
    """Raise Denied unless the actor has the task or may claim it; Refused when another of its group has
    it."""
    if may_do(actor, task):
        return
    if task.status == "aaben" and task.group_id is not None and task.group_id in actor.groups:
        raise Refused(f"»{task.name}« er taget af en anden i gruppen.")
    raise Denied(task.case_id, task.instance_id, what, NOT_YOURS)


def require_open(task: Task, seen_rev: int | None = None) -> None:
    """Raise NotOpen for a finished task, Stale when it changed since the actor read it."""
    if task.status != "aaben":
        raise NotOpen(f"»{task.name}« er ikke åben længere. Se sagens opgaver for det, der nu skal gøres.")
    if seen_rev is not None and seen_rev != task.rev:
        raise Stale(f"»{task.name}« er ændret, siden du åbnede den. Læs den igen; din kladde er gemt.")
