"""What the tests of the running service share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--kills`: see test_kills.py."""
    parser.addoption(
        "--kills", type=int, default=None, help="processes that test_kills.py kills per database"
    )
