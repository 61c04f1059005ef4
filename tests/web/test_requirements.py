"""Acceptance checks that are about what a person meets at a page, rather than about how a case goes on."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.types import Bundle
from host.publishing import publish_bundles
from host.wiring import read_bundle
from records.tables import Case
from tasks.organisation import TakeRole, roles_held, take_role
from tasks.people import SYSTEM
from tests.web.town import PROCESSES, Town

NUMBERED = ("1", "2", "3", "4", "5", "6", "7", "8")


def open_case(town: Town) -> str:
    """A case of Liv Skov, not yet allocated."""
    made: str = town.caller("ida.krag").post("/cases", {"child_name": "Liv Skov", "born": "2023-03-03"})["id"]
    return made


def begin(town: Town, case: str) -> str:
    """Kirsten begins Opstart af sag; returns her first task."""
    begun = town.caller("kirsten.bro").post("/procedures/opstart_af_sag/start", {"case": case})
    return str(begun["next_task"])


@pytest.mark.rule("OS-01", "OS-02")
def test_the_eight_steps_and_the_four_columns(town: Town) -> None:
    task = begin(town, open_case(town))
    read = town.caller("kirsten.bro").get(f"/tasks/{task}")
    assert [step["number"] for step in read["steps"]] == list(NUMBERED)
    guidance = read["guidance"]
    page = html.unescape(town.visitor("kirsten.bro").get(f"/opgaver/{task}").get_data(as_text=True))
    for column in ("purpose", "content", "participants", "responsible"):
        assert guidance[column], column
        assert guidance[column] in page, column


@pytest.mark.rule("OS-05")
def test_a_text_that_the_owner_writes_is_shown_from_then_on(town: Town) -> None:
    old = begin(town, open_case(town))
    bundle = read_bundle(PROCESSES / "opstart_af_sag")
    town.move_to(datetime(2026, 2, 3, 8, 0, tzinfo=UTC))
    publish_bundles(town.app, [with_content(bundle, "T1_Sagsfordeling", "Lederen læser henvendelsen.")])
    new = begin(town, open_case(town))
    kirsten = town.caller("kirsten.bro")
    assert kirsten.get(f"/tasks/{new}")["guidance"]["content"] == "Lederen læser henvendelsen."
    assert kirsten.get(f"/tasks/{new}")["version"] == 2
    assert kirsten.get(f"/tasks/{old}")["guidance"]["content"] == "udfyldes af procesejer"
    page = town.visitor("kirsten.bro").get(f"/opgaver/{new}").get_data(as_text=True)
    assert "Lederen læser henvendelsen." in html.unescape(page)


def with_content(bundle: Bundle, element: str, text: str) -> Bundle:
    """The procedure with another »indhold« on one step, as the modeller would save it."""
    path = f"{bundle.key}.bpmn"
    before, after = bundle.files[path].decode("utf-8").split(f'id="{element}"', 1)
    changed = after.replace(
        'name="indhold" value="udfyldes af procesejer"', f'name="indhold" value="{text}"', 1
    )
    assert changed != after
    return replace(bundle, files={**bundle.files, path: f'{before}id="{element}"{changed}'.encode()})


@pytest.mark.rule("OS-31")
def test_a_goal_past_its_date_is_late_in_the_worklist(town: Town) -> None:
    case = open_case(town)
    town.caller("kirsten.bro").complete(begin(town, case), {"raadgiver": town.person("mette.holm")})
    goal = {"nr": 1, "maal": "Rolige morgener", "oenske": "Ro", "dato": "2026-03-02", "status": "aktiv"}
    plan = {"version": 1, "plan_dato": "2026-02-02", "opfoelgningsinterval_mdr": 3, "maal": [goal]}
    with town.app.database.writing(now=town.app.now()) as unit:
        unit.session.get_one(Case, int(case)).data = {"planer": {"faelles_plan": plan}}
    mette, page = town.caller("mette.holm"), town.visitor("mette.holm")
    mette.complete(mette.only_task()["id"], {"behov_for_involvering": "nej", "behov_begrundelse": "Ingen"})
    course = mette.get(f"/cases/{case}")["courses"][0]
    mette.post(f"/courses/{course['id']}/cancel", {"reason": "Planen ligger på sagen i forvejen"})
    mette.post(f"/cases/{case}/messages", {"name": "faelles_plan_lagt"})
    assert mette.get("/tasks")["items"] == []
    mette.post("/clock", {"now": "2026-03-03T08:00:00Z"})
    assert mette.only_task()["due_on"] == "2026-03-02"
    shown = page.get("/opgaver").get_data(as_text=True)
    assert 'class="group-late"' in shown
    assert "For sent" in shown


@pytest.mark.rule("ST-38")
@pytest.mark.parametrize("person", ["emil.bang", "mette.holm", "ida.krag", "kirsten.bro", "finn.dahl"])
def test_the_handleguide_is_one_click_from_the_worklist_and_the_start(town: Town, person: str) -> None:
    visitor = town.visitor(person)
    pages = ["/opgaver", "/procedurer/foerste_henvendelse/begynd?start=Start_NyUnderretning"]
    for page in pages:
        assert 'href="/haandbog/handleguide"' in visitor.get(page).get_data(as_text=True), page
    assert visitor.get("/haandbog/handleguide").status_code == 200


@pytest.mark.rule("ST-39", "ST-43")
def test_any_employee_can_begin_an_underretning(town: Town) -> None:
    for person in town.cast.people:
        caller = town.caller(person)
        ways = {way["at"] for way in caller.get("/starts")["items"]}
        assert "Start_NyUnderretning" in ways, person
    form = caller.get("/procedures/foerste_henvendelse/start?at=Start_NyUnderretning")
    assert form["refused"] is None
    assert "trivselslinje_kategori" in str(form["form"])


@pytest.mark.rule("ST-51", "ST-56")
@pytest.mark.parametrize("channel", ["telefon", "mail", "fysisk"])
def test_a_contact_by_any_channel_is_front_stages_alone(town: Town, channel: str) -> None:
    ida, bo = town.caller("ida.krag"), town.caller("bo.winther")
    begun = ida.post("/procedures/foerste_henvendelse/start", {"at": "Start_NyHenvendelse"})
    answers = {
        "kanal": channel,
        "afsender_type": "borger",
        "type": "henvendelse",
        "modtaget": "2026-02-02T08:55",
        "barn_navn": "Liv Skov",
        "fra_ad_hoc_gruppe": "nej",
        "indhold": "Bekymring for Livs sprog.",
    }
    task = ida.complete(begun["next_task"], answers)["next_task"]
    ida.post(f"/tasks/{task}/release")
    assert bo.only_task(scope="grupper")["id"] == task
    for person in set(town.cast.people) - {"ida.krag", "bo.winther", "vera.noerby"}:
        other = town.caller(person)
        assert other.get("/tasks")["items"] == [], person
        assert other.get("/tasks?scope=grupper")["items"] == [], person


@pytest.mark.rule("ST-57")
def test_the_leader_is_warned_when_front_stage_is_not_three(town: Town) -> None:
    kirsten = town.visitor("kirsten.bro")
    assert "ST-57" not in kirsten.get("/organisation").get_data(as_text=True)
    with town.app.database.reading(now=town.app.now()) as unit:
        held = next(
            one for one in roles_held(unit, town.cast.people["vera.noerby"]) if one.role == "front_stage"
        )
    town.app.run(take_role, SYSTEM, TakeRole(held.id))
    page = html.unescape(kirsten.get("/organisation").get_data(as_text=True))
    assert "Front Stage har 2 faste medlemmer; der skal være 3 (ST-57)." in page
