"""Counts what goes to the database, so that a test can hold a use case to a fixed number of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event

from records.engine import is_reading
from records.unit import Database


@dataclass(slots=True)
class Count:
    """What was counted: `statements` in order (not BEGIN and COMMIT), and the number of `commits`."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    def __len__(self) -> int:
        return len(self.statements)

    def __str__(self) -> str:
        return "\n".join(self.statements)


@contextmanager
def count_statements(database: Database) -> Iterator[Count]:
    """Count everything that all threads send to `database` while the block runs.

    A statement for many rows counts once. The end of a unit that only reads is no commit.
    """
    count = Count()

    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        count.statements.append(text)

    def commit(connection: Connection) -> None:
        count.commits += not is_reading(connection)

    database.seen = count.statements.append
    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)
    try:
        yield count
    finally:
        database.seen = None
        for engine in database.engines:
            event.remove(engine, "before_cursor_execute", statement)
            event.remove(engine, "commit", commit)
