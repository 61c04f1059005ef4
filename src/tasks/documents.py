"""Documents: issuing a new version, and reading one (OS-27).

A document belongs to a case and has one row for each kind there (`sag`), for each course (`forloeb`, SM-34)
or for each time (`nyt`); without a case it belongs to the course, and in the library to everybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select

from engine.errors import EngineError
from records.tables import (
    Document,
    DocumentJob,
    DocumentRecipient,
    DocumentVersion,
    Instance,
    OrgUnit,
    Person,
    Task,
)
from records.unit import Unit
from tasks import access
from tasks.access import Denied
from tasks.bound import kinds_of, may_read_document
from tasks.casefile import CaseFile, read_case_file
from tasks.document_words import Words, labels_for, words_for
from tasks.errors import NotFound
from tasks.externals import require_welcome
from tasks.people import Actor, today
from tasks.roles import CASEWORKER
from tasks.stopped_deliveries import stopped

PER_CASE, PER_COURSE, EACH, LIBRARY = "sag", "forloeb", "nyt", "bibliotek"
WAYS: Final = (PER_CASE, PER_COURSE, EACH, LIBRARY)
"""How a document is continued (`fremgangsmaade`): one of the kind in the case, one for the course, a new one
each time, or one for all staff in the library."""


RECEIVES, BOUND = "modtager", "bilag"
"""Relations to a document alone: its recipient, and who has a task that it is bound to."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is to have a document; `person_id` for one who signs in."""

    name: str
    role: str | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to issue: what a service task said of it."""

    kind: str
    title: str
    content: dict[str, Any]
    recipients: Sequence[Recipient] = ()
    way: str = PER_CASE
    targets: tuple[str, ...] | None = None
    """Where it is to be filed; None for the usual place."""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document in its newest version."""

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
    """A version of a document with its content, and which versions there are. Without a case (a course
    without one, the library) `case_id` and what follows it is None."""

    line: DocumentLine
    version_id: int
    library: bool
    case_id: int | None
    case_number: str | None
    child: str | None
    protected: bool
    content: dict[str, Any]
    words: Words
    labels: Words
    """What the keys in the content mean, and what forms call its fields."""
    versions: tuple[tuple[int, datetime], ...]
    """Number and instant of issue of every version, newest first."""
    in_charge: bool
    """Whether the reader decides in the case, and so may hand out and file."""


def issue(unit: Unit, actor: Actor, file: CaseFile, new: NewVersion, instance: Instance) -> int:
    """Issue the next version of a document; return its number. It is rendered after the transaction.

    In a case the newest content is also the fact `sag.planer.<kind>`, with `version`, `dato` (local day) and
    `udlevering` ({modtagere, mangler}: names). Raises EngineError when the way does not fit.
    """
    document = _row_of(unit, file, new, instance)
    document.title = new.title
    document.newest += 1
    unit.session.flush()
    version = DocumentVersion(
        document_id=document.id,
        version=document.newest,
        content=new.content,
        head=_head(unit, file, new),
        procedure_version_id=instance.version_id,
        issued_at=unit.now,
        issued_by_id=actor.person_id,
        instance_id=instance.id,
    )
    unit.session.add(version)
    unit.session.flush()
    unit.session.add(
        DocumentJob(version_id=version.id, kind="print", created_at=unit.now, next_try_at=unit.now)
    )
    unit.session.add_all(
        DocumentRecipient(version_id=version.id, name=one.name, role=one.role, person_id=one.person_id)
        for one in new.recipients
    )
    if document.case_id is not None:
        names = [one.name for one in new.recipients]
        newest = {
            "dato": today(unit).isoformat(),
            **new.content,
            "version": document.newest,
            "udlevering": {"modtagere": names, "mangler": names},
        }
        write_fact(file, new.kind, newest)
    return document.newest


def write_fact(file: CaseFile, kind: str, newest: Mapping[str, Any]) -> None:
    """Let `sag.planer.<kind>` say what the newest version of a kind holds."""
    assert file.case is not None
    file.write({"planer": {**file.case.data.get("planer", {}), kind: dict(newest)}})


def _row_of(unit: Unit, file: CaseFile, new: NewVersion, instance: Instance) -> Document:
    """Return the document that gets the version, locked; a new one when there is none."""
    if new.way not in WAYS:
        raise EngineError(f"Fremgangsmåden »{new.way}« findes ikke. Vælg en af: {', '.join(WAYS)}.")
    way = PER_COURSE if file.case is None and new.way == PER_CASE else new.way
    course = root_of(unit, instance)
    case_id = file.case.id if file.case is not None and way != LIBRARY else None
    own = way in (PER_COURSE, EACH) or (case_id is None and way != LIBRARY)
    made = Document(
        case_id=case_id,
        instance_id=course if own else None,
        kind=new.kind,
        series=f"forloeb-{course}" if own else "",
        library=way == LIBRARY,
        title=new.title,
        newest=0,
    )
    found = None
    if way == EACH:
        same = select(Document.id).where(Document.instance_id == course, Document.kind == new.kind)
        made.series = f"{made.series}-{len(unit.session.scalars(same).all()) + 1}"
    else:
        found = unit.session.scalar(
            select(Document)
            .where(
                Document.case_id.is_not_distinct_from(case_id),
                Document.kind == new.kind,
                Document.series == made.series,
                Document.library.is_(made.library),
            )
            .with_for_update()
        )
    if found is None:
        unit.session.add(made)
    return found or made


def root_of(unit: Unit, instance: Instance) -> int:
    """Return the id of the course that a called course is part of, its own when nobody called it."""
    parent = instance.parent_id
    root = instance.id
    while parent is not None:
        root = parent
        parent = unit.session.scalar(select(Instance.parent_id).where(Instance.id == parent))
    return root


def _head(unit: Unit, file: CaseFile, new: NewVersion) -> dict[str, Any]:
    head: dict[str, Any] = {"titel": new.title}
    if new.targets is not None:
        head["arkiv"] = list(new.targets)
    if file.case is None or file.child is None:
        return head
    born = file.child.born
    caseworker = file.people.get(CASEWORKER)
    head |= {
        "sagsnummer": file.case.number,
        "barn": file.child.name,
        "foedt": born.isoformat() if born else None,
        "raadgiver": caseworker.name if caseworker else None,
        "enhed": unit.session.scalar(select(OrgUnit.name).where(OrgUnit.id == file.unit_id)),
    }
    return head


def current_document(unit: Unit, case_id: int | None, kind: str, instance: Instance) -> Document | None:
    """Return the document of a kind that a course means: its own, else the newest one of its case."""
    course = root_of(unit, instance)
    mine = Document.instance_id == course
    where = mine if case_id is None else or_(mine, Document.case_id == case_id)
    rows = unit.session.scalars(
        select(Document).where(Document.kind == kind, where).order_by(Document.id.desc())
    ).all()
    return next((row for row in rows if row.instance_id == course), rows[0] if rows else None)


def documents_of(unit: Unit, case_id: int) -> list[DocumentLine]:
    """Return the documents of a case in their newest versions; one statement. The caller has checked
    access."""
    return _lines(unit, Document.case_id == case_id)


def bound_documents(unit: Unit, task: Task) -> tuple[DocumentLine, ...]:
    """Return the case's documents that the element of a task names in `bilag`, in their newest versions."""
    kinds = kinds_of(unit, task)
    if not kinds or task.case_id is None:
        return ()
    return tuple(line for line in documents_of(unit, task.case_id) if line.kind in kinds)


def library_documents(unit: Unit, actor: Actor, command: None) -> list[DocumentLine]:
    """Return the documents of the library, which all staff may read."""
    return _lines(unit, Document.library.is_(True))


def _lines(unit: Unit, which: Any) -> list[DocumentLine]:
    query = (
        select(Document, DocumentVersion.issued_at, Person.name)
        .join(
            DocumentVersion,
            (DocumentVersion.document_id == Document.id) & (DocumentVersion.version == Document.newest),
        )
        .outerjoin(Person, Person.id == DocumentVersion.issued_by_id)
        .where(which)
        .order_by(Document.title, Document.id)
    )
    return [
        DocumentLine(document.id, document.kind, document.title, document.newest, issued_at, name)
        for document, issued_at, name in unit.session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class Reading:
    """A document that the reader may see, in one version."""

    document: Document
    version: DocumentVersion
    issued_by: str | None
    file: CaseFile
    relation: str

    @property
    def title(self) -> str:
        """What the version was called when it was issued."""
        return str((self.version.head or {}).get("titel") or self.document.title)


def open_version(unit: Unit, actor: Actor, command: ReadDocument, what: str) -> Reading:
    """Return a version that the actor may see; the look is logged as `what`. Raises NotFound, Denied."""
    found = see_version(unit, actor, command, what)
    if not found.document.library:
        alone = found.document.instance_id if found.document.case_id is None else None
        access.log_view(unit, actor, found.document.case_id, found.relation, what, alone)
    return found


def see_version(unit: Unit, actor: Actor, command: ReadDocument, what: str) -> Reading:
    """Return a version that the actor may see; the caller sees to the log. Raises NotFound, Denied."""
    document = unit.session.get(Document, command.document_id)
    if document is None:
        raise NotFound("Dokumentet findes ikke.")
    number = command.version or document.newest
    file, relation = _require(unit, actor, document, number, what)
    row = unit.session.execute(
        select(DocumentVersion, Person.name)
        .outerjoin(Person, Person.id == DocumentVersion.issued_by_id)
        .where(DocumentVersion.document_id == document.id, DocumentVersion.version == number)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Version {number} af dokumentet findes ikke.")
    return Reading(document, row[0], row[1], file, relation)


def _require(unit: Unit, actor: Actor, document: Document, number: int, what: str) -> tuple[CaseFile, str]:
    """Return the document's case and the actor's relation to it. Raises Denied.

    Who is to have a version, and signs in, may read that version without knowing the rest of the case; who
    has a task that the document is bound to, the newest one (SM-30).
    """
    if document.library:
        return CaseFile(unit), "bibliotek"
    file = read_case_file(unit, document.case_id) if document.case_id is not None else CaseFile(unit)
    if document.case_id is not None:
        found = access.relation(unit, actor, file)
    else:
        found = course_relation(unit, actor, document.instance_id or 0)
    if found is None and _receives(unit, actor, file, document.id, number):
        found = RECEIVES
    if found is None and number == document.newest and may_read_document(unit, actor, document):
        found = BOUND
    if found in (RECEIVES, BOUND):
        require_welcome(unit, actor, file)
    if found is None:
        raise Denied(document.case_id, document.instance_id if document.case_id is None else None, what)
    return file, found


def course_relation(unit: Unit, actor: Actor, instance_id: int) -> str | None:
    """Whoever has worked in a course without a case may see what came of it, also when it is over."""
    found = access.course_relation(unit, actor, instance_id)
    if found is None:
        mine = or_(Task.completed_by_id == actor.person_id, Task.assignee_id == actor.person_id)
        took_part = select(Task.id).where(Task.instance_id == instance_id, mine).limit(1)
        began = select(Instance.id).where(
            Instance.id == instance_id, Instance.started_by_id == actor.person_id
        )
        if unit.session.scalar(took_part) is not None or unit.session.scalar(began) is not None:
            return "opgave"
    return found


def _receives(unit: Unit, actor: Actor, file: CaseFile, document_id: int, number: int) -> bool:
    query = (
        select(DocumentRecipient.name)
        .join(DocumentVersion, DocumentVersion.id == DocumentRecipient.version_id)
        .where(
            DocumentVersion.document_id == document_id,
            DocumentVersion.version == number,
            DocumentRecipient.person_id == actor.person_id,
        )
    )
    if actor.person_id is None:
        return False
    return any(not stopped(file, name, today(unit)) for name in unit.session.scalars(query))


def read_document(unit: Unit, actor: Actor, command: ReadDocument) -> DocumentText:
    """Return a version of a document. Raises NotFound, Denied; the view is logged."""
    found = open_version(unit, actor, command, "dokument")
    document, version, file = found.document, found.version, found.file
    case, child = file.case, file.child
    line = DocumentLine(
        document.id, document.kind, found.title, version.version, version.issued_at, found.issued_by
    )
    issued = unit.session.execute(
        select(DocumentVersion.version, DocumentVersion.issued_at)
        .where(DocumentVersion.document_id == document.id)
        .order_by(DocumentVersion.version.desc())
    )
    versions = tuple((number, at) for number, at in issued)
    if found.relation in (RECEIVES, BOUND):
        versions = tuple(one for one in versions if one[0] == version.version)
    return DocumentText(
        line,
        version.id,
        document.library,
        case.id if case else None,
        case.number if case else None,
        child.name if child else None,
        child.protected_address if child else False,
        version.content,
        words_for(unit, version.procedure_version_id),
        labels_for(unit, version.procedure_version_id),
        versions,
        in_charge(unit, actor, found),
    )


def in_charge(unit: Unit, actor: Actor, found: Reading) -> bool:
    """Tell whether the actor may hand out and file the document: everybody with a part in the case or the
    course but its mere readers."""
    return found.relation not in (RECEIVES, BOUND, "bibliotek")
