"""Messages: one receiver, once; kept until there is one; several are an incident; publishing starts what
waited."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from host.publishing import start_what_waited
from records.tables import Case, Incident, Instance, Message
from tasks.access import Denied
from tasks.cases import CancelCourse, CloseCase, cancel_course, close_case
from tasks.delivery import WAITS
from tasks.errors import Invalid, NotOpen, Refused
from tasks.messages import RetryMessage, SendMessage, deliver_again, send_message
from tasks.people import SYSTEM
from tasks.procedures import PublishBundle, publish
from tasks.retries import RetryIncident, retry_incident
from tests.engine.drawing import chain, declared, message, node, properties
from tests.host.stage import bundle, user
from tests.tasks.stage import CONTACT, Work, drawn


def receiver(key: str = "modtager", name: str = "nyt", own_key: str = "") -> Any:
    """A procedure that waits for a message, and then for a person."""
    inside = properties(noegle=own_key) if own_key else ""
    return drawn(
        key,
        node("receiveTask", "r", inside, messageRef="b", name="Vent"),
        user("A", skema="tekst"),
        chain("s", "r", "A", "e"),
        lane="Rådgiver: A",
        outside=declared("b", name, variable="brev"),
    )


def sender(key: str = "afsender", name: str = "nyt") -> Any:
    """A procedure that sends a message and ends."""
    return drawn(
        key,
        node("sendTask", "x", messageRef="b", name="Send"),
        chain("s", "x", "e"),
        outside=declared("b", name, payload='{fra: "afsender"}'),
    )


def starter(key: str = "startes", name: str = "nyt", **values: str) -> Any:
    """A procedure that a message starts."""
    made = bundle(
        key,
        node("startEvent", "s", properties(data="fra") + message("b"), name="Ny")
        + user("A", skema="tekst")
        + node("endEvent", "e")
        + chain("s", "A", "e"),
        lane="Rådgiver: A",
        outside=declared("b", name),
        tekst=[{"type": "textfield", "key": "fra", "label": "Fra"}],
    )
    if values:
        text = made.files[f"{key}.bpmn"].decode()
        more = "".join(
            f"<spiffworkflow:property name='{name}' value='{value}' />" for name, value in values.items()
        )
        text = text.replace("<spiffworkflow:properties>", f"<spiffworkflow:properties>{more}", 1)
        made = type(made)(made.key, made.version, {**made.files, f"{key}.bpmn": text.encode()})
    return made


def send(work: Work, case_id: int, name: str = "nyt", by: str | None = None, **more: Any) -> Any:
    return work.run(by, send_message, SendMessage(case_id, name, **more))


def statuses(work: Work) -> list[str]:
    return work.rows(select(Message.status).order_by(Message.id))


def test_a_message_reaches_the_place_that_waits_in_its_own_case_only(work: Work) -> None:
    work.publish(receiver())
    mine, other = work.open("Liv"), work.open("Noah")
    for case_id in (mine, other):
        work.begin("modtager", case_id)
    assert send(work, mine, data={"hej": 1}).status == "leveret"
    assert work.open_elements(mine) == ["A"]
    assert work.open_elements(other) == []
    assert work.rows(select(Message.receiver_id)) == [work.task("A").instance_id]


def test_a_message_without_a_receiver_is_kept_until_one_waits(work: Work) -> None:
    work.publish(receiver(), sender())
    case_id = work.open()
    work.begin("afsender", case_id)
    assert statuses(work) == ["venter"]
    work.begin("modtager", case_id)
    assert statuses(work) == ["leveret"]
    assert work.open_elements(case_id) == ["A"]
    work.begin("modtager", case_id)  # the one message is used up
    assert work.open_elements(case_id) == ["A"]


def test_a_kept_message_with_another_key_blocks_nobody(work: Work) -> None:
    work.publish(receiver(own_key='"b"'))
    case_id = work.open()
    assert [send(work, case_id, key=key).status for key in ("a", "b", None)] == ["venter"] * 3
    work.begin("modtager", case_id)
    assert statuses(work) == ["venter", "leveret", "venter"]
    assert send(work, case_id, key="a").status == "venter"
    work.begin("modtager", case_id)
    assert send(work, case_id, key="b").status == "leveret"


def test_several_receivers_are_an_incident_that_is_tried_again(work: Work) -> None:
    work.publish(receiver())
    first, second = work.open("Liv"), work.open("Noah")
    for case_id in (first, first, second, second):
        work.begin("modtager", case_id)
    assert send(work, first).status == send(work, second).status == "haendelse"
    incidents = work.rows(select(Incident).order_by(Incident.id))
    assert [incident.case_id for incident in incidents] == [first, second]  # never one for both
    assert work.names([incidents[0].owner_id]) == ["Finn Dahl"]
    assert work.run("Finn Dahl", retry_incident, RetryIncident(incidents[0].id)) is False
    assert [incident.attempts for incident in work.rows(select(Incident).order_by(Incident.id))] == [2, 1]
    course = work.rows(select(Instance.id).where(Instance.case_id == first))[0]
    work.run("Mette Holm", cancel_course, CancelCourse(course, "For mange"))
    assert work.run("Finn Dahl", retry_incident, RetryIncident(incidents[0].id)) is True
    assert statuses(work) == ["leveret", "haendelse"]
    assert work.rows(select(Incident.resolution).order_by(Incident.id)) == ["Prøvet igen", None]


def test_the_senders_own_number_makes_a_second_sending_harmless(work: Work) -> None:
    work.publish(receiver())
    case_id, other = work.open("Liv"), work.open("Noah")
    for _ in range(2):
        work.begin("modtager", case_id)
    results: list[Any] = []
    errors: list[BaseException] = []

    def once() -> None:
        try:
            results.append(send(work, case_id, "andet", external_id="brev-17"))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({sent.message_id for sent in results}) == 1
    assert work.count(Message) == 1
    for wrong in ({"case_id": other, "name": "andet"}, {"case_id": case_id, "name": "nyt"}):
        with pytest.raises(Invalid) as error:
            work.run(None, send_message, SendMessage(external_id="brev-17", **wrong))
        assert "external_id" in error.value.fields


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 121}, "name"),
        ({"key": "k" * 201}, "key"),
        ({"external_id": "x" * 121}, "external_id"),
    ],
)
def test_what_cannot_be_kept_is_refused(work: Work, given: dict[str, str], field: str) -> None:
    case_id = work.open()
    with pytest.raises(Invalid) as error:
        send(work, case_id, **{"name": "nyt", **given})
    assert field in error.value.fields


def test_who_may_send_and_to_a_closed_case_nobody(work: Work) -> None:
    work.publish(receiver())
    case_id = work.open()
    with pytest.raises(Denied):
        send(work, case_id, by="Jonas Friis")
    work.give(case_id, "referent", "Emil Bang")
    with pytest.raises(Refused):
        send(work, case_id, by="Emil Bang")
    assert send(work, case_id, by="Mette Holm").status == "venter"
    assert send(work, case_id, by="Birgit Skov").status == "venter"
    kept = work.rows(select(Message.id))
    work.run("Mette Holm", close_case, CloseCase(case_id, "Slut"))
    with pytest.raises(NotOpen):
        send(work, case_id)
    assert work.run(None, deliver_again, RetryMessage(kept[0])) is True
    assert statuses(work) == ["bortfaldet", "bortfaldet"]


def test_what_is_given_on_the_cases_page_cannot_be_sent_past_its_form(quick: Work) -> None:
    quick.publish(
        drawn(
            "haand",
            node(
                "receiveTask",
                "r",
                properties(skema="tekst", startes_af="raadgiver"),
                messageRef="b",
                name="Flyt",
            ),
            chain("s", "r", "e"),
            outside=declared("b", "flyt", variable="brev"),
        )
    )
    case_id = quick.open()
    quick.begin("haand", case_id)
    with pytest.raises(Refused, match="Flyt"):
        send(quick, case_id, "flyt", by="Mette Holm")
    assert send(quick, case_id, "flyt").status == "leveret"  # another system


def test_a_person_sends_no_message_by_hand_before_anyone_waits(quick: Work) -> None:
    quick.publish(
        drawn(
            "haand",
            user("A", skema="tekst"),
            node("receiveTask", "r", properties(skema="tekst"), messageRef="b", name="Flyt"),
            chain("s", "A", "r", "e"),
            lane="Rådgiver: A",
            outside=declared("b", "flyt", variable="brev"),
        )
    )
    case_id = quick.open()
    quick.begin("haand", case_id)
    with pytest.raises(Refused, match="Ingen venter på »Flyt« i sagen endnu"):
        send(quick, case_id, "flyt", by="Mette Holm")
    assert quick.count(Message) == 0
    assert send(quick, case_id, "flyt").status == "venter"  # another system may be early


# --- starting with a message ----------------------------------------------------------------------


def test_a_message_starts_a_procedure_exactly_once(work: Work) -> None:
    work.publish(starter(), sender())
    case_id = work.open()
    work.begin("afsender", case_id)
    assert statuses(work) == ["leveret"]
    started = work.task("A", case_id)
    message_id = work.rows(select(Message.id))[0]
    assert work.run(None, deliver_again, RetryMessage(message_id)) is True
    assert [task.id for task in work.tasks(case_id)] == [started.id]
    state = work.course(started.instance_id).state
    assert '"fra":"afsender"' in state  # what `data` names is what the message brought


def test_a_waiting_place_comes_before_a_start_and_two_starts_are_an_incident(work: Work) -> None:
    work.publish(receiver(), starter(), starter("anden"))
    case_id = work.open()
    work.begin("modtager", case_id)
    assert send(work, case_id).status == "leveret"
    assert send(work, case_id).status == "haendelse"
    assert work.count(Instance) == 1


@pytest.mark.parametrize("closes", [False, True])
def test_publishing_starts_what_was_kept_each_in_its_case(work: Work, closes: bool) -> None:
    work.publish(sender())
    cases = [work.open(child) for child in ("Liv", "Noah", "Emma")]
    for case_id in cases:
        work.begin("afsender", case_id)
    if closes:
        work.run("Mette Holm", close_case, CloseCase(cases[1], "Slut"))
    work.publish(starter())
    start_what_waited(work.app)
    open_in = {case_id: work.open_elements(case_id) for case_id in cases}
    assert open_in == {cases[0]: ["A"], cases[1]: [] if closes else ["A"], cases[2]: ["A"]}
    assert start_what_waited(work.app) == 0


def test_a_version_that_is_valid_later_starts_it_then(work: Work) -> None:
    case_id = work.open()
    assert send(work, case_id).status == "venter"
    valid_from = work.app.now() + timedelta(days=1)
    work.app.run(publish, SYSTEM, PublishBundle(starter(), valid_from))
    assert start_what_waited(work.app) == 0
    work.until("2026-02-03T09:01")
    assert start_what_waited(work.app) == 1
    assert work.open_elements(case_id) == ["A"]


def test_one_that_cannot_be_delivered_stops_no_other(work: Work) -> None:
    bad = drawn(
        "daarlig", user("A", skema="tekst", frist="dato(fra)"), chain("s", "A", "e"), lane="Rådgiver: A"
    )
    text = bad.files["daarlig.bpmn"].decode()
    text = text.replace(
        '<bpmn:startEvent id="s"></bpmn:startEvent>',
        f'<bpmn:startEvent id="s">{message("b")}</bpmn:startEvent>',
    )
    text = text.replace("<bpmn:process", declared("b", "nyt") + "<bpmn:process")
    cases = [work.open("Liv"), work.open("Noah")]
    send(work, cases[0], data={"fra": "Liv Skov er i fare"})
    send(work, cases[1], data={"fra": "2026-03-01"})
    work.publish(type(bad)("daarlig", 0, {**bad.files, "daarlig.bpmn": text.encode()}))
    assert start_what_waited(work.app) == 2
    assert statuses(work) == ["haendelse", "leveret"]
    incident = work.rows(select(Incident))[0]
    assert "Liv" not in incident.text
    assert start_what_waited(work.app) == 0


def test_a_start_condition_that_says_no_is_an_incident_and_tried_again(work: Work) -> None:
    work.publish(starter(start_betingelse="sag.delt = true", start_afvisning="Del først oplysningerne."))
    case_id = work.open()
    assert send(work, case_id).status == "haendelse"
    incident = work.rows(select(Incident))[0]
    assert "Del først oplysningerne." in incident.text
    assert work.names([incident.owner_id]) == ["Eva Holst"]
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident.id)) is False
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.get_one(Case, case_id).data = {"delt": True}
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident.id)) is True
    assert work.open_elements(case_id) == ["A"]


def test_without_a_case_only_the_sender_or_the_keys_owner_is_meant(work: Work) -> None:
    contact = CONTACT.files["kontakt.bpmn"].decode()
    waits = node("receiveTask", "r", messageRef="b") + chain("B", "r")
    waiting = contact.replace(
        '<bpmn:sequenceFlow id="B_opret" sourceRef="B" targetRef="opret"></bpmn:sequenceFlow>',
        waits + chain("r", "opret"),
    )
    waiting = waiting.replace("<bpmn:process", declared("b", "nyt", variable="v") + "<bpmn:process")
    sends = contact.replace(
        '<bpmn:sequenceFlow id="s_A"',
        node("sendTask", "x", messageRef="b") + chain("s", "x", "A") + '<bpmn:sequenceFlow id="gone"',
    )
    sends = sends.replace('<bpmn:sequenceFlow id="gone" sourceRef="s" targetRef="A"></bpmn:sequenceFlow>', "")
    sends = sends.replace("<bpmn:process", declared("b", "nyt") + "<bpmn:process").replace(
        "kontakt", "sender"
    )
    work.publish(
        type(CONTACT)("kontakt", 0, {**CONTACT.files, "kontakt.bpmn": waiting.encode()}),
        type(CONTACT)("sender", 0, {**CONTACT.files, "sender.bpmn": sends.encode()}),
    )
    work.begin("kontakt")
    work.complete("Ida Krag", "A", barn_navn="Liv")
    work.complete("Ida Krag", "B")
    work.begin("sender")  # about another child
    assert statuses(work) == [WAITS]


def test_a_message_from_outside_a_case_starts_nothing_that_needs_one(work: Work) -> None:
    contact = CONTACT.files["kontakt.bpmn"].decode()
    sends = contact.replace(
        '<bpmn:sequenceFlow id="s_A"',
        node("sendTask", "x", messageRef="b") + chain("s", "x", "A") + '<bpmn:sequenceFlow id="gone"',
    )
    sends = sends.replace('<bpmn:sequenceFlow id="gone" sourceRef="s" targetRef="A"></bpmn:sequenceFlow>', "")
    sends = sends.replace("<bpmn:process", declared("b", "nyt") + "<bpmn:process")
    work.publish(starter(), type(CONTACT)("kontakt", 0, {**CONTACT.files, "kontakt.bpmn": sends.encode()}))
    work.begin("kontakt")
    assert statuses(work) == ["haendelse"]
    work.complete("Ida Krag", "A", barn_navn="Liv")
    work.complete("Ida Krag", "B")
    incident = work.rows(select(Incident))[0]
    case_id = work.rows(select(Case.id))[0]
    work.give(case_id, "raadgiver", "Mette Holm")
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident.id)) is True
    assert work.holder(work.task("A", case_id)) == "Mette Holm"
