"""Who has a task: claim it from the group, give it back, hand it over (processes.md 1.3)."""

from dataclasses import dataclass

from sqlalchemy import select

from records.tables import Person, RoleHolding, Task
from records.unit import Unit
from tasks import notices
from tasks.access import Denied, leads
from tasks.casefile import CaseFile
from tasks.errors import Invalid, NotOpen, Refused
from tasks.incidents import settle_no_recipient
from tasks.outcome import Outcome
from tasks.people import Actor, actor_of, holders, today, unit_of_recipient, valid_on
from tasks.procedures import diagram_of
from tasks.prohibitions import require_authority
from tasks.roles import LEADERS
from tasks.substitutes import leave_today
from tasks.texts import reason_of
from tasks.worktasks import LockedTask, lock_task, require_open


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """Take a group's task."""

    task_id: int
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseTask:
    """Give a claimed task back to its group."""

    task_id: int
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give a task to another holder of its role, with a reason."""

    task_id: int
    to_person_id: int
    reason: str
    seen_rev: int | None = None


def claim_task(unit: Unit, actor: Actor, command: ClaimTask) -> int:
    """Claim a task: exactly one person gets it. Returns its new revision.

    Raises Refused (not in the group), NotOpen (somebody else has it, or it is done), Stale.
    """
    locked = lock_task(unit, command.task_id)
    task = locked.task
    mine = task.assignee_id is not None and task.assignee_id == actor.person_id
    if not mine and (task.group_id is None or task.group_id not in actor.groups):
        raise Denied(task.case_id, task.instance_id, "tag")
    if mine or task.status != "aaben":
        require_open(task)
        return task.rev
    if task.assignee_id is not None:
        raise NotOpen(f"»{task.name}« er allerede taget af en anden i gruppen.")
    require_open(task, command.seen_rev)
    require_authority(unit, actor, diagram_of(unit, task.version_id).elements[task.element_id])
    return _give(unit, actor, locked, actor.person_id, "taget", f"{task.name} taget")


def release_task(unit: Unit, actor: Actor, command: ReleaseTask) -> int:
    """Give a claimed task back to its group; the draft stays. Raises Refused, NotOpen, Stale."""
    locked = lock_task(unit, command.task_id)
    task = locked.task
    if task.assignee_id != actor.person_id:
        raise Denied(task.case_id, task.instance_id, "frigiv")
    require_open(task, command.seen_rev)
    if task.group_id is None:
        raise Refused(f"»{task.name}« er din som person og kan ikke lægges tilbage. Overdrag den i stedet.")
    return _give(unit, actor, locked, None, "frigivet", f"{task.name} lagt tilbage til gruppen")


def hand_over(unit: Unit, actor: Actor, command: HandOver) -> int:
    """Hand a task over to another active holder of its role, with a reason; the draft goes along.

    The one who has the task may do it, and the leader of the case's unit or of the recipient's. Raises
    Refused, Invalid, NotOpen, Stale.
    """
    locked = lock_task(unit, command.task_id)
    task, file = locked.task, locked.file
    if not may_hand_over(unit, actor, task, file):
        raise Denied(task.case_id, task.instance_id, "overdrag")
    require_open(task, command.seen_rev)
    reason = reason_of(command.reason)
    if command.to_person_id == task.assignee_id:
        raise Invalid("Personen har allerede opgaven.", {"til": "Vælg en anden."})
    name = unit.session.scalar(
        select(Person.name)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(
            Person.id == command.to_person_id,
            Person.active.is_(True),
            RoleHolding.role == task.role,
            valid_on(today(unit)),
        )
        .limit(1)
    )
    if name is None:
        raise Invalid(
            "Opgaven kan kun overdrages til en, der har samme rolle.", {"til": "Vælg en med samme rolle."}
        )
    away = leave_today(unit, command.to_person_id)
    if away is not None and command.to_person_id != actor.person_id:
        raise Invalid(
            f"{name} har fravær til og med {away.last_day.day}.{away.last_day.month}.{away.last_day.year}.",
            {"til": "Vælg en, der er der."},
        )
    element = diagram_of(unit, task.version_id).elements[task.element_id]
    require_authority(unit, actor_of(unit, command.to_person_id), element)
    settle_no_recipient(unit, [task.id])
    rev = _give(
        unit,
        actor,
        locked,
        command.to_person_id,
        "overdraget",
        f"{task.name} overdraget til {name}: {reason}",
    )
    if command.to_person_id != actor.person_id:
        number = file.case.number if file.case else None
        notices.new_tasks(
            unit, [notices.TaskNotice(command.to_person_id, task.id, task.case_id, task.name, number)]
        )
    return rev


def may_hand_over(unit: Unit, actor: Actor, task: Task, file: CaseFile) -> bool:
    """Tell whether the actor may hand a task over: its holder, or the leader of the case or of the holder."""
    if actor.person_id is None or task.assignee_id == actor.person_id:
        return True
    if not actor.holds(*LEADERS):
        return False
    recipients = unit_of_recipient(unit, task.assignee_id, task.group_id)
    return leads(unit, actor, file.unit_id) or leads(unit, actor, recipients)


def possible_heirs(unit: Unit, task: Task) -> list[tuple[int, str]]:
    """Return (person id, name) of those a task may be handed over to, by Danish alphabet."""
    found = {person_id: name for person_id, name, _ in holders(unit, task.role)}
    return [(person_id, name) for person_id, name in found.items() if person_id != task.assignee_id]


def _give(unit: Unit, actor: Actor, locked: LockedTask, person_id: int | None, kind: str, text: str) -> int:
    task = locked.task
    outcome = Outcome(unit, actor, locked.file, task=task)
    task.assignee_id = person_id
    if task.on_behalf_of_id == person_id:
        task.on_behalf_of_id = None  # they have their own task back
    task.rev += 1
    outcome.journal(kind, text, locked.instance, task)
    outcome.finish()
    return task.rev
