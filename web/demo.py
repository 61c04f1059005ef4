"""The demo's clock: moved forward by anybody signed in, in the demo municipality only."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, request
from flask.typing import ResponseReturnValue

from host.app import App
from host.demo import move_clock
from host.errors import HostError
from web import current, dates
from web.asked import number
from web.words import gettext, ngettext

pages = Blueprint("demo", __name__)

LONGEST = timedelta(days=3 * 366)
"""How far one move may go; longer is a slip of the keyboard."""


@pages.post("/demo/ur")
def move() -> ResponseReturnValue:
    """Move the clock forward by days, or to a day at 8 o'clock; what falls due on the way happens in
    order."""
    app = current.running()
    if not isinstance(app, App) or not app.settings.demo:
        abort(404)
    days, text = number(request.form.get("dage")), request.form.get("til", "").strip()
    now = current.now()
    if days is not None:
        to = now + timedelta(days=min(days, 2 * LONGEST.days))
    else:
        asked = dates.read_moment(text)
        if asked is None:
            flash(gettext("Skriv en dato, for eksempel 24.12.2026 eller 24.12.2026 8.30."), "error")
            return redirect(_back())
        to = asked if asked.hour or asked.minute else asked.replace(hour=8)
    if to <= now:
        flash(gettext("Uret kan kun flyttes frem."), "error")
    elif to - now > LONGEST:
        flash(gettext("Uret kan højst flyttes tre år ad gangen."), "error")
    else:
        try:
            fired = move_clock(app, to)
        except HostError as error:
            flash(str(error), "error")
        else:
            happened = ngettext("Undervejs skete %(num)d ting.", "Undervejs skete %(num)d ting.", fired)
            if not fired:
                happened = gettext("Undervejs skete der ikke noget.")
            flash(gettext("Uret er flyttet. %(what)s", what=happened), "success")
    return redirect(_back())


def _back() -> str:
    """Return the page the person came from, on this site."""
    path = urlsplit(request.referrer or "").path
    return path if path.startswith("/") and not path.startswith("//") else "/opgaver"
