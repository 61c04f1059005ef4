"""Children, cases, running instances and their tasks: further tables of an empty database."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "child",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sort_name", sa.String(400), nullable=False),
        sa.Column("born", sa.Date()),
        sa.Column("cpr", sa.Text()),
        sa.Column("cpr_index", sa.String(80)),
        sa.Column("address", sa.Text()),
        sa.Column("protected_address", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("cpr_index"),
    )
    op.create_index("ix_child_sort_name", "child", ["sort_name"])
    op.create_table(
        "case",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("child_id", _ID, sa.ForeignKey("child.id"), nullable=False),
        sa.Column("unit_id", _ID, sa.ForeignKey("org_unit.id")),
        sa.Column("kind", sa.String(80)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT),
        sa.Column("close_reason", sa.Text()),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_case_child_id", "case", ["child_id"])
    op.create_index("ix_case_unit_status", "case", ["unit_id", "status"])
    op.create_table(
        "case_counter",
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    op.create_table(
        "case_role",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("until", _INSTANT),
        sa.Column("reason", sa.Text()),
    )
    op.create_index("ix_case_role_case", "case_role", ["case_id", "role"])
    op.create_index(
        "ix_case_role_person",
        "case_role",
        ["person_id"],
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "case_party",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("function", sa.String(200)),
        sa.Column("organisation", sa.String(200)),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("consent", sa.Boolean()),
        sa.Column("since", _INSTANT, nullable=False),
    )
    op.create_index("ix_case_party_case_id", "case_party", ["case_id"])
    op.create_table(
        "instance",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("version_id", _ID, sa.ForeignKey("procedure_version.id"), nullable=False),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("parent_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("parent_call", sa.String(40)),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("started_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("ended_at", _INSTANT),
        sa.Column("end_event", sa.String(120)),
        sa.Column("end_name", sa.String(200)),
    )
    op.create_index("ix_instance_case_status", "instance", ["case_id", "status"])
    op.create_index("ix_instance_parent", "instance", ["parent_id"])
    op.create_table(
        "access_entry",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id")),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("relation", sa.String(60), nullable=False),
        sa.Column("what", sa.String(80), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_access_entry_case_at", "access_entry", ["case_id", "at"])
    op.create_index("ix_access_entry_person_at", "access_entry", ["person_id", "at"])
    op.create_table(
        "step_entry",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id"), nullable=False),
        sa.Column("engine_id", sa.String(40), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("lane", sa.String(120)),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("actor_id", _ID, sa.ForeignKey("person.id")),
    )
    op.create_index("ix_step_entry_instance", "step_entry", ["instance_id", "id"])
    op.create_table(
        "task",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id"), nullable=False),
        sa.Column("case_id", _ID, sa.ForeignKey("case.id")),
        sa.Column("version_id", _ID, sa.ForeignKey("procedure_version.id"), nullable=False),
        sa.Column("engine_id", sa.String(40), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("item", sa.Text()),
        sa.Column("assignee_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("group_id", _ID, sa.ForeignKey("work_group.id")),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("work_on", sa.Date()),
        sa.Column("due_at", _INSTANT),
        sa.Column("sort_at", _INSTANT, nullable=False),
        sa.Column("completed_at", _INSTANT),
        sa.Column("completed_by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("close_reason", sa.String(400)),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.UniqueConstraint("instance_id", "engine_id"),
    )
    op.create_index("ix_task_case", "task", ["case_id", "status"])
    op.create_index(
        "ix_task_group",
        "task",
        ["group_id", "urgency", "sort_at", "id"],
        sqlite_where=sa.text("status = 'aaben'"),
        postgresql_where=sa.text("status = 'aaben'"),
    )
    op.create_index(
        "ix_task_mine",
        "task",
        ["assignee_id", "urgency", "sort_at", "id"],
        sqlite_where=sa.text("status = 'aaben'"),
        postgresql_where=sa.text("status = 'aaben'"),
    )
    op.create_table(
        "draft",
        sa.Column("task_id", _ID, sa.ForeignKey("task.id"), primary_key=True),
        sa.Column("person_id", _ID, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("saved_at", _INSTANT, nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
    )
    op.create_table(
        "submission",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("task_id", _ID, sa.ForeignKey("task.id")),
        sa.Column("instance_id", _ID, sa.ForeignKey("instance.id"), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("on_behalf_of_id", _ID, sa.ForeignKey("person.id")),
        sa.Column("replaces_id", _ID, sa.ForeignKey("submission.id")),
        sa.Column("reason", sa.Text()),
    )
    op.create_index("ix_submission_instance_element", "submission", ["instance_id", "element_id"])
    op.create_index("ix_submission_task", "submission", ["task_id"])


def downgrade() -> None:
    """Drop them again, the last one first."""
    for table in (
        "submission",
        "draft",
        "task",
        "step_entry",
        "access_entry",
        "instance",
        "case_party",
        "case_role",
        "case_counter",
        "case",
        "child",
    ):
        op.drop_table(table)
