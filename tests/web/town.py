"""The demo municipality as a running service for tests: people who call the API, and people at their pages.

Its clock stands still until a test moves it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import select
from werkzeug.test import TestResponse

from host.app import App
from host.cast import Cast, read_cast, settle
from host.clock import FrozenClock
from host.demo import PASSWORD
from host.publishing import publish_bundles
from host.rehearsing import RehearsalStage, scripts_of
from host.settings import Settings, read_settings
from host.wiring import connect, open_app, read_bundle, shipped_procedures
from records.tables import OrgUnit, Person
from records.unit import Database
from tasks.people import SYSTEM
from tasks.rehearsal import Rehearsal
from tasks.signin import NewToken, new_token
from tests.kept import Kept
from web.wsgi import build

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONDAY = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)
"""When a test begins, unless it says otherwise: 9 o'clock in Copenhagen."""

_KEY = "A" * 43 + "="
API = "/api/v1"


def settings_of(url: str) -> Settings:
    """The settings of a demo municipality in a database."""
    return read_settings(
        {
            "SAG_DATABASE_URL": url,
            "SAG_DATA_KEY": _KEY,
            "SAG_INDEX_KEY": _KEY,
            "SAG_SECRET_KEY": _KEY,
            "SAG_DEMO": "1",
            "SAG_HTTPS": "0",
            "SAG_PROCESSES": str(PROCESSES),
        }
    )


def settle_town(url: str) -> None:
    """Fill an empty database with the municipality and the shipped procedures (for `databases.new`)."""
    app = open_app(settings_of(url), clock=FrozenClock(LONG_AGO))
    try:
        with app.database.writing(now=LONG_AGO) as unit:
            settle(unit, read_cast(PROCESSES), PASSWORD)
        publish_bundles(app, [read_bundle(folder) for folder in shipped_procedures(PROCESSES)])
    finally:
        app.database.close()


@dataclass
class Town:
    """The service, its web application and its people."""

    app: App
    flask: Flask
    cast: Cast
    _tokens: dict[str, str] = field(default_factory=dict)

    def person(self, username: str) -> str:
        """The id of a person, as the API gives it."""
        return str(self.cast.people[username])

    def token(self, username: str) -> str:
        """The API token of a person."""
        if username not in self._tokens:
            self._tokens[username] = self.app.run(new_token, SYSTEM, NewToken(username))
        return self._tokens[username]

    def caller(self, username: str) -> Caller:
        """Somebody who calls the API."""
        return Caller(self.flask.test_client(), self.token(username))

    def visitor(self, username: str) -> Visitor:
        """Somebody signed in, at the pages."""
        visitor = Visitor(self.flask.test_client())
        visitor.sign_in(username)
        return visitor

    def move_to(self, at: datetime) -> None:
        """Set the clock without letting anything fall due."""
        self.app.clock.set(at)  # type: ignore[union-attr]

    def rehearse(self, procedure: str, number: int = 0) -> Rehearsal:
        """Play a shipped rehearsal in this very service, so that it is full of what people do."""
        script = scripts_of(read_bundle(PROCESSES / procedure))[number]
        rehearsal = Rehearsal(RehearsalStage(self.app, self.cast), procedure, script)
        problems = rehearsal.play().problems
        assert not problems, problems
        return rehearsal

    def close(self) -> None:
        """Close the database."""
        self.app.database.close()


def settle_worked_town(url: str) -> None:
    """Fill an empty database with the municipality after a case has come to its common plan and on."""
    settle_town(url)
    town = open_town(url)
    try:
        town.rehearse("opstart_af_sag", 0)
    finally:
        town.close()


def open_kept_town(kept: Kept, kind: str, settle: Callable[[str], None] = settle_town) -> Town:
    """Open the service on a database that stays open for the session, as `settle` filled it. Do not close
    it."""
    database = kept.fresh(kind, settle, lambda url: connect(settings_of(url)).database)
    return open_town(database.engine.url.render_as_string(hide_password=False), database=database)


class _Compiled(BytecodeCache):
    """The templates that this process has compiled: each test has an application of its own."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._known.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = _Compiled()


def open_town(url: str, at: datetime = MONDAY, database: Database | None = None) -> Town:
    """Open the service on a database that `settle_town` has filled."""
    app = connect(settings_of(url), clock=FrozenClock(at), database=database)
    flask = build(app)
    flask.jinja_env.bytecode_cache = _COMPILED
    flask.testing = False  # an error is answered as it is in real use
    rows = read_cast(PROCESSES)
    with app.database.reading(now=at) as unit:
        cast = _cast(unit, rows)
    return Town(app, flask, cast)


def _cast(unit: Any, rows: Mapping[str, Any]) -> Cast:
    people = {row.username: row.id for row in unit.session.execute(select(Person.username, Person.id))}
    names = {row.name: row.id for row in unit.session.execute(select(Person.name, Person.id))}
    units = {row.key: row.id for row in unit.session.execute(select(OrgUnit.key, OrgUnit.id))}
    assert set(names) == {row["navn"] for row in rows["personer"]}
    return Cast(people, names, units)


@dataclass
class Caller:
    """One person's calls of the API."""

    client: FlaskClient
    token: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Call; header names with _ for -."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            API + path,
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **given},
        )

    def get(self, path: str, status: int = 200) -> Any:
        """Read, and demand the status."""
        return self._demand(self.call("GET", path), status)

    def post(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """Write with a new key, and demand the status."""
        headers.setdefault("Idempotency_Key", str(uuid4()))
        return self._demand(self.call("POST", path, body if body is not None else {}, **headers), status)

    @staticmethod
    def _demand(response: TestResponse, status: int) -> Any:
        assert response.status_code == status, (response.status_code, response.get_data(as_text=True))
        if status >= 400:
            assert response.content_type == "application/problem+json"
        return response.get_json(force=True)

    def complete(self, task: str, answers: Mapping[str, Any], status: int = 200) -> Any:
        """Complete a task."""
        return self.post(f"/tasks/{task}/complete", {"answers": dict(answers)}, status)

    def only_task(self, **query: str) -> Any:
        """The one task of a list."""
        items = self.get("/tasks?" + "&".join(f"{name}={value}" for name, value in query.items()))["items"]
        assert len(items) == 1, [item["name"] for item in items]
        return items[0]


@dataclass
class Visitor:
    """One person's browser, without a browser."""

    client: FlaskClient
    form_token: str = ""

    def sign_in(self, username: str) -> None:
        """Sign in through the page."""
        page = self.client.get("/log-ind")
        answer = self.client.post(
            "/log-ind",
            data={"brugernavn": username, "adgangskode": PASSWORD, "_formular": token_in(page.text)},
        )
        assert answer.status_code == 302, answer.text
        self.form_token = self.client.get("/log-ind/formular").get_json()["token"]

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def send(
        self, method: str, path: str, form: Mapping[str, str] | None = None, body: Any = None
    ) -> TestResponse:
        """Send a form, or what a script of the page sends, with the page's token."""
        headers = {"X-Formular": self.form_token}
        if body is not None:
            return self.client.open(path, method=method, json=body, headers=headers)
        return self.client.open(path, method=method, data=dict(form or {}), headers=headers)


def token_in(page: str) -> str:
    """The token in the forms of a page."""
    found = re.search(r'name="_formular" value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]
