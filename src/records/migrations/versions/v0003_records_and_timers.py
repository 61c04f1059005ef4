"""Journal, documents, deadlines, notices, timers and messages: the last tables of an empty database."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "document",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.UniqueConstraint("case_id", "kind"),
    )
    op.create_table(
        "document_version",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("document_id", _ID, sa.ForeignKey("document.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("issued_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.UniqueConstraint("document_id", "version"),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("task_id", _ID, sa.ForeignKey("task.id")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("on_behalf_of_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("ix_journal_entry_case_at", "journal_entry", ["case_id", "at"])
    op.create_index("ix_journal_entry_instance_at", "journal_entry", ["instance_id", "at"])
    op.create_table(
        "deadline",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("task_id", _ID, sa.ForeignKey("task.id")),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("base_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("work_on", sa.Date(), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("ended_at", _INSTANT),
    )
    op.create_index("ix_deadline_case", "deadline", ["case_id", "status"])
    op.create_index("ix_deadline_task", "deadline", ["task_id"])
    op.create_table(
        "notice",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("task_id", _ID, sa.ForeignKey("task.id")),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("read_at", _INSTANT),
    )
    op.create_index("ix_notice_person_at", "notice", ["person_id", "at"])
    op.create_table(
        "timer",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("engine_id", sa.String(40)),
        sa.Column("task_id", _ID, sa.ForeignKey("task.id")),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
    )
    op.create_index("ix_timer_due", "timer", ["due_at"])
    op.create_index("ix_timer_instance", "timer", ["instance_id"])
    op.create_index("ix_timer_task", "timer", ["task_id"])
    op.create_table(
        "receiver",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id"), nullable=False),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("engine_id", sa.String(40), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("key", sa.String(200)),
    )
    op.create_index("ix_receiver_case_name", "receiver", ["case_id", "name"])
    op.create_index("ix_receiver_instance", "receiver", ["instance_id"])
    op.create_table(
        "message",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("external_id", sa.String(120)),
        sa.Column("sender_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("actor_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("sent_at", _INSTANT, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("delivered_at", _INSTANT),
        sa.Column("receiver_id", _ID, sa.ForeignKey("instance.id")),
        sa.UniqueConstraint("external_id"),
    )
    op.create_index("ix_message_case_status", "message", ["case_id", "status"])
    op.create_table(
        "incident",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("task_id", _ID, sa.ForeignKey("task.id")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("element_id", sa.String(120)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("owner_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("resolved_at", _INSTANT),
        sa.Column("resolved_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("resolution", sa.Text()),
    )
    op.create_index("ix_incident_case", "incident", ["case_id"])
    op.create_index("ix_incident_open", "incident", ["resolved_at", "opened_at"])


def downgrade() -> None:
    """Drop them again, the last one first."""
    for table in (
        "incident",
        "message",
        "receiver",
        "timer",
        "notice",
        "deadline",
        "journal_entry",
        "document_version",
        "document",
    ):
        op.drop_table(table)
