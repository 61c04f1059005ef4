"""What expressions read of a case and of a course beside its data: the office, its leader, who started it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from records.tables import Case, OrgUnit
from tasks.casefile import read_case_file
from tests.engine.drawing import chain
from tests.host.stage import service, user
from tests.tasks.stage import Work, drawn


def facts(work: Work, case_id: int) -> dict[str, Any]:
    with work.app.database.reading(now=work.app.now()) as unit:
        found: dict[str, Any] = read_case_file(unit, case_id).facts()["sag"]
        return found


def test_the_cases_office_gives_area_district_local_unit_and_leader(work: Work) -> None:
    case_id = work.open(caseworker="Mette Holm")
    office = work.rows(select(OrgUnit).where(OrgUnit.key == "kontor_boern"))[0]
    found = facts(work, case_id)
    assert (found["fagomraade"], found["distrikt"]) == ("Børn", "Nord")
    assert found["lokal_enhed"] == {"id": str(office.id), "navn": "Kontor Børn"}
    assert found["kontorleder"] == {"id": str(work.person("Birgit Skov")), "navn": "Birgit Skov"}
    # The case passes on to another office.
    work.give(case_id, "raadgiver", "Jonas Friis")
    found = facts(work, case_id)
    assert (found["fagomraade"], found["kontorleder"]["navn"]) == ("Unge", "Lars Bach")


def test_what_the_case_itself_says_comes_first(work: Work) -> None:
    case_id = work.open(caseworker="Mette Holm")
    work.give(case_id, "kontorleder", "Hanne Krog")
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Case, case_id).data = {"distrikt": "Vest", "fagomraade": "Handicap"}
    found = facts(work, case_id)
    assert (found["distrikt"], found["fagomraade"]) == ("Vest", "Handicap")
    assert found["kontorleder"]["navn"] == "Hanne Krog"


def test_without_an_office_they_are_null(work: Work) -> None:
    case_id = work.open(caseworker=None)
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Case, case_id).unit_id = None
    found = facts(work, case_id)
    assert [found[name] for name in ("fagomraade", "distrikt", "lokal_enhed", "kontorleder")] == [None] * 4


def test_the_starter_is_read_from_the_first_step_to_the_last(work: Work) -> None:
    work.publish(
        drawn(
            "startet",
            service("foer", "noter", tekst='"Startet af " + starter.navn'),
            user("A", skema="tekst", data="hvem = starter.navn"),
            service("efter", "noter", tekst='"Stadig " + starter.navn + ", id " + starter.id'),
            chain("s", "foer", "A", "efter", "e"),
            lane="Rådgiver: A",
        )
    )
    case_id = work.open()
    work.begin("startet", case_id, "Mette Holm")
    work.give(case_id, "raadgiver", "Sara Lund")
    work.complete("Sara Lund", "A")
    own = work.person("Mette Holm")
    assert work.journal(case_id, "notat") == ["Startet af Mette Holm", f"Stadig Mette Holm, id {own}"]


def test_who_starts_may_be_a_condition(quick: Work) -> None:
    made = drawn("betinget", user("A", skema="tekst"), chain("s", "A", "e"), lane="Rådgiver: A")
    text = made.files["betinget.bpmn"].decode()
    more = "<spiffworkflow:property name='start_betingelse' value='starter.navn = &quot;Mette Holm&quot;' />"
    text = text.replace("<spiffworkflow:properties>", f"<spiffworkflow:properties>{more}", 1)
    quick.publish(type(made)(made.key, 0, {**made.files, "betinget.bpmn": text.encode()}))
    case_id = quick.open()
    quick.begin("betinget", case_id, "Mette Holm")
    assert quick.open_elements(case_id) == ["A"]
