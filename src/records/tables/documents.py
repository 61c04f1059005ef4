"""Documents of a case with their issued versions, and the case's journal."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, EncryptedJson, Id, Instant


class Document(Base):
    """One document, e.g. a case's common plan (Fælles plan, OS-27); its text is in the versions.

    It belongs to a case, else to a course without one, else (`library`) to everybody in the municipality.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "series"),
        Index("ix_document_instance", "instance_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    """The course that the document runs through, when it has one for itself (SM-34)."""
    kind: Mapped[str] = mapped_column(String(60))
    series: Mapped[str] = mapped_column(String(40), default="")
    """Tells documents of one kind in one case apart; empty for the case's one document of the kind."""
    library: Mapped[bool] = mapped_column(default=False)
    """True for what all staff may read, such as the standards."""
    title: Mapped[str] = mapped_column(String(200))
    newest: Mapped[int]


class DocumentVersion(Base):
    """An issued version. Append-only: what was issued is never changed."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "version"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    document_id: Mapped[int] = mapped_column(Id, ForeignKey("document.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("document_version.content"))
    head: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJson("document_version.head"))
    """What stands above the content: title, case number, child and people as they were when it was issued."""
    procedure_version_id: Mapped[int | None] = mapped_column(Id, ForeignKey("procedure_version.id"))
    """The version of the procedure that issued it: its template shapes the document."""
    issued_at: Mapped[datetime] = mapped_column(Instant)
    issued_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))


class JournalEntry(Base):
    """What was done in a case, by whom, when. Append-only."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_case_at", "case_id", "at"),
        Index("ix_journal_entry_instance_at", "instance_id", "at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """Empty when the system itself did it (a timer, a message)."""
    on_behalf_of_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Encrypted("journal_entry.text"))
