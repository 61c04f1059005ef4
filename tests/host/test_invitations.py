"""Invitations as calendar entries: sent, moved, cancelled, answered; nothing personal in any of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar, Event
from sqlalchemy import select

from host import mailbox
from host.mail import send_due, smtp_sender
from host.mailbox import Imap, Maildir, mailbox_of, read_answers
from records.tables import Meeting, MeetingInvitation, MeetingParticipant, MeetingReply, Notice
from tasks import feeds, meeting_acts, meeting_people_acts, replies
from tasks.claims import ClaimTask, claim_task
from tasks.errors import NotFound, Refused
from tasks.invitations import tell_calendars
from tasks.people import SYSTEM
from tests.host.test_mail import FROM, Inbox, free_port
from tests.tasks.meeting_stage import ITEM, THURSDAY, thursday, wish
from tests.tasks.stage import Work, local, open_work, prepare

MAILBOX = "moeder@aabenbro.example"


@pytest.fixture
def work(databases: Any, database_kind: str, tmp_path: Path) -> Iterator[Work]:
    with open_work(databases.new(database_kind, prepare), THURSDAY, ITEM, at="2026-06-01T09:00") as work:
        object.__setattr__(work.app.settings, "smtp_host", "127.0.0.1")
        object.__setattr__(work.app.settings, "smtp_port", free_port())
        object.__setattr__(work.app.settings, "mail_from", FROM)
        object.__setattr__(work.app.settings, "calendar_mailbox", MAILBOX)
        object.__setattr__(work.app.settings, "replies_folder", tmp_path / "svar")
        yield work


@pytest.fixture
def inbox(work: Work) -> Iterator[Inbox]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=work.app.settings.smtp_port)
    controller.start()
    yield inbox
    controller.stop()


def called(work: Work) -> int:
    """A Thursday with a case on it, whose people are invited; its id."""
    meeting = thursday(work)
    wish(work)
    task = work.task("Luk")
    work.run("Tove Lange", claim_task, ClaimTask(task.id, task.rev))
    work.complete("Tove Lange", "Luk", tekst="Klar")
    return meeting


def post(work: Work, inbox: Inbox) -> list[EmailMessage]:
    """Tell the calendars and send; the letters with an entry that came now."""
    before = len(inbox.mails)
    work.app.write(tell_calendars)
    send = smtp_sender(work.app.settings)
    assert send is not None
    send_due(work.app, send)
    return [one for one in inbox.mails[before:] if part_of(one) is not None]


def part_of(mail: EmailMessage) -> EmailMessage | None:
    """The part of a mail that is a calendar."""
    return next((one for one in mail.walk() if one.get_content_type() == "text/calendar"), None)  # type: ignore[misc]


def entry_of(mail: EmailMessage) -> tuple[str, Event]:
    """METHOD of the content type, and the entry."""
    part = part_of(mail)
    assert part is not None
    calendar = Calendar.from_ical(part.get_content())
    method = str(part["Content-Type"].params["method"])
    assert str(calendar["method"]) == method
    return method, next(iter(calendar.walk("VEVENT")))


def answer(mail: EmailMessage, partstat: str, **change: str) -> bytes:
    """What a calendar program sends back."""
    _, event = entry_of(mail)
    attendee = change.get("attendee", str(event["attendee"]))
    lines = (
        "BEGIN:VCALENDAR", "PRODID:-//Program//DA", "VERSION:2.0", f"METHOD:{change.get('method', 'REPLY')}",
        "BEGIN:VEVENT", f"UID:{change.get('uid', str(event['uid']))}", "DTSTAMP:20260601T080000Z",
        f"SEQUENCE:{event['sequence']}", f"ORGANIZER:{event['organizer']}",
        f"ATTENDEE;PARTSTAT={partstat}:{attendee}", "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    reply = EmailMessage()
    reply["From"], reply["To"] = str(mail["To"]), MAILBOX
    reply["Message-ID"] = change.get("id", f"<{partstat}-{event['uid']}>")
    reply.set_content("Svar")
    reply.add_alternative("\r\n".join(lines), subtype="calendar", params={"method": "REPLY"})
    return reply.as_bytes()


def deliver(work: Work, content: bytes) -> None:
    """Put a mail into the mailbox and read it."""
    folder = work.app.settings.replies_folder
    assert folder is not None
    Maildir(folder)._box.add(content)
    opens = mailbox_of(work.app.settings)
    assert opens is not None
    read_answers(work.app, opens)


@pytest.mark.rule("FF-35")
def test_an_entry_is_sent_moved_and_cancelled_under_one_uid(work: Work, inbox: Inbox) -> None:
    meeting = called(work)
    first = {str(one["To"]): one for one in post(work, inbox)}
    assert len(first) == 3, "the management group"
    assert post(work, inbox) == [], "each is told once"
    one = next(iter(first.values()))
    method, event = entry_of(one)
    assert (method, int(event["sequence"])) == ("REQUEST", 0)
    assert event.decoded("dtstart") == datetime(2026, 6, 11, 6, 30, tzinfo=UTC)
    assert str(event["location"]) == "Tinglev"
    assert str(event["organizer"]) == f"mailto:{MAILBOX}"
    assert str(event["attendee"]) == f"mailto:{one['To']}"
    assert "https://moede.example/1" in str(event["description"])
    assert "Barn 1" not in one.as_string()
    assert len({str(entry_of(mail)[1]["uid"]) for mail in first.values()}) == 3, "one UID for each person"

    move = meeting_acts.MoveMeeting(
        meeting, local("2026-06-12T09:00"), local("2026-06-12T12:30"), place="Aabenraa"
    )
    work.run("Tove Lange", meeting_acts.move_meeting, move)
    work.app.fire_due()
    moved = {str(mail["To"]): entry_of(mail) for mail in post(work, inbox)}
    assert moved.keys() == first.keys()
    for address, (method, event) in moved.items():
        assert (method, int(event["sequence"])) == ("REQUEST", 1)
        assert event["uid"] == entry_of(first[address])[1]["uid"]
        assert event.decoded("dtstart") == datetime(2026, 6, 12, 7, 0, tzinfo=UTC)

    work.run("Tove Lange", meeting_acts.cancel_meeting, meeting_acts.CancelMeeting(meeting, "Sygdom"))
    work.app.fire_due()
    gone = [entry_of(mail) for mail in post(work, inbox)]
    assert [(method, int(event["sequence"]), str(event["status"])) for method, event in gone] == [
        ("CANCEL", 2, "CANCELLED")
    ] * 3
    assert not any("Sygdom" in mail.as_string() for mail in inbox.mails)
    assert post(work, inbox) == []


def test_whoever_is_taken_off_gets_a_cancellation_and_outsiders_a_mail(work: Work, inbox: Inbox) -> None:
    meeting = called(work)
    post(work, inbox)
    add = meeting_people_acts.AddParticipant(
        meeting, "ekstern_fagperson", name="Emma Ude", contact="emma@ude.example"
    )
    work.run("Tove Lange", meeting_people_acts.add_participant, add)
    (mail,) = post(work, inbox)
    assert str(mail["To"]) == "emma@ude.example"
    row = work.rows(select(MeetingParticipant).where(MeetingParticipant.role == "ekstern_fagperson"))[0]
    work.run("Tove Lange", meeting_people_acts.remove_participant,
             meeting_people_acts.RemoveParticipant(row.id))  # fmt: skip
    (mail,) = post(work, inbox)
    assert (str(mail["To"]), entry_of(mail)[0]) == ("emma@ude.example", "CANCEL")


def test_answers_are_noted_once_and_what_cannot_be_used_is_kept(work: Work, inbox: Inbox) -> None:
    meeting = called(work)
    mails = post(work, inbox)

    def answers() -> list[str | None]:
        rows = work.rows(
            select(MeetingParticipant)
            .where(MeetingParticipant.meeting_id == meeting)
            .order_by(MeetingParticipant.id)
        )
        return sorted(str(one.answer) for one in rows)

    deliver(work, answer(mails[0], "ACCEPTED"))
    deliver(work, answer(mails[1], "DECLINED"))
    deliver(work, answer(mails[2], "NEEDS-ACTION", method="COUNTER"))
    assert answers() == ["accept", "afslag", "ny_tid"]
    rev = work.rows(select(Meeting.rev).where(Meeting.id == meeting))[0]
    deliver(work, answer(mails[0], "ACCEPTED"))
    assert work.rows(select(Meeting.rev).where(Meeting.id == meeting))[0] == rev, "each mail once"
    assert work.run("Tove Lange", replies.list_replies, None) == []

    for number, content in enumerate(
        (
            answer(mails[0], "DECLINED", uid="gaet@sagsgang", id="<1>"),
            answer(mails[0], "DECLINED", attendee="mailto:en.anden@ude.example", id="<2>"),
            answer(mails[0], "TENTATIVE", id="<3>"),
            b"From: nogen@ude.example\r\nMessage-ID: <4>\r\n\r\nHej",
            b"From: nogen@ude.example\r\nMessage-ID: <5>\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VX",
        )
    ):
        deliver(work, content)
        assert len(work.run("Tove Lange", replies.list_replies, None)) == number + 1
    assert answers() == ["accept", "afslag", "ny_tid"]
    troubles = [row.trouble for row in work.run("Tove Lange", replies.list_replies, None)]
    assert troubles[:3] == [
        "Svaret hører ikke til nogen indkaldelse herfra.",
        "Svaret kommer fra en anden adresse end den, der er inviteret.",
        "Svaret er hverken ja eller nej. Spørg vedkommende.",
    ]
    with pytest.raises(Refused):
        work.run("Mette Holm", replies.list_replies, None)
    for row in work.run("Tove Lange", replies.list_replies, None):
        work.run("Tove Lange", replies.handle_reply, row.id)
    assert work.run("Tove Lange", replies.list_replies, None) == []
    assert work.count(MeetingReply) == 8


def test_an_answer_to_the_time_before_the_move_is_not_noted(work: Work, inbox: Inbox) -> None:
    meeting = called(work)
    old = post(work, inbox)[0]
    move = meeting_acts.MoveMeeting(meeting, local("2026-06-12T08:30"), local("2026-06-12T12:00"))
    work.run("Tove Lange", meeting_acts.move_meeting, move)
    work.app.fire_due()
    post(work, inbox)
    deliver(work, answer(old, "ACCEPTED"))
    assert [row.trouble for row in work.run("Tove Lange", replies.list_replies, None)] == [
        "Svaret gælder en tid, som mødet er flyttet fra."
    ]


def test_a_feed_is_its_owners_alone_and_follows_the_meeting(work: Work, inbox: Inbox) -> None:
    meeting = called(work)
    token = work.run("Birgit Skov", feeds.make_feed, None)
    (one,) = work.app.read(feeds.read_feed, SYSTEM, token)
    assert (one.entry.summary, one.entry.sequence, one.cancelled) == ("Proeve", 0, False)
    post(work, inbox)
    (one,) = work.app.read(feeds.read_feed, SYSTEM, token)
    uids = work.rows(select(MeetingInvitation.uid))
    assert one.entry.uid in uids, "the same entry as the invitation's"
    work.run("Tove Lange", meeting_acts.cancel_meeting, meeting_acts.CancelMeeting(meeting, "Sygdom"))
    (one,) = work.app.read(feeds.read_feed, SYSTEM, token)
    assert one.cancelled
    newer = work.run("Birgit Skov", feeds.make_feed, None)
    with pytest.raises(NotFound):
        work.app.read(feeds.read_feed, SYSTEM, token)
    work.run("Birgit Skov", feeds.revoke_feed, None)
    with pytest.raises(NotFound):
        work.app.read(feeds.read_feed, SYSTEM, newer)


def test_the_notice_of_an_invitation_sends_no_mail_of_its_own(work: Work, inbox: Inbox) -> None:
    called(work)
    mails = post(work, inbox)
    assert work.count(Notice) > 0
    assert all(part_of(mail) is not None for mail in mails)
    assert not any("Indkaldelse" in str(one["Subject"]) for one in inbox.mails if part_of(one) is None)


class FakeImap:
    """An IMAP server with two mails, one of them read."""

    def __init__(self) -> None:
        self.flagged: list[Any] = []

    def select(self, folder: str) -> None:
        """Open a folder."""
        assert folder == "INBOX"

    def uid(self, command: str, *rest: Any) -> tuple[str, list[Any]]:
        """Answer a command."""
        if command == "search":
            return "OK", [b"7"]
        if command == "fetch":
            assert rest == (b"7", "(BODY.PEEK[])")
            return "OK", [(b"7 (BODY[] {3}", b"abc"), b")"]
        self.flagged.append(rest)
        return "OK", []


def test_over_imap_only_unread_mails_are_read_and_then_marked() -> None:
    fake = FakeImap()
    box = Imap(fake)  # type: ignore[arg-type]
    assert list(box.unread()) == [("7", b"abc")]
    box.done("7")
    assert fake.flagged == [("7", "+FLAGS", "(\\Seen)")]
    assert mailbox.SECONDS > 0
