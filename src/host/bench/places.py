"""Where measurements run: a SQLite file and a PostgreSQL server that are gone when the bench ends."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from host.bench.stage import Stage, new_environment, prepare, staged
from host.errors import HostError

KINDS = ("sqlite", "postgresql")

_DURABLE = {"shared_buffers": "128MB"}
"""The server's own defaults: a commit that survives a power cut. The tests' server does without."""


class Server(Protocol):
    """A PostgreSQL server that makes and drops databases; `tools.postgres.Server` is one."""

    def new(self, prepare: Callable[[str], object]) -> str:
        """Make a database that `prepare(url)` has filled, or a copy of such a one; return its address."""

    def drop(self, url: str) -> None:
        """Drop it."""


class Places:
    """Makes stages on either database; the server starts when it is first needed."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Take the folder for files and what is closed at the end."""
        self._folder = folder
        self._stack = stack
        self._server: Server | None = None
        self._environment = new_environment()
        self._template: Path | None = None
        self._made = 0

    @contextmanager
    def stage(self, kind: str) -> Iterator[Stage]:
        """Open a stage on a database of its own, and drop the database afterwards."""
        self._made += 1
        if kind == "sqlite":
            file = self._folder / f"bench{self._made}.db"
            shutil.copyfile(self._prepared_file(), file)
            with staged(kind, f"sqlite:///{file}", self._environment) as stage:
                yield stage
            for part in ("", "-wal", "-shm"):
                Path(f"{file}{part}").unlink(missing_ok=True)
            return
        server = self._postgres()
        url = server.new(self._prepare)
        try:
            with staged(kind, url, self._environment) as stage:
                yield stage
        finally:
            server.drop(url)

    def _prepare(self, url: str) -> None:
        prepare(url, self._environment)

    def _prepared_file(self) -> Path:
        if self._template is None:
            self._template = self._folder / "prepared.db"
            self._prepare(f"sqlite:///{self._template}")
        return self._template

    def _postgres(self) -> Server:
        if self._server is None:
            self._server = self._stack.enter_context(_server())
        return self._server


@contextmanager
def places() -> Iterator[Places]:
    """Give measurements a place; nothing of it is left afterwards."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sagsgang-bench-"))
        yield Places(Path(folder), stack)


@contextmanager
def _server() -> Iterator[Server]:
    """The server that SAG_BENCH_POSTGRES names, else a throw-away one from the machine's binaries.

    Raises HostError when there is neither.
    """
    named = os.environ.get("SAG_BENCH_POSTGRES")
    if named:
        yield _Named(named)
        return
    try:
        # Named and not imported: the tools are no part of the service.
        tool: Any = import_module("tools.postgres")
    except ImportError as error:
        raise HostError("set SAG_BENCH_POSTGRES to the address of an empty database") from error
    try:
        with tool.running(settings=_DURABLE) as server:
            yield server
    except tool.NoPostgres as error:
        raise HostError(str(error)) from error


class _Named:
    """A database that somebody keeps for measuring. It is emptied before and after each stage."""

    def __init__(self, url: str) -> None:
        """Take its address."""
        self._url = url

    def new(self, prepare: Callable[[str], object]) -> str:
        """Empty the database, and fill it again."""
        self.drop(self._url)
        prepare(self._url)
        return self._url

    def drop(self, url: str) -> None:
        """Empty the database."""
        _empty(url)


def _empty(url: str) -> None:
    from records.engine import open_engine

    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    finally:
        engine.dispose()
