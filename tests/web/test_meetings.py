"""The pages of meetings: the calendar, an agenda ordered by hand, moves told before they are done."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from records.counting import count_statements
from tests.kept import Kept
from tests.web.thursday import call_thursday, items_of, settle_thursday, want_time
from tests.web.town import Town, Visitor, open_kept_town, open_town, settle_town

FIRST = "2026-02-12"
LIV, NOAH, ASGER = "Liv Skov", "Noah Dam", "Asger Vinterdal"


def settle_two_thursdays(url: str) -> None:
    """A Thursday with a single, a double and a single on its seven places, and a Thursday after it."""
    settle_town(url)
    town = open_town(url)
    try:
        settle_thursday(town)
        for day in (FIRST, "2026-02-19"):
            call_thursday(town, day)
        for child, minutes in ((LIV, 30), (NOAH, 60), (ASGER, 30)):
            want_time(town, child, minutes)
    finally:
        town.close()


@pytest.fixture
def thursday(kept: Kept) -> tuple[Town, str]:
    """The municipality with two Thursdays, and the first of them."""
    town = open_kept_town(kept, "sqlite", settle_two_thursdays)
    found = town.caller("tove.lange").get(f"/meetings?from={FIRST}&to={FIRST}")["items"]
    return town, str(found[-1]["id"])


def agenda(town: Town, meeting: str) -> dict[str, str]:
    """Child → time of day."""
    found = {}
    for item in items_of(town, meeting):
        at = item["starts_at"]
        moment = datetime.fromisoformat(at).astimezone(UTC) if at else None
        found[item["child"]] = f"{moment.hour + 1}.{moment.minute:02}" if moment else "-"
    return found


def item_of(town: Town, meeting: str, child: str) -> str:
    """The id of a child's item."""
    return str(next(one["id"] for one in items_of(town, meeting) if one["child"] == child))


def rev_of(visitor: Visitor, meeting: str) -> str:
    """The revision that the page carries."""
    page = visitor.get(f"/moeder/{meeting}/dagsorden").text
    found = re.search(r'name="rev" value="(\d+)"', page)
    assert found
    return found[1]


@pytest.mark.rule("FF-36", "FF-39")
def test_an_item_takes_the_place_it_is_put_on_and_what_it_passes_makes_room(
    thursday: tuple[Town, str],
) -> None:
    town, meeting = thursday
    tove = town.visitor("tove.lange")
    assert agenda(town, meeting) == {LIV: "8.30", NOAH: "9.00", ASGER: "10.00"}

    def put(child: str, place: int, status: int = 302) -> str:
        form = {"plads": str(place), "rev": rev_of(tove, meeting)}
        address = f"/moeder/{meeting}/punkter/{item_of(town, meeting, child)}/plads"
        answer = tove.send("POST", address, form)
        assert answer.status_code == status
        return answer.text

    put(NOAH, 0)
    assert agenda(town, meeting) == {NOAH: "8.30", LIV: "9.30", ASGER: "10.00"}
    put(ASGER, 4)  # past two free places: they stay between
    assert agenda(town, meeting) == {NOAH: "8.30", LIV: "9.30", ASGER: "11.00"}
    put(NOAH, 99)  # the end of the row: a double fits before 12 and never past it
    assert agenda(town, meeting) == {LIV: "8.30", ASGER: "10.00", NOAH: "11.00"}


def test_two_people_at_one_agenda(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    tove, erik = town.visitor("tove.lange"), town.visitor("erik.boye")
    old = rev_of(erik, meeting)
    liv, noah = item_of(town, meeting, LIV), item_of(town, meeting, NOAH)
    tove.send("POST", f"/moeder/{meeting}/punkter/{liv}/plads", {"plads": "1", "rev": old})
    before = agenda(town, meeting)
    answer = erik.send("POST", f"/moeder/{meeting}/punkter/{noah}/plads", {"plads": "2", "rev": old})
    assert answer.status_code == 412
    assert "En anden har ændret dagsordenen imens" in answer.text
    assert agenda(town, meeting) == before


@pytest.mark.rule("FF-18", "FF-37")
def test_a_longer_item_needs_places_side_by_side(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    tove = town.visitor("tove.lange")
    asger = item_of(town, meeting, ASGER)
    address = f"/moeder/{meeting}/punkter/{asger}/laengde"
    assert tove.send("POST", address, {"laengde": "60"}).status_code == 302
    assert agenda(town, meeting)[ASGER] == "10.00"
    for child in ("Vera Lund", "Otto Lund"):
        want_time(town, child)
    assert len([one for one in items_of(town, meeting) if one["starts_at"]]) == 5
    liv = item_of(town, meeting, LIV)
    answer = tove.send("POST", f"/moeder/{meeting}/punkter/{liv}/laengde", {"laengde": "60"})
    assert answer.status_code == 422
    assert "ikke 2 ledige pladser ved siden af hinanden" in answer.text
    assert agenda(town, meeting)[LIV] == "8.30"


def test_to_another_thursday_and_off_with_a_reason(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    tove = town.visitor("tove.lange")
    page = tove.get(f"/moeder/{meeting}/dagsorden").text
    there = re.search(r'<option value="(\d+:\d+)">torsdag den 19\. februar – 7 ledige pladser', page)
    assert there
    liv, noah = item_of(town, meeting, LIV), item_of(town, meeting, NOAH)
    assert tove.send("POST", f"/moeder/{meeting}/punkter/{liv}/moede", {"til": there[1]}).status_code == 302
    assert LIV not in agenda(town, meeting)
    refused = tove.send("POST", f"/moeder/{meeting}/punkter/{noah}/udsaet", {"begrundelse": ""})
    assert refused.status_code == 422
    address = f"/moeder/{meeting}/punkter/{noah}/udsaet"
    assert tove.send("POST", address, {"begrundelse": "Udredningen mangler."}).status_code == 302
    town.move_to(datetime(2026, 2, 2, 8, 1, tzinfo=UTC))
    assert NOAH in {one["child"] for one in items_of(town, there[1].partition(":")[0])} | set(
        agenda(town, meeting)
    )


def test_what_moving_and_cancelling_mean_is_told_first(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    tove = town.visitor("tove.lange")
    form = {"dato": "2026-02-13", "start": "08:30", "slut": "10:00", "sted": "Aabenraa", "link": ""}
    form["rev"] = rev_of(tove, meeting)
    told = tove.send("POST", f"/moeder/{meeting}/flyt", form)
    assert told.status_code == 200
    assert "til fredag den 13. februar 2026 kl. 8.30" in told.text
    assert "2 sager på dagsordenen følger med" in told.text
    assert "1 sag er der ikke plads til" in told.text
    assert "12. februar 2026 kl. 8.30" in tove.get(f"/moeder/{meeting}").text, "nothing is done yet"
    assert tove.send("POST", f"/moeder/{meeting}/flyt", {**form, "bekraeft": "ja"}).status_code == 302
    page = tove.get(f"/moeder/{meeting}").text
    assert "<s>Torsdag den 12. februar 2026 kl. 8.30" in page
    assert "Fredag den 13. februar 2026 kl. 8.30–10.00</strong>, Aabenraa" in page

    told = tove.get(f"/moeder/{meeting}/aflys")
    assert "2 sager tages af dagsordenen" in told.text
    assert "Det næste møde er torsdag den 19. februar 2026" in told.text
    assert tove.send("POST", f"/moeder/{meeting}/aflys", {"begrundelse": ""}).status_code == 422
    assert tove.send("POST", f"/moeder/{meeting}/aflys", {"begrundelse": "Sne."}).status_code == 302
    assert "Mødet er aflyst" in tove.get(f"/moeder/{meeting}").text
    assert tove.send("POST", f"/moeder/{meeting}/aflys", {"begrundelse": "Sne."}).status_code == 409


def test_a_bad_time_is_told_beside_its_field(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    tove = town.visitor("tove.lange")
    form = {"dato": "2026-02-13", "start": "10:00", "slut": "09:00", "sted": "", "link": ""}
    answer = tove.send("POST", f"/moeder/{meeting}/flyt", form)
    assert answer.status_code == 422
    assert "Mødet skal slutte, efter det er begyndt." in answer.text


@pytest.mark.rule("FF-11", "FF-12")
def test_a_caseworker_sees_their_own_item_and_no_other(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    want_time(town, "Villads Fremmed", caseworker="jonas.friis")
    page = town.visitor("jonas.friis").get(f"/moeder/{meeting}/dagsorden").text
    assert "Villads Fremmed" in page
    assert LIV not in page
    assert "Flyt eller ret mødet" not in page
    calendar = town.visitor("jonas.friis").get("/moeder?dag=2026-02-12").text
    assert "10.30–11.00" in calendar
    assert "Prøvemødet" in calendar
    assert ">Møder<" in calendar
    assert ">Møder<" not in town.visitor("emil.bang").get("/opgaver").text


def test_the_pages_cost_no_more_with_a_full_agenda(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    tove = town.visitor("tove.lange")
    addresses = ("/moeder?dag=2026-02-12", "/moeder?vis=liste", f"/moeder/{meeting}",
                 f"/moeder/{meeting}/dagsorden")  # fmt: skip

    def costs() -> list[int]:
        found = []
        for address in addresses:
            tove.get(address)
            with count_statements(town.app.database) as count:
                assert tove.get(address).status_code == 200
            assert len(count) <= 20, f"{address}: {count}"
            found.append(len(count))
        return found

    before = costs()
    for number in range(5):
        want_time(town, f"Barn {number}")
    call_thursday(town, "2026-02-26")
    after = costs()
    assert all(later <= first for first, later in zip(before, after, strict=True)), (before, after)


def test_a_case_leads_to_its_meetings_and_back(thursday: tuple[Town, str]) -> None:
    town, meeting = thursday
    tasks = town.visitor("tove.lange").get("/opgaver").text
    for day in ("12", "19"):
        assert f"· torsdag den {day}. februar 2026" in tasks, "the same step of two meetings is told apart"
    mette = town.visitor("mette.holm")
    case = town.caller("mette.holm").get("/cases")["items"][-1]["id"]
    assert f'hx-get="/sager/{case}/moeder"' in mette.get(f"/sager/{case}").text
    piece = mette.get(f"/sager/{case}/moeder").text
    assert f'href="/moeder/{meeting}' in piece
    assert f'href="/sager/{case}"' in mette.get(f"/moeder/{meeting}/dagsorden").text
    assert town.visitor("jonas.friis").get(f"/sager/{case}/moeder").status_code == 403
