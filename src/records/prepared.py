"""Statements made ready for the driver once, for what nearly every act sends.

For each statement SQLAlchemy looks up how it is written, makes a context for it and wraps the result, which
takes longer than SQLite needs to run it. A `Prepared` is compiled by SQLAlchemy the first time and then goes
straight to the driver; column types do what they do elsewhere.

    _PEOPLE = Prepared(select(CaseRole.role, CaseRole.since).where(CaseRole.case_id == bindparam("case_id")))
    for role, since in unit.run(_PEOPLE, {"case_id": 7}): ...
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from records.errors import RecordsError

Row: TypeAlias = tuple[Any, ...]
_Process: TypeAlias = Callable[[Any], Any] | None


class Prepared:
    """A SELECT, INSERT, UPDATE or DELETE kept as a constant; what differs each time is a `bindparam` in it.

    `columns` names the columns of an INSERT without `values`; each row then gives all of them.
    """

    __slots__ = ("_columns", "_ready", "_statement")

    def __init__(self, statement: Any, columns: Iterable[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns)
        self._ready: WeakKeyDictionary[Dialect, _Ready] = WeakKeyDictionary()

    def ready(self, dialect: Dialect) -> "_Ready":
        """Return it as that dialect's driver takes it. For `Unit` alone."""
        found = self._ready.get(dialect)
        if found is None:
            found = self._ready[dialect] = _Ready(self._statement, self._columns, dialect)
        return found


class _Ready:
    """A statement's text for one driver, and how values get in and out."""

    __slots__ = ("_dialect", "_given", "_names", "_results", "_returns", "text")

    def __init__(self, statement: Any, columns: list[str], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns or None)
        assert isinstance(compiled, SQLCompiler)
        if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
            raise RecordsError("defaults and lists of values are not for prepared statements")
        self._dialect = dialect
        self.text: Final = compiled.string
        names = list(compiled.positiontup or compiled.binds)
        self._given = [_given(compiled, name, dialect) for name in names]
        self._names = None if compiled.positional else names
        found = [_reader(column.type, dialect) for column in statement.exported_columns]
        self._returns = bool(found)
        self._results = [(place, process) for place, process in enumerate(found) if process is not None]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Send it with these values; return the rows that it gives. Raises what SQLAlchemy would raise."""
        cursor = connection.connection.cursor()
        given = self._parameters(values)
        try:
            cursor.execute(self.text, given)
            rows: list[Row] = list(cursor.fetchall()) if self._returns else []
            cursor.close()
        except self._dialect.loaded_dbapi.Error as error:
            raise self._refused(connection, error, given) from error
        return self._read(rows) if self._results else rows

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Send it once for each of `rows`, for what gives nothing back."""
        cursor = connection.connection.cursor()
        given = [self._parameters(row) for row in rows]
        try:
            cursor.executemany(self.text, given)
            cursor.close()
        except self._dialect.loaded_dbapi.Error as error:
            raise self._refused(connection, error, given) from error

    def _parameters(self, values: Mapping[str, Any]) -> Any:
        found = [
            constant if name is None else values[name] if process is None else process(values[name])
            for name, process, constant in self._given
        ]
        return found if self._names is None else dict(zip(self._names, found, strict=True))

    def _read(self, rows: list[Row]) -> list[Row]:
        found: list[Row] = []
        for row in rows:
            values = list(row)
            for place, process in self._results:
                values[place] = process(values[place])
            found.append(tuple(values))
        return found

    def _refused(self, connection: Connection, error: Any, given: Any) -> BaseException:
        if self._dialect.is_disconnect(error, connection.connection.dbapi_connection, None):
            connection.invalidate(error)
        wrapped: BaseException = DBAPIError.instance(
            self.text,
            given,
            error,
            self._dialect.loaded_dbapi.Error,
            hide_parameters=True,
            dialect=self._dialect,
        )
        return wrapped


def _given(compiled: SQLCompiler, name: str, dialect: Dialect) -> tuple[str | None, _Process, Any]:
    """Return under which name a value comes (None: it is part of the statement), its way in, and itself."""
    bind = compiled.binds[name]
    process: _Process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required:
        return bind.key, process, None
    constant = bind.effective_value
    return None, None, constant if process is None else process(constant)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Process:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
