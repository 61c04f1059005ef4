"""What the calendar starts, the municipality's registers, and when somebody was hired."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_WAITING = sa.text("status = 'venter'")


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "calendar_round",
        sa.Column("procedure_id", _ID, sa.ForeignKey("procedure.id"), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("cursor", sa.String(120), nullable=False),
        sa.Column("done_at", _INSTANT),
    )
    op.create_table(
        "calendar_start",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("procedure_id", _ID, sa.ForeignKey("procedure.id"), nullable=False),
        sa.Column("entity", sa.String(120), nullable=False),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("found_at", _INSTANT, nullable=False),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.UniqueConstraint("procedure_id", "entity", "key"),
    )
    op.create_index(
        "ix_calendar_start_waiting",
        "calendar_start",
        ["id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_table(
        "register_row",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("register", sa.String(30), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.UniqueConstraint("register", "key"),
    )
    op.create_table(
        "register_change",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("row_id", _ID, sa.ForeignKey("register_row.id"), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_index("ix_register_change_row", "register_change", ["row_id", "id"])
    op.create_table(
        "course_mark",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("course", sa.String(80), nullable=False),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("unit_id", _ID, sa.ForeignKey("org_unit.id")),
        sa.Column("offered_on", sa.Date()),
        sa.Column("attended_on", sa.Date()),
        sa.Column("evaluated_on", sa.Date()),
        sa.Column("planned_on", sa.Date()),
        sa.Column("read_at", _INSTANT),
        sa.UniqueConstraint("course", "person_id"),
        sa.UniqueConstraint("course", "unit_id"),
        sa.CheckConstraint("(person_id IS NULL) <> (unit_id IS NULL)", name="of_one"),
    )
    op.create_index("ix_course_mark_person", "course_mark", ["person_id"])
    op.add_column("person", sa.Column("hired_on", sa.Date()))


def downgrade() -> None:
    """Drop them again, the last one first."""
    op.drop_column("person", "hired_on")
    for table in ("course_mark", "register_change", "register_row", "calendar_start", "calendar_round"):
        op.drop_table(table)
