"""A Thursday in real browsers: ordered by keys and by drag; minutes that somebody else sees by themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.web.served import Site
from tests.web.thursday import call_thursday, items_of, settle_thursday, want_time

pytestmark = pytest.mark.slow


def order(page: object) -> list[str]:
    """The agenda as it stands on the page."""
    rows = page.locator(".agenda-row").all()  # type: ignore[attr-defined]
    return [" ".join(row.locator(".agenda-time, .item-name, .free-text").all_inner_texts()) for row in rows]


@pytest.mark.rule("FF-25", "FF-36", "FF-39")
def test_an_agenda_ordered_by_hand_and_minutes_that_follow(site: Site) -> None:
    town = site.town
    settle_thursday(town)
    meeting = call_thursday(town, "2026-02-12", "08:30", "10:30")
    cases = [want_time(town, child, minutes) for child, minutes in (("Liv Skov", 30), ("Noah Dam", 60))]
    tove = site.visitor("tove.lange")
    page = tove.page

    tove.go("/moeder?dag=2026-02-05")
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Uge 7, 9.–15. februar 2026").wait_for()
    page.get_by_role("link", name="Prøvemødet").click()
    assert [row.split()[0] for row in order(page)] == ["8.30–9.00", "9.00–10.00", "10.00–10.30"]

    # By the arrow keys on the handle: Liv goes past Noah, and the handle keeps the focus.
    liv = page.locator(".agenda-row.item", has_text="Liv Skov")
    liv.locator("[data-handle]").focus()
    page.keyboard.press("ArrowDown")
    page.locator(".agenda-row.item", has_text="Liv Skov").get_by_text("9.30").wait_for()
    assert page.evaluate("document.activeElement.closest('[data-item]').innerText.includes('Liv Skov')")
    assert "8.30–9.30 2026-000002 Noah Dam" in order(page)[0]
    page.locator("[data-agenda-said]", has_text="Punktet er flyttet. 9.30–10.00").wait_for(state="attached")

    # By the button, and back by dragging.
    page.get_by_role("button", name="Flyt 2026-000001 Liv Skov ned").click()
    page.locator(".agenda-row.item", has_text="Liv Skov").get_by_text("10.00–10.30").wait_for()
    assert "Ledig" in order(page)[1]
    page.locator(".agenda-row.item", has_text="Liv Skov").drag_to(
        page.locator(".agenda-row.item", has_text="Noah Dam"), source_position={"x": 40, "y": 20}
    )
    page.locator(".agenda-row.item", has_text="Liv Skov").get_by_text("8.30").wait_for()
    assert [one["child"] for one in items_of(town, meeting)] == ["Liv Skov", "Noah Dam"]

    # On the day: the chair opens the item, the caseworker reads along while it is written.
    town.move_to(datetime(2026, 2, 12, 7, 30, tzinfo=UTC))
    town.caller("mette.holm").complete(
        next(
            one["id"]
            for one in town.caller("mette.holm").get(f"/cases/{cases[0]}/tasks")["items"]
            if one["element"] == "Skriv"
        ),
        {"svar_tekst": "Sagen i korte træk"},
    )
    birgit, mette = site.visitor("birgit.skov"), site.visitor("mette.holm")
    birgit.go(f"/moeder/{meeting}/dagsorden")
    row = birgit.page.locator(".agenda-row.item", has_text="Liv Skov")
    row.get_by_role("button", name="Åbn punktet").click()
    row.get_by_text("Åbent nu").wait_for()
    item = next(one["id"] for one in items_of(town, meeting) if one["child"] == "Liv Skov")
    mette.go(f"/moeder/punkter/{item}/referat")
    mette.page.get_by_text("Der er ikke skrevet noget endnu").wait_for()
    task = town.caller("birgit.skov").only_task(case=cases[0])["id"]
    draft = {"answers": {"svar_tekst": "Familien ønsker aflastning."}}
    assert town.caller("birgit.skov").call("PUT", f"/tasks/{task}/draft", draft).status_code == 200
    mette.page.get_by_text("Familien ønsker aflastning.").wait_for(timeout=8000)
