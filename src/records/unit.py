"""The unit of work: the only place in the project that begins, commits or rolls back.

Returning from the block saves everything that was done in it, an error saves nothing:

    with database.writing(now=clock.now()) as unit:
        unit.session.add(Case(...))

What a unit's objects were read as stays readable after it, but nothing more can be loaded through them.
Queries do not see what was added or changed in the same unit before `unit.session.flush()`: nothing is
written behind a reader's back, and what belongs together goes to the database as one statement.
"""

import logging
import os
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, Table, insert
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Session

from engine.types import Step
from records.crypto import KeyRing, ring_of
from records.engine import (
    WAIT_SECONDS,
    Synchronous,
    is_in_memory,
    open_engine,
    reading_engine,
    wait_of,
)
from records.errors import Busy, NaiveInstant, NotWritable, RecordsError
from records.prepared import Prepared, Row
from records.refusals import refusal

_log = logging.getLogger(__name__)


class Unit:
    """One use case's work with the database, from its first statement to the one commit.

    `session` is SQLAlchemy's, `now` the use case's time (aware, UTC), `shared` a dictionary that lives as
    long as the database is open and is the same in all units, also those of other threads at this moment:
    for things that are dear to make and never change, not for what this unit has yet to save. `writable` is
    False in a unit that only reads.
    """

    __slots__ = ("_after", "_calendar", "_connection", "_database", "now", "session", "shared", "writable")

    def __init__(self, database: "Database", session: Session, now: datetime, writable: bool) -> None:
        self._database = database
        self._after: list[Callable[[], object]] = []
        self._calendar: Any = None
        self._connection: Connection | None = None
        self.session = session
        self.now = now
        self.shared = database.shared
        self.writable = writable

    @property
    def calendar(self) -> Any:
        """The closing days (`engine.workdays.Calendar`), read when they are first asked for."""
        if self._calendar is None:
            self._calendar = self._database.calendar(self)
        return self._calendar

    @property
    def keys(self) -> KeyRing:
        """The database's keys, for `keys.blind_index(cpr)`. Raises KeyMissing."""
        return ring_of(self._database.engine.dialect)

    @property
    def connection(self) -> Connection:
        """The transaction's connection, for a statement that makes no objects.

        It does not see what the session has not flushed, nor do objects already loaded see what it changes.
        """
        if self._connection is None:
            self._connection = self.session.connection()
        return self._connection

    def run(self, statement: Prepared, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Send a prepared statement; return the rows it gives. It sees what `connection` sees."""
        connection = self.connection
        ready = statement.ready(connection.dialect)
        if self._database.seen is not None:
            self._database.seen(ready.text)
        return ready.run(connection, values or {})

    def run_many(self, statement: Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
        """Send a prepared statement once for each of `rows`, in one go; it must give nothing back."""
        if len(rows) == 1:
            self.run(statement, rows[0])
        elif rows:
            connection = self.connection
            ready = statement.ready(connection.dialect)
            if self._database.seen is not None:
                self._database.seen(ready.text)
            ready.run_many(connection, rows)

    def after_commit(self, action: Callable[[], object]) -> None:
        """Let `action()` be called once everything is saved, and not at all when it is not: to wake a sender.

        By then the work is done, so an error in `action` is logged and goes no further.
        """
        self._after.append(action)

    def tell(self, procedure: str, step: Step) -> None:
        """Let whoever watches what courses pass (`Database.passed`) know of a call once it is saved."""
        passed = self._database.passed
        if passed is not None:
            self.after_commit(lambda: passed(procedure, step))

    def insert_many(self, table: type[DeclarativeBase] | Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert `rows` (attribute or column name to value) with one statement; every row has the same names.

        For what is only added and not used again in this unit: no object is made of it. Raises NotWritable.
        """
        values = list(rows)
        if not self.writable:
            raise NotWritable("a unit that only reads cannot insert")
        if values:
            target = cast(Table, table.__table__) if isinstance(table, type) else table
            prepared = _insert_into(target, tuple(values[0]))
            if prepared is None:
                self.connection.execute(insert(target), values)
            else:
                self.run_many(prepared, values)

    def run_after_commit(self) -> None:
        """Call the actions of `after_commit`, in order. For `Database` alone."""
        for action in self._after:
            try:
                action()
            except Exception:
                _log.exception("an action after the commit failed; the work itself is saved")


@cache
def _insert_into(table: Table, names: tuple[str, ...]) -> Prepared | None:
    """Return the INSERT of these columns; None when SQLAlchemy must add the defaults of others."""
    left_out = [column for column in table.columns if column.name not in names]
    return Prepared(insert(table), names) if all(one.default is None for one in left_out) else None


class Database:
    """An open database, safe to share between threads: the door to units of work.

    `shared` is what all units see as `unit.shared`. A process that was forked off gets connections of its
    own.
    """

    def __init__(
        self, engine: Engine, calendar: Callable[[Unit], Any], reading: Engine | None = None
    ) -> None:
        """Take the `engine` and the function that reads the closing days. `open_database` makes one.

        `reading` is the engine's `reading_engine`, made here when it is not given.
        """
        self.engine: Final = engine
        self.calendar: Final = calendar
        self.shared: Final[dict[Hashable, Any]] = {}
        self.seen: Callable[[str], None] | None = None
        """Is told the text of each prepared statement; for counting (records.counting)."""
        self.passed: Callable[[str, Step], None] | None = None
        """Is told the procedure and what the engine did in each call, once that is saved; for what rehearsals
        cover (tasks.coverage)."""
        self._reading_engine = reading or reading_engine(engine)
        self._process = os.getpid()
        self._mine = threading.local()
        # SQLite lets one write at a time, and makes others wait by sleeping longer and longer. Inside one
        # process a lock hands the turn on at once.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._wait = wait_of(engine)
        self._alone = is_in_memory(engine)  # the one connection is never used by two units at once

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Every engine with connections of its own: one, or one that writes and one that only reads."""
        if self._reading_engine.pool is self.engine.pool:
            return (self.engine,)
        return (self.engine, self._reading_engine)

    def writing(self, *, now: datetime) -> AbstractContextManager[Unit, None]:
        """Open a unit for `with` that is committed when the block returns and rolled back when it raises.

        `now` is aware. Raises Busy when the database cannot be written in time, or refuses the transaction
        in favour of another: nothing is saved then, and the caller may begin anew. A unit inside a unit of
        the same thread would wait for itself and raises RecordsError.
        """
        return _Open(self, now, True)

    def reading(self, *, now: datetime) -> AbstractContextManager[Unit, None]:
        """Open a unit for `with` that takes no lock and sees one moment of the database.

        Raises NotWritable when something is changed in it.
        """
        return _Open(self, now, False)

    def begin(self, writable: bool) -> Session:
        """Return the session of a new unit. For `_Open` alone."""
        if os.getpid() != self._process:
            self._leave_parent()
        if not (writable or self._alone):
            return Session(self._reading_engine, autoflush=False, expire_on_commit=False)
        if getattr(self._mine, "inside", False):
            raise RecordsError("a unit of work was opened inside another one in the same thread")
        if self._turn is not None and not self._turn.acquire(timeout=self._wait):
            raise Busy
        self._mine.inside = True
        engine = self.engine if writable else self._reading_engine
        return Session(engine, autoflush=False, expire_on_commit=False)

    def end(self, session: Session, writable: bool) -> None:
        """Close a unit's session; what was not committed is rolled back. For `_Open` alone."""
        try:
            session.close()
        finally:
            if writable or self._alone:
                self._mine.inside = False
                if self._turn is not None:
                    self._turn.release()

    def reopened(self, calendar: Callable[[Unit], Any]) -> "Database":
        """Return it as if it were opened now: the same connections, and nothing in `shared`."""
        return Database(self.engine, calendar, self._reading_engine)

    def _leave_parent(self) -> None:
        """Forget what was inherited in a fork: the connections are the parent's, and so is whoever has
        the lock."""
        for engine in self.engines:
            engine.dispose(close=False)
        self._process = os.getpid()
        self._mine = threading.local()
        self._turn = threading.Lock() if self._turn is not None else None

    def close(self) -> None:
        """Close all connections that are not in use."""
        for engine in self.engines:
            engine.dispose()


def open_database(
    url: str | URL,
    *,
    keys: KeyRing | None = None,
    synchronous: Synchronous | None = None,
    pool_size: int = 8,
    wait_seconds: float = WAIT_SECONDS,
    calendar: Callable[[Unit], Any] | None = None,
) -> Database:
    """Open the database at `url`: sqlite:///file, sqlite:// (in memory) or postgresql://….

    See `records.engine.open_engine` for `keys`, `synchronous`, `pool_size` and `wait_seconds`. `calendar`
    makes what `unit.calendar` gives. The tables must be there: `records.schema.migrate`. Raises RecordsError.
    """
    engine = open_engine(
        url, keys=keys, synchronous=synchronous, pool_size=pool_size, wait_seconds=wait_seconds
    )
    return Database(engine, calendar or _no_calendar)


class _Open(AbstractContextManager[Unit, None]):
    """What `with` opens and closes. A class and not a generator: this is the fast path of every use case."""

    __slots__ = ("_database", "_now", "_unit", "_writable")

    def __init__(self, database: Database, now: datetime, writable: bool) -> None:
        if now.tzinfo is None:
            raise NaiveInstant("a unit of work needs a time with an offset")
        self._database = database
        self._now = now.astimezone(UTC)
        self._writable = writable

    def __enter__(self) -> Unit:
        session = self._database.begin(self._writable)
        self._unit = Unit(self._database, session, self._now, self._writable)
        return self._unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session = self._unit.session
        try:
            if error is None:
                if not self._writable and _is_changed(session):
                    raise NotWritable("something was changed in a unit that only reads")
                # Also when there is nothing to save: on a rollback PostgreSQL's driver forgets every
                # statement that it has prepared.
                session.commit()
        except Exception as failure:
            _raise_refusal(failure)
            raise
        finally:
            self._database.end(session, self._writable)
        if error is None:
            self._unit.run_after_commit()
        else:
            _raise_refusal(error)  # what is none of ours goes on as it is


def _is_changed(session: Session) -> bool:
    return bool(session.new or session.deleted) or any(map(session.is_modified, session.dirty))


def _raise_refusal(error: BaseException) -> None:
    refused = refusal(error)
    if refused is not None:
        raise refused from (error if refused is not getattr(error, "orig", None) else None)


def _no_calendar(_: Unit) -> Any:
    raise RecordsError("the database was opened without a calendar")
