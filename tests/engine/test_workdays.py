"""The Danish calendar: the worked examples, the laws it must keep, and local time when the clock changes."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import workdays
from engine.errors import EngineError, FeelError
from engine.feel import evaluate, feel_as_json
from engine.workdays import DEFAULT, Calendar
from engine.zone import COPENHAGEN, transitions

HERE = Path(__file__).parent
NOW = datetime(2026, 6, 11, 8, tzinfo=UTC)
STATUTORY = Calendar(())
EXPRESSIONS: dict[str, Any] = json.loads((HERE / "deadline_expressions.json").read_text())
ONCE = settings(max_examples=60, deadline=None)

days = st.dates(date(1991, 1, 1), date(2094, 12, 31))
counts = st.integers(0, 60)


def rows() -> Iterator[tuple[int, str, dict[str, str], dict[str, str], str]]:
    with (HERE / "deadline_cases.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";"), start=2):
            yield number, row["rule_id"], fields(row["input"]), fields(row["expected"]), row["note"]


def fields(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split("|"))


def parameters() -> Iterator[Any]:
    for number, rule, given_, expected, note in rows():
        if rule in EXPRESSIONS["answered"]:
            ids = re.findall(r"[A-Z]{2}-\d+", rule)
            marks = pytest.mark.rule(*ids)
            yield pytest.param(rule, given_, expected, note, id=f"{number}-{rule}", marks=marks)


def same(value: Any, expected: str) -> bool:
    if isinstance(value, list):
        return ",".join(value) == expected
    if "T" in expected:
        return datetime.fromisoformat(value) == datetime.fromisoformat(expected)
    return str(value) == expected


@pytest.mark.parametrize(("rule", "given_", "expected", "note"), list(parameters()))
def test_each_worked_example_holds_through_feel(
    rule: str, given_: dict[str, str], expected: dict[str, str], note: str
) -> None:
    expressions = EXPRESSIONS["answered"][rule]
    assert set(expressions) == set(expected)
    for name, expression in expressions.items():
        value = json.loads(feel_as_json(f"= {expression}", given_, DEFAULT, NOW))
        assert same(value, expected[name]), f"{name}: {value}, not {expected[name]}"


@pytest.mark.parametrize(("rule", "given_", "expected", "note"), list(parameters()))
def test_where_the_example_names_another_result_the_closing_days_make_the_difference(
    rule: str, given_: dict[str, str], expected: dict[str, str], note: str
) -> None:
    other = re.search(r"(\d{4}-\d\d-\d\d(?:T[\d:+]+)?) if only statutory holidays count", note)
    name = {"FF-33/paamindelse": "paamindelse", "SM-27/accept_10_arbejdsdage": "sidste_dag"}.get(rule)
    if name is None:
        assert other is None
        return
    value = json.loads(feel_as_json(EXPRESSIONS["answered"][rule][name], given_, STATUTORY, NOW))
    assert same(value, other[1] if other else expected[name])


def test_every_rule_of_the_examples_is_answered_or_says_why_not() -> None:
    known = {rule for _, rule, *_ in rows()}
    assert known == set(EXPRESSIONS["answered"]) | set(EXPRESSIONS["not_answered"])


def test_a_new_closing_day_changes_the_results() -> None:
    expression = 'arbejdsdage_efter("2026-05-11", 3)'
    before = evaluate(expression, {}, now=NOW)
    closed = Calendar((*workdays.USUAL_CLOSING_DAYS, date(2026, 5, 15)))
    assert before == "2026-05-15"
    assert evaluate(expression, {}, now=NOW, calendar=closed) == "2026-05-18"
    assert evaluate(expression, {}, now=NOW) == before


def test_working_days_of_the_two_years() -> None:
    for calendar, year, expected in (
        (DEFAULT, 2026, 251), (STATUTORY, 2026, 254), (DEFAULT, 2027, 253), (STATUTORY, 2027, 255),
    ):  # fmt: skip
        first = date(year, 1, 1)
        open_days = [
            first + timedelta(n) for n in range(365) if workdays.er_arbejdsdag(first + timedelta(n), calendar)
        ]
        assert len(open_days) == expected


def test_store_bededag_was_a_holiday_until_2023() -> None:
    assert not workdays.er_arbejdsdag(date(2023, 5, 5))
    assert workdays.er_arbejdsdag(date(2024, 4, 26))
    assert workdays.er_arbejdsdag(date(2026, 5, 1))


def test_thursdays_without_faglig_forum() -> None:
    skipped = []
    day = date(2026, 1, 1)
    while day.year < 2028:
        if workdays.ff_naeste_moede(day) != day:
            skipped.append(day)
        day += timedelta(7)
    assert skipped == [
        date(2026, 1, 1), date(2026, 4, 2), date(2026, 5, 14), date(2026, 12, 24), date(2026, 12, 31),
        date(2027, 3, 25), date(2027, 5, 6),
    ]  # fmt: skip


def test_material_of_a_week_that_is_closed_until_the_meeting() -> None:
    closed = Calendar((date(2026, 6, 8), date(2026, 6, 9), date(2026, 6, 10)))
    # the last working day before the meeting, at 12
    limit = workdays.ff_materialefrist(date(2026, 6, 11), closed)
    assert limit == datetime(2026, 6, 5, 10, tzinfo=UTC)
    reminder = workdays.ff_paamindelse(date(2026, 6, 11), closed)
    assert reminder == datetime(2026, 6, 4, 10, tzinfo=UTC)


@pytest.mark.rule("SM-16", "SM-17")
@pytest.mark.parametrize(
    ("start", "end", "allowed"),
    [
        ("2026-06-08T14:00", "2026-06-08T15:00", True),
        ("2026-06-08T14:30", "2026-06-08T15:30", False),
        ("2026-06-08T08:00", "2026-06-08T09:00", True),
        ("2026-06-08T07:59", "2026-06-08T09:00", False),
        ("2026-06-04T09:00", "2026-06-04T10:00", False),
        ("2026-06-04T15:00", "2026-06-04T16:01", False),
        ("2026-06-09T10:00", "2026-06-09T11:00", False),
        ("2026-06-04T11:00", "2026-06-04T10:00", False),
        ("2026-06-04T10:00", "2026-06-04T10:00", False),
        ("2026-06-08T10:00", "2026-06-11T11:00", False),
        ("2026-06-04T07:15Z", "2026-06-04T08:15:00+00:00", True),
        ("2026-12-03T08:15Z", "2026-12-03T09:15Z", True),
        ("2026-12-03T07:15Z", "2026-12-03T08:15Z", False),
    ],
)
def test_the_windows_of_samarbejdsmoeder(start: str, end: str, allowed: bool) -> None:
    found = evaluate("sm_vindue_ok(start, slut)", {"start": start, "slut": end}, now=NOW)
    assert found is allowed


# --- laws -----------------------------------------------------------------------------------------


def working(day: date) -> bool:
    return day.weekday() < 5 and day not in DEFAULT.closed_days


@ONCE
@given(days, counts)
def test_working_days_forth_and_back(day: date, n: int) -> None:
    after = workdays.arbejdsdage_efter(day, n)
    between = sum(working(day + timedelta(one)) for one in range(1, (after - day).days + 1))
    assert between == n
    assert after == day if n == 0 else working(after)
    if working(day):
        assert workdays.arbejdsdage_foer(after, n) == day


@ONCE
@given(days, days, counts)
def test_a_later_day_has_no_earlier_deadline(one: date, other: date, n: int) -> None:
    first, second = sorted((one, other))
    assert workdays.arbejdsdage_efter(first, n) <= workdays.arbejdsdage_efter(second, n)
    assert workdays.arbejdsdage_efter(first, n) < workdays.arbejdsdage_efter(first, n + 1)
    assert workdays.maaneder_efter(first, n) <= workdays.maaneder_efter(second, n)
    assert workdays.arbejdsfrist(first) <= workdays.arbejdsfrist(second)


@ONCE
@given(days)
def test_the_working_due_date_is_the_last_working_day_on_or_before(day: date) -> None:
    found = workdays.arbejdsfrist(day)
    assert working(found)
    assert not any(working(found + timedelta(one)) for one in range(1, (day - found).days + 1))
    assert workdays.arbejdsfrist(found) == found


@ONCE
@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(-100, 100))
def test_months_keep_the_day_or_take_the_last(day: date, n: int) -> None:
    found = workdays.maaneder_efter(day, n)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == n
    assert found.day == day.day or (found.day < day.day and (found + timedelta(1)).day == 1)


@ONCE
@given(st.dates(date(1930, 1, 1), date(2030, 12, 31)), st.integers(0, 60))
def test_age_and_birthday_agree(born: date, n: int) -> None:
    birthday = workdays.foedselsdag(born, n)
    assert birthday >= born
    if birthday.year > 1990:
        assert workdays.alder(born, birthday) == n
        if n > 0:
            assert workdays.alder(born, birthday - timedelta(1)) == n - 1


@ONCE
@given(days)
def test_meetings_and_their_limits(day: date) -> None:
    meeting = workdays.ff_naeste_moede(day)
    assert meeting >= day
    assert meeting.weekday() == 3
    assert working(meeting)
    limit = workdays.local(workdays.ff_materialefrist(meeting))
    reminder = workdays.local(workdays.ff_paamindelse(meeting))
    assert (limit.hour, limit.minute, reminder.hour) == (12, 0, 12)
    assert reminder.date() < limit.date() < meeting
    assert working(limit.date())
    assert working(reminder.date())


# --- the clock ------------------------------------------------------------------------------------


def test_a_skipped_time_is_an_hour_later_and_a_double_one_the_first() -> None:
    assert workdays.instant(date(2026, 3, 29), "02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert workdays.instant(date(2026, 10, 25), "02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert evaluate('tidspunkt("2026-03-29", "02:30")', {}, now=NOW) == "2026-03-29T03:30:00+02:00"
    assert evaluate('tidspunkt("2026-10-25", "02:30")', {}, now=NOW) == "2026-10-25T02:30:00+02:00"
    assert evaluate('tidspunkt("2026-10-25T01:30:00Z")', {}, now=NOW) == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("now", [datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 7, 5, tzinfo=UTC)])
def test_a_double_time_does_not_depend_on_the_season_it_is_asked_in(now: datetime) -> None:
    found = evaluate('date and time("2026-10-25T02:30:00")', {}, now=now)
    assert found == "2026-10-25T02:30:00+02:00"


def test_both_sides_know_the_same_zone() -> None:
    assert len(transitions()) == 243
    for moment, minutes in transitions()[::9]:
        for seconds in (-1, 0, 1800, 3600):
            there = datetime.fromtimestamp(moment / 1000 + seconds, UTC)
            if there.year < 1990 or there.year > 2100:
                continue
            found = evaluate(f'tidspunkt("{there:%Y-%m-%dT%H:%M:%S}Z")', {}, now=NOW)
            assert found == there.astimezone(COPENHAGEN).isoformat()
            wall = there.astimezone(COPENHAGEN)
            asked = evaluate(f'tidspunkt("{wall:%Y-%m-%d}", "{wall:%H:%M}")', {}, now=NOW)
            here = workdays.instant(wall.date(), f"{wall:%H:%M}")
            assert datetime.fromisoformat(asked) == here
        assert minutes in (60, 120)


def test_local_shows_copenhagens_offset() -> None:
    shown = workdays.local(datetime(2026, 7, 1, 6, tzinfo=UTC))
    assert shown.isoformat() == "2026-07-01T08:00:00+02:00"
    with pytest.raises(EngineError):
        workdays.local(datetime(2026, 7, 1, 6))  # noqa: DTZ001
    for wrong in ("8:00", "24:00", "08:60", "", "08:00:00"):
        with pytest.raises(EngineError):
            workdays.instant(date(2026, 7, 1), wrong)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2101, 1, 1)])
def test_years_outside_the_range_are_refused(day: date) -> None:
    with pytest.raises(FeelError, match="1990-2100"):
        workdays.arbejdsdage_efter(day, 1)


def test_a_walk_out_of_the_range_is_refused() -> None:
    with pytest.raises(FeelError, match="1990-2100"):
        workdays.arbejdsdage_efter(date(2100, 12, 30), 5)
    with pytest.raises(FeelError, match="1990-2100"):
        workdays.maaneder_efter(date(2000, 1, 1), 5000)


def test_a_closing_day_that_no_year_has_is_refused() -> None:
    with pytest.raises(EngineError, match="findes ikke"):
        Calendar(((2, 30),))
    assert not workdays.er_arbejdsdag(date(2028, 2, 29), Calendar(((2, 29),)))
    assert workdays.er_arbejdsdag(date(2027, 3, 1), Calendar(((2, 29),)))


def test_many_calendars_do_not_pile_up() -> None:
    for one in range(30):
        calendar = Calendar((date(2026, 3, 2) + timedelta(one),))
        assert not workdays.er_arbejdsdag(date(2026, 3, 2) + timedelta(one), calendar)
    assert workdays.er_arbejdsdag(date(2026, 3, 2))


def test_the_browser_gets_the_same_days() -> None:
    data = workdays.for_browser()
    assert (date(2026, 6, 5) - date(1970, 1, 1)).days in data["closing"]
    assert data["transitions"] == [list(one) for one in transitions()]
