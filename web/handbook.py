"""The guides that everybody must know and reach in one click (ST-38): versioned texts that owners write."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import documents
from tasks import guides as library_of_guides
from tasks.errors import Invalid, Refused
from tasks.guides import GuideText, PublishGuide, ReadGuide
from web import current
from web.asked import number
from web.pages.handbook import GuideEditor, GuidePage, Library
from web.pages.inbox import Guide
from web.words import gettext

pages = Blueprint("handbook", __name__)

_FIRST = ("handleguide", "trivselslinje")


def guides() -> tuple[Guide, ...]:
    """Return the two guides that everybody must know, then the others."""
    lines = current.app.read(library_of_guides.list_guides, current.visitor.actor, None)
    order = {key: place for place, key in enumerate(_FIRST)}
    ordered = sorted(lines, key=lambda line: (order.get(line.key, len(order)), line.title))
    return tuple(Guide(line.title, f"/haandbog/{line.key}") for line in ordered)


def known_by_all() -> tuple[Guide, ...]:
    """Return the guides that every start page has (ST-38); the others are in the library."""
    everything = guides()
    return (*everything[: len(_FIRST)], Guide(gettext("Alle vejledninger"), "/haandbog"))


@pages.get("/haandbog")
def library() -> ResponseReturnValue:
    """Show all guides, and the documents for all staff."""
    rows = current.app.read(documents.library_documents, current.visitor.actor, None)
    shared = tuple(
        Guide(
            gettext("%(title)s, version %(version)s", title=row.title, version=row.version),
            f"/dokumenter/{row.id}",
        )
        for row in rows
    )
    return render_template("handbook/library.html", page=Library(guides(), shared))


def _read(key: str) -> GuideText:
    command = ReadGuide(key, number(request.args.get("version")))
    return current.app.read(library_of_guides.read_guide, current.visitor.actor, command)


@pages.get("/haandbog/<key>")
def guide(key: str) -> ResponseReturnValue:
    """Show one guide, the newest version or the one asked for."""
    text = _read(key)
    page = GuidePage(
        text.key,
        text.title,
        text.text,
        text.version,
        text.newest,
        text.published_at,
        text.published_by or gettext("Kommunens standardtekst"),
        guides(),
        library_of_guides.may_publish(current.visitor.actor),
    )
    return render_template("handbook/guide.html", page=page)


@pages.get("/haandbog/<key>/ret")
def edit(key: str) -> ResponseReturnValue:
    """Let the owner write the next version."""
    if not library_of_guides.may_publish(current.visitor.actor):
        raise Refused(gettext("Kun en procesejer kan rette vejledningerne."))
    text = _read(key)
    return render_template(
        "handbook/edit.html", page=GuideEditor(text.key, text.title, text.title, text.text, text.newest)
    )


@pages.post("/haandbog/<key>/ret")
def publish(key: str) -> ResponseReturnValue:
    """Publish the next version."""
    title, text = request.form.get("titel", ""), request.form.get("tekst", "").replace("\r\n", "\n")
    seen = number(request.form.get("set")) or 0
    try:
        version = current.app.run(
            library_of_guides.publish_guide, current.visitor.actor, PublishGuide(key, title, text, seen)
        )
    except Invalid as error:
        page = GuideEditor(key, title or key, title, text, seen, dict(error.fields))
        return render_template("handbook/edit.html", page=page), 422
    flash(
        gettext("Version %(version)s er udgivet. Opgaverne viser den fra nu af.", version=version), "success"
    )
    return redirect(f"/haandbog/{key}")
