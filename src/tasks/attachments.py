"""Files that people attach: uploaded loose, then taken by a form's answers or by a case; read by who may.

A file is kept encrypted, in pieces. A loose one that nothing takes is deleted (`clear_loose`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select

from records.tables import Attachment, AttachmentPart, Draft, Instance, Person, Task
from records.unit import Unit
from tasks import access
from tasks.access import Denied
from tasks.casefile import read_case_file
from tasks.documents import course_relation
from tasks.errors import Invalid, NotFound
from tasks.filekinds import FileKind, kind_of_media
from tasks.form_fields import Field, Form
from tasks.people import Actor
from tasks.worktasks import require_mine

PART: Final = 512 * 1024
"""Bytes of a piece; what is read of a file at a time."""

LOOSE_FOR: Final = timedelta(hours=24)
"""How long an uploaded file waits for the form it was uploaded for to be sent."""

GONE: Final = "Filen findes ikke længere. Vælg den igen."


@dataclass(frozen=True, slots=True)
class AttachmentLine:
    """An attached file; `by` is who uploaded it."""

    id: int
    name: str
    media: str
    label: str
    size: int
    at: datetime
    by: str | None

    def as_answer(self) -> dict[str, Any]:
        """Return what a form's answers hold of it."""
        return {"id": str(self.id), "navn": self.name, "stoerrelse": self.size, "type": self.label}


@dataclass(frozen=True, slots=True)
class OpenAttachment:
    """A file to be read: what it is, and how many pieces it has."""

    line: AttachmentLine
    parts: int


def file_fields(form: Form) -> Iterator[Field]:
    """Return the fields of a form that take files."""
    waiting = list(form.components)
    while waiting:
        field = waiting.pop()
        waiting += field.components
        if field.kind == "filepicker":
            yield field


def take(
    unit: Unit,
    actor: Actor,
    form: Form,
    answers: Mapping[str, Any],
    *,
    task_id: int | None = None,
    instance_id: int | None = None,
) -> list[Attachment]:
    """Return the files that a form's answers name, and write in the answers what they are.

    A file must be uploaded for this task, or by the actor, or stand in this course already. Raises Invalid,
    per field.
    """
    named = [
        (place, field, holder)
        for field in file_fields(form)
        for place, holder in _places(field.pattern, answers, "")
    ]
    if not named:
        return []
    ids = {int(one["id"]) for _, _, (holder, key) in named for one in holder[key] or ()}
    rows = {row.id: row for row in unit.session.scalars(select(Attachment).where(Attachment.id.in_(ids)))}
    wrong: dict[str, str] = {}
    for place, field, (holder, key) in named:
        kept = []
        for one in holder[key] or ():
            row = rows.get(int(one["id"]))
            if row is None or not _is_theirs(row, actor, task_id, instance_id):
                wrong[place] = GONE
            elif _kind(row).name not in field.files.kinds or row.size > field.files.max_bytes:
                wrong[place] = f"{row.name} kan ikke bruges her."
            else:
                kept.append(line_of(row).as_answer())
        holder[key] = kept or None
    if wrong:
        raise Invalid("Der er felter, der skal rettes.", wrong)
    return list(rows.values())


def _is_theirs(row: Attachment, actor: Actor, task_id: int | None, instance_id: int | None) -> bool:
    if row.bound_at is not None:
        return instance_id is not None and row.instance_id == instance_id
    if row.task_id is not None:
        return row.task_id == task_id
    return row.uploaded_by_id == actor.person_id


def _places(pattern: Any, answers: Any, path: str) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Return (place as text, (what holds it, its key)) of a field's answers, in every row."""
    first, rest = pattern[0], pattern[1:]
    if first is None:
        for number, row in enumerate(answers if isinstance(answers, list) else ()):
            yield from _places(rest, row, f"{path}[{number}]")
    elif isinstance(answers, dict) and first in answers:
        place = f"{path}.{first}" if path else str(first)
        if not rest:
            yield place, (answers, first)
        else:
            yield from _places(rest, answers[first], place)


def bind(unit: Unit, rows: list[Attachment], instance: Instance, task_id: int | None = None) -> None:
    """Let the course and its case keep the files that an answer took."""
    for row in rows:
        if row.bound_at is None:
            row.bound_at = unit.now
            row.instance_id = instance.id
            row.case_id = instance.case_id
            row.task_id = row.task_id or task_id


def line_of(row: Attachment, by: str | None = None) -> AttachmentLine:
    """Return an attachment as a list shows it."""
    kind = _kind(row)
    return AttachmentLine(row.id, row.name, row.media, kind.label, row.size, row.uploaded_at, by)


def _kind(row: Attachment) -> FileKind:
    return kind_of_media(row.media)


def attachments_of(unit: Unit, case_id: int) -> list[AttachmentLine]:
    """Return the files of a case, newest first; one statement. The caller has checked access."""
    courses = select(Instance.id).where(Instance.case_id == case_id)
    query = (
        select(Attachment, Person.name)
        .outerjoin(Person, Person.id == Attachment.uploaded_by_id)
        .where(
            Attachment.bound_at.is_not(None),
            or_(Attachment.case_id == case_id, Attachment.instance_id.in_(courses)),
        )
        .order_by(Attachment.uploaded_at.desc(), Attachment.id.desc())
        .limit(500)
    )
    return [line_of(row, name) for row, name in unit.session.execute(query)]


def list_attachments(unit: Unit, actor: Actor, case_id: int) -> list[AttachmentLine]:
    """Return the files of a case; the look is logged. Raises NotFound, Denied."""
    file = read_case_file(unit, case_id)
    found = access.require(unit, actor, file, "vedhæftede filer")
    access.log_view(unit, actor, case_id, found, "vedhæftede filer")
    return attachments_of(unit, case_id)


def open_attachment(unit: Unit, actor: Actor, attachment_id: int) -> OpenAttachment:
    """Return a file that the actor may read; the look is logged. Raises NotFound, Denied.

    A loose file is its uploader's, and theirs who may do the task it waits for.
    """
    row = unit.session.get(Attachment, attachment_id)
    if row is None:
        raise NotFound("Filen findes ikke.")
    _require(unit, actor, row)
    return OpenAttachment(line_of(row), -(-row.size // PART))


def _require(unit: Unit, actor: Actor, row: Attachment) -> None:
    if row.bound_at is None:
        if row.task_id is not None:
            require_mine(actor, unit.session.get_one(Task, row.task_id), "vedhæftning")
        elif row.uploaded_by_id != actor.person_id:
            raise Denied(None, None, "vedhæftning", "Filen er ikke din.")
        return
    # What a first contact got before there was a case belongs to the case that came of it.
    course = unit.session.get(Instance, row.instance_id) if row.instance_id is not None else None
    case_id = row.case_id if row.case_id is not None else course.case_id if course is not None else None
    if case_id is not None:
        found = access.require(unit, actor, read_case_file(unit, case_id), "vedhæftning")
        access.log_view(unit, actor, case_id, found, "vedhæftning")
        return
    relation = course_relation(unit, actor, row.instance_id or 0)
    if relation is None:
        raise Denied(None, row.instance_id, "vedhæftning")
    access.log_view(unit, actor, None, relation, "vedhæftning", row.instance_id)


def read_part(unit: Unit, actor: Actor, command: tuple[int, int]) -> bytes:
    """Return a piece of a file that has been opened (`open_attachment` has checked access)."""
    attachment_id, number = command
    return unit.session.scalars(
        select(AttachmentPart.content).where(
            AttachmentPart.attachment_id == attachment_id, AttachmentPart.number == number
        )
    ).one()


def clear_loose(unit: Unit) -> int:
    """Delete the loose files that nothing waits for any more; return how many.

    One that stands in the draft of an open task is waited for; the others have LOOSE_FOR.
    """
    rows = unit.session.execute(
        select(Attachment.id, Attachment.task_id, Draft.answers, Task.status)
        .outerjoin(Task, Task.id == Attachment.task_id)
        .outerjoin(Draft, Draft.task_id == Attachment.task_id)
        .where(Attachment.bound_at.is_(None), Attachment.uploaded_at < unit.now - LOOSE_FOR)
        .limit(500)
    ).all()
    gone = [
        attachment_id
        for attachment_id, _, draft, status in rows
        if status != "aaben" or not _stands_in(draft, str(attachment_id))
    ]
    if gone:
        for table, column in ((AttachmentPart, AttachmentPart.attachment_id), (Attachment, Attachment.id)):
            unit.session.execute(
                delete(table).where(column.in_(gone)).execution_options(synchronize_session=False)
            )
    return len(gone)


def _stands_in(value: Any, attachment_id: str) -> bool:
    if isinstance(value, dict):
        return value.get("id") == attachment_id or any(_stands_in(v, attachment_id) for v in value.values())
    return isinstance(value, list) and any(_stands_in(one, attachment_id) for one in value)
