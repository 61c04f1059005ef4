"""A document of a case, readable in the browser, in any of its versions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tasks import documents
from tasks.documents import ReadDocument
from web import current, dates
from web.pages.cases import DocumentPage, DocumentSection
from web.pages.parts import CaseRef
from web.words import gettext

pages = Blueprint("documents", __name__)


@pages.get("/dokumenter/<int:document_id>")
def show(document_id: int) -> ResponseReturnValue:
    """Show a version of a document; the view is logged."""
    version = request.args.get("version", "")
    command = ReadDocument(document_id, int(version) if version.isdigit() and len(version) < 9 else None)
    text = current.app.run(documents.read_document, current.visitor.actor, command)
    line = text.line
    page = DocumentPage(
        case=CaseRef(str(text.case_id), text.case_number, text.child, text.protected),
        title=line.title,
        kind=gettext("Dokument"),
        version=line.version,
        issued=line.issued_at,
        by=line.issued_by or gettext("Systemet"),
        sections=tuple(
            _section(label, value) for label, value in text.content.items() if value not in (None, "", [])
        ),
        versions=tuple(
            (number, f"/dokumenter/{document_id}?version={number}", issued)
            for number, issued in text.versions
        ),
    )
    return render_template("documents/show.html", page=page)


def _section(name: str, value: Any) -> DocumentSection:
    heading = _label(name)
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        columns = tuple(dict.fromkeys(key for row in value for key in row if row[key] not in (None, "")))
        rows = tuple(tuple(_words(row.get(column)) for column in columns) for row in value)
        return DocumentSection(heading, columns=tuple(_label(column) for column in columns), rows=rows)
    return DocumentSection(heading, text=_words(value))


def _label(name: str) -> str:
    known = {
        "formaal": gettext("Formål"),
        "maal": gettext("Mål"),
        "oensker": gettext("Ønsker"),
        "oenske": gettext("Ønske eller behov"),
        "formuleret_af": gettext("Formuleret af"),
        "indsats": gettext("Indsats"),
        "ansvarlig": gettext("Ansvarlig"),
        "dato": gettext("Dato"),
        "opfoelgningsinterval_mdr": gettext("Opfølgning (måneder)"),
        "status": gettext("Status"),
        "valg": gettext("Vurdering"),
    }
    return known.get(name, name.replace("_", " ").replace("aa", "å").replace("oe", "ø").capitalize())


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("ja") if value else gettext("nej")
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{_label(key)}: {_words(inner)}" for key, inner in value.items())
    text = str(value)
    day = dates.read_day(text) if len(text) == len("2026-01-31") else None
    return dates.plain_day(day) if day is not None else text
