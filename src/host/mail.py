"""Sending the letters of the outbox by SMTP: at least once, always with the letter's own Message-ID."""

import logging
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial

from host import ics
from host.app import App
from host.settings import Settings
from records.unit import Unit
from tasks import outbox
from tasks.outbox import Letter

Send = Callable[[EmailMessage], None]

SECONDS = 10.0
"""How long a mail server may take to answer; a stopping service waits for it at most this long."""

MOST_AT_ONCE = 500
"""Letters that one round sends at most, so that a node that is behind still looks up now and then."""

_log = logging.getLogger(__name__)


class Undeliverable(Exception):
    """This letter cannot be delivered; the mail server itself is well."""


def compose(settings: Settings, letter: Letter) -> EmailMessage:
    """Return the mail of a letter: what it is about and a link, nothing personal (decisions.md).

    The same letter gives the same mail each time, so that a receiver can tell a repeated sending.
    """
    subject = " ".join(letter.subject.split())  # names in a diagram may be broken over several lines
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = letter.to or ""
    message["Subject"] = subject
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.message_id}@sagsgang>"
    message["Auto-Submitted"] = "auto-generated"
    greeting = f"Hej {letter.name}" if letter.name else "Hej"
    message.set_content(
        f"{greeting}\n\n{subject}\n\nÅbn den i Sagsgang:\n{settings.base_url}{letter.path}\n\n"
        "Mailen er sendt automatisk og indeholder ingen oplysninger om borgere.\n"
    )
    if letter.entry is not None:
        mailbox = settings.calendar_mailbox
        message["Reply-To"] = mailbox
        text = ics.invitation(letter.entry, mailbox, letter.to or "", letter.created_at)
        message.add_alternative(text, subtype="calendar", params={"method": letter.entry.method})
    return message


def smtp_sender(settings: Settings) -> Send | None:
    """Return a function that sends one mail, or None when no mail server is set (the letters then wait).

    It raises Undeliverable when the server refuses this mail, OSError or SMTPException when the server is
    the trouble.
    """
    host = settings.smtp_host
    if host is None:
        return None

    def send(message: EmailMessage) -> None:
        with smtplib.SMTP(host, settings.smtp_port, timeout=SECONDS) as server:
            if settings.smtp_starttls:
                server.starttls()
            if settings.smtp_user is not None:
                server.login(settings.smtp_user, settings.smtp_password or "")
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused as error:
                raise Undeliverable(f"Modtageren er afvist: {error}") from error
            except (smtplib.SMTPDataError, smtplib.SMTPNotSupportedError) as error:
                raise Undeliverable(f"Mailen er afvist: {error}") from error

    return send


def send_due(app: App, send: Send, *, until: Callable[[], bool] = lambda: False) -> int:
    """Send the letters that are due, one by one; return how many went.

    A failure is noted on the letter, which is tried again later. When the server itself is the trouble, the
    others are left for the next round.
    """
    gone = 0
    for _ in range(MOST_AT_ONCE):
        if until():
            break
        letter = app.write(outbox.take_letter)
        if letter is None:
            break
        trouble, server = _send(app.settings, send, letter)
        app.write(partial(_note, letter, trouble, server))
        if server:
            break
        gone += trouble is None
    return gone


def _note(letter: Letter, trouble: str | None, server: bool, unit: Unit) -> None:
    if trouble is None:
        outbox.sent(unit, letter.outbox_id)
    else:
        outbox.failed(unit, letter.outbox_id, trouble, server=server)


def _send(settings: Settings, send: Send, letter: Letter) -> tuple[str | None, bool]:
    """Send a letter; return what went wrong (Danish, None when it went), and whether the server is to
    blame."""
    if letter.to is None:
        return f"{letter.name or 'Modtageren'} har ingen mailadresse.", False
    try:
        send(compose(settings, letter))
    except (OSError, smtplib.SMTPException) as error:
        _log.warning("the mail server failed: %s", error)
        return f"{type(error).__name__}: {error}", True
    except Exception as error:  # one bad letter must not stop the others
        _log.warning("letter %s cannot be sent: %s", letter.outbox_id, error)
        return str(error) or type(error).__name__, False
    return None, False
