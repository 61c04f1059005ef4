"""Documents of a case: issuing a new version, and reading one (OS-27)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from records.tables import Document, DocumentVersion, Person
from records.unit import Unit
from tasks import access
from tasks.casefile import CaseFile, read_case_file
from tasks.errors import NotFound
from tasks.people import Actor, today


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document of a case in its newest version."""

    id: int
    kind: str
    title: str
    version: int
    issued_at: datetime
    issued_by: str | None


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """Read a version of a document; the newest when `version` is None."""

    document_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A version of a document with its content, and which versions there are."""

    line: DocumentLine
    case_id: int
    case_number: str
    child: str
    protected: bool
    content: dict[str, Any]
    versions: tuple[tuple[int, datetime], ...]
    """Number and instant of issue of every version, newest first."""


def issue(
    unit: Unit,
    actor: Actor,
    file: CaseFile,
    kind: str,
    title: str,
    content: dict[str, Any],
    instance_id: int | None,
) -> int:
    """Issue the next version of the case's document of this kind; return its number.

    The newest content is also the fact `sag.planer.<kind>`, with `version` and `dato` (local day).
    """
    assert file.case is not None
    document = unit.session.scalar(
        select(Document).where(Document.case_id == file.case.id, Document.kind == kind).with_for_update()
    )
    if document is None:
        document = Document(case_id=file.case.id, kind=kind, title=title, newest=0)
        unit.session.add(document)
    document.title = title
    document.newest += 1
    unit.session.flush()
    unit.session.add(
        DocumentVersion(
            document_id=document.id,
            version=document.newest,
            content=content,
            issued_at=unit.now,
            issued_by_id=actor.person_id,
            instance_id=instance_id,
        )
    )
    newest = {"dato": today(unit).isoformat(), **content, "version": document.newest}
    file.write({"planer": {**file.case.data.get("planer", {}), kind: newest}})
    return document.newest


def documents_of(unit: Unit, case_id: int) -> list[DocumentLine]:
    """Return the documents of a case in their newest versions; one statement. The caller has checked
    access."""
    query = (
        select(Document, DocumentVersion.issued_at, Person.name)
        .join(
            DocumentVersion,
            (DocumentVersion.document_id == Document.id) & (DocumentVersion.version == Document.newest),
        )
        .outerjoin(Person, Person.id == DocumentVersion.issued_by_id)
        .where(Document.case_id == case_id)
        .order_by(Document.title)
    )
    return [
        DocumentLine(document.id, document.kind, document.title, document.newest, issued_at, name)
        for document, issued_at, name in unit.session.execute(query)
    ]


def read_document(unit: Unit, actor: Actor, command: ReadDocument) -> DocumentText:
    """Return a version of a document. Raises NotFound, Refused; the view is logged."""
    document = unit.session.get(Document, command.document_id)
    if document is None:
        raise NotFound("Dokumentet findes ikke.")
    file = read_case_file(unit, document.case_id)
    found = access.require(unit, actor, file, "dokument")
    access.log_view(unit, actor, document.case_id, found, "dokument")
    number = command.version or document.newest
    row = unit.session.execute(
        select(DocumentVersion, Person.name)
        .outerjoin(Person, Person.id == DocumentVersion.issued_by_id)
        .where(DocumentVersion.document_id == document.id, DocumentVersion.version == number)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Version {number} af dokumentet findes ikke.")
    version, name = row
    assert file.case is not None
    assert file.child is not None
    line = DocumentLine(document.id, document.kind, document.title, number, version.issued_at, name)
    issued = unit.session.execute(
        select(DocumentVersion.version, DocumentVersion.issued_at)
        .where(DocumentVersion.document_id == document.id)
        .order_by(DocumentVersion.version.desc())
    )
    return DocumentText(
        line,
        file.case.id,
        file.case.number,
        file.child.name,
        file.child.protected_address,
        version.content,
        tuple((number, at) for number, at in issued),
    )
