"""Databases that stay open for a whole session, and that every test finds as they were prepared.

A new database on PostgreSQL takes half a second, putting all rows back into one that is there a fiftieth of
that. And SQLAlchemy writes each statement anew for every engine, which takes longer than most tests: so the
engine stays too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import text

from records.types import Base
from records.unit import Database

Prepare = Callable[[str], object]
Open = Callable[[str], Database]


class Kept:
    """The databases of a session, one of each kind for each way to prepare one."""

    def __init__(self, folder: Path, server: Callable[[], Any]) -> None:
        """Take a folder for files, and how to get at the PostgreSQL server when one is needed."""
        self._folder = folder
        self._server = server
        self._made: dict[tuple[str, Prepare], _File | _Schema] = {}

    def fresh(self, kind: str, prepare: Prepare, open_it: Open) -> Database:
        """Return the database as `prepare(url)` left it; `open_it(url)` opens it the first time.

        It belongs to one test at a time, which leaves it open.
        """
        key = (kind, prepare)
        found = self._made.get(key)
        if found is not None:
            found.put_back()
            return found.database
        if kind == "sqlite":
            file = self._folder / f"kept{len(self._made)}.db"
            prepare(f"sqlite:///{file}")
            self._made[key] = found = _File(file, open_it(f"sqlite:///{file}"))
        else:
            url = self._server().new(prepare)
            self._made[key] = found = _Schema(open_it(url))
        return found.database

    def close(self) -> None:
        """Close them all. What the server has goes with it."""
        for one in self._made.values():
            one.database.close()


class _File:
    """A file of SQLite, and a copy of it in memory."""

    def __init__(self, file: Path, database: Database) -> None:
        self.database = database
        self._file = file
        self._copy = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(file)) as source:
            source.backup(self._copy)

    def put_back(self) -> None:
        with closing(sqlite3.connect(self._file)) as target:
            target.execute("PRAGMA synchronous=OFF")
            self._copy.backup(target)


class _Schema:
    """A database of PostgreSQL, with a copy of its rows beside them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._run("CREATE SCHEMA kept")
        for table in _tables():
            self._run(f"CREATE TABLE kept.{table} AS TABLE {table}")

    def put_back(self) -> None:
        back = (f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept.{table}" for table in _tables())
        # No triggers: rows of append-only tables go too, and the order of the tables does not matter.
        self._run("SET LOCAL session_replication_role = replica;" + ";".join(back))

    def _run(self, statement: str) -> None:
        with self.database.engine.begin() as connection:
            connection.execute(text(statement))


def _tables() -> list[str]:
    return [f'"{table.name}"' for table in Base.metadata.sorted_tables]
