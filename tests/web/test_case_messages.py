"""The pages on which a person gives a running procedure a message, and the same over the API."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from host.rehearsing import scripts_of
from host.wiring import read_bundle
from tasks import messages_by_hand
from tests.web.town import PROCESSES, Caller, Town, Visitor

MOVED = {"dato": "2026-03-25", "start": "10:00"}


@pytest.fixture
def case(town: Town) -> int:
    """Liv's case: her network meeting was called off and a new one is planned."""
    number = next(
        number
        for number, script in enumerate(_scripts())
        if script["navn"] == "Mødet aflyses, og et nyt planlægges"
    )
    found = town.rehearse("netvaerksmoede", number).scene.case_id
    assert found is not None
    return found


def _scripts() -> list[Any]:
    return list(scripts_of(read_bundle(PROCESSES / "netvaerksmoede")))


def link(mette: Visitor, case: int) -> str:
    """The address behind »Mødet er flyttet« on the overview of the case."""
    page = mette.get(f"/sager/{case}")
    assert page.status_code == 200
    found = re.search(rf'<a href="(/sager/{case}/besked/[\w-]+)">Mødet er flyttet</a>', page.text)
    assert found, "the overview has no such link"
    return found[1]


def answer(visitor: Visitor, address: str, **answers: str) -> TestResponse:
    """Send the form's answers as the script of the page does."""
    headers = {"X-Formular": visitor.form_token, "Accept": "application/json"}
    return visitor.client.post(address, json={"answers": answers, "rev": 0}, headers=headers)


def test_from_the_case_to_the_form_and_back(town: Town, case: int) -> None:
    mette = town.visitor("mette.holm")
    address = link(mette, case)
    page = mette.get(address)
    assert page.status_code == 200
    assert f'data-submit="{address}"' in page.text
    assert '"id": "moede_flyttet"' in page.text
    assert "Flyttes mødet, indkaldes der igen med den nye tid" in page.text
    refused = answer(mette, address, start="10:00")
    assert refused.status_code == 422
    assert set(refused.get_json()["fields"]) == {"dato"}
    given = answer(mette, address, **MOVED)
    assert given.get_json() == {"location": f"/sager/{case}"}
    after = mette.get(f"/sager/{case}").text
    assert "Beskeden er givet" in after
    assert "Besked givet: Mødet er flyttet" in after
    assert answer(mette, address, **MOVED).status_code == 409
    late = mette.get(address)
    assert late.status_code == 409
    assert "ikke længere nogen, der venter" in late.text
    assert link(mette, case) != address


def test_strangers_see_nothing_of_it(town: Town, case: int) -> None:
    address = link(town.visitor("mette.holm"), case)
    jonas = town.visitor("jonas.friis")
    assert jonas.get(address).status_code == 403
    assert answer(jonas, address, **MOVED).status_code == 403


def test_a_message_without_a_form_is_asked_for(
    town: Town, monkeypatch: pytest.MonkeyPatch, case: int
) -> None:
    """The same place, as if its diagram named only who may give the message."""
    mette = town.visitor("mette.holm")
    address = link(mette, case)
    real = messages_by_hand.read_message

    def bare(unit: Any, actor: Any, command: Any) -> Any:
        return replace(real(unit, actor, command), schema=None)

    monkeypatch.setattr(messages_by_hand, "read_message", bare)
    page = mette.get(address).text
    assert "Forløbet går videre, når du giver beskeden." in page
    assert re.search(rf'<form method="post" action="{address}">', page)
    refused = mette.send("POST", address, {})
    assert refused.status_code == 422
    assert "Beskeden kan ikke gives" in refused.text


def test_over_the_api(town: Town, case: int) -> None:
    mette: Caller = town.caller("mette.holm")
    (line,) = mette.get(f"/cases/{case}/messages/possible")["items"]
    assert (line["name"], line["message"], line["has_form"]) == ("Mødet er flyttet", "moede_flyttet", True)
    place = f"/cases/{case}/messages/possible/{line['receiver']}"
    form = mette.get(place)
    assert form["form"]["id"] == "moede_flyttet"
    assert form["guidance"]["responsible"] == "Rådgiver"
    assert mette.post(place, {"answers": {}}, 422)["fields"]["dato"]
    first = mette.post(place, {"answers": MOVED}, Idempotency_Key="en")
    assert first["course"] == line["course"]
    assert mette.post(place, {"answers": MOVED}, Idempotency_Key="en") == first
    mette.post(place, {"answers": MOVED}, 409)
    mette.get(place, 409)
    mette.get(f"/cases/{case}/messages/possible/%00", 404)  # no address has NUL in it
    (again,) = mette.get(f"/cases/{case}/messages/possible")["items"]
    assert again["receiver"] != line["receiver"]
    jonas = town.caller("jonas.friis")
    jonas.get(f"/cases/{case}/messages/possible", 403)
    jonas.post(place, {"answers": MOVED}, 403)
