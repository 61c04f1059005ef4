"""The municipality's worked scenarios, from end to end over the API: what each says must appear, appears.

A scenario is a rehearsal that ships with the procedure it is about and is called by its number. Here every
act in it is a call by the person who does it (`over_api`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from host.rehearsing import scripts_of
from host.wiring import read_bundle
from tasks.rehearsal import Rehearsal
from tests.scenarios.over_api import ApiStage
from tests.web.conftest import any_town, town
from tests.web.town import PROCESSES, Town

__all__ = ["any_town", "town"]

FROM_FRONT_STAGE: tuple[Mapping[str, Any], ...] = (
    {
        "udfoer": "I1_Registrer",
        "af": "Ida Krag",
        "svar": {
            "kanal": "telefon",
            "afsender_type": "borger",
            "type": "henvendelse",
            "modtaget": "2026-02-02T08:55",
            "afsender_navn": "Maja Skov",
            "barn_navn": "Liv Skov",
            "barn_foedt": "2023-03-03",
            "fra_ad_hoc_gruppe": "nej",
            "indhold": "Dagtilbuddet er bekymret for Livs sprog og trivsel.",
        },
    },
    {
        "udfoer": "I2_Besvar",
        "af": "Ida Krag",
        "svar": {"besvarelse": "En rådgiver ringer i denne uge.", "handling": "sag_oprettes"},
        "saa": {"forloeb": {"foerste_henvendelse": "sag_oprettet", "opstart_af_sag": "igang"}},
    },
)


def scenario(key: str, number: int) -> dict[str, Any]:
    """The rehearsal of a procedure that is the scenario with this number."""
    found = [
        script
        for script in scripts_of(read_bundle(PROCESSES / key))
        if f"(scenarie {number})" in script["navn"]
    ]
    assert len(found) == 1, [script["navn"] for script in found]
    return found[0]


def play(town: Town, key: str, script: Mapping[str, Any]) -> ApiStage:
    """Play a script over the API; whatever is not as it says fails the test."""
    stage = ApiStage(town)
    assert Rehearsal(stage, key, script).play().problems == ()
    return stage


@pytest.mark.slow
@pytest.mark.rule("OS-01", "OS-03", "OS-12", "OS-19", "OS-23", "OS-27", "OS-32", "OS-33")
def test_a_case_is_opened_in_eight_steps(town: Town) -> None:
    """Scenario 13, from Front Stage to the follow-ups of the common plan."""
    shipped = scenario("opstart_af_sag", 13)
    script = {
        **shipped,
        "sag": "ingen",
        "start": {"procedure": "foerste_henvendelse", "af": "Ida Krag", "begivenhed": "Start_NyHenvendelse"},
        "saa": {"opgaver": [{"trin": "I1_Registrer", "hos": "Ida Krag"}]},
        "trin": [*FROM_FRONT_STAGE, *shipped["trin"]],
    }
    stage = play(town, "opstart_af_sag", script)
    completed = [path for path in stage.calls if path.endswith("/complete")]
    assert len(completed) > 12
    assert "/clock" in stage.calls


@pytest.mark.slow
@pytest.mark.rule("FF-15", "FF-18", "FF-21", "FF-22", "FF-25", "FF-33", "FF-40", "FF-42")
def test_faglig_forum_on_an_ordinary_thursday(any_town: Town) -> None:
    """Scenario 1: the girl turns 10 the day after the meeting."""
    stage = play(any_town, "faglig_forum_sag", scenario("faglig_forum_sag", 1))
    assert any(path.startswith("/meeting-items/") and path.endswith("/open") for path in stage.calls)
    assert len([path for path in stage.calls if path.endswith("/complete")]) > 15


@pytest.mark.rule("FF-22", "FF-29", "FF-33")
def test_faglig_forum_when_thursday_and_monday_are_public_holidays(any_town: Town) -> None:
    """Scenario 3: the meeting of 2 April falls away, and the limit of the next is a Tuesday."""
    play(any_town, "faglig_forum_moede", scenario("faglig_forum_moede", 3))


@pytest.mark.rule("BF-08", "BF-16", "BF-27", "BF-30", "BF-31", "BF-37", "BF-39", "BF-40")
def test_a_family_meeting_follows_up_a_running_measure(town: Town) -> None:
    """Scenario 6: the measure began on 2 March, so that it is followed up on 2 June and 2 September."""
    stage = play(town, "boerne_og_familiemoede", scenario("boerne_og_familiemoede", 6))
    assert len([path for path in stage.calls if path.endswith("/complete")]) > 15


@pytest.mark.rule("SM-20", "SM-25", "SM-26", "SM-27", "SM-28", "SM-29", "SM-30", "SM-41")
def test_an_answer_on_working_day_eleven(town: Town) -> None:
    """Scenario 9: Easter does not count, a late yes is a yes, and the external professional sees no
    journal."""
    play(town, "samarbejdsmoede", scenario("samarbejdsmoede", 9))
    karim = town.caller("karim.nasser")
    course = town.caller("dorthe.iversen").get("/cases?status=aaben")["items"][0]["id"]
    assert karim.call("GET", f"/cases/{course}/journal").status_code == 403
