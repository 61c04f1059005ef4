"""Builds the Flask application over a running service."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from jinja2 import StrictUndefined

from web import asked, errors, security, session, shell
from web.current import EXTENSION, Host

_HERE = Path(__file__).parent
_LARGEST_REQUEST = 2 * 1024 * 1024
_LARGEST_UPLOAD = 26 * 1024 * 1024
_STATIC_LIFETIME = timedelta(days=365)


def create_app(app: Host, door: session.SignInDoor) -> Flask:
    """Return the web application that serves `app`; `door` signs people in.

    The names of built files change with their content, so browsers may keep them for a year.
    """
    flask = Flask(__name__, static_folder=str(_HERE / "static"), template_folder=str(_HERE / "templates"))
    flask.config.update(
        SECRET_KEY=app.settings.secret_key,
        MAX_CONTENT_LENGTH=_LARGEST_REQUEST,
        SEND_FILE_MAX_AGE_DEFAULT=_STATIC_LIFETIME,
        BABEL_DEFAULT_LOCALE="da",
        BABEL_DEFAULT_TIMEZONE="Europe/Copenhagen",
        BABEL_TRANSLATION_DIRECTORIES=str(_HERE / "translations"),
        # Flask's own cookie carries only the flash messages; the session is `web.session`'s.
        SESSION_COOKIE_NAME="sag_besked",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.settings.https,
    )
    flask.json.sort_keys = False  # type: ignore[attr-defined]
    # A name that a template misspells is an error in every test, not a hole in a page.
    flask.jinja_options["undefined"] = StrictUndefined
    flask.jinja_options["trim_blocks"] = True
    flask.jinja_options["lstrip_blocks"] = True
    flask.extensions[EXTENSION] = app
    Babel(flask)
    # Before anything reads what was sent.
    flask.before_request(_room_for_files)
    asked.install(flask)
    # The session is read before the form's token is checked: the token is bound to it.
    session.install(flask, door)
    security.install(flask)
    errors.install(flask)
    shell.install(flask)
    flask.add_url_rule("/", view_func=_front)
    return flask


def _room_for_files() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False):
        request.max_content_length = _LARGEST_UPLOAD


def _front() -> ResponseReturnValue:
    return redirect("/opgaver")
