"""Calendar entries as mails, feeds and answers have them (iCalendar, RFC 5545 and 5546)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from icalendar import Calendar, Event, vCalAddress, vText

from tasks.feeds import FeedEntry
from tasks.invitations import CANCEL, Entry
from tasks.replies import Reply

PRODUCT = "-//Sagsgang//Sagsgang//DA"


def invitation(entry: Entry, organizer: str, attendee: str, sent_at: datetime) -> str:
    """Return the calendar that a letter carries: a request or a cancellation to one person. Nothing personal
    stands in it but the attendee's own address."""
    calendar = _calendar()
    calendar.add("method", entry.method)
    event = _event(entry, sent_at)
    event.add("organizer", _address(organizer))
    who = _address(attendee)
    who.params["ROLE"] = vText("REQ-PARTICIPANT")
    who.params["PARTSTAT"] = vText("NEEDS-ACTION")
    who.params["RSVP"] = vText("FALSE" if entry.method == CANCEL else "TRUE")
    event.add("attendee", who)
    event.add("status", "CANCELLED" if entry.method == CANCEL else "CONFIRMED")
    calendar.add_component(event)
    return _text(calendar)


def feed(entries: Iterable[FeedEntry], base_url: str) -> str:
    """Return a person's meetings as a calendar that programs fetch; the same meetings give the same text."""
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Sagsgang")
    calendar.add("x-published-ttl", "PT15M")
    for one in entries:
        # The stamp tells nothing that the sequence does not, and must not differ from one fetch to the next.
        event = _event(one.entry, one.entry.starts_at)
        event.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
        event.add("url", base_url + "/moeder")
        calendar.add_component(event)
    return _text(calendar)


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    return calendar


def _event(entry: Entry, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.summary)
    if entry.place:
        event.add("location", entry.place)
    if entry.link:
        event.add("description", f"Deltag digitalt: {entry.link}")
    event.add("class", "PRIVATE")
    return event


def _address(address: str) -> vCalAddress:
    return vCalAddress(f"mailto:{parseaddr(address)[1]}")


def _text(calendar: Calendar) -> str:
    return str(calendar.to_ical(), "utf-8")


def read_reply(content: bytes, key: str) -> Reply:
    """Read a mail from the calendar mailbox; `key` stands for a Message-ID that it has not. Never raises: a
    mail that cannot be read is one without an entry."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    sender = parseaddr(str(message.get("From", "")))[1]
    message_id = str(message.get("Message-ID", "")).strip() or key
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            try:
                return _reply(part.get_content(), message_id, sender)
            except (ValueError, KeyError, LookupError, AttributeError):
                break
    return Reply(message_id, sender)


def _reply(content: Any, message_id: str, sender: str) -> Reply:
    calendar = Calendar.from_ical(content)
    event = next(iter(calendar.walk("VEVENT")))
    attendees = event.get("attendee", [])
    attendee = attendees[0] if isinstance(attendees, list) else attendees
    return Reply(
        message_id,
        sender,
        str(calendar.get("method", "")).upper(),
        str(event["uid"]),
        str(attendee).lower().removeprefix("mailto:"),
        str(attendee.params.get("PARTSTAT", "")).upper(),
        int(event.get("sequence", 0)),
    )
