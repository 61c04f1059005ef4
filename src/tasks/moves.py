"""Moves running courses to another version of their procedure (`engine.moves` says which can and why not).

Each course is moved in a transaction of its own, and what it was before is kept, so that it can go back. The
plan is the same without writing anything: who would move, who stays and why.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from engine import runtime
from engine.diagrams import Diagram
from engine.errors import EngineError
from engine.moves import CannotMove
from records.tables import CourseMove, Instance, Procedure, ProcedureVersion, Timer
from records.unit import Unit
from tasks.access import Denied
from tasks.casefile import CaseFile, lock_case, read_case_file
from tasks.errors import NotFound, NotOpen, Refused
from tasks.moving import PlannedMove, Reckoned, move_to, name_in, reckoned, redated, restore, said, tried
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.revisions import require_owner

if TYPE_CHECKING:
    from tasks.outcome import Outcome

KIND: Final = "flyt"
"""Timers of this kind move a course when a new version becomes valid; their `element_id` is its row."""

MOST_PLANNED: Final = 500
"""Courses that one plan looks at."""


@dataclass(frozen=True, slots=True)
class PlanMoves:
    """Tell what moving a procedure's running courses to a version would do; nothing is changed."""

    key: str
    version: int


@dataclass(frozen=True, slots=True)
class MoveCourse:
    """Move a running course to another version of its procedure."""

    instance_id: int
    version: int


@dataclass(frozen=True, slots=True)
class MoveBack:
    """Move a course back to the version that it was moved from last."""

    instance_id: int


def plan_moves(unit: Unit, actor: Actor, command: PlanMoves) -> list[PlannedMove]:
    """Return what would happen to each running course that is on another version, oldest first.

    Raises Refused, NotFound.
    """
    require_owner(actor)
    target = _target(unit, command.key, command.version)
    query = (
        select(Instance, ProcedureVersion.version)
        .join(ProcedureVersion, ProcedureVersion.id == Instance.version_id)
        .where(
            ProcedureVersion.procedure_id == target.procedure_id,
            Instance.version_id != target.id,
            Instance.status == "igang",
        )
        .order_by(Instance.id)
        .limit(MOST_PLANNED)
    )
    new = diagram_of(unit, target.id)
    return [_planned(unit, instance, number, new) for instance, number in unit.session.execute(query)]


def _planned(unit: Unit, instance: Instance, number: int, new: Diagram) -> PlannedMove:
    old = diagram_of(unit, instance.version_id)
    file = read_case_file(unit, instance.case_id) if instance.case_id is not None else CaseFile(unit)
    standing = tuple(said(old.elements[id]) for id in runtime.standing(old, instance.state))
    reasons: tuple[tuple[str, str], ...] = ()
    skipped: tuple[str, ...] = ()
    changed: tuple[Reckoned, ...] = ()
    try:
        moved = tried(unit, file, instance, old, new)
        skipped = tuple(said(element) for element in moved.skipped)
        changed = (*reckoned(new, moved), *redated(unit, file, instance, old, new, moved))
    except CannotMove as stays:
        reasons = tuple((name_in(old, block.element_id), block.text) for block in stays.blocks)
    except EngineError as error:
        reasons = ((name_in(new, error.element_id), error.message),)
    return PlannedMove(
        instance.id, number, instance.started_at, standing, not reasons, reasons, skipped, changed
    )


def _target(unit: Unit, key: str, version: int) -> ProcedureVersion:
    found = unit.session.scalar(
        select(ProcedureVersion)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(
            Procedure.key == key,
            ProcedureVersion.version == version,
            ProcedureVersion.status == "published",
        )
    )
    if found is None:
        raise NotFound("Den version af proceduren er ikke udgivet.")
    return found


def move_course(unit: Unit, actor: Actor, command: MoveCourse) -> PlannedMove:
    """Move a course; return what changed. Its open tasks keep their people and drafts.

    A version that is published may be moved to before it is valid. Raises Refused, NotFound, NotOpen when
    the course is over, Invalid with the reasons when it must stay.
    """
    outcome, instance = _locked(unit, actor, command.instance_id)
    key = diagram_of(unit, instance.version_id).key
    target = _target(unit, key, command.version)
    if target.id == instance.version_id:
        raise NotOpen(f"Forløbet er allerede på version {command.version}.")
    done = move_to(outcome, instance, target)
    outcome.finish()
    return done


def move_back(unit: Unit, actor: Actor, command: MoveBack) -> PlannedMove:
    """Move a course back. When nothing has happened since, it is afterwards exactly as it was; else its
    present state is moved like to any other version. Raises as `move_course`."""
    outcome, instance = _locked(unit, actor, command.instance_id)
    last = unit.session.scalar(
        select(CourseMove)
        .where(CourseMove.instance_id == instance.id, CourseMove.undone_at.is_(None))
        .order_by(CourseMove.id.desc())
        .limit(1)
    )
    if last is None:
        raise NotOpen("Forløbet er ikke flyttet.")
    target = unit.session.get_one(ProcedureVersion, last.from_version_id)
    if last.rev == instance.rev:
        done = restore(outcome, instance, target, last)
    else:
        done = move_to(outcome, instance, target)
    last.undone_at = unit.now
    outcome.finish()
    return done


def follow(outcome: "Outcome", instance: Instance, version_id: int) -> None:
    """Move a course because the version it was to go to is valid now; one that must stay says why in its
    journal. Fired under the lock of its case."""
    if instance.status != "igang" or instance.version_id == version_id:
        return
    target = outcome.unit.session.get_one(ProcedureVersion, version_id)
    stays = outcome.attempt(lambda: _try(outcome, instance, target))
    if stays is not None:
        text = f"Forløbet bliver på sin version og flyttes ikke til version {target.version}"
        outcome.journal("version", f"{text}: {stays.message}", instance)


def _try(outcome: "Outcome", instance: Instance, target: ProcedureVersion) -> None:
    move_to(outcome, instance, target)


def move_later(unit: Unit, version_id: int) -> int:
    """Let every running course of a version's procedure be moved to it when it is valid, each by itself;
    return how many."""
    version = unit.session.get_one(ProcedureVersion, version_id)
    at = version.valid_from or unit.now
    others = (
        select(Instance.id)
        .join(ProcedureVersion, ProcedureVersion.id == Instance.version_id)
        .where(
            ProcedureVersion.procedure_id == version.procedure_id,
            Instance.version_id != version_id,
            Instance.status == "igang",
        )
        .order_by(Instance.id)
    )
    rows = [
        {
            "instance_id": instance_id,
            "kind": KIND,
            "engine_id": None,
            "task_id": None,
            "element_id": str(version_id),
            "due_at": at,
            "attempts": 0,
        }
        for instance_id in unit.session.scalars(others)
    ]
    if rows:
        unit.insert_many(Timer, rows)
    return len(rows)


# -- one course ----------------------------------------------------------------------------------------------


def _locked(unit: Unit, actor: Actor, instance_id: int) -> tuple["Outcome", Instance]:
    from tasks.outcome import Outcome  # it performs what calls us

    found = unit.session.execute(select(Instance.case_id).where(Instance.id == instance_id)).one_or_none()
    if found is None:
        raise NotFound("Forløbet findes ikke.")
    case_id = found.case_id
    try:
        require_owner(actor)
    except Refused as refused:
        raise Denied(case_id, None if case_id is not None else instance_id, "flyt", str(refused)) from refused
    file = lock_case(unit, case_id) if case_id is not None else CaseFile(unit)
    instance = unit.session.get(Instance, instance_id, with_for_update=True, populate_existing=True)
    if instance is None or instance.status != "igang" or instance.case_id != case_id:
        raise NotOpen("Forløbet er afsluttet.")
    return Outcome(unit, actor, file), instance
