"""What procedures note for the leaders' figures (P19)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from records.tables import Case, FigureFact
from tasks.correct import CorrectStep, correct_step
from tasks.failures import CannotGoOn
from tests.engine.drawing import chain
from tests.host.stage import service, user
from tests.tasks.stage import CHILD, Work, drawn

FORM = [
    {"type": "textfield", "key": "sted", "label": "Sted"},
    {"type": "number", "key": "udgift", "label": "Udgift"},
    {"type": "textfield", "key": "fri", "label": "Fri tekst"},
]


def counting(tal: str, *services: str) -> Any:
    """A procedure whose step notes figures, with effects after it."""
    ids = [one.split('id="')[1].split('"')[0] for one in services]
    return drawn(
        "taeller",
        user("A", "Trin A", skema="sted", frist="i_dag", tal=tal),
        *services,
        user("B", "Trin B", skema="sted", frist="i_dag"),
        chain("s", "A", *ids, "B", "e"),
        lane="Rådgiver: A B",
        forms={"sted": FORM},
    )


def facts(work: Work) -> list[FigureFact]:
    return work.rows(select(FigureFact).order_by(FigureFact.id))


@pytest.mark.rule("ST-145")
def test_a_step_notes_codes_numbers_and_dates_with_the_cases_people(work: Work) -> None:
    work.publish(
        counting(
            'indsats = {vaerdi: sted, beloeb: udgift, dato: "2026-01-15", frist: maaneder_efter(i_dag, 3), '
            'noegle: "i1", opdeling: if udgift > 100 then "dyr" else "billig"}\n'
            "rettidig_indsats = true\nff_nyt_tilbud = if fri = null then null else {tekst: fri}"
        )
    )
    case_id = work.open()
    work.begin("taeller", case_id)
    work.complete("Mette Holm", "A", case_id, sted="hjemmet", udgift=120)
    first, second = facts(work)
    assert (first.kind, first.value, first.split, first.amount) == ("indsats", "hjemmet", "dyr", 120)
    assert (first.on_date, first.due_on, first.key) == (date(2026, 1, 15), date(2026, 5, 2), "i1")
    assert (first.case_id, first.person_id) == (case_id, work.person("Mette Holm"))
    assert first.unit_id == work.rows(select(Case.unit_id))[0]
    assert (second.kind, second.value, second.on_date) == ("rettidig_indsats", "ja", date(2026, 2, 2))


def test_a_later_figure_with_the_same_key_takes_the_place_of_the_first(work: Work) -> None:
    work.publish(
        counting(
            'indsats = {vaerdi: sted, noegle: "i1"}\nff_sag = "kompetenceplan"',
            service("t", "noter_tal", art='"ff_ventetid"', antal="14", noegle='"uge"'),
        )
    )
    case_id = work.open()
    for place in ("hjemmet", "andet"):
        work.begin("taeller", case_id)
        work.complete("Mette Holm", "A", case_id, sted=place)
    found = [(fact.kind, fact.value, fact.quantity) for fact in facts(work)]
    assert sorted(found, key=str) == [
        ("ff_sag", "kompetenceplan", 1),
        ("ff_sag", "kompetenceplan", 1),
        ("ff_ventetid", None, 14),
        ("indsats", "andet", 1),
    ]


def test_a_corrected_step_notes_its_figures_anew_on_the_day_it_was_done(work: Work) -> None:
    work.publish(counting("hjemmebesoeg = sted"))
    case_id = work.open()
    work.begin("taeller", case_id)
    work.complete("Mette Holm", "A", case_id, sted="begrundet")
    task = work.task("A", status="udfoert")
    work.at("2026-02-03T09:00")
    work.run("Mette Holm", correct_step, CorrectStep(task.id, {"sted": "gennemfoert"}, "Skrevet forkert"))
    (fact,) = facts(work)
    assert (fact.value, fact.on_date) == ("gennemfoert", date(2026, 2, 2))


@pytest.mark.parametrize("text", ["030323-0000", "x" * 81])
def test_a_code_is_short_and_never_a_personal_number(work: Work, text: str) -> None:
    work.publish(counting("hjemmebesoeg = fri"))
    case_id = work.open()
    work.begin("taeller", case_id)
    with pytest.raises(CannotGoOn, match="kort kode"):
        work.complete("Mette Holm", "A", case_id, fri=text)
    assert facts(work) == []


def test_figures_of_a_contact_come_along_to_its_case(work: Work) -> None:
    work.publish(
        drawn(
            "kontakt",
            user("A", "Modtag", skema="barn", frist="i_dag", tal='henvendelse_kanal = "telefon"'),
            service("opret", "opret_sag", fra='"A"'),
            user("B", "Vurdér", skema="barn", frist="i_dag"),
            chain("s", "A", "opret", "B", "e"),
            lane="Front Stage: A B opret",
            forms={"barn": [*CHILD, {"type": "textfield", "key": "distrikt", "label": "Distrikt"}]},
        )
    )
    work.begin("kontakt")
    work.complete("Ida Krag", "A", barn_navn="Liv Skov", distrikt="Nord")
    (case,) = work.rows(select(Case))
    (fact,) = facts(work)
    assert (fact.case_id, fact.value) == (case.id, "telefon")
    assert (case.district, case.data["distrikt"]) == ("Nord", "Nord")
