"""The child, the case, who has a part in it, and who looked at it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, EncryptedJson, Id, Instant


class Child(Base):
    """The child or young person a case is about."""

    __tablename__ = "child"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sort_name: Mapped[str] = mapped_column(String(400), index=True)
    born: Mapped[date | None] = mapped_column(Date)
    cpr: Mapped[str | None] = mapped_column(Encrypted("child.cpr"))
    cpr_index: Mapped[str | None] = mapped_column(String(80), unique=True)
    address: Mapped[str | None] = mapped_column(Encrypted("child.address"))
    protected_address: Mapped[bool] = mapped_column(default=False)


class Case(Base):
    """A case (sag). `data` holds what procedures wrote with `sag = …`."""

    __tablename__ = "case"
    __table_args__ = (Index("ix_case_unit_status", "unit_id", "status"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    child_id: Mapped[int] = mapped_column(Id, ForeignKey("child.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(Id, ForeignKey("org_unit.id"))
    kind: Mapped[str | None] = mapped_column(String(80))
    """Sagsart: afklaringssag, særligt behov for indsats … (BF-07)."""
    status: Mapped[str] = mapped_column(String(20), default="aaben")
    district: Mapped[str | None] = mapped_column(String(80))
    """The child's district: what procedures wrote as `sag.distrikt`, so that figures can be divided by it."""
    data: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("case.data"))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    close_reason: Mapped[str | None] = mapped_column(Encrypted("case.close_reason"))
    rev: Mapped[int] = mapped_column(default=1)


class CaseCounter(Base):
    """The last case number given in a year."""

    __tablename__ = "case_counter"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class CaseRole(Base):
    """A person has a role in one case, from one instant to another (OS-03)."""

    __tablename__ = "case_role"
    __table_args__ = (
        Index("ix_case_role_case", "case_id", "role"),
        Index(
            "ix_case_role_person",
            "person_id",
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("case.id"))
    role: Mapped[str] = mapped_column(String(60))
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Encrypted("case_role.reason"))


class CaseParty(Base):
    """Somebody around the child: family, custody holder, professional, network person (OS-08, OS-26)."""

    __tablename__ = "case_party"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Encrypted("case_party.name"))
    function: Mapped[str | None] = mapped_column(String(200))
    organisation: Mapped[str | None] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("case_party.details"))
    consent: Mapped[bool | None]
    since: Mapped[datetime] = mapped_column(Instant)


class AccessEntry(Base):
    """Who looked at a case, in what relation, or was refused. Append-only."""

    __tablename__ = "access_entry"
    __table_args__ = (
        Index("ix_access_entry_case_at", "case_id", "at"),
        Index("ix_access_entry_person_at", "person_id", "at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    relation: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(80))
    refused: Mapped[bool]
