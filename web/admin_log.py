"""The log of administration: who changed accounts, roles, units, closing days and leave."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tasks import admin_log
from tasks.admin_log import AdminLine, ReadAdminLog
from web import current
from web.admin_frame import tabs
from web.asked import number
from web.pages import admin as shown
from web.pages.parts import Pager
from web.places import read_place, write_place
from web.words import gettext

pages = Blueprint("admin_log", __name__)


def kind_name(kind: str) -> str:
    """Return what an entry is about, in Danish."""
    names = {
        "person": gettext("Person"),
        "adgang": gettext("Adgang"),
        "adgangskode": gettext("Adgangskode"),
        "rolle": gettext("Rolle"),
        "enhed": gettext("Enhed"),
        "lukkedag": gettext("Lukkedag"),
        "fravaer": gettext("Fravær"),
        "noegle": gettext("API-nøgle"),
    }
    return names.get(kind, kind)


@pages.get("/administration/log")
def log() -> ResponseReturnValue:
    """Show a page of the log, newest first; the acts about or by one person when one is named."""
    person_id = number(request.args.get("person"))
    after = read_place(request.args.get("efter"))
    found = current.app.read(
        admin_log.read_admin_log, current.visitor.actor, ReadAdminLog(person_id, after, admin_log.PAGE + 1)
    )
    rows, more = found[: admin_log.PAGE], len(found) > admin_log.PAGE
    asked = {"person": str(person_id)} if person_id is not None else {}
    base = "/administration/log?" + urlencode(asked)
    following = None
    if more:
        last = rows[-1]
        following = "/administration/log?" + urlencode({**asked, "efter": write_place(last.at, last.id)})
    page = shown.LogPage(
        tabs=tabs("log"),
        rows=tuple(_row(line) for line in rows),
        pager=Pager(base if after else None, following),
    )
    return render_template("admin/log.html", page=page)


def _row(line: AdminLine) -> shown.LogRow:
    return shown.LogRow(
        at=line.at,
        who=line.who or gettext("Systemet"),
        kind=kind_name(line.kind),
        person=line.person or "",
        href=f"/administration/personer/{line.person_id}" if line.person_id is not None else None,
        text=line.text,
    )
