"""The unit of every ratio: one row changed and committed, by the bare driver, in the measured database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from host.bench.stage import Stage


class Bare:
    """A bare update and commit of one row, as often as it is asked for."""

    def __init__(self, connection: Any, begin: str) -> None:
        """Take a driver's connection that begins nothing by itself."""
        self._connection = connection
        self._begin = begin

    def once(self) -> float:
        """Update and commit; return the seconds it took."""
        execute = self._connection.execute
        began = time.perf_counter()
        execute(self._begin)
        execute("UPDATE bench_bare SET n = n + 1 WHERE id = 1")
        execute("COMMIT")
        return time.perf_counter() - began


@contextmanager
def bare(stage: Stage) -> Iterator[Bare]:
    """Open a connection of its own for bare commits, with the settings that the service has."""
    engine = stage.app.database.engine
    with stage.app.database.writing(now=stage.app.now()) as unit:
        unit.connection.exec_driver_sql("CREATE TABLE bench_bare (id INTEGER PRIMARY KEY, n INTEGER)")
        unit.connection.exec_driver_sql("INSERT INTO bench_bare VALUES (1, 0)")
    pooled = engine.raw_connection()
    driver: Any = pooled.driver_connection
    if stage.kind == "postgresql":
        driver.autocommit = True
    try:
        yield Bare(driver, "BEGIN" if stage.kind == "postgresql" else "BEGIN IMMEDIATE")
    finally:
        pooled.invalidate()  # its settings are not the pool's
