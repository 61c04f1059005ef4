"""Runs the long commands of a set-up and shows that they are moving.

On a terminal one line counts the seconds; elsewhere (a log) a line comes every ten seconds. What the
commands print goes to `.tools/setup.log`, and its end is shown when one fails. Only the standard library:
this runs before anything is installed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".tools"
LOG = STATE / "setup.log"

inherited: list[int] = []
"""Open files that the commands keep open too: the set-up lock, which a killed set-up's last command
still holds."""


class StepFailed(RuntimeError):
    """A command of the set-up failed; the message is for the person at the terminal."""


def say(text: str) -> None:
    """Prints a line to the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


def run(
    title: str,
    command: Sequence[object],
    *,
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Runs a command with `title` as its line of progress. Raises StepFailed with the end of its output."""
    STATE.mkdir(exist_ok=True)
    started = time.monotonic()
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {shlex.join(str(word) for word in command)}\n")
        log.flush()
        with subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=inherited,
        ) as process:
            last: deque[str] = deque(maxlen=25)
            done = threading.Event()
            ticker = threading.Thread(target=_tick, args=(title, started, last, done), daemon=True)
            ticker.start()
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    log.write(line)
                    if line.strip() and not line.startswith(("WARNING", "npm warn")):
                        last.append(line.rstrip())
                code = process.wait()
            except BaseException:
                process.terminate()
                raise
            finally:
                done.set()
                ticker.join()
    seconds = time.monotonic() - started
    if code != 0:
        _line(f"✗ {title} ({seconds:.0f} s)")
        say("\n".join(f"    {line}" for line in last))
        raise StepFailed(f"{title}: kommandoen gik galt (kode {code}). Hele udskriften: {LOG}")
    _line(f"✓ {title} ({seconds:.0f} s)")


def _tick(title: str, started: float, last: deque[str], done: threading.Event) -> None:
    terminal = sys.stderr.isatty()
    if not terminal:
        say(f"  {title} …")
    while not done.wait(1 if terminal else 10):
        seconds = time.monotonic() - started
        doing = last[-1].strip() if last else ""
        if terminal:
            width = _width()
            text = f"  {title} … {seconds:.0f} s  {doing}"[: width - 1]
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        else:
            say(f"    … {seconds:.0f} s{doing and ': '}{doing[:90]}")


def _line(text: str) -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    say(text)


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        return 80


def apt_install(title: str, packages: Sequence[str]) -> bool:
    """Installs Debian packages when this is Debian and we are root; False when it cannot be done."""
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        return False
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run("Henter Debians pakkeliste", [apt, "update", "-q"], environment=quiet)
        command = [apt, "install", "-q", "-y", "--no-install-recommends", *packages]
        run(title, command, environment=quiet)
    except StepFailed:
        return False
    return True
