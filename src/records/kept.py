"""Throw-away databases that are put back as they were kept: for rehearsals and tests, never for a live one.

A new database costs a copy of everything, and SQLAlchemy writes each statement anew for every engine, which
takes longer than most of what is tried on it. So the database stays open, and only its rows are put back.
"""

import sqlite3
from contextlib import closing
from typing import Protocol

from sqlalchemy import text

from records.types import Base
from records.unit import Database


class Kept(Protocol):
    """An open database with a copy of its rows. One at a time may use it."""

    @property
    def database(self) -> Database:
        """The database; it stays open."""

    def keep(self) -> None:
        """Let what is in it now be what it is put back to."""

    def put_back(self) -> None:
        """Put every row back as it was kept. Nothing may be under way."""

    def close(self) -> None:
        """Close the database; the copy is gone."""


def kept(database: Database) -> Kept:
    """Keep a database on a file of SQLite or on PostgreSQL as it is now."""
    return KeptFile(database) if database.engine.dialect.name == "sqlite" else KeptSchema(database)


class KeptFile:
    """A file of SQLite, and a copy of it in memory."""

    def __init__(self, database: Database) -> None:
        """Take it as it is now."""
        self.database = database
        self._file = str(database.engine.url.database)
        self._copy = sqlite3.connect(":memory:", check_same_thread=False)
        self.keep()

    def keep(self) -> None:
        """Copy the file."""
        with closing(sqlite3.connect(self._file)) as source:
            source.backup(self._copy)

    def put_back(self) -> None:
        """Copy it back, without waiting for the disk."""
        with closing(sqlite3.connect(self._file)) as target:
            target.execute("PRAGMA synchronous=OFF")
            self._copy.backup(target)

    def close(self) -> None:
        """Close both."""
        self._copy.close()
        self.database.close()


class KeptSchema:
    """A database of PostgreSQL, with a copy of its rows beside them."""

    def __init__(self, database: Database) -> None:
        """Take it as it is now."""
        self.database = database
        self.keep()

    def keep(self) -> None:
        """Copy the rows of all tables into a schema of their own."""
        copies = (f"CREATE TABLE kept.{table} AS TABLE {table}" for table in _tables())
        self._run(";".join(["DROP SCHEMA IF EXISTS kept CASCADE", "CREATE SCHEMA kept", *copies]))

    def put_back(self) -> None:
        """Delete all rows, and insert the copies."""
        back = (f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept.{table}" for table in _tables())
        # No triggers: rows of append-only tables go too, and the order of the tables does not matter.
        self._run("SET LOCAL session_replication_role = replica;" + ";".join(back))

    def close(self) -> None:
        """Close it."""
        self.database.close()

    def _run(self, statement: str) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(text(statement))


def _tables() -> list[str]:
    return [f'"{table.name}"' for table in Base.metadata.sorted_tables]
