"""One's own calendar feed over the API."""

from __future__ import annotations

from flask import Response

from tasks import feeds
from web.api.models import Done
from web.api.models import meetings as models
from web.api.routes import app, caller, operation
from web.api.writing import write


@operation("GET", "/me/calendar-feed", summary="One's own calendar feed", out=models.FeedState)
def get_calendar_feed() -> models.FeedState:
    """Return whether one has a calendar feed, and since when."""
    return models.FeedState(made_at=app().read(feeds.own_feed, caller(), None))


@operation("POST", "/me/calendar-feed", summary="Make or renew one's feed", out=models.FeedAddress)
def make_calendar_feed() -> Response:
    """Make a feed, or give it a new address; the old one ends. The address is given this once."""
    base = app().settings.base_url
    return write(
        feeds.make_feed, None, lambda token: models.FeedAddress(address=f"{base}/kalender/{token}.ics")
    )


@operation("POST", "/me/calendar-feed/revoke", summary="End one's feed", out=Done)
def revoke_calendar_feed() -> Response:
    """End one's calendar feed at once."""
    return write(feeds.revoke_feed, None, lambda _: Done())
