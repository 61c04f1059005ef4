"""The script `./sag`: when it sets up, when it does not, and what it hands on. The set-up itself is a
stand-in here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

_PROVISION = """
import pathlib, sys
root = pathlib.Path(__file__).parent.parent
with (root / "calls").open("a") as calls:
    calls.write(sys.argv[1] + " ")
if (root / "broken").exists():
    sys.exit(1)
for folder in (".venv/bin", ".venv-test/bin", "web/static/dist", ".tools"):
    (root / folder).mkdir(parents=True, exist_ok=True)
(root / "web/static/dist/manifest.json").write_text("{}")
for name in (".venv", ".venv-test"):
    python = root / name / "bin" / "python"
    python.write_text('#!/bin/sh\\necho "$(basename "$(dirname "$(dirname "$0")")") $PWD $*"\\n')
    python.chmod(0o755)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "en mappe med æøå"
    for name in ("tools", "web/frontend/entries", "src/engine", ".tools"):
        (folder / name).mkdir(parents=True)
    shutil.copy(ROOT / "sag", folder / "sag")
    (folder / "tools" / "__init__.py").write_text("")
    (folder / "tools" / "provision.py").write_text(_PROVISION)
    (folder / "requirements.lock").write_text("a==1\n")
    (folder / "web" / "frontend" / "entries" / "site.js").write_text("1\n")
    return folder


def _sag(checkout: Path, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "sag", *arguments],
        capture_output=True,
        text=True,
        cwd=folder or checkout,
        env={**os.environ, "PYTHON": sys.executable},
    )


def _calls(checkout: Path) -> list[str]:
    return (checkout / "calls").read_text().split()


def test_a_first_start_sets_up_and_a_second_does_not(checkout: Path) -> None:
    first, second = _sag(checkout), _sag(checkout)
    assert first.stdout == second.stdout == f".venv {checkout} -P -m host run\n"
    assert _calls(checkout) == ["run"]


@pytest.mark.parametrize(
    "changed", ["requirements.lock", "web/frontend/entries/new.js", "src/engine/feel.mjs"]
)
def test_a_change_sets_up_again(checkout: Path, changed: str) -> None:
    _sag(checkout)
    (checkout / changed).write_text("b==2\n")
    _sag(checkout)
    assert _calls(checkout) == ["run", "run"]


def test_a_change_of_our_own_python_does_not(checkout: Path) -> None:
    _sag(checkout)
    (checkout / "src" / "engine" / "feel.py").write_text("pass\n")
    _sag(checkout)
    assert _calls(checkout) == ["run"]


@pytest.mark.parametrize("lost", [".venv/bin/python", "web/static/dist/manifest.json"])
def test_what_is_lost_is_made_again(checkout: Path, lost: str) -> None:
    _sag(checkout)
    (checkout / lost).unlink()
    assert _sag(checkout).returncode == 0
    assert _calls(checkout) == ["run", "run"]


def test_a_moved_checkout_is_set_up_again(checkout: Path) -> None:
    _sag(checkout)
    moved = checkout.with_name("moved")
    checkout.rename(moved)
    _sag(moved)
    assert _calls(moved) == ["run", "run"]


def test_a_failed_set_up_starts_nothing_and_is_tried_again(checkout: Path) -> None:
    (checkout / "broken").touch()
    failed = _sag(checkout)
    assert failed.returncode == 1
    assert failed.stdout == ""
    (checkout / "broken").unlink()
    assert _sag(checkout).returncode == 0
    assert _calls(checkout) == ["run", "run"]


def test_commands_see_the_callers_folder_and_arguments(checkout: Path, tmp_path: Path) -> None:
    _sag(checkout)
    answer = _sag(checkout, "check", "en fil.bpmn", folder=tmp_path)
    assert answer.stdout == f".venv {tmp_path} -P -m host check en fil.bpmn\n"


def test_tests_and_measurements_have_their_own_environment(checkout: Path, tmp_path: Path) -> None:
    assert _sag(checkout, "test", "-k", "x", folder=tmp_path).stdout == (
        f".venv-test {checkout} -P -m tools.runtests -k x\n"
    )
    assert _sag(checkout, "bench").stdout == f".venv-test {checkout} -P -m host bench\n"
    assert _calls(checkout) == ["test"]


def test_a_second_start_costs_next_to_nothing(checkout: Path) -> None:
    _sag(checkout)
    started = time.perf_counter()
    _sag(checkout)
    assert time.perf_counter() - started < 1
