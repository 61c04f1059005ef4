"""Sending the letters of the outbox by SMTP: at least once, always with the letter's own Message-ID."""

import smtplib
from collections.abc import Callable
from email.message import EmailMessage

from host.app import App
from host.settings import Settings
from tasks import outbox
from tasks.outbox import Letter

Send = Callable[[EmailMessage], None]


def compose(settings: Settings, letter: Letter) -> EmailMessage:
    """Return the mail of a letter: what it is about and a link, nothing personal (decisions.md)."""
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = letter.to or ""
    message["Subject"] = letter.subject
    message["Message-ID"] = f"<{letter.message_id}@sagsgang>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"Hej {letter.name}\n\n{letter.subject}\n\nÅbn den i Sagsgang:\n{settings.base_url}{letter.path}\n\n"
        "Mailen er sendt automatisk og indeholder ingen oplysninger om borgere.\n"
    )
    return message


def smtp_sender(settings: Settings) -> Send | None:
    """Return a function that sends one mail, or None when no mail server is set (the letters then wait)."""
    if settings.smtp_host is None:
        return None

    def send(message: EmailMessage) -> None:
        assert settings.smtp_host is not None
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=20) as server:
            if settings.smtp_starttls:
                server.starttls()
            if settings.smtp_user is not None:
                server.login(settings.smtp_user, settings.smtp_password or "")
            server.send_message(message)

    return send


def send_due(app: App, send: Send) -> int:
    """Send the letters that are due; return how many went. A failure is noted and tried again later."""
    with app.database.writing(now=app.now()) as unit:
        letters = outbox.due_letters(unit)
    gone = 0
    for letter in letters:
        try:
            if letter.to is None:
                raise OSError("modtageren har ingen mailadresse")
            send(compose(app.settings, letter))
        except (OSError, smtplib.SMTPException) as error:
            with app.database.writing(now=app.now()) as unit:
                outbox.failed(unit, letter.outbox_id, str(error))
        else:
            with app.database.writing(now=app.now()) as unit:
                outbox.sent(unit, letter.outbox_id)
            gone += 1
    return gone
