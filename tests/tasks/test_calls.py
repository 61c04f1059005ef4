"""Called procedures: courses of their own, pinned, cancelled with their caller, refused without losing it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from records.tables import Case, Incident, Instance, ProcedureVersion, Timer
from tasks.calls import CANCELLED_WITH_CALLER
from tasks.cases import CancelCourse, cancel_course
from tasks.errors import NotOpen
from tasks.messages import SendMessage, send_message
from tasks.retries import ListIncidents, RetryIncident, list_incidents, retry_incident
from tests.engine.drawing import chain, declared, edge, message, node, properties
from tests.host.stage import user
from tests.tasks.stage import Work, drawn

CALLER = drawn(
    "kalder",
    node("callActivity", "kald", properties(data="dato"), calledElement="kaldt", name="Kald"),
    user("B", skema="tekst"),
    edge("kant", "kald", message("b")),
    user("C", skema="tekst"),
    chain("s", "kald", "B", "e"),
    chain("kant", "C", "e"),
    lane="Rådgiver: kald B C",
    outside=declared("b", "afbryd"),
)


def called(step: str = "A", **values: str) -> Any:
    made = drawn(
        "kaldt",
        user(step, skema="dag", data="dato", frist="i_dag"),
        chain("s", step, "e"),
        lane=f"Rådgiver: {step}",
        forms={"dag": [{"type": "datetime", "subtype": "date", "key": "dato", "dateLabel": "Dato"}]},
    )
    more = "".join(
        f"<spiffworkflow:property name='{name}' value='{value}' />" for name, value in values.items()
    )
    text = made.files["kaldt.bpmn"].decode()
    text = text.replace("<spiffworkflow:properties>", f"<spiffworkflow:properties>{more}", 1)
    return type(made)(made.key, 0, {**made.files, "kaldt.bpmn": text.encode()})


def courses(work: Work) -> list[str]:
    return work.rows(select(Instance.status).order_by(Instance.id))


def test_a_called_procedure_runs_in_the_version_valid_then_and_comes_back(work: Work) -> None:
    work.publish(called(), CALLER)
    case_id = work.open()
    caller = work.begin("kalder", case_id).instance_id
    work.publish(called("NY"))  # while it runs
    child = work.task("A").instance_id
    assert work.course(child).parent_id == caller
    work.complete("Mette Holm", "A", dato="2026-03-01")
    assert work.course(child).status == "afsluttet"
    assert work.open_elements(case_id) == ["B"]
    assert '"dato":"2026-03-01"' in work.course(caller).state
    assert '"slut":"e"' in work.course(caller).state
    work.begin("kalder", case_id)
    assert work.open_elements(case_id) == ["B", "NY"]
    assert work.rows(
        select(ProcedureVersion.version).where(ProcedureVersion.id == work.task("NY").version_id)
    ) == [2]


def test_the_next_step_opens_by_itself_across_the_call(work: Work) -> None:
    work.publish(called(), CALLER)
    case_id = work.open()
    started = work.begin("kalder", case_id, "Mette Holm")
    assert started.next_task_id == work.task("A").id
    done = work.complete("Mette Holm", "A")
    assert done.next_task_id == work.task("B").id


def test_cancelling_the_caller_cancels_what_it_called(work: Work) -> None:
    work.publish(called(), CALLER)
    case_id = work.open()
    caller = work.begin("kalder", case_id).instance_id
    child = work.task("A").instance_id
    with pytest.raises(NotOpen, match="kaldt af et andet"):
        work.run("Mette Holm", cancel_course, CancelCourse(child, "Fordi"))
    work.run("Mette Holm", cancel_course, CancelCourse(caller, "Fordi"))
    assert courses(work) == ["annulleret", "annulleret"]
    assert work.task("A", status="annulleret").close_reason == CANCELLED_WITH_CALLER
    assert work.count(Timer) == 0


def test_a_call_that_is_interrupted_is_cancelled_alone(work: Work) -> None:
    work.publish(called(), CALLER)
    case_id = work.open()
    work.begin("kalder", case_id)
    work.run(None, send_message, SendMessage(case_id, "afbryd"))
    assert courses(work) == ["igang", "annulleret"]
    assert work.open_elements(case_id) == ["C"]


@pytest.mark.rule("OS-19")
def test_a_start_condition_that_says_no_leaves_the_caller_waiting_with_an_incident(work: Work) -> None:
    work.publish(
        called(start_betingelse="sag.delt = true", start_afvisning="Del oplysningerne først."), CALLER
    )
    case_id = work.open()
    caller = work.begin("kalder", case_id, "Mette Holm").instance_id
    assert courses(work) == ["igang"]
    incident = work.rows(select(Incident))[0]
    assert (incident.kind, incident.element_id, incident.case_id) == ("kald_afvist", "kald", case_id)
    assert "Del oplysningerne først." in incident.text
    assert work.names([incident.owner_id]) == ["Eva Holst"]
    assert work.read("Eva Holst", list_incidents, ListIncidents())[0].retryable
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident.id)) is False
    assert work.rows(select(Incident.attempts)) == [2]
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Case, case_id).data = {"delt": True}
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident.id)) is True
    assert work.course(work.task("A", case_id).instance_id).parent_id == caller
    assert work.rows(select(Incident.resolution)) == ["Prøvet igen"]
    work.complete("Mette Holm", "A")
    assert work.open_elements(case_id) == ["B"]


def test_a_procedure_that_is_not_published_leaves_the_caller_waiting_too(work: Work) -> None:
    work.publish(CALLER)
    case_id = work.open()
    work.begin("kalder", case_id)
    incident = work.rows(select(Incident))[0]
    assert "ikke udgivet" in incident.text
    work.publish(called())
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident.id)) is True
    assert work.open_elements(case_id) == ["A"]


def test_a_refused_call_that_is_given_up_needs_nobody(work: Work) -> None:
    work.publish(CALLER)
    case_id = work.open()
    work.begin("kalder", case_id)
    work.run(None, send_message, SendMessage(case_id, "afbryd"))
    assert work.rows(select(Incident.resolution)) == ["Kaldet er ikke længere aktuelt."]
    work.begin("kalder", case_id)
    caller = work.rows(select(Instance.id).order_by(Instance.id.desc()))[0]
    work.run("Mette Holm", cancel_course, CancelCourse(caller, "Fordi"))
    assert work.count(Incident, Incident.resolved_at.is_(None)) == 0


def test_procedures_that_call_each_other_in_a_ring_are_stopped(quick: Work) -> None:
    ring = [
        drawn(
            key,
            node("callActivity", "k", calledElement=other),
            chain("s", "k", "e"),
        )
        for key, other in (("a", "b"), ("b", "a"))
    ]
    quick.publish(*ring)
    case_id = quick.open()
    with pytest.raises(Exception, match="i ring"):
        quick.begin("a", case_id)
    assert quick.count(Instance) == 0
