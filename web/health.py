"""The health check for load balancers and watchmen: open to all, and tells nothing about anybody."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, abort, jsonify
from flask.typing import ResponseReturnValue

from host.app import App
from host.health import health
from web import current, session

pages = Blueprint("health", __name__)


@pages.get("/sundhed")
@session.open_to_all
def check() -> ResponseReturnValue:
    """Say how the service is: 200 when it can do its work, else 503."""
    app = current.running()
    if not isinstance(app, App):
        abort(404)
    found = health(app)
    return jsonify(asdict(found)), 200 if found.ok else 503
