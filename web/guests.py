"""The family's page at a meeting, reached by a link without an account; and making and ending such links."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tasks import guests
from tasks.errors import Refused
from tasks.guests import InviteGuest, RevokeGuest
from tasks.people import SYSTEM
from web import case_rows, current
from web.asked import number
from web.pages import guests as shown
from web.rows import answers
from web.session import open_to_all

pages = Blueprint("guests", __name__)


@pages.get("/gaest/<token>")
@open_to_all
def visit(token: str) -> ResponseReturnValue:
    """Show a guest their own time, and what is written in their part while they are there."""
    page = _shown(token, current.app.run(guests.visit_as_guest, SYSTEM, token))
    return render_template("guests/show.html", page=page)


@pages.get("/gaest/<token>/nu")
@open_to_all
def now(token: str) -> ResponseReturnValue:
    """Give the guest's page what has changed: nothing when it has that already, and once the link has ended
    what is said instead."""
    try:
        page = _shown(token, current.app.read(guests.look_as_guest, SYSTEM, token))
    except Refused as refused:
        return render_template("guests/over.html", text=refused.message)
    if request.args.get("set") and page.again.endswith(f"set={request.args['set']}"):
        return Response(status=204)
    return render_template("guests/now.html", page=page)


def _shown(token: str, sheet: guests.GuestSheet) -> shown.GuestPage:
    parts = tuple(shown.GuestPart(name, answers(lines)) for name, lines in sheet.minutes)
    seen = (sheet.starts_at, sheet.ends_at, sheet.place, sheet.link, sheet.running, parts)
    mark = hashlib.sha256(repr(seen).encode()).hexdigest()[:16]
    return shown.GuestPage(
        starts=sheet.starts_at,
        ends=sheet.ends_at,
        place=sheet.place or "",
        link=sheet.link or "",
        running=sheet.running,
        parts=parts,
        again=f"/gaest/{token}/nu?set={mark}",
    )


@pages.get("/sager/<int:case_id>/gaester")
def list_all(case_id: int) -> ResponseReturnValue:
    """Show who of the family is invited to the case's items, and their links."""
    return _page(case_id, "", "")


def _page(case_id: int, address: str, guest: str) -> ResponseReturnValue:
    sheet = case_rows.read(case_id, "samtykke")
    rows = current.app.read(guests.list_guests, current.visitor.actor, case_id)
    page = shown.GuestsPage(
        case=case_rows.head(sheet, "/samtykke"),
        rows=tuple(
            shown.GuestRow(
                str(row.participant_id),
                row.name,
                row.meeting,
                row.starts_at,
                str(row.link_id) if row.link_id is not None else "",
                row.ended,
                row.last_seen_at,
            )
            for row in rows
        ),
        may_change=sheet.relation in case_rows.MANAGERS,
        address=address,
        guest=guest,
    )
    return render_template("guests/list.html", page=page)


@pages.post("/sager/<int:case_id>/gaester")
def invite(case_id: int) -> ResponseReturnValue:
    """Make a link; its address is shown this once."""
    command = InviteGuest(case_id, number(request.form.get("deltager")) or 0)
    made = current.app.run(guests.invite_guest, current.visitor.actor, command)
    return _page(case_id, f"{request.host_url}gaest/{made.token}", made.guest)


@pages.post("/sager/<int:case_id>/gaester/<int:link_id>/spaer")
def revoke(case_id: int, link_id: int) -> ResponseReturnValue:
    """End a link."""
    current.app.run(guests.revoke_guest, current.visitor.actor, RevokeGuest(case_id, link_id))
    return _page(case_id, "", "")
