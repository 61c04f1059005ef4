"""A notice about a meeting leads to it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column; old notices lead where they did."""
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("meeting_id", _ID, nullable=True))
        batch.create_foreign_key("fk_notice_meeting_id", "meeting", ["meeting_id"], ["id"])


def downgrade() -> None:
    """Take it away again."""
    with op.batch_alter_table("notice") as batch:
        batch.drop_constraint("fk_notice_meeting_id", type_="foreignkey")
        batch.drop_column("meeting_id")
