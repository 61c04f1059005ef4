"""Documents as files with recipients, deliveries and filings; attachments; the library of guides.

Documents that are there keep their rows; the head of their versions is empty and is read from the case.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def _id(name: str, target: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, _ID, sa.ForeignKey(f"{target}.id"), nullable=nullable)


def upgrade() -> None:
    """Make the tables, and let a document belong to a course or to everybody."""
    with op.batch_alter_table("document") as batch:
        batch.add_column(sa.Column("instance_id", _ID, nullable=True))
        batch.add_column(sa.Column("series", sa.String(40), nullable=True))
        batch.add_column(sa.Column("library", sa.Boolean(), nullable=True))
    op.execute(sa.text("UPDATE document SET series = '', library = false"))
    with op.batch_alter_table("document") as batch:
        batch.alter_column("case_id", existing_type=_ID, nullable=True)
        batch.alter_column("series", existing_type=sa.String(40), nullable=False)
        batch.alter_column("library", existing_type=sa.Boolean(), nullable=False)
        batch.drop_constraint("uq_document_case_id_kind", type_="unique")
        batch.create_unique_constraint("uq_document_case_id_kind_series", ["case_id", "kind", "series"])
        batch.create_foreign_key("fk_document_instance_id", "instance", ["instance_id"], ["id"])
        batch.create_index("ix_document_instance", ["instance_id"])
    with op.batch_alter_table("document_version") as batch:
        batch.add_column(sa.Column("head", sa.Text(), nullable=True))
        batch.add_column(sa.Column("procedure_version_id", _ID, nullable=True))
        batch.create_foreign_key(
            "fk_document_version_procedure_version_id", "procedure_version", ["procedure_version_id"], ["id"]
        )
    op.create_table(
        "document_file",
        sa.Column("id", _ID, primary_key=True),
        _id("version_id", "document_version", nullable=False),
        sa.Column("media", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _INSTANT, nullable=False),
        sa.UniqueConstraint("version_id"),
    )
    op.create_table(
        "document_job",
        sa.Column("id", _ID, primary_key=True),
        _id("version_id", "document_version", nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("next_try_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", _INSTANT),
        sa.Column("error", sa.Text()),
        sa.UniqueConstraint("version_id", "kind", "target"),
    )
    op.create_index("ix_document_job_due", "document_job", ["done_at", "next_try_at"])
    op.create_table(
        "document_recipient",
        sa.Column("id", _ID, primary_key=True),
        _id("version_id", "document_version", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(120)),
        _id("person_id", "person"),
    )
    op.create_index("ix_document_recipient_version", "document_recipient", ["version_id"])
    op.create_table(
        "document_delivery",
        sa.Column("id", _ID, primary_key=True),
        _id("version_id", "document_version", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        _id("by_id", "person"),
    )
    op.create_index("ix_document_delivery_version", "document_delivery", ["version_id"])
    op.create_table(
        "document_filing",
        sa.Column("id", _ID, primary_key=True),
        _id("version_id", "document_version", nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        _id("by_id", "person"),
        sa.UniqueConstraint("version_id", "target"),
    )
    _attachments()
    _guides()


def _attachments() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", _ID, primary_key=True),
        _id("case_id", "case"),
        _id("instance_id", "instance"),
        _id("task_id", "task"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("uploaded_at", _INSTANT, nullable=False),
        _id("uploaded_by_id", "person"),
        sa.Column("bound_at", _INSTANT),
    )
    op.create_index("ix_attachment_case", "attachment", ["case_id"])
    op.create_index("ix_attachment_instance", "attachment", ["instance_id"])
    op.create_index("ix_attachment_loose", "attachment", ["bound_at", "uploaded_at"])
    op.create_table(
        "attachment_part",
        sa.Column("id", _ID, primary_key=True),
        _id("attachment_id", "attachment", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("attachment_id", "number"),
    )


def _guides() -> None:
    op.create_table(
        "guide",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "guide_version",
        sa.Column("id", _ID, primary_key=True),
        _id("guide_id", "guide", nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("roles", sa.String(400), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("published_at", _INSTANT, nullable=False),
        _id("published_by_id", "person"),
        sa.UniqueConstraint("guide_id", "version"),
    )
    op.create_table(
        "guide_reading",
        sa.Column("id", _ID, primary_key=True),
        _id("guide_version_id", "guide_version", nullable=False),
        _id("task_id", "task", nullable=False),
        _id("person_id", "person", nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("ix_guide_reading_task", "guide_reading", ["task_id"])


def downgrade() -> None:
    """Take the tables away; of the documents only those of cases, one of each kind, can stay."""
    for table in (
        "guide_reading",
        "guide_version",
        "guide",
        "attachment_part",
        "attachment",
        "document_filing",
        "document_delivery",
        "document_recipient",
        "document_job",
        "document_file",
    ):
        op.drop_table(table)
    with op.batch_alter_table("document_version") as batch:
        batch.drop_constraint("fk_document_version_procedure_version_id", type_="foreignkey")
        batch.drop_column("procedure_version_id")
        batch.drop_column("head")
    op.execute(sa.text("DELETE FROM document WHERE case_id IS NULL OR series <> ''"))
    with op.batch_alter_table("document") as batch:
        batch.drop_index("ix_document_instance")
        batch.drop_constraint("fk_document_instance_id", type_="foreignkey")
        batch.drop_constraint("uq_document_case_id_kind_series", type_="unique")
        batch.create_unique_constraint("uq_document_case_id_kind", ["case_id", "kind"])
        batch.alter_column("case_id", existing_type=_ID, nullable=False)
        batch.drop_column("library")
        batch.drop_column("series")
        batch.drop_column("instance_id")
