"""The units that a leader leads: who is in them, what they do, and what is missing (ST-57)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tasks import organisation_pages
from web import current
from web.admin import tree
from web.pages.admin import UnitsPage

pages = Blueprint("organisation", __name__)


@pages.get("/organisation")
def units() -> ResponseReturnValue:
    """Show the units one leads, with those below them."""
    found = current.app.read(organisation_pages.read_organisation, current.visitor.actor, None)
    return render_template("organisation/units.html", page=UnitsPage((), tree(found.units), found.warnings))
