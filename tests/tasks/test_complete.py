"""Completing a task: who, when, with which answers, and what follows."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from records.tables import Case, Deadline, Draft, Incident, Notice, Submission, Task, Timer
from tasks.access import Denied
from tasks.cases import CloseCase, close_case
from tasks.claims import ClaimTask, claim_task
from tasks.complete import CompleteTask, complete_task
from tasks.drafts import SaveDraft, draft_rev, save_draft
from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale
from tasks.failures import CannotGoOn
from tests.engine.drawing import chain, flow, node
from tests.host.stage import user
from tests.tasks.stage import CONTACT, Work, drawn, steps

FORM = [
    {"type": "textfield", "key": "navn", "label": "Navn", "validate": {"required": True}},
    {"type": "select", "key": "leder", "label": "Leder", "valuesExpression": "=personer.socialfaglig_leder"},
    {
        "type": "radio",
        "key": "vej",
        "label": "Vej",
        "values": [{"value": v, "label": v} for v in ("op", "ned")],
    },
    {"type": "textfield", "key": "hvorfor", "label": "Hvorfor", "conditional": {"hide": '=vej != "ned"'}},
]

CHOICE = drawn(
    "valg",
    user(
        "A",
        skema="valg",
        frist="arbejdsdage_efter(i_dag, 2)",
        data="vej, hvorfor\nstort = upper case(navn)",
        sag='sag.emne = "Emne: " + navn',
    ),
    node("exclusiveGateway", "g", default="g_B"),
    user("B", skema="tekst"),
    user("C", skema="tekst", frist="dato(navn_dato)"),
    chain("s", "A", "g", "B", "e"),
    flow("g", "C", 'vej = "ned" and hvorfor != "fejl"'),
    flow("g", "D", 'hvorfor = "fejl"'),
    user("D", skema="tekst", frist="dato(stort)"),
    chain("C", "e"),
    chain("D", "e"),
    lane="Rådgiver: A B; Kontorleder: C D",
    forms={"valg": FORM, "tekst": [{"type": "textfield", "key": "svar_tekst", "label": "Svar"}]},
)


def begin(work: Work) -> int:
    work.publish(CHOICE)
    case_id = work.open()
    work.begin("valg", case_id)
    return case_id


def do(work: Work, name: str, task: Task, answers: Any, rev: int | None = None) -> Any:
    return work.run(name, complete_task, CompleteTask(task.id, answers, rev))


# --- who and when ---------------------------------------------------------------------------------


def test_a_stranger_learns_nothing_not_even_that_it_is_done(work: Work) -> None:
    case_id = begin(work)
    task = work.task("A")
    for done in (False, True):
        for name in ("Jonas Friis", "Kirsten Bro"):
            with pytest.raises(Denied):
                do(work, name, task, {})
        if not done:
            work.complete("Mette Holm", "A", navn="Nyborg")
    with pytest.raises(NotOpen):
        do(work, "Mette Holm", task, {"navn": "Igen"})
    with pytest.raises(NotFound):
        work.run("Mette Holm", complete_task, CompleteTask(987654, {}))
    assert [view for view in work.views(case_id) if view[3]] == [
        (name, "ingen", "udfoer", True) for _ in range(2) for name in ("Jonas Friis", "Kirsten Bro")
    ]


def test_a_page_that_is_not_fresh_is_told_and_changes_nothing(work: Work) -> None:
    begin(work)
    task = work.task("A")
    with pytest.raises(Stale):
        do(work, "Mette Holm", task, {"navn": "Nyborg"}, task.rev + 1)
    assert work.count(Submission) == 0
    do(work, "Mette Holm", task, {"navn": "Nyborg"}, task.rev)


def test_a_closed_case_takes_no_more_work(quick: Work) -> None:
    case_id = begin(quick)
    task = quick.task("A")
    quick.run("Mette Holm", close_case, CloseCase(case_id, "Slut"))
    with pytest.raises(NotOpen):
        do(quick, "Mette Holm", task, {"navn": "Nyborg"})
    with pytest.raises(NotOpen):
        quick.run("Mette Holm", save_draft, SaveDraft(task.id, {"navn": "Nyborg"}))


def test_a_group_task_is_completed_without_claiming_and_only_by_who_claimed(work: Work) -> None:
    work.publish(steps("gruppe", "A", lane="Front Stage: A"))
    case_id = work.open()
    for claimed in (False, True):
        work.begin("gruppe", case_id)
        if claimed:
            work.run("Bo Winther", claim_task, ClaimTask(work.task("A").id))
            with pytest.raises(Refused, match="taget af en anden"):
                work.complete("Ida Krag", "A")
            continue
        work.complete("Ida Krag", "A")
        assert work.holder(work.task("A", status="udfoert")) == "Ida Krag"


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "navn"),
        ({"navn": "Nyborg", "vej": "udenom"}, "vej"),
        ({"navn": "Nyborg", "leder": "1"}, "leder"),
        ({"navn": "Nyborg", "leder": "987"}, "leder"),
    ],
)
def test_a_wrong_answer_is_said_at_its_field_and_all_stays(work: Work, answers: Any, field: str) -> None:
    begin(work)
    work.run("Mette Holm", save_draft, SaveDraft(work.task("A").id, {"navn": "halv"}))
    with pytest.raises(Invalid) as error:
        work.complete("Mette Holm", "A", **answers)
    assert list(error.value.fields) == [field]
    assert work.task("A").rev == 1
    assert work.rows(select(Draft.answers)) == [{"navn": "halv"}]
    assert work.count(Submission) == 0


def test_what_is_kept_of_the_answers(work: Work) -> None:
    case_id = begin(work)
    kirsten = str(work.person("Kirsten Bro"))
    work.complete("Mette Holm", "A", navn="Nyborg", leder=kirsten, vej="op", hvorfor="skjult", ukendt="væk")
    submission = work.rows(select(Submission))[0]
    assert submission.answers == {
        "navn": "Nyborg",
        "leder": kirsten,
        "vej": "op",
    }  # hidden and unknown are not
    assert submission.by_id == work.person("Mette Holm")
    assert work.rows(select(Case.data))[0]["emne"] == "Emne: Nyborg"
    task = work.task("B", case_id)
    data = work.course(task.instance_id).state
    assert '"stort":"NYBORG"' in data
    assert '"hvorfor":null' in data
    assert "kirsten" not in data
    assert work.count(Draft) == 0
    with work.app.database.reading(now=work.app.now()) as unit:
        for table in ("submission", "instance", '"case"', "journal_entry", "notice", "outbox", "task"):
            stored = [str(tuple(row)) for row in unit.connection.execute(text(f"SELECT * FROM {table}"))]
            assert not any("yborg" in row.lower() for row in stored), table


def test_a_deadline_is_met_or_late(work: Work) -> None:
    case_id = begin(work)
    work.complete("Mette Holm", "A", navn="Nyborg")
    work.begin("valg", case_id)
    work.at("2026-02-04T23:59")
    work.complete("Mette Holm", "A", navn="Nyborg")
    work.begin("valg", case_id)
    work.at("2026-02-07T00:00")
    work.complete("Mette Holm", "A", navn="Nyborg")
    assert work.rows(select(Deadline.status).order_by(Deadline.id)) == ["overholdt", "overholdt", "for_sent"]
    assert work.count(Timer) == 0


# --- what comes next ------------------------------------------------------------------------------


def test_the_next_step_is_mine_or_none(work: Work) -> None:
    case_id = begin(work)
    done = work.complete("Mette Holm", "A", navn="Nyborg", vej="op")
    assert done.next_task_id == work.task("B").id
    assert work.complete("Mette Holm", "B").next_task_id is None
    work.begin("valg", case_id)
    work.publish(steps("videre", "A", "B", lane="Rådgiver: A; Kontorleder: B"))
    work.begin("videre", case_id)
    assert work.complete("Mette Holm", "A").next_task_id is None
    assert work.notices("Birgit Skov") == []  # a group's task stands in its list, and nobody is written to


def test_the_groups_next_step_is_taken_and_journalled(work: Work) -> None:
    work.publish(CONTACT)
    work.begin("kontakt")
    done = work.complete("Ida Krag", "A", barn_navn="Liv")
    task = work.task("B")
    assert (done.next_task_id, work.holder(task), task.rev) == (task.id, "Ida Krag", 2)
    assert work.journal(kind="taget") == ["Vurdér taget"]


# --- when the procedure itself is wrong -----------------------------------------------------------


def test_a_procedure_that_cannot_go_on_loses_nothing_and_has_one_incident(work: Work) -> None:
    case_id = begin(work)
    answers = {"navn": "Liv Skov er her", "vej": "ned", "hvorfor": "fejl", "ukendt": "væk"}
    for attempt in (1, 2):
        with pytest.raises(CannotGoOn) as error:
            work.complete("Mette Holm", "A", **answers)
        assert "kladde" in error.value.message
        task = work.task("A")
        assert (task.status, task.rev) == ("aaben", 1)
        incident = work.rows(select(Incident))[0]
        assert incident.attempts == attempt
    assert work.count(Incident) == 1
    assert (incident.task_id, incident.case_id, incident.element_id) == (task.id, case_id, "D")
    assert "Trin" in incident.text or "A" in incident.text
    assert "Liv" not in incident.text
    assert work.names([incident.owner_id]) == ["Eva Holst"]
    told = work.notices("Eva Holst", "haendelse")
    assert len(told) == 1
    assert "Liv" not in told[0]
    draft = work.rows(select(Draft))[0]
    assert draft.answers == {name: value for name, value in answers.items() if name != "ukendt"}
    assert work.count(Submission) == work.count(Notice, Notice.kind == "eskalering") == 0
    assert work.rows(select(Case.data)) == [{}]
    work.complete("Mette Holm", "A", navn="Liv", vej="op")
    assert work.open_elements(case_id) == ["B"]


def test_an_owner_who_left_owns_nothing(work: Work) -> None:
    case_id = begin(work)
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.connection.execute(text("UPDATE person SET active = false WHERE name = 'Eva Holst'"))
    with pytest.raises(CannotGoOn):
        work.complete("Mette Holm", "A", case_id, navn="x", vej="ned", hvorfor="fejl")
    assert work.names([work.rows(select(Incident.owner_id))[0]]) == ["Finn Dahl"]


# --- drafts ---------------------------------------------------------------------------------------


def test_drafts_of_two_windows_do_not_overwrite_each_other(work: Work) -> None:
    begin(work)
    task_id = work.task("A").id
    first = work.run("Mette Holm", save_draft, SaveDraft(task_id, {"navn": "a"}, 0))
    assert first.rev == 1
    with pytest.raises(Stale):
        work.run("Mette Holm", save_draft, SaveDraft(task_id, {"navn": "b"}, 0))
    assert work.run("Mette Holm", save_draft, SaveDraft(task_id, {"navn": "c", "x": 1}, 1)).rev == 2
    assert work.rows(select(Draft.answers)) == [{"navn": "c"}]
    assert work.read("Mette Holm", draft_rev, task_id) == 2
    for stranger in ("Jonas Friis", "Birgit Skov"):
        with pytest.raises(Denied):
            work.run(stranger, save_draft, SaveDraft(task_id, {}))
        with pytest.raises(Denied):
            work.read(stranger, draft_rev, task_id)
    with pytest.raises(NotFound):
        work.run("Mette Holm", save_draft, SaveDraft(987654, {}))
    with work.app.database.reading(now=work.app.now()) as unit:
        stored = unit.connection.execute(text("SELECT answers FROM draft")).scalar_one()
    assert "navn" not in stored
