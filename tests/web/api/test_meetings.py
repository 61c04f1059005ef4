"""Meetings over the API: calendar, agenda, moving, ordering, opening, minutes while they are written."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from host.demo import move_clock
from host.rehearsing import RehearsalStage, scripts_of
from host.wiring import read_bundle
from tasks.rehearsal import Rehearsal
from tests.web.town import PROCESSES, Town

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
SCRIPT = "SOS-del med familien, der forlader mødet, og en retning"


def until(town: Town, step: str) -> Rehearsal:
    """Play the item's first rehearsal up to (not with) the first step that has this key and value."""
    scripts = scripts_of(read_bundle(PROCESSES / "faglig_forum_punkt"))
    script = dict(next(one for one in scripts if one["navn"] == SCRIPT))
    steps: list[dict[str, Any]] = script["trin"]
    key, _, value = step.partition("=")
    end = next(number for number, one in enumerate(steps) if str(one.get(key)) == value)
    script["trin"] = steps[:end]
    rehearsal = Rehearsal(RehearsalStage(town.app, town.cast), "faglig_forum_punkt", script)
    problems = rehearsal.play().problems
    assert not problems, problems
    return rehearsal


def agenda(town: Town, who: str = "tove.lange") -> Any:
    """The meeting of that Thursday, as somebody sees it."""
    caller = town.caller(who)
    [row] = caller.get("/meetings?from=2026-06-11&to=2026-06-11")["items"]
    return caller.get(f"/meetings/{row['id']}")


@pytest.mark.rule("FF-31", "FF-36", "FF-39")
def test_a_meeting_is_read_moved_and_changed_by_what_was_seen(town: Town) -> None:
    until(town, "aabn_punkt=sagen")
    tove = town.caller("tove.lange")
    seen = agenda(town)
    assert (seen["date"], seen["place"], seen["slots"], seen["free"]) == ("2026-06-11", "Aabenraa", 7, 5)
    assert seen["may_change"]
    [item] = seen["agenda"]
    assert (item["child"], item["minutes"], item["chair"], item["consultant"]) == (
        "Emma Dal",
        60,
        "Lars Bach",
        "Ole Juhl",
    )
    path = f"/meetings/{seen['id']}"
    tag = tove.call("GET", path).headers["ETag"]
    assert tag == f'"{seen["rev"]}"'
    tove.post(f"{path}/move", {"place": "Tinglev"}, 412, If_Match='"1"')
    moved = tove.post(f"{path}/move", {"place": "Tinglev"}, If_Match=tag)
    assert moved["rev"] == seen["rev"] + 1
    tove.post(f"/meeting-items/{item['id']}/move", {"slot": 7}, 422)
    assert seen["places"] == [item["id"], *[None] * 5]
    tove.post(f"{path}/items/{item['id']}/place", {"place": 5}, 412, If_Match='"1"')
    tove.post(f"{path}/items/{item['id']}/place", {"place": 5})
    tove.post(f"/meeting-items/{item['id']}/length", {"minutes": 45}, 422)
    tove.post(f"/meeting-items/{item['id']}/length", {"minutes": 30})
    now = agenda(town)
    assert now["places"] == [*[None] * 5, item["id"], None], "the end of the row, and a place became free"
    assert (now["agenda"][0]["slot"], now["agenda"][0]["minutes"], now["free"]) == (6, 30, 6)
    tove.post(f"/meeting-items/{item['id']}/length", {"minutes": 60})
    item["rev"] = agenda(town)["agenda"][0]["rev"]
    tove.post(f"/meeting-items/{item['id']}/move", {"slot": 3}, If_Match=f'"{item["rev"]}"')
    assert agenda(town)["agenda"][0]["starts_at"].startswith("2026-06-11T07:30:00")
    tove.post(f"{path}/order", {"items": [item["id"]]})
    assert agenda(town)["agenda"][0]["slot"] == 1
    added = {"role": "ad_hoc_part", "name": "Yrsa Kjær", "item": item["id"], "part": "eget_punkt"}
    tove.post(f"{path}/participants", added)
    people = agenda(town)["agenda"][0]["participants"]
    assert "Yrsa Kjær" in {one["name"] for one in people}
    claus = agenda(town, "claus.riis")
    assert [one["child"] for one in claus["agenda"]] == ["Emma Dal"]
    assert not claus["may_change"]
    assert not claus["participants"]
    town.caller("claus.riis").post(f"{path}/cancel", {"reason": "Nej"}, 403)
    town.caller("emil.bang").get(path, 403)
    june = "/meetings?from=2026-06-01&to=2026-06-30"
    nothing = town.caller("emil.bang").get(june)
    assert (nothing["items"], nothing["closed"], nothing["following"]) == ([], ["2026-06-05"], None)
    [row] = town.caller("claus.riis").get(june)["items"]
    assert (row["starts_at"][11:16], row["slots"], row["mine"]) == ("06:30", 0, True), "one's own time"
    [row] = tove.get(june)["items"]
    assert (row["slots"], row["items"], row["free"], row["mine"]) == (7, 1, 5, False)
    assert tove.get(f"{june}&whose=mine")["items"] == tove.get(f"{june}&kind=andet")["items"] == []
    case = agenda(town)["agenda"][0]["case"]
    jonas = town.caller("jonas.friis")
    assert [one["id"] for one in jonas.get(f"/cases/{case}/meetings")["items"]] == [seen["id"]]
    town.caller("emil.bang").get(f"/cases/{case}/meetings", 403)
    tove.get("/meetings?from=2026-06-30&to=2026-06-01", 422)
    mine = next(one for one in people if one["name"] == "Claus Riis")
    answer = f"/meeting-participants/{mine['id']}/answer"
    town.caller("claus.riis").post(answer, {"answer": "accept"})
    town.caller("emil.bang").post(answer, {"answer": "afslag"}, 403)
    tove.post(answer, {"answer": "måske"}, 422)
    tove.post(f"/meeting-participants/{mine['id']}/remove")
    book_by_hand(town, path, item["id"])
    tove.post(f"{path}/cancel", {"reason": "Sygdom"})
    assert agenda(town)["status"] == "aflyst"
    tove.post(f"{path}/cancel", {"reason": "Sygdom"}, 409)


def book_by_hand(town: Town, path: str, item: str) -> None:
    """The limit for material has passed: the case that was taken off waits, and administration books it."""
    tove = town.caller("tove.lange")
    move_clock(town.app, datetime(2026, 6, 10, 8, 0, tzinfo=COPENHAGEN), calendar=None)
    tove.post(f"/meeting-items/{item}/put-off", {"reason": "Udredningen mangler"})
    move_clock(town.app, datetime(2026, 6, 10, 8, 1, tzinfo=COPENHAGEN), calendar=None)
    now = agenda(town)
    [waiting] = now["waiting"]
    assert (waiting["item"], waiting["child"], waiting["minutes"]) == (item, "Emma Dal", 60)
    tove.post(f"{path}/items/{item}/book", {"slot": 7}, 422)
    tove.post(f"{path}/items/{item}/book", {})
    assert agenda(town)["places"] == [item, *[None] * 5]
    again = {"at": "Start_Torsdag", "answers": {"dato": "2026-06-11"}}
    refused = tove.post("/procedures/faglig_forum_moede/start", again, 422)
    assert "allerede et møde torsdag den 11. juni 2026" in refused["fields"]["dato"]


@pytest.mark.rule("FF-20", "FF-21", "FF-25", "FF-26")
def test_the_minutes_are_read_while_they_are_written(town: Town) -> None:
    until(town, "udfoer=M6b_SOS")
    [item] = agenda(town)["agenda"]
    path = f"/meeting-items/{item['id']}/minutes"
    ole, mette = town.caller("ole.juhl"), town.caller("birgit.skov")
    task = next(one for one in ole.get("/tasks?scope=grupper")["items"] if one["name"] == "Skriv SOS-referat")
    ole.post(f"/tasks/{task['id']}/claim")
    assert mette.get(path)["steps"][0]["values"] == {}
    ole.call("PUT", f"/tasks/{task['id']}/draft", {"answers": {"bekymringer": "Emma skærer sig"}})
    seen = mette.get(path)
    assert seen["running"]
    assert [(one["element"], one["values"]["bekymringer"], one["done"]) for one in seen["steps"]] == [
        ("M6b_SOS", "Emma skærer sig", False)
    ]
    assert seen["steps"][0]["form"]["id"] == "sos_referat"
    town.caller("emil.bang").get(path, 403)
    assert town.caller("claus.riis").get(path)["part"] == "eget_punkt"


@pytest.mark.rule("FF-23", "FF-43")
def test_an_item_is_opened_by_its_chair_on_the_day(town: Town) -> None:
    until(town, "aabn_punkt=sagen")
    [item] = agenda(town)["agenda"]
    path = f"/meeting-items/{item['id']}"
    lars = town.caller("lars.bach")
    lars.post(f"{path}/open", None, 409)
    move_clock(town.app, datetime(2026, 6, 11, 8, 30, tzinfo=COPENHAGEN))
    lars.post(f"{path}/open", None, 412, If_Match='"99"')
    town.caller("claus.riis").post(f"{path}/open", None, 403)
    lars.post(f"{path}/open", None, If_Match=f'"{agenda(town)["agenda"][0]["rev"]}"')
    lars.post(f"{path}/open", None, 409)
    lars.post(f"{path}/close", {}, 409)
    lars.post(f"{path}/put-off", {"reason": "Tiden gik"}, 409)
    assert agenda(town)["agenda"][0]["status"] == "aaben"
    names = {one["name"]: one["id"] for one in agenda(town)["agenda"][0]["participants"]}
    lars.post(f"/meeting-participants/{names['Claus Riis']}/attendance", {"attendance": "digital"})
    lars.post(f"/meeting-participants/{names['Claus Riis']}/attendance", {"attendance": "måske"}, 422)
