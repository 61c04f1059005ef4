"""The page of a document and its PDF: shown inside the page, handed out, filed; over the API too."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from host.filing import file_due
from host.printing.queue import print_due
from records.errors import RecordsError
from records.tables import DocumentFile, DocumentJob, Incident
from tests.host.pdf import Pdf
from tests.web.town import Town


@pytest.fixture
def town(worked_town: Town) -> Town:
    """The municipality with a case that has come to its common plan."""
    return worked_town


@pytest.fixture
def plan(town: Town) -> str:
    """The address of the common plan."""
    page = town.visitor("mette.holm").get("/sager").text
    case = re.search(r'href="/sager/(\d+)"', page)
    assert case
    found = town.visitor("mette.holm").get(f"/sager/{case[1]}/dokumenter").text
    address = re.search(r'href="(/dokumenter/\d+)"[^>]*>Fælles plan', found)
    assert address
    return address[1]


def rows(town: Town, query: Any) -> list[Any]:
    """Rows of the database."""
    with town.app.database.reading(now=town.app.now()) as unit:
        return list(unit.session.scalars(query))


@pytest.mark.rule("OS-27")
def test_the_pdf_is_made_once_and_shown_inside_the_page(town: Town, plan: str) -> None:
    mette = town.visitor("mette.holm")
    text_of_it = mette.get(plan).text
    assert "Familien, Rådgiver" in text_of_it  # the words of the form, and its names for the fields
    assert re.search(r"<th[^>]*>Formuleret af", text_of_it)
    page = mette.get(f"{plan}?vis=pdf")
    address = re.search(r'<iframe class="pdf-view" src="([^"]+)"', page.text)
    assert address
    answer = mette.get(address[1])
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    pdf = Pdf(answer.data)
    assert pdf.title == "Fælles plan"
    assert "Aabenbro Kommune" in pdf.text
    assert print_due(town.app) == len(rows(town, select(DocumentJob))) - 1
    assert mette.get(address[1]).data == answer.data
    saved = mette.get(f"{address[1]}?hent=1")
    assert saved.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''F%C3%A6lles%20plan")
    kept = rows(town, select(DocumentFile))
    assert all(b"%PDF" not in row for row in rows_of_bytes(town))
    assert answer.data in [row.content for row in kept]


def rows_of_bytes(town: Town) -> list[bytes]:
    """The files as they lie in the database."""
    with town.app.database.reading(now=town.app.now()) as unit:
        return [bytes(row[0]) for row in unit.session.execute(text("SELECT content FROM document_file"))]


def test_a_file_is_never_changed(town: Town, plan: str) -> None:
    town.visitor("mette.holm").get(f"{plan}/1.pdf")
    with pytest.raises(RecordsError), town.app.database.writing(now=town.app.now()) as unit:
        unit.session.execute(text("UPDATE document_file SET size = 1"))


def test_a_stranger_gets_no_file_and_it_is_noted(town: Town, plan: str) -> None:
    stranger = town.visitor("ida.krag")
    for address in (plan, f"{plan}/1.pdf"):
        assert stranger.get(address).status_code == 403
    assert stranger.send("POST", f"{plan}/1/udlever", {"til": "X"}).status_code in (403, 422)
    assert stranger.send("POST", f"{plan}/1/journaliser", {"system": "edoc"}).status_code == 403
    document = plan.rpartition("/")[2]
    api = town.caller("ida.krag")
    api.get(f"/documents/{document}/pdf", 403)
    api.get(f"/documents/{document}", 403)
    filing = {"version": 1, "target": "edoc", "reference": "1"}
    api.post(f"/documents/{document}/filings", filing, 403)


@pytest.mark.rule("BF-27", "SM-41")
def test_handing_out_on_the_page_and_over_the_api(town: Town, plan: str) -> None:
    mette, document = town.visitor("mette.holm"), plan.rpartition("/")[2]
    today = town.app.now().strftime("%d.%m.%Y")
    wrong = mette.send("POST", f"{plan}/1/udlever", {"dato": "i går"})
    assert wrong.status_code == 422
    for said in ("Vælg mindst én", "Vælg, hvordan", "Skriv datoen som"):
        assert said in wrong.text
    form = {"andre": "Sanne Skov\nLars Skov", "hvordan": "papir", "dato": today}
    assert mette.send("POST", f"{plan}/1/udlever", form).status_code == 302
    page = mette.get(f"{plan}?version=1").text
    assert "Sanne Skov" in page
    assert "på papir" in page
    api = town.caller("mette.holm")
    given = {"name": "Karen Skov", "how": "digital", "given_on": town.app.now().date().isoformat()}
    state = api.post(f"/documents/{document}/handouts", {"rows": [given], "version": 1})
    assert [row["name"] for row in state["others"]] == ["Sanne Skov", "Lars Skov", "Karen Skov"]
    refused = api.post(
        f"/documents/{document}/handouts", {"rows": [{**given, "given_on": "2099-01-01"}]}, 422
    )
    assert "rows[0].given_on" in refused["fields"]
    full = api.get(f"/documents/{document}?version=1")
    assert full["content"]
    assert full["filings"][0]["target"] == "edoc"


@pytest.mark.rule("SM-47")
def test_filing_writes_a_pdf_and_what_it_is_and_notes_the_reference(
    town: Town, plan: str, tmp_path: Path
) -> None:
    town.app.settings = replace(town.app.settings, archive=tmp_path)
    mette = town.visitor("mette.holm")
    assert print_due(town.app) > 0
    assert file_due(town.app) > 0
    assert file_due(town.app) == 0
    names = sorted(path.name for path in (tmp_path / "edoc").iterdir())
    assert [name for name in names if name.startswith(".")] == []
    about = [json.loads(path.read_text()) for path in (tmp_path / "edoc").glob("*faelles_plan*-v1.json")]
    assert about[0]["titel"] == "Fælles plan"
    assert Pdf((tmp_path / "edoc" / about[0]["fil"]).read_bytes()).title == "Fælles plan"
    assert about[0]["reference"] in mette.get(f"{plan}?version=1").text
    assert not any("cpr" in key for key in about[0])


@pytest.mark.rule("SM-47")
def test_filing_that_fails_is_seen_tried_again_and_can_be_done_by_hand(
    town: Town, plan: str, tmp_path: Path
) -> None:
    blocked = tmp_path / "fil"
    blocked.write_text("not a folder")
    town.app.settings = replace(town.app.settings, archive=blocked)
    mette, eva = town.visitor("mette.holm"), town.visitor("eva.holst")
    mette.get(f"{plan}/1.pdf")
    for _ in range(3):
        assert file_due(town.app) == 0
        with town.app.database.writing(now=town.app.now()) as unit:
            unit.session.execute(
                text("UPDATE document_job SET next_try_at = :now WHERE done_at IS NULL"),
                {"now": town.app.now().replace(tzinfo=None)},
            )
    assert "prøves igen" in mette.get(f"{plan}?version=1").text
    [incident] = rows(town, select(Incident).where(Incident.kind == "dokument"))
    assert "eDoc" in incident.text
    assert "SAG_ARCHIVE_FOLDER" in eva.get(f"/haendelser/{incident.id}").text
    form = {"system": "edoc", "journalnummer": "2026-000123"}
    assert mette.send("POST", f"{plan}/1/journaliser", form).status_code == 302
    assert "2026-000123" in mette.get(f"{plan}?version=1").text
    assert mette.send("POST", f"{plan}/1/journaliser", form).status_code == 422
    [incident] = rows(town, select(Incident).where(Incident.kind == "dokument"))
    assert incident.resolved_at is not None


def test_a_template_that_fails_is_an_incident_and_the_text_is_still_there(
    town: Town, plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from host.printing import Failed, queue

    monkeypatch.setattr(
        queue, "render", lambda job: Failed("unknown variable: x", lines=(("documents/faelles_plan.typ", 7),))
    )
    mette = town.visitor("mette.holm")
    answer = mette.get(f"{plan}/1.pdf")
    assert answer.status_code == 409
    assert "kan ikke laves som PDF" in answer.text
    assert mette.get(plan).status_code == 200
    [incident] = rows(town, select(Incident).where(Incident.kind == "dokument"))
    assert "documents/faelles_plan.typ, linje 7" in incident.text
    assert incident.owner_id is not None
    monkeypatch.undo()
    assert mette.get(f"{plan}/1.pdf").status_code == 200
    [incident] = rows(town, select(Incident).where(Incident.kind == "dokument"))
    assert incident.resolution == "Det lykkedes."
