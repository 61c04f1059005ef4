"""Consent to share what is known of a child, and the links by which a family sees its own part."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, EncryptedJson, Id, Instant


class Consent(Base):
    """A consent in a case: who gave it, to what, towards whom, from when and until when (SM-49, ST-16)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_case", "case_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("case.id"))
    given_by: Mapped[str] = mapped_column(Encrypted("consent.given_by"))
    scope: Mapped[str] = mapped_column(Encrypted("consent.scope"))
    recipients: Mapped[list[str]] = mapped_column(EncryptedJson("consent.recipients"))
    given_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    """Last day it holds; None until it is withdrawn."""
    registered_at: Mapped[datetime] = mapped_column(Instant)
    registered_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    withdraw_reason: Mapped[str | None] = mapped_column(Encrypted("consent.withdraw_reason"))


class GuestLink(Base):
    """A link by which somebody without an account sees their own part of one item of a meeting. Only the
    hash of its token is kept."""

    __tablename__ = "guest_link"
    __table_args__ = (Index("ix_guest_link_item", "item_id"), Index("ix_guest_link_case", "case_id"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    case_id: Mapped[int] = mapped_column(Id, ForeignKey("case.id"))
    item_id: Mapped[int] = mapped_column(Id, ForeignKey("meeting_item.id"))
    guest: Mapped[str] = mapped_column(Encrypted("guest_link.guest"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_why: Mapped[str | None] = mapped_column(String(200))
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)
