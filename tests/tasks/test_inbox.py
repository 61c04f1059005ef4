"""The worklist: whose it is, its order, its pages, and what a search finds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from records.tables import OrgUnit, Person, RoleHolding, Task
from tasks.caselist import FindCases, find_cases
from tasks.claims import ClaimTask, claim_task
from tasks.errors import Refused
from tasks.inbox import ListTasks, TaskLine, list_tasks, read_cursor, write_cursor
from tasks.people import SYSTEM
from tests.engine.drawing import chain
from tests.host.stage import user
from tests.tasks.stage import CONTACT, Work, drawn, steps

MINE = steps("min", "A", lane="Rådgiver: A", due="date(frist)")


def mine(work: Work, name: str, scope: Any = "mine", **more: Any) -> list[TaskLine]:
    return list(work.read(name, list_tasks, ListTasks(scope, **more)).rows)


def fill(work: Work, dates: list[str | None], acute: tuple[int, ...] = ()) -> None:
    """Tasks of Mette's with these due dates; some of them acute."""
    work.publish(
        drawn(
            "fyld",
            user("A", "Trin A", skema="tekst", frist="ingen"),
            chain("s", "A", "e"),
            lane="Rådgiver: A",
        )
    )
    case_id = work.open()
    for _ in dates:
        work.begin("fyld", case_id)
    with work.app.database.writing(now=work.app.now()) as unit:
        for number, task in enumerate(sorted(unit.session.query(Task), key=lambda task: task.id)):
            days = dates[number]
            if days is not None:
                task.sort_at = unit.now + timedelta(days=int(days))
                task.due_at = task.sort_at
            task.urgency = 0 if number in acute else 1


def test_acute_first_then_by_due_instant_and_without_last(work: Work) -> None:
    fill(work, ["5", None, "-3", "1", "9", "-3"], acute=(4,))
    ids = [row.id for row in mine(work, "Mette Holm")]
    first = min(ids)
    assert [one - first for one in ids] == [4, 2, 5, 3, 0, 1]


def test_pages_are_complete_and_repeat_nothing_while_work_goes_on(work: Work) -> None:
    fill(work, [str(number % 4) for number in range(11)], acute=(3, 7))
    whole = [row.id for row in mine(work, "Mette Holm")]
    seen: list[int] = []
    after = None
    done = False
    while True:
        page = work.read("Mette Holm", list_tasks, ListTasks(after=after, limit=3))
        seen += [row.id for row in page.rows]
        if page.next_after is None:
            break
        after = read_cursor(write_cursor(page.next_after))
        assert after == page.next_after
        if not done:  # what is done meanwhile moves nobody to another page
            work.run("Mette Holm", _complete, seen[0])
            done = True
    assert seen == whole


def _complete(unit: Any, actor: Any, task_id: int) -> None:
    unit.session.get_one(Task, task_id).status = "udfoert"


MIDNIGHT = "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [None, "", "x", "1~2~3", "1~2026-01-01T00:00:00~4", f"99999999~{MIDNIGHT}~4", f"1~{MIDNIGHT}~{2**70}"],
)
def test_a_cursor_that_is_nonsense_is_the_first_page(work: Work, text: str | None) -> None:
    assert read_cursor(text) is None


def test_groups_tasks_from_every_group_until_somebody_has_them(work: Work) -> None:
    work.publish(steps("a", "A", lane="Front Stage: A"), steps("b", "B", lane="Kontorleder: B"))
    with work.app.database.writing(now=work.app.now()) as unit:
        ida = unit.session.query(Person).filter_by(name="Ida Krag").one()
        office = unit.session.query(OrgUnit).filter_by(key="kontor_boern").one()
        unit.session.add(RoleHolding(person_id=ida.id, role="kontorleder", unit_id=office.id))
    case_id = work.open()
    for key in ("a", "b", "a"):
        work.begin(key, case_id)
    assert [row.name for row in mine(work, "Ida Krag", "grupper")] == ["Trin A", "Trin B", "Trin A"]
    assert all(row.claimable and not row.mine for row in mine(work, "Ida Krag", "grupper"))
    assert mine(work, "Jonas Friis", "grupper") == mine(work, "Jonas Friis") == []
    work.run("Ida Krag", claim_task, ClaimTask(work.tasks()[0].id))
    assert len(mine(work, "Ida Krag", "grupper")) == 2
    assert [row.name for row in mine(work, "Ida Krag")] == ["Trin A"]
    assert [row.name for row in mine(work, "Bo Winther", "grupper")] == ["Trin A"]


def test_a_leader_sees_the_unit_and_those_below_and_whom_it_is_about_only_in_own_cases(work: Work) -> None:
    work.publish(
        steps("a", "A", lane="Rådgiver: A"),
        steps("b", "B", lane="Front Stage: B"),
        steps("c", "C", lane="Administrative medarbejdere: C"),
    )
    mette, jonas = work.open("Liv Skov"), work.open("Noah Vind", "Jonas Friis")
    for case_id in (mette, jonas):
        for key in ("a", "b", "c"):
            work.begin(key, case_id)
    assert [(row.name, row.child) for row in mine(work, "Birgit Skov", "enhed")] == [("Trin A", "Liv Skov")]
    assert len(mine(work, "Kirsten Bro", "enhed")) == 6  # her teams hold the groups
    assert len(mine(work, "Anne Toft", "enhed")) == 6
    assert mine(work, "Per Lind", "enhed") == []
    for name in ("Mette Holm", "Finn Dahl"):
        with pytest.raises(Refused):
            mine(work, name, "enhed")
    with work.app.database.writing(now=work.app.now()) as unit:  # Karim's leader does not lead the case
        karim = unit.session.query(Person).filter_by(name="Karim Nasser").one()
        unit.session.get_one(Task, work.task("C", mette).id).assignee_id = karim.id
    rows = mine(work, "Niels Ravn", "enhed")
    assert [(row.name, row.child, row.case_number) for row in rows] == [("Trin C", None, "2026-000001")]
    assert mine(work, "Niels Ravn", "enhed", search="Liv") == []
    assert len(mine(work, "Niels Ravn", "enhed", search="Trin")) == 1
    assert len(mine(work, "Kirsten Bro", "enhed", search="Liv")) == 3


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ØRSTED", True),
        ("ørsted", True),
        ("åse ørsted", True),
        ("aase", True),
        ("Élise", True),
        ("elise", True),
        ("TRIN Å", True),
        ("trin å", True),
        ("2026-000001", True),
        ("ÆBLEGÅRDEN", True),
        ("100%", True),
        ("1_0", False),
        ("\\", False),
        ("åse vind", False),
        ("\0", True),  # nothing is searched for
        ("-", True),
    ],
)
def test_a_search_folds_danish_letters_on_both_databases(work: Work, search: str, found: bool) -> None:
    text = steps("aeble", "A", lane="Rådgiver: A")
    drawn_text = (
        text.files["aeble.bpmn"]
        .decode()
        .replace('name="Trin A"', 'name="Trin Å 100%"')
        .replace('name="Aeble"', 'name="Æblegården"')
    )
    work.publish(type(text)("aeble", 0, {**text.files, "aeble.bpmn": drawn_text.encode()}))
    work.begin("aeble", work.open("Åse Élise Ørsted"))
    assert bool(mine(work, "Mette Holm", search=search)) is found


def test_a_search_among_cases_folds_too(work: Work) -> None:
    work.open("Åse Ørsted")
    work.open("Liv Skov")
    for search, count in (("ØRSTED", 1), ("aase", 1), ("2026-00000", 2), ("skov åse", 0)):
        assert len(work.read("Mette Holm", find_cases, FindCases(search))) == count, search
    assert work.read("Jonas Friis", find_cases, FindCases()) == []
    assert len(work.read("Anne Toft", find_cases, FindCases())) == 2


def test_what_a_row_tells(work: Work) -> None:
    work.publish(CONTACT)
    case_id = work.open("Liv Skov", protected_address=True)
    work.publish(steps("min", "A", lane="Rådgiver: A"))
    work.begin("min", case_id)
    work.begin("kontakt")
    row = mine(work, "Mette Holm")[0]
    assert (row.case_number, row.child, row.protected, row.procedure, row.name, row.role_name) == (
        "2026-000001",
        "Liv Skov",
        True,
        "Min",
        "Trin A",
        "Rådgiver",
    )
    contact = mine(work, "Ida Krag", "grupper")[0]
    assert (contact.case_id, contact.child, contact.protected) == (None, None, False)
    with pytest.raises(Refused):
        work.app.read(list_tasks, SYSTEM, ListTasks())
    assert mine(
        work, "Mette Holm", case_id=case_id, role="raadgiver", person_id=work.person("Mette Holm")
    ) == [row]
    assert mine(work, "Mette Holm", role="adm") == []
