"""Databases that stay open for a whole session, and that every test finds as they were prepared.

A new database on PostgreSQL takes half a second, putting all rows back into one that is there (records.kept)
a fiftieth of that.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from records import kept
from records.unit import Database

Prepare = Callable[[str], object]
Open = Callable[[str], Database]


class Kept:
    """The databases of a session, one of each kind for each way to prepare one."""

    def __init__(self, folder: Path, server: Callable[[], Any]) -> None:
        """Take a folder for files, and how to get at the PostgreSQL server when one is needed."""
        self._folder = folder
        self._server = server
        self._made: dict[tuple[str, Prepare], kept.Kept] = {}

    def fresh(self, kind: str, prepare: Prepare, open_it: Open) -> Database:
        """Return the database as `prepare(url)` left it; `open_it(url)` opens it the first time.

        It belongs to one test at a time, which leaves it open.
        """
        key = (kind, prepare)
        found = self._made.get(key)
        if found is not None:
            found.put_back()
            return found.database
        if kind == "sqlite":
            file = self._folder / f"kept{len(self._made)}.db"
            prepare(f"sqlite:///{file}")
            url = f"sqlite:///{file}"
        else:
            url = self._server().new(prepare)
        self._made[key] = found = kept.kept(open_it(url))
        return found.database

    def close(self) -> None:
        """Close them all. What the server has goes with it."""
        for one in self._made.values():
            one.close()
