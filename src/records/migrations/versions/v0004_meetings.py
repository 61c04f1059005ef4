"""Meetings, their slots, what is taken up at them, and who takes part."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_HELD_DAY = sa.text("slot_minutes IS NOT NULL AND status <> 'aflyst'")
_LIVE = sa.text("status IN ('venter', 'booket', 'aaben')")


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "meeting",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("place", sa.String(200)),
        sa.Column("link", sa.String(400)),
        sa.Column("slot_minutes", sa.Integer()),
        sa.Column("material_due_at", _INSTANT),
        sa.Column("chair_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("minute_taker_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("previous_id", _ID, sa.ForeignKey("meeting.id")),
        sa.Column("cancel_reason", sa.Text()),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("called_at", _INSTANT),
        sa.Column("held_at", _INSTANT),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("rev", sa.Integer(), nullable=False),
    )
    op.create_index("ix_meeting_case", "meeting", ["case_id"])
    op.create_index("ix_meeting_instance", "meeting", ["instance_id"])
    op.create_index("ix_meeting_starts_at", "meeting", ["starts_at"])
    op.create_index(
        "ux_meeting_slotted_day",
        "meeting",
        ["kind", "on_date"],
        unique=True,
        sqlite_where=_HELD_DAY,
        postgresql_where=_HELD_DAY,
    )
    op.create_table(
        "meeting_item",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("meeting_id", _ID, sa.ForeignKey("meeting.id")),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id"), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Date(), nullable=False),
        sa.Column("starts_at", _INSTANT),
        sa.Column("ends_at", _INSTANT),
        sa.Column("family_invited", sa.Boolean(), nullable=False),
        sa.Column("child_invited", sa.Boolean(), nullable=False),
        sa.Column("material", sa.String(30), nullable=False),
        sa.Column("chair_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("consultant_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("reason", sa.Text()),
        sa.Column("decision", sa.String(60)),
        sa.Column("requested_at", _INSTANT, nullable=False),
        sa.Column("opened_at", _INSTANT),
        sa.Column("family_left_at", _INSTANT),
        sa.Column("closed_at", _INSTANT),
        sa.Column("rev", sa.Integer(), nullable=False),
    )
    op.create_index("ix_meeting_item_case", "meeting_item", ["case_id"])
    op.create_index("ix_meeting_item_meeting", "meeting_item", ["meeting_id"])
    op.create_index("ix_meeting_item_status", "meeting_item", ["kind", "status"])
    op.create_index(
        "ux_meeting_item_instance",
        "meeting_item",
        ["instance_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    op.create_table(
        "meeting_participant",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("meeting_id", _ID, sa.ForeignKey("meeting.id")),
        sa.Column("item_id", _ID, sa.ForeignKey("meeting_item.id")),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("profession", sa.String(120)),
        sa.Column("organisation", sa.String(200)),
        sa.Column("contact", sa.Text()),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("invited_at", _INSTANT),
        sa.Column("invited_for", _INSTANT),
        sa.Column("answer", sa.String(20)),
        sa.Column("answered_at", _INSTANT),
        sa.Column("attendance", sa.String(20)),
        sa.Column("left_at", _INSTANT),
        sa.CheckConstraint("(meeting_id IS NULL) <> (item_id IS NULL)", name="one_of_two"),
    )
    op.create_index("ix_meeting_participant_item", "meeting_participant", ["item_id"])
    op.create_index("ix_meeting_participant_meeting", "meeting_participant", ["meeting_id"])
    op.create_index("ix_meeting_participant_person", "meeting_participant", ["person_id"])
    op.create_table(
        "meeting_slot",
        sa.Column("meeting_id", _ID, sa.ForeignKey("meeting.id"), primary_key=True),
        sa.Column("slot", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("item_id", _ID, sa.ForeignKey("meeting_item.id")),
    )
    op.create_index("ix_meeting_slot_item", "meeting_slot", ["item_id"])


def downgrade() -> None:
    """Drop them again, the last one first."""
    for table in ("meeting_slot", "meeting_participant", "meeting_item", "meeting"):
        op.drop_table(table)
