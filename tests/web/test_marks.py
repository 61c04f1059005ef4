"""Marks that a row or a head carries: »Udkast«, »15+«, and the course that somebody has not been on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from host.register_file import fill_registers, read_registers
from tasks.course_marks import MarkCourse, mark_course
from tasks.people import SYSTEM
from tests.web.town import PROCESSES, Town

DRAFT = '<span class="badge badge-warning">Udkast</span>'


@pytest.mark.rule("SM-08")
def test_what_is_only_a_draft_says_so_wherever_it_stands(town: Town) -> None:
    dorthe, caller = town.visitor("dorthe.iversen"), town.caller("dorthe.iversen")
    started = caller.post(
        "/procedures/tvaerfagligt_dialogmoede/start",
        {"at": "Start_NytForloeb", "answers": {"barn_navn": "Oskar", "barn_foedt": "2014-01-20"}},
    )
    assert DRAFT in dorthe.get("/opgaver?liste=grupper").text
    case = started["case"]
    assert DRAFT in dorthe.get(f"/sager/{case}").text
    assert DRAFT in dorthe.get(f"/sager/{case}/forloeb").text


@pytest.mark.rule("ST-107")
def test_a_case_says_from_the_fifteenth_birthday(town: Town) -> None:
    kirsten = town.caller("kirsten.bro")
    day = town.app.now().date()
    for years, said in ((15, True), (14, False)):
        born = date(day.year - years, day.month, day.day).isoformat()
        case = kirsten.post("/cases", {"child_name": "Sofie Lund", "born": born})["id"]
        assert ("15+" in town.visitor("kirsten.bro").get(f"/sager/{case}").text) is said


@pytest.mark.rule("ST-77")
def test_a_child_conversation_says_who_has_not_been_on_the_course(town: Town) -> None:
    town.app.write(lambda unit: fill_registers(unit, read_registers(PROCESSES)))
    case = town.rehearse("boernesamtale", 1).scene.case_id
    mette, caller = town.visitor("mette.holm"), town.caller("mette.holm")

    def page() -> Any:
        started = caller.post("/procedures/boernesamtale/start", {"case": str(case), "answers": {}})
        return mette.get(f"/opgaver/{started['next_task']}").text

    told = "Mette Holm har ikke været på »Kursus i børnesamtalen«"
    assert told in page()
    mark = MarkCourse("boernesamtale", int(town.person("mette.holm")), attended_on=date(2026, 1, 1))
    town.app.run(mark_course, SYSTEM, mark)
    assert told not in page()
