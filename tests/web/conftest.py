"""The demo municipality as a service, for tests of pages and of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.served import Site, served
from tests.web.town import Town, open_town, settle_town

if TYPE_CHECKING:
    from tests.conftest import Databases


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """The municipality on SQLite, its clock standing on Monday 2 February 2026 at 9."""
    opened = open_town(databases.new("sqlite", settle_town))
    yield opened
    opened.close()


@pytest.fixture
def any_town(databases: Databases, database_kind: str) -> Iterator[Town]:
    """The same on SQLite and on PostgreSQL."""
    opened = open_town(databases.new(database_kind, settle_town))
    yield opened
    opened.close()


@pytest.fixture
def site(town: Town, new_page: Callable[..., Any]) -> Iterator[Site]:
    """The municipality behind a port, for real browsers."""
    with served(town.flask) as address:
        yield Site(town, address, new_page)
