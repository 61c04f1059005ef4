"""The leaders' figures (P19), each with worked numbers; who sees which; small numbers outside the circle."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select, update

from records.tables import Case, CourseMark, FigureFact, OrgUnit, RegisterRow, Task
from tasks.errors import NotFound, Refused
from tasks.figure_list import FIGURES
from tasks.figure_pages import (
    Export,
    committee_report,
    export,
    read_behind,
    read_figure,
    read_figures,
)
from tasks.figure_tables import hidden_cells
from tasks.figures import CasesBehind, Wanted
from tests.tasks.stage import Work, steps

YEAR = Wanted(date(2026, 1, 1), date(2026, 12, 31))
CHIEF = "Anne Toft"


@pytest.fixture
def town(work: Work) -> Work:
    return work


_NAMES = count(1)


def some_case(work: Work, unit: str | None = None, district: str | None = None) -> int:
    """A case, perhaps of a unit and a district."""
    case_id = work.open(f"Barn {next(_NAMES)}")
    with work.app.database.writing(now=work.app.now()) as change:
        case = change.session.get_one(Case, case_id)
        if unit is not None:
            case.unit_id = change.session.scalar(select(OrgUnit.id).where(OrgUnit.key == unit))
        case.district = district
    return case_id


def note(work: Work, kind: str, value: str | None = None, times: int = 1, **more: Any) -> None:
    """Note a figure as many times, each in a case of its own unless one is given."""
    case_of_all = more.pop("case_id", "new")
    rows = []
    for _ in range(times):
        case_id = (
            some_case(work, more.get("unit"), more.get("district")) if case_of_all == "new" else case_of_all
        )
        rows.append((case_id, {name: item for name, item in more.items() if name != "unit"}))
    with work.app.database.writing(now=work.app.now()) as unit:
        for case_id, rest in rows:
            unit.session.add(
                FigureFact(
                    kind=kind,
                    value=value,
                    case_id=case_id,
                    **{"on_date": date(2026, 2, 2), "at": work.app.now(), **rest},
                )
            )


def figure(work: Work, key: str, who: str = CHIEF, wanted: Wanted = YEAR) -> Any:
    """A figure's numbers: line → {column: number}, with `share` and `amount`."""
    table = work.read(who, read_figure, (key, wanted)).table
    found = {}
    for row in (*table.rows, table.totals):
        cells = {code: cell.value for (code, _), cell in zip(table.columns, row.cells, strict=True)}
        if row.share is not None:
            cells["share"] = round(row.share * 100)
        if row.amount.value:
            cells["amount"] = row.amount.value
        found[row.code] = cells
    return found


@pytest.mark.rule("ST-80", "ST-83")
def test_18_of_20_home_visits_are_90_percent_and_the_two_missing_are_listed(town: Work) -> None:
    cases = [some_case(town) for _ in range(20)]
    for number, case_id in enumerate(cases):
        note(town, "paragraf50", "ivaerksat", case_id=case_id)
        if number < 15:
            note(town, "hjemmebesoeg", "gennemfoert", case_id=case_id)
        elif number < 18:
            note(town, "hjemmebesoeg", "begrundet", case_id=case_id)
    found = figure(town, "hjemmebesoeg")["alle"]
    assert found == {"gennemfoert": 15, "begrundet": 3, "mangler": 2, "share": 90}
    behind = town.read(CHIEF, read_behind, CasesBehind("hjemmebesoeg", YEAR, "alle", "mangler"))
    assert sorted(one.case_id for one in behind.cases) == cases[18:]


@pytest.mark.rule("ST-102", "ST-104")
def test_6_of_40_interventions_by_local_resource_persons_are_15_percent(town: Work) -> None:
    case_id = some_case(town)
    note(town, "indsats_ressourceperson", "lokal", 6, case_id=case_id)
    note(town, "indsats_ressourceperson", "anden", 4, case_id=case_id)
    note(town, "indsats_ressourceperson", "nej", 30, case_id=case_id)
    assert figure(town, "ressourcepersoner")["alle"] == {"lokal": 6, "anden": 4, "nej": 30, "share": 15}
    note(town, "ressourcepersonaftale", "i_kraft", 2, split="lokal", case_id=case_id)
    assert figure(town, "aftaler")["i_kraft"] == {"lokal": 2}


@pytest.mark.rule("ST-33")
def test_interventions_at_home_or_near_it_as_a_share(town: Work) -> None:
    case_id = some_case(town)
    for place, times in (("hjemmet", 5), ("naermiljoeet", 1), ("andet", 2)):
        note(town, "indsats", place, times, case_id=case_id, amount=1000)
    found = figure(town, "indsats_sted")
    assert found["i_alt"] == {"antal": 8, "share": 75, "amount": 8000}
    assert found["hjemmet"]["antal"] == 5


@pytest.mark.rule("ST-18")
def test_new_cases_per_district_and_quarter(town: Work) -> None:
    for day, district in (("2026-01-05", "Nord"), ("2026-03-31", "Nord"), ("2026-04-01", "Syd")):
        town.at(f"{day}T00:30")  # half past midnight in Copenhagen is the day before in UTC
        some_case(town, district=district)
    found = figure(town, "nye_sager")
    assert found["Nord"] == {"2026-K1": 2, "2026-K2": 0}
    assert found["Syd"] == {"2026-K1": 0, "2026-K2": 1}
    assert figure(town, "nye_sager", wanted=Wanted(date(2026, 1, 1), date(2026, 1, 5)))["Nord"] == {
        "2026-K1": 1
    }
    town.at("2026-05-01T09:00")
    assert figure(town, "nye_sager", wanted=Wanted(date(2020, 1, 1), date(2026, 5, 1)))["Nord"] == {"2026": 2}


@pytest.mark.rule("ST-19")
def test_ad_hoc_meetings_by_category_and_district(town: Work) -> None:
    note(town, "ad_hoc_moede", "gul", 3, case_id=None, district="Nord", unit_id=unit_id(town, "skovskolen"))
    note(town, "ad_hoc_moede", "roed", 1, case_id=None, district="Syd", unit_id=unit_id(town, "kontor_unge"))
    found = figure(town, "ad_hoc")
    assert (found["gul"], found["roed"]) == ({"Nord": 3, "Syd": 0}, {"Nord": 0, "Syd": 1})


def unit_id(work: Work, key: str) -> int:
    return int(work.rows(select(OrgUnit.id).where(OrgUnit.key == key))[0])


@pytest.mark.rule("ST-55")
def test_outcomes_of_first_contacts_by_type_and_channel(town: Work) -> None:
    home = unit_id(town, "front_stage")
    for kind, outcome, times in (("akut", "sag_oprettes", 4), ("henvendelse", "raadgivning_givet", 96)):
        note(town, "henvendelse", outcome, times, split=kind, case_id=None, unit_id=home)
    note(town, "henvendelse_kanal", "telefon", 60, case_id=None, unit_id=home)
    assert figure(town, "henvendelser")["henvendelse"] == {"raadgivning_givet": 96, "sag_oprettes": 0}
    assert figure(town, "henvendelser")["i_alt"] == {"raadgivning_givet": 96, "sag_oprettes": 4}
    assert figure(town, "kanaler")["telefon"] == {"antal": 60}


@pytest.mark.rule("ST-59")
def test_twelve_consultations_are_twelve(town: Work) -> None:
    note(town, "ppr_konsultation", "temadag", 12, case_id=None, unit_id=unit_id(town, "ppr"))
    note(
        town,
        "ppr_konsultation",
        "temadag",
        case_id=None,
        unit_id=unit_id(town, "ppr"),
        on_date=date(2025, 12, 31),
    )
    assert figure(town, "ppr")["temadag"] == {"antal": 12}
    assert figure(town, "ppr", "Niels Ravn")["i_alt"] == {"antal": 12}


@pytest.mark.rule("ST-120")
def test_young_people_outside_education_are_counted(town: Work) -> None:
    note(town, "uddannelsesstatus", "uden_for_uddannelse", 1)
    note(town, "uddannelsesstatus", "grundskole", 3)
    found = figure(town, "uddannelse")
    assert found["uden_for_uddannelse"] == {"antal": 1, "share": 25}
    behind = town.read(CHIEF, read_behind, CasesBehind("uddannelse", YEAR, "uden_for_uddannelse", "antal"))
    assert len(behind.cases) == 1
    assert (behind.row, behind.column) == ("Uden for uddannelse", "Antal")


@pytest.mark.rule("ST-141", "ST-143")
def test_assessments_in_time_late_overdue_and_waiting(town: Work) -> None:
    case_id = some_case(town)
    for value, on, due in (
        ("ja", date(2026, 1, 20), date(2026, 1, 20)),
        ("ja", date(2026, 1, 21), date(2026, 1, 20)),
        ("afventer", date(2025, 10, 1), date(2026, 2, 1)),
        ("afventer", date(2025, 11, 2), date(2026, 2, 2)),
    ):
        for kind in ("vurdering_3_mdr", "evaluering_1_aar"):
            note(town, kind, value, case_id=case_id, on_date=on, due_on=due)
    expected = {"til_tiden": 1, "for_sent": 1, "overskredet": 1, "afventer": 1, "share": 25}
    assert figure(town, "vurdering_3_mdr")["alle"] == expected
    assert figure(town, "evaluering_1_aar")["alle"] == expected


@pytest.mark.rule("ST-144")
def test_effect_against_cost(town: Work) -> None:
    note(town, "evaluering_1_aar", "god", 2, case_id=some_case(town), amount=50_000)
    assert figure(town, "effekt")["god"] == {"antal": 2, "amount": 100_000}


@pytest.mark.rule("SM-27")
def test_answers_within_ten_working_days(town: Work) -> None:
    case_id = some_case(town)
    note(town, "samarbejdsmoede_svar", "accept", 3, case_id=case_id, due_on=date(2026, 2, 2))
    note(town, "samarbejdsmoede_svar", "accept", 1, case_id=case_id, due_on=date(2026, 1, 30))
    assert figure(town, "accept")["accept"] == {"til_tiden": 3, "for_sent": 1, "share": 75}


@pytest.mark.rule("FF-05", "FF-07", "FF-33")
def test_faglig_forum_in_figures(town: Work) -> None:
    case_id = some_case(town)
    for value, times in (("familie_og_barn", 1), ("familie", 2), ("ingen", 1)):
        note(town, "ff_inddragelse", value, times, case_id=case_id)
    assert figure(town, "ff_inddragelse")["alle"]["share"] == 75
    note(town, "ff_retning", "aflastning", 2, split="Børn", amount=40_000, case_id=case_id)
    assert figure(town, "ff_retning")["aflastning"] == {"Børn": 2, "amount": 80_000}
    note(town, "ff_ventetid", None, case_id=case_id, quantity=10)
    note(town, "ff_ventetid", None, case_id=case_id, quantity=15)
    assert figure(town, "ff_ventetid")["2026-K1"] == {"antal": 2, "amount": 12}
    note(town, "ff_materiale", "rettidigt", 3, case_id=case_id)
    note(town, "ff_materiale", "for_sent_afvist", 1, case_id=case_id)
    assert figure(town, "ff_materiale")["alle"]["share"] == 75
    note(town, "ff_sag", "kompetenceplan", 2, case_id=case_id)
    assert figure(town, "ff_sager")["kompetenceplan"] == {"antal": 2}


@pytest.mark.rule("FF-06")
def test_a_proposed_new_offer_is_listed(town: Work) -> None:
    note(town, "ff_nyt_tilbud", note="En gruppe for søskende", on_date=date(2026, 1, 8))
    sheet = town.read(CHIEF, read_figures, YEAR)
    assert sheet.offers == ((date(2026, 1, 8), "En gruppe for søskende"),)
    assert town.read("Niels Ravn", read_figures, YEAR).offers == ()


@pytest.mark.rule("OS-31", "ST-145")
def test_late_work_is_visible_per_role(town: Work) -> None:
    town.publish(steps("a", "A", lane="Rådgiver: A", due="i_dag"))
    for _ in range(2):
        town.begin("a", some_case(town))
    assert figure(town, "opgaver")["raadgiver"] == {"i_tide": 2, "overskredet": 0}
    with town.app.database.writing(now=town.app.now()) as unit:
        first = unit.session.scalars(select(Task.id).order_by(Task.id)).first()
        unit.session.execute(
            update(Task).where(Task.id == first).values(due_at=town.app.now().replace(year=2025))
        )
    assert figure(town, "opgaver")["raadgiver"] == {"i_tide": 1, "overskredet": 1}
    note(town, "rettidig_indsats", "ja", 3, case_id=some_case(town))
    note(town, "rettidig_indsats", "nej", 1, case_id=some_case(town))
    assert figure(town, "rettidig_indsats")["alle"] == {"ja": 3, "nej": 1, "share": 75}


@pytest.mark.rule("ST-137", "ST-149")
def test_open_cases_and_the_trend_of_interventions(town: Work) -> None:
    case_id = some_case(town)
    note(town, "sagstype", "forebyggelse", case_id=case_id, on_date=date(2026, 1, 1))
    note(town, "sagstype", "anbringelse", case_id=case_id, on_date=date(2026, 1, 2))
    some_case(town)
    assert figure(town, "aabne_sager") == {
        "anbringelse": {"antal": 1},
        "ikke_oplyst": {"antal": 1},
        "i_alt": {"antal": 2},
    }
    for year in (2024, 2025, 2026):
        note(
            town,
            "indsats",
            "hjemmet",
            year - 2020,
            split="forebyggelse",
            case_id=case_id,
            on_date=date(year, 5, 1),
        )
    wanted = Wanted(date(2020, 1, 1), date(2026, 12, 31))
    trend = figure(town, "udvikling", wanted=wanted)["forebyggelse"]
    assert trend == {"2024": 4, "2025": 5, "2026": 6}


@pytest.mark.rule("ST-61", "ST-62", "ST-77")
def test_courses_by_how_far_people_are(town: Work) -> None:
    with town.app.database.writing(now=town.app.now()) as unit:
        unit.session.add(
            RegisterRow(
                register="kursus", key="boernesamtale", title="Børnesamtalen", status="aaben", content={}
            )
        )
        for name, day in (("Mette Holm", date(2026, 1, 5)), ("Sara Lund", None)):
            unit.session.add(
                CourseMark(
                    course="boernesamtale",
                    person_id=town.person(name),
                    offered_on=date(2026, 1, 1),
                    attended_on=day,
                )
            )
    found = figure(town, "kurser")["Børnesamtalen"]
    assert found == {"deltaget": 1, "planlagt": 0, "tilbudt": 1, "mangler": 0, "share": 50}


# --- who sees what --------------------------------------------------------------------------------


@pytest.mark.rule("ST-147")
def test_a_leader_sees_the_own_units_and_the_chief_all(town: Work) -> None:
    note(town, "ff_sag", "kompetenceplan", 2, unit="kontor_boern")
    note(town, "ff_sag", "kompetenceplan", 3, unit="kontor_unge")
    seen = {
        name: figure(town, "ff_sager", name)["i_alt"]["antal"]
        for name in (CHIEF, "Kirsten Bro", "Birgit Skov")
    }
    assert seen == {CHIEF: 5, "Kirsten Bro": 5, "Birgit Skov": 2}
    youth = unit_id(town, "kontor_unge")
    assert figure(town, "ff_sager", wanted=Wanted(YEAR.since, YEAR.until, youth))["i_alt"]["antal"] == 3
    with pytest.raises(Refused):
        figure(town, "ff_sager", "Birgit Skov", Wanted(YEAR.since, YEAR.until, youth))
    for name in ("Mette Holm", "Karim Nasser", "Eva Holst"):
        with pytest.raises(Refused, match="Kun ledere"):
            town.read(name, read_figures, YEAR)
        with pytest.raises(Refused):
            town.read(name, read_behind, CasesBehind("ff_sager", YEAR))
    behind = town.read("Birgit Skov", read_behind, CasesBehind("ff_sager", YEAR, "kompetenceplan", "antal"))
    assert {one.unit for one in behind.cases} == {"Kontor Børn"}
    with pytest.raises(NotFound):
        figure(town, "findes_ikke")


def test_the_filters_narrow_by_district_person_and_period(town: Work) -> None:
    note(town, "ff_sag", "kompetenceplan", 2, district="Nord", person_id=town.person("Mette Holm"))
    note(town, "ff_sag", "kompetenceplan", 1, district="Syd", on_date=date(2025, 1, 1))
    for wanted, expected in (
        (YEAR, 2),
        (Wanted(date(2025, 1, 1), YEAR.until), 3),
        (Wanted(date(2025, 1, 1), YEAR.until, district="Syd"), 1),
        (Wanted(YEAR.since, YEAR.until, person_id=town.person("Sara Lund")), 0),
    ):
        assert figure(town, "ff_sager", wanted=wanted)["i_alt"]["antal"] == expected


def test_all_figures_are_read_in_a_bounded_number_of_statements(town: Work) -> None:
    sheet = town.read(CHIEF, read_figures, YEAR)
    assert len(sheet.figures) == len(FIGURES)
    assert "opstart_af_sag" not in {one.key for one in sheet.revisions if one.overdue}


# --- small numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "hidden"),
    [
        ([[5, 10, 15]], [[False, False, False]]),
        ([[3, 10, 13]], [[True, True, False]]),  # the second so that 13 - 10 does not tell
        ([[3, 0, 3]], [[True, False, True]]),
        ([[2, 2, 9, 13]], [[True, True, True, False]]),  # two hidden that are four together tell too much
        ([[4]], [[True]]),
        ([[0]], [[False]]),
        ([[3], [10], [13]], [[True], [True], [False]]),
        (
            [[3, 10, 13], [20, 30, 50], [23, 40, 63]],
            [[True, True, False], [True, True, False], [False, False, False]],
        ),
    ],
)
def test_what_is_hidden_cannot_be_worked_out(numbers: list[list[int]], hidden: list[list[bool]]) -> None:
    assert hidden_cells(numbers) == hidden


@pytest.mark.rule("ST-151")
def test_a_file_has_no_small_numbers_and_no_names(town: Work) -> None:
    note(town, "ff_sag", "kompetenceplan", 12)
    note(town, "ff_sag", "droeftelse", 3)
    (sheet,) = town.read(CHIEF, export, Export(YEAR, "ff_sager"))
    assert sheet.head == ("Fordelt på", "Antal")
    assert sheet.lines == (("Drøftelse", "skjult"), ("Kompetenceplan", "skjult"), ("I alt", 15))
    everything = town.read(CHIEF, export, Export(YEAR))
    assert [one.title for one in everything] == [spec.title for spec in FIGURES]
    assert "Barn 1" not in str(everything)
    with pytest.raises(Refused):
        town.read("Mette Holm", export, Export(YEAR))


@pytest.mark.rule("ST-137", "ST-149")
def test_the_committees_report_covers_three_years_and_hides_small_numbers(town: Work) -> None:
    case_id = some_case(town)
    for year, times in ((2024, 6), (2025, 7), (2026, 2)):
        note(
            town,
            "indsats",
            "hjemmet",
            times,
            split="forebyggelse",
            case_id=case_id,
            on_date=date(year, 5, 1),
            amount=1000,
        )
    town.at("2026-12-31T09:00")
    report = town.read(CHIEF, committee_report, 2026)
    assert report["periode"] == "1. januar – 31. december 2026"
    (trend,) = [table for table in report["tabeller"] if table["titel"] == "Udvikling efter sagstype"]
    assert trend["kolonner"] == ["Fordelt på", "2024", "2025", "2026", "I alt", "Budget, kr."]
    assert trend["raekker"] == [["Forebyggelse", "skjult", 7, "skjult", 15, 15000]]
    for name in ("Kirsten Bro", "Mette Holm"):
        with pytest.raises(Refused):
            town.read(name, committee_report, 2026)
