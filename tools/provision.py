"""Sets up a checkout: Python environment, front end and, for the tests, browser. Started by `./sag`.

    python -m tools.provision run|test

Everything is done only when what it depends on has changed, and may be interrupted at any point: each part
has a stamp that is written last. One set-up at a time; a second one waits. Only the standard library, for
Python 3.11.2 and newer."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools import chromium, frontend, steps

ROOT = steps.ROOT
_LOCKS = {"run": ("requirements.lock", ".venv"), "test": ("requirements-test.lock", ".venv-test")}


def main() -> int:
    """Sets up for `run` or `test`; 0 when all is in place, 1 with a message when it is not."""
    os.environ.pop("PYTHONPATH", None)
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    purpose = sys.argv[1]
    lock, folder = _LOCKS[purpose]
    steps.STATE.mkdir(exist_ok=True)
    try:
        with _alone():
            environment = Environment(ROOT / folder, ROOT / lock)
            environment.set_up()
            node = functools.cache(lambda: frontend.find_node(environment.install_into))
            frontend.build(node)
            if purpose == "test":
                chromium.provide(node)
                chromium.provide_driver(environment.folder, node)
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return 1
    except KeyboardInterrupt:
        steps.say("Afbrudt. Kør samme kommando igen for at fortsætte.")
        return 130
    return 0


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Holds the set-up lock. The kernel lets go of it when this process and its commands end, however
    they do."""
    with (steps.STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            steps.say("Venter på en anden ./sag, som er ved at sætte op …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        steps.inherited.append(lock.fileno())
        if steps.LOG.exists() and steps.LOG.stat().st_size > 5_000_000:
            steps.LOG.unlink()
        yield


def _runs(python: Path) -> bool:
    try:
        return subprocess.run([python, "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


class Environment:
    """A Python environment with exactly what a lock file says."""

    def __init__(self, folder: Path, lock: Path) -> None:
        self.folder = folder
        self._lock = lock

    def set_up(self) -> None:
        """Makes the environment unless it stands already. Raises StepFailed."""
        wanted = self._stamp()
        stamp = self.folder / ".stamp"
        if stamp.exists() and stamp.read_text() == wanted and _runs(self._python()):
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        if not (self._with_uv() or self._with_pip()):
            raise steps.StepFailed(f"Kunne ikke lave {self.folder}")
        # src and the root, so that the rooms are found from any working folder.
        places = sorted(self.folder.glob("lib/python3*/site-packages"))
        (places[0] / "sagsgang.pth").write_text(f"{ROOT / 'src'}\n{ROOT}\n", encoding="utf-8")
        stamp.write_text(wanted)

    def install_into(self, title: str, lock: Path, folder: Path) -> None:
        """Installs what a lock file names into a folder of its own. Raises StepFailed."""
        uv = shutil.which("uv")
        command: list[str | Path]
        if uv:
            command = [uv, "pip", "install", "--python", self._python()]
        else:
            command = [self._python(), "-m", "pip", "install", "--progress-bar", "off"]
        command += ["--target", folder, "--no-deps", "--require-hashes", "-r", lock]
        steps.run(title, command)

    def _python(self) -> Path:
        return self.folder / "bin" / "python"

    def _stamp(self) -> str:
        # The Python that made an environment is kept, whatever is first on the path, unless one is asked for.
        asked = f"{sys.version_info[:3]} {sys.base_prefix}" if os.environ.get("PYTHON") else ""
        return hashlib.sha256(self._lock.read_bytes() + f"{ROOT} {asked}".encode()).hexdigest()

    def _title(self) -> str:
        count = sum("==" in line for line in self._lock.read_text().splitlines() if not line.startswith(" "))
        return f"Installerer {count} Python-pakker i {self.folder.name}"

    def _with_uv(self) -> bool:
        uv = shutil.which("uv")
        if not uv:
            return False
        try:
            steps.run(f"Laver {self.folder.name}", [uv, "venv", "--python", sys.executable, self.folder])
            command = [uv, "pip", "sync", "--compile-bytecode", "--require-hashes"]
            steps.run(self._title(), [*command, "--python", self._python(), self._lock])
        except steps.StepFailed:
            steps.say("uv kunne ikke; prøver med pip")
            shutil.rmtree(self.folder, ignore_errors=True)
            return False
        return True

    def _with_pip(self) -> bool:
        self._require_venv()
        steps.run(f"Laver {self.folder.name}", [sys.executable, "-m", "venv", self.folder])
        command = [self._python(), "-m", "pip", "install", "--progress-bar", "off", "--no-input"]
        steps.run(self._title(), [*command, "--no-deps", "--require-hashes", "-r", self._lock])
        return True

    def _require_venv(self) -> None:
        """Debian keeps venv in a package of its own."""
        if subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True).returncode == 0:
            return
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        if not steps.apt_install(f"Installerer {package}", [package]):
            raise steps.StepFailed(
                f"Pythons venv mangler. Installer den først, på Debian: apt install {package}"
            )


if __name__ == "__main__":
    sys.exit(main())
