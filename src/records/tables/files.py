"""Files: the rendered documents with who has them and where they are filed, and what people attach."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, EncryptedBytes, Id, Instant


class DocumentFile(Base):
    """A version as the file that is sent, handed out and filed. Append-only: rendered once, then kept."""

    __tablename__ = "document_file"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("document_version.id"), unique=True)
    media: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(EncryptedBytes("document_file.content"))
    made_at: Mapped[datetime] = mapped_column(Instant)


class DocumentJob(Base):
    """Something to do with a version after the transaction that issued it: render it, or file it."""

    __tablename__ = "document_job"
    __table_args__ = (
        UniqueConstraint("version_id", "kind", "target"),
        Index("ix_document_job_due", "done_at", "next_try_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("document_version.id"))
    kind: Mapped[str] = mapped_column(String(20))
    """`print` or `file`."""
    target: Mapped[str] = mapped_column(String(40), default="")
    """For `file`: the system it is filed in."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)


class DocumentRecipient(Base):
    """Somebody who is to have a version. Append-only, written when it is issued."""

    __tablename__ = "document_recipient"
    __table_args__ = (Index("ix_document_recipient_version", "version_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("document_version.id"))
    name: Mapped[str] = mapped_column(Encrypted("document_recipient.name"))
    role: Mapped[str | None] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))


class DocumentDelivery(Base):
    """Somebody was given a version: when, how and by whom. Append-only."""

    __tablename__ = "document_delivery"
    __table_args__ = (Index("ix_document_delivery_version", "version_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("document_version.id"))
    name: Mapped[str] = mapped_column(Encrypted("document_delivery.name"))
    how: Mapped[str] = mapped_column(String(20))
    """`digital`, `papir`, `post` or `fremvist`."""
    given_on: Mapped[date]
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))


class DocumentFiling(Base):
    """Where a version is filed, and under which reference. Append-only."""

    __tablename__ = "document_filing"
    __table_args__ = (UniqueConstraint("version_id", "target"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("document_version.id"))
    target: Mapped[str] = mapped_column(String(40))
    reference: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(Instant)
    by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """Who filed it by hand; empty when the system did."""


class Attachment(Base):
    """A file that somebody uploaded. It is loose until a form or a case takes it."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_case", "case_id"),
        Index("ix_attachment_instance", "instance_id"),
        Index("ix_attachment_loose", "bound_at", "uploaded_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    name: Mapped[str] = mapped_column(Encrypted("attachment.name"))
    media: Mapped[str] = mapped_column(String(120))
    """What the content shows it to be, whatever its name says."""
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    uploaded_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    bound_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a submission or a case took it; a loose one is deleted after a while."""


class AttachmentPart(Base):
    """A piece of an attachment, so that a large file is never in memory as a whole when it is read."""

    __tablename__ = "attachment_part"
    __table_args__ = (UniqueConstraint("attachment_id", "number"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    attachment_id: Mapped[int] = mapped_column(Id, ForeignKey("attachment.id"))
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(EncryptedBytes("attachment_part.content"))
