"""Figures: what procedures leave behind for the leaders, and the district of a case."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table with its indexes, and the column."""
    op.create_table(
        "figure_fact",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("value", sa.String(80)),
        sa.Column("split", sa.String(80)),
        sa.Column("amount", _ID),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("district", sa.String(80)),
        sa.Column("key", sa.String(80)),
        sa.Column("note", sa.Text()),
        sa.Column("unit_id", _ID, sa.ForeignKey("org_unit.id")),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("task_id", _ID, sa.ForeignKey("task.id")),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("ix_figure_fact_kind_date", "figure_fact", ["kind", "on_date"])
    op.create_index("ix_figure_fact_case_kind", "figure_fact", ["case_id", "kind"])
    op.create_index("ix_figure_fact_instance", "figure_fact", ["instance_id"])
    op.create_index("ix_figure_fact_task", "figure_fact", ["task_id"])
    op.add_column("case", sa.Column("district", sa.String(80)))


def downgrade() -> None:
    """Take them away again."""
    with op.batch_alter_table("case") as table:
        table.drop_column("district")
    op.drop_table("figure_fact")
