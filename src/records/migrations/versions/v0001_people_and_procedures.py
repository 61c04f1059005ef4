"""Units, people, roles, sign-in and procedures: the first tables of an empty database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "org_unit",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("parent_id", _ID, sa.ForeignKey("org_unit.id")),
        sa.Column("district", sa.String(80)),
        sa.Column("area", sa.String(40)),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "person",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sort_name", sa.String(400), nullable=False),
        sa.Column("username", sa.String(80)),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("email", sa.String(200)),
        sa.Column("title", sa.String(200)),
        sa.Column("unit_id", _ID, sa.ForeignKey("org_unit.id")),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("username"),
    )
    op.create_index("ix_person_sort_name", "person", ["sort_name"])
    op.create_table(
        "role_holding",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("unit_id", _ID, sa.ForeignKey("org_unit.id")),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
    )
    op.create_index("ix_role_holding_person_id", "role_holding", ["person_id"])
    op.create_index("ix_role_holding_role_unit", "role_holding", ["role", "unit_id"])
    op.create_table(
        "work_group",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("unit_id", _ID, sa.ForeignKey("org_unit.id")),
        sa.UniqueConstraint("role", "unit_id"),
    )
    op.create_table(
        "closing_day",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("month", sa.Integer()),
        sa.Column("day", sa.Integer()),
        sa.Column("on_date", sa.Date()),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
    )
    op.create_index("ix_sign_in_session_person_id", "sign_in_session", ["person_id"])
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("username", sa.String(80), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_sign_in_attempt_address_at", "sign_in_attempt", ["address", "at"])
    op.create_index("ix_sign_in_attempt_username_at", "sign_in_attempt", ["username", "at"])
    op.create_table(
        "api_token",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("revoked_at", _INSTANT),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_api_token_person_id", "api_token", ["person_id"])
    op.create_table(
        "idempotency_key",
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("ix_idempotency_key_at", "idempotency_key", ["at"])
    op.create_table(
        "procedure",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner_id", _ID, sa.ForeignKey("person.id")),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "bundle_file",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "procedure_version",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("procedure_id", _ID, sa.ForeignKey("procedure.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("valid_from", _INSTANT),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("start_messages", sa.Text(), nullable=False),
        sa.Column("published_at", _INSTANT),
        sa.Column("published_by_id", _ID, sa.ForeignKey("person.id")),
        sa.UniqueConstraint("procedure_id", "version"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("message_id", sa.String(120), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("next_try_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", _INSTANT),
        sa.Column("error", sa.Text()),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["next_try_at"],
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "clock_offset",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Drop them again, the last one first."""
    for table in (
        "clock_offset",
        "outbox",
        "procedure_version",
        "bundle_file",
        "procedure",
        "idempotency_key",
        "api_token",
        "sign_in_attempt",
        "sign_in_session",
        "closing_day",
        "work_group",
        "role_holding",
        "person",
        "org_unit",
    ):
        op.drop_table(table)
