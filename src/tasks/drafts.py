"""Drafts (kladder): what is filled in so far survives sign-out, a second tab and a refused submission."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from records.tables import Draft, Task
from records.unit import Unit
from tasks.errors import NotFound, Stale
from tasks.forms import keep_draft, read
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.worktasks import require_mine, require_open


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Save a draft. `seen_rev` is the draft's revision the page last saw (0: none); another tab's is not
    overwritten."""

    task_id: int
    answers: Mapping[str, Any]
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """When the draft was saved (UTC) and its new revision."""

    saved_at: datetime
    rev: int


def draft_rev(unit: Unit, actor: Actor, task_id: int) -> int:
    """Return the revision of a task's draft, 0 without one. Raises Denied, NotFound."""
    task = unit.session.get(Task, task_id)
    if task is None:
        raise NotFound("Opgaven findes ikke.")
    require_mine(actor, task, "kladde")
    return unit.session.scalar(select(Draft.rev).where(Draft.task_id == task_id)) or 0


def save_draft(unit: Unit, actor: Actor, command: SaveDraft) -> SavedDraft:
    """Keep what is filled in so far, unchecked. Raises Refused, NotOpen, Stale (another tab saved in
    between), Invalid."""
    # Locked, so that no draft is written behind the back of who completes it at this moment.
    task = unit.session.get(Task, command.task_id, with_for_update=True)
    if task is None:
        raise NotFound("Opgaven findes ikke.")
    require_mine(actor, task, "kladde")
    require_open(task)
    diagram = diagram_of(unit, task.version_id)
    name = diagram.elements[task.element_id].properties.get("skema")
    kept = keep_draft(read(diagram.form(name)), command.answers) if name else {}
    draft = unit.session.scalar(select(Draft).where(Draft.task_id == task.id).with_for_update())
    if draft is None:
        draft = Draft(task_id=task.id, rev=0)
        unit.session.add(draft)
    elif command.seen_rev is not None and command.seen_rev != draft.rev:
        raise Stale("Kladden er gemt fra et andet vindue i mellemtiden. Genindlæs siden for at se den.")
    draft.person_id = actor.person_id or 0
    draft.answers = kept
    draft.saved_at = unit.now
    draft.rev += 1
    return SavedDraft(draft.saved_at, draft.rev)
