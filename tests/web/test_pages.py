"""Pages without a browser: what they cost, and what is refused to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.web.town import Town, token_in

FRAME = 4
"""Statements of every page: the session, the person with the roles, the frame, and a little room."""


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """Collect the statements that reach the database."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(town.app.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(town.app.database.engine, "before_cursor_execute", note)


def cost(town: Town, name: str, address: str) -> int:
    """Statements of a page, once what is kept is warm."""
    visitor = town.visitor(name)
    assert visitor.get(address).status_code == 200
    with statements(town) as seen:
        assert visitor.get(address).status_code == 200
    return len(seen)


@pytest.mark.parametrize("scope", ["mine", "grupper"])
def test_the_worklist_costs_four_statements_and_its_frame(town: Town, scope: str) -> None:
    assert cost(town, "mette.holm", f"/opgaver?vis={scope}") <= 4 + FRAME


def test_a_case_costs_the_same_at_any_size(town: Town) -> None:
    town.rehearse("opstart_af_sag", 0)
    page = town.visitor("mette.holm").get("/sager").text
    case = re.search(r'href="(/sager/\d+)"', page)
    assert case
    assert cost(town, "mette.holm", case[1]) <= 20 + FRAME


@pytest.mark.parametrize(
    "address",
    ["personer", "personer/1", "personer/ny", "enheder", "enheder/1", "roller", "lukkedage", "post"],
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
    form = {"tekst": "Temadag", "dato": "10.02.2026"}
    assert finn.send("POST", "/administration/lukkedage", form).status_code == 302
    assert "tirsdag den 10. februar 2026" in finn.get("/administration/lukkedage").text
    assert finn.send("POST", "/administration/lukkedage", {"tekst": "", "dato": "x"}).status_code == 422
    assert (
        "2026-02-10" in finn.get("/opgaver/kalender.json").text
        or town.app.read(lambda unit, actor, command: len(unit.calendar.closing), finn, None) == 4
    )


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
