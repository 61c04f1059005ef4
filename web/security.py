"""What keeps a browser from being used against its owner: response headers and the token in every form."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from web import current

P = ParamSpec("P")

COOKIE = "sag_formular"
FIELD = "_formular"
HEADER = "X-Formular"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

_POLICY = (
    "default-src 'self'; style-src 'self';{style_attributes} img-src 'self' data:; font-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)

_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""Of a file that our own pages show inside themselves: the browser's viewer may style itself."""


class ForeignForm(Forbidden):
    """A change was asked for without the token that our own pages carry."""


def install(flask: Flask) -> None:
    """Check the token of every changing request of `flask`, and send the headers with every response."""
    flask.before_request(_check_token)
    flask.after_request(_headers)


def inline_styles(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Allow `style=` attributes on one page; only pages whose widgets' templates carry them need it."""

    @wraps(view)
    def with_styles(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        g.inline_styles = True
        return view(*args, **kwargs)

    return with_styles


def embeddable(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let our own pages show what a view gives inside themselves; for files that run nothing, as a PDF."""

    @wraps(view)
    def shown_inside(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        g.embeddable = True
        return view(*args, **kwargs)

    return shown_inside


def takes_files(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a view be sent a file, which is larger than anything else that is sent."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def without_token(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Exempt a view that no browser session can reach: the API, which takes a bearer token and no cookie."""
    view.without_token = True  # type: ignore[attr-defined]
    return view


def token() -> str:
    """Return the token for the forms of this page.

    It is bound to a random cookie and to the session, so that a token from before sign-in, or from somebody
    else's session, is worth nothing. Nothing is stored on the server.
    """
    known: str | None = getattr(g, "form_token", None)
    if known is not None:  # a list has a form in each of its rows
        return known
    seed = request.cookies.get(COOKIE) or getattr(g, "form_seed", None)
    if seed is None:
        seed = g.form_seed = secrets.token_urlsafe(24)
    made = _signature(seed)
    g.form_token = made
    return made


def _signature(seed: str) -> str:
    bound = f"{seed}|{getattr(g, 'session_token', '')}"
    return hmac.new(current.app.settings.secret_key, bound.encode(), "sha256").hexdigest()


def _check_token() -> None:
    if request.method in _SAFE_METHODS or _is_exempt():
        return
    seed = request.cookies.get(COOKIE, "")
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not seed or not hmac.compare_digest(given.encode(), _signature(seed).encode()):
        raise ForeignForm


def _is_exempt() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is None or getattr(view, "without_token", False)


def _headers(response: Response) -> Response:
    https = current.app.settings.https
    attributes = " style-src-attr 'unsafe-inline';" if getattr(g, "inline_styles", False) else ""
    inside = getattr(g, "embeddable", False) and response.status_code == 200
    response.headers["Content-Security-Policy"] = (
        _FILE_POLICY if inside else _POLICY.format(style_attributes=attributes)
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if inside else "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        # Pages hold children's data: neither the browser's cache nor a proxy may keep them.
        response.headers.setdefault("Cache-Control", "no-store")
    if seed := getattr(g, "form_seed", None):
        response.set_cookie(COOKIE, seed, httponly=True, samesite="Lax", secure=https, path="/")
    return response
