"""`./sag run`, `serve` and `work` as real processes: they start, serve, and stop gracefully on SIGTERM."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from host.clock import Clock
from host.publishing import publish_bundles
from host.settings import ROOT
from records.tables import Instance, JournalEntry
from tests.engine.drawing import chain, node, timer
from tests.host.stage import Stage, bundle, environment, open_stage, prepare, service

SECONDS = 40.0
STOPS_IN = 10.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _hear_ctrl_c() -> None:
    """Undo that what is started in the background is born deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Program:
    """`./sag COMMAND` as a process of its own, with what it has printed."""

    def __init__(self, log: Path, variables: dict[str, str], *arguments: str) -> None:
        self._log = log
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SAG_")}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "host", *arguments],
                env={**kept, **variables, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))},
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                preexec_fn=_hear_ctrl_c,
            )

    @property
    def text(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + SECONDS
        while not true():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.text}"
            assert time.monotonic() < end, self.text
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ask it to stop; return how long that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(SECONDS)
        return time.monotonic() - began


@contextmanager
def program(tmp_path: Path, variables: dict[str, str], *arguments: str) -> Iterator[Program]:
    found = Program(tmp_path / f"{arguments[0]}.log", variables, *arguments)
    try:
        yield found
    finally:
        if found.process.poll() is None:
            found.process.kill()
            found.process.wait()


def get(port: int, path: str) -> tuple[int, str]:
    """Status and text of a page; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""
    except OSError:
        return 0, ""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def waiting(stage: Stage, seconds: float) -> int:
    """A course that waits so many seconds from now."""
    inside = (
        node("startEvent", "s")
        + node("intermediateCatchEvent", "t", timer(f"PT{seconds}S"))
        + service("n", "noter", tekst='"nu"')
        + node("endEvent", "e")
        + chain("s", "t", "n", "e")
    )
    publish_bundles(stage.app, [bundle("vent", inside)])
    return stage.start("vent", stage.case()).instance_id


def ended(stage: Stage, instance_id: int) -> bool:
    return stage.rows(select(Instance.status).where(Instance.id == instance_id)) == ["afsluttet"]


@pytest.mark.slow
def test_run_sets_up_the_demo_serves_it_and_is_quick_the_second_time(tmp_path: Path) -> None:
    port = free_port()
    variables = {"SAG_DATA": str(tmp_path / "data"), "SAG_PORT": str(port)}
    with program(tmp_path, variables, "run") as first:
        first.wait_for(lambda: "Systemforvalter" in first.text)
        assert f"http://127.0.0.1:{port}" in first.text
        for role in ("Front Stage", "Rådgiver", "Procesejer"):
            assert re.search(rf"{role} +\w+\.\w+ ", first.text)
        assert get(port, "/log-ind")[0] == 200
        with program(tmp_path / "data", variables, "run") as second:
            second.process.wait(SECONDS)
            assert second.process.returncode == 2
            assert f"sag: 127.0.0.1:{port} er optaget" in second.text
        assert first.stop() < STOPS_IN
        assert first.process.returncode == 0
    assert is_free(port)
    began = time.monotonic()
    with program(tmp_path, variables, "run") as again:
        again.wait_for(lambda: get(port, "/log-ind")[0] == 200)
        print(f"a second start took {time.monotonic() - began:.1f} s")
        assert "Sætter demokommunen op" not in again.text
        assert again.stop(signal.SIGINT) < STOPS_IN
        assert again.process.returncode == 0
    assert is_free(port)
    left = {file.name for file in (tmp_path / "data").iterdir()} - {"run.log"}
    assert left - {"arkiv"} == {"sagsgang.db", "data_key", "index_key", "secret_key"}, (
        "the database was not closed"
    )


@pytest.mark.slow
def test_serve_fires_timers_in_its_workers_and_stops(
    databases: Any, database_kind: str, tmp_path: Path
) -> None:
    port = free_port()
    url = databases.new(database_kind, prepare)
    with open_stage(url, clock=Clock()) as stage:
        variables = environment(url, SAG_PORT=str(port), SAG_SCHEDULE_SECONDS="0.1")
        with program(tmp_path, variables, "serve", "--workers", "2", "--threads", "2") as served:
            served.wait_for(lambda: get(port, "/sundhed")[0] == 200)
            assert json.loads(get(port, "/sundhed")[1])["ok"] is True
            course = waiting(stage, 0.3)
            served.wait_for(lambda: ended(stage, course))
            assert served.stop() < STOPS_IN
            assert served.process.returncode == 0
        assert len(stage.rows(select(JournalEntry).where(JournalEntry.kind == "notat"))) == 1
    assert is_free(port)


@pytest.mark.slow
def test_serve_without_scheduler_leaves_it_to_work(databases: Any, tmp_path: Path) -> None:
    port = free_port()
    url = databases.new("sqlite", prepare)
    variables = environment(url, SAG_SCHEDULE_SECONDS="0.1")
    with (
        open_stage(url, clock=Clock()) as stage,
        program(
            tmp_path, variables, "serve", "--workers", "1", "--bind", f"127.0.0.1:{port}", "--no-scheduler"
        ) as served,
    ):
        served.wait_for(lambda: get(port, "/sundhed")[0] == 200)
        course = waiting(stage, 0.1)
        time.sleep(1.0)
        assert not ended(stage, course)
        with program(tmp_path, variables, "work") as work:
            work.wait_for(lambda: ended(stage, course))
            assert work.stop() < STOPS_IN
            assert work.process.returncode == 0
        late = waiting(stage, 0.1)
        time.sleep(0.5)
        assert not ended(stage, late)
        assert served.stop() < STOPS_IN


@pytest.mark.slow
def test_a_start_with_a_missing_setting_says_which(tmp_path: Path) -> None:
    variables = environment("postgresql://sag@/sag")
    del variables["SAG_SECRET_KEY"]
    with program(tmp_path, variables, "serve") as started:
        assert started.process.wait(SECONDS) == 2
        assert started.text.startswith("sag: SAG_SECRET_KEY mangler")
