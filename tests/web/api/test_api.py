"""The API does what the pages do: one case from the first contact to the common plan, by several people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.errors import EngineError
from host.rehearsing import scripts_of
from host.wiring import read_bundle
from records.tables import Incident, Person
from tests.web.town import PROCESSES, Caller, Town

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
CALL = {
    "kanal": "telefon",
    "afsender_type": "borger",
    "type": "henvendelse",
    "modtaget": "2026-02-02T08:55",
    "afsender_navn": "Maja Skov",
    "barn_navn": "Liv Skov",
    "barn_cpr": "030323-0000",
    "barn_foedt": "2023-03-03",
    "fra_ad_hoc_gruppe": "nej",
    "indhold": "Maja er bekymret for Livs sprog og vil gerne have hjælp.",
}


def first_contact(town: Town) -> tuple[str, Any]:
    """Ida takes a call and opens the case; returns its id and Ida's second task as she read it."""
    ida = town.caller("ida.krag")
    ways = ida.get("/starts")["items"]
    assert {(way["procedure"], way["at"]) for way in ways} == {
        ("foerste_henvendelse", "Start_NyHenvendelse"),
        ("foerste_henvendelse", "Start_NyUnderretning"),
    }
    form = ida.get("/procedures/foerste_henvendelse/start?at=Start_NyUnderretning")
    assert form["form"]["components"]
    assert form["refused"] is None
    begun = ida.post("/procedures/foerste_henvendelse/start", {"at": "Start_NyHenvendelse"})
    assert begun["case"] is None
    task = ida.get(f"/tasks/{begun['next_task']}")
    assert (task["element"], task["mine"], task["case"]) == ("I1_Registrer", True, None)
    saved = ida.call(
        "PUT",
        f"/tasks/{task['id']}/draft",
        {"answers": {"barn_navn": "Li"}},
        If_Match=f'"{task["draft_rev"]}"',
    )
    assert saved.status_code == 200
    assert ida.get(f"/tasks/{task['id']}")["values"]["barn_navn"] == "Li"
    second = ida.complete(task["id"], CALL)["next_task"]
    answering = ida.get(f"/tasks/{second}")
    assert answering["element"] == "I2_Besvar"
    assert "Maja er bekymret" in str(answering["earlier"])
    assert "030323" not in str(answering), "the personal number is shown to nobody"
    done = ida.complete(second, {"besvarelse": "En rådgiver ringer.", "handling": "sag_oprettes"})
    assert done["next_task"] is None
    # Ida has handed the case on: she has no relation to it any more.
    assert ida.get("/tasks")["items"] == []
    ida.get(f"/cases/{done['case']}", 403)
    return str(done["case"]), answering


@pytest.mark.slow
@pytest.mark.rule("OS-01", "OS-03", "OS-04", "OS-09", "ST-51", "ST-54", "ST-56")
def test_a_case_from_the_first_contact_to_the_common_plan(town: Town) -> None:
    case, _ = first_contact(town)
    kirsten, mette, jonas = (town.caller(name) for name in ("kirsten.bro", "mette.holm", "jonas.friis"))
    group = kirsten.only_task(scope="grupper")
    assert (group["name"], group["claimable"]) == ("1 Sagsfordeling til rådgiver", True)
    rev = kirsten.post(f"/tasks/{group['id']}/claim", If_Match=f'"{group["rev"]}"')["rev"]
    assert kirsten.call("GET", f"/tasks/{group['id']}").headers["ETag"] == f'"{rev}"'
    kirsten.complete(group["id"], {}, 422)
    kirsten.complete(group["id"], {"raadgiver": town.person("mette.holm")})
    notice = mette.get("/notices")["items"][0]
    assert (notice["kind"], notice["case"], notice["read"]) == ("ny_opgave", case, False)
    mette.post("/notices/read", {"ids": [notice["id"]]})
    assert mette.get("/notices")["items"][0]["read"]

    played = play(town, case, scripts_of(read_bundle(PROCESSES / "opstart_af_sag"))[0]["trin"][1:])
    assert played[:3] == ["T2_Forberedelse", "T3_Opstartssamtale", "T4a_VaelgForm"]
    assert played[-3:] == ["T7_Faelles_plan", "F5_FoelgOpPaaMaal", "F5_FoelgOpPaaMaal"]

    full = mette.get(f"/cases/{case}")
    assert (full["child"], full["born"], full["relation"]) == ("Liv Skov", "2023-03-03", "raadgiver")
    assert {party["name"] for party in full["parties"]} >= {"Ditte Lykke", "Maja Skov", "Inge Skov"}
    ended = {course["procedure"]: course["end"] for course in full["courses"]}
    assert ended["opstart_af_sag"] == "plan_i_opfoelgning"
    assert ended["loebende_opfoelgning"] is None
    assert ended["ressourceperson_aftale"] == "ingen_aftale"
    assert full["waiting_messages"] == []

    plan = next(
        one for one in mette.get(f"/cases/{case}/documents")["items"] if one["kind"] == "faelles_plan"
    )
    assert plan["version"] == 2
    first = mette.get(f"/documents/{plan['id']}?version=1")
    newest = mette.get(f"/documents/{plan['id']}")
    assert "fire dage om ugen" in str(first["content"])
    assert "alle hverdage" in str(newest["content"])
    assert (first["newest"], newest["version"]) == (2, 2)

    running = next(course for course in full["courses"] if course["status"] == "igang")
    course = mette.get(f"/cases/{case}/courses/{running['id']}")
    assert course["marks"]["F5_FoelgOpPaaMaal"] == "current"
    assert [step["who"] for step in course["log"] if step["element"] == "F5_FoelgOpPaaMaal"] == [
        "Mette Holm"
    ] * 2
    for path in ("", "/tasks", "/deadlines", "/documents", "/journal", "/viewings", "/messages", "/starts"):
        jonas.get(f"/cases/{case}{path}", 403)
    refused = [one for one in mette.get(f"/cases/{case}/viewings")["items"] if one["refused"]]
    assert {one["who"] for one in refused} == {"Ida Krag", "Jonas Friis"}
    assert jonas.get("/tasks")["items"] == []
    assert "030323" not in str([mette.get(f"/cases/{case}{path}") for path in ("", "/journal", "/documents")])


def play(town: Town, case: str, steps: list[Mapping[str, Any]]) -> list[str]:
    """Play the steps of a rehearsal over the API; returns the elements completed, in order."""
    played = []
    for step in steps:
        moment = step.get("den") or step.get("gaa_til")
        if moment:
            move_clock(town, moment)
        if "udfoer" in step:
            person = caller_named(town, step["af"])
            task = find_task(person, case, step["udfoer"], step.get("hvor"))
            person.complete(task["id"], answers_in(town, step["svar"]))
            played.append(step["udfoer"])
        elif "start" in step.get("afvises", ()):
            start = step["afvises"]["start"]
            person = caller_named(town, start["af"])
            answer = person.call("POST", f"/procedures/{start['procedure']}/start", {"case": case})
            assert answer.status_code == 403
            assert step["fordi"] in answer.get_json(force=True)["detail"]
    return played


def move_clock(town: Town, moment: Any) -> None:
    """Move the service's clock through the API."""
    local = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    asked = local.replace(tzinfo=COPENHAGEN)
    town.caller("mette.holm").post("/clock", {"now": asked.isoformat()})


def caller_named(town: Town, name: str) -> Caller:
    """The caller with a person's full name."""
    wanted = town.cast.names[name]
    return town.caller(next(user for user, person in town.cast.people.items() if person == wanted))


def find_task(person: Caller, case: str, element: str, where: Mapping[str, str] | None) -> Any:
    """The open task of an element in a case."""
    tasks = [row for row in person.get(f"/cases/{case}/tasks")["items"] if row["element"] == element]
    if where:
        tasks = [
            row
            for row in tasks
            if all(value in str(person.get(f"/tasks/{row['id']}")) for value in where.values())
        ]
    assert len(tasks) == 1
    return tasks[0]


def answers_in(town: Town, value: Any) -> Any:
    """Answers of a rehearsal as JSON: `@name` is that person's id, dates are text."""
    if isinstance(value, Mapping):
        return {name: answers_in(town, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [answers_in(town, inner) for inner in value]
    if isinstance(value, str) and value.startswith("@"):
        return str(town.cast.names[value[1:]])
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


@pytest.fixture
def case(town: Town) -> str:
    """A case that is Mette's, with its second task open."""
    made = town.caller("ida.krag").post("/cases", {"child_name": "Liv Skov", "born": "2023-03-03"})["id"]
    kirsten = town.caller("kirsten.bro")
    begun = kirsten.post("/procedures/opstart_af_sag/start", {"case": made})
    kirsten.complete(begun["next_task"], {"raadgiver": town.person("mette.holm")})
    return str(made)


def test_what_is_seen_is_compared_with_what_is(town: Town, case: str) -> None:
    mette = town.caller("mette.holm")
    task = mette.only_task()
    path = f"/tasks/{task['id']}"
    answers = {"answers": {"behov_for_involvering": "nej", "behov_begrundelse": "Ingen andre kender barnet."}}
    for tag in ('"99"', '"abc"', 'W/"1"', '"1", "2"', '"999999999999999999999999"'):
        mette.post(f"{path}/complete", answers, 412, If_Match=tag)
    mette.post(
        f"{path}/hand-over", {"person": town.person("sara.lund"), "reason": "Ferie"}, 412, If_Match='"7"'
    )
    first = mette.call("PUT", f"{path}/draft", {"answers": {}}, If_Match='"0"')
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    assert mette.call("PUT", f"{path}/draft", {"answers": {}}, If_Match='"0"').status_code == 412
    assert mette.call("PUT", f"{path}/draft", {"answers": {}}, If_Match="*").status_code == 200
    mette.post(f"{path}/complete", answers, If_Match=f'"{task["rev"]}"')
    mette.post(f"{path}/complete", answers, 409)
    mette.post(f"{path}/complete", answers, 409, If_Match=f'"{task["rev"]}"')


def test_a_refused_form_says_which_fields(town: Town, case: str) -> None:
    mette = town.caller("mette.holm")
    task = mette.only_task()["id"]
    problem = mette.complete(task, {"behov_for_involvering": "ja", "fagpersoner": []}, 422)
    assert problem["title"] == "Ugyldigt indhold"
    assert list(problem["fields"]) == ["fagpersoner"]
    problem = mette.post(f"/tasks/{task}/complete", {"svar": {}}, 422)
    assert problem["fields"] == {"answers": "Feltet mangler.", "svar": "Feltet kendes ikke."}
    problem = mette.post(f"/tasks/{task}/complete", {"answers": {"a": [{"b": "x\0y"}]}}, 422)
    assert list(problem["fields"]) == ["answers.a.0.b"]
    person = {"person": "999", "reason": "Ferie"}
    assert list(mette.post(f"/tasks/{task}/hand-over", person, 422)["fields"]) == ["person"]
    assert list(mette.post(f"/cases/{case}/reallocate", {**person, "reason": " "}, 422)["fields"]) == [
        "reason"
    ]
    assert list(mette.post(f"/cases/{case}/notes", {"text": ""}, 422)["fields"]) == ["text"]
    assert list(mette.post("/cases", {"child_name": ""}, 422)["fields"]) == ["child_name"]
    plain = mette.client.post(
        f"/api/v1/tasks/{task}/complete", data="{}", headers={"Authorization": f"Bearer {mette.token}"}
    )
    assert plain.status_code == 415
    broken = mette.client.post(
        f"/api/v1/tasks/{task}/complete",
        data="{",
        content_type="application/json",
        headers={"Authorization": f"Bearer {mette.token}"},
    )
    assert broken.status_code == 422


def test_claim_release_hand_over_and_correct(town: Town) -> None:
    made = town.caller("ida.krag").post("/cases", {"child_name": "Liv Skov"})["id"]
    kirsten, per = town.caller("kirsten.bro"), town.caller("jonas.friis")
    task = kirsten.post("/procedures/opstart_af_sag/start", {"case": made})["next_task"]
    kirsten.post(f"/tasks/{task}/release")
    assert kirsten.only_task(scope="grupper")["id"] == task
    per.post(f"/tasks/{task}/claim", status=403)
    kirsten.post(f"/tasks/{task}/claim")
    kirsten.complete(task, {"raadgiver": town.person("mette.holm"), "begrundelse": "Kender familien"})
    done = kirsten.get(f"/tasks/{task}")
    assert (done["status"], done["why_not_correct"]) == ("udfoert", None)
    assert done["values"]["begrundelse"] == "Kender familien"
    changed = {"raadgiver": town.person("mette.holm"), "begrundelse": "Kender familien godt"}
    kirsten.post(f"/tasks/{task}/correct", {"answers": changed, "reason": " \n"}, 422)
    kirsten.post(f"/tasks/{task}/correct", {"answers": changed, "reason": "Tastefejl"})
    told = [(entry["reason"], str(entry["answers"])) for entry in kirsten.get(f"/tasks/{task}")["earlier"]]
    assert [reason for reason, _ in told] == ["Tastefejl", None]
    assert "godt" in told[0][1]
    mette = town.caller("mette.holm")
    mine = mette.only_task()
    heirs = {heir["name"] for heir in mette.get(f"/tasks/{mine['id']}")["heirs"]}
    assert heirs == {row["name"] for row in mette.get("/roles/raadgiver/people")["items"]} - {"Mette Holm"}
    mette.post(f"/tasks/{mine['id']}/hand-over", {"person": town.person("sara.lund"), "reason": "Ferie"})
    assert town.caller("sara.lund").only_task()["id"] == mine["id"]


def test_what_is_done_to_a_case(town: Town, case: str) -> None:
    mette, jonas, kirsten = (town.caller(name) for name in ("mette.holm", "jonas.friis", "kirsten.bro"))
    mette.post(f"/cases/{case}/notes", {"text": "Ringet til dagtilbuddet."})
    sent = mette.post(
        f"/cases/{case}/messages",
        {"name": "nyt_fra_skolen", "key": "7", "data": {"dato": "2026-03-01"}, "id": "m-1"},
    )
    assert sent["status"] == "venter"
    again = mette.post(f"/cases/{case}/messages", {"name": "nyt_fra_skolen", "id": "m-1"})
    assert again["id"] == sent["id"]
    assert mette.get(f"/cases/{case}/messages")["items"][0]["data"] == {"dato": "2026-03-01"}
    course = mette.get(f"/cases/{case}")["courses"][0]["id"]
    jonas.post(f"/courses/{course}/cancel", {"reason": "Fejl"}, 403)
    mette.post(f"/courses/{course}/cancel", {"reason": "Sat i gang ved en fejl"})
    mette.post(f"/courses/{course}/cancel", {"reason": "Igen"}, 409)
    mette.post(
        f"/cases/{case}/reallocate", {"person": town.person("jonas.friis"), "reason": "Flyttet til Syd"}
    )
    mette.get(f"/cases/{case}", 403)
    assert jonas.get(f"/cases/{case}")["people"] == {"raadgiver": "Jonas Friis"}
    jonas.post(f"/cases/{case}/close", {"reason": "Familien er fraflyttet"})
    jonas.post(f"/cases/{case}/messages", {"name": "x"}, 409)
    jonas.post("/procedures/opstart_af_sag/start", {"case": case}, 403)
    kirsten.post("/procedures/opstart_af_sag/start", {"case": case}, 409)
    assert kirsten.get(f"/cases/{case}/starts")["items"] == []
    assert jonas.get("/cases?status=lukket")["items"][0]["id"] == case
    jonas.post(f"/cases/{case}/reopen", {"reason": "Flyttet hjem igen"})
    assert jonas.get("/cases")["items"][0]["id"] == case
    kinds = [entry["kind"] for entry in jonas.get(f"/cases/{case}/journal")["items"]]
    assert kinds[:4] == ["sag_genaabnet", "sag_lukket", "omfordelt", "forloeb_annulleret"]
    assert "notat" in kinds


def test_lists_are_given_page_by_page(any_town: Town) -> None:
    ida = any_town.caller("ida.krag")
    made = ""
    for number in range(5):
        made = ida.post("/cases", {"child_name": f"Barn {number}"})["id"]
        any_town.caller("kirsten.bro").post("/procedures/opstart_af_sag/start", {"case": made})
    kirsten = any_town.caller("kirsten.bro")
    for path, name in (
        ("/cases?limit=2", "child"),
        ("/tasks?limit=2", "child"),
        (f"/cases/{made}/journal?limit=1", "id"),
    ):
        pages, after = [], ""
        while True:
            page = kirsten.get(path + after)
            pages.append([row[name] for row in page["items"]])
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        seen = [one for page in pages for one in page]
        assert len(seen) == len(set(seen)) == (3 if name == "id" else 5)
        assert all(pages), "no page is empty"
    for path in (
        "/cases?after=5",
        "/tasks?after=eA",
        "/cases?after=%C3%A6",
        f"/cases/{made}/journal?after=x",
    ):
        assert list(kirsten.get(path, 422)["fields"]) == ["after"]
    assert kirsten.get("/cases?search=Barn+3")["items"][0]["child"] == "Barn 3"
    assert list(kirsten.get("/cases?limit=101", 422)["fields"]) == ["limit"]
    assert list(kirsten.get("/cases?side=2", 422)["fields"]) == ["side"]
    assert list(kirsten.get("/cases?search=a%00b", 422)["fields"]) == ["search"]
    kirsten.get("/procedures/a%00b", 404)


def test_incidents_are_for_their_owner(town: Town, case: str) -> None:
    mette, eva = town.caller("mette.holm"), town.caller("eva.holst")
    assert mette.get("/incidents")["items"] == []
    with town.app.database.writing(now=town.app.now()) as unit:
        unit.session.add(
            Incident(
                case_id=int(case),
                kind="forloeb",
                text="Noget gik i stå",
                command={"gentag": "ingen"},
                owner_id=town.cast.people["eva.holst"],
                opened_at=town.app.now(),
            )
        )
    found = eva.get("/incidents")["items"]
    assert [one["text"] for one in found] == ["Noget gik i stå"]
    incident = f"/incidents/{found[0]['id']}"
    mette.get(incident, 403)
    mette.post(f"{incident}/retry", status=403)
    mette.post(f"{incident}/resolve", {"resolution": "x"}, 403)
    eva.post(f"{incident}/retry", status=409)
    assert list(eva.post(f"{incident}/resolve", {"resolution": ""}, 422)["fields"]) == ["resolution"]
    eva.post(f"{incident}/resolve", {"resolution": "Rettet i diagrammet"})
    assert eva.get("/incidents")["items"] == []
    assert eva.get("/incidents?resolved=true")["items"][0]["resolution"] == "Rettet i diagrammet"


def test_procedures_are_for_everybody(town: Town) -> None:
    emil = town.caller("emil.bang")
    assert {row["key"] for row in emil.get("/procedures")["items"]} >= {"opstart_af_sag", "netvaerksmoede"}
    full = emil.get("/procedures/opstart_af_sag")
    step = next(one for one in full["steps"] if one["element"] == "T1_Sagsfordeling")
    assert step["due"]
    assert "OS-04" in step["clauses"]
    assert any("OS-19" in block["clauses"] for block in full["text"])
    emil.get("/procedures/opstart_af_sag?version=7", 404)
    emil.get("/procedures/ukendt", 404)


def test_only_who_has_a_key_comes_in(town: Town) -> None:
    client = town.flask.test_client()
    for headers in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
    ):
        answer = client.get("/api/v1/tasks", headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.content_type == "application/problem+json"
    visitor = town.visitor("mette.holm")
    assert visitor.get("/api/v1/tasks").status_code == 401, "the browser's session is no key"
    emil = town.caller("emil.bang")
    emil.get("/tasks")
    with town.app.database.writing(now=town.app.now()) as unit:
        unit.session.get_one(Person, town.cast.people["emil.bang"]).active = False
    emil.get("/tasks", 401)


def test_what_is_not_there_is_a_problem_too(town: Town) -> None:
    mette = town.caller("mette.holm")
    for path in (
        "/ingenting",
        "/tasks/1/2/3",
        "/tasks/abc",
        "/tasks/99999999999999999999",
        "/tasks/%F0",
        "/tasks/²",
    ):
        assert mette.get(path, 404)["title"] == "Findes ikke"
    answer = town.flask.test_client().get("/api")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    for method, path, allowed in (
        ("DELETE", "/tasks", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/tasks/1/claim", {"POST", "OPTIONS"}),
        ("PATCH", "/tasks/1/draft", {"PUT", "OPTIONS"}),
    ):
        answer = mette.call(method, path)
        assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
        assert set(answer.headers["Allow"].split(", ")) == allowed
    big = mette.call("POST", "/cases", {"child_name": "x" * 3_000_000})
    assert (big.status_code, big.content_type) == (413, "application/problem+json")
    page = town.visitor("mette.holm").get("/findes-ikke")
    assert (page.status_code, page.content_type) == (404, "text/html; charset=utf-8")


def test_a_procedure_that_cannot_go_on_is_said_so_and_the_answers_are_kept(town: Town, case: str) -> None:
    mette = town.caller("mette.holm")
    task = mette.only_task()["id"]
    answers = {"behov_for_involvering": "nej", "behov_begrundelse": "Ingen andre kender barnet."}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.complete.runtime.complete", _raiser(EngineError("Diagrammet har en fejl.")))
        problem = mette.complete(task, answers, 400)
    assert problem["title"] == "Kan ikke gennemføres"
    assert "Diagrammet har en fejl." in problem["detail"]
    read = mette.get(f"/tasks/{task}")
    assert (read["status"], read["values"]["behov_begrundelse"]) == ("aaben", "Ingen andre kender barnet.")
    assert town.caller("eva.holst").get("/incidents")["items"][0]["element"] is None
    mette.complete(task, answers)


def _raiser(error: Exception) -> Any:
    def act(*_: Any, **__: Any) -> Any:
        raise error

    return act


def test_the_clock_moves_in_the_demo_only(town: Town) -> None:
    mette = town.caller("mette.holm")
    assert mette.get("/clock")["now"] == "2026-02-02T08:00:00Z"
    for wrong in (
        "2026-02-01T08:00:00Z",
        "2036-02-02T08:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "2026-02-03T08:00:00",
    ):
        assert list(mette.post("/clock", {"now": wrong}, 422)["fields"]) == ["now"]
    assert mette.post("/clock", {"now": "2026-02-03T08:00:00+01:00"})["now"] == "2026-02-03T07:00:00Z"
    town.app.settings = replace(town.app.settings, demo=False)
    mette.post("/clock", {"now": "2026-02-04T08:00:00Z"}, 403)
