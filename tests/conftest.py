"""What every test may ask for: databases on SQLite and PostgreSQL, a browser and pages of it.

A missing PostgreSQL or browser is an error, and so is a skipped test: a run that is green has run everything.
"""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import tools.browser
import tools.postgres
from records import engine
from tests.kept import Kept

Prepare = Callable[[str], object]

_OTHERS_LEAVE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


# --- databases ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[tools.postgres.Server]:
    """One throw-away PostgreSQL for the session (under xdist: for each worker), on a Unix socket."""
    with tools.postgres.running() as server:
        yield server


class Databases:
    """Makes databases of either kind for one test; they are gone when it ends."""

    def __init__(
        self, request: pytest.FixtureRequest, folder: Path, prepared: dict[Prepare, Path], empty: list[str]
    ) -> None:
        self._request = request
        self._folder = folder
        self._prepared = prepared
        self._empty = empty
        self._emptied: list[str] = []
        self._numbers = itertools.count(1)
        self._made: list[str] = []

    def new(self, kind: str, prepare: Prepare | None = None) -> str:
        """The address of a new database. `kind` is `sqlite` or `postgresql`.

        `prepare(url)` fills it, typically with the migrations. It runs once per session; later databases
        are copies of what it made. It must close its connections before it returns, and must be a plain
        function at module level.
        """
        if kind == "sqlite":
            return self._sqlite(prepare)
        server: tools.postgres.Server = self._request.getfixturevalue("postgres_server")
        if prepare is None:
            url = self._empty.pop() if self._empty else server.new()
            self._emptied.append(url)
        else:
            url = server.new(prepare)
            self._made.append(url)
        return url

    def _sqlite(self, prepare: Prepare | None) -> str:
        file = self._folder / f"sag{next(self._numbers)}.db"
        if prepare is not None:
            if prepare not in self._prepared:
                factory: pytest.TempPathFactory = self._request.getfixturevalue("tmp_path_factory")
                template = factory.mktemp("template") / "sag.db"
                prepare(f"sqlite:///{template}")
                self._prepared[prepare] = template
            for part in ("", "-wal"):  # in WAL mode the last changes may still lie beside the file
                source = Path(f"{self._prepared[prepare]}{part}")
                if source.exists():
                    shutil.copyfile(source, f"{file}{part}")
        return f"sqlite:///{file}"

    def close(self) -> None:
        """Drops the databases on the server. Those that began empty are emptied for a later test, which is
        ten times as quick as a new one. The files go with pytest's folder."""
        if self._made:
            server: tools.postgres.Server = self._request.getfixturevalue("postgres_server")
            for url in self._made:
                server.drop(url)
        for url in self._emptied:
            with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
                connection.execute(_OTHERS_LEAVE)
                connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            self._empty.append(url)


@pytest.fixture(scope="session")
def _sqlite_templates() -> dict[Prepare, Path]:
    return {}


@pytest.fixture(scope="session")
def _empty_postgres() -> list[str]:
    return []


@pytest.fixture
def databases(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    _sqlite_templates: dict[Prepare, Path],
    _empty_postgres: list[str],
) -> Iterator[Databases]:
    """Makes databases: `databases.new("postgresql", prepare=migrate)`."""
    if "postgres_server" in request.fixturenames:
        request.getfixturevalue("postgres_server")
    made = Databases(request, tmp_path, _sqlite_templates, _empty_postgres)
    yield made
    made.close()


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Databases that stay open for the session, and that every test finds as they were prepared."""
    found = Kept(tmp_path_factory.mktemp("kept"), lambda: request.getfixturevalue("postgres_server"))
    yield found
    found.close()


@pytest.fixture
def sqlite_url(databases: Databases) -> str:
    """An SQLite file that does not exist yet."""
    return databases.new("sqlite")


@pytest.fixture
def postgres_url(databases: Databases) -> str:
    """An empty PostgreSQL database."""
    return databases.new("postgresql")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Runs the test twice: on SQLite and on PostgreSQL."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(databases: Databases, database_kind: str) -> str:
    """An empty database; the test runs once on SQLite and once on PostgreSQL."""
    return databases.new(database_kind)


@pytest.fixture(autouse=True, scope="session")
def durability() -> Iterator[engine.Synchronous]:
    """Commits on SQLite do not wait for the disk, as those on the PostgreSQL here do not.

    Gives what they wait for in real use; `test_engine` holds them to it.
    """
    real = engine.SYNCHRONOUS
    engine.SYNCHRONOUS = "OFF"
    yield real
    engine.SYNCHRONOUS = real


# --- passwords ------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """Hashes passwords as cheaply as argon2 can; `test_signin` holds the real one to its strength."""
    from argon2 import PasswordHasher

    from tasks import signin

    real = signin._hasher
    signin._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    signin._hasher = real


# --- browser --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium (playwright's Browser) for the session."""
    from playwright.sync_api import sync_playwright

    found = tools.browser.find()
    tools.browser.use_driver()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found.program,
            args=list(tools.browser.ARGUMENTS),
            env={**os.environ, **found.environment},
        )
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages that share nothing, one per person: `mette = new_page()`, `jonas = new_page(base_url=...)`.

    Danish locale, Copenhagen time. What is given by name goes to playwright's `new_context`. An uncaught
    error in a page's scripts fails the test when it ends.
    """
    contexts: list[Any] = []
    errors: list[str] = []

    def open_page(**options: Any) -> Any:
        settings = {"locale": "da-DK", "timezone_id": "Europe/Copenhagen", **options}
        context = browser.new_context(**settings)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, "Fejl i sidens scripts:\n" + "\n".join(errors)


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    """One page in a browser context of its own."""
    return new_page()


# --- memory ---------------------------------------------------------------------------------------


def pytest_configure() -> None:
    """Look for garbage seldom: what tests leave is little, and what is looked through each time is much."""
    gc.set_threshold(50_000, 20, 100)


def pytest_collection_finish() -> None:
    """Never look again at what is there before the first test."""
    gc.collect()
    gc.freeze()


# --- order ----------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the slow tests first, shared out among xdist's workers: none of them then waits for one alone.

    With `worksteal` each worker begins on one piece of the list.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = [item for item in items if item.get_closest_marker("slow")]
    rest = [item for item in items if not item.get_closest_marker("slow")]
    share = -(-len(rest) // workers)
    pieces = (slow[n::workers] + rest[n * share : (n + 1) * share] for n in range(workers))
    items[:] = itertools.chain.from_iterable(pieces)


# --- nothing is skipped ---------------------------------------------------------------------------


def _fail_when_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"A skipped test is a failed test. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turns a skip into a failure."""
    report = yield
    _fail_when_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turns a skipped module into a failure."""
    report = yield
    _fail_when_skipped(report)
    return report


def pytest_report_header() -> list[str]:
    """The versions of what the tests run on."""
    lines = [f"Python {sys.version.split()[0]}"]
    for name, version in (
        ("PostgreSQL", tools.postgres.version),
        ("Chromium", lambda: tools.browser.find().version),
    ):
        try:
            lines.append(f"{name} {version()}")
        except RuntimeError as problem:
            lines.append(f"{name}: {problem}")
    return lines
