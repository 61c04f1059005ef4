"""Mail: at least once under a fixed Message-ID, tried again when it fails, and nothing personal in it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from host import mail
from host.mail import compose, send_due, smtp_sender
from records.tables import Incident, Notice, Outbox, Person
from tasks import notices, outbox
from tasks.complete import CompleteTask, complete_task
from tasks.errors import NotFound, Refused
from tasks.outbox import ListLetters, RetryLetter, list_letters, try_letter_again
from tasks.retries import RetryIncident, retry_incident
from tests.engine.drawing import chain, node
from tests.host.stage import BEGINS, Stage, bundle, open_stage, prepare, service, user

FROM = "sagsgang@aabenbro.example"
LINK = "https://sag.aabenbro.example"
SECRETS = (
    "Liv Skovgaard",
    "Skovgaard",
    "Liv",
    "1903230000",
    "190323",
    "Æblevej",
    "voldsom episode",
    "hemmeligt",
)


class Inbox:
    """A mail server: keeps what it gets, and refuses what the test says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: Callable[[str], str | None] = lambda address: None
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take or refuse a receiver."""
        refused = self.refuse(address)
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail."""
        if self.answer.startswith("250"):
            found = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.mails.append(found)
        return self.answer


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def mail_server(port: int) -> Iterator[Inbox]:
    """A mail server on this port while the block runs."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


@pytest.fixture
def stage(databases: Any, database_kind: str) -> Iterator[Stage]:
    changes = {"smtp_host": "127.0.0.1", "smtp_port": free_port(), "mail_from": FROM, "base_url": LINK}
    with open_stage(databases.new(database_kind, prepare), **changes) as stage:
        yield stage


@pytest.fixture
def inbox(stage: Stage) -> Iterator[Inbox]:
    with mail_server(stage.app.settings.smtp_port) as inbox:
        yield inbox


def post(stage: Stage) -> int:
    """One round of sending."""
    send = smtp_sender(stage.app.settings)
    assert send is not None
    return send_due(stage.app, send)


def letters(stage: Stage) -> list[Outbox]:
    return stage.rows(select(Outbox).order_by(Outbox.id))


def populated(stage: Stage) -> int:
    """A case full of what must not leave the house, with a task for its rådgiver, reminders and an advice."""
    stage.publish(
        bundle(
            "opgave",
            node("startEvent", "s")
            + user("F", "Fordel", skema="skema", sag="sag.begrundelse = begrundelse")
            + service(
                "N",
                "adviser",
                rolle='"socialfaglig_leder"',
                tekst='"Barnet " + sag.barn.navn + ": " + sag.begrundelse',
            )
            + user("A", "Skriv\n til   familien", frist="arbejdsdage_efter(i_dag, 5)")
            + service("x", "udsted_dokument", art='"a"', indhold="sag.barn.navn + sag.begrundelse")
            + node("endEvent", "e")
            + chain("s", "F", "N", "A", "x", "e"),
            lane="Socialfaglig leder: F; Rådgiver: A",
            skema=[{"type": "textfield", "key": "begrundelse", "id": "b", "label": "Begrundelse"}],
        )
    )
    case_id = stage.case(
        "Liv Skovgaard",
        born=date(2023, 3, 19),
        cpr="1903230000",
        address="Æblevej 4",
        protected_address=True,
        data={"hemmeligt": "voldsom episode"},
    )
    stage.start("opgave", case_id)
    leader = stage.holders("socialfaglig_leder")[0]
    task = stage.tasks(case_id)[0]
    stage.app.run(complete_task, leader, CompleteTask(task.id, {"begrundelse": "voldsom episode hos Liv"}))
    return case_id


def test_a_mail_names_the_task_the_number_and_a_link_and_nothing_personal(stage: Stage, inbox: Inbox) -> None:
    case_id = populated(stage)
    stage.clock.set(BEGINS + timedelta(days=30))  # the reminder and the escalation
    assert stage.app.fire_due() == 2
    task = stage.tasks(case_id)[0]
    with pytest.raises(Exception, match="kladde"):  # and an incident, whose reason may name anything
        stage.app.run(complete_task, stage.holders("raadgiver")[0], CompleteTask(task.id, {}))
    post(stage)
    kinds = {row.kind for row in stage.rows(select(Notice))}
    assert kinds == {"ny_opgave", "advis", "paamindelse", "eskalering", "haendelse"}
    assert len(inbox.mails) == len(letters(stage)) == len(stage.rows(select(Notice))) == 5
    for sent in inbox.mails:
        whole = " ".join(str(value) for value in sent.values()) + sent.get_content()
        assert not [secret for secret in SECRETS if secret in whole]
        assert LINK in whole
        assert sent["From"] == FROM
        assert sent["Auto-Submitted"] == "auto-generated"
    subjects = sorted(str(sent["Subject"]) for sent in inbox.mails)
    [case_number] = {subject.partition(" i sag ")[2] for subject in subjects if " i sag " in subject}
    assert subjects == sorted(
        [
            f"Ny opgave: Skriv til familien i sag {case_number}",
            f"Påmindelse: Skriv til familien i sag {case_number}",
            f"Fristen er overskredet: Skriv til familien i sag {case_number}",
            f"Advis i sag {case_number}",
            f"Noget er gået i stå i sag {case_number}",
        ]
    )


def some_letters(stage: Stage, number: int = 1) -> None:
    """Letters to so many of the rådgivere, one each."""
    people = [actor.person_id for actor in stage.holders("raadgiver")][:number]
    with stage.app.database.writing(now=stage.app.now()) as unit:
        told = [notices.TaskNotice(person_id or 0, 0, None, "", None) for person_id in people]
        notices.send(unit, "advis", told, "hemmeligt")


def test_a_letter_is_sent_once_when_all_goes_well(stage: Stage, inbox: Inbox) -> None:
    some_letters(stage, 3)
    assert post(stage) == 3
    assert post(stage) == 0
    assert sorted(str(sent["Message-ID"]) for sent in inbox.mails) == sorted(
        f"<{row.message_id}@sagsgang>" for row in letters(stage)
    )
    assert {row.sent_at for row in letters(stage)} == {BEGINS}


def test_a_worker_that_died_while_sending_leaves_the_letter_to_be_sent_again_as_the_same(
    stage: Stage, inbox: Inbox
) -> None:
    some_letters(stage)
    with stage.app.database.writing(now=stage.app.now()) as unit:
        taken = outbox.take_letter(unit)
    assert taken is not None
    send = smtp_sender(stage.app.settings)
    assert send is not None
    send(compose(stage.app.settings, taken))  # and here it dies
    assert post(stage) == 0
    stage.clock.set(BEGINS + timedelta(minutes=2))
    assert post(stage) == 1
    assert len(inbox.mails) == 2
    assert inbox.mails[0].as_bytes() == inbox.mails[1].as_bytes()


def test_a_letter_that_fails_is_tried_with_growing_waits_and_becomes_an_incident(
    stage: Stage, inbox: Inbox
) -> None:
    some_letters(stage, 2)
    bad = letters(stage)[0]
    with stage.app.database.reading(now=stage.app.now()) as unit:
        address = unit.session.get_one(Person, bad.payload["person_id"]).email
    inbox.refuse = lambda to: "550 no such mailbox" if to == address else None
    assert post(stage) == 1
    assert letters(stage)[1].sent_at == BEGINS
    waits = []
    for _ in range(outbox.ATTEMPTS):
        row = letters(stage)[0]
        assert "no such mailbox" in (row.error or "")
        waits.append(row.next_try_at - stage.app.now())
        if stage.rows(select(Incident)):
            break
        stage.clock.set(row.next_try_at)
        post(stage)
    assert waits == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 16, 32, 64, 128, 240)]
    [incident] = stage.rows(select(Incident))
    assert "no such mailbox" in incident.text
    assert letters(stage)[-1].sent_at is not None, "its owner was told"
    administrator = stage.app.actor(incident.owner_id)
    # "Try again" sends it at once.
    inbox.refuse = lambda to: None
    assert stage.app.run(retry_incident, administrator, RetryIncident(incident.id)) is True
    assert post(stage) == 1
    assert letters(stage)[0].sent_at is not None
    assert stage.rows(select(Incident.resolved_at)) != [None]


def test_a_mail_server_that_is_down_is_one_incident_and_settles_itself(stage: Stage) -> None:
    some_letters(stage, 2)
    assert post(stage) == 0
    rows = letters(stage)
    assert [row.attempts for row in rows] == [1, 0], "the others are left alone when the server is down"
    for _ in range(40):
        stage.clock.set(stage.app.now() + timedelta(hours=4))
        assert post(stage) == 0
    [incident] = stage.rows(select(Incident))
    assert "Mailserveren svarer ikke" in incident.text
    with mail_server(stage.app.settings.smtp_port) as inbox:
        administrator = stage.app.actor(incident.owner_id)
        assert stage.app.run(retry_incident, administrator, RetryIncident(incident.id)) is True
        assert post(stage) == 2 + 1  # the incident's own notice to its owner is among them
    assert len(inbox.mails) == 3
    assert [one.resolution for one in stage.rows(select(Incident))] == ["Prøvet igen"]


def test_an_incident_about_mail_ends_by_itself_when_the_mail_is_sent(stage: Stage) -> None:
    some_letters(stage)
    for _ in range(outbox.ATTEMPTS):
        post(stage)
        stage.clock.set(stage.app.now() + timedelta(hours=4))
    assert [one.resolved_at for one in stage.rows(select(Incident))] == [None]
    with mail_server(stage.app.settings.smtp_port):
        stage.clock.set(stage.app.now() + timedelta(hours=4))
        assert post(stage) >= 1
    assert [one.resolution for one in stage.rows(select(Incident))] == ["Mailen er sendt."]


def test_one_letter_that_cannot_be_written_stops_none_of_the_others(
    stage: Stage, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_letters(stage, 3)
    with stage.app.database.writing(now=stage.app.now()) as unit:
        first, second, _ = (unit.session.get_one(Outbox, row.id) for row in letters(stage))
        unit.session.get_one(Person, first.payload["person_id"]).email = None
        unit.session.get_one(Person, second.payload["person_id"]).email = "ikke en\nadresse"
    assert post(stage) == 1
    errors = [row.error for row in letters(stage)]
    assert "ingen mailadresse" in str(errors[0])
    assert errors[1]
    assert errors[2] is None


def test_a_server_that_refuses_the_mail_itself_is_no_broken_server(stage: Stage, inbox: Inbox) -> None:
    some_letters(stage, 2)
    inbox.answer = "554 looks like spam"
    assert post(stage) == 0
    assert [row.attempts for row in letters(stage)] == [1, 1]


def test_letters_wait_where_no_mail_server_is_set_and_administration_sees_them(stage: Stage) -> None:
    assert smtp_sender(replace(stage.app.settings, smtp_host=None)) is None
    some_letters(stage, 3)
    administrator, other = stage.holders("sekretaer_drift")[0], stage.holders("raadgiver")[0]
    page = stage.app.read(list_letters, administrator, ListLetters(limit=2))
    assert [(row.state, row.attempts, row.subject) for row in page.rows] == [("venter", 0, "Advis")] * 2
    assert {row.to for row in page.rows} <= {row.email for row in stage.rows(select(Person))}
    assert page.next is not None
    rest = stage.app.read(list_letters, administrator, ListLetters(before=page.next))
    assert [len(rest.rows), rest.next] == [1, None]
    with pytest.raises(Refused):
        stage.app.read(list_letters, other, ListLetters())
    with mail_server(stage.app.settings.smtp_port) as inbox:
        inbox.refuse = lambda to: "550 no"
        post(stage)
        for state, number in (("fejlet", 3), ("venter", 0), ("sendt", 0)):
            found = stage.app.read(list_letters, administrator, ListLetters(state))  # type: ignore[arg-type]
            assert len(found.rows) == number
        inbox.refuse = lambda to: None
        stage.app.run(try_letter_again, administrator, RetryLetter(rest.rows[0].id))
        assert post(stage) == 1
        with pytest.raises(NotFound):
            stage.app.run(try_letter_again, administrator, RetryLetter(rest.rows[0].id))


def test_a_mail_server_that_does_not_answer_holds_nothing_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "SECONDS", 0.3)
    some_letters(stage, 3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", stage.app.settings.smtp_port))
        silent.listen()
        began = time.monotonic()
        assert post(stage) == 0
        assert time.monotonic() - began < 3
    assert [row.attempts for row in letters(stage)] == [1, 0, 0]
