"""The built front end: finds in vite's manifest which files an entry needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"
_MANIFEST = STATIC / "dist" / "manifest.json"
_ENTRIES = "web/frontend/entries/"


class FrontEndMissing(RuntimeError):
    """The front end is not built, or the built one lacks an entry; `./sag` builds it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a page includes for one entry, as paths below `static/`."""

    script: str
    styles: tuple[str, ...]
    preload: tuple[str, ...]
    """Modules that the script imports at once; naming them saves a round trip."""


def entry(name: str) -> Entry:
    """Return the files of the entry `name` (`site`, `form`, `diagram`). Raises `FrontEndMissing`."""
    return _entry(_MANIFEST, _stamp(), name)


@lru_cache(maxsize=16)
def _entry(path: Path, stamp: int, name: str) -> Entry:
    manifest = _manifest(path, stamp)
    key = f"{_ENTRIES}{name}.js"
    if key not in manifest:
        raise FrontEndMissing(f"{key} is not in {path}; run ./sag to build the front end")
    chunks = list(_imported(manifest, key, set()))
    styles = tuple(dict.fromkeys(f"dist/{style}" for chunk in chunks for style in chunk.get("css", ())))
    preload = tuple(f"dist/{chunk['file']}" for chunk in chunks[:-1])
    return Entry(f"dist/{manifest[key]['file']}", styles, preload)


def icon(name: str) -> str:
    """Return the path below `static/` of the sprite with the fragment of one icon."""
    return f"{_sprite(_MANIFEST, _stamp())}#{name}"


@lru_cache(maxsize=2)
def _sprite(path: Path, stamp: int) -> str:
    for key, chunk in _manifest(path, stamp).items():
        if key.endswith("all-svg-icons.svg"):
            return f"dist/{chunk['file']}"
    raise FrontEndMissing("The icon sprite is not in the front end that is built")


def _imported(manifest: dict[str, Any], key: str, seen: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the chunks of an entry, each after those it imports."""
    seen.add(key)
    for dependency in manifest[key].get("imports", ()):
        if dependency not in seen:
            yield from _imported(manifest, dependency, seen)
    yield manifest[key]


def _stamp() -> int:
    try:
        return _MANIFEST.stat().st_mtime_ns
    except FileNotFoundError as error:
        raise FrontEndMissing(f"{_MANIFEST} is missing; run ./sag to build the front end") from error


@lru_cache(maxsize=2)
def _manifest(path: Path, stamp: int) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest
