"""Deadlines as records, reminders and escalations: when they come, to whom, and when they do not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from records.tables import Deadline, Incident, Notice, Person, Task, Timer
from tasks.claims import ClaimTask, claim_task
from tasks.failures import CannotGoOn
from tasks.messages import SendMessage, send_message
from tests.engine.drawing import chain, declared, edge, message
from tests.host.stage import user
from tests.tasks.stage import Work, drawn, local, steps


def begin(work: Work, due: str, lane: str = "Rådgiver: A", case: bool = True, **more: str) -> int:
    """A case with one task due by this rule."""
    work.publish(steps("frist", "A", lane=lane, due=due, **more))
    case_id = work.open()
    work.begin("frist", case_id)
    return case_id


def moments(work: Work) -> dict[str, datetime]:
    with work.app.database.reading(now=work.app.now()) as unit:
        return {timer.kind: timer.due_at for timer in unit.session.scalars(select(Timer))}


@pytest.mark.rule("ST-145")
def test_a_deadline_tells_its_rule_and_both_dates_over_easter(work: Work) -> None:
    work.at("2026-03-24T10:00")
    case_id = begin(work, 'date("2026-04-05")')  # Easter Sunday
    found = work.rows(select(Deadline))[0]
    assert (found.rule, found.base_on) == ('date("2026-04-05")', date(2026, 3, 24))
    assert (found.due_on, found.work_on) == (date(2026, 4, 5), date(2026, 4, 1))
    assert found.due_at == datetime(2026, 4, 5, 21, 59, 59, tzinfo=UTC)
    task = work.task("A")
    assert (task.due_on, task.work_on, task.due_at, task.sort_at) == (
        found.due_on,
        found.work_on,
        found.due_at,
        found.due_at,
    )
    assert moments(work) == {
        "paamindelse": local("2026-03-31T08:00"),
        "eskalering": local("2026-04-07T08:00"),
    }
    work.until("2026-04-07T08:00")
    told = work.rows(select(Notice).where(Notice.case_id == case_id, Notice.kind != "ny_opgave"))
    assert [(notice.kind, notice.at) for notice in told] == [
        ("paamindelse", local("2026-03-31T08:00")),
        ("eskalering", local("2026-04-07T08:00")),
    ]
    assert work.names([notice.person_id for notice in told]) == ["Birgit Skov", "Mette Holm"]
    assert [notice.text for notice in told] == [
        "Påmindelse: Trin A i sag 2026-000001",
        "Fristen er overskredet: Trin A i sag 2026-000001",
    ]
    assert work.journal(case_id, "paamindelse") == ["Påmindelse: Trin A"]
    assert work.journal(case_id, "eskalering") == ["Frist overskredet: Trin A"]
    assert work.count(Timer) == 0


@pytest.mark.parametrize(
    ("due", "at"),
    [
        ('date and time("2026-06-08T12:00:00")', "2026-06-08T12:00"),
        ('"2026-06-08T12:00"', "2026-06-08T12:00"),
        ('"2026-06-08T10:00:00Z"', "2026-06-08T12:00"),
        ("arbejdsdage_efter(i_dag, 5)", "2026-02-09T23:59:59"),
    ],
)
def test_a_rule_may_name_the_hour(quick: Work, due: str, at: str) -> None:
    begin(quick, due)
    assert quick.task("A").due_at == local(at)


def test_a_step_may_say_otherwise_and_so_may_the_whole_procedure(quick: Work) -> None:
    due = 'date("2026-03-31")'
    cases: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"paamindelse": "ingen"}, {"eskalering": "2026-04-01T08:00"}),
        ({"eskalering": "ingen"}, {"paamindelse": "2026-03-30T08:00"}),
        (
            {"paamindelse": 'date("2026-03-20")'},
            {"paamindelse": "2026-03-20T08:00", "eskalering": "2026-04-01T08:00"},
        ),
        (
            {"paamindelse": '"2026-03-20T15:30"', "eskalering": "arbejdsdage_efter(frist_dato, 5)"},
            {"paamindelse": "2026-03-20T15:30", "eskalering": "2026-04-10T08:00"},
        ),
    ]
    for given, expected in cases:
        begin(quick, due, **given)
        assert moments(quick) == {kind: local(at) for kind, at in expected.items()}, given
        quick.complete("Mette Holm", "A")
    made = steps("frist", "A", "B", lane="Rådgiver: A B", due=due)
    text = made.files["frist.bpmn"].decode()
    for name, value in (("paamindelse", "ingen"), ("eskalering", "ingen")):
        default = f'<spiffworkflow:property name="{name}" value="{value}" />'
        text = text.replace("<spiffworkflow:properties>", f"<spiffworkflow:properties>{default}", 1)
    own = text.replace(
        '<spiffworkflow:property name="frist"',
        '<spiffworkflow:property name="eskalering" value="standard" /><spiffworkflow:property name="frist"',
        1,
    )
    quick.publish(type(made)("frist", 0, {**made.files, "frist.bpmn": own.encode()}))
    quick.begin("frist", quick.open())
    assert moments(quick) == {"eskalering": local("2026-04-01T08:00")}
    quick.complete("Mette Holm", "A")
    assert moments(quick) == {}


def test_no_rule_no_deadline_and_last_in_the_list(quick: Work) -> None:
    for due in ("", "ingen"):
        begin(quick, due)
    assert quick.count(Deadline) == quick.count(Timer) == 0
    assert {task.due_at for task in quick.tasks()} == {None}


@pytest.mark.parametrize("due", ["null", "17", '"snart"', "sag.findes_ikke", '"2026-02-30"', "1 +"])
def test_a_rule_that_gives_no_date_is_an_incident_at_the_step(quick: Work, due: str) -> None:
    with pytest.raises(CannotGoOn):
        begin(quick, due)
    assert quick.rows(select(Incident.element_id)) == ["A"]
    assert quick.tasks() == []


@pytest.mark.parametrize("rule", [{"paamindelse": "17"}, {"eskalering": '"i morgen"'}])
def test_a_reminder_rule_that_gives_no_moment_is_one_too(quick: Work, rule: dict[str, str]) -> None:
    with pytest.raises(CannotGoOn):
        begin(quick, "i_dag", **rule)


def test_a_reminder_that_has_passed_is_skipped_and_a_late_task_is_escalated_at_once(work: Work) -> None:
    work.at("2026-02-03T09:00")
    begin(work, "i_dag")  # the reminder would have been on Monday
    assert list(moments(work)) == ["eskalering"]
    work.complete("Mette Holm", "A")
    begin(work, 'date("2026-01-15")')
    assert list(moments(work)) == ["eskalering"]
    assert work.app.fire_due() == 1
    assert len(work.notices("Birgit Skov", "eskalering")) == 1


def test_a_task_that_is_done_or_over_reminds_nobody(work: Work) -> None:
    case_id = begin(work, "arbejdsdage_efter(i_dag, 5)")
    work.complete("Mette Holm", "A")
    assert work.count(Timer) == 0
    work.publish(
        drawn(
            "afbrudt",
            user("A", skema="tekst", frist="arbejdsdage_efter(i_dag, 5)"),
            edge("kant", "A", message("b")),
            chain("s", "A", "e"),
            chain("kant", "e"),
            lane="Rådgiver: A",
            outside=declared("b", "stop"),
        )
    )
    work.begin("afbrudt", case_id)
    work.run(None, send_message, SendMessage(case_id, "stop"))
    assert work.count(Timer) == 0
    assert work.rows(select(Deadline.status).order_by(Deadline.id)) == ["overholdt", "bortfaldet"]
    assert work.task("A", status="annulleret").close_reason == "Trinnet er ikke længere aktuelt."
    work.until("2026-03-01T08:00")
    assert work.count(Notice, Notice.kind != "ny_opgave") == 0


# --- to whom --------------------------------------------------------------------------------------


def test_every_member_of_a_group_is_reminded_until_one_has_it(work: Work) -> None:
    case_id = begin(work, "arbejdsdage_efter(i_dag, 2)", "Front Stage: A")
    work.begin("frist", case_id)
    work.run("Bo Winther", claim_task, ClaimTask(work.tasks()[1].id))
    work.until("2026-02-03T08:00")
    reminded = work.rows(select(Notice).where(Notice.kind == "paamindelse").order_by(Notice.id))
    by_task: dict[Any, list[int]] = {}
    for notice in reminded:
        by_task.setdefault(notice.task_id, []).append(notice.person_id)
    first, second = work.tasks()
    assert work.names(by_task[first.id]) == ["Bo Winther", "Ida Krag", "Vera Nørby"]
    assert work.names(by_task[second.id]) == ["Bo Winther"]
    # Their leader is the one of the team they all work in, not of the centre the role is for.
    work.until("2026-02-05T08:00")
    assert len(work.notices("Kirsten Bro", "eskalering")) == 2
    assert work.notices("Anne Toft") == []


def test_a_leader_is_not_told_of_their_own_lateness_but_who_leads_them(work: Work) -> None:
    begin(work, "i_dag", "Kontorleder: A")
    work.run("Birgit Skov", claim_task, ClaimTask(work.task("A").id))
    work.until("2026-02-03T08:00")
    assert work.notices("Birgit Skov", "eskalering") == []
    assert len(work.notices("Kirsten Bro", "eskalering")) == 1


def test_nobody_who_has_left_is_written_to(work: Work) -> None:
    begin(work, "arbejdsdage_efter(i_dag, 2)")
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.scalars(select(Person).where(Person.name == "Mette Holm")).one().active = False
    work.until("2026-02-03T08:00")
    assert work.notices("Mette Holm", "paamindelse") == []
    assert len(work.notices("Birgit Skov", "paamindelse")) == 1  # who can do something about it


@pytest.mark.rule("ST-53")
def test_what_is_acute_stands_first(quick: Work) -> None:
    quick.publish(
        drawn(
            "akut",
            user("A", skema="p", frist="i_dag", data="prioritet"),
            user("B", skema="p", frist="arbejdsdage_efter(i_dag, 20)"),
            chain("s", "A", "B", "e"),
            lane="Rådgiver: A B",
            forms={"p": [{"type": "textfield", "key": "prioritet", "label": "P"}]},
        )
    )
    for priority in ("akut", "almindelig"):
        quick.begin("akut", quick.open())
        quick.complete("Mette Holm", "A", prioritet=priority)
    assert [
        task.urgency for task in quick.rows(select(Task).where(Task.element_id == "B").order_by(Task.id))
    ] == [0, 1]
