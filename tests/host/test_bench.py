"""`./sag bench` as a process of its own: every row on both databases, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from host.settings import ROOT

SECONDS = 120
BOTH = {"SQLite", "PostgreSQL"}

EVERY_WAY = {(base, "in process") for base in BOTH} | {
    ("PostgreSQL", way) for way in ("HTTP", "HTTP, session")
}
"""A quick run starts its servers on one database: the way there is the same."""

WHERE: dict[str, set[tuple[str, str]]] = {
    "complete a task": EVERY_WAY,
    "start → visible": EVERY_WAY,
    "round ": {(base, "in process") for base in BOTH},
    "state after": {(base, "in process") for base in BOTH},
    "12 due timers, one worker": {(base, "in process") for base in BOTH},
    "12 due timers, 2 workers": {("PostgreSQL", "processes")},
    "worklist p50": {("PostgreSQL", "in process")},
    "worklist p95": {("PostgreSQL", "HTTP"), ("PostgreSQL", "HTTP, session")},
    "4 clients": {("PostgreSQL", "HTTP")},
}
"""How the rows of each measurement begin, and where it is taken."""


def bench(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a bench whose files lie in a folder of its own, in a session of its own."""
    folder.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAG_")}
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "host", "bench", "--quick", *arguments],
        env={**kept, "PYTHONPATH": path, "TMPDIR": str(folder)},
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def belongings(process: int) -> tuple[list[str], list[Path]]:
    """The living processes of a bench's session, and the folders of its PostgreSQL."""
    alive = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        state, _, _, session = rest.split()[:4]
        if int(session) == process and state != "Z":
            alive.append(name)
    return alive, list(Path("/tmp").glob(f"sag-pg-{process}-*"))


def leaves_nothing(process: int, folder: Path) -> None:
    """Processes hold the ports and the databases; files lie in its folder and beside PostgreSQL's socket."""
    assert belongings(process) == ([], [])
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_every_row_is_measured_on_its_databases_and_nothing_is_left(tmp_path: Path) -> None:
    process = bench(tmp_path / "own", "--json")
    said, errors = process.communicate(timeout=SECONDS)
    assert process.returncode in (0, 1), errors  # so few runs meet no target for sure
    figures: list[dict[str, Any]] = json.loads(said)
    for one in figures:
        assert set(one) >= {"row", "database", "way", "value", "unit", "target", "aim", "ok"}
        assert isinstance(one["value"], int | float)
        assert one["unit"] in {"×", "s", "ms", "bytes", "timers", "1/s"}
        assert (one["target"] is None) == (one["ok"] is None)
    for begins, where in WHERE.items():
        found = {(one["database"], one["way"]) for one in figures if one["row"].startswith(begins)}
        assert found == where, begins
    assert process.returncode == (1 if any(one["ok"] is False for one in figures) else 0)
    leaves_nothing(process.pid, tmp_path / "own")


@pytest.mark.slow
def test_one_that_is_stopped_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    process = bench(tmp_path / "own", "worklist")
    until = time.monotonic() + SECONDS
    while "postgres" not in belongings(process.pid)[0]:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(1)  # in the middle of filling its databases
    process.send_signal(signal.SIGTERM)
    said, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (130, ""), said
    leaves_nothing(process.pid, tmp_path / "own")


def test_a_row_that_is_not_there_is_refused(tmp_path: Path) -> None:
    process = bench(tmp_path / "own", "farten")
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "farten" in errors
    assert "worklist" in errors
