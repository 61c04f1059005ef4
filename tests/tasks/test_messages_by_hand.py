"""Messages that a person gives a running procedure: who may, what they say, each to one place."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine.types import Bundle
from records.tables import Incident, Message, Receiver, Submission
from tasks.access import Denied
from tasks.cases import CloseCase, close_case
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tasks.failures import CannotGoOn
from tasks.messages import SendMessage, send_message
from tasks.messages_by_hand import (
    GiveMessage,
    GivenMessage,
    PossibleMessage,
    ReadMessage,
    give_message,
    list_possible,
    read_message,
)
from tests.engine.drawing import chain, node, properties, script
from tests.host.stage import user
from tests.tasks.stage import TEXT, Work, drawn

MESSAGE = (
    '<bpmn:message id="m" name="flyttet"><bpmn:extensionElements><spiffworkflow:messageVariable>flytning'
    "</spiffworkflow:messageVariable></bpmn:extensionElements></bpmn:message>"
)
DEFINITION = '<bpmn:messageEventDefinition messageRef="m"/>'
MOVED = [
    {
        "type": "datetime",
        "subtype": "date",
        "key": "dato",
        "dateLabel": "Dato",
        "validate": {"required": True},
    },
    {"type": "textfield", "key": "sted", "label": "Sted"},
]


def waiting(key: str = "moede", **given: str) -> Bundle:
    """A meeting that waits on the edge of its task for being moved; `given` are the wait's properties."""
    return drawn(
        key,
        script("sted", 'sted = "Rådhuset"'),
        user("A", "Hold mødet", skema="tekst", frist="arbejdsdage_efter(i_dag, 5)"),
        user("B", "Indkald igen", skema="tekst", frist="dato(flytning.dato)"),
        node("endEvent", "e2"),
        node(
            "boundaryEvent",
            "flyt",
            properties(**given) + DEFINITION,
            name="Mødet er flyttet",
            attachedToRef="A",
        ),
        chain("s", "sted", "A", "e"),
        chain("flyt", "B", "e2"),
        lane="Rådgiver: A B",
        outside=MESSAGE,
        forms={"tekst": TEXT, "flyttet": MOVED},
    )


def loop(**given: str) -> Bundle:
    """A wait that comes back each time it has been given its message."""
    return drawn(
        "loebende",
        node("exclusiveGateway", "igen"),
        node("intermediateCatchEvent", "oensket", properties(**given) + DEFINITION, name="Opfølgning ønskes"),
        node("parallelGateway", "del"),
        user("A", "Følg op", skema="tekst", frist="arbejdsdage_efter(i_dag, 5)"),
        chain("s", "igen", "oensket", "del", "A", "e"),
        chain("del", "igen"),
        lane="Rådgiver: A",
        outside=MESSAGE,
        forms={"tekst": TEXT},
    )


def possible(work: Work, name: str, case_id: int) -> list[PossibleMessage]:
    found: list[PossibleMessage] = work.read(name, list_possible, case_id)
    return found


def give(work: Work, name: str, case_id: int, receiver: str, **answers: Any) -> GivenMessage:
    found: GivenMessage = work.run(name, give_message, GiveMessage(case_id, receiver, answers))
    return found


def receiver_of(work: Work, element_id: str) -> str:
    return str(work.rows(select(Receiver.engine_id).where(Receiver.element_id == element_id))[-1])


def begun(work: Work, bundle: Bundle) -> tuple[int, str]:
    """A case in which this procedure waits: the case and the place."""
    work.publish(bundle)
    case_id = work.open()
    work.begin(bundle.key, case_id, "Mette Holm")
    return case_id, work.rows(select(Receiver.engine_id).where(Receiver.case_id == case_id))[0]


def test_the_answers_are_the_message_and_the_procedure_goes_on(work: Work) -> None:
    case_id, receiver = begun(work, waiting(skema="flyttet", formaal="Så alle ved det"))
    (line,) = possible(work, "Mette Holm", case_id)
    assert (line.receiver, line.name, line.message, line.procedure, line.element_id) == (
        receiver,
        "Mødet er flyttet",
        "flyttet",
        "Moede",
        "flyt",
    )
    assert (line.purpose, line.has_form, line.key) == ("Så alle ved det", True, None)
    sheet = work.run("Mette Holm", read_message, ReadMessage(case_id, receiver))
    assert (sheet.name, sheet.procedure_key, sheet.version) == ("Mødet er flyttet", "moede", 1)
    assert sheet.guidance.purpose == "Så alle ved det"
    assert sheet.schema["components"] == MOVED
    assert sheet.values["sted"] == "Rådhuset"  # what the procedure knows already
    given = give(work, "Mette Holm", case_id, receiver, dato="2026-02-20", sted="Skolen", andet="x")
    task = work.task("B")
    assert task.due_on == date(2026, 2, 20)
    assert given.next_task_id == task.id
    assert work.open_elements(case_id) == ["B"]
    (message,) = work.rows(select(Message))
    assert (message.id, message.status, message.payload) == (
        given.message_id,
        "leveret",
        {"dato": "2026-02-20", "sted": "Skolen"},
    )
    assert (message.receiver_id, message.actor_id) == (given.instance_id, work.person("Mette Holm"))
    assert work.journal(case_id, "besked") == ["Besked givet: Mødet er flyttet"]
    (kept,) = work.rows(select(Submission))
    assert (kept.element_id, kept.task_id, kept.answers) == ("flyt", None, message.payload)
    assert ("Mette Holm", "raadgiver", "besked", False) in work.views(case_id)
    assert possible(work, "Mette Holm", case_id) == []


def test_answers_that_break_the_form_change_nothing(work: Work) -> None:
    case_id, receiver = begun(work, waiting(skema="flyttet"))
    with pytest.raises(Invalid) as refused:
        give(work, "Mette Holm", case_id, receiver, sted="Skolen")
    assert set(refused.value.fields) == {"dato"}
    assert work.count(Message) == work.count(Submission) == 0
    assert work.open_elements(case_id) == ["A"]
    assert work.journal(case_id, "besked") == []


def test_without_a_form_it_is_only_confirmed(work: Work) -> None:
    case_id, receiver = begun(work, loop(startes_af="raadgiver"))
    sheet = work.run("Mette Holm", read_message, ReadMessage(case_id, receiver))
    assert (sheet.schema, sheet.values) == (None, {})
    give(work, "Mette Holm", case_id, receiver, hemmeligt="ja")
    assert work.rows(select(Message))[0].payload == {}
    assert work.count(Submission) == 0
    assert work.open_elements(case_id) == ["A"]


def test_the_same_page_sent_twice_gives_one_message(work: Work) -> None:
    """SQLite uses the ids of rows again, and the next round waits at the same element."""
    case_id, receiver = begun(work, loop(startes_af="raadgiver"))
    give(work, "Mette Holm", case_id, receiver)
    with pytest.raises(NotOpen, match="ikke længere nogen"):
        give(work, "Mette Holm", case_id, receiver)
    with pytest.raises(NotOpen):
        work.run("Mette Holm", read_message, ReadMessage(case_id, receiver))
    (again,) = possible(work, "Mette Holm", case_id)
    assert again.receiver != receiver
    give(work, "Mette Holm", case_id, again.receiver)
    assert work.open_elements(case_id) == ["A", "A"]


def test_two_at_once_give_one_message(work: Work) -> None:
    case_id, receiver = begun(work, loop(startes_af="alle"))
    outcomes: list[str] = []

    def act(name: str) -> None:
        try:
            give(work, name, case_id, receiver)
            outcomes.append("given")
        except NotOpen:
            outcomes.append("late")

    threads = [threading.Thread(target=act, args=(name,)) for name in ("Mette Holm", "Birgit Skov")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["given", "late"]
    assert work.open_elements(case_id) == ["A"]


def test_exactly_the_chosen_place_gets_it(work: Work) -> None:
    """Two courses wait for the same message, which nobody but a person can tell apart."""
    work.publish(waiting(skema="flyttet"))
    case_id = work.open()
    first = work.begin("moede", case_id, "Mette Holm").instance_id
    second = work.begin("moede", case_id, "Mette Holm").instance_id
    lines = possible(work, "Mette Holm", case_id)
    assert [line.instance_id for line in lines] == [first, second]
    give(work, "Mette Holm", case_id, lines[1].receiver, dato="2026-02-20")
    assert work.task("B").instance_id == second
    assert [line.instance_id for line in possible(work, "Mette Holm", case_id)] == [first]
    assert work.count(Incident) == 0


def test_only_the_caseworker_and_the_leader_unless_the_diagram_says_otherwise(work: Work) -> None:
    case_id, receiver = begun(work, waiting(skema="flyttet"))
    work.give(case_id, "kontorleder", "Jonas Friis")
    assert possible(work, "Jonas Friis", case_id) == []
    with pytest.raises(Refused, match="Din rolle kan ikke give beskeden"):
        give(work, "Jonas Friis", case_id, receiver, dato="2026-02-20")
    with pytest.raises(Refused):
        work.run("Jonas Friis", read_message, ReadMessage(case_id, receiver))
    assert len(possible(work, "Birgit Skov", case_id)) == 1
    give(work, "Birgit Skov", case_id, receiver, dato="2026-02-20")
    assert work.open_elements(case_id) == ["B"]


def test_named_roles_and_no_others(work: Work) -> None:
    case_id, receiver = begun(work, waiting(startes_af="kontorleder"))
    work.give(case_id, "kontorleder", "Jonas Friis")
    assert possible(work, "Mette Holm", case_id) == []
    with pytest.raises(Refused):
        give(work, "Mette Holm", case_id, receiver)
    assert [line.receiver for line in possible(work, "Jonas Friis", case_id)] == [receiver]


def test_a_stranger_is_refused_and_it_is_logged(work: Work) -> None:
    case_id, receiver = begun(work, waiting(startes_af="alle"))
    for act in (
        lambda: possible(work, "Jonas Friis", case_id),
        lambda: work.run("Jonas Friis", read_message, ReadMessage(case_id, receiver)),
        lambda: give(work, "Jonas Friis", case_id, receiver),
    ):
        with pytest.raises(Denied):
            act()
    assert work.views(case_id).count(("Jonas Friis", "ingen", "besked", True)) == 3
    assert work.open_elements(case_id) == ["A"]


def test_what_other_procedures_send_is_not_offered(work: Work) -> None:
    case_id, receiver = begun(work, waiting(punkter=""))
    assert possible(work, "Mette Holm", case_id) == []
    with pytest.raises(Refused, match="ikke af en person"):
        give(work, "Mette Holm", case_id, receiver)
    sent = work.run("Mette Holm", send_message, SendMessage(case_id, "flyttet", data={"dato": "2026-02-20"}))
    assert sent.status == "leveret"


def test_a_place_of_another_case_or_none_waits_for_nothing(work: Work) -> None:
    case_id, receiver = begun(work, waiting(startes_af="alle"))
    other = work.open("Anden Dreng")
    for place in (receiver, "", "1", "x" * 500, "\0", "æ"):
        with pytest.raises(NotOpen):
            give(work, "Mette Holm", other, place)
    with pytest.raises(NotFound):
        give(work, "Mette Holm", 10**9, receiver)
    assert work.open_elements(case_id) == ["A"]


def test_a_closed_case_takes_no_messages(work: Work) -> None:
    case_id, receiver = begun(work, waiting(startes_af="alle"))
    work.run("Mette Holm", close_case, CloseCase(case_id, "Flyttet"))
    assert possible(work, "Mette Holm", case_id) == []
    for act in (
        lambda: work.run("Mette Holm", read_message, ReadMessage(case_id, receiver)),
        lambda: give(work, "Mette Holm", case_id, receiver),
    ):
        with pytest.raises(NotOpen, match="er lukket"):
            act()


def test_a_procedure_that_cannot_go_on_keeps_waiting(work: Work) -> None:
    """The due rule of what follows reads a date that a message without a form does not bring."""
    case_id, receiver = begun(work, waiting(startes_af="alle"))
    with pytest.raises(CannotGoOn):
        give(work, "Mette Holm", case_id, receiver)
    assert work.open_elements(case_id) == ["A"]
    assert work.count(Message) == 0
    assert [row.case_id for row in work.rows(select(Incident))] == [case_id]
    assert len(possible(work, "Mette Holm", case_id)) == 1


def test_a_wait_inside_an_event_based_gateway(work: Work) -> None:
    either = drawn(
        "foerst",
        node("eventBasedGateway", "enten"),
        node("intermediateCatchEvent", "en", properties(startes_af="alle") + DEFINITION, name="Det ene"),
        node(
            "intermediateCatchEvent",
            "to",
            properties(skema="flyttet") + '<bpmn:messageEventDefinition messageRef="m2"/>',
            name="Det andet",
        ),
        user("A", "Efter det ene", skema="tekst", frist="ingen"),
        user("B", "Efter det andet", skema="tekst", frist="ingen"),
        node("endEvent", "e2"),
        chain("s", "enten", "en", "A", "e"),
        chain("enten", "to", "B", "e2"),
        lane="Rådgiver: A B",
        outside=MESSAGE + '<bpmn:message id="m2" name="andet"/>',
        forms={"tekst": TEXT, "flyttet": MOVED},
    )
    case_id, _ = begun(work, either)
    assert [line.name for line in possible(work, "Mette Holm", case_id)] == ["Det ene", "Det andet"]
    give(work, "Mette Holm", case_id, receiver_of(work, "to"), dato="2026-02-20")
    assert work.open_elements(case_id) == ["B"]
    assert possible(work, "Mette Holm", case_id) == []
