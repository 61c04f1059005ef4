"""What a database's error means to the caller of a unit of work."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from records.errors import AppendOnly, Busy, Conflict, NotWritable, RecordsError, Unreachable

APPEND_ONLY_MESSAGE = "append-only"
"""Begins the message of the triggers that guard append-only tables."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BUSY_STATES = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock detected
        "55P03",  # lock not available (lock_timeout)
        "57014",  # query cancelled (statement_timeout)
        "53300",  # too many connections
    }
)
_GONE_STATES = frozenset(
    {
        "28000",  # invalid authorization
        "28P01",  # invalid password
        "3D000",  # no such database
        "57P01",  # the server is going down
        "57P02",
        "57P03",  # the server is starting
    }
)
_GONE_CLASS = "08"  # connection exceptions
_READ_ONLY_STATE = "25006"
_UNIQUE_STATE = "23505"
_READ_ONLY = "the unit only reads, or the database itself can only be read"


def refusal(error: BaseException) -> RecordsError | None:
    """Return the error of this package that `error` (from SQLAlchemy or the driver) amounts to, or None."""
    if isinstance(error, PoolTimeout):
        return Busy()
    if isinstance(error, StaleDataError):
        return Conflict()
    if isinstance(error, StatementError) and isinstance(error.orig, RecordsError):
        return error.orig  # a column type refused the value
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _from_sqlite(cause)
    state = getattr(cause, "sqlstate", None)
    if isinstance(error, OperationalError) and _is_gone(state):
        return Unreachable()
    return _from_postgres(state, cause)


def _is_gone(state: str | None) -> bool:
    return state is None or state in _GONE_STATES or state.startswith(_GONE_CLASS)


def _from_sqlite(error: sqlite3.Error) -> RecordsError | None:
    code = getattr(error, "sqlite_errorcode", 0)
    kind = code & 0xFF  # the rest of the code says more about it
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Busy()
    if kind == sqlite3.SQLITE_CANTOPEN:
        return Unreachable()
    if kind == sqlite3.SQLITE_READONLY:
        return NotWritable(_READ_ONLY)
    if code in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
        return Conflict()
    if str(error).startswith(APPEND_ONLY_MESSAGE):
        return AppendOnly(str(error))
    return None


def _from_postgres(state: str | None, error: BaseException | None) -> RecordsError | None:
    if state in _BUSY_STATES:
        return Busy()
    if state == _READ_ONLY_STATE:
        return NotWritable(_READ_ONLY)
    if state == _UNIQUE_STATE:
        return Conflict()
    if state is not None and str(error).startswith(APPEND_ONLY_MESSAGE):
        return AppendOnly(str(error).splitlines()[0])
    return None
