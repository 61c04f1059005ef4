"""The mailbox that answers to invitations come to: read over IMAP, or from a Maildir folder of a mail server
beside."""

import contextlib
import imaplib
import logging
import mailbox
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from host.app import App
from host.ics import read_reply
from host.settings import Settings
from tasks.replies import take_reply

MOST_AT_ONCE = 100
"""Mails that one round reads at most."""

SECONDS = 20.0
"""How long a mail server may take to answer."""

_log = logging.getLogger(__name__)


class Mailbox(Protocol):
    """A mailbox, opened: its unread mails, and marking one as read."""

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yield key and content of the unread mails."""

    def done(self, key: str) -> None:
        """Mark a mail as read."""


class Maildir:
    """A Maildir folder: mails that are read move from `new` to `cur`."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, made when it is not there."""
        self._box = mailbox.Maildir(folder, create=True)

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yield the mails that are new."""
        for key in sorted(self._box.keys())[:MOST_AT_ONCE]:
            message = self._box.get_message(key)
            if "S" not in message.get_flags():
                yield key, self._box.get_bytes(key)

    def done(self, key: str) -> None:
        """Mark a mail as seen."""
        message = self._box.get_message(key)
        message.set_subdir("cur")
        message.add_flag("S")
        self._box[key] = message


class Imap:
    """A mailbox over IMAP: unread mails are those without the flag Seen."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        """Use a connection that is signed in."""
        self._connection = connection

    def unread(self) -> Iterator[tuple[str, bytes]]:
        """Yield the mails without the flag Seen; reading them does not set it."""
        self._connection.select("INBOX")
        _, found = self._connection.uid("search", "UNSEEN")
        for key in found[0].split()[:MOST_AT_ONCE]:
            _, parts = self._connection.uid("fetch", key, "(BODY.PEEK[])")
            content = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if isinstance(content, bytes):
                yield key.decode("ascii"), content

    def done(self, key: str) -> None:
        """Set the flag Seen."""
        self._connection.uid("store", key, "+FLAGS", "(\\Seen)")


Opens = Callable[[], contextlib.AbstractContextManager[Mailbox]]


def mailbox_of(settings: Settings) -> Opens | None:
    """Return what opens the calendar mailbox, None where none is set."""
    if settings.replies_folder is not None:
        return partial(_maildir, settings.replies_folder)
    return partial(_imap, settings) if settings.imap_host is not None else None


@contextmanager
def _maildir(folder: Path) -> Iterator[Mailbox]:
    yield Maildir(folder)


@contextmanager
def _imap(settings: Settings) -> Iterator[Mailbox]:
    assert settings.imap_host is not None
    with imaplib.IMAP4_SSL(settings.imap_host, settings.imap_port, timeout=SECONDS) as connection:
        connection.login(settings.imap_user or "", settings.imap_password or "")
        yield Imap(connection)


def read_answers(app: App, opens: Opens, *, until: Callable[[], bool] = lambda: False) -> int:
    """Read the unread mails; return how many were new. A mail is marked as read once it is written down, so
    one that comes again after a stop is known by its Message-ID."""
    fresh = 0
    with opens() as box:
        for key, content in list(box.unread()):
            if until():
                break
            reply = read_reply(content, f"uden-id-{key}")
            fresh += app.write(partial(take_reply, reply=reply))
            box.done(key)
    return fresh
