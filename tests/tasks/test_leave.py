"""Leave and substitutes (processes.md 1.3 rule 3): the work goes on, access follows, both come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from records.tables import AdminEntry, JournalEntry, LeavePeriod, Person, Submission, Task
from tasks.access import Denied
from tasks.caselist import FindCases, find_cases
from tasks.casepage import Part, ReadCase, read_case
from tasks.cases import AddNote, Reallocate, add_note, reallocate
from tasks.claims import HandOver, hand_over
from tasks.complete import CompleteTask, complete_task
from tasks.errors import Invalid, NotOpen, Refused
from tasks.inbox import ListTasks, list_tasks
from tasks.leave import EndLeave, SaveLeave, end_leave, read_leave, save_leave
from tests.tasks.stage import Work, steps

PAIR = steps("par", "A", "B", lane="Rådgiver: A B")


def enter(work: Work, first: str, last: str, substitute: str | None = "Sara Lund", **more: Any) -> int:
    """Mette Holm goes on leave, entered by herself unless `by` says who."""
    command = SaveLeave(
        work.person("Mette Holm"),
        date.fromisoformat(first),
        date.fromisoformat(last),
        work.person(substitute) if substitute else None,
        more.get("leave_id"),
    )
    return int(work.run(more.get("by", "Mette Holm"), save_leave, command))


def lines(work: Work, name: str, scope: Any = "mine") -> list[tuple[str, str | None]]:
    """Step and on whose behalf of each row of somebody's worklist."""
    found = work.read(name, list_tasks, ListTasks(scope))
    return [(row.name, row.on_behalf_of) for row in found.rows]


def test_open_and_new_tasks_go_to_the_substitute_and_unfinished_ones_come_back(work: Work) -> None:
    work.publish(PAIR)
    first, second = work.open("Liv"), work.open("Noah")
    for case_id in (first, second):
        work.begin("par", case_id)
    enter(work, "2026-02-09", "2026-02-13")
    work.until("2026-02-08T23:59")
    assert lines(work, "Sara Lund") == []
    work.until("2026-02-09T00:00")
    assert lines(work, "Sara Lund") == [("Trin A", "Mette Holm")] * 2
    assert lines(work, "Mette Holm") == []
    work.until("2026-02-10T09:00")
    done = work.complete("Sara Lund", "A", first, svar_tekst="Ja")
    assert done.next_task_id == work.task("B", first).id  # a newly opened one
    assert lines(work, "Sara Lund") == [("Trin A", "Mette Holm"), ("Trin B", "Mette Holm")]
    assert work.notices("Sara Lund", "advis") == [
        "Advis: Du er stedfortræder for Mette Holm til og med 13.2.2026. 2 åbne opgaver følger med"
    ]
    work.until("2026-02-13T23:59")
    assert lines(work, "Mette Holm") == []
    work.until("2026-02-14T00:00")
    assert lines(work, "Sara Lund") == []
    assert lines(work, "Mette Holm") == [("Trin A", None), ("Trin B", None)]
    assert work.notices("Mette Holm", "advis") == ["Advis: Velkommen tilbage: 2 opgaver er igen dine"]


def test_what_was_done_says_on_whose_behalf(work: Work) -> None:
    work.publish(PAIR)
    case_id = work.open()
    work.begin("par", case_id)
    enter(work, "2026-02-02", "2026-02-06")
    task_id = work.complete("Sara Lund", "A").task_id
    mette, sara = work.person("Mette Holm"), work.person("Sara Lund")
    entry = work.rows(select(JournalEntry).where(JournalEntry.kind == "udfoert"))[0]
    assert (entry.actor_id, entry.on_behalf_of_id, entry.task_id) == (sara, mette, task_id)
    assert work.rows(select(Submission.on_behalf_of_id)) == [mette]
    work.run("Sara Lund", add_note, AddNote(case_id, "Ringede til skolen"))
    sheet = work.run("Sara Lund", read_case, ReadCase(case_id, parts=(Part.TASKS, Part.JOURNAL)))
    assert [(line.who, line.on_behalf_of) for line in sheet.journal if line.kind == "notat"] == [
        ("Sara Lund", "Mette Holm")
    ]
    assert [row.on_behalf_of for row in sheet.open_tasks] == ["Mette Holm"]
    # She is here after all and does something herself: then it is nobody else's.
    work.run("Mette Holm", add_note, AddNote(case_id, "Selv"))
    assert work.rows(select(JournalEntry.on_behalf_of_id).order_by(JournalEntry.id.desc()).limit(1)) == [None]


def test_access_follows_the_dates_exactly_and_is_logged(work: Work) -> None:
    case_id = work.open()
    enter(work, "2026-02-03", "2026-02-04")

    def looks() -> bool:
        try:
            work.run("Sara Lund", read_case, ReadCase(case_id))
        except Denied:
            return False
        return True

    seen = {}
    for moment in ("02T23:59", "03T00:00", "04T23:59", "05T00:00"):
        work.at(f"2026-02-{moment}")  # the days decide, whether or not the moving has been done
        seen[moment] = (looks(), len(work.read("Sara Lund", find_cases, FindCases())))
    assert seen == {
        "02T23:59": (False, 0),
        "03T00:00": (True, 1),
        "04T23:59": (True, 1),
        "05T00:00": (False, 0),
    }
    assert [(who, relation) for who, relation, _, refused in work.views(case_id) if not refused] == [
        ("Sara Lund", "stedfortraeder")
    ] * 2


def test_the_substitute_decides_in_the_case_as_the_raadgiver_does(work: Work) -> None:
    case_id = work.open()
    enter(work, "2026-02-02", "2026-02-03")
    command = Reallocate(case_id, work.person("Sara Lund"), "Overtager helt")
    with pytest.raises(Refused):
        work.run("Jonas Friis", reallocate, command)
    work.run("Sara Lund", reallocate, command)


@pytest.mark.rule("BF-40")
@pytest.mark.parametrize("wrong", ["Birgit Skov", "Mette Holm", "Ida Krag"])
def test_a_substitute_must_hold_the_same_role(quick: Work, wrong: str) -> None:
    with pytest.raises(Invalid) as error:
        enter(quick, "2026-02-03", "2026-02-04", wrong)
    assert set(error.value.fields) == {"substitute"}
    assert quick.count(LeavePeriod) == 0
    offered = {name for _, name in quick.read("Mette Holm", read_leave, quick.person("Mette Holm")).possible}
    assert "Sara Lund" in offered
    assert wrong not in offered


def test_without_a_substitute_the_leaders_group_has_it_and_it_comes_back(work: Work) -> None:
    work.publish(PAIR)
    case_id = work.open()
    work.begin("par", case_id)
    enter(work, "2026-02-02", "2026-02-06", None)
    assert lines(work, "Birgit Skov", "grupper") == [("Trin A", "Mette Holm")]
    assert lines(work, "Mette Holm") == []
    work.complete("Birgit Skov", "A")
    assert [(task.element_id, task.assignee_id) for task in work.tasks(case_id)] == [
        ("B", work.person("Birgit Skov"))
    ]  # the next one opened for the group, and who goes on has it
    work.until("2026-02-07T00:00")
    task = work.task("B", case_id)
    assert (work.holder(task), task.group_id, task.on_behalf_of_id) == ("Mette Holm", None, None)


def test_a_substitute_who_loses_the_role_or_is_away_gets_nothing(work: Work) -> None:
    work.publish(PAIR)
    case_id = work.open()
    enter(work, "2026-02-03", "2026-02-06")
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Person, work.person("Sara Lund")).active = False
    work.until("2026-02-03T09:00")
    work.begin("par", case_id)
    assert lines(work, "Birgit Skov", "grupper") == [("Trin A", "Mette Holm")]


def test_a_groups_task_that_was_taken_follows_the_person(work: Work) -> None:
    work.publish(steps("gruppe", "A", lane="Kontorleder: A"))
    case_id = work.open()
    work.begin("gruppe", case_id)
    task = work.task("A")
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Task, task.id).assignee_id = work.person("Mette Holm")
    enter(work, "2026-02-02", "2026-02-06", None)
    assert work.task("A").assignee_id is None  # the group has it again
    assert work.task("A").on_behalf_of_id is None


def test_a_case_that_passes_on_takes_its_tasks_out_of_the_substitution(work: Work) -> None:
    work.publish(PAIR)
    case_id = work.open()
    work.begin("par", case_id)
    enter(work, "2026-02-02", "2026-02-06")
    work.run("Birgit Skov", reallocate, Reallocate(case_id, work.person("Jonas Friis"), "Flyttet"))
    task = work.task("A")
    assert (work.holder(task), task.on_behalf_of_id) == ("Jonas Friis", None)
    work.until("2026-02-07T00:00")
    assert work.holder(work.task("A")) == "Jonas Friis"
    # And to somebody who is away: their substitute has the tasks at once.
    second = work.open("Noah", "Jonas Friis")
    work.begin("par", second)
    enter(work, "2026-02-07", "2026-02-13")
    work.run("Lars Bach", reallocate, Reallocate(second, work.person("Mette Holm"), "Flyttet"))
    task = work.task("A", second)
    assert (work.holder(task), task.on_behalf_of_id) == ("Sara Lund", work.person("Mette Holm"))


def test_a_task_is_handed_over_to_nobody_who_is_away(quick: Work) -> None:
    quick.publish(PAIR)
    quick.begin("par", quick.open("Noah", "Jonas Friis"))
    enter(quick, "2026-02-02", "2026-02-06")
    command = HandOver(quick.task("A").id, quick.person("Mette Holm"), "Bedre")
    with pytest.raises(Invalid, match=r"fravær til og med 6\.2\.2026"):
        quick.run("Jonas Friis", hand_over, command)


def test_returning_early_and_changing_the_substitute(work: Work) -> None:
    work.publish(PAIR)
    case_id = work.open()
    work.begin("par", case_id)
    leave = enter(work, "2026-02-02", "2026-02-20", None)
    enter(work, "2026-02-02", "2026-02-27", leave_id=leave, by="Birgit Skov")
    assert lines(work, "Sara Lund") == [("Trin A", "Mette Holm")]
    assert lines(work, "Birgit Skov", "grupper") == []
    work.until("2026-02-05T12:00")
    work.run("Mette Holm", end_leave, EndLeave(leave))
    assert lines(work, "Mette Holm") == [("Trin A", None)]
    with pytest.raises(Denied):
        work.run("Sara Lund", read_case, ReadCase(case_id))
    with pytest.raises(NotOpen):
        work.run("Mette Holm", end_leave, EndLeave(leave))
    assert work.rows(select(LeavePeriod.last_day)) == [date(2026, 2, 4)]
    planned = enter(work, "2026-03-02", "2026-03-03")
    work.run("Mette Holm", end_leave, EndLeave(planned))
    work.until("2026-03-02T09:00")
    assert lines(work, "Mette Holm") == [("Trin A", None)]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2026-02-05", "2026-02-04", "last_day"),
        ("2026-02-01", "2026-02-04", "first_day"),
        ("2026-02-05", "2036-02-04", "last_day"),
        ("2026-02-12", "2026-02-12", "first_day"),
    ],
)
def test_days_that_cannot_be(quick: Work, first: str, last: str, field: str) -> None:
    enter(quick, "2026-02-10", "2026-02-12")
    with pytest.raises(Invalid) as error:
        enter(quick, first, last)
    assert set(error.value.fields) == {field}


def test_who_may_enter_it(quick: Work) -> None:
    for stranger in ("Jonas Friis", "Lars Bach"):
        with pytest.raises(Refused):
            enter(quick, "2026-02-10", "2026-02-12", by=stranger)
        with pytest.raises(Refused):
            quick.read(stranger, read_leave, quick.person("Mette Holm"))
    enter(quick, "2026-02-10", "2026-02-12", by="Birgit Skov")
    log = quick.rows(select(AdminEntry))
    assert [(entry.kind, entry.text) for entry in log if entry.kind == "fravaer"] == [
        ("fravaer", "Fravær 10.2.2026 – 12.2.2026, stedfortræder Sara Lund")
    ]


def test_a_substitute_is_not_away_in_the_same_days(quick: Work) -> None:
    sara = quick.person("Sara Lund")
    quick.run("Sara Lund", save_leave, SaveLeave(sara, date(2026, 2, 10), date(2026, 2, 12)))
    with pytest.raises(Invalid, match="selv fravær"):
        enter(quick, "2026-02-12", "2026-02-13")


@contextmanager
def together(*acts: Any) -> Iterator[list[BaseException]]:
    errors: list[BaseException] = []

    def run(act: Any) -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield errors


def test_many_nodes_move_it_once(work: Work) -> None:
    work.publish(PAIR)
    for child in ("Liv", "Noah", "Emma"):
        work.begin("par", work.open(child))
    enter(work, "2026-02-03", "2026-02-03")
    for moment, holder in (("03T00:00", "Sara Lund"), ("04T00:00", "Mette Holm")):
        work.at(f"2026-02-{moment}")
        with together(*[work.app.fire_due] * 4) as errors:
            assert errors == []
        assert {work.holder(task) for task in work.tasks()} == {holder}
    moves = select(func.count(JournalEntry.id)).where(JournalEntry.kind == "stedfortraeder")
    assert work.rows(moves) == [6]


def test_completing_while_the_leave_begins_loses_nothing(work: Work) -> None:
    work.publish(PAIR)
    cases = [work.open(child) for child in ("Liv", "Noah", "Emma")]
    for case_id in cases:
        work.begin("par", case_id)
    ids = [task.id for task in work.tasks()]
    enter(work, "2026-02-03", "2026-02-06")
    work.at("2026-02-03T00:00")

    def complete(task_id: int) -> None:
        try:
            work.run("Mette Holm", complete_task, CompleteTask(task_id, {}))
        except (Refused, NotOpen):
            pass  # the substitute had it already

    with together(work.app.fire_due, *[lambda one=one: complete(one) for one in ids]) as errors:
        assert errors == []
    assert len(work.tasks()) == 3
    assert {work.holder(task) for task in work.tasks()} == {"Sara Lund"}
