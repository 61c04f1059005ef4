"""How the connection to either database is set up. Nothing here knows a table.

SQLite: WAL, foreign keys on, and every transaction begun by hand, because Python's driver begins one too
late (a read followed by a write then loses updates without an error). PostgreSQL: read committed with row
locks, and time limits, so that a stuck transaction cannot hold the others for ever.
"""

import sqlite3
import time
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool, StaticPool
from sqlalchemy.sql.compiler import InsertmanyvaluesSentinelOpts

from records.crypto import KeyRing, attach, share
from records.errors import RecordsError
from records.types import dump_json

Synchronous = Literal["FULL", "NORMAL", "OFF"]
"""How long a commit on SQLite waits for the disk. FULL: until a power cut cannot undo it. NORMAL: the last
ones may be lost then. OFF: the whole file may be, so only for what is thrown away."""

SYNCHRONOUS: Synchronous = "FULL"
"""What a commit waits for when nothing else is asked for."""

WAIT_SECONDS: Final = 30
"""How long a writer waits for its turn on SQLite, when nothing else is asked for."""

_POSTGRES_LIMITS: Final = (
    "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
)
_POOL_WAIT_SECONDS: Final = 5
_TRUSTED_SECONDS: Final = 1.0
_READING: Final = "sagsgang_reading"
_SYNCHRONOUS: Final = "sagsgang_synchronous"
_WAIT: Final = "sagsgang_wait"


def open_engine(
    url: str | URL,
    *,
    keys: KeyRing | None = None,
    synchronous: Synchronous | None = None,
    pool_size: int = 8,
    wait_seconds: float = WAIT_SECONDS,
) -> Engine:
    """Return the engine of the database at `url`: sqlite:///file, sqlite:// (in memory) or postgresql://….

    `keys` are for the encrypted columns. `synchronous` (by default SYNCHRONOUS) and `wait_seconds`, how long
    a writer waits for its turn, are SQLite's. Make an engine after a fork, never before. Raises RecordsError
    for any other kind of database.
    """
    address = make_url(url)
    kind = address.get_backend_name()
    if kind == "sqlite":
        engine = _open_sqlite(address, synchronous or SYNCHRONOUS, pool_size, wait_seconds)
    elif kind == "postgresql":
        engine = _open_postgres(address, pool_size)
    else:
        raise RecordsError(f"Databasen skal være SQLite eller PostgreSQL, ikke »{kind}«.")
    if keys is not None:
        attach(engine.dialect, keys)
    return engine


def reading_engine(engine: Engine) -> Engine:
    """Return a door to the same database whose transactions see one moment of it and cannot write.

    For an SQLite file it has connections of its own, to be closed too: each time `query_only` changes, SQLite
    forgets what it has prepared, and preparing a statement costs several times as much as running it.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    if is_in_memory(engine):
        return engine.execution_options(**{_READING: True})
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    synchronous: Synchronous = engine.get_execution_options()[_SYNCHRONOUS]
    reader = _open_sqlite(engine.url, synchronous, pool.size(), wait_of(engine), reads=True)
    share(engine.dialect, reader.dialect)
    return reader.execution_options(**{_READING: True})


def is_reading(connection: Connection) -> bool:
    """Tell whether a connection is one of `reading_engine`'s."""
    options = connection.get_execution_options()
    return bool(options.get(_READING) or options.get("postgresql_readonly"))


def is_in_memory(engine: Engine) -> bool:
    """Tell whether the database is one connection of this process and gone with it."""
    return isinstance(engine.pool, StaticPool)


def wait_of(engine: Engine) -> float:
    """Return how many seconds a writer of an engine waits for its turn."""
    seconds: float = engine.get_execution_options().get(_WAIT, WAIT_SECONDS)
    return seconds


def _open_sqlite(
    address: URL, synchronous: Synchronous, pool_size: int, wait_seconds: float, *, reads: bool = False
) -> Engine:
    in_memory = address.database in (None, "", ":memory:")
    pool: dict[str, Any] = (
        {"poolclass": StaticPool}
        if in_memory
        else {"pool_size": pool_size, "pool_timeout": _POOL_WAIT_SECONDS}
    )
    engine = create_engine(
        address,
        json_serializer=dump_json,
        hide_parameters=True,  # an error's text may be logged
        connect_args={"timeout": wait_seconds, "check_same_thread": False},
        execution_options={_SYNCHRONOUS: synchronous, _WAIT: wait_seconds},
        **pool,
    )
    # Rows that are added together then go in one statement, as on PostgreSQL: SQLite numbers the rows of
    # one INSERT in their order, which is all that SQLAlchemy needs to tell which row got which id.
    engine.dialect.insertmanyvalues_implicit_sentinel = InsertmanyvaluesSentinelOpts.ANY_AUTOINCREMENT
    settings = (
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        f"busy_timeout={round(wait_seconds * 1000)}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
        "recursive_triggers=ON",  # else INSERT OR REPLACE slips past the guards of records.append_only
        f"query_only={'ON' if reads else 'OFF'}",
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")

    # Straight to the driver: these run in every unit of work, and SQLAlchemy's way there costs ten times as
    # much. In a file not even its event, because an engine that listens to one looks for all others too
    # around each statement.
    def begin_in_memory(connection: Connection) -> None:
        driver = _driver_connection(connection)
        if connection.get_execution_options().get(_READING):
            driver.execute("PRAGMA query_only=ON")
            driver.execute("BEGIN")
        else:
            driver.execute("BEGIN IMMEDIATE")

    if in_memory:
        event.listen(engine, "begin", begin_in_memory)
    else:
        first = "BEGIN" if reads else "BEGIN IMMEDIATE"

        def begin(connection: Any) -> None:
            connection.execute(first)

        engine.dialect.do_begin = begin  # type: ignore[assignment,method-assign]

    @event.listens_for(engine, "reset")
    def leave(connection: sqlite3.Connection, *_: Any) -> None:
        if connection.in_transaction:
            connection.rollback()
        if in_memory:
            connection.execute("PRAGMA query_only=OFF")

    return engine


def _open_postgres(address: URL, pool_size: int) -> Engine:
    # The limits come before the address's own options, so that an installation can set others there.
    own = address.query.get("options", "")
    options = f"{_POSTGRES_LIMITS} {own if isinstance(own, str) else ' '.join(own)}".strip()
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"),
        json_serializer=dump_json,
        hide_parameters=True,  # an error's text may be logged
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=_POOL_WAIT_SECONDS,
        pool_recycle=1800,
        connect_args={"options": options},
    )

    # SQLAlchemy's own pool_pre_ping asks the server before every unit of work. Asking only after a pause
    # finds a restarted server just as well, and a busy connection is spared the round trip.
    @event.listens_for(engine, "checkin")
    def remember(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask_after_a_pause(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection
    ) -> None:
        returned_at = record.info.get("returned_at")
        if returned_at is not None and time.monotonic() - returned_at > _TRUSTED_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error

    return engine


def _driver_connection(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
