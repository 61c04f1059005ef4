"""A person's private calendar feed, and the answers from calendars that somebody must see to."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from host import ics
from tasks import feeds, replies
from tasks.people import SYSTEM
from web import account, current
from web.session import open_to_all
from web.words import gettext

pages = Blueprint("calendars", __name__)


@pages.get("/kalender/<token>.ics")
@open_to_all
def feed(token: str) -> ResponseReturnValue:
    """Give a calendar program the meetings of whoever the token belongs to."""
    entries = current.app.read(feeds.read_feed, SYSTEM, token)
    text = ics.feed(entries, current.app.settings.base_url)
    response = Response(text, mimetype="text/calendar")
    response.headers["Cache-Control"] = "private, max-age=60"
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:24])
    return response.make_conditional(request)


@pages.post("/konto/kalender")
def make() -> ResponseReturnValue:
    """Make the visitor's feed, or give it a new address, which is shown this once."""
    token = current.app.run(feeds.make_feed, current.visitor.actor, None)
    return account.account_page({}, f"{current.app.settings.base_url}/kalender/{token}.ics")


@pages.post("/konto/kalender/spaer")
def revoke() -> ResponseReturnValue:
    """End the visitor's feed."""
    current.app.run(feeds.revoke_feed, current.visitor.actor, None)
    flash(gettext("Kalenderadressen er spærret. Kalenderprogrammer får ikke flere møder fra den."), "success")
    return redirect("/konto#kalender")


@pages.get("/moeder/svar")
def answers() -> ResponseReturnValue:
    """Show the mails to the calendar mailbox that could not be used."""
    rows = current.app.read(replies.list_replies, current.visitor.actor, None)
    return render_template("meetings/replies.html", rows=rows)


@pages.post("/moeder/svar/<int:reply_id>/set")
def seen(reply_id: int) -> ResponseReturnValue:
    """Note that somebody has seen to a mail."""
    current.app.run(replies.handle_reply, current.visitor.actor, reply_id)
    return redirect("/moeder/svar")
