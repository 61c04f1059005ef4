"""Issued versions as files: what is needed to render one, and keeping what was rendered.

A version waits here after the transaction that issued it; the host renders it (`host.printing`) and files it,
each in a transaction of its own, and tries again when it fails. What was rendered is kept for good.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import workdays
from records.tables import (
    Case,
    Document,
    DocumentFile,
    DocumentFiling,
    DocumentJob,
    DocumentRecipient,
    Procedure,
    ProcedureVersion,
)
from records.unit import Unit
from tasks.document_words import words_for
from tasks.documentjobs import FILE, PRINT, job_done, version_of
from tasks.documents import ReadDocument, open_version
from tasks.filings import meant_for
from tasks.people import Actor
from tasks.procedures import diagram_of


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """A version to be rendered: the files of the bundle that issued it, and what the document says."""

    version_id: int
    kind: str
    files: Mapping[str, bytes]
    about: dict[str, Any]
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class FileOfDocument:
    """A version as a file; `content` is None until it has been rendered."""

    version_id: int
    name: str
    content: bytes | None


def order_of(unit: Unit, version_id: int) -> PrintOrder:
    """Return what is needed to render a version."""
    document, version, by = version_of(unit, version_id)
    head = dict(version.head) if version.head is not None else _head_of_old(unit, document)
    files: Mapping[str, bytes] = {}
    if version.procedure_version_id is not None:
        head |= _procedure(unit, version.procedure_version_id)
        files = diagram_of(unit, version.procedure_version_id).files
    recipients = unit.session.scalars(
        select(DocumentRecipient.name)
        .where(DocumentRecipient.version_id == version_id)
        .order_by(DocumentRecipient.id)
    )
    about = {
        **{name: value for name, value in head.items() if name != "arkiv"},
        "ord": dict(words_for(unit, version.procedure_version_id)),
        "modtagere": list(recipients),
        "titel": head.get("titel") or document.title,
        "version": version.version,
        "udstedt": workdays.local(version.issued_at).date().isoformat(),
        "udstedt_af": by,
        "art": document.kind,
        "indhold": version.content,
    }
    return PrintOrder(version_id, document.kind, files, about, version.issued_at)


def _head_of_old(unit: Unit, document: Document) -> dict[str, Any]:
    """A version from before heads were kept says the case's number alone."""
    number = unit.session.scalar(select(Case.number).where(Case.id == document.case_id))
    return {"titel": document.title, "sagsnummer": number}


def _procedure(unit: Unit, version_id: int) -> dict[str, Any]:
    diagram = diagram_of(unit, version_id)
    name, key, number = unit.session.execute(
        select(Procedure.name, Procedure.key, ProcedureVersion.version)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(ProcedureVersion.id == version_id)
    ).one()
    return {
        "procedure": name,
        "procedurenoegle": key,
        "procedureversion": number,
        "udkast": diagram.properties.get("udkast"),
    }


def keep_file(unit: Unit, version_id: int, content: bytes, targets: Collection[str]) -> None:
    """Keep a version's file for good, unless it is kept already, and let it be filed in those of `targets`
    that it is meant for."""
    known = select(DocumentFile.id).where(DocumentFile.version_id == version_id)
    if unit.session.scalar(known) is None:
        unit.session.add(
            DocumentFile(
                version_id=version_id,
                media="application/pdf",
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                content=content,
                made_at=unit.now,
            )
        )
        _, version, _ = version_of(unit, version_id)
        filed = set(
            unit.session.scalars(select(DocumentFiling.target).where(DocumentFiling.version_id == version_id))
        )
        for target in meant_for(version):
            if target in targets and target not in filed:
                job = DocumentJob(
                    version_id=version_id,
                    kind=FILE,
                    target=target,
                    created_at=unit.now,
                    next_try_at=unit.now,
                )
                unit.session.add(job)
    job_done(unit, version_id, PRINT, "")


def open_file(unit: Unit, actor: Actor, command: ReadDocument) -> FileOfDocument:
    """Return a version's file for somebody who may see it; the look is logged. Raises NotFound, Denied."""
    found = open_version(unit, actor, command, "dokument_pdf")
    content = unit.session.scalar(
        select(DocumentFile.content).where(DocumentFile.version_id == found.version.id)
    )
    number = (found.version.head or {}).get("sagsnummer")
    parts = [found.title, f"version {found.version.version}", *([f"sag {number}"] if number else [])]
    return FileOfDocument(found.version.id, _file_name(parts), content)


def _file_name(parts: Sequence[str]) -> str:
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", ", ".join(parts)).strip()[:150] + ".pdf"
