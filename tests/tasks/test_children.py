"""Children and their cases: found again by number, unreadable in the database, numbered without gaps."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select, text

from records.tables import Case, CaseParty, Child
from tasks.cases import OpenCase, open_case
from tasks.errors import Invalid
from tests.tasks.stage import Work, local

CPR = "030323-0000"


def test_a_known_child_gets_a_second_case_and_what_was_not_known_is_added(work: Work) -> None:
    work.open("Liv Skov", None, cpr=CPR, born=None)
    second = work.open("liv  skov", None, cpr="0303230000", address="Skovvej 1", protected_address=True)
    third = work.open("Liv Skov Holm", None, cpr="030323 0000", address=None)
    children = work.rows(select(Child))
    assert [(child.name, child.born, child.cpr) for child in children] == [
        ("Liv Skov", date(2023, 3, 3), CPR)
    ]
    assert (children[0].address, children[0].protected_address) == ("Skovvej 1", True)
    assert work.rows(select(Case.child_id).distinct()) == [children[0].id]
    assert work.journal(second, "notat") == []
    assert work.journal(third, "notat") == [
        "Barnet er kendt i forvejen som Liv Skov. Henvendelsen kalder det Liv Skov Holm."
    ]


def test_a_number_of_a_child_born_on_another_day_is_refused(work: Work) -> None:
    work.open(cpr=CPR)
    with pytest.raises(Invalid) as error:
        work.open("Noah Vind", cpr=CPR, born=date(2011, 9, 10))
    assert "barn_cpr" in error.value.fields
    assert "Liv" not in str(error.value.fields) + error.value.message
    assert work.count(Case) == 1


def test_children_without_a_number_are_never_taken_for_each_other(quick: Work) -> None:
    quick.open("Liv Skov")
    quick.open("Liv Skov")
    assert quick.count(Child) == 2


def test_number_address_and_the_cases_data_are_unreadable_in_the_database(work: Work) -> None:
    case_id = work.open(cpr=CPR, address="Skovvej 1", protected_address=True, data={"omfang": "meget stort"})
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.add(
            CaseParty(case_id=case_id, kind="familie", name="Farmor Gerda", details={}, since=unit.now)
        )
    with work.app.database.reading(now=work.app.now()) as unit:
        stored = [
            str(tuple(row))
            for table in ("child", '"case"', "case_party", "journal_entry")
            for row in unit.connection.execute(text(f"SELECT * FROM {table}"))
        ]
    for word in (CPR, CPR.replace("-", ""), "Skovvej", "meget stort", "Gerda"):
        assert not any(word in row for row in stored), word


def test_cases_are_numbered_per_year_without_gaps_whoever_opens_them(work: Work) -> None:
    failures: list[BaseException] = []

    def open_some(number: int) -> None:
        try:
            for turn in range(4):
                name = "" if turn == 2 else f"Barn {number}.{turn}"
                try:
                    work.run("Ida Krag", open_case, OpenCase(name))
                except Invalid:
                    assert turn == 2
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=open_some, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = sorted(work.rows(select(Case.number)))
    assert numbers == [f"2026-{number:06d}" for number in range(1, 13)]
    work.clock.set(local("2027-01-01T00:30"))  # still 2026 in UTC
    assert work.run("Ida Krag", open_case, OpenCase("Ny")).number == "2027-000001"
