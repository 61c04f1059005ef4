"""Each type of meeting from the call to its end, on the shipped procedures, in real browsers.

Everybody is signed in in a browser of their own. What is told of a step is what stands in the list and on the
page; the answers are those of the rehearsals (`walking`).
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.served import Site
from tests.web.walking import People, Walk, says
from tools.visitor import Visitor

pytestmark = pytest.mark.slow

GRIP = {"x": 40, "y": 20}
"""Where a row of the agenda is taken with the mouse."""

LINK = "https://moede.aabenbro.example/ff"


def agenda(page: Any) -> list[str]:
    """The agenda as it stands on the page: time and child."""
    rows = page.locator(".agenda-row").all()
    return [" ".join(row.locator(".agenda-time, .item-name, .free-text").all_inner_texts()) for row in rows]


def item(visitor: Visitor, child: str) -> Any:
    """The row of a child on the agenda."""
    return visitor.page.locator(".agenda-row.item", has_text=child)


def is_refused(site: Site, username: str, *paths: str) -> None:
    """Demand that somebody is told nothing but that there is no access."""
    stranger = site.town.visitor(username)
    for path in paths:
        answer = stranger.get(path)
        assert (answer.status_code, "Du har ikke adgang" in answer.text) == (403, True), path


@pytest.mark.rule("FF-20", "FF-21", "FF-23", "FF-24", "FF-25", "FF-31", "FF-33", "FF-35", "FF-36", "FF-43")
def test_faglig_forum(site: Site) -> None:
    who = People(site)
    tove, mette, birgit, pia = who("Tove Lange"), who("Mette Holm"), who("Birgit Skov"), who("Pia Dam")
    sofie = Walk(site, who, "faglig_forum_sag", "scenarie 1")

    # Administration calls a Thursday from the calendar.
    tove.go("/moeder")
    sofie.began(tove, "Opret torsdagsmøde")
    sofie.at_page("M1_Opret", "Mødet holdes den 11. juni 2026 kl. 8.30–12.00", row=("Faglig Forum – møde",))
    neighbour = Walk(site, who, "faglig_forum_moede", "Otte sager", case="Anna")
    neighbour.over_http("A5_Dagsorden")

    # The case's way: what the procedure demands comes to the caseworker by itself.
    sofie.at_page("A1_Anmod", row=("Sofie Lykke", "Mandag den 1. juni", "om 5 dage"))
    sofie.at_page("A2_Inddragelse", "Barnet er under 10 år på mødedagen og kan ikke inviteres. Familien kan.")
    sofie.at_page("A3_Kontorleder", row=("Samråd: kontorleder", "Sofie Lykke"))
    sofie.over_http("A3_Konsulent")
    mette, step = sofie.opened("A4_Endelig", "Sofie Lykke")
    assert mette.field("Hvem inviteres?").get_by_label("Familien", exact=True).is_checked()
    sofie.answer(mette, step["svar"])
    mette.submit()
    tove, _ = sofie.opened("A5_Dagsorden", "Sofie Lykke", by="Tove Lange")
    assert tove.field("Tidligste møde").locator(".fjs-input").input_value() == "11.6.2026"
    says(tove.page.locator("main"), "Sagen skal have 60 minutter. Rådgiveren ønsker mødet den 11. juni 2026.")
    tove.submit()
    sofie.settle()

    # The agenda, ordered by the arrow keys and by dragging; each item has its chair and its consultant.
    tove.go("/moeder?dag=2026-06-11")
    tove.page.get_by_role("link", name="Faglig Forum", exact=True).click()
    assert agenda(tove.page)[:3] == [
        "8.30–9.00 2026-000002 Anna Vang",
        "9.00–10.00 2026-000001 Sofie Lykke",
        "10.00–10.30 Ledig",
    ]
    says(item(tove, "Sofie Lykke"), "60 minutter", "Mødeleder: Birgit Skov", "Konsulent: Pia Dam")
    says(item(tove, "Sofie Lykke"), "Materiale mangler", "Familien er inviteret")
    item(tove, "Sofie Lykke").locator("[data-handle]").focus()
    tove.page.keyboard.press("ArrowUp")
    item(tove, "Sofie Lykke").get_by_text("8.30–9.30").wait_for()
    item(tove, "Anna Vang").drag_to(tove.page.locator(".agenda-row.free").first, source_position=GRIP)
    item(tove, "Anna Vang").get_by_text("10.00–10.30").wait_for()
    item(tove, "Anna Vang").drag_to(item(tove, "Sofie Lykke"), source_position=GRIP)
    item(tove, "Anna Vang").get_by_text("8.30–9.00").wait_for()
    item(tove, "Sofie Lykke").locator("[data-handle]").focus()
    tove.page.keyboard.press("ArrowUp")
    item(tove, "Sofie Lykke").get_by_text("8.30–9.30").wait_for()
    address = re.search(r"/moeder/\d+", tove.page.url)[0]

    neighbour.over_http("A6_Skriv")

    # Material before Monday at noon; the postbox is told, and the document lies on the case.
    limit = "Materialet skal være inde inden kl. 12 den 8. juni 2026"
    sofie.at_page("A6_Skriv", limit, "0 af 1.800 tegn", row=("I dag kl. 12.00",))
    sofie.over_http("A8_Forbered")

    # The agenda is closed and sent. Each is invited to what they take part in, and answers.
    tove = sofie.at_page("M4_Dagsorden", "Der er 2 sager på dagsordenen", row=("I går kl. 15.00",))
    sofie.at_page("M5_Indkald", "Mødet holdes den 11. juni 2026 i Aabenraa", LINK)
    lars = who("Lars Bach")
    lars.go("/opgaver/beskeder")
    says(
        lars.page.locator(".notices"),
        "Faglig Forum torsdag den 11. juni 2026 kl. 8.30, Aabenraa",
    )
    assert "Sofie" not in lars.page.locator(".notices").inner_text()
    lars.page.locator(".notices").get_by_role("link", name="Faglig Forum").click()
    lars.page.wait_for_url(f"**{address}*")
    mine = lars.page.locator("tr", has_text="Lars Bach")
    mine.get_by_role("button", name="Afslå").click()
    says(mine, "Afslået")

    # On the day: the chair opens the item and notes who is there. Others' lists stay empty of it.
    sofie.taken("aabn_punkt")
    birgit.go(f"{address}/dagsorden")
    item(birgit, "Sofie Lykke").get_by_role("button", name="Åbn punktet").click()
    item(birgit, "Sofie Lykke").get_by_text("Åbent nu").wait_for()
    sofie.settle()
    birgit.page.reload()
    item(birgit, "Sofie Lykke").get_by_role("link", name="Åbn punkt og notér fremmøde").click()
    birgit, _ = sofie.opened("M6a_Fremmoede")
    rows = birgit.field("Deltagere").locator(".fjs-repeat-row-container")
    names = [box.input_value() for box in rows.locator("input[type=text]").all()]
    assert len(set(names)) == len(names), "everybody once, also who comes for more than one thing"
    for name, there in (("Claus Riis", "Digitalt"), ("Lars Bach", "Fraværende")):
        birgit.field("Fremmøde", rows.nth(names.index(name))).locator(".fjs-input-group").click()
        birgit.page.locator(".fjs-dropdownlist-item").get_by_text(there, exact=True).click()
    birgit.submit()
    sofie.settle()

    # The consultant writes; the caseworker and the provider read along.
    pia, step = sofie.opened("M6b_SOS", "Sofie Lykke", "I dag kl. 9.30")
    mette.go(f"{address}/dagsorden")
    mette.page.get_by_role("link", name="Følg referatet").click()
    mette.page.get_by_text("Der er ikke skrevet noget endnu").wait_for()
    minutes = mette.page.url.removeprefix(site.address)
    sofie.answer(pia, step["svar"])
    mette.page.get_by_text("Gode kammerater").wait_for(timeout=10_000)
    pia.submit()
    sofie.settle()

    # The meeting runs late: the other item is put off, and its case waits for another time.
    tove.go(f"{address}/dagsorden")
    item(tove, "Anna Vang").get_by_text("Deltagere og ændringer").click()
    item(tove, "Anna Vang").get_by_label("Tag af dagsordenen, fordi").fill("Mødet løb over tiden")
    tove.page.keyboard.press("Enter")
    tove.page.locator("[data-agenda]", has_text="Venter på en tid").wait_for()
    says(tove.page.locator("[data-agenda]"), "Anna Vang 30 minutter, tidligst torsdag den 18. juni")
    neighbour.settle()

    # The family leaves; what is said of the direction is for those who decide.
    sofie.at_page("M6c_Forladt", "Når du har noteret, at familien har forladt mødet")
    sofie.at_page("M6d_Retning", "Familiens bidrag Vil gerne have aflastning Skala 0–10 5")
    sofie.at_page("M6e_Luk", "Familiens bidrag Vil gerne have aflastning Skala 0–10 5")
    provider = site.town.visitor("claus.riis").get(minutes).text
    assert "Gode kammerater" in provider
    assert "Familiehuset" not in provider
    is_refused(site, "jonas.friis", minutes, f"/sager/{sofie.case}")

    # With nothing open on the agenda administration ends the meeting.
    says(item(tove, "Sofie Lykke"), "Åbent nu")
    tove.page.reload()
    says(item(tove, "Sofie Lykke"), "Behandlet", "gik kl. 9.05", "Retning givet", "Læs referatet")
    sofie.at_page("M7_Afslut", "Der er 1 sag på dagsordenen", row=("Afslut mødet",))
    tove.go("/moeder?dag=2026-06-11")
    says(tove.page.locator(".meeting-card", has_text="Faglig Forum"), "8.30–12.00", "Afholdt", "Aabenraa")

    # What follows is the caseworker's, and ends in a decision.
    sofie.at_page("A10_Orienter", "Aflastning hver anden weekend", row=("Sofie Lykke", "I morgen"))
    mette = sofie.at_page("A11_Handleplan", "Aflastning hver anden weekend", "Familiehuset")
    sofie.rest()
    mette.go(f"/sager/{sofie.case}/dokumenter")
    papers = ("Sagsfremstilling til Faglig Forum", "Referat fra Faglig Forum", "Orientering om retning")
    says(mette.page.locator("main"), *papers, "Handleplan")
    mette.go(f"/sager/{sofie.case}/tidslinje")
    says(mette.page.locator("main"), "Faglig Forum", "Visiteret")
    assert mette.tasks() == ["Afklar bestiller og udfører"], "the measure begins; the forum is over"
