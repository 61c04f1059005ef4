"""A person's calendar feed at its address, on the account page and over the API; answers that need a look."""

from __future__ import annotations

import re

from icalendar import Calendar

from tests.web.thursday import call_thursday, settle_thursday, want_time
from tests.web.town import Town


def test_a_feed_is_made_fetched_renewed_and_revoked(town: Town) -> None:
    settle_thursday(town)
    call_thursday(town)
    want_time(town, "Liv Skov")
    mette = town.visitor("mette.holm")
    page = mette.send("POST", "/konto/kalender").text
    found = re.search(r"/kalender/[\w-]+\.ics", page)
    assert found
    address = found[0]
    assert address not in mette.get("/konto").text, "it is shown once"

    program = town.flask.test_client()  # a calendar program has no session
    answer = program.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    (event,) = Calendar.from_ical(answer.text).walk("VEVENT")
    assert re.fullmatch(r"Proeve, sag 2026-\d{6}", str(event["summary"]))
    assert "Liv" not in answer.text
    tag = answer.headers["ETag"]
    assert program.get(address, headers={"If-None-Match": tag}).status_code == 304

    newer = town.caller("mette.holm").post("/me/calendar-feed")["address"]
    assert program.get(address).status_code == 404
    assert program.get("/" + newer.split("/", 3)[3]).status_code == 200
    assert town.caller("mette.holm").get("/me/calendar-feed")["made_at"]
    town.caller("mette.holm").post("/me/calendar-feed/revoke")
    assert program.get("/" + newer.split("/", 3)[3]).status_code == 404
    assert town.caller("mette.holm").get("/me/calendar-feed")["made_at"] is None


def test_answers_that_need_a_look_are_for_administration(town: Town) -> None:
    assert "Der er ingen svar at se til" in town.visitor("tove.lange").get("/moeder/svar").text
    assert town.visitor("mette.holm").get("/moeder/svar").status_code == 403
