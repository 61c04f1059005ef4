"""A receiver, a called procedure or a timer that fails: what led to it stands, and somebody owns the rest."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from host import app as app_module
from host.clock import wall
from records.tables import Case, Incident, Instance, JournalEntry, Message, StepEntry, Timer
from tasks import timers
from tasks.cases import CancelCourse, cancel_course
from tasks.messages import SendMessage, send_message
from tasks.retries import ListIncidents, RetryIncident, list_incidents, retry_incident
from tests.engine.drawing import chain, declared, message, node, properties, timer
from tests.host.stage import service, user
from tests.tasks.stage import Work, drawn

WRONG = service("galt", "saet_raadgiver", person="sag.ny")
"""Fails until the case says who `ny` is."""


def sender() -> Any:
    return drawn(
        "afsender",
        user("A", skema="tekst"),
        node("sendTask", "x", messageRef="b", name="Send"),
        user("B", skema="tekst"),
        chain("s", "A", "x", "B", "e"),
        lane="Rådgiver: A x B",
        outside=declared("b", "nyt"),
    )


def receiver() -> Any:
    return drawn(
        "modtager",
        node("receiveTask", "r", messageRef="b", name="Vent"),
        WRONG,
        user("C", skema="tekst"),
        chain("s", "r", "galt", "C", "e"),
        lane="Rådgiver: C",
        outside=declared("b", "nyt"),
    )


def starter() -> Any:
    made = drawn(
        "startes",
        WRONG,
        user("C", skema="tekst"),
        chain("s", "galt", "C", "e"),
        lane="Rådgiver: C",
        outside=declared("b", "nyt"),
    )
    text = made.files["startes.bpmn"].decode()
    begins = '<bpmn:startEvent id="s"></bpmn:startEvent>'
    assert begins in text
    text = text.replace(begins, f'<bpmn:startEvent id="s">{message("b")}</bpmn:startEvent>')
    return type(made)(made.key, 0, {**made.files, "startes.bpmn": text.encode()})


def mend(work: Work, case_id: int) -> None:
    """Make the case say what the failing step lacked."""
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Case, case_id).data = {"ny": str(work.person("Mette Holm"))}


def incident(work: Work, kind: str) -> Incident:
    """The one open incident, with its owner."""
    found: list[Incident] = work.rows(select(Incident).where(Incident.resolved_at.is_(None)))
    assert [(one.kind, work.names([one.owner_id])) for one in found] == [(kind, ["Eva Holst"])]
    assert work.read("Eva Holst", list_incidents, ListIncidents())[0].retryable
    return found[0]


def retry(work: Work, kind: str) -> bool:
    return bool(work.run("Eva Holst", retry_incident, RetryIncident(incident(work, kind).id)))


@pytest.mark.parametrize(("other", "kind"), [(receiver, "besked"), (starter, "start_afvist")])
def test_a_failing_receiver_leaves_the_senders_act_and_is_tried_again(
    work: Work, other: Any, kind: str
) -> None:
    work.publish(sender(), other())
    case_id = work.open()
    work.begin("afsender", case_id)
    if other is receiver:
        work.begin("modtager", case_id)
    before = work.count(Instance)
    steps = work.count(StepEntry)
    done = work.complete("Mette Holm", "A", svar_tekst="Ja")
    assert work.open_elements(case_id) == ["B"]
    assert done.next_task_id == work.task("B").id
    assert work.rows(select(Message.status)) == ["haendelse"]
    assert work.count(Instance) == before  # nothing of the receiver's step is left
    assert not work.rows(select(StepEntry.id).where(StepEntry.element_id.in_(("r", "galt", "C"))))
    assert work.count(StepEntry) > steps
    assert retry(work, kind) is False
    assert work.rows(select(Incident.attempts)) == [2]
    mend(work, case_id)
    assert retry(work, kind) is True
    assert work.open_elements(case_id) == ["B", "C"]
    assert work.rows(select(Message.status)) == ["leveret"]


def test_what_a_receiver_did_before_it_failed_is_undone(work: Work) -> None:
    """Case data and journal entries of its first steps go with it; the sender's stay."""
    work.publish(
        sender(),
        drawn(
            "modtager",
            node("receiveTask", "r", messageRef="b", name="Vent"),
            service("fase", "saet_status", status='"videre"'),
            WRONG,
            chain("s", "r", "fase", "galt", "e"),
            outside=declared("b", "nyt"),
        ),
    )
    case_id = work.open()
    work.begin("afsender", case_id)
    work.begin("modtager", case_id)
    work.complete("Mette Holm", "A")
    assert "fase" not in work.rows(select(Case.data))[0]
    assert not work.rows(select(JournalEntry.id).where(JournalEntry.kind == "status"))
    mend(work, case_id)
    assert retry(work, "besked") is True
    assert work.rows(select(Case.data))[0]["fase"] == "videre"
    assert work.journal(case_id, "status") == ["Status: videre"]


def test_a_kept_message_that_fails_leaves_the_one_who_began_to_wait(work: Work) -> None:
    work.publish(receiver())
    case_id = work.open()
    work.run(None, send_message, SendMessage(case_id, "nyt"))
    started = work.begin("modtager", case_id)
    assert work.course(started.instance_id).status == "igang"
    assert incident(work, "besked").case_id == case_id
    # The trouble is the message's: when the course that sent it or waits for it goes, somebody still owns it.
    work.run("Mette Holm", cancel_course, CancelCourse(started.instance_id, "Fejl"))
    assert retry(work, "besked") is True
    assert work.rows(select(Message.status)) == ["venter"]


def test_another_system_hears_that_its_message_is_in_trouble(work: Work) -> None:
    work.publish(receiver())
    case_id = work.open()
    work.begin("modtager", case_id)
    sent = work.run(None, send_message, SendMessage(case_id, "nyt", external_id="brev-1"))
    assert sent.status == "haendelse"
    assert work.run(None, send_message, SendMessage(case_id, "nyt", external_id="brev-1")) == sent


def test_a_called_procedure_that_fails_at_once_leaves_the_caller_waiting(work: Work) -> None:
    work.publish(
        drawn("kaldt", WRONG, user("C", skema="tekst"), chain("s", "galt", "C", "e"), lane="Rådgiver: C"),
        drawn(
            "kalder",
            user("A", skema="tekst"),
            node("callActivity", "kald", calledElement="kaldt", name="Kald"),
            user("B", skema="tekst"),
            chain("s", "A", "kald", "B", "e"),
            lane="Rådgiver: A kald B",
        ),
    )
    case_id = work.open()
    work.begin("kalder", case_id)
    work.complete("Mette Holm", "A")
    assert work.open_elements(case_id) == []
    assert work.count(Instance) == 1
    assert retry(work, "kald_afvist") is False
    mend(work, case_id)
    assert retry(work, "kald_afvist") is True
    work.complete("Mette Holm", "C", case_id)
    assert work.open_elements(case_id) == ["B"]


RETURNS = (
    drawn(
        "kaldt",
        user("C", skema="tekst", data="svar_tekst"),
        chain("s", "C", "e"),
        lane="Rådgiver: C",
    ),
    drawn(
        "kalder",
        node("callActivity", "kald", properties(data="svar_tekst"), calledElement="kaldt", name="Kald"),
        WRONG,
        user("B", skema="tekst"),
        chain("s", "kald", "galt", "B", "e"),
        lane="Rådgiver: kald B",
    ),
)


def test_a_caller_that_fails_when_the_called_procedure_ends_is_brought_on_later(work: Work) -> None:
    work.publish(*RETURNS)
    case_id = work.open()
    caller = work.begin("kalder", case_id).instance_id
    child = work.task("C").instance_id
    work.complete("Mette Holm", "C", svar_tekst="Liv vil gerne")
    assert work.course(child).status == "afsluttet"
    assert "Liv" not in incident(work, "retur_fejlet").text
    assert retry(work, "retur_fejlet") is False
    mend(work, case_id)
    assert retry(work, "retur_fejlet") is True
    assert work.open_elements(case_id) == ["B"]
    assert '"svar_tekst":"Liv vil gerne"' in work.course(caller).state
    assert work.course(child).state == ""


def test_what_was_to_go_back_is_forgotten_with_the_caller(work: Work) -> None:
    work.publish(*RETURNS)
    case_id = work.open()
    caller = work.begin("kalder", case_id).instance_id
    child = work.task("C").instance_id
    work.complete("Mette Holm", "C", svar_tekst="Liv vil gerne")
    assert work.course(child).state
    work.run("Mette Holm", cancel_course, CancelCourse(caller, "Fordi"))
    assert work.course(child).state == ""
    assert work.count(Incident, Incident.resolved_at.is_(None)) == 0


def test_a_timer_that_fails_is_an_incident_and_nothing_is_lost(work: Work) -> None:
    work.publish(
        drawn(
            "venter",
            node(
                "intermediateCatchEvent",
                "t",
                timer('= tidspunkt(arbejdsdage_efter(i_dag, 1), "08:00")', "timeDate"),
                name="I morgen",
            ),
            service("fase", "saet_status", status='"videre"'),
            WRONG,
            user("C", skema="tekst"),
            chain("s", "t", "fase", "galt", "C", "e"),
            lane="Rådgiver: C",
        )
    )
    case_id = work.open()
    course = work.begin("venter", case_id).instance_id
    before = work.course(course).state
    work.until("2026-02-03T12:00")
    assert work.course(course).state == before
    assert "fase" not in work.rows(select(Case.data))[0]
    assert work.count(Timer) == 1
    mend(work, case_id)
    assert retry(work, "timer") is True
    work.until(f"{(work.app.now() + timedelta(hours=2)):%Y-%m-%dT%H:%M}")
    assert work.open_elements(case_id) == ["C"]
    assert work.count(Timer, Timer.kind == "bpmn") == 0


def test_a_timer_whose_message_fails_the_receiver_has_fired(work: Work) -> None:
    """The timer's own step stands: only the receiver is in trouble."""
    work.publish(
        receiver(),
        drawn(
            "venter",
            node(
                "intermediateCatchEvent",
                "t",
                timer('= tidspunkt(arbejdsdage_efter(i_dag, 1), "08:00")', "timeDate"),
                name="I morgen",
            ),
            node("sendTask", "x", messageRef="b", name="Send"),
            chain("s", "t", "x", "e"),
            outside=declared("b", "nyt"),
        ),
    )
    case_id = work.open()
    work.begin("modtager", case_id)
    course = work.begin("venter", case_id).instance_id
    work.until("2026-02-03T08:00")
    assert work.course(course).status == "afsluttet"
    assert work.count(Timer) == 0
    assert incident(work, "besked").case_id == case_id


def test_a_timer_that_ends_the_process_is_given_up_after_five_tries(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.publish(
        drawn(
            "venter",
            node(
                "intermediateCatchEvent",
                "t",
                timer('= tidspunkt(arbejdsdage_efter(i_dag, 1), "08:00")', "timeDate"),
                name="I morgen",
            ),
            user("C", skema="tekst"),
            chain("s", "t", "C", "e"),
            lane="Rådgiver: C",
        )
    )
    poisoned, other = work.open("Liv"), work.open("Noah")
    for case_id in (poisoned, other):
        work.begin("venter", case_id)
    work.at("2026-02-03T08:00")
    real_now, fire = wall(), timers.fire
    tries: list[int] = []

    def later(start: int) -> Any:
        return real_now + start * timers.LEASE

    class Killed(BaseException):
        """What nothing catches: the process is gone."""

    def killing(unit: Any, claimed: timers.Claimed) -> None:
        tries.append(claimed.timer_id)
        if claimed.case_id == poisoned:
            raise Killed
        fire(unit, claimed)

    monkeypatch.setattr(timers, "fire", killing)
    for start in range(8):  # the process is started again each time, and the lease has run out
        monkeypatch.setattr(work.app, "_name", f"proces{start}")
        monkeypatch.setattr(app_module, "wall", partial(later, start))
        try:
            work.app.fire_due()
        except Killed:
            continue
    assert len(tries) == timers.ATTEMPTS + 1  # and the other one once
    assert work.open_elements(other) == ["C"]
    found = incident(work, "timer")
    assert found.case_id == poisoned
    assert work.count(Timer, Timer.kind == "bpmn") == 1
    monkeypatch.setattr(timers, "fire", fire)
    assert retry(work, "timer") is True
    work.app.fire_due()
    assert work.open_elements(poisoned) == ["C"]
