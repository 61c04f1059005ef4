"""How long one stays signed in at the pages, and what is said when that is over."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from host.clock import wall
from records.tables import SignInSession
from tasks.signin import IDLE, LONGEST, TOUCH_AFTER
from tests.web.town import Town

MINUTE = timedelta(minutes=1)


def age(town: Town, opened: timedelta, used: timedelta) -> None:
    """Let every session be opened and last used so long ago."""
    values = {
        "created_at": wall() - opened,
        "expires_at": wall() - opened + LONGEST,
        "seen_at": wall() - used,
    }
    with town.app.database.writing(now=wall()) as unit:
        unit.session.execute(update(SignInSession).values(values))


@pytest.mark.parametrize(
    ("opened", "used"),
    [
        pytest.param(IDLE + MINUTE, IDLE + MINUTE, id="idle"),
        pytest.param(LONGEST + MINUTE, MINUTE, id="in use all day"),
    ],
)
def test_a_session_ends_and_says_so(town: Town, opened: timedelta, used: timedelta) -> None:
    mette = town.visitor("mette.holm")
    age(town, opened, used)
    answer = mette.get("/sager?status=alle")
    assert answer.status_code == 302
    assert answer.location == "/log-ind?videre=%2Fsager%3Fstatus%3Dalle"
    page = mette.get(answer.location).text
    assert "Din session er udløbet" in page
    assert "gemt som kladde" in page
    told = mette.client.get("/sager", headers={"Accept": "application/json"})
    assert told.status_code == 401
    assert "Din session er udløbet" in told.get_json()["message"]
    assert mette.client.get("/opgaver/aendret", headers={"HX-Request": "true"}).headers["HX-Redirect"]


def test_who_works_stays_signed_in_until_the_day_is_over(town: Town) -> None:
    mette = town.visitor("mette.holm")
    age(town, LONGEST - MINUTE, IDLE - MINUTE)
    assert mette.get("/opgaver").status_code == 200
    age_of_use = wall() - _last_use(town)
    assert age_of_use < TOUCH_AFTER, "that it is in use was not noted"


def _last_use(town: Town) -> datetime:
    with town.app.database.reading(now=wall()) as unit:
        return unit.session.scalars(select(SignInSession.seen_at)).one()


def test_the_demo_clock_ends_no_session(town: Town) -> None:
    mette = town.visitor("mette.holm")
    town.move_to(town.app.now() + timedelta(days=400))
    assert mette.get("/opgaver").status_code == 200
