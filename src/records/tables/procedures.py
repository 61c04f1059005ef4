"""Published procedures and their running instances."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, Id, Instant, JsonText


class Procedure(Base):
    """A written procedure, known by its key (opstart_af_sag)."""

    __tablename__ = "procedure"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))


class ProcedureVersion(Base):
    """An immutable bundle: diagram, forms, tables, text, rehearsals. `manifest` is path → SHA-256."""

    __tablename__ = "procedure_version"
    __table_args__ = (UniqueConstraint("procedure_id", "version"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    procedure_id: Mapped[int] = mapped_column(Id, ForeignKey("procedure.id"))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    """draft, published or retired."""
    valid_from: Mapped[datetime | None] = mapped_column(Instant)
    hash: Mapped[str] = mapped_column(String(64))
    manifest: Mapped[dict[str, str]] = mapped_column(JsonText)
    start_messages: Mapped[list[str]] = mapped_column(JsonText)
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Only a draft (property `udkast` of the diagram)."""
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    published_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))


class BundleFile(Base):
    """A file's content under its SHA-256, shared by every version that has it."""

    __tablename__ = "bundle_file"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Instance(Base):
    """One course (forløb) of a procedure, pinned to the version it started on."""

    __tablename__ = "instance"
    __table_args__ = (
        Index("ix_instance_case_status", "case_id", "status"),
        Index("ix_instance_parent", "parent_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("procedure_version.id"))
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    parent_call: Mapped[str | None] = mapped_column(String(40))
    """The engine's id of the call activity that waits for this instance."""
    state: Mapped[str] = mapped_column(Encrypted("instance.state"))
    """The engine's live state; empty once the instance is over."""
    rev: Mapped[int] = mapped_column(default=1)
    status: Mapped[str] = mapped_column(String(20))
    """igang, afsluttet or annulleret."""
    started_at: Mapped[datetime] = mapped_column(Instant)
    started_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_event: Mapped[str | None] = mapped_column(String(120))
    end_name: Mapped[str | None] = mapped_column(String(200))
    moved_at: Mapped[datetime | None] = mapped_column(Instant)
    """When it was last moved to another version; what it was before is in `course_move`."""


class StepEntry(Base):
    """One step of an instance that finished. Append-only: the history the live state does not carry."""

    __tablename__ = "step_entry"
    __table_args__ = (Index("ix_step_entry_instance", "instance_id", "id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instance_id: Mapped[int] = mapped_column(Id, ForeignKey("instance.id"))
    engine_id: Mapped[str] = mapped_column(String(40))
    element_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    lane: Mapped[str | None] = mapped_column(String(120))
    outcome: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
