"""Drafts of procedures over the API: made, changed, checked, published; and moving courses that run.

Hearing and approval are tasks of the procedure `revision_af_procedure`, done like any others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from flask import Response

from host import revising
from tasks import moves, revisions
from tasks.moving import PlannedMove
from tasks.revisions import DraftSheet
from web.api.ids import number_of
from web.api.models import revisions as models
from web.api.routes import app, caller, operation
from web.api.writing import seen_rev, write, write_in_steps

_SEEN = "Udkastets revision (rev), som det blev læst"


def _row(sheet: DraftSheet) -> models.DraftRow:
    return models.DraftRow(
        id=str(sheet.id),
        procedure=sheet.key,
        status=sheet.status,
        base_version=sheet.base_version,
        hash=sheet.hash,
        rev=sheet.rev,
        changed_at=sheet.changed_at,
        changed_by=sheet.changed_by,
        files=sorted(sheet.files),
        checked=sheet.checked,
        sound=sheet.checked and all(one.level != "error" for one in sheet.problems),
        problems=[
            models.ProblemRow(
                file=one.file,
                element=one.element_id,
                line=one.line,
                rule=one.rule,
                text=one.text,
                level=one.level,
            )
            for one in sheet.problems
        ],
        approved_by=list(sheet.approved_by),
        version=sheet.version,
    )


def _files(files: Iterable[models.FileText]) -> dict[str, bytes]:
    return {one.path: one.text.encode() for one in files}


@operation(
    "GET",
    "/procedures/{key}/drafts",
    summary="A procedure's drafts",
    out=models.DraftRows,
    errors=(403,),
)
def list_drafts(key: str) -> models.DraftRows:
    """Return the drafts of a procedure, newest first; for process owners."""
    return models.DraftRows(items=[_row(one) for one in app().read(revisions.list_drafts, caller(), key)])


@operation(
    "POST",
    "/procedures/{key}/drafts",
    summary="Begin a draft",
    body=models.NewDraft,
    out=models.DraftRow,
    errors=(403, 409),
)
def make_draft(key: str, body: models.NewDraft) -> Response:
    """Begin a draft as a version of the procedure, with some files changed. A procedure has one at a time."""
    command = revisions.MakeDraft(key, body.version, _files(body.files), tuple(body.removed))
    return write(revisions.make_draft, command, _row)


@operation("GET", "/procedure-drafts/{draft_id}", summary="A draft", out=models.DraftFull, errors=(403,))
def get_draft(draft_id: int) -> models.DraftFull:
    """Return a draft with its files."""
    sheet, bundle = app().read(revisions.read_draft, caller(), draft_id)
    files = [
        models.FileText(path=path, text=content.decode(errors="replace"))
        for path, content in sorted(bundle.files.items())
    ]
    return models.DraftFull(draft=_row(sheet), files=files)


@operation(
    "POST",
    "/procedure-drafts/{draft_id}/files",
    summary="Change files of a draft",
    body=models.FileChange,
    out=models.DraftRow,
    errors=(403, 409),
    match=_SEEN,
)
def change_draft(draft_id: int, body: models.FileChange) -> Response:
    """Put files in a draft. One that was in hearing or approved must be checked and sent again."""
    command = revisions.ChangeDraft(draft_id, _files(body.files), tuple(body.removed), seen_rev())
    return write(revisions.change_draft, command, _row)


@operation(
    "POST",
    "/procedure-drafts/{draft_id}/check",
    summary="Check a draft",
    out=models.DraftRow,
    errors=(400, 403, 409),
)
def check_draft(draft_id: int) -> Response:
    """Check a draft as it is now; each problem names its element and says what to do."""
    return write_in_steps(lambda: _row(revising.check_draft(app(), caller(), draft_id)))


@operation(
    "POST",
    "/procedure-drafts/{draft_id}/drop",
    summary="Give a draft up",
    out=models.DraftRow,
    errors=(400, 403, 409),
)
def drop_draft(draft_id: int) -> Response:
    """Give a draft up; it is kept in the list."""
    return write(revisions.drop_draft, revisions.DropDraft(draft_id), _row)


@operation(
    "POST",
    "/procedure-drafts/{draft_id}/publish",
    summary="Publish an approved draft",
    body=models.Publishing,
    out=models.DraftRow,
    errors=(403, 409),
)
def publish_draft(draft_id: int, body: models.Publishing) -> Response:
    """Publish an approved draft as the next version. Courses that have begun stay on theirs."""
    command = revisions.PublishDraft(draft_id, body.valid_from, body.note)
    return write_in_steps(lambda: _row(revising.publish_draft(app(), caller(), command)))


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment is not None else None


def _move(one: PlannedMove) -> models.MoveRow:
    return models.MoveRow(
        course=str(one.instance_id),
        version=one.version,
        started_at=one.started_at,
        stands_at=list(one.stands_at),
        moves=one.moves,
        reasons=[models.Reason(element=element, text=text) for element, text in one.reasons],
        skipped=list(one.skipped),
        reckoned=[
            models.Reckoned(element=row.element, before=_in_utc(row.before), after=_in_utc(row.after))
            for row in one.reckoned
        ],
    )


@operation(
    "GET",
    "/procedures/{key}/moves",
    summary="What moving the running courses would do",
    query=models.MoveQuery,
    out=models.MovePlan,
    errors=(403,),
)
def plan_moves(key: str, query: models.MoveQuery) -> models.MovePlan:
    """Tell of each running course on another version: moves, or stays and why. Nothing is changed."""
    planned = app().read(moves.plan_moves, caller(), moves.PlanMoves(key, query.version))
    return models.MovePlan(items=[_move(one) for one in planned])


@operation(
    "POST",
    "/procedures/{key}/moves",
    summary="Move the running courses",
    body=models.MoveBody,
    out=models.MoveResults,
    errors=(403,),
)
def move_courses(key: str, body: models.MoveBody) -> Response:
    """Move running courses to a version, each by itself; those that must stay say why."""
    wanted = None if body.courses is None else [number_of(one) for one in body.courses]

    def act() -> models.MoveResults:
        done = revising.move_courses(app(), caller(), key, body.version, wanted)
        return models.MoveResults(
            items=[models.MoveResult(course=str(id), moved=text is None, text=text) for id, text in done]
        )

    return write_in_steps(act)


@operation(
    "POST",
    "/courses/{course_id}/move",
    summary="Move a course",
    body=models.MoveOne,
    out=models.MoveRow,
    errors=(403, 409),
)
def move_course(course_id: int, body: models.MoveOne) -> Response:
    """Move one running course to another version of its procedure."""
    return write(moves.move_course, moves.MoveCourse(course_id, body.version), _move)


@operation(
    "POST",
    "/courses/{course_id}/move-back",
    summary="Move a course back",
    out=models.MoveRow,
    errors=(400, 403, 409),
)
def move_course_back(course_id: int) -> Response:
    """Move a course back to the version it was moved from."""
    return write(moves.move_back, moves.MoveBack(course_id), _move)
