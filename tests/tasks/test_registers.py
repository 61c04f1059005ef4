"""The registers: courses with who is missing, and what is kept of every change."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from host.register_file import fill_registers, read_registers
from host.settings import ROOT
from records.tables import OrgUnit, RegisterChange
from tasks.course_lists import CourseSheet, course_sheets
from tasks.course_marks import MarkCourse, mark_course
from tasks.errors import Invalid
from tasks.people import SYSTEM
from tasks.registers import find_row, municipality_facts, write_row
from tests.tasks.stage import Work


@pytest.fixture
def kept(quick: Work) -> Work:
    """The demo municipality with the registers that ship."""
    with quick.app.database.writing(now=quick.app.now()) as unit:
        fill_registers(unit, read_registers(ROOT / "processes"))
    return quick


def sheet(work: Work, key: str) -> CourseSheet:
    with work.app.database.reading(now=work.app.now()) as unit:
        return next(one for one in course_sheets(unit) if one.key == key)


def mark(work: Work, course: str, name: str | None = None, place: str | None = None, **given: Any) -> None:
    unit_id = work.rows(select(OrgUnit.id).where(OrgUnit.key == place))[0] if place else None
    person_id = work.person(name) if name else None
    work.run(None, mark_course, MarkCourse(course, person_id, unit_id, **given))


@pytest.mark.rule("ST-62", "ST-61", "ST-89")
def test_eighty_of_a_hundred_is_unmet_and_the_missing_are_listed(kept: Work) -> None:
    before = sheet(kept, "trivselslinjen")
    people = [line.name for line in before.lines]
    assert before.said == f"0 af {len(people)} (0 %)"
    for name in people[: len(people) * 4 // 5]:
        mark(kept, "trivselslinjen", name, attended_on=date(2026, 1, 12))
    after = sheet(kept, "trivselslinjen")
    assert 75 < after.percent < 81
    assert [line.name for line in after.missing] == people[len(people) * 4 // 5 :]
    assert sheet(kept, "fire_emner").content["emner"] == [
        "Handleguide",
        "Ad hoc-grupper",
        "Tilbudsvifte",
        "Anonym rådgivning",
    ]
    assert sheet(kept, "ressourceredskaber").lines


@pytest.mark.rule("ST-73", "ST-79")
def test_attended_but_not_evaluated_is_not_met(kept: Work) -> None:
    course = "professionelle_samtale"
    names = [line.name for line in sheet(kept, course).lines]
    assert "Emil Bang" in names  # a teacher
    assert "Mette Holm" not in names  # a caseworker
    mark(kept, course, "Emil Bang", attended_on=date(2026, 1, 12))
    assert "Emil Bang" in [line.name for line in sheet(kept, course).missing]
    mark(kept, course, "Emil Bang", evaluated_on=date(2026, 1, 13))
    assert "Emil Bang" not in [line.name for line in sheet(kept, course).missing]


@pytest.mark.rule("ST-40", "ST-48", "ST-63")
def test_units_that_have_not_been_offered_or_told_are_listed(kept: Work) -> None:
    for course in ("minikursus_handleguide", "familiecentrets_tilbud"):
        assert [line.name for line in sheet(kept, course).missing] == ["Skovskolen"]
        mark(kept, course, place="skovskolen", offered_on=date(2026, 1, 12))
        assert sheet(kept, course).missing == ()
        assert sheet(kept, course).said == "1 af 1 (100 %)"


@pytest.mark.rule("ST-81", "ST-77")
def test_a_plan_within_half_a_year_is_a_plan_and_a_later_one_is_not(kept: Work) -> None:
    mark(kept, "boernesamtale", "Mette Holm", planned_on=date(2026, 8, 2))
    mark(kept, "boernesamtale", "Jonas Friis", planned_on=date(2026, 10, 2))
    lines = {line.name: line for line in sheet(kept, "boernesamtale").lines}
    assert {name: line.planned for name, line in lines.items()} == {
        "Jonas Friis": False,
        "Mette Holm": True,
        "Sara Lund": False,
    }
    assert not any(line.done for line in lines.values())


@pytest.mark.rule("ST-128", "ST-152")
def test_information_counts_when_each_has_read_it(kept: Work) -> None:
    assert len(sheet(kept, "information_2u").missing) == 3
    for name in ("Mette Holm", "Jonas Friis"):
        mark(kept, "information_2u", name, read=True)
    assert [line.name for line in sheet(kept, "information_2u").missing] == ["Sara Lund"]
    assert sheet(kept, "information_2u").percent == 66.6


def test_a_mark_is_of_one_person_or_unit(kept: Work) -> None:
    with pytest.raises(Invalid):
        kept.run(None, mark_course, MarkCourse("boernesamtale"))


def test_every_change_is_kept_and_what_is_not_named_stays(kept: Work) -> None:
    with kept.app.database.writing(now=kept.app.now()) as unit:
        write_row(unit, SYSTEM, "maal", "TS-1", {"frist": "2029-01-01"}, status="afsluttet")
    with kept.app.database.writing(now=kept.app.now()) as unit:
        row = find_row(unit, "maal", "TS-1")
        assert row is not None
        assert (row.status, row.content["frist"], row.content["politisk_maal"]) == (
            "afsluttet",
            "2029-01-01",
            "PM-1",
        )
        history = unit.session.scalars(select(RegisterChange).where(RegisterChange.row_id == row.id)).all()
        assert [change.content["frist"] for change in history] == ["2028-03-01", "2029-01-01"]
        # A second start writes nothing anew.
        assert fill_registers(unit, read_registers(ROOT / "processes")) == 0


@pytest.mark.rule("ST-03", "ST-06", "ST-10")
def test_what_ships_hangs_together(kept: Work) -> None:
    with kept.app.database.reading(now=kept.app.now()) as unit:
        facts = municipality_facts(unit)
    assert facts["standarder_godkendt"] == "2026-06-17"
    assert [one["noegle"] for one in facts["udgaver"]] == ["2006", "2008", "2026"]
    themes = {one["noegle"]: one["laast"] for one in facts["standarder"]}
    assert sorted(themes.values()) == [False, True, True, True, True, True]
    political = {one["noegle"] for one in facts["politiske_maal"]}
    assert {one["politisk_maal"] for one in facts["maal"]} <= political
    assert {one["standard"] for one in facts["maal"]} <= set(themes)
    assert {one["kursus"] for one in facts["maal"] if one.get("kursus")} <= {
        one["noegle"] for one in facts["kurser"]
    }
