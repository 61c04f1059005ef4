"""What every page carries around its content: navigation, the signed-in person, the demo bar, filters for
templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import Flask, g, render_template, request
from markupsafe import Markup

from web import assets, current, dates, prose, security
from web.limits import limit_words
from web.words import gettext, locale, marked


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main menu."""

    text: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    """What the base template shows around a page."""

    municipality: str
    navigation: tuple[NavItem, ...]
    visitor: current.Visitor | None
    demo: bool
    """The demo's bar is shown."""
    today: date | None
    """None when the database is away, which knows the demo's time."""


_SECTIONS = (
    ("inbox", "/opgaver"),
    ("cases", "/sager"),
    ("meetings", "/moeder"),
    ("procedures", "/procedurer"),
    ("registers", "/registre"),
    ("handbook", "/haandbog"),
    ("figures", "/tal"),
    ("organisation", "/organisation"),
    ("incidents", "/haendelser"),
    ("admin", "/administration"),
)
_SECTION_OF = {
    "work": "inbox",
    "documents": "cases",
    "case_acts": "cases",
    "case_messages": "cases",
    "consents": "cases",
    "guests": "cases",
    "admin_people": "admin",
    "admin_log": "admin",
    "leave": "organisation",
    "agenda": "meetings",
    "calendars": "meetings",
    "meeting_moves": "meetings",
    "minutes": "meetings",
}
"""Blueprints whose pages belong under another entry of the menu."""


def install(flask: Flask) -> None:
    """Give the templates of `flask` the shell, the filters for dates and the address of built files."""
    flask.context_processor(_context)
    flask.add_template_filter(dates.day, "day")
    flask.add_template_filter(dates.weekday, "weekday")
    flask.add_template_filter(_first_upper, "first_upper")
    flask.add_template_filter(dates.plain_day, "plain_day")
    flask.add_template_filter(dates.moment, "moment")
    flask.add_template_filter(dates.clock, "clock")
    flask.add_template_filter(lambda value: dates.stamp(value, g.today), "stamp")
    flask.add_template_filter(lambda value: dates.near(value, g.today), "near")
    flask.add_template_filter(lambda value: dates.due_day(value, g.today), "due_day")
    flask.add_template_filter(lambda value: dates.age(value, g.today), "age")
    flask.add_template_filter(dates.lateness_heading, "lateness_heading")
    flask.add_template_filter(prose.markdown, "markdown")
    static = partial(_static, flask.static_url_path)
    flask.jinja_env.globals.update(
        entry=assets.entry,
        _=marked,
        static=static,
        icon_url=lambda name: static(assets.icon(name)),
        form_token=security.token,
        form_field=security.FIELD,
        limit_words=limit_words,
    )


def _static(below: str | None, filename: str) -> str:
    return f"{below}/{filename}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _context() -> dict[str, Any]:
    away = current.database_is_away()
    today = None if away else current.today()
    g.today = today  # one and the same for all that the page says of dates
    visitor = current.visitor if current.signed_in() else None
    return {
        "language": locale(),
        "shell": Shell(
            municipality=current.app.settings.municipality,
            navigation=_navigation(visitor),
            visitor=visitor,
            demo=current.app.settings.demo and not away,
            today=today,
        ),
    }


def _navigation(visitor: current.Visitor | None) -> tuple[NavItem, ...]:
    if visitor is None:
        return ()
    texts = {
        "inbox": gettext("Opgaver"),
        "cases": gettext("Sager"),
        "meetings": gettext("Møder"),
        "procedures": gettext("Procedurer"),
        "registers": gettext("Registre"),
        "handbook": gettext("Vejledninger"),
        "figures": gettext("Tal"),
        "organisation": gettext("Organisation"),
        "incidents": gettext("Hændelser"),
        "admin": gettext("Administration"),
    }
    hidden = set()
    if visitor.limited:
        hidden.add("cases")
    if not visitor.meets:
        hidden.add("meetings")
    if not visitor.leads:
        hidden |= {"organisation", "figures"}
    if not visitor.may_see_incidents:
        hidden.add("incidents")
    if not visitor.may_administer:
        hidden.add("admin")
    blueprint = request.blueprint or ""
    section = _SECTION_OF.get(blueprint, blueprint)
    return tuple(
        NavItem(texts[name], href, name == section) for name, href in _SECTIONS if name not in hidden
    )


def fragment(template: str, **values: object) -> Markup:
    """Render a piece of a page for htmx."""
    return Markup(render_template(template, **values))
