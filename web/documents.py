"""A document of a case, readable in the browser, in any of its versions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tasks import documents
from tasks.documents import ReadDocument
from web import current, plain
from web.asked import number
from web.pages.cases import DocumentPage, DocumentSection
from web.pages.parts import CaseRef, Fact
from web.words import gettext

pages = Blueprint("documents", __name__)


@pages.get("/dokumenter/<int:document_id>")
def show(document_id: int) -> ResponseReturnValue:
    """Show a version of a document; the view is logged."""
    command = ReadDocument(document_id, number(request.args.get("version")))
    text = current.app.run(documents.read_document, current.visitor.actor, command)
    line = text.line
    content = [(name, value) for name, value in text.content.items() if value not in (None, "", [])]
    page = DocumentPage(
        case=CaseRef(str(text.case_id), text.case_number or "", text.child, text.protected),
        title=line.title,
        kind=gettext("Dokument"),
        version=line.version,
        issued=line.issued_at,
        by=line.issued_by or gettext("Systemet"),
        facts=tuple(
            Fact(plain.label(name), plain.value_words(value)) for name, value in content if _short(value)
        ),
        sections=tuple(_section(name, value) for name, value in content if not _short(value)),
        versions=tuple(
            (number, f"/dokumenter/{document_id}?version={number}", issued)
            for number, issued in text.versions
        ),
    )
    return render_template("documents/show.html", page=page)


_SHORT = 40


def _short(value: Any) -> bool:
    """Tell whether a value is a fact of one line rather than a text of its own."""
    return not isinstance(value, list | dict) and len(str(value)) <= _SHORT and not str(value).endswith(".")


def _section(name: str, value: Any) -> DocumentSection:
    heading = plain.label(name)
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        columns = tuple(dict.fromkeys(key for row in value for key in row if row[key] not in (None, "")))
        rows = tuple(tuple(plain.value_words(row.get(column)) for column in columns) for row in value)
        return DocumentSection(heading, columns=tuple(plain.label(column) for column in columns), rows=rows)
    return DocumentSection(heading, text=plain.value_words(value))
