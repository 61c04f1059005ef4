"""What the pages of administration share: the tabs, and units to choose from."""

from __future__ import annotations

from collections.abc import Iterable

from tasks.organisation_pages import UnitLine
from web.pages.parts import Choice, Tab
from web.words import gettext


def tabs(here: str) -> tuple[Tab, ...]:
    """Return the tabs of administration; `here` is the last part of the page's address."""
    names = {
        "personer": gettext("Personer"),
        "enheder": gettext("Enheder"),
        "roller": gettext("Roller"),
        "lukkedage": gettext("Lukkedage"),
        "post": gettext("Udgående post"),
        "log": gettext("Log"),
    }
    return tuple(Tab(text, f"/administration/{name}", name == here) for name, text in names.items())


def unit_choices(units: Iterable[UnitLine], chosen: int | None) -> tuple[Choice, ...]:
    """Return the units to choose from, those below others a step to the right."""
    return tuple(
        Choice(str(line.id), "\N{NO-BREAK SPACE}" * 3 * line.depth + line.name, line.id == chosen)
        for line in units
    )
