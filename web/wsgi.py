"""Where a web server finds the application."""

from __future__ import annotations

from flask import Flask

from host.app import App
from host.settings import read_settings
from host.wiring import connect
from web import (
    account,
    admin,
    admin_log,
    admin_people,
    agenda,
    attachments,
    calendars,
    case_acts,
    case_messages,
    cases,
    consents,
    demo,
    documents,
    figures,
    guests,
    handbook,
    health,
    inbox,
    incidents,
    leave,
    meeting_moves,
    meetings,
    minutes,
    organisation,
    procedures,
    registers,
    work,
)
from web.api import running
from web.app import create_app
from web.door import LocalDoor

PAGES = (
    inbox,
    work,
    cases,
    case_acts,
    case_messages,
    consents,
    guests,
    meetings,
    meeting_moves,
    agenda,
    minutes,
    calendars,
    figures,
    documents,
    attachments,
    procedures,
    registers,
    handbook,
    organisation,
    incidents,
    admin,
    admin_people,
    admin_log,
    leave,
    account,
    demo,
    health,
)
"""The modules with pages."""


def build(app: App) -> Flask:
    """Return the web application over a running service, with local accounts."""
    flask = create_app(app, LocalDoor(app))
    for module in PAGES:
        flask.register_blueprint(module.pages)
    running.install(flask)
    return flask


def application() -> Flask:
    """Return the web application over a service of its own: gunicorn calls this in each worker."""
    return build(connect(read_settings()))
