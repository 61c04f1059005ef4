"""The parts of the set-up that can be tried without setting anything up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import browser, frontend, postgres, steps


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ".tools"
    monkeypatch.setattr(steps, "STATE", folder)
    monkeypatch.setattr(steps, "LOG", folder / "setup.log")
    return folder


def test_a_step_that_fails_shows_the_end_of_what_it_printed(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "import sys; [print('linje', n) for n in range(50)]; sys.exit(3)"
    with pytest.raises(steps.StepFailed, match="kode 3"):
        steps.run("Prøver", [sys.executable, "-c", program])
    shown = capsys.readouterr().err
    assert "✗ Prøver" in shown
    assert "linje 49" in shown
    assert "linje 5\n" not in shown
    assert "linje 5\n" in (state / "setup.log").read_text(encoding="utf-8")


def test_a_step_that_goes_well_says_so_on_one_line(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps.run("Prøver", [sys.executable, "-c", "print('meget')"])
    shown = capsys.readouterr().err
    assert "✓ Prøver" in shown
    assert "meget" not in shown


_HOLD = """
import sys, time
from tools import provision
with provision._alone():
    print("inde", flush=True)
    time.sleep(float(sys.argv[1]))
"""


def test_one_set_up_at_a_time(tmp_path: Path) -> None:
    shutil.copytree(steps.ROOT / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".tools").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-P", "-c", _HOLD]
    with subprocess.Popen([*command, "30"], env=environment, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "inde\n"
        with subprocess.Popen(
            [*command, "0"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as second:
            assert second.stderr is not None
            assert "Venter" in second.stderr.readline()
            first.kill()  # whatever way the first ends, the second goes on
            started = time.monotonic()
            assert second.communicate(timeout=20)[0] == "inde\n"
            assert time.monotonic() - started < 10


def test_a_front_end_without_entries_is_an_empty_manifest(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.mkdir()
    monkeypatch.setattr(frontend, "ENTRIES", tmp_path / "none")
    monkeypatch.setattr(frontend, "DIST", tmp_path / "static" / "dist")

    def no_node() -> frontend.Node:
        raise AssertionError("Node is not needed")

    frontend.build(no_node)
    frontend.build(no_node)
    assert json.loads((tmp_path / "static" / "dist" / "manifest.json").read_text()) == {}


def test_the_front_end_is_built_with_every_entry() -> None:
    manifest = json.loads((frontend.DIST / "manifest.json").read_text(encoding="utf-8"))
    wanted = {path.relative_to(steps.ROOT).as_posix() for path in frontend.ENTRIES.glob("*.js")}
    assert wanted == {key for key, chunk in manifest.items() if chunk.get("isEntry")}
    assert all((frontend.DIST / chunk["file"]).exists() for chunk in manifest.values())


def test_a_named_browser_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAG_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(browser.NoBrowser):
        browser.find()


def test_a_named_postgres_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAG_PG_BIN", "/nowhere/bin")
    with pytest.raises(postgres.NoPostgres, match="nowhere"):
        postgres.binaries()
