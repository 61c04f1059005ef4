"""The schema of a database: brought up to date by the migrations, in one transaction.

A migration that fails leaves everything as it was, on SQLite too. Two programs that start at once do not
get in each other's way: the second waits and then finds nothing to do.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from records import tables
from records.append_only import missing_guards, put_guards
from records.engine import open_engine, reading_engine
from records.errors import SchemaMismatch
from records.refusals import refusal
from records.types import Base
from records.unit import Database

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 5_347_001  # any number, the same in every program that migrates this schema on PostgreSQL

Where = str | URL | Database


def migrate(where: Where, revision: str = "head") -> None:
    """Bring the database's schema to `revision`, by default this program's own; data is kept.

    `where` is an address, whose connections are closed again, or an open database (one in memory must be).
    Raises SchemaMismatch when the database was made by a newer version of the program, or when a migration
    left a reference to nothing behind.
    """
    with _connection(where) as connection:
        present = _revision(connection)
        if present is not None and present not in _known_revisions():
            raise SchemaMismatch(
                f"Databasen er lavet af en nyere udgave af programmet (skema {present}). Opdatér programmet."
            )
        if revision == "head" and present == _head() and not missing_guards(connection):
            return
        _run(connection, lambda config: command.upgrade(config, revision))
        if revision == "head":
            put_guards(connection)


def downgrade(where: Where, revision: str) -> None:
    """Take the schema back to `revision` ("base" is empty), with whatever data the newer parts held."""
    with _connection(where) as connection:
        _run(connection, lambda config: command.downgrade(config, revision))


def is_current(where: Where) -> bool:
    """Tell whether the schema is the one this program works with, with every guard in place."""
    with _engine(where) as engine:
        reader = reading_engine(engine)
        try:
            with reader.connect() as connection:
                return _revision(connection) == _head() and not missing_guards(connection)
        finally:
            if reader.pool is not engine.pool:
                reader.dispose()


def create(database: Database) -> None:
    """Make the tables of an empty, throw-away database from the classes: faster than the migrations."""
    assert tables.__all__  # importing them is what fills Base.metadata
    with database.engine.begin() as connection:
        Base.metadata.create_all(connection)
        put_guards(connection)


def draft_migration(message: str) -> None:
    """Write a new migration: the difference between the migrations and the classes. Review it by hand."""
    engine = open_engine("sqlite://")
    with engine.begin() as connection:
        _run(connection, lambda config: command.upgrade(config, "head"))
        number = f"{len(_known_revisions()) + 1:04}"
        _run(connection, lambda config: command.revision(config, message, autogenerate=True, rev_id=number))
    engine.dispose()


@contextmanager
def _connection(where: Where) -> Iterator[Connection]:
    """Open a transaction that nobody else can migrate in at the same time, without time limits."""
    with _engine(where) as engine, engine.connect() as connection:
        # A changed table is made anew and the old one dropped, which must not touch the rows that refer to
        # it. SQLite listens to this outside of transactions only.
        _set_foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                _lock(connection)
                yield connection
                _check_references(connection)
        finally:
            _set_foreign_keys(connection, "ON")


@contextmanager
def _engine(where: Where) -> Iterator[Engine]:
    engine = where.engine if isinstance(where, Database) else open_engine(where)
    try:
        yield engine
    except DBAPIError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise refused from error
    finally:
        if not isinstance(where, Database):
            engine.dispose()


def _set_foreign_keys(connection: Connection, state: str) -> None:
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.cursor().execute(f"PRAGMA foreign_keys={state}")


def _lock(connection: Connection) -> None:
    # SQLite locked when the transaction began.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        # A table that somebody keeps busy is given up after a while: others wait behind us.
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise SchemaMismatch(f"Migreringen efterlod en henvisning til intet: {tuple(broken)}.")


def _run(connection: Connection, order: Callable[[Config], object]) -> None:
    config = _config()
    config.attributes["connection"] = connection
    order(config)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    return config


@cache
def _known_revisions() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
