"""axe finds nothing on any page, wide or narrow, and no page is wider than its window.

The pages come from the application's own map, with a municipality at work in the database; an endpoint that
nobody looks at fails the test. Also looked at: what has no address of its own (refused forms, opened folds,
the menu of a telephone, errors, empty lists) and every kind of field that the shipped forms have.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template
from sqlalchemy import select

from host.errors import DatabaseAway
from records.tables import Case, Child, Document, Incident, Instance, Meeting, MeetingItem, Receiver, Task
from tests.kept import Kept
from tests.web.busy import GUEST, settle_busy_town
from tests.web.looking import WIDTHS, Looker
from tests.web.served import Site, served
from tests.web.town import PROCESSES, Town, open_kept_town
from web.pages.work import Guidance, StartPage
from web.work import form_view

pytestmark = pytest.mark.slow

NO_PAGE = {
    "registers.index": "sends on",
    "figures.everything": "a file",
    "figures.one": "a file",
    "guests.now": "a piece of the page of a guest",
    "_front": "sends on to the worklist",
    "attachments.download": "a file",
    "documents.pdf": "a file",
    "admin.front": "sends on to the people",
    "health.check": "numbers for a watchman",
    "inbox.changes": "a piece of the worklist",
    "procedures.download": "a file",
    "session.form_token": "a script's question",
    "static": "built files",
    "calendars.feed": "a file",
    "meetings.of_case": "a piece of the pages of a case",
    "minutes.now": "a piece of the minutes",
    "work.calendar": "a script's question",
}
"""Endpoints that answer no page, and what they answer instead."""

LEADER, CASEWORKER, FRONT, ADMIN = "kirsten.bro", "mette.holm", "ida.krag", "finn.dahl"
OWNER, NEWCOMER, NOBODY, KEEPER = "eva.holst", "emil.bang", "", "tove.lange"

PAGES: Mapping[str, tuple[str, ...]] = {
    CASEWORKER: (
        "/sager",
        "/sager?status=lukket",
        "/sager/{case}",
        "/sager/{protected}",
        "/sager/{closed}",
        "/sager/{case}/forloeb",
        "/sager/{case}/tidslinje",
        "/sager/{case}/dokumenter",
        "/sager/{case}/deltagere",
        "/sager/{protected}/deltagere",
        "/sager/{case}/samtykke",
        "/sager/{case}/gaester",
        "/sager/{protected}/luk",
        "/sager/{closed}/genaabn",
        "/sager/{case}/besked/{receiver}",
        "/dokumenter/{document}",
        "/dokumenter/{document}?vis=pdf",
        "/procedurer/netvaerksmoede/begynd?sag={case}",
        "/opgaver/{task_own}",
        "/opgaver/{task_draft}",
        "/opgaver/{task_done}",
        "/opgaver/{task_cancelled}",
        "/opgaver/{task_correctable}/ret",
        "/opgaver/{task_draft}/giv-videre",
    ),
    KEEPER: (
        "/moeder?dag={meeting_day}",
        "/moeder?dag={meeting_day}&vis=liste",
        "/moeder?dag=2031-01-01",
        "/moeder/svar",
        "/moeder/{meeting}",
        "/moeder/{meeting}/dagsorden",
        "/moeder/{meeting}/flyt",
        "/moeder/{meeting}/aflys",
        "/moeder/punkter/{item}/referat",
    ),
    LEADER: (
        "/tal",
        "/registre/maal",
        "/registre/forslag",
        "/registre/maal/post?noegle=TI-2",
        "/tal/aabne_sager/sager",
        "/organisation",
        "/opgaver?vis=enhed",
        "/opgaver/{task_group}",
        "/sager/{protected}/opslag",
        "/sager/{protected}/omfordel",
        "/sager/{protected}/forloeb/{course}/annuller",
    ),
    FRONT: (
        "/opgaver",
        "/opgaver?vis=grupper&soeg=findes-ikke",
        "/opgaver/beskeder",
        "/opgaver/begynd",
        "/procedurer/foerste_henvendelse/begynd?start=Start_NyUnderretning",
        "/opgaver/{task_contact}",
        "/konto",
    ),
    OWNER: (
        "/registre/initiativ",
        "/registre/maal/ny",
        "/haendelser",
        "/haendelser?vis=loest",
        "/haendelser/{incident_open}",
        "/haendelser/{incident_resolved}",
        "/procedurer",
        "/procedurer/opstart_af_sag/1",
        "/procedurer/opstart_af_sag/1/tekst",
        "/procedurer/opstart_af_sag/1/versioner",
        "/haandbog",
        "/haandbog/handleguide",
        "/haandbog/moedeguide/ret",
    ),
    ADMIN: (
        "/administration/personer",
        "/administration/personer/{person}",
        "/administration/personer/ny",
        "/administration/enheder",
        "/administration/enheder/{unit}",
        "/administration/enheder/ny",
        "/administration/roller",
        "/administration/lukkedage",
        "/administration/post",
        "/administration/log",
        "/personer/{person}/fravaer",
    ),
    NEWCOMER: ("/opgaver", "/sager", "/opgaver/beskeder"),
    NOBODY: ("/log-ind", f"/gaest/{GUEST}"),
}
"""Who looks at which pages. Names in braces are ids in the database, see `ids_of`."""


# --- what is looked at ------------------------------------------------------------------------------


def ids_of(town: Town) -> dict[str, Any]:
    """What the addresses name: a case in each state, a task in each state, and what belongs to them."""
    with town.app.database.reading(now=town.app.now()) as unit:
        read = unit.session.scalars
        tasks = list(read(select(Task).order_by(Task.id)))
        cases = {case.id: case for case in read(select(Case).order_by(Case.id))}
        receiver = read(select(Receiver).where(Receiver.element_id == "F2_NyOpfoelgning")).first()
        assert receiver is not None
        case = receiver.case_id
        protected = read(
            select(Case.id).join(Child, Child.id == Case.child_id).where(Child.protected_address)
        ).first()

        def task(**wanted: object) -> int:
            return next(
                one.id for one in tasks if all(getattr(one, name) == value for name, value in wanted.items())
            )

        return {
            "case": case,
            "protected": protected,
            "closed": next(one.id for one in cases.values() if one.status == "lukket"),
            "receiver": receiver.engine_id,
            "course": read(select(Instance.id).where(Instance.case_id == protected)).first(),
            "document": read(select(Document.id).where(Document.case_id == case)).first(),
            "task_own": task(case_id=case, status="aaben"),
            "task_draft": task(case_id=protected, status="aaben"),
            "task_done": task(case_id=case, status="udfoert"),
            "task_correctable": max(
                one.id for one in tasks if one.case_id == case and one.status == "udfoert"
            ),
            "task_cancelled": task(status="annulleret"),
            "task_group": task(status="aaben", element_id="T1_Sagsfordeling"),
            "task_contact": task(status="aaben", case_id=None),
            "incident_open": read(select(Incident.id).where(Incident.resolved_at.is_(None))).first(),
            "incident_resolved": read(select(Incident.id).where(Incident.resolved_at.is_not(None))).first(),
            "meeting": read(select(Meeting.id)).first(),
            "meeting_day": str(read(select(Meeting.on_date)).first()),
            "item": read(select(MeetingItem.id)).first(),
            "person": town.cast.people[CASEWORKER],
            "unit": town.cast.units["kontor_boern"],
        }


def endpoint_of(flask: Flask, address: str) -> str:
    """The endpoint that answers an address."""
    path, _, _ = address.partition("?")
    return str(flask.url_map.bind("localhost").match(path, method="GET")[0])


# --- forms and errors that the test asks for itself ---------------------------------------------------

FORM, BROKEN, AWAY = "/proeve/<procedure>/<name>", "/proeve/brudt", "/proeve/vaek"


def _form(procedure: str, name: str) -> str:
    """A shipped form on the page that begins something, with every field shown."""
    schema = json.loads((PROCESSES / procedure / f"{name}.form").read_text(encoding="utf-8"))
    for one in components_of(schema):
        one.pop("conditional", None)
    form = form_view(schema, {}, {})
    page = StartPage(procedure, schema["id"], 1, None, Guidance("", "", "", ""), (), form)
    return render_template("work/start.html", page=page)


def _break() -> str:
    raise ZeroDivisionError


def _be_away() -> str:
    raise DatabaseAway


EXTRA: Mapping[str, Callable[..., str]] = {FORM: _form, BROKEN: _break, AWAY: _be_away}


def components_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a form, those in groups and rows too."""
    own = schema.get("components", [])
    return [*own, *chain.from_iterable(components_of(one) for one in own)]


def kinds_of(form: Path) -> set[str]:
    """The kinds of field in a form."""
    return {
        f"{one['type']} {one.get('subtype', '')}"
        for one in components_of(json.loads(form.read_text(encoding="utf-8")))
    }


def telling_forms() -> list[Path]:
    """Few of the shipped forms that have every kind of field between them."""
    kinds = {form: kinds_of(form) for form in sorted(PROCESSES.glob("*/*.form"))}
    missing, chosen = set().union(*kinds.values()), []
    while missing:
        chosen.append(max(kinds, key=lambda form: len(kinds[form] & missing)))
        missing -= kinds[chosen[-1]]
    return chosen


OPENS = {
    ".fjs-form-field-select .fjs-input-group": ".fjs-dropdownlist",
    ".fjs-form-field-datetime input": ".flatpickr-calendar.open",
}
"""What opens when it is clicked, and what is then open."""


@pytest.fixture
def busy_town(kept: Kept) -> Town:
    """A municipality in the middle of its work."""
    town = open_kept_town(kept, "sqlite", settle_busy_town)
    for address, answer in EXTRA.items():
        town.flask.add_url_rule(address, endpoint=address, view_func=answer)
    return town


@pytest.fixture
def busy_site(busy_town: Town, new_page: Callable[..., Any]) -> Iterator[Site]:
    """The same behind a port."""
    with served(busy_town.flask) as address:
        yield Site(busy_town, address, new_page)


def page_of(site: Site, username: str) -> Any:
    """A browser in which somebody has signed in, or nobody."""
    page = site.new_page(base_url=site.address)
    if username:
        cookie = site.town.visitor(username).client.get_cookie("sag_session")
        assert cookie is not None
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site.address}])
    return page


def go(page: Any, address: str, status: int = 200) -> None:
    """Open a page, which must answer itself and with this status."""
    answer = page.goto(address)
    assert answer.status == status, f"{address}: {answer.status}"
    assert page.url.endswith(address), f"{address} sends on to {page.url}"


def send(page: Any, address: str, status: int, **fields: str) -> None:
    """Send a form of ours as if it stood on the page, which must be answered with this status."""
    with (
        page.expect_navigation(),  # else the next `go` may meet it on the way
        page.expect_response(lambda answer: answer.request.method == "POST") as answered,
    ):
        page.evaluate(_SEND, [address, fields])
    assert answered.value.status == status, f"{address}: {answered.value.status}"


_SEND = """([address, fields]) => {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = address;
  for (const [name, value] of Object.entries({ ...fields, _formular: document.body.dataset.formToken })) {
    const field = document.createElement('input');
    [field.type, field.name, field.value] = ['hidden', name, value];
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""


# --- the tests ----------------------------------------------------------------------------------------


def test_every_endpoint_is_looked_at(busy_town: Town) -> None:
    ids = ids_of(busy_town)
    looked_at = {endpoint_of(busy_town.flask, one.format(**ids)) for one in chain(*PAGES.values())}
    pages = {
        rule.endpoint
        for rule in busy_town.flask.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("api.", "/"))
    }
    assert pages - NO_PAGE.keys() - looked_at == set(), "add an address of these to PAGES"
    assert NO_PAGE.keys() <= pages - looked_at, "NO_PAGE names what is looked at, or is not there"


def test_a_look_sees_what_is_wrong(new_page: Callable[..., Any]) -> None:
    looker, page = Looker(), new_page()
    bad = '<img src="x"><p style="color: #aaa; width: 2000px">Svag</p>'
    page.set_content(f'<html lang="da"><title>Prøve</title><main><h1>Prøve</h1>{bad}</main>')
    looker.look(page, "here")
    told = "\n".join(looker.found)
    assert "here at 1400: image-alt" in told
    assert "here at 1400: color-contrast" in told
    assert "here at 400: image-alt" in told
    assert "here at 400: 1" in told, "wider than the window"


@pytest.mark.parametrize(
    "people", [(CASEWORKER,), (LEADER, FRONT, NEWCOMER, NOBODY), (OWNER, ADMIN), (KEEPER,)]
)
def test_pages(busy_site: Site, people: tuple[str, ...]) -> None:
    ids, looker = ids_of(busy_site.town), Looker()
    for person in people:
        page = page_of(busy_site, person)
        for address in PAGES[person]:
            go(page, address.format(**ids))
            looker.look(page, f"{person} {address}")
    assert looker.found == []


def test_what_has_no_address(busy_site: Site) -> None:
    ids, looker = ids_of(busy_site.town), Looker()
    page = page_of(busy_site, NOBODY)
    go(page, "/log-ind")
    send(page, "/log-ind", 403, brugernavn="mette.holm", adgangskode="forkert")
    looker.look(page, "a wrong password")

    page.context.add_cookies([{"name": "sag_session", "value": "gammel", "url": busy_site.address}])
    go(page, "/log-ind")
    looker.look(page, "a session that has ended")

    page = page_of(busy_site, CASEWORKER)
    go(page, "/opgaver/{task_own}".format(**ids))
    looker.wait(page)
    page.locator("[data-form-submit]").click()
    page.locator(".form-problems li").first.wait_for()
    looker.look(page, "a refused form")
    for what, address, fields in (
        ("closing without a reason", "/sager/{protected}/luk", {}),
        ("handing over to nobody", "/opgaver/{task_draft}/giv-videre", {}),
        ("a note without a text", "/sager/{protected}/notat", {}),
        ("leave from no day", "/personer/{person}/fravaer", {"fra": "x"}),
        ("a password that is wrong", "/konto/adgangskode", {"nuvaerende": "x", "ny": "y", "gentag": "z"}),
    ):
        send(page, address.format(**ids), 422, **fields)
        looker.look(page, what)
    leave, days = "/personer/{person}/fravaer".format(**ids), {"fra": "10.02.2026", "til": "12.02.2026"}
    send(page, leave, 302, stedfortraeder=busy_site.town.person("jonas.friis"), **days)
    go(page, leave)
    looker.look(page, "leave that is planned")
    for what, address, status in (
        ("somebody else's case", "/sager/1", 403),
        ("no such page", "/findes-ikke", 404),
        ("a failure", BROKEN, 500),
        ("a database that is away", AWAY, 503),
    ):
        go(page, address.format(**ids), status)
        looker.look(page, what)
    send(page, "/opgaver/{task_correctable}/tag".format(**ids), 409)
    looker.look(page, "a task that is over")
    refused_message(page, busy_site, ids)
    looker.look(page, "a message that nobody waits for any longer")
    go(page, "/opgaver")
    page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    page.get_by_role("button", name="Menu").click()
    page.locator(".mobile-drawer").get_by_role("link", name="Procedurer").wait_for()
    looker.look_once(page, "the menu of a telephone")

    page = page_of(busy_site, ADMIN)
    go(page, "/administration/lukkedage")
    for what, address, fields in (
        ("a closing day without a name", "/administration/lukkedage", {"dato": "x"}),
        ("a unit without a name", "/administration/enheder/ny", {}),
        ("a person without a name", "/administration/personer/ny", {}),
        ("a role that is not there", "/administration/personer/{person}/roller", {"fra": "x"}),
    ):
        send(page, address.format(**ids), 422, **fields)
        looker.look(page, what)
    send(page, "/administration/personer/ny", 200, navn="Ny Kollega", brugernavn="ny.kollega")
    looker.look(page, "a password that is shown once")
    assert looker.found == []


def refused_message(page: Any, site: Site, ids: Mapping[str, Any]) -> None:
    """Give a message that somebody else has given in the meantime."""
    address = "/sager/{case}/besked/{receiver}".format(**ids)
    go(page, address)
    Looker.wait(page)
    answers = {"oensket_af": "raadgiver", "hvorfor": "Skiftet til skolen"}
    possible = "/cases/{case}/messages/possible/{receiver}".format(**ids)
    site.town.caller(CASEWORKER).post(possible, {"answers": answers})
    page.get_by_label("Rådgiver", exact=True).check()
    page.locator(".form-here textarea").fill(answers["hvorfor"])
    page.locator("[data-form-submit]").click()
    page.get_by_role("heading", name="Beskeden kan ikke gives").wait_for()


def test_every_kind_of_field(busy_site: Site) -> None:
    looker, opens = Looker(), dict(OPENS)
    page = page_of(busy_site, CASEWORKER)
    for form in telling_forms():
        what = f"{form.parent.name}/{form.name}"
        go(page, FORM.replace("<procedure>", form.parent.name).replace("<name>", form.stem))
        looker.wait(page)
        for more in page.locator(".fjs-repeat-render-add").all():
            more.click()
        for opener in [one for one in opens if page.locator(one).count()]:
            page.locator(opener).first.click()
            page.locator(opens.pop(opener)).first.wait_for()
            looker.look_once(page, f"{what} {opener}")
            page.keyboard.press("Escape")
        page.locator("[data-form-submit]").click()
        page.locator(".form-problems li").first.wait_for()
        looker.look(page, what)
    assert opens == {}
    assert looker.found == []
