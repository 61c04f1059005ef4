"""Finds a headless Chromium for the tests and says how Playwright starts it.

Debian's `chromium-headless-shell` is the first choice, then Debian's `chromium`, then the one that
`tools/chromium.py` unpacked into `.tools/chromium` on a machine where nothing may be installed.
`SAG_CHROMIUM` names another one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / ".tools" / "chromium"
DRIVER = ROOT / ".tools" / "playwright-node"  # a Node for Playwright where its own cannot run

# No sandbox, because it cannot start as root; and none of the requests that a browser makes of its own
# accord.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(RuntimeError):
    """There is no Chromium on the machine, or it cannot run."""


@dataclass(frozen=True)
class Browser:
    """A Chromium that runs: the program, what must be in its environment, and its version."""

    program: Path
    version: str
    environment: dict[str, str] = field(default_factory=dict)


def find() -> Browser:
    """The first browser that can run. Raises NoBrowser with what was tried."""
    tried: list[str] = []
    named = os.environ.get("SAG_CHROMIUM")
    programs = [named] if named else ["chromium-headless-shell", "chromium", "google-chrome"]
    for name in programs:
        path = shutil.which(name)
        if path is None:
            continue
        version = _version(Path(path), {})
        if version:
            return Browser(Path(path), version)
        tried.append(path)
    unpacked = UNPACKED / "chromium"
    if unpacked.exists() and not named:
        environment = unpacked_environment()
        version = _version(unpacked, environment)
        if version:
            return Browser(unpacked, version, environment)
        tried.append(str(unpacked))
    failed = f" Disse kan ikke køre: {', '.join(tried)}." if tried else ""
    raise NoBrowser(
        f"Chromium findes ikke på maskinen.{failed} Kør ./sag test (den henter en), eller installer chromium"
    )


def use_driver() -> None:
    """Tells Playwright which Node to run on; before it is started."""
    if DRIVER.exists():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(DRIVER))


def unpacked_environment() -> dict[str, str]:
    """What the unpacked Chromium needs: the libraries that came with it and a font."""
    return {
        "LD_LIBRARY_PATH": str(UNPACKED / "lib"),
        "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf"),
    }


def _version(program: Path, environment: dict[str, str]) -> str:
    try:
        answer = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **environment},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    words = answer.stdout.split()
    numbers = [word for word in words if word[:1].isdigit()]
    return numbers[0] if answer.returncode == 0 and numbers else ""
