"""Dates as a Danish caseworker says them."""

from datetime import UTC, date, datetime

import pytest

from web import dates
from web.dates import Lateness

TODAY = date(2026, 3, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 4), "i dag"),
        (date(2026, 3, 5), "i morgen"),
        (date(2026, 3, 3), "i går"),
        (date(2026, 4, 2), "torsdag den 2. april"),
        (date(2027, 1, 4), "mandag den 4. januar 2027"),
        (date(2025, 12, 31), "onsdag den 31. december 2025"),
    ],
)
def test_a_limit_in_words(day: date, words: str) -> None:
    assert dates.due_day(day, TODAY) == words


def test_a_day_in_full() -> None:
    assert dates.day(date(2026, 4, 2)) == "torsdag den 2. april 2026"
    assert dates.plain_day(date(2023, 3, 3)) == "3. marts 2023"


def test_an_instant_is_shown_in_copenhagen_also_in_summer() -> None:
    assert dates.moment(datetime(2026, 7, 1, 6, 0, tzinfo=UTC)) == "onsdag den 1. juli 2026 kl. 8.00"
    assert dates.moment(datetime(2026, 2, 10, 7, 5, tzinfo=UTC)) == "tirsdag den 10. februar 2026 kl. 8.05"


def test_the_day_of_an_instant_is_copenhagens() -> None:
    assert dates.stamp(datetime(2026, 3, 3, 23, 30, tzinfo=UTC), TODAY) == "i dag kl. 0.30"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 3), "1 dag for sent"),
        (date(2026, 3, 1), "3 dage for sent"),
        (date(2026, 3, 4), ""),
        (date(2026, 3, 5), ""),
    ],
)
def test_how_late(day: date, words: str) -> None:
    assert dates.overdue(day, TODAY) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 5), ""),
        (date(2026, 3, 6), "om 2 dage"),
        (date(2026, 3, 2), "for 2 dage siden"),
        (date(2026, 4, 1), "om 4 uger"),
        (date(2026, 6, 24), "om 4 måneder"),
    ],
)
def test_how_far_away(day: date, words: str) -> None:
    assert dates.distance(day, TODAY) == words


@pytest.mark.parametrize(
    ("legal", "working", "heading"),
    [
        (date(2026, 3, 3), date(2026, 3, 3), Lateness.LATE),
        (date(2026, 3, 4), date(2026, 3, 4), Lateness.TODAY),
        (date(2026, 3, 8), date(2026, 3, 6), Lateness.THIS_WEEK),
        (date(2026, 3, 9), date(2026, 3, 9), Lateness.LATER),
        (None, None, Lateness.NO_LIMIT),
    ],
)
def test_the_heading_of_a_task(legal: date | None, working: date | None, heading: Lateness) -> None:
    assert dates.lateness(legal, working, TODAY) is heading


def test_a_passed_working_day_is_today_while_the_legal_date_has_not_come() -> None:
    saturday = date(2026, 3, 7)
    assert dates.lateness(date(2026, 3, 8), date(2026, 3, 6), saturday) is Lateness.TODAY


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2026, 2, 18), "2 uger"),
        (date(2025, 1, 5), "13 måneder"),
        (date(2023, 3, 3), "3 år"),
        (date(2016, 3, 5), "9 år"),
        (date(2026, 5, 1), "ikke født endnu"),
    ],
)
def test_age(born: date, words: str) -> None:
    assert dates.age(born, TODAY) == words


@pytest.mark.parametrize("text", ["24.12.2026", "24/12-2026", "24-12-2026", "2026-12-24", " 24.12.2026 "])
def test_a_day_as_a_dane_writes_it(text: str) -> None:
    assert dates.read_day(text) == date(2026, 12, 24)


@pytest.mark.parametrize("text", ["", "i morgen", "31.2.2026", "24.12.26", "2026-13-01"])
def test_what_is_no_day(text: str) -> None:
    assert dates.read_day(text) is None


def test_a_moment_as_a_dane_writes_it() -> None:
    read = dates.read_moment("24.12.2026 8.30")
    assert read is not None
    assert read.astimezone(UTC) == datetime(2026, 12, 24, 7, 30, tzinfo=UTC)
    assert dates.read_moment("1.7.2026") == datetime(2026, 7, 1, tzinfo=dates.COPENHAGEN)
    assert dates.read_moment("24.12.2026 25.00") is None
