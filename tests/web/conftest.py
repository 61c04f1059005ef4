"""The demo municipality as a service, for tests of pages and of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from records.tables import JournalEntry
from tests.kept import Kept
from tests.web.served import Site, served
from tests.web.town import MONDAY, Town, open_kept_town, settle_worked_town


@pytest.fixture
def town(kept: Kept) -> Town:
    """The municipality on SQLite, its clock standing on Monday 2 February 2026 at 9."""
    return open_kept_town(kept, "sqlite")


@pytest.fixture
def worked_town(kept: Kept) -> Town:
    """The municipality after the first rehearsal of Opstart af sag, its clock where that ended."""
    town = open_kept_town(kept, "sqlite", settle_worked_town)
    with town.app.database.reading(now=MONDAY) as unit:
        last = unit.session.scalars(select(func.max(JournalEntry.at))).one()
    assert last is not None
    town.move_to(last)
    return town


@pytest.fixture
def any_town(kept: Kept, database_kind: str) -> Town:
    """The same on SQLite and on PostgreSQL."""
    return open_kept_town(kept, database_kind)


@pytest.fixture
def site(town: Town, new_page: Callable[..., Any]) -> Iterator[Site]:
    """The municipality behind a port, for real browsers."""
    with served(town.flask) as address:
        yield Site(town, address, new_page)
