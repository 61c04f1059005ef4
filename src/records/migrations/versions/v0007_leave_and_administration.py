"""Leave with substitutes, the log of administration, and tries of a timer that are counted beforehand."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables with their indexes, and the columns."""
    op.create_table(
        "leave_period",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("substitute_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("due_at", _INSTANT),
        sa.Column("entered_at", _INSTANT, nullable=False),
        sa.Column("entered_by_id", _ID, sa.ForeignKey("person.id")),
    )
    op.create_index("ix_leave_period_person", "leave_period", ["person_id", "first_day"])
    op.create_index("ix_leave_period_substitute", "leave_period", ["substitute_id"])
    op.create_index("ix_leave_period_due", "leave_period", ["due_at"])
    op.create_table(
        "admin_entry",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("ix_admin_entry_at", "admin_entry", ["at", "id"])
    op.create_index("ix_admin_entry_person", "admin_entry", ["person_id"])
    op.add_column("task", sa.Column("on_behalf_of_id", _ID))
    behalf = sa.text("on_behalf_of_id IS NOT NULL")
    op.create_index(
        "ix_task_on_behalf_of", "task", ["on_behalf_of_id"], sqlite_where=behalf, postgresql_where=behalf
    )
    op.add_column("timer", sa.Column("tried_by", sa.String(80)))
    op.add_column("timer", sa.Column("tried_at", _INSTANT))


def downgrade() -> None:
    """Take them away again."""
    for table, *columns in (("timer", "tried_by", "tried_at"), ("task", "on_behalf_of_id")):
        if table == "task":
            op.drop_index("ix_task_on_behalf_of", "task")
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.drop_column(column)
    op.drop_table("admin_entry")
    op.drop_table("leave_period")
