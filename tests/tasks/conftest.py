"""The stages of the tests of the work: with the demo municipality, and with the shipped procedures too.

A new database on PostgreSQL takes half a second, putting all rows back into one that is there a fiftieth of
that. So each stage has one database there for the whole session, and every test finds it as it was prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from records.types import Base
from tests.host.stage import prepare
from tests.tasks.stage import Work, open_work, prepare_shipped

Prepare = Callable[[str], object]


class Kept:
    """Databases on PostgreSQL, one per kind of stage, each with a copy of its rows to put back."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._urls: dict[Prepare, str] = {}

    def fresh(self, prepare: Prepare) -> str:
        """The address of the database as `prepare` left it."""
        if prepare not in self._urls:
            url = self._urls[prepare] = self._server.new(prepare)
            self._run(url, "CREATE SCHEMA kept", *(f"CREATE TABLE kept.{t} AS TABLE {t}" for t in _tables()))
        else:
            back = [f"DELETE FROM {t}; INSERT INTO {t} SELECT * FROM kept.{t}" for t in _tables()]
            # No triggers: rows of append-only tables go too, and the order of the tables does not matter.
            self._run(self._urls[prepare], "SET session_replication_role = replica;" + ";".join(back))
        return self._urls[prepare]

    def close(self) -> None:
        """Drop them."""
        for url in self._urls.values():
            self._server.drop(url)

    @staticmethod
    def _run(url: str, *statements: str) -> None:
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


def _tables() -> list[str]:
    return [f'"{table.name}"' for table in Base.metadata.sorted_tables]


@pytest.fixture(scope="session")
def kept(postgres_server: Any) -> Iterator[Kept]:
    """The databases of this session on PostgreSQL."""
    found = Kept(postgres_server)
    yield found
    found.close()


def _stage(request: pytest.FixtureRequest, prepare: Prepare) -> Iterator[Work]:
    if request.getfixturevalue("database_kind") == "sqlite":
        url = request.getfixturevalue("databases").new("sqlite", prepare)
    else:
        url = request.getfixturevalue("kept").fresh(prepare)
    with open_work(url) as work:
        yield work


@pytest.fixture
def work(request: pytest.FixtureRequest, database_kind: str) -> Iterator[Work]:
    """The demo municipality without procedures, on either database, on Monday 2 February 2026 at nine."""
    yield from _stage(request, prepare)


@pytest.fixture
def shipped(request: pytest.FixtureRequest, database_kind: str) -> Iterator[Work]:
    """The demo municipality with the five shipped procedures."""
    yield from _stage(request, prepare_shipped)


@pytest.fixture
def quick(databases: Any) -> Iterator[Work]:
    """As `work` on SQLite alone, for what is the same on any database."""
    with open_work(databases.new("sqlite", prepare)) as work:
        yield work
