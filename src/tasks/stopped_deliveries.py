"""Deliveries that were on their way when the consent behind them ended: they are stopped, that is written
down, and whoever is responsible for the case is told."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from records.tables import (
    Document,
    DocumentDelivery,
    DocumentJob,
    DocumentRecipient,
    DocumentVersion,
    JournalEntry,
)
from records.unit import Unit
from tasks import notices
from tasks.casefile import CaseFile, read_case_file
from tasks.consent_ends import folded
from tasks.consent_term import held_on
from tasks.documentjobs import EXTERNAL, FILE
from tasks.people import holders, today
from tasks.roles import CASEWORKER, LEADERS

WHY = "Samtykket er trukket tilbage eller udløbet."


def stopped(file: CaseFile, name: str, day: date) -> bool:
    """Tell whether somebody was to have documents by a consent that does not hold on a local day. Nobody who
    needs no consent ever had one here, and is never stopped."""
    wanted = folded(name)
    kept = file.case.data.get("samtykker", []) if file.case is not None else []
    about = [one for one in kept if wanted in {folded(each) for each in one["modtagere"]}]
    return bool(about) and not any(held_on(one, day) for one in about)


def stop_deliveries(unit: Unit, file: CaseFile, names: Sequence[str]) -> None:
    """Stop what waits to be delivered in a case to people who have just lost their consent: documents that
    they have not been given, and copies on their way to an external system."""
    lost = {folded(name) for name in names}
    if not lost or file.case_id is None:
        return
    rows = unit.session.execute(
        select(DocumentRecipient.name, DocumentVersion, Document)
        .join(DocumentVersion, DocumentVersion.id == DocumentRecipient.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.case_id == file.case_id)
        .order_by(DocumentRecipient.id)
    ).all()
    meant = [(name, version, document) for name, version, document in rows if folded(name) in lost]
    versions = {version.id: (version, document) for _, version, document in meant}
    given = {
        (version_id, folded(name))
        for version_id, name in unit.session.execute(
            select(DocumentDelivery.version_id, DocumentDelivery.name).where(
                DocumentDelivery.version_id.in_(versions)
            )
        )
    }
    texts = [
        f"{document.title}, version {version.version}, udleveres ikke til {name}. {WHY}"
        for name, version, document in meant
        if version.version == document.newest and (version.id, folded(name)) not in given
    ]
    jobs = unit.session.scalars(
        select(DocumentJob).where(
            DocumentJob.version_id.in_(versions),
            DocumentJob.kind == FILE,
            DocumentJob.target == EXTERNAL,
            DocumentJob.done_at.is_(None),
        )
    )
    for job in jobs:
        version, document = versions[job.version_id]
        texts.append(_stop(unit, job, document, version))
    _tell(unit, file, texts)


def stop_filing(unit: Unit, job_id: int) -> bool:
    """Stop a copy on its way to an external system when somebody it is meant for has lost their consent
    meanwhile; tell whether it was stopped."""
    row = unit.session.execute(
        select(DocumentJob, DocumentVersion, Document)
        .join(DocumentVersion, DocumentVersion.id == DocumentJob.version_id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentJob.id == job_id)
    ).one()
    job, version, document = row
    if job.target != EXTERNAL or document.case_id is None:
        return False
    file, day = read_case_file(unit, document.case_id), today(unit)
    names = unit.session.scalars(
        select(DocumentRecipient.name).where(DocumentRecipient.version_id == version.id)
    )
    if not any(stopped(file, name, day) for name in names):
        return False
    _tell(unit, file, [_stop(unit, job, document, version)])
    return True


def _stop(unit: Unit, job: DocumentJob, document: Document, version: DocumentVersion) -> str:
    job.done_at = unit.now
    job.error = f"Stoppet. {WHY}"
    return f"{document.title}, version {version.version}, sendes ikke til det eksterne fagsystem. {WHY}"


def _tell(unit: Unit, file: CaseFile, texts: Iterable[str]) -> None:
    """Write what was stopped in the journal, and tell the rådgiver, else who leads the case's unit."""
    lines = list(texts)
    if not lines or file.case is None:
        return
    unit.session.add_all(
        JournalEntry(case_id=file.case_id, at=unit.now, kind="udlevering", text=text) for text in lines
    )
    worker = file.people.get(CASEWORKER)
    told = [worker.person_id] if worker is not None else _leaders(unit, file)
    count = "1 udlevering er stoppet" if len(lines) == 1 else f"{len(lines)} udleveringer er stoppet"
    text = f"Et samtykke gælder ikke længere. {count}; se sagens tidslinje."
    notices.to_people(unit, "advis", told, text, case_id=file.case_id, case_number=file.case.number)


def _leaders(unit: Unit, file: CaseFile) -> list[int]:
    here = [file.unit_id] if file.unit_id is not None else None
    return sorted({held[0] for role in LEADERS for held in holders(unit, role, here)})
