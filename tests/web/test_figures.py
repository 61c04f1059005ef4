"""The pages and the API of the leaders' figures: links to the cases behind, files, and who is refused."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from host import spreadsheet
from records.tables import Document, DocumentVersion, FigureFact
from tasks.figure_list import FIGURES
from tasks.figure_pages import FigureSheet
from tests.kept import Kept
from tests.web.busy import settle_busy_town
from tests.web.town import Town, open_kept_town


@pytest.fixture
def busy(kept: Kept) -> Town:
    town = open_kept_town(kept, "sqlite", settle_busy_town)
    case = int(town.caller("mette.holm").get("/cases")["items"][-1]["id"])
    with town.app.database.writing(now=town.app.now()) as unit:
        for place in ("hjemmet", "hjemmet", "andet"):
            unit.session.add(
                FigureFact(
                    kind="indsats",
                    value=place,
                    case_id=case,
                    on_date=date(2026, 1, 5),
                    at=town.app.now(),
                    amount=5000,
                )
            )
    return town


@pytest.mark.rule("ST-33", "ST-145")
def test_each_number_leads_to_the_cases_behind_it(busy: Town) -> None:
    visitor = busy.visitor("kirsten.bro")
    page = visitor.get("/tal?fra=2026-01-01&til=2026-12-31").text
    assert all(spec.title in page for spec in FIGURES)
    assert all(spec.definition in page for spec in FIGURES)
    assert "67 %" in page
    assert "15.000" in page
    link = re.search(r'href="(/tal/indsats_sted/sager\?[^"]*raekke=hjemmet[^"]*)"', page)
    assert link
    cases = visitor.get(link[1].replace("&amp;", "&"))
    assert cases.status_code == 200
    assert "Liv Skov" in cases.text
    assert re.search(r'href="/sager/\d+"', cases.text)
    assert 'href="/tal"' in visitor.get("/opgaver").text


@pytest.mark.rule("ST-151")
def test_a_workbook_has_numbers_and_dates_and_hides_small_numbers(busy: Town) -> None:
    kirsten = busy.visitor("kirsten.bro")
    answer = kirsten.get("/tal/indsats_sted/fil.xlsx?fra=2026-01-01&til=2026-12-31")
    assert answer.content_type.endswith("spreadsheetml.sheet")
    assert "indsats_sted-2026-01-01-2026-12-31.xlsx" in answer.headers["Content-Disposition"]
    (name, cells), *others = workbook(answer.data).items()
    assert (name, others) == ("Indsatser i hjemmet eller nærmi", [])
    assert (cells["A5"], cells["A6"], cells["B6"]) == ("Fordelt på", "Hjemmet", "skjult")
    assert (cells["B2"], cells["C2"]) == (46023.0, 46387.0)  # days as spreadsheets count them
    everything = workbook(kirsten.get("/tal/fil.xlsx").data)
    assert len(everything) == len(FIGURES) + 1
    assert "Liv" not in str(everything)
    numbers = {value for cells in everything.values() for value in cells.values() if isinstance(value, float)}
    assert numbers - {cells["B2"], cells["C2"]}


def workbook(content: bytes) -> dict[str, dict[str, Any]]:
    """The cells of each sheet of a workbook by their places: numbers, and texts; a formula is an error."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        read = {name: etree.fromstring(file.read(name)) for name in file.namelist() if name.endswith(".xml")}
    words = ["".join(one.itertext()) for one in read["xl/sharedStrings.xml"]]
    names = [str(one.get("name")) for one in read["xl/workbook.xml"].iter("{*}sheet")]
    found: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(names, 1):
        cells = found[name] = {}
        for cell in read[f"xl/worksheets/sheet{number}.xml"].iter("{*}c"):
            assert cell.find("{*}f") is None
            value = cell.findtext("{*}v")
            if value is not None:
                cells[str(cell.get("r"))] = words[int(value)] if cell.get("t") == "s" else float(value)
    return found


def test_texts_of_a_workbook_are_never_formulas() -> None:
    sheet = FigureSheet(
        "=1+1", "+45", True, ("@a", "b"), ("text", "number"), (("=1+1", 5), ("-x", -5)), False
    )
    day = date(2026, 1, 1)
    made = spreadsheet.workbook(
        "=x", day, day, [sheet, sheet], municipality="M", at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    first, second = list(workbook(made).values())[1:]
    assert first == second
    assert (first["A1"], first["A6"], first["B7"]) == ("=1+1", "=1+1", -5.0)


@pytest.mark.parametrize("person", ["mette.holm", "emil.bang", "finn.dahl"])
def test_who_leads_nothing_sees_no_figures(busy: Town, person: str) -> None:
    visitor, caller = busy.visitor(person), busy.caller(person)
    for path in ("/tal", "/tal/fil.xlsx", "/tal/indsats_sted/fil.xlsx", "/tal/indsats_sted/sager"):
        assert visitor.get(path).status_code == 403, path
    for path in ("/figures", "/figures/indsats_sted", "/figures/indsats_sted/cases"):
        assert caller.get(path, 403)["title"]
    assert 'href="/tal"' not in visitor.get("/opgaver").text


def test_the_api_gives_the_same_numbers(busy: Town) -> None:
    caller = busy.caller("anne.toft")
    found = caller.get("/figures?since=2026-01-01&until=2026-12-31")
    assert [one["key"] for one in found["items"]] == [spec.key for spec in FIGURES]
    figure = caller.get("/figures/indsats_sted?since=2026-01-01&until=2026-12-31")
    assert figure["lines"][0] == {
        "code": "hjemmet",
        "label": "Hjemmet",
        "numbers": [2],
        "total": 2,
        "share": pytest.approx(2 / 3),
        "amount": 10000,
    }
    behind = caller.get("/figures/indsats_sted/cases?since=2026-01-01&until=2026-12-31&row=andet")
    assert len(behind["items"]) == 1
    assert caller.get("/figures?since=2026-02-01&until=2026-01-01", 422)
    assert caller.get("/figures?since=1990-01-01", 422)
    assert caller.get("/figures?since=9999-12-31&until=9999-12-31", 422)
    assert caller.get("/figures?since=0001-01-01", 422)
    assert caller.get("/figures/findes_ikke", 404)


def test_a_period_that_cannot_be_read_is_told(busy: Town) -> None:
    visitor = busy.visitor("anne.toft")
    for query in ("fra=i+går", "fra=2026-02-01&til=2026-01-01", "fra=1980-01-01"):
        assert visitor.get(f"/tal?{query}").status_code == 422, query


@pytest.mark.rule("ST-55")
def test_a_first_contact_leaves_its_channel_type_and_outcome(busy: Town) -> None:
    with busy.app.database.reading(now=busy.app.now()) as unit:
        facts = unit.session.scalars(select(FigureFact).order_by(FigureFact.id)).all()
    found = {(fact.kind, fact.value, fact.split) for fact in facts}
    assert ("henvendelse_kanal", "telefon", None) in found
    assert ("henvendelse", "raadgivning_givet", "henvendelse") in found
    assert any(kind == "henvendelse" and value == "sag_oprettes" for kind, value, _ in found)


@pytest.mark.rule("ST-137", "ST-149")
def test_the_committees_report_has_the_years_figures(busy: Town) -> None:
    busy.rehearse("ledelsesinformation", 1)
    with busy.app.database.reading(now=busy.app.now()) as unit:
        query = select(DocumentVersion.content).join(Document).where(Document.kind == "udvalgsrapport")
        content = unit.session.scalars(query).one()
    titles = [table["titel"] for table in content["tabeller"]]
    assert titles[0] == "Åbne sager efter sagstype"
    assert "Udvikling efter sagstype" in titles
    assert titles[-1] == "Økonomi"
