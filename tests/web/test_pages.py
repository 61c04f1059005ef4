"""Pages without a browser: what they cost, and what is refused to whom."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from engine.feel import evaluate
from records.counting import count_statements
from tests.web.town import Town, token_in

FRAME = 2
"""Statements of every page: the session with its person, and what the frame shows."""
LIST = 4
LEADS = 3
"""Whose tasks a leader may choose between, and what is wrong in the organisation."""
CASE = 18
"""Of any page of a case."""


def cost(town: Town, name: str, address: str) -> int:
    """Statements of a page, once what is kept is warm; what is read anew now and then is not the page's."""
    visitor = town.visitor(name)
    assert visitor.get(address).status_code == 200
    seen = []
    for _ in range(3):
        with count_statements(town.app.database) as count:
            assert visitor.get(address).status_code == 200
        seen.append(len(count))
    return min(seen)


def busier(town: Town) -> None:
    """Give Mette five more cases, with a task in each of them."""
    ida, kirsten = town.caller("ida.krag"), town.caller("kirsten.bro")
    for number in range(5):
        case = ida.post("/cases", {"child_name": f"Barn {number}", "born": "2016-05-01"})["id"]
        task = kirsten.post("/procedures/opstart_af_sag/start", {"case": case})["next_task"]
        kirsten.complete(task, {"raadgiver": town.person("mette.holm"), "begrundelse": "Kender familien"})


@pytest.mark.parametrize(
    ("reader", "scope", "beside"),
    [("mette.holm", "mine", 0), ("mette.holm", "grupper", 0), ("kirsten.bro", "enhed", LEADS)],
)
def test_the_worklist_costs_four_statements_and_its_frame(
    worked_town: Town, reader: str, scope: str, beside: int
) -> None:
    before = cost(worked_town, reader, f"/opgaver?vis={scope}")
    busier(worked_town)
    assert cost(worked_town, reader, f"/opgaver?vis={scope}") == before <= FRAME + LIST + beside


def test_a_case_costs_the_same_at_any_size(worked_town: Town) -> None:
    town = worked_town
    mette, kirsten = town.caller("mette.holm"), town.caller("kirsten.bro")
    case = mette.get("/cases")["items"][0]["id"]
    parts = ("", "/forloeb", "/tidslinje", "/dokumenter", "/deltagere")
    before = {part: cost(town, "mette.holm", f"/sager/{case}{part}") for part in parts}
    for number in range(3):
        kirsten.post("/procedures/opstart_af_sag/start", {"case": case})
        mette.post(f"/cases/{case}/notes", {"text": f"Notat {number}"})
        mette.post(f"/cases/{case}/messages", {"name": f"ventes_{number}"})
    assert len(mette.get(f"/cases/{case}/tasks")["items"]) > 3
    assert {part: cost(town, "mette.holm", f"/sager/{case}{part}") for part in parts} == before
    assert max(before.values()) <= CASE


def test_a_case_says_which_courses_cannot_begin_yet_and_why(town: Town) -> None:
    town.rehearse("opstart_af_sag", 0)
    mette = town.caller("mette.holm")
    case = mette.get("/cases")["items"][0]["id"]
    said = {way["procedure"]: way["refusal"] for way in mette.get(f"/cases/{case}/starts")["items"]}
    assert "fyldt 14 år" in said["overgang_15"]
    assert said["hjemmebesoeg"] is None
    page = town.visitor("mette.holm").get(f"/sager/{case}").text
    possible, _, later = page.partition("kan ikke begyndes endnu")
    assert "/procedurer/hjemmebesoeg/begynd" in possible
    assert "/procedurer/overgang_15/begynd" not in page
    assert "fyldt 14 år" in later


@pytest.mark.parametrize(
    "address",
    ["personer", "personer/1", "personer/ny", "enheder", "enheder/1", "roller", "lukkedage", "post", "log"],
)
def test_administration_is_the_systemforvalters_alone(town: Town, address: str) -> None:
    assert town.visitor("finn.dahl").get(f"/administration/{address}").status_code == 200
    for other in ("mette.holm", "kirsten.bro", "eva.holst"):
        assert town.visitor(other).get(f"/administration/{address}").status_code == 403


@pytest.mark.rule("ST-57")
def test_a_leader_is_told_when_front_stage_is_not_three(town: Town) -> None:
    kirsten, finn = town.visitor("kirsten.bro"), town.visitor("finn.dahl")
    assert "faste medlemmer" not in kirsten.get("/organisation").text
    page = finn.get(f"/administration/personer/{town.person('vera.noerby')}").text
    remove = re.search(r'action="(/administration/personer/\d+/roller/\d+/fjern)"', page)
    assert remove
    assert finn.send("POST", remove[1]).status_code == 302
    for address in ("/organisation", "/opgaver"):
        assert "Front Stage har 2 faste medlemmer" in kirsten.get(address).text
    assert town.visitor("mette.holm").get("/organisation").status_code == 403


@pytest.mark.rule("ST-38")
def test_the_handleguide_is_one_click_away_for_everybody(town: Town) -> None:
    for name in ("emil.bang", "ida.krag"):
        visitor = town.visitor(name)
        for address in ("/opgaver", "/procedurer/foerste_henvendelse/begynd?start=Start_NyUnderretning"):
            assert 'href="/haandbog/handleguide"' in visitor.get(address).text
        assert "bekymret" in visitor.get("/haandbog/handleguide").text


def test_a_new_person_signs_in_with_the_password_shown_once(town: Town) -> None:
    finn = town.visitor("finn.dahl")
    made = finn.send(
        "POST", "/administration/personer/ny", {"navn": "Ny Kollega", "brugernavn": "ny.kollega"}
    )
    shown = re.search(r'class="new-password"[^>]*>([^<]+)<', made.text)
    assert shown
    client = town.flask.test_client()
    token = token_in(client.get("/log-ind").text)
    answer = client.post(
        "/log-ind", data={"brugernavn": "ny.kollega", "adgangskode": shown[1], "_formular": token}
    )
    assert answer.status_code == 302
    refused = finn.send("POST", "/administration/personer/ny", {"navn": "", "brugernavn": "ny.kollega"})
    assert refused.status_code == 422


def test_a_closing_day_counts_at_once(town: Town) -> None:
    finn = town.visitor("finn.dahl")
    day = (date(2026, 2, 10) - date(1970, 1, 1)).days

    def closing() -> list[int]:
        """What forms in the browser count with: days since 1970."""
        found: list[int] = finn.get("/opgaver/kalender.json").get_json()["closing"]
        return found

    def first_working_day() -> Any:
        """What the server counts with: the first working day after Monday the 9th."""
        return town.app.read(
            lambda unit, actor, command: evaluate(
                'arbejdsdage_efter("2026-02-09", 1)', {}, now=town.app.now(), calendar=unit.calendar
            ),
            None,
            None,
        )

    assert day not in closing()
    assert first_working_day() == "2026-02-10"
    form = {"tekst": "Temadag", "dato": "10.02.2026"}
    assert finn.send("POST", "/administration/lukkedage", form).status_code == 302
    page = finn.get("/administration/lukkedage").text
    assert "tirsdag den 10. februar 2026" in page
    assert finn.send("POST", "/administration/lukkedage", {"tekst": "", "dato": "x"}).status_code == 422
    assert day in closing()
    assert first_working_day() == "2026-02-11"
    remove = re.findall(r'action="(/administration/lukkedage/\d+/fjern)"', page)[-1]
    assert finn.send("POST", remove).status_code == 302
    assert day not in closing()
    assert first_working_day() == "2026-02-10"


def test_a_change_without_the_pages_token_is_refused(town: Town) -> None:
    visitor = town.visitor("mette.holm")
    assert visitor.client.post("/opgaver/beskeder/laest").status_code == 403


def test_too_many_wrong_passwords_are_stopped(town: Town) -> None:
    client = town.flask.test_client()
    token = token_in(client.get("/log-ind").text)
    form = {"brugernavn": "mette.holm", "adgangskode": "forkert", "_formular": token}
    answers = [client.post("/log-ind", data=form).text for _ in range(9)]
    assert "For mange forsøg" in answers[-1]


def test_health_is_open_and_tells_of_nobody(town: Town) -> None:
    answer = town.flask.test_client().get("/sundhed")
    assert answer.status_code in (200, 503)
    assert answer.get_json()["database"] is True


@pytest.mark.rule("SM-51", "ST-24")
def test_the_owner_writes_a_new_version_of_a_guide_on_its_page(town: Town) -> None:
    eva, mette = town.visitor("eva.holst"), town.visitor("mette.holm")
    assert mette.get("/haandbog/moedeguide/ret").status_code == 403
    assert "/ret" not in mette.get("/haandbog/moedeguide").text
    assert 'name="set" value="1"' in eva.get("/haandbog/moedeguide/ret").text
    form = {"titel": "Mødeguide", "tekst": "## Nyt\r\n\r\nTal sammen.", "set": "1"}
    assert eva.send("POST", "/haandbog/moedeguide/ret", form).status_code == 302
    page = mette.get("/haandbog/moedeguide").text
    assert "Tal sammen." in page
    assert "Version 2" in page
    assert "Der er en nyere version" in mette.get("/haandbog/moedeguide?version=1").text
    assert mette.get("/haandbog/moedeguide?version=9").status_code == 404
    assert eva.send("POST", "/haandbog/moedeguide/ret", {**form, "tekst": ""}).status_code == 422
    assert eva.send("POST", "/haandbog/moedeguide/ret", form).status_code == 412


@pytest.mark.rule("ST-114")
def test_a_procedure_that_is_a_draft_says_so(town: Town) -> None:
    mette = town.visitor("mette.holm")
    mark = re.compile("Udkast")
    assert mark.search(mette.get("/procedurer").text)
    assert mark.search(mette.get("/procedurer/overgang_18/1").text)
    assert not mark.search(mette.get("/procedurer/opstart_af_sag/1").text)
