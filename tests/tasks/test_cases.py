"""Opening, handing on, closing, reopening and cancelling."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from records.tables import (
    Case,
    CaseRole,
    Deadline,
    Draft,
    Incident,
    Instance,
    Message,
    Notice,
    Receiver,
    Task,
    Timer,
)
from tasks.access import Denied
from tasks.cases import (
    AddNote,
    CancelCourse,
    CloseCase,
    OpenCase,
    Reallocate,
    ReopenCase,
    add_note,
    cancel_course,
    close_case,
    open_case,
    reallocate,
    reopen_case,
)
from tasks.claims import ClaimTask, claim_task
from tasks.drafts import SaveDraft, save_draft
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tests.engine.drawing import chain, declared, message, node, timer
from tests.tasks.stage import CONTACT, Work, drawn, steps

ONE = steps("en", "A", "B", lane="Rådgiver: A B")
ALIAS = steps("alias", "A", lane="Sagsbehandler: A")
OFFICE = steps("kontor", "A", lane="Kontorleder: A")
ADM = steps("adm_", "A", lane="Socialfaglig konsulent: A")


def close(work: Work, case_id: int, by: str | None = "Mette Holm") -> None:
    work.run(by, close_case, CloseCase(case_id, "Familien er flyttet"))


# --- opening --------------------------------------------------------------------------------------


def test_who_may_open_a_case(quick: Work) -> None:
    for name in ("Ida Krag", "Kirsten Bro", "Birgit Skov"):
        assert quick.run(name, open_case, OpenCase("Liv Skov")).number.startswith("2026-")
    for name in ("Mette Holm", "Tove Lange", "Finn Dahl"):
        with pytest.raises(Refused):
            quick.run(name, open_case, OpenCase("Liv Skov"))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"child_name": "  "}, "barn_navn"),
        ({"child_name": "L" * 201}, "barn_navn"),
        ({"cpr": "12345"}, "barn_cpr"),
        ({"cpr": "999999-0000"}, "barn_cpr"),
        ({"kind": "k" * 81}, "sagsart"),
        ({"unit_id": 987654}, "unit"),
    ],
)
def test_what_cannot_be_kept_is_said_per_field(work: Work, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        work.run("Ida Krag", open_case, OpenCase(**{"child_name": "Liv", **given}))
    assert field in error.value.fields
    assert work.count(Case) == 0


def test_a_new_case_is_with_the_unit_that_allocates_and_a_stranger_to_its_opener(work: Work) -> None:
    case_id = work.run("Ida Krag", open_case, OpenCase("Liv \0Skov", date(2023, 3, 3))).case_id
    with pytest.raises(Denied):
        work.run("Ida Krag", add_note, AddNote(case_id, "Hej"))
    work.run("Kirsten Bro", add_note, AddNote(case_id, "  Hej  "))
    assert work.journal(case_id) == ["Sag 2026-000001 oprettet", "Hej"]


def test_data_of_a_new_case_cannot_pose_as_the_platforms(quick: Work) -> None:
    command = OpenCase("Liv", data={"raadgiver": {"id": "1"}, "status": "x", "omfang": "stort"})
    case_id = quick.run("Ida Krag", open_case, command).case_id
    assert quick.rows(select(Case.data).where(Case.id == case_id)) == [{"omfang": "stort"}]


# --- another rådgiver -----------------------------------------------------------------------------


@pytest.mark.rule("OS-03", "OS-09")
def test_open_tasks_with_drafts_and_reminders_follow_to_the_new_radgiver(work: Work) -> None:
    work.publish(ONE, ALIAS)
    case_id = work.open()
    work.begin("en", case_id)
    work.begin("alias", case_id)
    tasks = {task.id: task.rev for task in work.tasks(case_id)}
    work.run("Mette Holm", save_draft, SaveDraft(min(tasks), {"svar_tekst": "halvt"}))
    work.run("Birgit Skov", reallocate, Reallocate(case_id, work.person("Sara Lund"), "Mette er syg"))
    after = work.tasks(case_id)
    assert {work.holder(task) for task in after} == {"Sara Lund"}
    assert {task.role for task in after} == {"raadgiver"}
    assert {task.id: task.rev - 1 for task in after} == tasks
    assert work.rows(select(Draft.answers)) == [{"svar_tekst": "halvt"}]
    assert work.notices("Sara Lund") == [
        "Advis: Du er ansvarlig rådgiver. 2 åbne opgaver følger med i sag 2026-000001"
    ]
    assert work.notices("Mette Holm", "advis")[-1] == (
        "Advis: Sara Lund er rådgiver i stedet for dig i sag 2026-000001"
    )
    # What Mette was told of as new is no longer hers to read.
    theirs = (Notice.person_id == work.person("Mette Holm"), Notice.task_id.in_(tasks))
    assert work.count(Notice, *theirs) == 2
    assert work.count(Notice, *theirs, Notice.read_at.is_(None)) == 0
    with pytest.raises(Denied):
        work.complete("Mette Holm", "A")
    work.until("2026-02-03T08:00")
    assert len(work.notices("Sara Lund", "paamindelse")) == 2
    assert work.notices("Mette Holm", "paamindelse") == []
    assert "Sagen er givet til Sara Lund: Mette er syg" in work.journal(case_id, "omfordelt")
    roles = work.rows(select(CaseRole).where(CaseRole.case_id == case_id).order_by(CaseRole.id))
    assert [(role.person_id, role.until is None) for role in roles] == [
        (work.person("Mette Holm"), False),
        (work.person("Sara Lund"), True),
    ]


def test_reasons_are_not_readable_in_the_database(work: Work) -> None:
    work.publish(ONE)
    case_id = work.open()
    work.begin("en", case_id)
    reason = "Liv er bange for Mette"
    work.run("Birgit Skov", reallocate, Reallocate(case_id, work.person("Sara Lund"), reason))
    work.run("Sara Lund", close_case, CloseCase(case_id, reason))
    with work.app.database.reading(now=work.app.now()) as unit:
        for table in ("case", "case_role", "journal_entry", "task", "notice", "outbox", "incident"):
            for row in unit.connection.execute(text(f'SELECT * FROM "{table}"')):
                assert "bange" not in str(tuple(row)), table


def test_the_leaders_office_follows_the_case(work: Work) -> None:
    work.publish(OFFICE, ADM)
    case_id = work.open()
    work.begin("kontor", case_id)
    work.begin("adm_", case_id)
    work.run("Birgit Skov", claim_task, ClaimTask(work.tasks(case_id)[0].id))
    work.run("Birgit Skov", reallocate, Reallocate(case_id, work.person("Jonas Friis"), "Fyldt 13"))
    office, consultant = work.tasks(case_id)
    assert office.assignee_id is None
    work.run("Lars Bach", claim_task, ClaimTask(office.id))
    work.run("Ole Juhl", claim_task, ClaimTask(consultant.id))
    with pytest.raises(Denied):
        work.run("Birgit Skov", add_note, AddNote(case_id, "Ser jeg stadig sagen?"))
    work.run("Lars Bach", add_note, AddNote(case_id, "Den er min nu"))


def test_what_a_group_has_claimed_stays_where_it_is(quick: Work) -> None:
    quick.publish(ADM)
    case_id = quick.open()
    quick.begin("adm_", case_id)
    quick.run("Pia Dam", claim_task, ClaimTask(quick.task("A").id))
    quick.run("Birgit Skov", reallocate, Reallocate(case_id, quick.person("Jonas Friis"), "Fyldt 13"))
    assert quick.holder(quick.task("A")) == "Pia Dam"


def test_who_may_hand_a_case_on_and_to_whom(quick: Work) -> None:
    case_id = quick.open()
    sara = quick.person("Sara Lund")
    for name in ("Jonas Friis", "Lars Bach", "Ida Krag", "Finn Dahl"):
        with pytest.raises(Denied):
            quick.run(name, reallocate, Reallocate(case_id, sara, "Fordi"))
    quick.give(case_id, "moedeleder", "Emil Bang")
    with pytest.raises(Refused):
        quick.run("Emil Bang", reallocate, Reallocate(case_id, sara, "Fordi"))
    for to in ("Birgit Skov", "Mette Holm"):
        with pytest.raises(Invalid) as error:
            quick.run("Mette Holm", reallocate, Reallocate(case_id, quick.person(to), "Fordi"))
        assert "til" in error.value.fields
    for reason in ("", "x" * 2001):
        with pytest.raises(Invalid) as error:
            quick.run("Mette Holm", reallocate, Reallocate(case_id, sara, reason))
        assert "begrundelse" in error.value.fields
    with pytest.raises(NotFound):
        quick.run("Mette Holm", reallocate, Reallocate(987, sara, "Fordi"))
    quick.give(case_id, "referent", "Birgit Skov")  # a part in the case takes no leadership away
    quick.run("Birgit Skov", reallocate, Reallocate(case_id, sara, "Fordi"))


# --- closing and reopening ------------------------------------------------------------------------

WAITING = drawn(
    "venter",
    node("parallelGateway", "g"),
    node("intermediateCatchEvent", "t", timer("2026-06-01T08:00", "timeDate")),
    node("intermediateCatchEvent", "m", message("besked")),
    node("parallelGateway", "j"),
    chain("s", "g", "t", "j", "e"),
    chain("g", "m", "j"),
    outside=declared("besked", "noget"),
)


def test_closing_ends_all_that_runs_and_reopening_starts_none_of_it(work: Work) -> None:
    work.publish(ONE, WAITING)
    case_id = work.open()
    work.begin("en", case_id)
    work.begin("venter", case_id)
    assert work.count(Timer) > 0
    assert work.count(Receiver) == 1
    close(work, case_id)
    assert work.rows(select(Instance.status).distinct()) == ["annulleret"]
    assert [(task.status, task.close_reason) for task in work.rows(select(Task))] == [
        ("annulleret", "Sagen er lukket.")
    ]
    assert work.rows(select(Deadline.status)) == ["bortfaldet"]
    assert work.count(Timer) == work.count(Receiver) == 0
    case = work.rows(select(Case))[0]
    assert (case.status, case.close_reason) == ("lukket", "Familien er flyttet")
    assert work.journal(case_id, "sag_lukket") == ["Sagen er lukket: Familien er flyttet"]
    with pytest.raises(NotOpen):
        close(work, case_id)
    with pytest.raises(NotOpen):
        work.run("Mette Holm", reallocate, Reallocate(case_id, work.person("Sara Lund"), "Fordi"))
    with pytest.raises(NotOpen):
        work.begin("en", case_id, "Mette Holm")
    work.run("Mette Holm", add_note, AddNote(case_id, "Et brev kom for sent"))
    with pytest.raises(Invalid):
        work.run("Mette Holm", reopen_case, ReopenCase(case_id, " "))
    work.run("Mette Holm", reopen_case, ReopenCase(case_id, "De er flyttet tilbage"))
    case = work.rows(select(Case))[0]
    assert (case.status, case.closed_at, case.close_reason) == ("aaben", None, None)
    assert work.tasks(case_id) == []
    with pytest.raises(NotOpen):
        work.run("Mette Holm", reopen_case, ReopenCase(case_id, "Igen"))
    work.begin("en", case_id, "Mette Holm")
    assert work.open_elements(case_id) == ["A"]


def test_kept_messages_and_incidents_end_with_the_case(work: Work) -> None:
    work.publish(
        drawn(
            "sender",
            node("sendTask", "x", messageRef="b"),
            chain("s", "x", "e"),
            outside=declared("b", "uden_modtager"),
        )
    )
    work.publish(steps("tom", "A", lane="Mødeleder: A"))
    case_id = work.open()
    work.begin("sender", case_id)
    work.begin("tom", case_id)
    assert work.rows(select(Message.status)) == ["venter"]
    assert work.count(Incident, Incident.resolved_at.is_(None)) == 1
    close(work, case_id)
    assert work.rows(select(Message.status)) == ["bortfaldet"]
    assert work.count(Incident, Incident.resolved_at.is_(None)) == 0


def test_strangers_neither_close_nor_reopen(quick: Work) -> None:
    case_id = quick.open()
    for name in ("Jonas Friis", "Ida Krag"):
        with pytest.raises(Denied):
            close(quick, case_id, name)
    close(quick, case_id, "Birgit Skov")
    with pytest.raises(Denied):
        quick.run("Jonas Friis", reopen_case, ReopenCase(case_id, "Fordi"))
    quick.run("Anne Toft", reopen_case, ReopenCase(case_id, "Fordi"))
    assert [refused for *_, refused in quick.views(case_id)] == [True, True, True]


# --- cancelling one course ------------------------------------------------------------------------


def test_one_course_is_cancelled_and_the_others_go_on(work: Work) -> None:
    work.publish(ONE)
    case_id = work.open()
    first = work.begin("en", case_id).instance_id
    work.begin("en", case_id)
    for name in ("Jonas Friis", "Ida Krag"):
        with pytest.raises(Denied):
            work.run(name, cancel_course, CancelCourse(first, "Fordi"))
    work.run("Mette Holm", cancel_course, CancelCourse(first, "Startet to gange"))
    assert work.course(first).status == "annulleret"
    assert [task.instance_id != first for task in work.tasks(case_id)] == [True]
    assert work.journal(case_id, "forloeb_annulleret") == ["Forløb annulleret: Startet to gange"]
    with pytest.raises(NotOpen):
        work.run("Mette Holm", cancel_course, CancelCourse(first, "Igen"))
    with pytest.raises(NotFound):
        work.run("Mette Holm", cancel_course, CancelCourse(987, "Fordi"))


def test_a_first_contact_registered_by_mistake_is_cancelled_by_those_who_have_it(work: Work) -> None:
    work.publish(CONTACT)
    course = work.begin("kontakt", None, "Mette Holm").instance_id
    for name in ("Mette Holm", "Lars Bach"):
        with pytest.raises(Denied):
            work.run(name, cancel_course, CancelCourse(course, "Fejl"))
    with pytest.raises(Invalid):
        work.run("Ida Krag", cancel_course, CancelCourse(course, ""))
    work.run("Ida Krag", cancel_course, CancelCourse(course, "Oprettet ved en fejl"))
    assert work.course(course).status == "annulleret"
    assert work.tasks() == []
    other = work.begin("kontakt").instance_id
    work.run("Kirsten Bro", cancel_course, CancelCourse(other, "Fejl"))
    assert work.course(other).status == "annulleret"
