"""The registers' pages: everybody reads, keepers change, anybody proposes."""

from __future__ import annotations

from typing import Any

import pytest

from host.register_file import fill_registers, read_registers
from host.settings import ROOT
from tests.web.town import Town


@pytest.fixture
def kept(town: Town) -> Town:
    """The town with the registers that ship."""
    with town.app.database.writing(now=town.app.now()) as unit:
        fill_registers(unit, read_registers(ROOT / "processes"))
    return town


def post(town: Town, name: str, to: str, **values: str) -> Any:
    """Send a form, and go where the answer says."""
    visitor = town.visitor(name)
    answer = visitor.send("POST", to, values)
    return visitor.get(answer.headers["Location"]) if answer.status_code == 302 else answer


@pytest.mark.rule("ST-07", "ST-03", "ST-13")
def test_everybody_reads_goals_standards_and_editions(kept: Town) -> None:
    for name in ("mette.holm", "emil.bang", "eva.holst"):
        visitor = kept.visitor(name)
        for register, shown in (
            ("maal", "TS-1"),
            ("standard", "Tværfagligt samarbejde"),
            ("udgave", "2006"),
            ("politisk_maal", "helhed og tværfaglighed"),
            ("initiativ", "Tværfaglig temadag"),
            ("kursus", "redskaber til at vurdere ressourcer"),
        ):
            page = visitor.get(f"/registre/{register}")
            assert page.status_code == 200
            assert shown in page.text
    row = kept.visitor("mette.holm").get("/registre/maal/post?noegle=TS-1")
    assert "PM-1" in row.text
    assert "Historie" in kept.visitor("mette.holm").get("/registre/maal/post?noegle=TS-1/2008").text
    assert kept.visitor("mette.holm").get("/registre/maal/post?noegle=findes-ikke").status_code == 404
    assert kept.visitor("mette.holm").get("/registre/findes-ikke").status_code == 404


@pytest.mark.rule("ST-06")
def test_a_keeper_makes_and_changes_a_goal_and_it_must_have_a_political_goal(kept: Town) -> None:
    new = "/registre/maal/ny"
    values = {"noegle": "NY-1", "title": "Et nyt mål", "standard": "tidlig_indsats", "status": "aaben"}
    refused = post(kept, "hans.bech", "/registre/maal/post", **values)
    assert "Vælg politisk mål." in refused.text
    saved = post(kept, "hans.bech", "/registre/maal/post", **values, politisk_maal="PM-3", frist="01.03.2028")
    assert "Rækken er gemt." in saved.text
    assert "1. marts 2028" in saved.text
    again = {**values, "politisk_maal": "PM-3", "maaltal": "95"}
    assert "Rækken er gemt." in post(kept, "hans.bech", "/registre/maal/post", rev="1", **again).text
    assert post(kept, "hans.bech", "/registre/maal/post", rev="1", **again).status_code == 412
    assert kept.visitor("mette.holm").get(new).status_code == 404
    assert post(kept, "mette.holm", "/registre/maal/post", rev="2", **again).status_code == 403


@pytest.mark.rule("ST-20")
def test_anybody_proposes_for_the_next_revision(kept: Town) -> None:
    page = "/registre/forslag"
    assert "Feltet skal udfyldes." in post(kept, "mette.holm", page, text=" ").text
    sent = post(kept, "mette.holm", page, text="Gør indkaldelsen kortere", procedure="netvaerksmoede")
    assert "Tak for forslaget." in sent.text
    assert "Gør indkaldelsen kortere" in kept.visitor("eva.holst").get(page).text


@pytest.mark.rule("ST-62", "ST-128", "ST-152", "ST-40", "ST-48")
def test_courses_show_who_lacks_them_to_those_who_keep_them(kept: Town) -> None:
    page = "/registre/kursus/post?noegle=information_2u"
    assert "Hvem mangler?" not in kept.visitor("mette.holm").get(page).text
    assert "0 af 3 (0 %)" in kept.visitor("kirsten.bro").get(page).text
    assert "Jeg har læst det" in kept.visitor("mette.holm").get(page).text
    post(kept, "mette.holm", "/registre/kursus/laest", noegle="information_2u")
    assert "Du har læst det." in kept.visitor("mette.holm").get(page).text
    assert "1 af 3 (33,3 %)" in kept.visitor("kirsten.bro").get(page).text
    values = {"noegle": "boernesamtale", "hvem": f"person:{kept.person('sara.lund')}", "hvad": "attended_on"}
    assert "skriv datoen" in post(kept, "kirsten.bro", "/registre/kursus/noter", **values).text
    noted = post(kept, "kirsten.bro", "/registre/kursus/noter", **values, dato="02.03.2026")
    assert "1 af 3 (33,3 %)" in noted.text
    refused = post(kept, "mette.holm", "/registre/kursus/noter", **values, dato="02.03.2026")
    assert refused.status_code == 403
    assert (
        "Skovskolen"
        in kept.visitor("jens.moeller").get("/registre/kursus/post?noegle=familiecentrets_tilbud").text
    )


@pytest.mark.rule("FF-46")
def test_a_procedure_says_when_it_begins_by_itself(kept: Town) -> None:
    page = kept.visitor("mette.holm").get("/procedurer/revision_af_standarder/1")
    assert "Begynder af sig selv:" in page.text
    assert "Seks måneder før to år efter den seneste godkendelse." in page.text


@pytest.mark.rule("ST-06")
def test_the_api_reads_registers_and_lets_keepers_change_them(kept: Town) -> None:
    mette, hans = kept.caller("mette.holm"), kept.caller("hans.bech")
    register = mette.get("/registers/maal")
    assert register["may_keep"] is False
    assert {"TS-1", "TS-1/2008"} <= {row["key"] for row in register["items"]}
    row = hans.get("/registers/maal/row?key=TS-1")
    assert row["content"]["politisk_maal"] == "PM-1"
    body = {
        "key": "TS-1",
        "title": row["title"],
        "rev": row["rev"],
        "values": {"standard": "tvaerfagligt", "politisk_maal": "PM-1", "frist": "2028-02-01"},
    }
    mette.post("/registers/maal/row", body, status=403)
    hans.post("/registers/maal/row", {**body, "values": {"standard": "tvaerfagligt"}}, status=422)
    hans.post("/registers/maal/row", body)
    hans.post("/registers/maal/row", body, status=412)
    assert [one["by"] for one in hans.get("/registers/maal/row?key=TS-1")["changes"]] == ["Hans Bech", None]
    mette.get("/registers/findes-ikke", status=404)


@pytest.mark.rule("ST-77", "ST-78")
def test_employment_and_courses_are_kept_by_hand_and_over_the_api(kept: Town) -> None:
    finn, mette = kept.visitor("finn.dahl"), kept.person("mette.holm")
    page = f"/administration/personer/{mette}"
    values = {"navn": "Mette Holm", "brugernavn": "mette.holm"}
    assert "Skriv datoen som" in finn.send("POST", page, {**values, "ansat": "i går"}).text
    assert finn.send("POST", page, {**values, "ansat": "01.02.2024"}).status_code == 302
    assert 'value="01.02.2024"' in finn.get(page).text
    assert "ansat »" in finn.get("/administration/log").text
    kirsten, own = kept.caller("kirsten.bro"), kept.caller("mette.holm")
    own.post("/courses/marks", {"course": "boernesamtale", "person": mette, "attended_on": "2026-01-15"}, 403)
    own.get("/courses/marks?course=boernesamtale", 403)
    own.post("/courses/marks", {"course": "information_2u", "person": mette, "read": True})
    kirsten.post("/courses/marks", {"course": "boernesamtale", "person": mette, "attended_on": "2026-01-15"})
    kirsten.post(
        "/courses/marks", {"course": "boernesamtale", "person": "999999", "attended_on": "2026-01-15"}, 404
    )
    kirsten.post("/courses/marks", {"course": "boernesamtale", "attended_on": "2026-01-15"}, 422)
    found = kirsten.get("/courses/marks?course=boernesamtale")
    assert [one["attended_on"] for one in found["items"] if one["person"] == mette] == ["2026-01-15"]
    assert found["figure"].startswith("1 af ")
