"""The schema: made from nothing, the same as the classes say, and changed without losing a row."""

import re
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, select, text

from records import schema
from records.errors import SchemaMismatch
from records.tables import Person
from records.types import Base
from records.unit import open_database

NOW = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)


_COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, collation_name,
        is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
_PARTS = re.compile(r"\n|,\s+(?![^(]*\))")
"""Between the columns and constraints of a table: line ends, and commas that are in no parenthesis."""
_TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""


def described(connection: Connection) -> list[Any]:
    """Everything the database itself says about the schema, so that two of them can be compared."""
    if connection.dialect.name == "sqlite":
        # Constraints may stand in another order, and a column that was added later stands in the last line,
        # so the text of a table is taken apart into its columns and constraints. A table
        # that was made anew has its name in quotation marks.
        rows = connection.execute(
            text(
                "SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' AND sql <> ''"
            )
        )
        return sorted(
            (kind, name, sorted(part.strip(" ,\t").replace('"', "") for part in _PARTS.split(sql)))
            for kind, name, sql in rows
        )
    return [
        sorted(str(tuple(row)) for row in connection.execute(text(part)) if row[0] != "alembic_version")
        for part in (_COLUMNS, _INDEXES, _CONSTRAINTS, _TRIGGERS)
    ]


def test_from_nothing_to_the_schema_of_the_classes(
    database_url: str, databases: Any, database_kind: str
) -> None:
    assert not schema.is_current(database_url)
    schema.migrate(database_url)
    assert schema.is_current(database_url)
    migrated = open_database(database_url)
    made = open_database(databases.new(database_kind))
    schema.create(made)
    with migrated.engine.connect() as connection, made.engine.connect() as other:
        assert described(connection) == described(other)
    migrated.close()
    made.close()


def test_alembic_finds_nothing_to_do(database_url: str) -> None:
    schema.migrate(database_url)
    database = open_database(database_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_down_and_up_again(database_url: str) -> None:
    schema.migrate(database_url)
    schema.downgrade(database_url, "base")
    database = open_database(database_url)
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    database.close()
    assert not schema.is_current(database_url)
    schema.migrate(database_url)
    assert schema.is_current(database_url)


def test_migrating_again_keeps_the_rows(database_url: str) -> None:
    schema.migrate(database_url)
    database = open_database(database_url)
    with database.writing(now=NOW) as unit:
        unit.session.add(Person(name="Mette Holm", sort_name="mette holm", created_at=unit.now))
    schema.migrate(database_url)
    schema.migrate(database)
    with database.reading(now=NOW) as unit:
        assert unit.session.scalars(select(Person.name)).all() == ["Mette Holm"]
        if database.engine.dialect.name == "sqlite":
            assert unit.session.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()


def test_two_programs_that_start_at_once_migrate_once(database_url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            schema.migrate(database_url)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert schema.is_current(database_url)


def test_a_migration_that_fails_changes_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Connection) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(schema, "put_guards", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        schema.migrate(database_url)
    database = open_database(database_url)
    assert inspect(database.engine).get_table_names() == []
    database.close()


def test_a_database_of_a_newer_program_is_left_alone(database_url: str) -> None:
    schema.migrate(database_url)
    database = open_database(database_url)
    with database.writing(now=NOW) as unit:
        unit.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    assert not schema.is_current(database_url)
    with pytest.raises(SchemaMismatch, match="9999"):
        schema.migrate(database_url)


def test_a_migration_may_not_leave_a_reference_to_nothing(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orphan(connection: Connection) -> None:
        connection.execute(text("INSERT INTO role_holding (person_id, role) VALUES (99, 'raadgiver')"))

    monkeypatch.setattr(schema, "put_guards", orphan)
    with pytest.raises(SchemaMismatch, match="role_holding"):
        schema.migrate(sqlite_url)
    assert not schema.is_current(sqlite_url)


def test_a_lost_guard_is_noticed_and_put_back(database_url: str) -> None:
    schema.migrate(database_url)
    database = open_database(database_url)
    on_table = "" if database.engine.dialect.name == "sqlite" else " ON journal_entry"
    with database.writing(now=NOW) as unit:
        unit.session.execute(text(f"DROP TRIGGER guard_journal_entry_update{on_table}"))
    database.close()
    assert not schema.is_current(database_url)
    schema.migrate(database_url)
    assert schema.is_current(database_url)


def test_a_database_in_memory_is_migrated_through_its_own_connection() -> None:
    database = open_database("sqlite://")
    schema.migrate(database)
    assert schema.is_current(database)
    database.close()


def test_a_drafted_migration_would_be_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also tells that drafting one works: the next person who changes a table needs it."""
    scripts = tmp_path / "migrations"
    shutil.copytree(schema._SCRIPTS, scripts)
    monkeypatch.setattr(schema, "_SCRIPTS", scripts)
    before = set((scripts / "versions").glob("*.py"))
    schema.draft_migration("Nothing new")
    (drafted,) = set((scripts / "versions").glob("*.py")) - before
    assert drafted.name == f"v{len(before) + 1:04}_nothing_new.py"
    assert "op." not in drafted.read_text(encoding="utf-8")
