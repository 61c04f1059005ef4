"""The fixtures of tests/conftest.py do what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

import tools.postgres


def _fill(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE thing (name VARCHAR(20))"))
        connection.execute(sqlalchemy.text("INSERT INTO thing VALUES ('første')"))
    engine.dispose()


def _names(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        names = list(connection.scalars(sqlalchemy.text("SELECT name FROM thing ORDER BY name")))
        connection.execute(sqlalchemy.text("INSERT INTO thing VALUES ('anden')"))
    engine.dispose()
    return names


def test_prepared_databases_share_nothing(databases: Any, database_kind: str) -> None:
    one = databases.new(database_kind, prepare=_fill)
    two = databases.new(database_kind, prepare=_fill)
    assert _names(one) == _names(two) == ["første"]
    assert _names(one) == ["anden", "første"]


def test_empty_database(database_url: str) -> None:
    _fill(database_url)
    assert _names(database_url) == ["første"]


def test_postgres_listens_on_no_port(postgres_url: str) -> None:
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SHOW listen_addresses")) == ""
    engine.dispose()


def test_postgres_leaves_nothing() -> None:
    with tools.postgres.running() as server:
        folder = Path(server.url("x").partition("host=")[2])
        process = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        _fill(server.new())
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


_KILLED = """
import os, signal, sys
import tools.postgres
with tools.postgres.running() as server:
    folder = server.url("x").partition("host=")[2]
    print(folder, open(folder + "/data/postmaster.pid").readline().strip(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_postgres_ends_with_a_killed_run() -> None:
    path = os.pathsep.join([str(tools.postgres.ROOT / "src"), str(tools.postgres.ROOT)])
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    folder, process = killed.stdout.split()
    for _ in range(200):
        if not _runs(int(process)):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    assert not _runs(int(process))
    with tools.postgres.running():  # the next run tidies up
        assert not Path(folder).exists()


_WRITING = """#!/bin/sh
mkdir -p "$2"
while :; do mkdir -p "$2/$(date +%N)"; done &
wait
"""

_STOPPED = """
import glob, os, signal, threading, time
import tools.postgres
place = f"/tmp/sag-pg-{os.getpid()}-*"
def stop():
    while not glob.glob(place + "/data/*"):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background is born deaf to it
threading.Thread(target=stop).start()
try:
    with tools.postgres.running():
        pass
except KeyboardInterrupt:
    print("stoppet", *glob.glob(place))
"""


def test_postgres_leaves_nothing_when_it_is_stopped_while_it_is_set_up(tmp_path: Path) -> None:
    """What `initdb` has started writes on when only `initdb` is stopped."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("initdb", _WRITING), ("postgres", "#!/bin/sh\necho 15\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    path = os.pathsep.join([str(tools.postgres.ROOT / "src"), str(tools.postgres.ROOT)])
    stopped = subprocess.run(
        [sys.executable, "-c", _STOPPED],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "SAG_PG_BIN": str(programs)},
    )
    assert (stopped.stdout, stopped.stderr) == ("stoppet\n", "")


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_page_is_danish(page: Any) -> None:
    page.set_content("<h1>Sagsgang</h1>")
    assert page.get_by_role("heading", name="Sagsgang").is_visible()
    assert page.evaluate("navigator.language") == "da-DK"
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Europe/Copenhagen"


def test_pages_share_nothing(new_page: Callable[..., Any]) -> None:
    one, two = new_page(), new_page()
    assert one.context is not two.context
