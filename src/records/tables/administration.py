"""What administration changed: accounts, roles, units, closing days."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Id, Instant


class AdminEntry(Base):
    """One act of administration. Append-only; it names what was changed, never a password."""

    __tablename__ = "admin_entry"
    __table_args__ = (Index("ix_admin_entry_at", "at", "id"), Index("ix_admin_entry_person", "person_id"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """Empty when it was done at the command line."""
    kind: Mapped[str] = mapped_column(String(40))
    """person, adgang, adgangskode, rolle, enhed, lukkedag, fravaer …"""
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """Whom it was about, when it was about somebody."""
    text: Mapped[str] = mapped_column(Text)
