"""Consents of a case, and the links of guests."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "consent",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("registered_at", _INSTANT, nullable=False),
        sa.Column("registered_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("withdrawn_at", _INSTANT),
        sa.Column("withdrawn_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("withdraw_reason", sa.Text()),
    )
    op.create_index("ix_consent_case", "consent", ["case_id"])
    op.create_table(
        "guest_link",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("item_id", _ID, sa.ForeignKey("meeting_item.id"), nullable=False),
        sa.Column("guest", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.Column("revoked_why", sa.String(200)),
        sa.Column("last_seen_at", _INSTANT),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_guest_link_item", "guest_link", ["item_id"])
    op.create_index("ix_guest_link_case", "guest_link", ["case_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("guest_link")
    op.drop_table("consent")
