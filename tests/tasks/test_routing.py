"""Lane → recipient: the case's person, the group of the nearest unit, or an incident with an owner."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from records.tables import Incident, OrgUnit, Task, WorkGroup
from tasks.cases import Reallocate, reallocate
from tasks.claims import HandOver, hand_over
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tasks.inbox import ListTasks, list_tasks
from tasks.organisation import GiveRole, SetActive, give_role, set_active
from tasks.retries import (
    ListIncidents,
    ResolveIncident,
    RetryIncident,
    list_incidents,
    read_incident,
    resolve_incident,
    retry_incident,
)
from tests.tasks.stage import CONTACT, Work, steps


def begin(work: Work, lane: str, case_id: int | None = None) -> Task:
    work.publish(steps("bane", "A", lane=f"{lane}: A"))
    work.begin("bane", case_id if case_id is not None else work.open())
    return work.task("A")


def group(work: Work, task: Task) -> tuple[str, str | None]:
    """Role and unit of the group a task waits for."""
    query = (
        select(WorkGroup.role, OrgUnit.key)
        .outerjoin(OrgUnit, OrgUnit.id == WorkGroup.unit_id)
        .where(WorkGroup.id == task.group_id)
    )
    with work.app.database.reading(now=work.app.now()) as unit:
        return tuple(unit.session.execute(query).one())  # type: ignore[return-value]


@pytest.mark.rule("OS-03", "OS-09")
@pytest.mark.parametrize(
    "lane", ["Rådgiver", "raadgiver", "Sagsansvarlig rådgiver", "SAGSBEHANDLER", "Bestiller"]
)
def test_the_cases_person_by_any_of_the_roles_names(quick: Work, lane: str) -> None:
    task = begin(quick, lane)
    assert (quick.holder(task), task.role, task.group_id) == ("Mette Holm", "raadgiver", None)


@pytest.mark.parametrize(
    ("lane", "role", "unit"),
    [
        ("Kontorleder", "kontorleder", "kontor_boern"),  # by the case's office
        ("Socialfaglig konsulent", "socialfaglig_konsulent", "kontor_boern"),
        ("Administrative medarbejdere", "adm", "center_buf"),  # the nearest unit above that has one
        ("Front Stage", "front_stage", "center_buf"),
        ("Kompetenceenheden", "ke", "kompetenceenheden"),  # only one unit has it
        ("Chef BUF", "centerchef_buf", "center_buf"),
        ("Systemforvalter", "sekretaer_drift", "aabenbro"),
    ],
)
def test_the_group_of_the_nearest_unit(work: Work, lane: str, role: str, unit: str) -> None:
    task = begin(work, lane)
    assert task.assignee_id is None
    assert group(work, task) == (role, unit)


def test_a_post_without_a_unit_is_a_group_of_its_own(work: Work) -> None:
    work.run("Finn Dahl", give_role, GiveRole(work.person("Per Lind"), "uta_projektleder"))
    first, second = begin(work, "UTA's projektleder"), begin(work, "UTA's projektleder")
    assert group(work, first) == ("uta_projektleder", None)
    assert first.group_id == second.group_id
    work.complete("Per Lind", "A")


@pytest.mark.parametrize(
    ("lane", "text"),
    [
        ("Mødeleder", "Mødet har ingen mødeleder"),
        ("Udfører", "Sagen har ingen udfører"),
        ("Jobcentret", "Ingen har rollen jobcentret"),
        ("Lokal leder", "Flere enheder har rollen"),
        ("Kaptajn", "»Kaptajn« svarer ikke til nogen rolle"),
        ("K" * 110, "svarer ikke til nogen rolle"),
    ],
)
def test_nobody_is_an_incident_and_the_task_is_not_lost(work: Work, lane: str, text: str) -> None:
    task = begin(work, lane)
    assert (task.assignee_id, task.group_id, task.status) == (None, None, "aaben")
    incident = work.rows(select(Incident))[0]
    assert text in incident.text
    assert (incident.kind, incident.task_id) == ("ingen_modtager", task.id)
    assert work.names([incident.owner_id]) == ["Eva Holst"]
    assert len(work.notices("Eva Holst", "haendelse")) == 1
    # The leaders of the case see it in their unit's list, and are told when it is late.
    for leader in ("Birgit Skov", "Anne Toft"):
        assert [row.id for row in work.read(leader, list_tasks, ListTasks("enhed")).rows] == [task.id]
    assert work.read("Lars Bach", list_tasks, ListTasks("enhed")).rows == ()
    work.until("2026-02-05T08:00")
    assert len(work.notices("Birgit Skov", "eskalering")) == 1


def test_the_owner_tries_again_when_it_is_mended_and_nobody_else(work: Work) -> None:
    task = begin(work, "Jobcentret")
    incident = work.rows(select(Incident.id))[0]
    assert work.read("Eva Holst", read_incident, incident).retryable
    for stranger in ("Mette Holm", "Birgit Skov"):
        assert work.read(stranger, list_incidents, ListIncidents()) == []
        with pytest.raises(Refused):
            work.read(stranger, read_incident, incident)
        with pytest.raises(Refused):
            work.run(stranger, retry_incident, RetryIncident(incident))
        with pytest.raises(Refused):
            work.run(stranger, resolve_incident, ResolveIncident(incident, "Min"))
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident)) is False
    assert work.rows(select(Incident.attempts)) == [2]
    work.run("Finn Dahl", give_role, GiveRole(work.person("Per Lind"), "jobcenter"))
    assert [line.id for line in work.read("Finn Dahl", list_incidents, ListIncidents())] == [incident]
    assert work.run("Finn Dahl", retry_incident, RetryIncident(incident)) is True
    assert work.task("A").group_id is not None
    with pytest.raises(NotOpen):
        work.run("Eva Holst", retry_incident, RetryIncident(incident))
    work.complete("Per Lind", "A")
    done = work.read("Eva Holst", list_incidents, ListIncidents(resolved=True))[0]
    assert (done.resolution, done.resolved_by) == ("Prøvet igen", "Finn Dahl")
    assert task.id == work.task("A", status="udfoert").id


def test_an_incident_is_settled_by_hand_with_a_reason(work: Work) -> None:
    begin(work, "Jobcentret")
    incident = work.rows(select(Incident.id))[0]
    for wrong in (" ", "x" * 2001):
        with pytest.raises(Invalid) as error:
            work.run("Eva Holst", resolve_incident, ResolveIncident(incident, wrong))
        assert list(error.value.fields) == ["begrundelse"]
    work.run("Eva Holst", resolve_incident, ResolveIncident(incident, "Ringet til dem"))
    assert work.read("Eva Holst", list_incidents, ListIncidents()) == []
    with pytest.raises(NotFound):
        work.run("Eva Holst", resolve_incident, ResolveIncident(987, "Hm"))


def test_giving_the_case_on_settles_what_had_no_recipient(work: Work) -> None:
    case_id = work.open(caseworker=None)
    task = begin(work, "Rådgiver", case_id)
    assert work.count(Incident, Incident.resolved_at.is_(None)) == 1
    work.run("Kirsten Bro", reallocate, Reallocate(case_id, work.person("Sara Lund"), "Ny sag"))
    assert work.holder(work.task("A")) == "Sara Lund"
    assert work.rows(select(Incident.resolution)) == ["Opgaven har fået en modtager."]
    assert task.id == work.task("A").id


def test_a_leader_may_hand_on_what_nobody_has(work: Work) -> None:
    case_id = work.open(caseworker=None)
    task = begin(work, "Rådgiver", case_id)
    work.run("Kirsten Bro", hand_over, HandOver(task.id, work.person("Sara Lund"), "Ny sag"))
    assert work.holder(work.task("A")) == "Sara Lund"
    assert work.count(Incident, Incident.resolved_at.is_(None)) == 0


def test_a_caseworker_who_left_gets_nothing_new(work: Work) -> None:
    case_id = work.open()
    work.run("Finn Dahl", set_active, SetActive(work.person("Mette Holm"), False))
    task = begin(work, "Rådgiver", case_id)
    assert (task.assignee_id, task.group_id) == (None, None)
    assert "Mette Holm har ikke længere adgang" in work.rows(select(Incident.text))[-1]
    work.run("Birgit Skov", reallocate, Reallocate(case_id, work.person("Sara Lund"), "Mette er stoppet"))
    assert work.holder(work.task("A")) == "Sara Lund"


def test_without_a_case_the_way_goes_from_who_started_it(work: Work) -> None:
    text_of = CONTACT.files["kontakt.bpmn"].decode().replace('name="Front Stage"', 'name="Lokal leder"')
    work.publish(type(CONTACT)("kontakt", 0, {**CONTACT.files, "kontakt.bpmn": text_of.encode()}))
    work.begin("kontakt", None, "Emil Bang")
    assert group(work, work.task("A")) == ("lokal_leder", "skovskolen")
    work.begin("kontakt", None, "Mette Holm")
    assert work.task("A").group_id is None  # which school should it be?
    assert work.count(Incident) == 1


def test_groups_are_made_once_however_many_need_them(work: Work) -> None:
    for _ in range(3):
        begin(work, "Chef BUF")
        work.run("Finn Dahl", give_role, GiveRole(work.person("Per Lind"), "skolechef"))
    with work.app.database.reading(now=work.app.now()) as unit:
        doubles: Any = unit.connection.execute(
            text("SELECT role, unit_id, COUNT(*) FROM work_group GROUP BY role, unit_id HAVING COUNT(*) > 1")
        ).all()
    assert doubles == []
