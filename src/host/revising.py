"""Drafts that are checked and published, and courses that are moved, in the running service.

A check needs what only the host has (the shipped guides, the printer's templates); moving many courses is one
transaction for each.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine.checks import Procedure, check, describe
from host.app import App
from host.printing import template_problems
from host.publishing import known_around, start_what_waited
from records.unit import Unit
from tasks import moves, revisions
from tasks.errors import TaskError
from tasks.people import Actor
from tasks.procedures import bundle_of, valid_versions
from tasks.revisions import DraftSheet, NoteCheck, PublishDraft
from tasks.roles import RoleCatalogue

_KEPT = "described"
"""What other procedures' checks need of a version is worked out once per process: versions never change."""


def check_draft(app: App, actor: Actor, draft_id: int) -> DraftSheet:
    """Check a draft as it is now and keep what was found. Raises Refused, NotFound, NotOpen."""
    sheet, bundle = app.read(revisions.read_draft, actor, draft_id)
    around = app.read(_published, actor, None)
    catalogue = app.database.shared["roles"]
    assert isinstance(catalogue, RoleCatalogue)
    procedures = {key: one for key, one in around.items() if key != bundle.key}
    known = replace(known_around(catalogue, app.settings.processes), procedures=procedures)
    [templates] = template_problems([bundle])
    found = (*check(bundle, known=known), *templates)
    return app.run(revisions.note_check, actor, NoteCheck(sheet.id, sheet.hash, found))


def _published(unit: Unit, actor: Actor, command: None) -> dict[str, Procedure]:
    kept: dict[int, Procedure] = unit.shared.setdefault(_KEPT, {})
    found: dict[str, Procedure] = {}
    for line in valid_versions(unit):
        if line.version_id not in kept:
            kept[line.version_id] = describe(bundle_of(unit, line.version_id))
        found[line.key] = kept[line.version_id]
    return found


def publish_draft(app: App, actor: Actor, command: PublishDraft) -> DraftSheet:
    """Check an approved draft once more and publish it. Raises what `revisions.publish_draft` raises."""
    check_draft(app, actor, command.draft_id)
    published = app.run(revisions.publish_draft, actor, command)
    start_what_waited(app)
    return published


def move_courses(
    app: App, actor: Actor, key: str, version: int, wanted: Sequence[int] | None = None
) -> list[tuple[int, str | None]]:
    """Move a procedure's running courses (all when None) to a version, each in a transaction of its own;
    return each with why it stays, None when it was moved. Raises Refused, NotFound."""
    planned = app.read(moves.plan_moves, actor, moves.PlanMoves(key, version))
    done: list[tuple[int, str | None]] = []
    for one in planned:
        if wanted is None or one.instance_id in wanted:
            try:
                app.run(moves.move_course, actor, moves.MoveCourse(one.instance_id, version))
                done.append((one.instance_id, None))
            except TaskError as stays:
                done.append((one.instance_id, stays.message))
    return done
