"""The agenda of a meeting with slots: ordering by drag or keys, lengths, other meetings, opening, closing.

A script of the page sends the same forms and gets the agenda alone back (`X-Del: dagsorden`), so that the
place in the list is kept; without scripts each form is answered by the whole page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import meeting_acts as acts
from tasks import meeting_arrange as arrange
from tasks.errors import Invalid, NotFound, NotOpen, Stale, TaskError
from tasks.meeting_locked import Changed
from web import current, meeting_rows
from web.asked import number
from web.errors import status_of
from web.words import gettext

pages = Blueprint("agenda", __name__)


@pages.get("/moeder/<int:meeting_id>/dagsorden")
def show(meeting_id: int) -> ResponseReturnValue:
    """Show the agenda; for somebody who is there for one item only, that item."""
    return _page(meeting_id)


def _page(meeting_id: int, message: str = "", said: str = "", status: int = 200) -> ResponseReturnValue:
    sheet = meeting_rows.read(meeting_id, "dagsorden")
    page = meeting_rows.agenda_page(sheet, message=message, said=said)
    part = request.headers.get("X-Del") == "dagsorden"
    template = "meetings/agenda_list.html" if part else "meetings/agenda.html"
    return render_template(template, page=page), status


def _act(meeting_id: int, said: str, act: Callable[..., Changed], command: Any) -> ResponseReturnValue:
    """Do something to the agenda; what stands in the way is told above it, as it is now."""
    try:
        current.app.run(act, current.visitor.actor, command)
    except (Invalid, Stale, NotOpen, NotFound) as error:
        return _refused(meeting_id, error)
    if request.headers.get("X-Del") == "dagsorden":
        return _page(meeting_id, said=said)
    flash(said, "success")
    return redirect(f"/moeder/{meeting_id}/dagsorden")


def _refused(meeting_id: int, error: TaskError) -> ResponseReturnValue:
    text = error.message
    if isinstance(error, Stale):
        text = gettext("En anden har ændret dagsordenen imens. Her er den, som den er nu. Prøv igen.")
    return _page(meeting_id, message=text, status=status_of(error))


@pages.post("/moeder/<int:meeting_id>/punkter/<int:item_id>/plads")
def place(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Put an item on another place of the agenda."""
    command = arrange.PlaceItem(
        meeting_id, item_id, number(request.form.get("plads")), number(request.form.get("rev"))
    )
    return _act(meeting_id, gettext("Punktet er flyttet."), arrange.place_item, command)


@pages.post("/moeder/<int:meeting_id>/punkter/<int:item_id>/laengde")
def length(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Make an item longer or shorter."""
    command = arrange.ChangeLength(
        item_id, number(request.form.get("laengde")), number(request.form.get("rev"))
    )
    return _act(meeting_id, gettext("Punktets længde er ændret."), arrange.change_length, command)


@pages.post("/moeder/<int:meeting_id>/punkter/<int:item_id>/moede")
def other_meeting(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Move an item to another meeting, to the first place there."""
    there, _, slot = request.form.get("til", "").partition(":")
    command = acts.MoveItem(
        item_id, number(slot) or 0, number(there) or meeting_id, number(request.form.get("punkt_rev"))
    )
    return _act(meeting_id, gettext("Punktet er flyttet til et andet møde."), acts.move_item, command)


@pages.post("/moeder/<int:meeting_id>/punkter/<int:item_id>/udsaet")
def put_off(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Take an item off, with a reason; its case finds another time."""
    command = acts.PutOffItem(
        item_id, request.form.get("begrundelse", ""), number(request.form.get("punkt_rev"))
    )
    said = gettext("Punktet er taget af dagsordenen. Sagen får en ny tid.")
    return _act(meeting_id, said, acts.put_off_item, command)


@pages.post("/moeder/<int:meeting_id>/punkter/<int:item_id>/book")
def book(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Put a case that waits for a time on this agenda."""
    command = arrange.BookItem(
        meeting_id, item_id, number(request.form.get("plads")), number(request.form.get("rev"))
    )
    return _act(meeting_id, gettext("Sagen er sat på dagsordenen."), arrange.book_item, command)


@pages.post("/moeder/<int:meeting_id>/punkter/<int:item_id>/aabn")
def open_item(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Open an item at the meeting."""
    command = acts.OpenItem(item_id, number(request.form.get("punkt_rev")))
    return _act(meeting_id, gettext("Punktet er åbnet."), acts.open_item, command)


@pages.post("/moeder/<int:meeting_id>/punkter/<int:item_id>/luk")
def close_item(meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Close an item whose procedure has no task for that."""
    command = acts.CloseItem(item_id, None, number(request.form.get("punkt_rev")))
    return _act(meeting_id, gettext("Punktet er lukket."), acts.close_item, command)
