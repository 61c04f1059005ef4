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


@pytest.mark.rule("BF-09", "BF-16", "BF-26", "BF-27", "BF-38", "BF-39", "BF-41")
def test_boerne_og_familiemoede(site: Site) -> None:
    who = People(site)
    mette, emil = who("Mette Holm"), who("Emil Bang")
    oskar = Walk(site, who, "boerne_og_familiemoede", "Opfølgende møde med")

    # The caseworker calls it from the case: whom the family wants there, who leads, who writes.
    mette.go(f"/sager/{oskar.case}")
    oskar.began(mette, "Begynd Børne- og Familiemøde")
    oskar.at_page("B1_Deltagere", row=("Oskar Holm Lind", "Torsdag den 7. maj", "om 3 dage"))
    oskar.at_page("B2_Ledelse")
    oskar.at_page("B3_Invitation", "I dag gælder samtykket over for Emil Bang")
    mette.page.locator(".panel").get_by_role("link", name="Børne- og Familiemøde", exact=True).click()
    says(mette.page.locator("main"), "Mandag den 1. juni 2026 kl. 14.00–15.00", "Rådhuset", "Indkaldt")
    says(mette.page.locator("table.people"), "Maja Holm", "Oskar Holm Lind", "Emil Bang", "Claus Riis")
    address = re.search(r"/moeder/\d+", mette.page.url)[0]
    is_refused(site, "jonas.friis", address, f"/sager/{oskar.case}")

    # Each prepares what is theirs; the one who was asked to lead did not answer within the week.
    oskar.over_http("B4_Barnet")
    oskar.at_page("B6_Forbered", "1. juni 2026", row=("Forbered dig", "I morgen"))
    emil.go(address)
    emil.page.get_by_role("button", name="Accepter").click()
    says(emil.page.locator("tr", has_text="Emil Bang"), "Accepteret")

    # On the day the chair leads, the minute-taker writes, and the chair has it put right.
    oskar.at_page("B8_Led", row=("Led mødet", "I dag"))
    oskar.over_http("B10_Juster")
    oskar.at_page("B11_Aftaleskema", row=("Udfyld aftaleskema", "I dag"))
    agreed = "Senere mandag (Maja Holm, senest 8. juni 2026)"
    oskar.at_page("B11b_Bekraeft", "Vi fortsætter.", agreed)
    emil, _ = oskar.opened("B11_Aftaleskema", "Udfyld aftaleskema")
    says(emil.page.locator("main"), "Mødelederen har sendt skemaet tilbage: Skriv fristen")
    assert emil.field("Afsluttende opsamling").locator("textarea").input_value() == "Vi fortsætter."
    emil.submit()
    oskar.settle()
    oskar.at_page("B11b_Bekraeft", row=("Bekræft",))
    mette, step = oskar.opened("B12_Udlever", "I dag")
    there = mette.field("Hvem har fået aftaleskemaet?").locator(".fjs-repeat-row-container")
    assert there.count() == len(step["svar"]["udlevering"]), "everybody who was there"
    oskar.answer(mette, step["svar"])
    mette.submit()
    oskar.settle()

    # What follows: the plan, three months, six months.
    oskar.over_http("B9_Indhent")
    oskar.at_page("B14_Tre", row=("Opfølgning 3 måneder", "I morgen"))
    assert mette.tasks() == []
    oskar.clock_to("2026-08-19T07:59")
    assert mette.tasks() == []
    oskar.at_page("B15_Seks", row=("Oskar Holm Lind", "Onsdag den 2. september", "om 14 dage"))
    assert mette.tasks() == []
    mette.go(f"/sager/{oskar.case}/dokumenter")
    says(mette.page.locator("main"), "Aftaleskema", "Invitation", "Handleplan")
    mette.go(f"/sager/{oskar.case}/tidslinje")
    says(mette.page.locator("main"), "Fulgt op")


@pytest.mark.rule("SM-19", "SM-22", "SM-27", "SM-30", "SM-34", "SM-41", "SM-46")
def test_samarbejdsmoede(site: Site) -> None:
    who = People(site)
    dorthe, emil, karim = who("Dorthe Iversen"), who("Emil Bang"), who("Karim Nasser")
    oskar = Walk(site, who, "samarbejdsmoede", "Svar på arbejdsdag")

    # The school's leader asks for it, agrees the day with the parents, and asks one unit outside.
    dorthe.go("/opgaver/begynd")
    oskar.began(dorthe, "Nyt forløb")
    oskar.at_page("S1_Vurder", row=("Vurdér mødetype", "Oskar Holm Lind"))
    oskar.at_page("S2_Dato")
    oskar.over_http("S3_Samtykke")
    oskar.at_page("S4_Anmodning", row=("Udfyld anmodningsskema",))
    is_refused(site, "lone.hede", f"/sager/{oskar.case}")
    is_refused(site, "mette.holm", f"/sager/{oskar.case}")

    # The unit answers the day after its ten working days: the leader was told, the answer still counts.
    oskar.until("S6_SvarKE")
    assert "Ryk for svar, eller læg en ny plan" in dorthe.tasks("grupper")
    oskar.at_page("S6_SvarKE", "Mødelokalet", row=("I går", "1 dag for sent"))
    oskar.at_page("S7_Invitation", "Maja Holm, Per Holm", row=("Udsend invitation", "I dag"))
    karim.go("/opgaver/beskeder")
    karim.page.locator(".notices").get_by_role("link", name="Indkaldelse").click()
    says(karim.page.locator("main"), "Mandag den 20. april 2026 kl. 10.00–11.00", "Mødelokalet", "Indkaldt")
    address = re.search(r"/moeder/\d+", karim.page.url)[0]
    is_refused(site, "lone.hede", address)
    oskar.over_http("S7c_Forbered", "S7c_Forbered")
    oskar.at_page("S7c_Forbered", row=("Oskar Holm Lind", "Forbered"))

    # The one who was asked to leads, writes what was agreed, and hands it out to all who were there.
    oskar.at_page("S9_Led", row=("Oskar Holm Lind", "I dag"))
    oskar.at_page("S10_Aftaleskema", row=("Udfyld aftaleskema",))
    emil, step = oskar.opened("S11_Send", "Send aftaleskema", "Onsdag den 22. april")
    there = emil.field("Hvem har fået aftaleskemaet?").locator(".fjs-repeat-row-container")
    assert there.count() == len(step["svar"]["udlevering"]), "everybody who was there"
    oskar.answer(emil, step["svar"])
    emil.submit()
    oskar.settle()
    oskar.over_http("S12_EDoc")
    oskar.at_page("S13_Fagsystem", row=("Mandag den 27. april",))
    assert karim.tasks() == []

    # Two more meetings with the same circle but for one; then the course is over.
    oskar.over_http("S13_Fagsystem")
    oskar.at_page("S8_Indkald", row=("Indkald", "Oskar Holm Lind"))
    emil.go("/moeder?dag=2026-06-11")
    says(emil.page.locator(".meeting-card"), "9.15–10.15", "Opfølgende samarbejdsmøde")
    oskar.rest()
    assert (dorthe.tasks(), emil.tasks(), karim.tasks()) == ([], [], [])
    dorthe.go(f"/sager/{oskar.case}/dokumenter")
    says(dorthe.page.locator("tr", has_text="Aftaleskema").first, "3")
    dorthe.go(f"/sager/{oskar.case}/tidslinje")
    says(dorthe.page.locator("main"), "Afsluttet", "Per Holm deltager ikke (er på arbejde)")


@pytest.mark.rule("SM-08", "SM-10", "SM-14")
def test_tvaerfagligt_dialogmoede(site: Site) -> None:
    who = People(site)
    dorthe, birgit, emil = who("Dorthe Iversen"), who("Birgit Skov"), who("Emil Bang")
    oskar = Walk(site, who, "tvaerfagligt_dialogmoede", "Fire enheder")

    # The leader asks four units at once, each with a limit of its own; the page says that it is a draft.
    dorthe.go("/opgaver/begynd")
    oskar.began(dorthe, "Nyt dialogmøde")
    oskar.at_page("S2_Dato", "Udkast", row=("Oskar Holm Lind",))
    oskar.at_page("S4_Anmodning")
    oskar.over_http("S6_Sundhed")
    oskar.at_page("S6_BFR", row=("Torsdag den 16. april",))
    is_refused(site, "lone.hede", f"/sager/{oskar.case}")
    oskar.over_http("S6_Unge")
    oskar.at_page("S6_Rykker", row=("Oskar Holm Lind",))
    oskar.over_http("S6_KE")

    # Who accepted is invited; who declined is not.
    dorthe = oskar.at_page("S7_Invitation", row=("Oskar Holm Lind",))
    dorthe.page.goto(site.address + "/moeder?dag=2026-04-22")
    dorthe.page.get_by_role("link", name="Tværfagligt Dialogmøde", exact=True).click()
    says(dorthe.page.locator("main"), "Onsdag den 22. april 2026 kl. 10.00–11.00", "Skolen", "Indkaldt")
    people = dorthe.page.locator("table.people").inner_text()
    assert "Karim Nasser" in people
    assert "Lars Bach" not in people
    oskar.at_page("S7c_Forbered", row=("Oskar Holm Lind",))

    # Held, written, sent; with no more meetings nothing is left.
    oskar.at_page("S9_Led", row=("Oskar Holm Lind", "I dag"), instead={"flere_moeder": "nej"})
    oskar.at_page("S11_Send", row=("Oskar Holm Lind",))
    assert (dorthe.tasks(), emil.tasks(), birgit.tasks()) == ([], [], [])
    dorthe.go(f"/sager/{oskar.case}/tidslinje")
    says(dorthe.page.locator("main"), "Aftaleskema")


@pytest.mark.rule("ST-44", "ST-85", "ST-87", "ST-100")
def test_moede_i_ad_hoc_gruppe(site: Site) -> None:
    who = People(site)
    emil = who("Emil Bang")
    liv = Walk(site, who, "ad_hoc_gruppe", "Egen indsats")

    # A teacher is worried, and finds out with the parents who can help.
    emil.go("/opgaver/begynd")
    liv.began(emil, "Bekymring for et barn")
    liv.at_page("H1_Beskriv", row=("Beskriv", "Torsdag den 7. maj"))
    liv.at_page("H2_Vaelg", "PPR-psykolog", "Sundhedsplejerske")
    liv.at_page("H3_Indkald", "18. maj 2026")
    emil.go("/moeder?dag=2026-05-18")
    emil.page.locator(".meeting-card a").first.click()
    says(emil.page.locator("main"), "Mandag den 18. maj 2026 kl. 13.00", "Skolen", "Indkaldt")
    says(emil.page.locator("table.people"), "Maja Skov", "Jakob Skov", "Bo Lund")
    is_refused(site, "mette.holm", re.search(r"/moeder/\d+", emil.page.url)[0])

    # Held with the parents; followed up three months later, not before.
    emil = liv.at_page("H4_Hold", row=("Hold mødet", "I dag"))
    assert emil.tasks() == []
    liv.clock_to("2026-08-18T07:59")
    assert emil.tasks() == []
    liv.at_page("H5_Opfoelgning", row=("Liv Skov", "Tirsdag den 25. august", "om 7 dage"))
    assert emil.tasks() == []
    for stranger in ("mette.holm", "kirsten.bro"):
        assert site.town.caller(stranger).get("/tasks?scope=mine")["items"] == []
