"""Signing in and out. The session is an opaque token in a cookie; all else about it lies on the server.

The tasks room keeps passwords, throttling and sessions; this module turns its answers into cookies and pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, Protocol, cast
from urllib.parse import urlencode, urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as AnyResponse

from tasks.errors import TaskError
from web import current, security
from web.current import Visitor
from web.errors import status_of, wants_json
from web.pages.session import DemoAccount, SignInPage
from web.words import gettext

P = ParamSpec("P")

COOKIE = "sag_session"
EXTENSION = "sagsgang.signin"

pages = Blueprint("session", __name__)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` is shown to the browser once and stored nowhere else in clear."""

    token: str
    visitor: Visitor


class SignInDoor(Protocol):
    """What the face needs of `tasks.signin`; other ways in (OIDC) stand behind the same door later."""

    def sign_in(self, username: str, password: str, address: str) -> SignedIn:
        """Open a session. Raises `TaskError` in Danish on a wrong password or too many attempts."""

    def resume(self, token: str) -> Visitor | None:
        """Return who the session belongs to and note that it is in use; None when it has ended."""

    def sign_out(self, token: str) -> None:
        """End the session; an unknown token is no error."""

    def demo_accounts(self) -> tuple[DemoAccount, ...]:
        """Return the accounts that the sign-in page offers in demo mode; empty everywhere else."""


def install(flask: Flask, door: SignInDoor) -> None:
    """Demand a session on every page of `flask` but those marked open."""
    flask.extensions[EXTENSION] = door
    flask.before_request(_resume)
    flask.register_blueprint(pages)


def open_to_all(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Mark a view that needs no session: sign-in, health check, the API with its own tokens."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


@pages.get("/log-ind")
@open_to_all
def sign_in_form() -> ResponseReturnValue:
    """Show the sign-in page; whoever is signed in goes on to where they were going."""
    target = _target()
    if current.signed_in():
        return redirect(target)
    ended = COOKIE in request.cookies and "farvel" not in request.args
    return render_template("session/sign_in.html", page=_page(target, ended=ended))


@pages.post("/log-ind")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Check name and password and open a session."""
    target = _target()
    username = request.form.get("brugernavn", "").strip()
    try:
        signed = _door().sign_in(username, request.form.get("adgangskode", ""), request.remote_addr or "")
    except TaskError as error:
        page = _page(target, username=username, message=error.message)
        return render_template("session/sign_in.html", page=page), status_of(error)
    response = redirect(target)
    _set_cookie(response, signed.token)
    return response


@pages.get("/log-ind/formular")
def form_token() -> ResponseReturnValue:
    """Give a page that outlived its session the token of the new one, and say whose session it is.

    A form left open in a tab goes on saving its draft after signing in again in another tab.
    """
    return jsonify(token=security.token(), person=current.visitor.id)


@pages.post("/log-ud")
def sign_out() -> ResponseReturnValue:
    """End the session and say so; drafts stay."""
    if token := request.cookies.get(COOKIE):
        _door().sign_out(token)
    flash(gettext("Du er logget ud. Dine kladder er gemt og ligger klar, når du kommer igen."), "success")
    response = redirect("/log-ind?farvel=1")
    response.delete_cookie(COOKIE, path="/")
    return response


def _resume() -> AnyResponse | None:
    """Find out who asks, before anything else happens."""
    if request.endpoint == "static":
        return None
    token = request.cookies.get(COOKIE)
    visitor = _door().resume(token) if token else None
    if token and visitor:
        g.session_token, g.visitor = token, visitor
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "open_to_all", False):
        return None
    if wants_json():
        abort(401)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": _sign_in_address()})
    return redirect(_sign_in_address())


def _sign_in_address() -> str:
    if request.method != "GET" or request.path == "/":
        return "/log-ind"
    return "/log-ind?" + urlencode({"videre": request.full_path.rstrip("?")})


def _target() -> str:
    """Return where to go after sign-in: a path on this site, never another site."""
    asked = request.values.get("videre", "/")
    parts = urlsplit(asked)
    local = not parts.scheme and not parts.netloc and asked.startswith("/") and "\\" not in asked
    return asked if local and not asked.startswith("//") else "/"


def _set_cookie(response: AnyResponse, token: str) -> None:
    # No lifetime: the cookie goes with the browser window, and the server ends the session when it is idle.
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Lax", secure=current.app.settings.https, path="/"
    )


def _page(target: str, *, username: str = "", message: str = "", ended: bool = False) -> SignInPage:
    return SignInPage(target, username, message, ended, _door().demo_accounts())


def _door() -> SignInDoor:
    return cast(SignInDoor, current_app.extensions[EXTENSION])
