"""Somebody leaves or loses a role: what they had is not lost, and somebody hears of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from records.tables import ApiToken, Incident, OrgUnit, Person, SignInSession, Task
from tasks.cases import Reallocate, reallocate
from tasks.claims import ClaimTask, claim_task
from tasks.drafts import SaveDraft, save_draft
from tasks.errors import NotFound
from tasks.inbox import ListTasks, list_tasks
from tasks.organisation import (
    GiveRole,
    SavePerson,
    SaveUnit,
    SetActive,
    TakeRole,
    give_role,
    save_person,
    save_unit,
    set_active,
    take_role,
    warnings,
)
from tasks.signin import NewToken, SignIn, hash_password, new_token, person_of_token, sign_in
from tests.tasks.stage import Work, steps
from tests.tasks.test_organisation import ADMIN, holding


def leave(work: Work, name: str) -> None:
    work.run(ADMIN, set_active, SetActive(work.person(name), False))


def test_a_group_gets_back_what_they_had_taken_and_the_draft_stays(work: Work) -> None:
    work.publish(steps("gruppe", "A", lane="Front Stage: A"))
    case_id = work.open()
    work.begin("gruppe", case_id)
    task = work.task("A")
    work.run("Ida Krag", claim_task, ClaimTask(task.id))
    work.run("Ida Krag", save_draft, SaveDraft(task.id, {"svar_tekst": "halvt"}))
    leave(work, "Ida Krag")
    assert (work.task("A").assignee_id, work.task("A").group_id) == (None, task.group_id)
    assert work.journal(case_id, "frigivet") == [
        "Trin A lagt tilbage til gruppen: Ida Krag har ikke længere rollen"
    ]
    work.complete("Bo Winther", "A")
    assert work.notices("Kirsten Bro", "advis") == []  # nothing is left behind


def test_losing_one_of_two_roles_gives_back_that_groups_tasks_only(work: Work) -> None:
    work.publish(
        steps("a", "A", lane="Front Stage: A"), steps("b", "B", lane="Administrative medarbejdere: B")
    )
    office = work.rows(select(OrgUnit.id).where(OrgUnit.key == "center_buf"))[0]
    work.run(ADMIN, give_role, GiveRole(work.person("Ida Krag"), "adm", office))
    for key in ("a", "b"):
        work.begin(key, work.open())
    for task in work.tasks():
        work.run("Ida Krag", claim_task, ClaimTask(task.id))
    work.run(ADMIN, take_role, TakeRole(holding(work, "Ida Krag", "front_stage").id))
    assert work.task("A").assignee_id is None
    assert work.holder(work.task("B")) == "Ida Krag"


def test_a_role_held_twice_is_held_until_both_are_gone(quick: Work) -> None:
    quick.publish(steps("a", "A", lane="Front Stage: A"))
    quick.begin("a", quick.open())
    quick.run("Ida Krag", claim_task, ClaimTask(quick.task("A").id))
    first = holding(quick, "Ida Krag", "front_stage")
    second = quick.run(ADMIN, give_role, GiveRole(first.person_id, "front_stage", first.unit_id))
    quick.run(ADMIN, take_role, TakeRole(first.id))
    assert quick.holder(quick.task("A")) == "Ida Krag"
    quick.run(ADMIN, take_role, TakeRole(second))
    assert quick.task("A").assignee_id is None


@pytest.mark.rule("OS-03")
def test_what_is_theirs_by_name_waits_visibly_and_the_leader_is_told(work: Work) -> None:
    work.publish(steps("en", "A", lane="Rådgiver: A"))
    first, second = work.open("Liv"), work.open("Noah")
    work.begin("en", first)
    leave(work, "Mette Holm")
    assert work.holder(work.task("A")) == "Mette Holm"
    assert work.notices("Birgit Skov", "advis") == [
        "Advis: Mette Holm har ikke længere adgang og efterlader 1 åben opgave og 2 sager"
    ]
    assert [row.assignee for row in work.read("Birgit Skov", list_tasks, ListTasks("enhed")).rows] == [
        "Mette Holm"
    ]
    line = "Mette Holm har ikke længere adgang, men har 1 åben opgave og 2 sager. Giv dem til en anden."
    for name in ("Birgit Skov", "Kirsten Bro", ADMIN):
        assert work.read(name, warnings, None) == [line]
    assert work.read("Lars Bach", warnings, None) == []
    for case_id in (first, second):
        work.run("Birgit Skov", reallocate, Reallocate(case_id, work.person("Sara Lund"), "Mette er stoppet"))
    assert work.holder(work.task("A")) == "Sara Lund"
    assert work.read("Birgit Skov", warnings, None) == []


def test_a_caseworker_without_the_role_is_told_of(quick: Work) -> None:
    quick.open()
    quick.run(ADMIN, take_role, TakeRole(holding(quick, "Mette Holm", "raadgiver").id))
    assert quick.read("Birgit Skov", warnings, None) == [
        "Mette Holm har ikke længere rollen Rådgiver, men har 0 åbne opgaver og 1 sag. Giv dem til en anden."
    ]


def test_where_no_leader_is_an_incident_tells(quick: Work) -> None:
    alone = quick.run(ADMIN, save_unit, SaveUnit(None, "alene", "Alene", "team"))
    mette = quick.person("Mette Holm")
    quick.run(ADMIN, save_person, SavePerson(mette, "Mette Holm", "mette.holm", unit_id=alone))
    quick.open()
    quick.run(ADMIN, save_person, SavePerson(mette, "Mette Holm", "mette.holm", unit_id=alone, active=False))
    assert [incident.kind for incident in quick.rows(select(Incident))] == ["fratraedelse"]
    assert len(quick.notices(ADMIN, "haendelse")) == 1
    quick.run(ADMIN, save_person, SavePerson(mette, "Mette Holm", "mette.holm", unit_id=alone, active=False))
    assert quick.count(Incident) == 1


def test_their_incidents_pass_on(work: Work) -> None:
    work.publish(steps("en", "A", lane="Jobcentret: A"))
    work.begin("en", work.open())
    assert work.names(work.rows(select(Incident.owner_id))) == ["Eva Holst"]
    leave(work, "Eva Holst")
    assert work.names(work.rows(select(Incident.owner_id))) == [ADMIN]


def test_sessions_and_keys_end_at_once(work: Work) -> None:
    with work.app.database.writing(now=work.app.now()) as unit:
        person = unit.session.get_one(Person, work.person("Mette Holm"))
        person.password_hash = hash_password("en lang adgangskode")
    work.app.run(
        sign_in, work.actor(None), SignIn("mette.holm", "en lang adgangskode", "::1", work.app.now())
    )
    token = work.run(None, new_token, NewToken("mette.holm"))
    assert work.read(None, person_of_token, token) == work.person("Mette Holm")
    leave(work, "Mette Holm")
    assert work.count(SignInSession, SignInSession.ended_at.is_(None)) == 0
    assert work.count(ApiToken, ApiToken.revoked_at.is_(None)) == 0
    assert work.read(None, person_of_token, token) is None
    with pytest.raises(NotFound):
        work.actor("Mette Holm")
    failed = work.run(None, sign_in, SignIn("mette.holm", "en lang adgangskode", "::1", work.app.now()))
    assert failed.token is None
    work.run(ADMIN, set_active, SetActive(work.person("Mette Holm"), True))
    assert work.actor("Mette Holm").holds("raadgiver")
    assert work.count(Task) == 0
