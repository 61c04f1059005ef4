"""What the calendar starts by itself: which day's look is done, and what was found and started."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, EncryptedJson, Id, Instant

_WAITING = text("status = 'venter'")


class CalendarRound(Base):
    """One day's look at one procedure's start rule, on any number of nodes a batch at a time."""

    __tablename__ = "calendar_round"
    procedure_id: Mapped[int] = mapped_column(Id, ForeignKey("procedure.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    cursor: Mapped[str] = mapped_column(String(120), default="")
    """Up to which entity it has been looked at, in their order."""
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class CalendarStart(Base):
    """A start that was found due: once for each procedure, entity and key, for ever."""

    __tablename__ = "calendar_start"
    __table_args__ = (
        UniqueConstraint("procedure_id", "entity", "key"),
        Index("ix_calendar_start_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    procedure_id: Mapped[int] = mapped_column(Id, ForeignKey("procedure.id"))
    entity: Mapped[str] = mapped_column(String(120))
    """What it is for: `kommunen`, `sag:12`, `procedure:opstart_af_sag`, `maal:TS-1`, `medarbejder:7` …"""
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    key: Mapped[str] = mapped_column(String(160))
    due_on: Mapped[date] = mapped_column(Date)
    data: Mapped[dict[str, Any]] = mapped_column(EncryptedJson("calendar_start.data"))
    status: Mapped[str] = mapped_column(String(20))
    """venter, startet, fejlet or bortfaldet."""
    found_at: Mapped[datetime] = mapped_column(Instant)
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
