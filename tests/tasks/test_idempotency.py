"""A write that is sent twice happens once, also when it fails."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from host.scheduler import Scheduler
from records.tables import Case, Draft, IdempotencyKey, Incident
from tasks.cases import AddNote, OpenCase, add_note, open_case
from tasks.complete import CompleteTask, complete_task
from tasks.errors import Invalid
from tasks.failures import CannotGoOn
from tasks.idempotency import Once, forget_old, once
from tasks.retries import RetryIncident, retry_incident
from tasks.starts import StartProcedure, start_procedure
from tests.engine.drawing import chain
from tests.host.stage import user
from tests.tasks.stage import Work, drawn, steps

BROKEN = drawn(
    "itu",
    user("A", skema="tekst"),
    user("B", skema="tekst", frist="17"),
    chain("s", "A", "B", "e"),
    lane="Rådgiver: A B",
)


def asked(use_case: Any, command: Any, key: str = "k-1", request: str = "POST /x") -> Once:
    return Once(key, request, use_case, command, lambda result: {"said": str(result)})


def test_the_second_time_gets_the_first_answer_and_nothing_happens(work: Work) -> None:
    command = asked(open_case, OpenCase("Liv Skov"))
    first = work.run("Ida Krag", once, command)
    assert work.run("Ida Krag", once, command) == first
    assert work.count(Case) == 1
    assert work.run("Bo Winther", once, command) != first  # a key is its person's own
    assert work.count(Case) == 2


def test_a_key_for_another_request_is_refused(work: Work) -> None:
    work.run("Ida Krag", once, asked(open_case, OpenCase("Liv Skov")))
    with pytest.raises(Invalid):
        work.run("Ida Krag", once, asked(open_case, OpenCase("Noah Vind"), request="POST /y"))
    assert work.count(Case) == 1


def test_what_was_refused_is_not_kept(work: Work) -> None:
    with pytest.raises(Invalid):
        work.run("Ida Krag", once, asked(open_case, OpenCase(" ")))
    assert work.count(IdempotencyKey) == 0
    work.run("Ida Krag", once, asked(open_case, OpenCase("Liv Skov")))


def test_a_failure_is_the_steps_own_and_its_procedures_owners(work: Work) -> None:
    work.publish(BROKEN)
    work.begin("itu", work.open())
    task = work.task("A")
    command = asked(complete_task, CompleteTask(task.id, {"svar_tekst": "Liv"}), key="itu")
    for attempts in (1, 2):
        with pytest.raises(CannotGoOn):
            work.run("Mette Holm", once, command)
        incident = work.rows(select(Incident))[0]
        assert (incident.task_id, incident.element_id, incident.attempts) == (task.id, "B", attempts)
    assert work.names([incident.owner_id]) == ["Eva Holst"]
    assert work.rows(select(Draft.answers)) == [{"svar_tekst": "Liv"}]


def test_a_start_that_fails_belongs_to_the_owner_of_what_was_started(work: Work) -> None:
    work.publish(steps("itu", "A", lane="Rådgiver: A", due="17"))
    case_id = work.open()
    with pytest.raises(CannotGoOn):
        work.run("Mette Holm", once, asked(start_procedure, StartProcedure("itu", case_id), key="nøgle"))
    incident = work.rows(select(Incident))[0]
    assert incident.case_id == case_id
    assert work.names([incident.owner_id]) == ["Eva Holst"]


def test_a_retry_that_fails_counts_up_the_incident_it_was_about(work: Work) -> None:
    caller = drawn(
        "kalder",
        '<bpmn:callActivity id="k" name="k" calledElement="itu"></bpmn:callActivity>',
        chain("s", "k", "e"),
    )
    work.publish(caller)
    work.begin("kalder", work.open())
    incident_id = work.rows(select(Incident.id))[0]
    work.publish(steps("itu", "A", lane="Rådgiver: A", due="17"))
    said = work.run("Eva Holst", once, asked(retry_incident, RetryIncident(incident_id)))
    assert said == {"said": "False"}
    assert [(row.id, row.attempts) for row in work.rows(select(Incident))] == [(incident_id, 2)]


def test_an_answer_is_forgotten_after_seven_days(work: Work) -> None:
    case_id = work.open()
    command = Once("k", "POST /notes", add_note, AddNote(case_id, "Notat"), lambda _: {"ok": True})
    work.run("Mette Holm", once, command)
    for moment, left in (("2026-02-09T09:00", 1), ("2026-02-09T09:01", 0)):
        work.at(moment)
        work.app.write(forget_old)
        assert work.count(IdempotencyKey) == left
    assert "old answers" in {job.func.__name__ for job in started_jobs(work)}


def started_jobs(work: Work) -> list[Any]:
    """What the scheduler does at its ticks."""
    scheduler = Scheduler(work.app, None)
    scheduler.start()
    try:
        return list(scheduler._clock.get_jobs())
    finally:
        scheduler.stop()
