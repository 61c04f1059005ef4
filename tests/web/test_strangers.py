"""Nobody sees a case without a relation to it: every route of the application's own map, walked by strangers.

A new route is walked by itself. One that needs no relation to a case is listed in OPEN with the reason. For
one that takes an id of a new kind, `tests/web/busy.py` must know rows.
"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from tests.kept import Kept
from tests.web.busy import OF_CASES, refusals_of, rows_of, secrets_of, settle_busy_town
from tests.web.town import Caller, Town, Visitor, open_kept_town, open_town
from web.api.routes import CATALOGUE

OPEN = {
    "account": "the visitor's own account",
    "admin": "administrators only, and no case in it",
    "admin_log": "administrators only, and no case in it",
    "api.add_leave": "one's own leave, staff and no children",
    "api.change_leave": "one's own leave, staff and no children",
    "api.end_leave": "one's own leave, staff and no children",
    "api.list_admin_log": "administrators only, and no case in it",
    "api.list_leave": "one's own leave, staff and no children",
    "leave": "one's own leave, staff and no children",
    "admin_people": "administrators only, and no case in it",
    "health": "whether the service runs",
    "organisation": "units and posts, staff and no children",
    "_front": "sends on to the worklist",
    "api.find_meetings": "only meetings the caller is invited to",
    "api.get_calendar_feed": "the caller's own feed",
    "api.make_calendar_feed": "the caller's own feed",
    "api.revoke_calendar_feed": "the caller's own feed",
    "calendars": "one's own feed by its token, and answers for administration; see test_calendars.py",
    "api.get_clock": "the service's time",
    "api.get_openapi": "the API's document",
    "api.get_procedure": "procedures are for everybody",
    "api.get_register": "the municipality's registers, without children",
    "api.get_register_row": "the municipality's registers, without children",
    "api.get_course_marks": "who has been on a course, for keepers and leaders; no children",
    "api.mark_course": "the register of courses, by role",
    "api.save_register_row": "the municipality's registers, by role",
    "api.get_start": "the form of a procedure; a case named beside it is walked below",
    "api.list_cases": "only the caller's own cases",
    "api.list_incidents": "only the caller's own incidents",
    "api.list_library_documents": "documents for all staff, without children",
    "api.list_notices": "only the caller's own notices",
    "api.list_people": "who holds a role, staff and no children",
    "api.list_procedures": "procedures are for everybody",
    "api.list_starts": "what the caller may start without a case",
    "api.list_tasks": "only the caller's own tasks and groups'",
    "api.move_clock": "the demo's clock",
    "api.open_case": "makes a new case, by role",
    "api.read_notices": "only the caller's own notices",
    "api.start_procedure": "starts by role; a case named in it is walked below",
    "cases.list_all": "only the visitor's own cases",
    "demo.move": "the demo's clock",
    "api.list_drafts": "process owners only, and no case in it",
    "api.make_draft": "process owners only, and no case in it",
    "api.get_draft": "process owners only, and no case in it",
    "api.change_draft": "process owners only, and no case in it",
    "api.check_draft": "process owners only, and no case in it",
    "api.drop_draft": "process owners only, and no case in it",
    "api.publish_draft": "process owners only, and no case in it",
    "api.plan_moves": "process owners only; courses by number, no case in it",
    "api.move_courses": "process owners only; courses by number, no case in it",
    "api.get_figure": "leaders only; numbers, of the units they lead",
    "api.list_behind": "leaders only; the cases they lead",
    "api.list_figures": "leaders only; numbers, of the units they lead",
    "figures": "leaders only; numbers and cases of the units they lead",
    "guests.visit": "the holder of a link, whose token is all that it goes by; see test_guests.py",
    "guests.now": "the same, asked again by the page itself",
    "attachments.upload": "a loose file of the visitor's own, or for a task that is theirs",
    "handbook.edit": "the owner of the guides, and no case in them",
    "handbook.publish": "the owner of the guides, and no case in them",
    "handbook.guide": "guides for everybody",
    "handbook.library": "guides for everybody",
    "meetings.calendar": "only meetings the visitor takes part in, keeps or leads",
    "inbox.changes": "only the visitor's own tasks",
    "inbox.my_notices": "only the visitor's own notices",
    "inbox.read_notices": "only the visitor's own notices",
    "inbox.startable": "what the visitor may start without a case",
    "inbox.worklist": "only the visitor's own tasks and groups'",
    "incidents.list_all": "only the visitor's own incidents",
    "procedures.diagram": "procedures are for everybody",
    "registers": "the municipality's registers, without children",
    "procedures.download": "procedures are for everybody",
    "procedures.list_all": "procedures are for everybody",
    "procedures.text": "procedures are for everybody",
    "procedures.versions": "procedures are for everybody",
    "session.form_token": "the visitor's own form token",
    "session.sign_in": "signing in",
    "session.sign_in_form": "signing in",
    "session.sign_out": "signing out",
    "static": "built files, the same for all",
    "work.calendar": "closing days",
    "work.start": "starts by role; a case named beside it is walked below",
    "work.start_form": "the form of a procedure; a case named beside it is walked below",
}
"""Endpoint or blueprint → why it needs no relation to a case. Its answers may still name no child, and its
address no case."""

ADMINISTRATION = {"admin", "admin_log", "admin_people"}

NO_SIGN_IN = {
    "calendars.feed",
    "guests.now",
    "guests.visit",
    "health.check",
    "api.get_openapi",
    "session.sign_in",
    "session.sign_in_form",
    "static",
}
"""Endpoints that answer whoever asks."""

FORM = {
    "begrundelse": "Nysgerrighed",
    "tekst": "Et notat",
    "rev": "1",
    "dage": "",
    "til": "",
    "art": "notat",
    "vis": "alle",
}
SCRIPT = {"answers": {"besvarelse": "x"}, "rev": 1, "draft_rev": 0, "begrundelse": "Nysgerrighed"}
BODIES = {
    "minutes": 30,
    "place": 0,
    "answers": {},
    "reason": "Nysgerrighed",
    "text": "Et notat",
    "name": "moede_flyttet",
    "resolution": "Gjort",
    "recipients": ["PPR"],
    "child_name": "",
    "ids": [],
    "items": [],
    "slot": 1,
    "rows": [{"name": "PPR", "how": "papir", "given_on": "2026-02-02"}],
    "version": 1,
    "target": "edoc",
    "now": "2020-01-01T00:00:00Z",
}
FILE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""What a document may do that one of our own pages shows inside itself."""

SEARCHES = (
    "",
    "?vis=enhed",
    "?vis=grupper",
    "?soeg=Liv&status=alle",
    "?soeg=2026-0000",
    "?vis=loest",
    "?search=Asger",
)
"""What is asked of open lists."""


def settle(url: str) -> None:
    """A municipality at work, with a case that is Jonas's own: he may see that one, and no other."""
    settle_busy_town(url)
    town = open_town(url)
    try:
        case = town.caller("ida.krag").post("/cases", {"child_name": "Eget Barn"})["id"]
        body = {"person": town.person("jonas.friis"), "reason": "Hans distrikt"}
        town.caller("kirsten.bro").post(f"/cases/{case}/reallocate", body)
        town.caller("kirsten.bro").post("/procedures/netvaerksmoede/start", {"case": case}, 403)
    finally:
        town.close()


@pytest.fixture
def busy(kept: Kept) -> Town:
    """The municipality of `settle`."""
    return open_kept_town(kept, "sqlite", settle)


def own_case(town: Town) -> int:
    """Jonas's case."""
    return int(town.caller("jonas.friis").get("/cases")["items"][0]["id"])


def is_open(rule: Rule) -> bool:
    """Whether a route is listed as open."""
    return rule.endpoint in OPEN or rule.endpoint.partition(".")[0] in OPEN


def routes(flask: Flask) -> list[tuple[Rule, str]]:
    """Every route with each of its methods."""
    return [
        (rule, method)
        for rule in sorted(flask.url_map.iter_rules(), key=lambda rule: rule.endpoint)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def addresses(
    rule: Rule, rows: dict[str, list[Any]], own: int | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The addresses of a guarded route: with each row of what it names; and a row of others below one's own
    case."""
    names = sorted(rule.arguments)
    choices = [choices_of(rule, name, rows) for name in names]
    for values in itertools.product(*choices):
        yield filled(rule, dict(zip(names, values, strict=True)))
    if own is not None and "case_id" in names and len(OF_CASES & set(names)) > 1:
        for values in itertools.product(*choices):
            yield filled(rule, {**dict(zip(names, values, strict=True)), "case_id": own})


def choices_of(rule: Rule, name: str, rows: dict[str, list[Any]]) -> list[Any]:
    """The values that a name of an address may have."""
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)
    assert name in rows, f"{rule.endpoint}: busy.py knows no rows for <{name}>"
    assert rows[name], f"{rule.endpoint}: busy.py has no rows for <{name}>"
    return rows[name]


def first_address(rule: Rule, rows: dict[str, list[Any]]) -> str:
    """One address of a route."""
    return filled(rule, {name: choices_of(rule, name, rows)[0] for name in rule.arguments})[0]


def filled(rule: Rule, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The address of a route with these values, and the values."""
    return re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule), values


def api_body(endpoint: str) -> dict[str, Any] | None:
    """A plausible body of an operation."""
    name = endpoint.partition(".")[2]
    model = next(one.body for one in CATALOGUE.operations if one.name == name)
    if model is None:
        return None
    return {field: BODIES.get(field, "1") for field, info in model.model_fields.items() if info.is_required()}


def answers_of(
    visitor: Visitor, caller: Caller, rule: Rule, method: str, path: str
) -> Iterator[TestResponse]:
    """What a person gets: over the API with a key, at the pages as a form and as a script would ask."""
    if rule.endpoint.startswith("api."):
        yield caller.call(method, path.removeprefix("/api/v1"), api_body(rule.endpoint))
    elif method == "GET":
        yield visitor.get(path)
    else:
        yield visitor.send(method, path, FORM)
        yield visitor.send(method, path, body=SCRIPT)


def shown(answer: TestResponse) -> str:
    """All that an answer says, decoded."""
    text = answer.get_data(as_text=True)
    if answer.is_json or "json" in (answer.content_type or ""):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return html.unescape(text) + " " + " ".join(f"{name}: {value}" for name, value in answer.headers)


def demand_silence(answer: TestResponse, secrets: set[str], what: str) -> None:
    """Nothing of any case stands in an answer."""
    text = shown(answer)
    found = sorted(secret for secret in secrets if secret in text)
    assert not found, f"{what} shows {found}"


@pytest.mark.slow
@pytest.mark.parametrize("stranger", ["jonas.friis", "emil.bang"])
def test_a_stranger_is_refused_everywhere_and_it_is_logged(busy: Town, stranger: str) -> None:
    rows, secrets, own = rows_of(busy), secrets_of(busy) - own_words(busy), own_case(busy)
    assert own not in rows["case_id"]
    assert {"Liv Skov", "Asger Vinterdal", "010115-0000", "2026-000001", "Klasselærer Yrsa"} <= secrets
    if stranger != "jonas.friis":  # one thorough walk is enough
        rows = {name: some[:1] for name, some in rows.items()}
    visitor, caller = busy.visitor(stranger), busy.caller(stranger)
    logged = refusals_of(busy, stranger)
    walked = 0
    for rule, method in routes(busy.flask):
        if is_open(rule):
            continue
        assert OF_CASES & rule.arguments, f"{rule.endpoint} names no case: list it in OPEN, with the reason"
        for path, values in addresses(rule, rows, own if stranger == "jonas.friis" else None):
            for answer in answers_of(visitor, caller, rule, method, path):
                what = f"{stranger}: {method} {path} ({rule.endpoint})"
                demand_silence(answer, secrets, what)
                assert "Siden er for gammel" not in answer.get_data(as_text=True), what
                now = refusals_of(busy, stranger)
                if values.get("case_id") == own:  # his own case, and what is none of it: it is not there
                    changed = method != "GET" and answer.status_code < 400
                    assert not changed, f"{what}: {answer.status_code}"
                else:
                    assert answer.status_code == 403, f"{what}: {answer.status_code}"
                    assert now > logged, f"{what}: the refusal is not logged"
                logged = now
                walked += 1
    assert walked > (150 if stranger == "jonas.friis" else 50)


def own_words(town: Town) -> set[str]:
    """The number and name of one's own case, and its journal."""
    jonas, case = town.caller("jonas.friis"), own_case(town)
    full = jonas.get(f"/cases/{case}")
    return {
        full["number"],
        full["child"],
        *(entry["text"] for entry in jonas.get(f"/cases/{case}/journal")["items"]),
    }


@pytest.mark.parametrize("stranger", ["jonas.friis", "emil.bang"])
def test_what_is_open_to_all_names_no_child(busy: Town, stranger: str) -> None:
    rows, secrets = rows_of(busy), secrets_of(busy) - own_words(busy)
    visitor, caller = busy.visitor(stranger), busy.caller(stranger)
    for rule, method in sorted(routes(busy.flask), key=lambda route: route[0].endpoint == "session.sign_out"):
        if not is_open(rule):
            continue
        assert not OF_CASES & rule.arguments, f"{rule.endpoint} names a case, and is listed as open"
        path = first_address(rule, rows)
        for search in SEARCHES if method == "GET" and not rule.arguments else ("",):
            for answer in answers_of(visitor, caller, rule, method, path + search):
                what = f"{stranger}: {method} {path}{search} ({rule.endpoint})"
                assert answer.status_code < 500, what
                if rule.endpoint.partition(".")[0] in ADMINISTRATION:
                    assert answer.status_code in (302, 403), what
                demand_silence(answer, secrets, what)


def test_a_case_named_beside_the_address_is_guarded_too(busy: Town) -> None:
    rows, secrets = rows_of(busy), secrets_of(busy)
    visitor, caller = busy.visitor("jonas.friis"), busy.caller("jonas.friis")
    logged = refusals_of(busy, "jonas.friis")
    for case in rows["case_id"]:
        page, call = f"/procedurer/netvaerksmoede/begynd?sag={case}", "/procedures/netvaerksmoede/start"
        for ask in (
            partial(visitor.get, page),
            partial(visitor.send, "POST", page, FORM),
            partial(visitor.send, "POST", page, body=SCRIPT),
            partial(caller.call, "GET", f"{call}?case={case}"),
            partial(caller.call, "POST", call, {"case": str(case)}),
        ):
            answer = ask()
            assert answer.status_code == 403
            demand_silence(answer, secrets, page)
            now = refusals_of(busy, "jonas.friis")
            assert now > logged
            logged = now
        for query in (f"case={case}", f"case={case}&scope=grupper", f"person={busy.person('mette.holm')}"):
            assert caller.get(f"/tasks?{query}")["items"] == []


def test_nobody_gets_in(busy: Town) -> None:
    rows, secrets = rows_of(busy), secrets_of(busy)
    client = busy.flask.test_client()
    for rule, method in routes(busy.flask):
        path = first_address(rule, rows)
        answer = client.open(path, method=method, data=FORM if method != "GET" else None)
        demand_silence(answer, secrets, f"nobody: {method} {path}")
        if rule.endpoint in NO_SIGN_IN:
            continue
        if rule.endpoint.startswith("api."):
            assert answer.status_code == 401, f"{method} {path}"
        else:
            assert answer.status_code == 302, f"{method} {path}"
            assert answer.location.partition("?")[0] == "/log-ind", f"{method} {path}"
            asked = client.open(path, method=method, headers={"Accept": "application/json"})
            assert asked.status_code == 401, f"{method} {path}"


def test_every_change_at_the_pages_needs_the_pages_token(busy: Town) -> None:
    rows = rows_of(busy)
    visitor = busy.visitor("mette.holm")
    walked = 0
    for rule, method in routes(busy.flask):
        if method == "GET" or rule.endpoint.startswith("api."):
            continue
        path = first_address(rule, rows)
        for headers in ({}, {"X-Formular": "0" * 64}):
            answer = visitor.client.open(path, method=method, data=FORM, headers=headers)
            assert answer.status_code == 403, f"{method} {path}"
            assert "Siden er for gammel" in answer.get_data(as_text=True), f"{method} {path}"
        walked += 1
    assert walked > 15


@pytest.mark.parametrize("person", ["mette.holm", "finn.dahl"])
def test_every_answer_says_what_a_browser_may_do(busy: Town, person: str) -> None:
    """As the rådgiver of the cases and as the administrator, who between them see every page."""
    rows = rows_of(busy)
    visitor, caller = busy.visitor(person), busy.caller(person)
    for rule, method in routes(busy.flask):
        if method != "GET":
            continue
        path = first_address(rule, rows)
        for answer in answers_of(visitor, caller, rule, method, path):
            assert answer.status_code < 500, path
            policy = answer.headers["Content-Security-Policy"]
            if policy == FILE:
                assert answer.mimetype == "application/pdf", path
                continue
            assert "default-src 'self'" in policy
            assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
            assert "unsafe-eval" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            if rule.endpoint != "static":
                assert answer.headers["Cache-Control"] in ("no-store", "private, max-age=60"), path
