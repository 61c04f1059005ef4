"""The guides that everybody must know and reach in one click (ST-38): Markdown that the owners write."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tasks.errors import NotFound
from web import current
from web.pages.handbook import GuidePage, Library
from web.pages.inbox import Guide
from web.words import gettext

pages = Blueprint("handbook", __name__)

_FOLDER = "vejledninger"
_FIRST = ("handleguide", "trivselslinje")


def guides() -> tuple[Guide, ...]:
    """Return the guides, the two that all must know first."""
    return tuple(Guide(name, f"/haandbog/{key}") for key, name, _ in _texts())


@pages.get("/haandbog")
def library() -> ResponseReturnValue:
    """Show all guides."""
    return render_template("handbook/library.html", page=Library(guides()))


@pages.get("/haandbog/<key>")
def guide(key: str) -> ResponseReturnValue:
    """Show one guide."""
    for known, name, text in _texts():
        if known == key:
            return render_template("handbook/guide.html", page=GuidePage(name, text, guides()))
    raise NotFound(gettext("Vejledningen findes ikke."))


def _texts() -> tuple[tuple[str, str, str], ...]:
    files = sorted((current.app.settings.processes / _FOLDER).glob("*.md"))
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[Path, int], ...]) -> tuple[tuple[str, str, str], ...]:
    """Return key, name and text of each file; the first line is the name. A file changes with its time."""
    found = []
    for file, _ in files:
        heading, _, text = file.read_text(encoding="utf-8").partition("\n")
        found.append((file.stem, heading.lstrip("# ").strip(), text.strip()))
    order = {key: place for place, key in enumerate(_FIRST)}
    return tuple(sorted(found, key=lambda one: (order.get(one[0], len(order)), one[1])))
