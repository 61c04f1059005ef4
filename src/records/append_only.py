"""Tables that are only added to: the database itself refuses to change or delete their rows.

The guard holds for every program that connects as this one does, not against the database's owner, who can
take it off. When retention deletes what the law says must go, it will take the guards off and put them back
in one transaction (both databases can); until then nothing does.
"""

from typing import Final

from sqlalchemy import Connection, text

from records.refusals import APPEND_ONLY_MESSAGE

APPEND_ONLY: Final = (
    "access_entry",
    "admin_entry",
    "document_delivery",
    "document_file",
    "document_filing",
    "document_recipient",
    "document_version",
    "guide_reading",
    "guide_version",
    "journal_entry",
    "register_change",
    "step_entry",
    "submission",
)
"""Names of the tables: who saw what, what administration changed, issued documents with their files and who
got them, what guides said, the journal, how registers came to be what they are, finished steps, and
answers given."""

_EVENTS: Final = {"sqlite": ("UPDATE", "DELETE"), "postgresql": ("UPDATE", "DELETE", "TRUNCATE")}

_POSTGRES_FUNCTION: Final = f"""
    CREATE OR REPLACE FUNCTION guard_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{APPEND_ONLY_MESSAGE}: %', TG_TABLE_NAME;
    END $$
"""


def put_guards(connection: Connection) -> None:
    """Guard every append-only table, also those that are guarded already, in the caller's transaction."""
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.execute(text(_POSTGRES_FUNCTION))
    for table in APPEND_ONLY:
        for event in _EVENTS[kind]:
            for statement in _guard(kind, table, event):
                connection.execute(text(statement))


def missing_guards(connection: Connection) -> list[str]:
    """Return the names of the triggers that should be there and are not (or not switched on)."""
    if connection.dialect.name == "sqlite":
        found = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    else:
        found = connection.scalars(
            text(
                "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
                " WHERE tgenabled = 'O' AND relnamespace = current_schema()::regnamespace"
            )
        )
    wanted = {_name(table, event) for table in APPEND_ONLY for event in _EVENTS[connection.dialect.name]}
    return sorted(wanted - set(found))


def _guard(kind: str, table: str, event: str) -> list[str]:
    name = _name(table, event)
    if kind == "sqlite":
        refuse = f"SELECT RAISE(ABORT, '{APPEND_ONLY_MESSAGE}: {table}');"
        return [
            f"DROP TRIGGER IF EXISTS {name}",
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN {refuse} END",
        ]
    each = "STATEMENT" if event == "TRUNCATE" else "ROW"
    call = f"FOR EACH {each} EXECUTE FUNCTION guard_append_only()"
    return [f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {table} {call}"]


def _name(table: str, event: str) -> str:
    return f"guard_{table}_{event.lower()}"
