"""`./sag feel`: an owner tries a rule. Every worked example of the calendar goes through the command."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from host.__main__ import main
from tasks.organisation import SaveClosingDay, remove_closing_day, save_closing_day
from tasks.people import SYSTEM
from tests.host.stage import environment, open_stage, prepare

CASES = Path(__file__).parent.parent / "engine" / "deadline_cases.csv"
EXPRESSIONS: dict[str, dict[str, str]] = json.loads(
    CASES.with_name("deadline_expressions.json").read_text(encoding="utf-8")
)["answered"]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No installation: the usual closing days."""
    monkeypatch.setenv("SAG_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("SAG_DATABASE_URL", raising=False)


class Feel:
    """The command, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, expression: str, *more: str) -> Any:
        assert main(["feel", expression, *more]) == 0
        return json.loads(self._capsys.readouterr().out)

    def refused(self, expression: str, *more: str) -> str:
        assert main(["feel", expression, *more]) == 2
        return self._capsys.readouterr().err


@pytest.fixture
def feel(capsys: pytest.CaptureFixture[str]) -> Feel:
    return Feel(capsys)


def fields(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split("|"))


def parameters() -> Iterator[Any]:
    with CASES.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter=";"), start=2):
            rule = row["rule_id"]
            if rule in EXPRESSIONS:
                marks = pytest.mark.rule(*re.findall(r"[A-Z]{2}-\d+", rule))
                yield pytest.param(
                    rule, fields(row["input"]), fields(row["expected"]), id=f"{number}-{rule}", marks=marks
                )


@pytest.mark.parametrize(("rule", "given", "expected"), list(parameters()))
def test_each_worked_example_holds(
    feel: Feel, rule: str, given: dict[str, str], expected: dict[str, str]
) -> None:
    for name, wanted in expected.items():
        value = feel(EXPRESSIONS[rule][name], "--data", json.dumps(given))
        if isinstance(value, list):
            value = ",".join(value)
        if "T" in wanted:
            assert datetime.fromisoformat(value) == datetime.fromisoformat(wanted)
        else:
            assert str(value) == wanted


def test_a_new_closing_day_in_the_settings_changes_the_result(
    feel: Feel, databases: Any, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = databases.new(database_kind, prepare)
    for name, value in environment(url).items():
        monkeypatch.setenv(name, value)
    rule = 'arbejdsdage_efter("2026-05-11", 3)'
    assert feel(rule) == "2026-05-15"
    with open_stage(url) as stage:
        day = SaveClosingDay("Dagen efter Kristi himmelfartsdag", on_date=date(2026, 5, 15))
        number = stage.app.run(save_closing_day, SYSTEM, day)
        with stage.app.database.reading(now=stage.app.now()) as unit:
            assert date(2026, 5, 15) in unit.calendar.closed_days, "the service's own change counts at once"
        assert feel(rule) == "2026-05-18"
        stage.app.run(save_closing_day, SYSTEM, SaveClosingDay("Hvert år", month=5, day=18))
        assert feel(rule) == "2026-05-19"
        stage.app.run(remove_closing_day, SYSTEM, number)
        with stage.app.database.reading(now=stage.app.now()) as unit:
            assert date(2026, 5, 15) not in unit.calendar.closed_days
        assert feel(rule) == "2026-05-15"


def test_a_closing_day_may_be_tried_before_it_is_set(feel: Feel) -> None:
    rule = 'arbejdsdage_efter("2026-05-11", 3)'
    assert feel(rule) == "2026-05-15"
    assert feel(rule, "--closed", "2026-05-15") == "2026-05-18"
    assert feel(rule, "--closed", "05-15", "--closed", "2026-05-18") == "2026-05-19"
    for wrong in ("15/5", "2026-13-01", "13-01"):
        assert feel.refused(rule, "--closed", wrong)


def test_values_are_json_and_now_is_given(feel: Feel) -> None:
    assert feel("1 + 1") == 2
    assert feel('= {a: [1, null], æ: "ø"}') == {"a": [1, None], "æ": "ø"}
    assert feel("i_dag", "--now", "2026-03-29") == "2026-03-29"
    assert feel("nu", "--now", "2026-03-29T12:00") == "2026-03-29T12:00:00+02:00"
    assert feel("nu", "--now", "2026-01-29T12:00Z") == "2026-01-29T13:00:00+01:00"
    assert feel('if barn.alder >= 10 then "ja" else "nej"', "--data", '{"barn": {"alder": 10}}') == "ja"


@pytest.mark.parametrize(
    "arguments",
    [
        ["1 +"],
        ["1", "--data", "ikke json"],
        ["1", "--data", "[1]"],
        ["1", "--now", "i morgen"],
        ["for a in 1..100000000 return a"],
    ],
)
def test_what_cannot_be_worked_out_is_said_in_one_line(feel: Feel, arguments: list[str]) -> None:
    told = feel.refused(*arguments)
    assert told.startswith("sag: ")
    assert "Traceback" not in told


def test_it_makes_no_installation(feel: Feel, tmp_path: Path) -> None:
    assert feel("1") == 1
    assert not (tmp_path / "data").exists()
