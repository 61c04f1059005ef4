"""Units, people and roles as administration changes them, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from records.tables import ClosingDay, OrgUnit, Person, RoleHolding
from tasks.errors import Invalid, NotFound, Refused
from tasks.organisation import (
    GiveRole,
    SaveClosingDay,
    SavePerson,
    SaveUnit,
    SetActive,
    TakeRole,
    give_role,
    new_password,
    remove_closing_day,
    roles_held,
    save_closing_day,
    save_person,
    save_unit,
    set_active,
    take_role,
    warnings,
)
from tests.tasks.stage import Work, steps

ADMIN = "Finn Dahl"
LONG = "x" * 250


def unit_id(work: Work, key: str) -> int:
    return int(work.rows(select(OrgUnit.id).where(OrgUnit.key == key))[0])


def holding(work: Work, name: str, role: str) -> RoleHolding:
    found: RoleHolding = work.rows(
        select(RoleHolding).where(RoleHolding.person_id == work.person(name), RoleHolding.role == role)
    )[-1]
    return found


@pytest.mark.parametrize(
    ("use_case", "command"),
    [
        (save_person, SavePerson(None, "Ny", "ny")),
        (save_unit, SaveUnit(None, "ny", "Ny", "team")),
        (give_role, GiveRole(1, "raadgiver")),
        (take_role, TakeRole(1)),
        (set_active, SetActive(1, False)),
        (new_password, 1),
        (save_closing_day, SaveClosingDay("Fri", 5, 1)),
        (remove_closing_day, 1),
    ],
)
def test_only_the_administrator(quick: Work, use_case: Any, command: Any) -> None:
    for name in ("Anne Toft", "Eva Holst", "Mette Holm"):
        with pytest.raises(Refused):
            quick.run(name, use_case, command)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": LONG}, "name"),
        ({"username": LONG}, "username"),
        ({"username": "METTE.HOLM"}, "username"),
        ({"username": "to ord"}, "username"),
        ({"email": "ikke en adresse"}, "email"),
        ({"email": f"{LONG}@x.dk"}, "email"),
        ({"title": LONG}, "title"),
        ({"unit_id": 98765}, "unit"),
        ({"password": "kort"}, "password"),
    ],
)
def test_a_person_that_cannot_be_kept_is_said_per_field(
    work: Work, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as error:
        work.run(ADMIN, save_person, SavePerson(None, **{"name": "Ny Person", "username": "ny", **given}))
    assert list(error.value.fields) == [field]
    assert work.count(Person, Person.name == "Ny Person") == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": LONG}, "name"),
        ({"key": ""}, "key"),
        ({"key": "k" * 81}, "key"),
        ({"key": "kontor_boern"}, "key"),
        ({"kind": ""}, "kind"),
        ({"district": LONG}, "district"),
        ({"area": LONG}, "area"),
        ({"parent_id": 98765}, "parent"),
    ],
)
def test_a_unit_that_cannot_be_kept_is_said_per_field(work: Work, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        work.run(ADMIN, save_unit, SaveUnit(None, **{"key": "ny", "name": "Ny", "kind": "team", **given}))
    assert list(error.value.fields) == [field]


def test_no_unit_lies_below_itself_however_far(work: Work) -> None:
    top, office = unit_id(work, "center_buf"), unit_id(work, "kontor_boern")
    for parent in (top, unit_id(work, "myndighed"), office):
        with pytest.raises(Invalid) as error:
            work.run(ADMIN, save_unit, SaveUnit(top, "center_buf", "Centret", "center", parent))
        assert list(error.value.fields) == ["parent"]
    work.run(ADMIN, save_unit, SaveUnit(office, "kontor_boern", "Kontor Børn", "kontor", top))
    with pytest.raises(NotFound):
        work.run(ADMIN, save_unit, SaveUnit(98765, "x", "X", "team"))


def test_a_role_is_given_and_taken_and_its_time_is_kept(work: Work) -> None:
    for wrong, field in (
        (GiveRole(work.person("Per Lind"), "kaptajn"), "role"),
        (GiveRole(work.person("Per Lind"), "adm", 98765), "unit"),
        (GiveRole(work.person("Per Lind"), "adm", None, date(2026, 5, 1), date(2026, 4, 1)), "valid_to"),
    ):
        with pytest.raises(Invalid) as error:
            work.run(ADMIN, give_role, wrong)
        assert list(error.value.fields) == [field]
    with pytest.raises(NotFound):
        work.run(ADMIN, give_role, GiveRole(98765, "adm"))
    held = holding(work, "Tove Lange", "adm")
    work.run(ADMIN, take_role, TakeRole(held.id))
    assert holding(work, "Tove Lange", "adm").valid_to == date(2026, 2, 1)  # to yesterday
    assert not work.actor("Tove Lange").holds("adm")
    with pytest.raises(NotFound):
        work.run(ADMIN, take_role, TakeRole(held.id))
    command = GiveRole(work.person("Tove Lange"), "adm", held.unit_id, date(2026, 3, 1))
    work.run(ADMIN, give_role, command)
    assert not work.actor("Tove Lange").holds("adm")
    rows = work.read(ADMIN, lambda unit, actor, person: roles_held(unit, person), work.person("Tove Lange"))
    assert [row.valid_from for row in rows] == [date(2026, 3, 1)]  # one that begins later is shown
    work.at("2026-03-01T00:10")
    assert work.actor("Tove Lange").holds("adm")
    work.run(ADMIN, take_role, TakeRole(rows[0].id))
    assert work.count(RoleHolding, RoleHolding.id == rows[0].id) == 0  # it was never in force


def test_the_administrator_neither_locks_nor_strips_themselves(quick: Work) -> None:
    me = quick.person(ADMIN)
    for use_case, command in (
        (set_active, SetActive(me, False)),
        (save_person, SavePerson(me, ADMIN, "finn.dahl", active=False)),
        (take_role, TakeRole(holding(quick, ADMIN, "sekretaer_drift").id)),
    ):
        with pytest.raises(Refused):
            quick.run(ADMIN, use_case, command)


@pytest.mark.parametrize(
    "command",
    [
        SaveClosingDay(" ", 5, 1),
        SaveClosingDay("Fri"),
        SaveClosingDay("Fri", 13, 1),
        SaveClosingDay("Fri", 2, 30),
        SaveClosingDay("Fri", 5, 1, date(2026, 5, 1)),
        SaveClosingDay(LONG, 5, 1),
    ],
)
def test_a_closing_day_is_one_day(work: Work, command: SaveClosingDay) -> None:
    before = work.count(ClosingDay)
    with pytest.raises(Invalid):
        work.run(ADMIN, save_closing_day, command)
    assert work.count(ClosingDay) == before


def test_a_new_closing_day_counts_for_the_next_deadline(work: Work) -> None:
    work.publish(steps("frist", "A", lane="Rådgiver: A", due="arbejdsdage_efter(i_dag, 1)"))
    case_id = work.open()
    day = work.run(ADMIN, save_closing_day, SaveClosingDay("Flyttedag", on_date=date(2026, 2, 3)))
    work.begin("frist", case_id)
    assert work.task("A").due_on == date(2026, 2, 4)
    work.run(ADMIN, remove_closing_day, day)
    work.begin("frist", case_id)
    assert work.task("A").due_on == date(2026, 2, 3)
    with pytest.raises(NotFound):
        work.run(ADMIN, remove_closing_day, day)


@pytest.mark.rule("ST-57")
def test_front_stage_has_three_members_or_somebody_is_told(work: Work) -> None:
    assert work.read("Kirsten Bro", warnings, None) == []
    assert work.read("Mette Holm", warnings, None) == []
    work.run(ADMIN, take_role, TakeRole(holding(work, "Ida Krag", "front_stage").id))
    for name in ("Kirsten Bro", ADMIN):
        assert any("2 faste medlemmer" in line for line in work.read(name, warnings, None))
    assert work.read("Mette Holm", warnings, None) == []
