"""What is still to be done with issued versions: rendering and filing, each tried again when it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select, update

from records.tables import Document, DocumentJob, DocumentVersion, Incident, Person
from records.unit import Unit
from tasks.incidents import open_incident
from tasks.people import Actor

PRINT, FILE = "print", "file"

EDOC, EXTERNAL = "edoc", "fagsystem"
TARGETS: Final[Mapping[str, str]] = {EDOC: "eDoc", EXTERNAL: "Eksternt fagsystem"}
"""Where a document can be filed, and what people call it."""

ATTEMPTS: Final = 3
"""Tries after which a document that cannot be rendered or filed becomes an incident."""

LONGEST_WAIT: Final = timedelta(hours=4)

_TROUBLE: Final = "dokument"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that is to be done with a version now."""

    job_id: int
    version_id: int
    target: str


def anything_due(unit: Unit, actor: Actor, kind: str) -> bool:
    """Tell whether something waits to be done now; asked before anything is locked."""
    query = select(DocumentJob.id).where(
        DocumentJob.done_at.is_(None), DocumentJob.kind == kind, DocumentJob.next_try_at <= unit.now
    )
    return unit.session.scalar(query.limit(1)) is not None


def take_job(unit: Unit, kind: str) -> Waiting | None:
    """Return what is to be done now, None when nothing is; it is moved ahead, so that a worker killed
    meanwhile leaves it to be done once more."""
    row = unit.session.scalar(
        select(DocumentJob)
        .where(DocumentJob.done_at.is_(None), DocumentJob.kind == kind, DocumentJob.next_try_at <= unit.now)
        .order_by(DocumentJob.next_try_at, DocumentJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.attempts += 1
    row.next_try_at = unit.now + min(timedelta(minutes=2 ** min(row.attempts, 12)), LONGEST_WAIT)
    return Waiting(row.id, row.version_id, row.target)


def version_of(unit: Unit, version_id: int) -> tuple[Document, DocumentVersion, str | None]:
    """Return a version with its document and who issued it."""
    row = unit.session.execute(
        select(Document, DocumentVersion, Person.name)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .outerjoin(Person, Person.id == DocumentVersion.issued_by_id)
        .where(DocumentVersion.id == version_id)
    ).one()
    return row[0], row[1], row[2]


def job_done(unit: Unit, version_id: int, kind: str, target: str) -> None:
    """Note that something has been done; what was reported about it is settled."""
    row = unit.session.scalar(
        select(DocumentJob).where(
            DocumentJob.version_id == version_id, DocumentJob.kind == kind, DocumentJob.target == target
        )
    )
    if row is None:
        return
    row.done_at = unit.now
    row.error = None
    unit.session.execute(
        update(Incident)
        .where(
            Incident.kind == _TROUBLE,
            Incident.resolved_at.is_(None),
            Incident.element_id == _element(row.id),
        )
        .values(resolved_at=unit.now, resolution="Det lykkedes.")
        .execution_options(synchronize_session=False)
    )


def job_failed(unit: Unit, job_id: int, text: str, *, passing: bool) -> None:
    """Note why something could not be done. It is tried again; an incident is opened at once when trying
    again alone cannot help (a template with a fault), else after ATTEMPTS tries."""
    row = unit.session.get(DocumentJob, job_id)
    if row is None or row.done_at is not None:
        return
    row.error = text[:1000]
    if passing and row.attempts < ATTEMPTS:
        return
    if not passing:
        row.next_try_at = unit.now + LONGEST_WAIT
    document, version, _ = version_of(unit, row.version_id)
    what = (
        f"Dokumentet »{document.kind}« kunne ikke laves som PDF: {text[:300]}"
        if row.kind == PRINT
        else f"Et dokument kunne ikke journaliseres i {TARGETS.get(row.target, row.target)}: {text[:300]}"
    )
    open_incident(
        unit,
        _TROUBLE,
        what,
        {"gentag": "dokument", "job_id": row.id},
        case_id=document.case_id,
        instance_id=version.instance_id,
        element_id=_element(row.id),
        version_id=version.procedure_version_id,
    )


def _element(job_id: int) -> str:
    return f"dokument-{job_id}"


def job_of(unit: Unit, version_id: int, kind: str, target: str = "") -> int | None:
    """Return the id of what is to be done with a version, None when it is done or was never asked for."""
    return unit.session.scalar(
        select(DocumentJob.id).where(
            DocumentJob.version_id == version_id,
            DocumentJob.kind == kind,
            DocumentJob.target == target,
            DocumentJob.done_at.is_(None),
        )
    )


def retry_job(unit: Unit, job_id: int) -> bool:
    """Let something be tried again now; False when it is done."""
    row = unit.session.get(DocumentJob, job_id)
    if row is None or row.done_at is not None:
        return False
    row.next_try_at = unit.now
    row.attempts = 0
    return True
