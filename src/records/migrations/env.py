"""Alembic's way in. The connection and its transaction are those of `records.schema`."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import TypeDecorator

from records import tables
from records.types import Base, EncryptedBytes, Instant


def render_item(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Write our column types as what the database sees: an old migration never changes with the code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        if isinstance(item, EncryptedBytes):
            return "sa.LargeBinary()"
        return "sa.DateTime(timezone=True)" if isinstance(item, Instant) else "sa.Text()"
    return False


assert tables.__all__  # importing them is what fills Base.metadata
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    render_as_batch=True,  # SQLite changes a column only by making the table anew
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
