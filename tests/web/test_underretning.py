"""What a meeting at a school tells Front Stage, and what neither sees of the other's case."""

from __future__ import annotations

import pytest

from host.rehearsing import scripts_of
from host.wiring import read_bundle
from tests.web.town import PROCESSES, Town


@pytest.mark.rule("ST-38", "ST-101")
def test_an_underretning_begins_at_front_stage_outside_the_schools_case(town: Town) -> None:
    scripts = scripts_of(read_bundle(PROCESSES / "ad_hoc_gruppe"))
    number = next(n for n, one in enumerate(scripts) if one["navn"].startswith("Underretning fra gruppen"))
    school = town.rehearse("ad_hoc_gruppe", number).scene.case_id
    ida, leader = town.caller("ida.krag"), town.caller("kirsten.bro")
    [task] = ida.get("/tasks?scope=grupper")["items"]
    assert (task["name"], task["case"]) == ("Besvar og vurdér", None)
    page = town.visitor("ida.krag").get(f"/opgaver/{task['id']}").text
    assert "Mormor arbejder om natten" in page
    ida.get(f"/cases/{school}", 403)
    answers = {"besvarelse": "Gruppen har fået besked.", "handling": "sag_oprettes"}
    ida.post(f"/tasks/{task['id']}/complete", {"answers": answers})
    own = next(one["case"] for one in leader.get("/tasks?scope=grupper")["items"] if one["case"])
    assert own != str(school)
    assert [one["kind"] for one in leader.get(f"/cases/{own}")["documents"]] == ["underretning"]
    town.caller("emil.bang").get(f"/cases/{own}", 403)
    leader.get(f"/cases/{school}", 403)
