"""Runs the checks and the suite. Started by `./sag test`, in its environment.

    python -m tools.runtests              ruff, mypy, and every test; nothing may be skipped
    python -m tools.runtests ARGS         only pytest, with these arguments

Says which PostgreSQL and Chromium are used, and fails when one is missing, when a process or a file is left
behind, or when a check or a test fails."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import browser, postgres

ROOT = Path(__file__).resolve().parent.parent
_PR_SET_CHILD_SUBREAPER = 36
_CHECKS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
}
_BESIDE: dict[str, list[str]] = {"mypy": ["mypy"]}
"""Checks that take as long as many tests, so they run beside them: tests wait now and then."""


def main(arguments: Sequence[str]) -> int:
    """Runs everything, or the tests that the arguments name; the exit code says whether all went well."""
    try:
        found, programs = browser.find(), postgres.binaries()
        print(f"Python {sys.version.split()[0]}  ({sys.executable})")
        print(f"PostgreSQL {postgres.version(programs)}  ({programs})")
        print(f"Chromium {found.version}  ({found.program})", flush=True)
    except (browser.NoBrowser, postgres.NoPostgres) as problem:
        print(problem, file=sys.stderr)
        return 1
    _adopt_orphans()
    failed = [] if arguments else [name for name, command in _CHECKS.items() if not _check(name, command)]
    beside = {} if arguments else {name: _start(command) for name, command in _BESIDE.items()}
    before = _changed_files()
    with tempfile.TemporaryDirectory(prefix="sag-test-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        if not _pytest(arguments, folder):
            failed.append("pytest")
        failed += [name for name, finish in beside.items() if not _well(name, finish)]
        failed += _left_behind()
    new_files = sorted(_changed_files() - before)
    if new_files and not arguments:
        print(f"Nye eller ændrede filer efter testene: {', '.join(new_files)}", file=sys.stderr)
        if os.environ.get("CI"):  # elsewhere somebody may simply be at work
            failed.append("efterladte filer")
    if failed:
        print(f"FEJL: {'; '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _check(name: str, command: list[str]) -> bool:
    started = time.monotonic()
    print(f"== {name}", flush=True)
    well = subprocess.run([sys.executable, "-m", *command], cwd=ROOT).returncode == 0
    print(f"   {'godt' if well else 'FEJL'}, {time.monotonic() - started:.1f} s", flush=True)
    return well


def _start(command: list[str]) -> Callable[[], tuple[int, str]]:
    """Starts a check; what is returned waits for it, and gives its exit code and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.extend(process.stdout or ()), daemon=True)
    reader.start()

    def finish() -> tuple[int, str]:
        reader.join()
        return process.wait(), "".join(said)

    return finish


def _well(name: str, finish: Callable[[], tuple[int, str]]) -> bool:
    code, said = finish()
    print(f"== {name}: {'godt' if code == 0 else 'FEJL'}\n{said}", end="", flush=True)
    return code == 0


def _pytest(arguments: Sequence[str], folder: str) -> bool:
    print("== pytest", flush=True)
    everything = ["-n", str(min(os.cpu_count() or 1, 8)), "--dist", "worksteal", "--durations", "10"]
    command = [sys.executable, "-P", "-m", "pytest", *(arguments or everything)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "TMPDIR": folder}).returncode == 0


def _adopt_orphans() -> None:
    """What the tests start and forget becomes our child, so that it can be seen and ended."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _left_behind() -> list[str]:
    """Ends the processes that the tests left running, and names them."""
    until = time.monotonic() + 5  # a browser takes a moment to go
    while (left := _children()) and time.monotonic() < until:
        time.sleep(0.1)
    for process in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    names = sorted(left.values())
    return [f"efterladte processer: {', '.join(names)}"] if names else []


def _children() -> dict[int, str]:
    """Our living children, by process id; those that have ended are reaped on the way."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    children = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = status.read_text().partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                children[int(status.parent.name)] = name
    return children


def _changed_files() -> set[str]:
    """What git sees as new or changed; nothing outside a checkout."""
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        return set()
    answer = subprocess.run([git, "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True)
    return set(answer.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
