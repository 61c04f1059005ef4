"""Scenario 15: a procedure is revised while cases run in it, and one of them is moved to the new version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.zone import COPENHAGEN
from host.demo import move_clock
from records.tables import Deadline, Instance, ProcedureVersion, Task, Timer
from tasks.calendar_starts import Look
from tasks.rehearsal import Rehearsal
from tests.kept import Kept
from tests.scenarios.over_api import ApiStage
from tests.web.town import Town, open_kept_town

KEY = "faglig_forum_sag"
NOON = "else ff_materialefrist(moede.dato)"
TEN = 'else tidspunkt(dato(ff_materialefrist(moede.dato)), "10:00")'

BEGUN: tuple[Mapping[str, Any], ...] = (
    {"start": {"begivenhed": "Start_Raadgiver", "af": "Mette Holm"}},
    {
        "udfoer": "A1_Anmod",
        "af": "Mette Holm",
        "svar": {
            "anledning": "droeftelse",
            "problemstilling": "Uro",
            "oensket_afklaring": "Hvad kan hjælpe?",
            "oensket_moede": "2026-09-10",
            "dobbelt_tid": "nej",
        },
    },
    {
        "udfoer": "A2_Inddragelse",
        "af": "Mette Holm",
        "svar": {"familie_foreslaas": "nej", "vaerdi_for_barn_og_familie": "Det er overvejet"},
    },
    {"udfoer": "A3_Kontorleder", "af": "Birgit Skov", "svar": {"udtalelse_kontorleder": "enig"}},
    {"udfoer": "A3_Konsulent", "af": "Pia Dam", "svar": {"udtalelse_konsulent": "enig"}},
    {
        "udfoer": "A4_Endelig",
        "af": "Mette Holm",
        "svar": {"inddragelse": "ingen", "begrundelse": "Efter samråd"},
    },
    {"udfoer": "A5_Dagsorden", "af": "Tove Lange", "svar": {"tidligst_dato": "2026-09-10"}},
)
"""From the request to a place on the agenda of Thursday 10 September."""


def local(text: str) -> datetime:
    """An instant of Copenhagen."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


@dataclass
class Story:
    """The town, and what is played in it."""

    town: Town
    stage: ApiStage

    def play(self, procedure: str, **script: Any) -> Rehearsal:
        """Begin a script about a procedure at the present."""
        script["begynder"] = self.town.app.now().astimezone(COPENHAGEN).isoformat()[:16]
        rehearsal = Rehearsal(self.stage, procedure, script)
        rehearsal.begin()
        return rehearsal

    def do(self, played: Rehearsal, *steps: Mapping[str, Any]) -> None:
        """Play steps; what is not as they say fails."""
        for number, step in enumerate(steps, 1):
            played.step(number, step)
            assert played.problems == [], step

    def rows(self, table: Any, instance_id: int) -> list[tuple[Any, ...]]:
        """What a table holds of a course, without what only counts."""
        but = {"id", "rev", "attempts", "tried_by", "tried_at", "status", "ended_at", "base_on"}
        with self.town.app.database.reading(now=self.town.app.now()) as unit:
            query = select(table).where(table.instance_id == instance_id)
            if table is Deadline:
                query = query.where(Deadline.status == "loeber")
            names = [column.key for column in table.__table__.columns if column.key not in but]
            return sorted(
                tuple(str(getattr(row, name)) for name in names) for row in unit.session.scalars(query)
            )


@pytest.fixture
def story(kept: Kept) -> Story:
    """A Monday in August; every procedure was published on 15 May."""
    town = open_kept_town(kept, "sqlite")
    with town.app.database.writing(now=town.app.now()) as unit:
        published = datetime(2026, 5, 14, 22, tzinfo=UTC)
        unit.session.execute(update(ProcedureVersion).values(valid_from=published, published_at=published))
    town.move_to(local("2026-08-10T09:00"))
    return Story(town, ApiStage(town))


@pytest.mark.rule("FF-01", "FF-46", "ST-22", "ST-42")
def test_a_revision_is_published_while_cases_run(story: Story) -> None:
    town, stage = story.town, story.stage
    eva, mette = town.caller("eva.holst"), town.caller("mette.holm")

    # Eva drafts version 2; nobody else may, and what cannot run is refused by the name of its element.
    mette.post(f"/procedures/{KEY}/drafts", {}, status=403)
    draft = eva.post(f"/procedures/{KEY}/drafts", {})
    eva.post(f"/procedures/{KEY}/drafts", {}, status=409)
    here = f"/procedure-drafts/{draft['id']}"
    files = {one["path"]: one["text"] for one in eva.get(here)["files"]}
    diagram, form = files[f"{KEY}.bpmn"], files["sagsfremstilling.form"]
    broken = diagram.replace('name="Socialfaglig konsulent"', 'name="Rengøring"').replace(
        '<spiffworkflow:property name="skema" value="handleplan" />', ""
    )
    eva.post(f"{here}/files", {"files": [{"path": f"{KEY}.bpmn", "text": broken}]})
    found = eva.post(f"{here}/check")
    said = [f"{row['element']}: {row['text']}" for row in found["problems"] if row["level"] == "error"]
    assert not found["sound"]
    assert any("Rengøring" in text for text in said), said
    assert any(text.startswith("A11_Handleplan") and "skema" in text for text in said), said

    # The revision's own procedure: the broken draft does not get into hearing, the sound one does.
    revision = story.play("revision_af_procedure", sag="ingen")
    start = {"procedure": "revision_af_procedure", "begivenhed": "Start_Ejer", "af": "Eva Holst"}
    tried = {"udfoer": "X3_Afproev", "af": "Eva Holst", "svar": {"gennemspil_groenne": "ja"}}
    story.do(
        revision,
        {"start": {**start, "svar": {"procedure_noegle": KEY, "grund": "Mere tid til dagsordenen"}}},
        {
            "udfoer": "X1_SamlGrundlag",
            "af": "Eva Holst",
            "svar": {"brug": "Brugt 30 gange.", "udfald": "aendres"},
        },
        {
            "udfoer": "X2_Rediger",
            "af": "Eva Holst",
            "svar": {
                "aendringer": "Materialet skal være inde mandag kl. 10.",
                "kontrol_groen": "ja",
                "hoeringsparter": ["socialfaglig_leder"],
            },
        },
        {"afvises": "X3_Afproev", "af": "Eva Holst", "svar": tried["svar"], "fordi": "A11_Handleplan"},
    )
    assert diagram.count(NOON) == 2
    assert form.count(NOON.replace('"', '\\"')) == 1
    sound = [
        {"path": f"{KEY}.bpmn", "text": diagram.replace(NOON, TEN)},
        {"path": "sagsfremstilling.form", "text": form.replace(NOON, TEN.replace('"', '\\"'))},
    ]
    eva.post(f"{here}/files", {"files": sound})
    story.do(
        revision, {"afvises": "X3_Afproev", "af": "Eva Holst", "svar": tried["svar"], "fordi": "kontrol"}
    )
    assert eva.post(f"{here}/check")["sound"]
    eva.post(f"{here}/publish", {"valid_from": "2026-09-01", "note": "Kl. 10"}, status=409)
    story.do(
        revision,
        tried,
        {"udfoer": "X4_Hoering", "af": "Kirsten Bro", "svar": {"indvendinger": "nej"}},
        {"udfoer": "X5_Godkend", "af": "Birgit Skov", "svar": {"afgoerelse": "godkendt"}},
    )
    assert eva.get(here)["draft"]["status"] == "godkendt"
    assert eva.get(here)["draft"]["approved_by"] == ["Birgit Skov"]
    published = {
        "version": 2,
        "gyldig_fra": "2026-09-01",
        "flyt_igangvaerende": "nej",
        "aendringsnote": "Materialet skal være inde mandag kl. 10.",
    }
    story.do(
        revision,
        {
            "afvises": "X6_Offentliggoer",
            "af": "Finn Dahl",
            "svar": {**published, "version": 3},
            "fordi": {"felt": "version"},
        },
        {
            "udfoer": "X6_Offentliggoer",
            "af": "Finn Dahl",
            "svar": published,
            "saa": {"forloeb": {"revision_af_procedure": "offentliggjort"}},
        },
    )
    assert eva.get(here)["draft"]["version"] == 2
    assert [(one["version"], one["status"]) for one in eva.get(f"/procedures/{KEY}")["versions"]] == [
        (2, "published"),
        (1, "published"),
    ]
    assert eva.get(f"/procedures/{KEY}")["version"] == 1  # version 2 is not valid yet

    # Case A begins before the day, case B after it; both want the same Thursday.
    thursday = story.play("faglig_forum_moede", sag="ingen")
    story.do(
        thursday,
        {
            "start": {"begivenhed": "Start_Torsdag", "af": "Tove Lange", "svar": {"dato": "2026-09-10"}},
        },
        {
            "udfoer": "M1_Opret",
            "af": "Tove Lange",
            "svar": {"sted": "Aabenraa", "digitalt_link": "https://moede.aabenbro.example/ff"},
        },
    )
    child = {"foedt": "2018-05-01", "raadgiver": "Mette Holm"}
    stage.move_to(local("2026-08-25T09:00"))
    a = story.play(KEY, sag={"barn": "Anna Vang", **child})
    story.do(a, *BEGUN)
    stage.move_to(local("2026-09-02T09:00"))
    b = story.play(KEY, sag={"barn": "Bo Krog", **child})
    story.do(b, *BEGUN)
    wrote = {"trin": "A6_Skriv", "hos": "Mette Holm", "frist": "2026-09-07"}
    for case, hour in ((a, 12), (b, 10)):
        due = f"2026-09-07T{hour}:00"
        story.do(case, {"saa": {"opgaver": [wrote], "timere": [{"trin": "A6_Frist", "den": due}]}})
    tasks = mette.get("/tasks")["items"]
    assert sorted(
        (row["child"], row["version"]) for row in tasks if row["name"] == "Skriv sagsfremstilling"
    ) == [
        ("Anna Vang", 1),
        ("Bo Krog", 2),
    ]
    for row in tasks:
        running = mette.get(f"/cases/{row['case']}")["courses"]
        assert [one["version"] for one in running] == [row["version"]]

    # The plan changes nothing; only process owners see it.
    mette.get(f"/procedures/{KEY}/moves?version=2", status=403)
    [planned] = eva.get(f"/procedures/{KEY}/moves?version=2")["items"]
    assert planned["moves"], planned
    assert planned["version"] == 1
    assert "Skriv sagsfremstilling" in planned["stands_at"]
    assert {row["element"] for row in planned["reckoned"]} == {"Fristen er gået", "Skriv sagsfremstilling"}
    for limit in planned["reckoned"]:
        assert limit["before"].startswith("2026-09-07T10:00")  # noon in Copenhagen
        assert limit["after"].startswith("2026-09-07T08:00")

    # Eva moves A: its limit is ten o'clock, its draft is there, and what changed is written down.
    course = int(planned["course"])
    [task] = [row for row in mette.get("/tasks")["items"] if row["version"] == 1]
    mette.call("PUT", f"/tasks/{task['id']}/draft", {"answers": {"sagsfremstilling": "Anna bor hos"}})
    before = [story.rows(table, course) for table in (Timer, Task, Deadline)]
    mette.post(f"/courses/{course}/move", {"version": 2}, status=403)
    eva.post(f"/courses/{course}/move", {"version": 2})
    moved = {"opgaver": [wrote], "timere": [{"trin": "A6_Frist", "den": "2026-09-07T10:00"}]}
    written = ["flyttet fra version 1 til version 2", "mandag den 7. september 2026 kl. 10.00"]
    story.do(a, {"saa": {**moved, "journal": written}})
    [log] = [
        row["text"]
        for row in town.caller("finn.dahl").get("/administration/log")["items"]
        if row["kind"] == "procedure" and "flyttet fra version 1 til 2" in row["text"]
    ]
    assert "kl. 10.00" in log
    assert mette.get(f"/tasks/{task['id']}")["version"] == 2
    assert mette.get(f"/tasks/{task['id']}")["values"]["sagsfremstilling"] == "Anna bor hos"
    after = [story.rows(table, course) for table in (Timer, Task, Deadline)]
    eva.post(f"/courses/{course}/move-back")
    assert [story.rows(table, course) for table in (Timer, Task, Deadline)] == before
    eva.post(f"/courses/{course}/move-back", status=409)
    eva.post(f"/procedures/{KEY}/moves", {"version": 2})
    assert [story.rows(table, course) for table in (Timer, Task, Deadline)] == after

    # Both go on in version 2: in time before ten, and after ten it is too late.
    story.do(
        a,
        {
            "den": "2026-09-07T09:50",
            "udfoer": "A6_Skriv",
            "af": "Mette Holm",
            "svar": {"sagsfremstilling": "Kort om sagen"},
            "saa": {"opgaver": [], "punkter": [{"materiale": "modtaget"}]},
        },
    )
    stage.move_to(local("2026-09-07T10:01"))
    story.do(b, {"saa": {"punkter": [{"materiale": "mangler"}], "opgaver": [{"trin": "G2_Accepter"}]}})
    with town.app.database.reading(now=town.app.now()) as unit:
        mine = select(Instance.version_id).where(Instance.case_id.is_not(None), Instance.status == "igang")
        assert len(set(unit.session.scalars(mine))) == 1

    # The next revision is due a year after the version was valid, and begins two months before.
    revised = Look(frozenset({"revision_af_procedure"}), frozenset({f"procedure:{KEY}"}))
    move_clock(town.app, local("2027-07-01T07:00"), calendar=revised)
    tasks = town.caller("eva.holst").get("/tasks")["items"]
    assert [row["due_on"] for row in tasks if row["name"] == "Saml grundlag"] == ["2027-09-01"]
