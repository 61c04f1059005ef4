"""Uploading a file: for a field of a form, or to a case. What it is, is told by its content."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from records.tables import Attachment, AttachmentPart, JournalEntry, Task
from records.unit import Unit
from tasks import access
from tasks.attachments import PART, AttachmentLine, file_fields
from tasks.casefile import lock_case
from tasks.errors import Invalid, NotFound, NotOpen
from tasks.filekinds import kind_of, labels_of
from tasks.form_fields import Field, FileRules, Form
from tasks.forms import read
from tasks.people import Actor
from tasks.procedures import diagram_of, start_element, valid_version
from tasks.starts import check_may_start
from tasks.worktasks import require_mine

MOST_LOOSE: Final = 50
"""Loose files that one person may have at a time."""

ON_CASE: Final = FileRules()
"""What may be attached to a case directly."""


@dataclass(frozen=True, slots=True)
class UploadForTask:
    """Upload a file for a field of a task's form; `field` is the field's id in the form."""

    task_id: int
    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class UploadForStart:
    """Upload a file for a field of the form that starts a procedure."""

    key: str
    at: str | None
    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AttachToCase:
    """Attach a file to a case."""

    case_id: int
    name: str
    content: bytes


def upload_for_task(unit: Unit, actor: Actor, command: UploadForTask) -> AttachmentLine:
    """Keep a file for a field of a task that the actor may do, or did. Raises NotFound, Denied, NotOpen,
    Invalid."""
    task = unit.session.get(Task, command.task_id)
    if task is None:
        raise NotFound("Opgaven findes ikke.")
    if task.status == "aaben" or task.completed_by_id != actor.person_id:
        require_mine(actor, task, "vedhæftning")
    if task.status == "annulleret":
        raise NotOpen("Opgaven er ikke åben længere.")
    diagram = diagram_of(unit, task.version_id)
    name = diagram.elements[task.element_id].properties.get("skema")
    field = _field_of(read(diagram.form(name)) if name else None, command.field)
    return _keep(unit, actor, field.files, command.name, command.content, task_id=task.id)


def upload_for_start(unit: Unit, actor: Actor, command: UploadForStart) -> AttachmentLine:
    """Keep a file for a field of a start's form. Raises NotFound, Refused, Invalid."""
    diagram = diagram_of(unit, valid_version(unit, command.key))
    start = diagram.elements[start_element(diagram, command.at)]
    check_may_start(actor, diagram, start)
    name = start.properties.get("skema")
    field = _field_of(read(diagram.form(name)) if name else None, command.field)
    return _keep(unit, actor, field.files, command.name, command.content)


def attach_to_case(unit: Unit, actor: Actor, command: AttachToCase) -> AttachmentLine:
    """Attach a file to an open case. Raises NotFound, Denied, NotOpen, Invalid."""
    file = lock_case(unit, command.case_id)
    access.require(unit, actor, file, "vedhæftning")
    assert file.case is not None
    if file.case.status != "aaben":
        raise NotOpen("Sagen er lukket. Den skal genåbnes, før der kan vedhæftes filer.")
    line = _keep(unit, actor, ON_CASE, command.name, command.content, case_id=file.case.id)
    unit.session.add(
        JournalEntry(
            case_id=file.case.id,
            at=unit.now,
            actor_id=actor.person_id,
            kind="vedhaeftet",
            text=f"Vedhæftet: {line.name}",
        )
    )
    return line


def _field_of(form: Form | None, field_id: str) -> Field:
    found = next((field for field in file_fields(form) if field.id == field_id), None) if form else None
    if found is None:
        raise NotFound("Skemaet har ikke noget felt til filer med det navn.")
    return found


def _keep(
    unit: Unit,
    actor: Actor,
    rules: FileRules,
    name: str,
    content: bytes,
    *,
    task_id: int | None = None,
    case_id: int | None = None,
) -> AttachmentLine:
    if not content:
        raise Invalid("Vælg en fil, der er noget i.", {"fil": "Der er ingen fil."})
    shown = _name(name)
    if len(content) > rules.max_bytes:
        raise Invalid(
            f"{shown} er for stor. En fil må højst være på {rules.max_mb} MB.", {"fil": "For stor."}
        )
    kind = kind_of(content)
    if kind is None or kind.name not in rules.kinds:
        raise Invalid(
            f"{shown} kan ikke vedhæftes. Vælg en fil af typen {labels_of(rules.kinds)}.",
            {"fil": "Forkert type."},
        )
    loose = select(Attachment.id).where(
        Attachment.uploaded_by_id == actor.person_id, Attachment.bound_at.is_(None)
    )
    if case_id is None and len(unit.session.scalars(loose.limit(MOST_LOOSE)).all()) >= MOST_LOOSE:
        raise Invalid("Du har for mange filer, der ikke er sendt. Fjern nogle af dem.", {"fil": "For mange."})
    row = Attachment(
        case_id=case_id,
        task_id=task_id,
        name=shown,
        media=kind.media,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_at=unit.now,
        uploaded_by_id=actor.person_id,
        bound_at=unit.now if case_id is not None else None,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.session.add_all(
        AttachmentPart(attachment_id=row.id, number=number, content=content[at : at + PART])
        for number, at in enumerate(range(0, len(content), PART))
    )
    return AttachmentLine(row.id, shown, kind.media, kind.label, row.size, unit.now, None)


def _name(given: str) -> str:
    """A file's name without its path and without what is not written: shown to people, used for nothing."""
    last = given.replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in last)
    return " ".join(kept.split())[:150] or "fil"
