"""Leave: who is away when, and who has their work meanwhile (processes.md 1.3)."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Id, Instant


class LeavePeriod(Base):
    """One person is away from one local day to another, both inclusive."""

    __tablename__ = "leave_period"
    __table_args__ = (
        Index("ix_leave_period_person", "person_id", "first_day"),
        Index("ix_leave_period_substitute", "substitute_id"),
        Index("ix_leave_period_due", "due_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, ForeignKey("person.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    substitute_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """None: what is the person's goes to their leader's group."""
    status: Mapped[str] = mapped_column(String(20))
    """planlagt, igang, slut or annulleret."""
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """When work is moved next: there at the start, back at the end; None when nothing is left to move."""
    entered_at: Mapped[datetime] = mapped_column(Instant)
    entered_by_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
