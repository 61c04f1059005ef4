"""What a fresh clone relies on: the locks, the ignored folders, and what CI runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON_LOCKS = ["requirements.lock", "requirements-test.lock", "requirements-node.lock"]
NPM_LOCKS = ["package-lock.json", "tools/rootless-chromium/package-lock.json"]


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, *NPM_LOCKS, ".npmrc", "package.json", "pyproject.toml"])
def test_nothing_says_where_packages_come_from(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "://" in line or "index-url" in line] == []


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_python_locks_are_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9.-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("name", NPM_LOCKS)
def test_npm_locks_have_checksums(name: str) -> None:
    packages: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))["packages"]
    without = [path for path, entry in packages.items() if path and "integrity" not in entry]
    assert without == []


def test_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-test.lock": project["project"]["dependencies"] + groups["test"],
        "requirements-node.lock": groups["node"],
    }
    for lock, asked in wanted.items():
        held = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
        names = {re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0].lower() for line in asked}
        assert names <= held, lock


def test_the_service_runs_on_what_was_tested() -> None:
    pins = r"^[a-z0-9.-]+==[^ ;\\]+"
    run, test = (
        set(re.findall(pins, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in PYTHON_LOCKS[:2]
    )
    assert run <= test


def test_ci_runs_the_suite() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("exec ./sag test")


def test_sag_is_plain_sh() -> None:
    assert os.access(ROOT / "sag", os.X_OK)
    assert (ROOT / "sag").read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", ROOT / "sag"]).returncode == 0


@pytest.mark.parametrize(
    "name", [".venv/x", ".venv-test/x", ".tools/x", "node_modules/x", "web/static/dist/x", "data/sagsgang.db"]
)
def test_what_is_made_is_not_committed(name: str) -> None:
    if (ROOT / ".git").exists():
        assert subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT).returncode == 0, name
