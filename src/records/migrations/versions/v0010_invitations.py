"""Times of meetings, invitations, answers to them, and private calendar feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and their indexes; the time that each meeting has now is its first."""
    op.create_table(
        "meeting_time",
        sa.Column("meeting_id", _ID, sa.ForeignKey("meeting.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("place", sa.String(200)),
        sa.Column("link", sa.String(400)),
        sa.Column("since", _INSTANT, nullable=False),
    )
    op.execute(
        "INSERT INTO meeting_time (meeting_id, number, starts_at, ends_at, place, link, since) "
        "SELECT id, 1, starts_at, ends_at, place, link, created_at FROM meeting"
    )
    op.create_table(
        "meeting_invitation",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("uid", sa.String(120), nullable=False),
        sa.Column("meeting_id", _ID, sa.ForeignKey("meeting.id"), nullable=False),
        sa.Column("item_id", _ID, sa.ForeignKey("meeting_item.id")),
        sa.Column("participant_id", _ID, nullable=False),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("contact", sa.Text()),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("starts_at", _INSTANT, nullable=False),
        sa.Column("ends_at", _INSTANT, nullable=False),
        sa.Column("place", sa.String(200)),
        sa.Column("link", sa.String(400)),
        sa.Column("sent_at", _INSTANT, nullable=False),
        sa.Column("cancelled_at", _INSTANT),
        sa.Column("answered_at", _INSTANT),
        sa.UniqueConstraint("uid"),
    )
    op.create_index("ix_meeting_invitation_meeting", "meeting_invitation", ["meeting_id"])
    op.create_index("ix_meeting_invitation_participant", "meeting_invitation", ["participant_id"])
    op.create_table(
        "meeting_reply",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("message_id", sa.String(250), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("invitation_id", _ID, sa.ForeignKey("meeting_invitation.id")),
        sa.Column("answer", sa.String(20)),
        sa.Column("trouble", sa.Text()),
        sa.Column("handled_at", _INSTANT),
        sa.Column("handled_by_id", _ID, sa.ForeignKey("person.id")),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_meeting_reply_open", "meeting_reply", ["handled_at"])
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("token_hash"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("calendar_feed")
    op.drop_table("meeting_reply")
    op.drop_table("meeting_invitation")
    op.drop_table("meeting_time")
