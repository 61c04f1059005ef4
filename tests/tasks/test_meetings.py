"""The platform's meetings: slots, booking, moving, cancelling, who sees what."""

from __future__ import annotations

import pytest

from tasks.meeting_acts import (
    MoveItem,
    move_item,
)
from tests.tasks.meeting_stage import ITEM, THURSDAY, clock, held, item, thursday, wish
from tests.tasks.stage import Work, local


@pytest.fixture
def town(work: Work) -> Work:
    work.publish(THURSDAY, ITEM)
    work.at("2026-05-27T09:00")
    return work


@pytest.mark.rule("FF-29", "FF-37", "FF-39")
def test_a_thursday_has_seven_places_and_an_eighth_case_gets_the_next_meeting(town: Work) -> None:
    first, second = thursday(town), thursday(town, "2026-06-18")
    items = [wish(town) for _ in range(8)]
    assert [clock(town, one) for one in items] == [
        "2026-06-11 08:30",
        "2026-06-11 09:00",
        "2026-06-11 09:30",
        "2026-06-11 10:00",
        "2026-06-11 10:30",
        "2026-06-11 11:00",
        "2026-06-11 11:30",
        "2026-06-18 08:30",
    ]
    assert held(town, first) == dict(zip(range(1, 8), items[:7], strict=True))
    assert held(town, second)[1] == items[7]


@pytest.mark.rule("FF-18")
def test_a_double_takes_two_adjacent_places_or_the_next_meeting(town: Work) -> None:
    """deadline_cases.csv FF-18/dobbelttid: taken 08:30, 09:30, 10:30, 11:00; the free singles do not meet."""
    first, later = thursday(town), thursday(town, "2026-07-02")
    thursday(town, "2026-06-18")
    items = [wish(town) for _ in range(7)]
    for slot, one in enumerate((items[1], items[3], items[6]), 1):
        town.run("Tove Lange", move_item, MoveItem(one, slot, later))
    assert [slot for slot, one in held(town, first).items() if one is None] == [2, 4, 7]
    double = wish(town, 60)
    assert clock(town, double) == "2026-06-18 08:30"
    assert item(town, double).ends_at == local("2026-06-18T09:30")
