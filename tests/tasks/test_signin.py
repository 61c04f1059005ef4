"""Signing in: throttled per name and address in real time, sessions that end, keys to the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from records.tables import AdminEntry, ApiToken, Person, SignInAttempt, SignInSession
from tasks.errors import Invalid, NotFound, Refused
from tasks.organisation import SavePerson, new_password, save_person
from tasks.shell import visit
from tasks.signin import (
    IDLE,
    LONGEST,
    TOUCH_AFTER,
    TRIES_PER_ADDRESS,
    TRIES_PER_NAME,
    WINDOW,
    ChangePassword,
    NewToken,
    Opened,
    Resume,
    SignIn,
    change_password,
    hash_password,
    new_token,
    person_of_token,
    sign_in,
    sign_out,
    touch,
)
from tests.tasks.stage import Work

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
PASSWORD = "en lang adgangskode"
REAL = hash_password(PASSWORD)
"""Made before the tests' cheap hashing begins."""


@pytest.fixture
def ready(work: Work) -> Work:
    """Mette can sign in."""
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Person, work.person("Mette Holm")).password_hash = hash_password(PASSWORD)
    return work


def attempt(
    work: Work,
    password: str = PASSWORD,
    name: str = "mette.holm",
    address: str = "10.0.0.1",
    at: datetime = AT,
) -> Opened:
    found: Opened = work.run(None, sign_in, SignIn(name, password, address, at))
    return found


def failures(work: Work, number: int, name: str, address: str) -> None:
    """Failed tries, written as the real ones are: hashing each would take the test's time."""
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.insert_many(
            SignInAttempt,
            [{"username": name, "address": address, "at": AT, "succeeded": False} for _ in range(number)],
        )


def test_passwords_are_hashed_as_dearly_as_argon2_advises() -> None:
    assert REAL.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_right_password_opens_a_session_and_only_its_hash_is_kept(ready: Work) -> None:
    opened = attempt(ready, name="  Mette.HOLM ")
    assert opened.person_id == ready.person("Mette Holm")
    assert opened.token is not None
    assert ready.rows(select(SignInSession.token_hash)) != [opened.token]
    assert ready.rows(select(SignInAttempt.succeeded)) == [True]
    found = ready.read(None, visit, Resume(opened.token, AT))
    assert (found.shell.actor.person_id, found.stale) == (opened.person_id, False)


def test_wrong_unknown_and_impossible_names_are_answered_alike_and_kept(ready: Work) -> None:
    said = {
        attempt(ready, "forkert").refusal,
        attempt(ready, name="findes.ikke").refusal,
        attempt(ready, name="jonas.friis").refusal,  # has no password
        attempt(ready, name="m\0\x01" + "x" * 500, address="a" * 500).refusal,
    }
    assert said == {"Brugernavn eller adgangskode er forkert."}
    assert ready.rows(select(SignInAttempt.succeeded)) == [False] * 4
    assert ready.count(SignInSession) == 0


def test_a_name_is_throttled_wherever_it_is_tried_from(ready: Work) -> None:
    failures(ready, TRIES_PER_NAME - 1, "mette.holm", "10.9.9.9")
    assert attempt(ready, "forkert").refusal == "Brugernavn eller adgangskode er forkert."
    blocked = attempt(ready, address="192.168.0.7")
    assert blocked.token is None
    assert "Vent et kvarter" in (blocked.refusal or "")
    assert attempt(ready, at=AT + WINDOW + timedelta(seconds=1)).token is not None


def test_an_address_is_throttled_whatever_name_is_tried(ready: Work) -> None:
    failures(ready, TRIES_PER_ADDRESS, "en.anden", "10.0.0.1")
    assert "Vent et kvarter" in (attempt(ready).refusal or "")
    assert attempt(ready, address="10.0.0.2").token is not None


def test_the_demo_clock_moves_no_throttle_and_no_session(ready: Work) -> None:
    failures(ready, TRIES_PER_NAME, "mette.holm", "10.0.0.1")
    ready.clock.set(ready.app.now() + timedelta(days=400))
    assert attempt(ready).token is None
    later = AT + WINDOW + timedelta(minutes=1)
    token = attempt(ready, at=later).token or ""
    ready.clock.set(ready.app.now() + timedelta(days=400))
    assert ready.read(None, visit, Resume(token, later)) is not None


def test_a_session_ends_idle_and_at_the_latest_after_its_longest(ready: Work) -> None:
    token = attempt(ready).token or ""
    assert ready.read(None, visit, Resume(token, AT + TOUCH_AFTER * 2)).stale
    assert ready.read(None, visit, Resume(token, AT + IDLE)) is None
    at = AT
    while at < AT + LONGEST - timedelta(hours=1):
        at += timedelta(hours=1)
        ready.run(None, touch, Resume(token, at))
        assert ready.read(None, visit, Resume(token, at)) is not None
    assert ready.read(None, visit, Resume(token, AT + LONGEST)) is None
    assert ready.read(None, visit, Resume("ukendt", AT)) is None


def test_signing_out_ends_this_session_alone(ready: Work) -> None:
    first, second = attempt(ready).token or "", attempt(ready).token or ""
    ready.run(None, sign_out, Resume(first, AT))
    ready.run(None, sign_out, Resume("ukendt", AT))
    assert ready.read(None, visit, Resume(first, AT)) is None
    assert ready.read(None, visit, Resume(second, AT)) is not None


def test_a_changed_password_ends_every_session_whoever_changes_it(ready: Work) -> None:
    mette = ready.person("Mette Holm")
    tokens = [attempt(ready).token or ""]
    for wrong, field in (
        (ChangePassword("forkert", "en helt ny kode", AT), "old"),
        (ChangePassword(PASSWORD, "kort", AT), "new"),
    ):
        with pytest.raises(Invalid) as error:
            ready.run("Mette Holm", change_password, wrong)
        assert list(error.value.fields) == [field]
    ready.run("Mette Holm", change_password, ChangePassword(PASSWORD, "en helt ny kode", AT))
    assert attempt(ready).token is None
    tokens.append(attempt(ready, "en helt ny kode").token or "")
    command = SavePerson(mette, "Mette Holm", "mette.holm", password="en tredje kode!")
    ready.run("Finn Dahl", save_person, command)
    tokens.append(attempt(ready, "en tredje kode!").token or "")
    given = ready.run("Finn Dahl", new_password, mette)
    assert all(ready.read(None, visit, Resume(token, AT)) is None for token in tokens)
    assert attempt(ready, given).token is not None
    with ready.app.database.reading(now=ready.app.now()) as unit:
        logged = select(AdminEntry.actor_id, AdminEntry.text).where(AdminEntry.kind == "adgangskode")
        told = unit.session.execute(logged.order_by(AdminEntry.id)).all()
    finn = ready.person("Finn Dahl")
    assert told == [(mette, "Egen adgangskode skiftet"), (finn, "Ny adgangskode"), (finn, "Ny adgangskode")]


def test_old_tries_and_sessions_are_forgotten(ready: Work) -> None:
    attempt(ready)
    attempt(ready, "forkert")
    attempt(ready, at=AT + timedelta(days=40))
    assert ready.count(SignInSession) == ready.count(SignInAttempt) == 1


def test_a_key_to_the_api_is_made_on_the_server_and_shown_once(ready: Work) -> None:
    token = ready.run(None, new_token, NewToken("mette.holm", "Regneark"))
    assert ready.read(None, person_of_token, token) == ready.person("Mette Holm")
    assert ready.rows(select(ApiToken.token_hash)) != [token]
    assert ready.read(None, person_of_token, token + "x") is None
    assert ready.rows(select(AdminEntry.text).where(AdminEntry.kind == "noegle")) == [
        "API-nøgle lavet: Regneark"
    ], "and logged"
    with pytest.raises(Refused):
        ready.run("Mette Holm", new_token, NewToken("mette.holm"))
    with pytest.raises(NotFound):
        ready.run(None, new_token, NewToken("findes.ikke"))
    for name in ("", "x" * 121):
        with pytest.raises(Invalid):
            ready.run(None, new_token, NewToken("mette.holm", name))
