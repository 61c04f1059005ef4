"""Gets the tests a headless Chromium on a machine that has none. Only the standard library.

As root on Debian it installs `chromium-headless-shell`. Elsewhere it unpacks the npm package
`@sparticuz/chromium` into `.tools/chromium`, which needs no rights; its libraries come along."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

from tools import browser, frontend, steps

_RECIPE = steps.ROOT / "tools" / "rootless-chromium"
# Unpacks every file that is named after the folder to unpack into, without its last suffix.
_UNPACK = """
const { createReadStream, createWriteStream } = require('fs');
const { basename, join } = require('path');
const { createBrotliDecompress } = require('zlib');
const { pipeline } = require('stream/promises');
const [folder, ...files] = process.argv.slice(1);
const unpack = file => pipeline(
  createReadStream(file), createBrotliDecompress(), createWriteStream(join(folder, basename(file, '.br'))));
Promise.all(files.map(unpack)).catch(error => { console.error(error); process.exit(1); });
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{place}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{place}/fonts-cache</cachedir>
</fontconfig>
"""


def provide(node: Callable[[], frontend.Node]) -> None:
    """Makes sure that `browser.find()` finds a Chromium that runs. Raises StepFailed."""
    if _found():
        return
    if steps.apt_install("Installerer Chromium", ["chromium-headless-shell"]) and _found():
        return
    _unpack(node())
    try:
        browser.find()
    except browser.NoBrowser as problem:
        raise steps.StepFailed(str(problem)) from problem


def provide_driver(environment: Path, node: Callable[[], frontend.Node]) -> None:
    """Playwright brings its own Node, which wants libatomic; where that is missing another Node runs it."""
    drivers = sorted(environment.glob("lib/python3*/site-packages/playwright/driver/node"))
    if not drivers or _runs(drivers[0]):
        return
    if steps.apt_install("Installerer libatomic1", ["libatomic1"]) and _runs(drivers[0]):
        return
    browser.DRIVER.parent.mkdir(exist_ok=True)
    browser.DRIVER.unlink(missing_ok=True)
    browser.DRIVER.symlink_to(node().program)


def _found() -> bool:
    try:
        browser.find()
    except browser.NoBrowser:
        return False
    return True


def _runs(program: Path) -> bool:
    return subprocess.run([program, "--version"], capture_output=True).returncode == 0


def _unpack(node: frontend.Node) -> None:
    package = steps.STATE / "chromium-package"
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(_RECIPE, package)
    command = [*node.npm, "ci", "--no-audit", "--no-fund"]
    steps.run("Henter Chromium", command, folder=package, environment=node.environment())
    source = package / "node_modules" / "@sparticuz" / "chromium" / "bin"
    made = steps.STATE / "chromium-new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    steps.run("Pakker Chromium ud", [node.program, "-e", _UNPACK, made, *sorted(source.glob("*.br"))])
    for packed in made.glob("*.tar"):
        with tarfile.open(packed) as archive:
            # Our lock file holds the package's checksum. Python 3.11.2 knows no filter, 3.12 wants one.
            if hasattr(tarfile, "data_filter"):
                archive.extractall(made, filter="data")
            else:
                archive.extractall(made)
        packed.unlink()
    (made / "chromium").chmod(0o755)
    (made / "fonts.conf").write_text(_FONTS.format(place=browser.UNPACKED))
    shutil.rmtree(browser.UNPACKED, ignore_errors=True)
    made.rename(browser.UNPACKED)
    shutil.rmtree(package, ignore_errors=True)
