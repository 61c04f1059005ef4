"""What is done to a case from an old look at it, and asked about a course of another case."""

from __future__ import annotations

import pytest

from tests.web.town import Town


@pytest.fixture
def town(worked_town: Town) -> Town:
    """The municipality with a case that has come far."""
    return worked_town


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("reallocate", {"reason": "Flytter"}),
        ("close", {"reason": "Slut"}),
        ("reopen", {"reason": "Igen"}),
    ],
)
def test_if_match_is_honoured_on_cases(town: Town, path: str, body: dict[str, str]) -> None:
    mette = town.caller("mette.holm")
    case = mette.get("/cases")["items"][0]["id"]
    sent = {**body, **({"person": town.person("sara.lund")} if path == "reallocate" else {})}
    if path == "reopen":
        mette.post(f"/cases/{case}/close", {"reason": "Slut"})
    shown = mette.call("GET", f"/cases/{case}")
    rev = shown.get_json()["rev"]
    assert shown.headers["ETag"] == f'"{rev}"'
    old = mette.call("POST", f"/cases/{case}/{path}", sent, If_Match=f'"{rev + 1}"')
    assert old.status_code == 412
    assert mette.call("POST", f"/cases/{case}/{path}", sent, If_Match=f'"{rev}"').status_code == 200


def test_a_course_of_another_case_is_not_asked_about(town: Town) -> None:
    mette, ida = town.caller("mette.holm"), town.caller("ida.krag")
    case = mette.get("/cases")["items"][0]["id"]
    course = mette.get(f"/cases/{case}")["courses"][0]["id"]
    visitor = town.visitor("mette.holm")
    assert visitor.get(f"/sager/{case}/forloeb/{course}/annuller").status_code == 200
    other = ida.post("/cases", {"child_name": "Noah Dam", "born": "2016-05-01"})["id"]
    town.caller("kirsten.bro").post("/procedures/opstart_af_sag/start", {"case": other})
    foreign = town.caller("kirsten.bro").get(f"/cases/{other}")["courses"][0]["id"]
    for wrong in (foreign, "999999"):
        assert visitor.get(f"/sager/{case}/forloeb/{wrong}/annuller").status_code == 404
