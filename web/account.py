"""One's own account: who one is here, and a new password."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from host.clock import wall
from tasks import feeds, organisation_pages, signin
from tasks.errors import Invalid
from tasks.signin import ChangePassword
from web import current
from web.pages.session import AccountPage
from web.words import gettext

pages = Blueprint("account", __name__)

_FIELDS = {"old": "nuvaerende", "new": "ny"}
"""What the use case calls a field → its name on the page."""


@pages.get("/konto")
def account() -> ResponseReturnValue:
    """Show who is signed in, with which roles."""
    return account_page({})


def account_page(errors: dict[str, str], address: str = "") -> ResponseReturnValue:
    """Return the account page; with the address of a calendar feed that was just made."""
    made = current.app.read(feeds.own_feed, current.visitor.actor, None)
    own = current.app.read(organisation_pages.read_own_roles, current.visitor.actor, None)
    page = AccountPage(current.visitor.name, current.visitor.title, own, errors, made, address)
    return render_template("session/account.html", page=page), 422 if errors else 200


@pages.post("/konto/adgangskode")
def change_password() -> ResponseReturnValue:
    """Change one's own password; one signs in anew with it, on every device."""
    given = request.form
    new = given.get("ny", "")
    if new != given.get("gentag", ""):
        return account_page({"gentag": gettext("De to nye adgangskoder er ikke ens.")})
    # Sessions live in real time, which no demo moves.
    command = ChangePassword(given.get("nuvaerende", ""), new, wall())
    try:
        current.app.run(signin.change_password, current.visitor.actor, command)
    except Invalid as error:
        return account_page({_FIELDS.get(name, name): text for name, text in error.fields.items()})
    flash(gettext("Adgangskoden er skiftet. Log ind med den nye."), "success")
    return redirect("/log-ind?farvel=1")
