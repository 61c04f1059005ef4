"""What procedures leave behind for the leaders' figures: short codes in plain columns, nothing personal."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from records.types import Base, Encrypted, Id, Instant


class FigureFact(Base):
    """One thing that counts in a figure (P19). Codes only: what people wrote stays in their answers."""

    __tablename__ = "figure_fact"
    __table_args__ = (
        Index("ix_figure_fact_kind_date", "kind", "on_date"),
        Index("ix_figure_fact_case_kind", "case_id", "kind"),
        Index("ix_figure_fact_instance", "instance_id"),
        Index("ix_figure_fact_task", "task_id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    """A kind of `engine.figures.KINDS`."""
    value: Mapped[str | None] = mapped_column(String(80))
    split: Mapped[str | None] = mapped_column(String(80))
    amount: Mapped[int | None] = mapped_column(Id)
    """Whole kroner."""
    quantity: Mapped[int] = mapped_column(default=1)
    on_date: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    district: Mapped[str | None] = mapped_column(String(80))
    key: Mapped[str | None] = mapped_column(String(80))
    """A later fact of the same kind and key in the case (without one: in the instance) takes its place."""
    note: Mapped[str | None] = mapped_column(Encrypted("figure_fact.note"))
    unit_id: Mapped[int | None] = mapped_column(Id, ForeignKey("org_unit.id"))
    person_id: Mapped[int | None] = mapped_column(Id, ForeignKey("person.id"))
    """The case's rådgiver then, else who acted."""
    case_id: Mapped[int | None] = mapped_column(Id, ForeignKey("case.id"))
    instance_id: Mapped[int | None] = mapped_column(Id, ForeignKey("instance.id"))
    task_id: Mapped[int | None] = mapped_column(Id, ForeignKey("task.id"))
    at: Mapped[datetime] = mapped_column(Instant)
