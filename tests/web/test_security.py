"""What a browser is told, and what is refused from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale
from web import assets
from web.app import create_app
from web.current import Visitor
from web.pages.session import DemoAccount
from web.session import SignedIn

METTE = Visitor("1", "Mette Holm", "Rådgiver", may_administer=False, may_see_incidents=False)


@dataclass
class Settings:
    secret_key: bytes = b"k" * 32
    https: bool = True
    demo: bool = False
    municipality: str = "Aabenbro Kommune"


@dataclass
class House:
    settings: Settings = field(default_factory=Settings)

    def now(self) -> datetime:
        return datetime(2026, 3, 4, 9, 0, tzinfo=UTC)

    def run(self, use_case: Any, actor: Any, command: Any) -> Any:
        raise AssertionError

    read = run


class Door:
    """Lets in whoever knows the word."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def sign_in(self, username: str, password: str, address: str) -> SignedIn:
        if password != "sesam":
            raise Refused("Brugernavn eller adgangskode er forkert.")
        return SignedIn("nøgle".encode().hex(), METTE)

    def resume(self, token: str) -> Visitor | None:
        return METTE if token == "nøgle".encode().hex() and token not in self.ended else None

    def sign_out(self, token: str) -> None:
        self.ended.append(token)

    def demo_accounts(self) -> tuple[DemoAccount, ...]:
        return ()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(f"dist/{name}.js", (), ()))
    monkeypatch.setattr(assets, "icon", lambda name: f"dist/icons.svg#{name}")
    flask = create_app(House(), Door())

    def refuse(kind: str) -> str:
        raise {
            "refused": Refused("Nej."),
            "notfound": NotFound("Væk."),
            "notopen": NotOpen("Lukket."),
            "stale": Stale("Ændret."),
            "invalid": Invalid("Galt.", {"navn": "Skriv et navn."}),
        }[kind]

    flask.add_url_rule("/proeve", view_func=lambda: "ok", endpoint="proeve")
    flask.add_url_rule("/gem", view_func=lambda: "gemt", endpoint="gem", methods=["POST"])
    flask.add_url_rule("/afvis/<kind>", view_func=refuse, endpoint="afvis")
    flask.add_url_rule("/bryd", view_func=lambda: 1 / 0, endpoint="bryd")
    return flask


@pytest.fixture
def browser(web: Flask) -> FlaskClient:
    return web.test_client()


def token_of(page: str) -> str:
    found = re.search(r'data-form-token="(\w+)"', page)
    assert found
    return found[1]


def sign_in(browser: FlaskClient, **more: str) -> Any:
    page = browser.get("/log-ind", base_url="https://localhost").get_data(as_text=True)
    data = {"brugernavn": "mette", "adgangskode": "sesam", "_formular": token_of(page), **more}
    return browser.post("/log-ind", data=data, base_url="https://localhost")


def signed_in_token(browser: FlaskClient) -> str:
    sign_in(browser)
    answer = browser.get("/log-ind/formular", base_url="https://localhost")
    token = answer.get_json()["token"]
    assert isinstance(token, str)
    return token


def test_every_page_forbids_what_it_does_not_need(browser: FlaskClient) -> None:
    answer = browser.get("/log-ind")
    policy = answer.headers["Content-Security-Policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_stranger_is_sent_to_sign_in_and_back(browser: FlaskClient) -> None:
    answer = browser.get("/proeve?a=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/log-ind?videre=%2Fproeve%3Fa%3D1"
    assert browser.get("/proeve", headers={"Accept": "application/json"}).status_code == 401


def test_signing_in_goes_on_to_where_one_was_going(browser: FlaskClient) -> None:
    answer = sign_in(browser, videre="/proeve?a=1")
    assert answer.headers["Location"] == "/proeve?a=1"
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("sag_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" in cookie
    assert browser.get("/proeve", base_url="https://localhost").get_data(as_text=True) == "ok"


@pytest.mark.parametrize(
    "elsewhere", ["https://ond.example/", "//ond.example", "/\\ond.example", "javascript:alert(1)", "proeve"]
)
def test_signing_in_never_leads_to_another_site(browser: FlaskClient, elsewhere: str) -> None:
    assert sign_in(browser, videre=elsewhere).headers["Location"] == "/"


def test_a_wrong_password_is_told_and_lets_nobody_in(browser: FlaskClient) -> None:
    answer = sign_in(browser, adgangskode="forkert")
    assert answer.status_code == 403
    assert "Brugernavn eller adgangskode er forkert." in answer.get_data(as_text=True)
    assert browser.get("/proeve", base_url="https://localhost").status_code == 302


def test_a_change_without_the_token_is_refused(browser: FlaskClient) -> None:
    token = signed_in_token(browser)
    assert browser.post("/gem", base_url="https://localhost").status_code == 403
    assert browser.post("/gem", data={"_formular": "x"}, base_url="https://localhost").status_code == 403
    assert browser.post("/gem", data={"_formular": token}, base_url="https://localhost").data == b"gemt"
    by_script = browser.post("/gem", headers={"X-Formular": token}, base_url="https://localhost")
    assert by_script.data == b"gemt"


def test_a_token_from_before_signing_in_is_worth_nothing(browser: FlaskClient) -> None:
    before = token_of(browser.get("/log-ind", base_url="https://localhost").get_data(as_text=True))
    sign_in(browser)
    answer = browser.post(
        "/gem",
        headers={"X-Formular": before, "Accept": "application/json"},
        base_url="https://localhost",
    )
    assert answer.status_code == 403
    assert answer.get_json()["foreign_form"] is True


def test_signing_out_ends_the_session_on_the_server(browser: FlaskClient) -> None:
    token = signed_in_token(browser)
    held = browser.get_cookie("sag_session")
    assert held is not None
    browser.post("/log-ud", data={"_formular": token}, base_url="https://localhost")
    browser.set_cookie("sag_session", held.value, secure=True)
    assert browser.get("/proeve", base_url="https://localhost").status_code == 302
    page = browser.get("/log-ind", base_url="https://localhost").get_data(as_text=True)
    assert "Din session er udløbet" in page
    assert "gemt som kladde" in page


@pytest.mark.parametrize(
    ("kind", "status"),
    [("refused", 403), ("notfound", 404), ("notopen", 409), ("stale", 412), ("invalid", 422)],
)
def test_a_refusal_becomes_its_status_for_people_and_for_scripts(
    browser: FlaskClient, kind: str, status: int
) -> None:
    sign_in(browser)
    page = browser.get(f"/afvis/{kind}", base_url="https://localhost")
    assert page.status_code == status
    assert "<h1>" in page.get_data(as_text=True)
    told = browser.get(f"/afvis/{kind}", headers={"Accept": "application/json"}, base_url="https://localhost")
    assert told.status_code == status
    assert told.get_json()["message"]
    if kind == "invalid":
        assert told.get_json()["fields"] == {"navn": "Skriv et navn."}


def test_a_failure_tells_a_number_and_nothing_of_the_cause(browser: FlaskClient) -> None:
    sign_in(browser)
    answer = browser.get("/bryd", base_url="https://localhost")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert re.search(r"<strong>[0-9A-F]{8}</strong>", page)
    assert "ZeroDivision" not in page


def test_an_unknown_address_is_a_page_in_danish(browser: FlaskClient) -> None:
    sign_in(browser)
    answer = browser.get("/findes-ikke", base_url="https://localhost")
    assert answer.status_code == 404
    assert "Siden findes ikke" in answer.get_data(as_text=True)
