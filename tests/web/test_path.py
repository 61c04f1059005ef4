"""A case from the first call to the second follow-up, through the pages alone, in a real browser.

Each role signs in once, in a browser of its own; the clock is moved with the bar of the demo. At every step
the task is with the one who must have it, its dates are there in words, and all others' lists are empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from tasks.course_marks import MarkCourse, mark_course
from tasks.people import SYSTEM
from tests.web.served import Site
from tools import livs_sag as story
from tools.visitor import Visitor

pytestmark = pytest.mark.slow


def see_nothing(*people: Visitor) -> None:
    """Demand that neither these people nor their groups have a task."""
    for person in people:
        for scope in ("mine", "grupper"):
            assert person.tasks(scope) == [], (person.name, scope)


def row_says(row: Any, *parts: str) -> None:
    text = " ".join(row.inner_text().split())
    for part in parts:
        assert part in text, text


def heading(visitor: Visitor) -> str:
    """The task that is open, by its heading."""
    visitor.wait_for_form()
    return str(visitor.page.get_by_role("heading", level=1).inner_text())


def limit(visitor: Visitor) -> str:
    """The limit of the task that is open, in words."""
    return " ".join(visitor.page.locator(".task-facts .limit").inner_text().split())


def facts_say(visitor: Visitor, parts: Iterable[str]) -> None:
    """Demand that these texts stand on the page of the task: beside the form or in it."""
    shown = " ".join(visitor.page.locator("main").inner_text().split())
    for part in parts:
        assert part in shown, part


def every_caseworker_has_had_the_course(site: Site) -> None:
    """Let the calendar have no course to offer, so that the lists hold what the case gives."""
    app = site.town.app
    for person in ("mette.holm", "jonas.friis", "sara.lund"):
        mark = MarkCourse("boernesamtale", site.town.cast.people[person], attended_on=app.now().date())
        app.run(mark_course, SYSTEM, mark)


@pytest.mark.rule(
    *(f"OS-{n:02d}" for n in (1, 2, 3, 4, 6, 7, 8, 10, 11, 14, 15, 17, 18, 19, 21, 24, 27, 28, 30, 32, 33)),
    "ST-51",
    "ST-54",
    "ST-56",
)
def test_from_the_first_call_to_the_second_follow_up(site: Site) -> None:
    every_caseworker_has_had_the_course(site)
    ida, bo = site.visitor("ida.krag"), site.visitor("bo.winther")
    kirsten = site.visitor("kirsten.bro")
    mette, jonas = site.visitor("mette.holm"), site.visitor("jonas.friis")
    birgit = site.visitor("birgit.skov")

    # Front Stage registers a contact, answers it, and opens a case.
    ida.go("/opgaver/begynd")
    ida.page.get_by_role("button", name="Ny henvendelse").click()
    assert heading(ida) == "Registrér henvendelse"
    assert limit(ida) == "I dag"
    see_nothing(bo, kirsten, mette, jonas, birgit)
    ida.fill(story.CONTACT)
    ida.submit()
    assert heading(ida) == "Besvar og vurdér"
    assert limit(ida) == "Onsdag den 4. februar om 2 dage"
    facts_say(ida, ["Maja er bekymret for Livs sprog"])
    ida.fill(story.ANSWER)
    ida.submit()
    see_nothing(ida, bo, mette, jonas, birgit)

    # The leader alone allocates it.
    assert kirsten.tasks("mine") == []
    assert kirsten.tasks("grupper") == ["1 Sagsfordeling til rådgiver"]
    row = kirsten.row("1 Sagsfordeling til rådgiver", "grupper")
    row_says(row, "Liv Skov", "2026-000001", "Opstart af sag", "Socialfaglig leder", "Onsdag den 4. februar")
    row.get_by_role("button", name="Tag opgaven").click()
    assert heading(kirsten) == "1 Sagsfordeling til rådgiver"
    facts_say(
        kirsten, ["trin 1 af 8", "At sikre, at relevant rådgiver bliver ansvarlig for sagen", "Liv Skov"]
    )
    kirsten.clock_to("03.02.2026 10.00")
    kirsten.wait_for_form()
    kirsten.fill(story.ALLOCATION)
    kirsten.submit()
    see_nothing(kirsten, ida, bo, jonas, birgit)

    # Mette is told, and has the next step.
    assert mette.tasks("mine") == ["2 Forberedelse af opstartssamtale"]
    row = mette.row("2 Forberedelse af opstartssamtale")
    row_says(row, "Ny", "Liv Skov", "2026-000001", "Rådgiver", "Tirsdag den 10. februar", "om 7 dage")
    assert mette.page.get_by_role("link", name="Handleguide").is_visible()
    mette.open_task("2 Forberedelse af opstartssamtale")
    assert mette.page.locator(".notices-link .count").count() == 0, "the notice is read with the task"
    facts_say(mette, ["trin 2 af 8", "Rådgiver afsøger, hvilke fagpersoner", "Øvrige relevante fagpersoner"])
    mette.press("Afslut opgaven")
    assert mette.problems() == [
        "Er der behov for at involvere øvrige relevante fagpersoner? Feltet skal udfyldes."
    ]
    mette.clock_to("06.02.2026 11.00")
    mette.wait_for_form()
    mette.fill(story.PREPARATION)
    mette.submit()

    # The steps follow each other, each by itself.
    assert heading(mette) == "3 Opstartssamtale med barnet/den unge og familien"
    assert limit(mette) == "Fredag den 20. februar om 14 dage"
    mette.clock_to("12.02.2026 14.00")
    mette.wait_for_form()
    mette.fill(story.FAMILY_TALK)
    mette.submit()
    assert heading(mette) == "Vælg samtale eller observation"
    facts_say(mette, ["trin 4 af 8"])
    mette.fill(story.WAY_TO_THE_CHILD)
    mette.submit()
    mette.clock_to("19.02.2026 13.00")
    assert heading(mette) == "Observation af barnet/den unge"
    mette.fill(story.OBSERVATION)
    mette.submit()
    mette.clock_to("20.02.2026 10.00")
    assert heading(mette) == "Find manglende oplysninger"
    mette.fill(story.MISSING)
    mette.submit()
    see_nothing(kirsten, ida, jonas, birgit)

    # Missing information: ten working days, and a reminder on the tenth at 8, not before.
    assert heading(mette) == "Registrér svar"
    assert limit(mette) == "Fredag den 6. marts om 14 dage"
    mette.clock_to("06.03.2026 7.59")
    mette.go("/opgaver/beskeder")
    assert not mette.page.get_by_text("Påmindelse: Registrér svar").count()
    mette.clock_to("06.03.2026 8.00")
    reminder = mette.page.get_by_role("listitem").filter(has_text="Påmindelse: Registrér svar")
    row_says(reminder, "i sag 2026-000001", "i dag kl. 8.00")
    assert "Liv" not in mette.page.locator(".notices").inner_text(), "notices hold nothing personal"
    mette.clock_to("09.03.2026 9.00")
    row_says(mette.row("Registrér svar"), "Fredag den 6. marts", "3 dage for sent")
    mette.open_task("Registrér svar")
    facts_say(mette, ["Status på sprog og leg", "Børnehuset Solsikken", "den 20. februar 2026"])
    mette.fill(story.RECEIVED)
    mette.submit()

    # No network meeting before all is shared with the family.
    assert heading(mette) == "Del oplysninger med familien"
    mette.page.get_by_role("link", name="Åbn hele sagen").click()
    mette.page.get_by_text("kan ikke begyndes endnu").click()
    reason = mette.page.get_by_role("listitem").filter(has_text="ikke delt med familien endnu")
    row_says(reason, "Netværksmøde")
    assert not mette.page.get_by_role("button", name="Begynd Netværksmøde").count()
    assert mette.tasks("mine") == ["Del oplysninger med familien"]
    mette.clock_to("10.03.2026 9.00")
    mette.open_task("Del oplysninger med familien")
    mette.fill(story.SHARED)
    mette.submit()

    # The network meeting, a procedure of its own.
    assert heading(mette) == "Planlæg netværksmøde"
    facts_say(mette, ["Liv er glad, når dagen er forudsigelig, og bliver ked af skift."])
    facts_say(mette, ["delt med familien den 10. marts 2026"])
    mette.remove_row(story.INVITED, 1)
    mette.fill(story.MEETING_PLAN)
    mette.submit()
    assert heading(mette) == "Send indkaldelsen"
    facts_say(mette, ["Mødet holdes den 16. marts 2026 kl. 14:00"])
    mette.fill(story.INVITATION)
    mette.submit()
    mette.clock_to("16.03.2026 15.30")
    assert heading(mette) == "Hold mødet og skriv referat"
    mette.fill(story.MEETING)
    mette.submit()

    # The grandmother is suitable: her agreement begins by itself, with what the meeting said of her.
    assert heading(mette) == "Indkald til møde"
    mette.fill(story.RESOURCE_INVITATION)
    mette.submit()
    mette.clock_to("16.03.2026 19.00")
    mette.open_task("Hold mødet, og definér opgaven")
    mette.fill(story.RESOURCE_MEETING)
    mette.submit()

    # The common plan, built on what the family wants.
    mette.clock_to("24.03.2026 12.00")
    mette.open_task("7 Fælles plan")
    facts_say(mette, ["trin 7 af 8", "Vi vil gerne have ro om morgenen", "Inge Skov"])
    mette.fill(story.PLAN)
    mette.submit()
    see_nothing(mette, kirsten, ida, bo, jonas, birgit)

    # Two follow-ups three calendar months apart, each on the list ten working days before.
    mette.clock_to("10.06.2026 7.59")
    see_nothing(mette)
    mette.clock_to("10.06.2026 8.00")
    assert mette.tasks("mine") == ["Følg op på mål"]
    row_says(mette.row("Følg op på mål"), "Løbende opfølgning", "Onsdag den 24. juni", "om 14 dage")
    see_nothing(kirsten, jonas)
    mette.clock_to("24.06.2026 13.00")
    mette.open_task("Følg op på mål")
    assert limit(mette) == "I dag"
    mette.fill(story.FIRST_FOLLOW_UP)
    mette.submit()
    see_nothing(mette)
    mette.clock_to("24.09.2026 13.00")
    mette.open_task("Følg op på mål")
    assert limit(mette) == "I dag"
    facts_say(mette, ["Liv får en rolig og forudsigelig hverdag."])
    mette.fill(story.SECOND_FOLLOW_UP)
    mette.submit()
    see_nothing(mette, kirsten, ida, bo, jonas, birgit)

    # What stands on the case afterwards, and who may see it.
    mette.go("/sager")
    mette.page.get_by_role("link", name=story.CHILD).click()
    mette.page.get_by_role("link", name="Dokumenter", exact=True).click()
    row_says(
        mette.page.get_by_role("row").filter(has_text="Fælles plan"), "Fælles plan", "2", "24. juni 2026"
    )
    mette.page.get_by_role("link", name="Fælles plan", exact=True).click()
    facts_say(mette, ["Morgenerne er rolige alle hverdage.", "Liv bruger sætninger på tre ord.", "Version 2"])
    mette.page.get_by_role("link", name="Version 1").click()
    facts_say(mette, ["Morgenerne er rolige fire dage om ugen."])
    case = re.search(r"/sager/\d+", str(mette.page.locator(".case-number").get_attribute("href")))
    assert case
    for stranger in (jonas, ida):
        stranger.go(case[0])
        assert stranger.page.get_by_role("heading", level=1).inner_text() == "Du har ikke adgang"
    mette.go(f"{case[0]}/opslag")
    row_says(mette.page.get_by_role("row").filter(has_text="Jonas Friis").first, "Afvist", "Ingen")
