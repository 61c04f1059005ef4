"""Databases with every shipped procedure, to play rehearsals on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.types import Bundle
from host.cast import Cast
from host.rehearsing import Theatre, prepare, throw_away
from host.settings import ROOT
from host.wiring import read_bundle, shipped_procedures


@pytest.fixture(scope="session")
def bundles() -> list[Bundle]:
    """Every shipped procedure."""
    return [read_bundle(folder) for folder in shipped_procedures(ROOT / "processes")]


@pytest.fixture(scope="session")
def sqlite_theatre(bundles: list[Bundle], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """A file of SQLite with them."""
    settings = throw_away(ROOT / "processes", tmp_path_factory.mktemp("theatre"))
    theatre = Theatre(settings, prepare(settings, bundles))
    yield theatre
    theatre.close()


@pytest.fixture(scope="session")
def postgres_theatre(
    bundles: list[Bundle], postgres_server: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theatre]:
    """A database of PostgreSQL with them."""
    settings = throw_away(ROOT / "processes", tmp_path_factory.mktemp("theatre"))
    casts: list[Cast] = []

    def fill(url: str) -> None:
        casts.append(prepare(replace(settings, database_url=url), bundles))

    url = postgres_server.new(fill)
    theatre = Theatre(replace(settings, database_url=url), casts[0])
    yield theatre
    theatre.close()
