"""Filing issued versions in other systems, with the reference they get there (SM-47)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from engine import workdays
from records.tables import (
    DocumentFile,
    DocumentFiling,
    DocumentJob,
    DocumentRecipient,
    DocumentVersion,
    JournalEntry,
    Person,
)
from records.unit import Unit
from tasks.documentjobs import EDOC, FILE, TARGETS, Waiting, job_done, version_of
from tasks.documents import ReadDocument, in_charge, open_version, see_version
from tasks.errors import Invalid, Refused
from tasks.people import Actor
from tasks.stopped_deliveries import stop_filing
from tasks.texts import required

_REFERENCE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class FilingOrder:
    """A rendered version to be filed, with what the other system is told of it."""

    job_id: int
    version_id: int
    target: str
    reference: str
    content: bytes
    about: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FilingLine:
    """How it stands with filing a version in one system: `reference` when it is filed, else what is wrong."""

    target: str
    name: str
    reference: str | None
    at: datetime | None
    by: str | None
    waiting: bool
    error: str | None


@dataclass(frozen=True, slots=True)
class RegisterFiling:
    """Note the reference of a version that somebody has filed by hand (SM-47)."""

    document_id: int
    version: int
    target: str
    reference: str


def meant_for(version: DocumentVersion) -> tuple[str, ...]:
    """Return the systems that a version is to be filed in, as its diagram said; eDoc when it said nothing."""
    named = (version.head or {}).get("arkiv")
    chosen = named if isinstance(named, list) else [EDOC]
    return tuple(target for target in TARGETS if target in chosen)


def filing_of(unit: Unit, job: Waiting) -> FilingOrder | None:
    """Return what is needed to file a version; None when it is filed already, or may not be any longer."""
    document, version, by = version_of(unit, job.version_id)
    filed = select(DocumentFiling.id).where(
        DocumentFiling.version_id == job.version_id, DocumentFiling.target == job.target
    )
    if unit.session.scalar(filed) is not None:
        job_done(unit, job.version_id, FILE, job.target)
        return None
    if stop_filing(unit, job.job_id):
        return None
    file = unit.session.scalars(select(DocumentFile).where(DocumentFile.version_id == job.version_id)).one()
    recipients = unit.session.scalars(
        select(DocumentRecipient.name).where(DocumentRecipient.version_id == job.version_id)
    )
    head = version.head or {}
    reference = f"{head.get('sagsnummer') or 'uden-sag'}-{document.kind}-{document.id}-v{version.version}"
    about = {
        "reference": reference,
        "system": job.target,
        "titel": head.get("titel") or document.title,
        "art": document.kind,
        "version": version.version,
        "udstedt": workdays.local(version.issued_at).isoformat(timespec="seconds"),
        "udstedt_af": by,
        "sagsnummer": head.get("sagsnummer"),
        "barn": head.get("barn"),
        "foedt": head.get("foedt"),
        "modtagere": list(recipients),
        "fil": f"{reference}.pdf",
        "type": file.media,
        "sha256": file.sha256,
        "stoerrelse": file.size,
    }
    return FilingOrder(job.job_id, job.version_id, job.target, reference, file.content, about)


def filed(unit: Unit, order: FilingOrder) -> None:
    """Note on the version where it is filed."""
    _note_filing(unit, order.version_id, order.target, order.reference, None)


def _note_filing(unit: Unit, version_id: int, target: str, reference: str, by_id: int | None) -> None:
    document, version, _ = version_of(unit, version_id)
    unit.session.add(
        DocumentFiling(version_id=version_id, target=target, reference=reference, at=unit.now, by_id=by_id)
    )
    where = f"{TARGETS[target]}: {reference}"
    unit.session.add(
        JournalEntry(
            case_id=document.case_id,
            instance_id=version.instance_id,
            at=unit.now,
            actor_id=by_id,
            kind="journaliseret",
            text=f"{document.title}, version {version.version}, journaliseret i {where}",
        )
    )
    job_done(unit, version_id, FILE, target)


def filings_of(unit: Unit, version_id: int) -> tuple[FilingLine, ...]:
    """Return how it stands with filing a version in each system it is meant for; three statements. The caller
    has checked access."""
    _, version, _ = version_of(unit, version_id)
    done = {
        row.target: (row, name)
        for row, name in unit.session.execute(
            select(DocumentFiling, Person.name)
            .outerjoin(Person, Person.id == DocumentFiling.by_id)
            .where(DocumentFiling.version_id == version_id)
        )
    }
    jobs = {
        job.target: job
        for job in unit.session.scalars(
            select(DocumentJob).where(DocumentJob.version_id == version_id, DocumentJob.kind == FILE)
        )
    }
    lines = []
    for target in dict.fromkeys((*meant_for(version), *done)):
        row, name = done.get(target, (None, None))
        job = jobs.get(target)
        waiting = row is None and job is not None
        lines.append(
            FilingLine(
                target,
                TARGETS.get(target, target),
                row.reference if row else None,
                row.at if row else None,
                name,
                waiting,
                job.error if waiting and job is not None else None,
            )
        )
    return tuple(lines)


def read_filings(unit: Unit, actor: Actor, command: ReadDocument) -> tuple[FilingLine, ...]:
    """Return how it stands with filing a version; empty for a mere reader. The caller has logged that the
    document is read. Raises NotFound, Denied."""
    found = see_version(unit, actor, command, "journalisering")
    return filings_of(unit, found.version.id) if in_charge(unit, actor, found) else ()


def register_filing(unit: Unit, actor: Actor, command: RegisterFiling) -> None:
    """Note the reference of a version that was filed by hand. Raises NotFound, Refused, Invalid."""
    found = open_version(unit, actor, ReadDocument(command.document_id, command.version), "journalisering")
    if not in_charge(unit, actor, found):
        raise Refused("Du kan læse dokumentet, men ikke journalisere det.")
    if command.target not in TARGETS:
        raise Invalid("Vælg et system.", {"target": f"Vælg en af: {', '.join(TARGETS)}."})
    reference = required(command.reference, "reference", "Skriv journalnummeret.", _REFERENCE_LENGTH)
    if any(line.target == command.target and line.reference for line in filings_of(unit, found.version.id)):
        raise Invalid("Versionen er allerede journaliseret der.", {"reference": "Den er journaliseret."})
    _note_filing(unit, found.version.id, command.target, reference, actor.person_id)
