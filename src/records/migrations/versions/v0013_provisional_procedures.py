"""Versions of procedures that are only drafts say so, so that lists need not read their diagrams."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and fill it for the versions that are there."""
    op.add_column(
        "procedure_version",
        sa.Column("provisional", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    connection = op.get_bind()
    file = sa.text("SELECT content FROM bundle_file WHERE sha256 = :digest")
    mark = sa.text("UPDATE procedure_version SET provisional = :yes WHERE id = :id")
    for version_id, manifest in connection.execute(
        sa.text("SELECT id, manifest FROM procedure_version")
    ).all():
        for path, digest in json.loads(manifest).items():
            if not path.endswith(".bpmn"):
                continue
            content = connection.execute(file, {"digest": digest}).scalar()
            if content is not None and b'name="udkast"' in bytes(content):
                connection.execute(mark, {"id": version_id, "yes": True})


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("procedure_version", "provisional")
