"""What a rehearsal may expect of documents: their versions, and who is still to be given the newest one."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import false, select

from records.tables import Document, DocumentVersion
from records.unit import Unit
from tasks.casefile import CaseFile, read_case_file
from tasks.handouts import handouts_of

if TYPE_CHECKING:
    from tasks.expectations import Scene


def _documents(unit: Unit, scene: "Scene", expected: Any, stage: Any) -> list[str]:
    rows = {document.kind: document.newest for document in _documents_of(unit, scene)}
    return [
        f"dokumentet {kind} er i version {rows.get(kind, 'ingen')}, ikke {version}"
        for kind, version in (expected or {}).items()
        if rows.get(kind, 0) != (version or 0)
    ]


def _documents_of(unit: Unit, scene: "Scene") -> list[Document]:
    """The documents of the case, else of the course; of one kind the newest document comes last."""
    own = Document.instance_id.in_(scene.instances)
    where = Document.case_id == scene.case_id if scene.case_id is not None else own
    return list(unit.session.scalars(select(Document).where(where).order_by(Document.id)))


def _contents(unit: Unit, scene: "Scene", expected: Any, stage: Any) -> list[str]:
    """»dokumentet_har«: texts in what the newest version of a kind was issued with."""
    rows = {document.kind: document for document in _documents_of(unit, scene)}
    problems: list[str] = []
    for kind, texts in (expected or {}).items():
        here = (DocumentVersion.document_id == rows[kind].id) if kind in rows else false()
        newest = select(DocumentVersion.content).where(here).order_by(DocumentVersion.version.desc()).limit(1)
        content = str(unit.session.scalar(newest))
        problems += [f"{kind} har ikke »{text}«" for text in texts if str(text) not in content]
    return problems


def _handouts(unit: Unit, scene: "Scene", expected: Any, stage: Any) -> list[str]:
    rows = {document.kind: document for document in _documents_of(unit, scene)}
    problems: list[str] = []
    for kind, names in (expected or {}).items():
        version = rows[kind].newest if kind in rows else 0
        version_id = unit.session.scalar(
            select(DocumentVersion.id).where(
                DocumentVersion.document_id == (rows[kind].id if kind in rows else 0),
                DocumentVersion.version == version,
            )
        )
        missing = ["dokumentet"]
        if version_id is not None:
            case_id = rows[kind].case_id
            file = read_case_file(unit, case_id) if case_id is not None else CaseFile(unit)
            missing = list(handouts_of(unit, version_id, file).missing)
        if sorted(missing) != sorted(names or []):
            problems.append(f"{kind} mangler at blive udleveret til {missing}, ikke {names or []}")
    return problems


DOCUMENT_CHECKS = {
    "dokumenter": _documents,
    "dokumentet_har": _contents,
    "mangler_udlevering": _handouts,
}
"""Word in a rehearsal → what finds the differences, in Danish."""
