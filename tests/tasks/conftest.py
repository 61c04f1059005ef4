"""The stages of the tests of the work: with the demo municipality, and with the shipped procedures too."""

from __future__ import annotations

import pytest

from tests.host.stage import prepare
from tests.kept import Kept
from tests.tasks.stage import Work, open_kept_work, prepare_shipped


@pytest.fixture
def work(kept: Kept, database_kind: str) -> Work:
    """The demo municipality without procedures, on either database, on Monday 2 February 2026 at nine."""
    return open_kept_work(kept, database_kind, prepare)


@pytest.fixture
def shipped(kept: Kept, database_kind: str) -> Work:
    """The demo municipality with the shipped procedures."""
    return open_kept_work(kept, database_kind, prepare_shipped)


@pytest.fixture
def quick(kept: Kept) -> Work:
    """As `work` on SQLite alone, for what is the same on any database."""
    return open_kept_work(kept, "sqlite", prepare)
