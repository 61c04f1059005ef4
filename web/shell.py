"""What every page carries around its content: navigation, the signed-in person, the demo bar, filters for
templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Flask, render_template, request, url_for
from markupsafe import Markup

from web import assets, current, dates, prose, security
from web.words import gettext, locale


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
    today: date


_SECTIONS = (
    ("inbox", "/opgaver"),
    ("cases", "/sager"),
    ("procedures", "/procedurer"),
    ("handbook", "/haandbog"),
    ("organisation", "/organisation"),
    ("incidents", "/haendelser"),
    ("admin", "/administration"),
)
_SECTION_OF = {
    "work": "inbox",
    "documents": "cases",
    "case_acts": "cases",
    "case_messages": "cases",
    "admin_people": "admin",
}
"""Blueprints whose pages belong under another entry of the menu."""


def install(flask: Flask) -> None:
    """Give the templates of `flask` the shell, the filters for dates and the address of built files."""
    flask.context_processor(_context)
    flask.add_template_filter(_due_words, "due_words")
    flask.add_template_filter(dates.day, "day")
    flask.add_template_filter(_first_upper, "first_upper")
    flask.add_template_filter(dates.plain_day, "plain_day")
    flask.add_template_filter(dates.moment, "moment")
    flask.add_template_filter(dates.clock, "clock")
    flask.add_template_filter(lambda value: dates.stamp(value, current.today()), "stamp")
    flask.add_template_filter(lambda value: dates.near(value, current.today()), "near")
    flask.add_template_filter(lambda value: dates.due_day(value, current.today()), "due_day")
    flask.add_template_filter(lambda value: dates.distance(value, current.today()), "distance")
    flask.add_template_filter(lambda value: dates.overdue(value, current.today()), "overdue")
    flask.add_template_filter(lambda value: dates.age(value, current.today()), "age")
    flask.add_template_filter(dates.lateness_heading, "lateness_heading")
    flask.add_template_filter(prose.markdown, "markdown")
    flask.jinja_env.globals.update(
        entry=assets.entry,
        static=partial(url_for, "static"),
        icon_url=lambda name: _static(assets.icon(name)),
        form_token=security.token,
        form_field=security.FIELD,
        lateness=dates.lateness,
    )


def _static(path: str) -> str:
    path, _, fragment = path.partition("#")
    return url_for("static", filename=path, _anchor=fragment or None)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _due_words(value: date | datetime) -> str:
    """Return a limit in words, with the hour when there is one."""
    if isinstance(value, datetime):
        return dates.stamp(value, current.today())
    return dates.due_day(value, current.today())


def _context() -> dict[str, Any]:
    visitor = current.visitor if current.signed_in() else None
    return {
        "language": locale(),
        "shell": Shell(
            municipality=current.app.settings.municipality,
            navigation=_navigation(visitor),
            visitor=visitor,
            demo=current.app.settings.demo,
            today=current.today(),
        ),
    }


def _navigation(visitor: current.Visitor | None) -> tuple[NavItem, ...]:
    if visitor is None:
        return ()
    texts = {
        "inbox": gettext("Opgaver"),
        "cases": gettext("Sager"),
        "procedures": gettext("Procedurer"),
        "handbook": gettext("Vejledninger"),
        "organisation": gettext("Organisation"),
        "incidents": gettext("Hændelser"),
        "admin": gettext("Administration"),
    }
    hidden = set()
    if not visitor.leads:
        hidden.add("organisation")
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
