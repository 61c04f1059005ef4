"""Guides: versions that stay, the card of the reader's profession, and which version a task was done with."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from host.settings import ROOT
from host.wiring import shipped_guides
from records.errors import RecordsError
from records.tables import GuideReading, GuideVersion, Person
from tasks import guides
from tasks.errors import Invalid, NotFound, Refused, Stale
from tasks.guides import GuideText, PublishGuide, ReadGuide, ShippedGuide
from tasks.roles import roles_of
from tasks.worksheet import ReadTask, read_task
from tests.engine.drawing import chain
from tests.host.stage import user
from tests.tasks.stage import Work, drawn


@pytest.fixture(autouse=True)
def shipped_library(quick: Work) -> None:
    """The guides that ship, as a service that starts takes them in."""
    with quick.app.database.writing(now=quick.app.now()) as unit:
        guides.take_shipped(unit, shipped_guides(ROOT / "processes"))


DUE = "arbejdsdage_efter(i_dag, 2)"
LED = drawn(
    "ledet",
    user("A", "Led mødet", skema="tekst", frist=DUE, vejledninger="moedeguide, opgavekort"),
    user("B", "Efter mødet", skema="tekst", frist=DUE, vejledninger="opgavekort"),
    chain("s", "A", "B", "e"),
    lane="Rådgiver: A B",
)


def newest(work: Work, key: str = "moedeguide") -> GuideText:
    """A guide as it is now."""
    found = work.read("Mette Holm", guides.read_guide, ReadGuide(key))
    assert isinstance(found, GuideText)
    return found


def test_every_shipped_guide_is_there_as_version_1(quick: Work) -> None:
    lines = quick.read("Ida Krag", guides.list_guides, None)
    keys = {line.key for line in lines}
    assert keys >= {
        *("handleguide", "trivselslinje", "tilbudsvifte", "kompetenceplan", "forebyggelsesgrupper"),
        *("moedeguide", "opgavekort", "opgavekort-raadgiver", "opgavekort-sundhedspleje"),
    }
    assert {line.version for line in lines} == {1}
    with quick.app.database.writing(now=quick.app.now()) as unit:
        known = set(roles_of(unit).by_key)
        for roles in unit.session.scalars(select(GuideVersion.roles)):
            assert {name.strip() for name in roles.split(",") if name} <= known
        assert guides.take_shipped(unit, shipped_guides(ROOT / "processes")) == 0


@pytest.mark.rule("BF-34", "SM-31", "SM-51")
def test_the_chairs_task_shows_the_guide_and_its_version_is_noted(quick: Work) -> None:
    quick.publish(LED)
    case_id = quick.open()
    quick.begin("ledet", case_id)
    task_id = quick.task("A", case_id).id
    for _ in range(2):
        sheet = quick.run("Mette Holm", read_task, ReadTask(task_id))
    assert [guide.key for guide in sheet.guides] == ["moedeguide", "opgavekort-raadgiver"]
    assert "## Indled" in sheet.guides[0].text
    seen = newest(quick)
    quick.run("Eva Holst", guides.publish_guide, PublishGuide("moedeguide", seen.title, "Ny tekst", 1))
    sheet = quick.run("Mette Holm", read_task, ReadTask(task_id))
    assert (sheet.guides[0].version, sheet.guides[0].text) == (2, "Ny tekst")
    assert quick.journal(case_id, "vejledning") == [
        "Led mødet: Mødeguide, version 1, vist",
        "Led mødet: Opgavekort: Rådgiver, version 1, vist",
        "Led mødet: Mødeguide, version 2, vist",
    ]
    assert quick.count(GuideReading) == 3


@pytest.mark.rule("SM-32", "SM-45", "BF-02")
@pytest.mark.parametrize(
    ("reader", "role", "card"),
    [
        ("Mette Holm", None, "opgavekort-raadgiver"),
        ("Mette Holm", "sundhedstjenesten", "opgavekort-sundhedspleje"),
        (None, "lokal_leder", "opgavekort-lokal-leder"),
        (None, "ke", "opgavekort-ke"),
        (None, None, "opgavekort"),
        (None, "udvalg", "opgavekort"),
    ],
)
def test_the_card_is_that_of_the_profession(
    quick: Work, reader: str | None, role: str | None, card: str
) -> None:
    with quick.app.database.reading(now=quick.app.now()) as unit:
        [found] = guides.guides_for(unit, quick.actor(reader), "opgavekort", role)
    assert found.key == card
    assert "ikke udtømmende" in found.text


@pytest.mark.rule("BF-04", "BF-05", "BF-36", "BF-41")
def test_the_guides_say_what_the_procedure_asks_of_them(quick: Work) -> None:
    chair = newest(quick).text
    for words in (
        "nysgerrige og undersøgende på egen praksis",
        "så hurtigt som muligt",
        "tydelig, tillidsfuld og positiv ramme",
    ):
        assert words in chair
    assert "løsningsfokuseret" in newest(quick, "opgavekort-raadgiver").text


def test_only_the_owner_writes_and_nobody_overwrites(quick: Work) -> None:
    with pytest.raises(Refused):
        quick.run("Mette Holm", guides.publish_guide, PublishGuide("moedeguide", "Mødeguide", "x", 1))
    with pytest.raises(Stale):
        quick.run("Eva Holst", guides.publish_guide, PublishGuide("moedeguide", "Mødeguide", "x", 7))
    with pytest.raises(Invalid) as empty:
        quick.run("Eva Holst", guides.publish_guide, PublishGuide("moedeguide", "Mødeguide", " ", 1))
    assert list(empty.value.fields) == ["tekst"]
    same = newest(quick)
    with pytest.raises(Invalid):
        quick.run("Eva Holst", guides.publish_guide, PublishGuide("moedeguide", same.title, same.text, 1))
    with pytest.raises(NotFound):
        quick.run("Eva Holst", guides.publish_guide, PublishGuide("findes_ikke", "x", "x", 1))
    with pytest.raises(RecordsError), quick.app.database.writing(now=quick.app.now()) as unit:
        unit.session.execute(text("UPDATE guide_version SET text = 'x'"))


def test_a_newer_file_is_a_new_version_unless_an_owner_has_written(quick: Work) -> None:
    def take(content: str) -> int:
        with quick.app.database.writing(now=quick.app.now()) as unit:
            return guides.take_shipped(unit, [ShippedGuide("moedeguide", content)])

    assert take("# Mødeguide\n\n<!-- roller: raadgiver -->\n\nNy fil") == 1
    assert newest(quick).text == "Ny fil"
    quick.run("Eva Holst", guides.publish_guide, PublishGuide("moedeguide", "Mødeguide", "Ejerens", 2))
    assert take("# Mødeguide\n\nEndnu en fil") == 0
    assert (newest(quick).version, newest(quick).text) == (3, "Ejerens")
    owner = quick.rows(select(Person.name).join(GuideVersion, GuideVersion.published_by_id == Person.id))
    assert owner == ["Eva Holst"]
