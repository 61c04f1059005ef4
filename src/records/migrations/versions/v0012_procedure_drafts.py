"""Drafts of procedures, and courses moved between versions."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_OPEN = sa.text("status IN ('udkast', 'hoering', 'godkendt')")


def upgrade() -> None:
    """Make the tables and their indexes; no course has been moved yet."""
    op.create_table(
        "procedure_draft",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.Column("changed_at", _INSTANT, nullable=False),
        sa.Column("changed_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("checked_hash", sa.String(64)),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("sent_at", _INSTANT),
        sa.Column("approved_at", _INSTANT),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("version_id", _ID, sa.ForeignKey("procedure_version.id")),
        sa.Column("note", sa.Text(), nullable=False),
    )
    op.create_index(
        "ix_procedure_draft_open",
        "procedure_draft",
        ["key"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_procedure_draft_key", "procedure_draft", ["key", "id"])
    op.create_table(
        "course_move",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id"), nullable=False),
        sa.Column("from_version_id", _ID, sa.ForeignKey("procedure_version.id"), nullable=False),
        sa.Column("to_version_id", _ID, sa.ForeignKey("procedure_version.id"), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tasks", sa.Text(), nullable=False),
        sa.Column("undone_at", _INSTANT),
    )
    op.create_index("ix_course_move_instance", "course_move", ["instance_id", "id"])
    op.add_column("instance", sa.Column("moved_at", _INSTANT))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("instance", "moved_at")
    op.drop_table("course_move")
    op.drop_table("procedure_draft")
