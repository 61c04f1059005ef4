"""The prohibitions of processes.md 1.3 and the limited accounts, tried from outside: over the API and at the
pages."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from host.publishing import publish_bundles
from records.tables import Document, Meeting, MeetingItem, MeetingParticipant, Task
from tests.kept import Kept
from tests.tasks.meeting_stage import ITEM, THURSDAY
from tests.tasks.test_externals import ASKING
from tests.tasks.test_guests import DECISION, meeting_of
from tests.web.busy import refusals_of
from tests.web.town import Town, open_kept_town, open_town, settle_town


def settle(url: str) -> None:
    """The municipality, and small procedures that ask those who may not do everything."""
    settle_town(url)
    town = open_town(url)
    try:
        publish_bundles(town.app, [THURSDAY, ITEM, ASKING, DECISION])
    finally:
        town.close()


@pytest.fixture
def town(kept: Kept) -> Town:
    """The municipality of `settle`."""
    return open_kept_town(kept, "sqlite", settle)


def case_of_mette(town: Town) -> str:
    case = town.caller("ida.krag").post("/cases", {"child_name": "Liv Skov"})["id"]
    body = {"person": town.person("mette.holm"), "reason": "Kender Liv"}
    town.caller("kirsten.bro").post(f"/cases/{case}/reallocate", body)
    return str(case)


@pytest.mark.rule("SM-30", "FF-26")
def test_an_external_has_own_tasks_and_no_case(town: Town) -> None:
    case, mette, karim = case_of_mette(town), town.caller("mette.holm"), town.caller("karim.nasser")
    started = mette.post("/procedures/spoerger/start", {"case": case})
    mette.complete(started["next_task"], {"svar_tekst": "Hjælp med sproget"})
    task = karim.only_task(scope="grupper")["id"]
    sheet = karim.get(f"/tasks/{task}")
    assert sheet["context"]["sag"] == {"oensket": "Hjælp med sproget"}
    assert (sheet["case"], sheet["case_number"], sheet["earlier"], sheet["heirs"]) == (None, None, [], [])
    assert [one["kind"] for one in sheet["documents"]] == ["anmodningsskema"]
    karim.get(f"/documents/{sheet['documents'][0]['id']}")
    with town.app.database.reading(now=town.app.now()) as unit:
        other = unit.session.scalars(select(Document.id).where(Document.kind == "undersoegelse")).one()
    before = refusals_of(town, "karim.nasser")
    for path in (
        f"/documents/{other}",
        f"/cases/{case}",
        f"/cases/{case}/journal",
        f"/cases/{case}/consents",
    ):
        karim.get(path, 403)
    assert refusals_of(town, "karim.nasser") == before + 4
    karim.get("/roles/raadgiver/people", 403)
    assert karim.get("/cases")["items"] == []
    page = town.visitor("karim.nasser").get(f"/opgaver/{task}").text
    assert "Dokumenter til opgaven" in page
    assert f'href="/sager/{case}"' not in page
    assert 'href="/sager"' not in page


@pytest.mark.rule("FF-26")
def test_who_is_not_the_authority_decides_nothing(town: Town) -> None:
    case, claus = case_of_mette(town), town.caller("claus.riis")
    town.caller("mette.holm").post("/procedures/beslutter/start", {"case": case})
    with town.app.database.writing(now=town.app.now()) as unit:
        task = unit.session.scalars(select(Task).where(Task.element_id == "D")).one()
        assert task.assignee_id is None  # nobody is udfører in the case: it waits for somebody to be found
        unit.session.execute(
            update(Task).where(Task.id == task.id).values(assignee_id=int(town.person("claus.riis")))
        )
    refused = claus.complete(str(task.id), {"svar_tekst": "Ja"}, 403)
    assert "myndigheden" in refused["detail"]


def item_of(town: Town) -> tuple[str, str, str]:
    """Case, meeting and item of a case on a Thursday."""
    case, tove, mette = case_of_mette(town), town.caller("tove.lange"), town.caller("mette.holm")
    day = {"dato": "2026-02-12", "fra": "08:30", "til": "12:00"}
    tove.post("/procedures/torsdag/start", {"answers": day})
    answers = {"tidligst": "2026-02-09", "laengde": 30}
    mette.post("/procedures/vej/start", {"case": case, "answers": answers})
    with town.app.database.reading(now=town.app.now()) as unit:
        item = unit.session.scalars(select(MeetingItem)).one()
        return case, str(item.meeting_id), str(item.id)


@pytest.mark.rule("FF-20", "FF-21")
def test_the_familys_link_ends_when_it_has_left(town: Town) -> None:
    case, meeting, item = item_of(town)
    with town.app.database.writing(now=town.app.now()) as unit:
        unit.session.add(MeetingParticipant(item_id=int(item), name="Maja Skov", role="familie", part="sos"))
    mette, guest = town.caller("mette.holm"), town.flask.test_client()
    (row,) = mette.get(f"/cases/{case}/guests")["items"]
    link = mette.post(f"/cases/{case}/guests", {"participant": row["participant"]})
    answer = guest.get(link["path"])
    assert answer.status_code == 200
    assert "Tinglev" in answer.text
    assert "Liv" not in answer.text
    assert "Maja" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert guest.get(f"/gaest/{'x' * 43}").status_code == 404
    again = re.search(r'hx-get="([^"]+)"', answer.text)
    assert again
    assert guest.get(again[1]).status_code == 204, "the page has what there is"
    mette.post(f"/meetings/{meeting}/move", {"place": "Aabenraa"}, 403)
    town.caller("tove.lange").post(f"/meetings/{meeting}/move", {"place": "Aabenraa"})
    assert "Aabenraa" in guest.get(again[1]).text
    for path in (f"/sager/{case}", f"/sager/{case}/gaester", "/opgaver"):
        assert guest.get(path).status_code == 302  # to the sign-in page: a link is no account
    town.caller("jonas.friis").post(f"/cases/{case}/guests", {"participant": row["participant"]}, 403)
    with town.app.database.writing(now=town.app.now()) as unit:
        unit.session.execute(update(MeetingItem).values(family_left_at=town.app.now()))
    after = guest.get(link["path"])
    assert after.status_code == 403
    assert "Jeres del af mødet er slut" in after.text
    page = guest.get(again[1])
    assert "Jeres del af mødet er slut" in page.text
    assert "hx-get" not in page.text, "and asks no more"
    assert "Aabenraa" not in page.text


@pytest.mark.rule("ST-56")
def test_a_first_contact_is_nothing_for_an_ordinary_caseworker(town: Town) -> None:
    ida, mette = town.caller("ida.krag"), town.caller("mette.holm")
    task = ida.post("/procedures/foerste_henvendelse/start", {"at": "Start_NyHenvendelse"})["next_task"]
    for path in ("/tasks?scope=mine", "/tasks?scope=grupper"):
        assert mette.get(path)["items"] == []
    for method, path, body in (
        ("get", f"/tasks/{task}", None),
        ("post", f"/tasks/{task}/claim", {}),
        ("post", f"/tasks/{task}/complete", {"answers": {}}),
    ):
        (mette.get(path, 403) if method == "get" else mette.post(path, body, 403))
    body = {"person": town.person("mette.holm"), "reason": "Travlt"}
    for giver in ("ida.krag", "kirsten.bro"):
        town.caller(giver).post(f"/tasks/{task}/hand-over", body, 422)


@pytest.mark.rule("SM-10", "FF-21")
def test_who_may_not_be_at_a_meeting_cannot_be_added_to_it(town: Town) -> None:
    case, mette = case_of_mette(town), town.caller("mette.holm")
    for kind, body, says in (
        ("samarbejdsmoede", {"role": "bfr", "name": "Vagten"}, "Tværfagligt Dialogmøde"),
        ("samarbejdsmoede", {"role": "fagperson", "person": town.person("jonas.friis")}, "samarbejdsmøder"),
        ("faglig_forum", {"role": "familie", "name": "Maja Skov"}, "SOS-delen"),
    ):
        publish_bundles(town.app, [meeting_of(kind, "[]")])
        started = mette.post("/procedures/holder/start", {"case": case})
        mette.complete(started["next_task"], {"svar_tekst": "x"})
        with town.app.database.reading(now=town.app.now()) as unit:
            meeting = unit.session.scalars(select(Meeting.id).where(Meeting.kind == kind)).first()
        refused = mette.post(f"/meetings/{meeting}/participants", body, 422)
        assert says in str(refused)
    with town.app.database.reading(now=town.app.now()) as unit:
        assert unit.session.scalars(select(MeetingParticipant)).all() == []
