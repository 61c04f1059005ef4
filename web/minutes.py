"""The minutes of an item, seen by others while the consultant writes them; the page asks for what is new."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tasks.minutes_page import MinutesSheet, open_minutes, read_minutes
from web import current
from web.pages import meetings as shown
from web.rows import answers

pages = Blueprint("minutes", __name__)


@pages.get("/moeder/punkter/<int:item_id>/referat")
def show(item_id: int) -> ResponseReturnValue:
    """Show the minutes as they stand now; seeing the case is logged, once."""
    sheet = current.app.run(open_minutes, current.visitor.actor, item_id)
    status = 403 if sheet.refused and not sheet.running else 200
    return render_template("meetings/minutes.html", page=_page(sheet)), status


@pages.get("/moeder/punkter/<int:item_id>/referat/nu")
def now(item_id: int) -> ResponseReturnValue:
    """Give the page what is written now; nothing when it has that already."""
    page = _page(current.app.read(read_minutes, current.visitor.actor, item_id))
    if request.args.get("set") and page.again.endswith(f"set={request.args['set']}"):
        return Response(status=204)
    return render_template("meetings/minutes_now.html", page=page)


def _page(sheet: MinutesSheet) -> shown.MinutesPage:
    parts = tuple(
        shown.MinutesPart(step.name, answers(step.shown), step.done, step.saved_at) for step in sheet.steps
    )
    mark = hashlib.sha256(repr((parts, sheet.refused)).encode()).hexdigest()[:16]
    return shown.MinutesPage(
        item=str(sheet.item_id),
        back=f"/moeder/{sheet.meeting_id}/dagsorden",
        title=sheet.title,
        case_number=sheet.case_number or "",
        starts=sheet.starts_at,
        ends=sheet.ends_at,
        part=sheet.part,
        parts=parts,
        refused=sheet.refused,
        again=f"/moeder/punkter/{sheet.item_id}/referat/nu?set={mark}" if sheet.running else "",
    )
