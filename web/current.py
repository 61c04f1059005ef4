"""What belongs to the request being answered: the running service, who is signed in, and today's date.

Views read these names instead of passing them along; nothing below `web` knows that they exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast
from zoneinfo import ZoneInfo

from flask import current_app, g
from werkzeug.local import LocalProxy

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
EXTENSION = "sagsgang"

R = TypeVar("R")


class WebSettings(Protocol):
    """The settings that the face reads; `host.settings.Settings` has them."""

    @property
    def secret_key(self) -> bytes:
        """Signs the tokens in forms; the same on every node."""

    @property
    def https(self) -> bool:
        """True where browsers reach the service over https only: cookies are `Secure`, HSTS is sent."""

    @property
    def demo(self) -> bool:
        """True in the demo municipality: the bar with the date is shown and the clock may be moved."""

    @property
    def municipality(self) -> str:
        """The municipality's name, for the header."""

    @property
    def base_url(self) -> str:
        """The service's address as others reach it."""

    @property
    def processes(self) -> Path:
        """The folder with the procedures and the guides."""


class Host(Protocol):
    """The running service as the face uses it; `host.app.App` is the one there is."""

    @property
    def settings(self) -> WebSettings:
        """Frozen settings, read once at start."""

    def now(self) -> datetime:
        """The service's clock, aware, in UTC."""

    def run(self, use_case: Callable[..., R], actor: Any, command: Any) -> R:
        """Perform a use case in one transaction: returning commits, raising rolls back."""

    def read(self, query: Callable[..., R], actor: Any, command: Any) -> R:
        """Answer a question without a write lock."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person behind the session of this request."""

    id: str
    name: str
    title: str
    """What the person is in the municipality, e.g. »Rådgiver, Børn«; shown under the name."""
    may_administer: bool
    may_see_incidents: bool
    unread_notices: int = 0
    leads: bool = False
    limited: bool = False
    """The person sees own tasks, and no cases."""
    meets: bool = False
    """The person has meetings, or keeps those of others."""
    actor: Any = None
    """The person as use cases take it: `current.app.run(use_case, current.visitor.actor, command)`."""


def _host() -> Host:
    return cast(Host, current_app.extensions[EXTENSION])


def _visitor() -> Visitor:
    return cast(Visitor, g.visitor)


app: Host = cast(Host, LocalProxy(_host))
"""The running service: `current.app.run(use_case, actor, command)`."""

visitor: Visitor = cast(Visitor, LocalProxy(_visitor))
"""Who is signed in; only inside views that demand a session: all but those marked `@session.open_to_all`."""


def running() -> Host:
    """Return the running service itself, not the name that stands for it in a request."""
    return _host()


def signed_in() -> bool:
    """Tell whether this request carries a living session."""
    return getattr(g, "visitor", None) is not None


def database_went_away() -> None:
    """Note that there is no connection to the database: what this request still shows must do without it."""
    g.visitor = None
    g.database_away = True


def database_is_away() -> bool:
    """Tell whether `database_went_away` was called in this request."""
    return getattr(g, "database_away", False)


def notices_read(count: int) -> None:
    """Note that the page being made is itself the answer to `count` unread notices."""
    if count:
        g.visitor = replace(g.visitor, unread_notices=max(0, g.visitor.unread_notices - count))


def now() -> datetime:
    """Return the service's clock in Copenhagen's time."""
    return app.now().astimezone(COPENHAGEN)


def today() -> date:
    """Return the date in Copenhagen by the service's clock; it is what »i dag« means on every page."""
    return now().date()
