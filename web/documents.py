"""A document, readable in the browser in any of its versions: as text and as PDF; handing out and filing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from host.app import App
from host.printing.queue import pdf_of
from tasks import documents, filings, handouts
from tasks.documents import DocumentText, ReadDocument
from tasks.errors import Invalid
from tasks.filings import RegisterFiling
from tasks.handouts import HandOut, Handout
from web import current, dates, plain
from web.asked import number
from web.pages import documents as shown
from web.pages.parts import CaseRef, Choice, Fact
from web.security import embeddable
from web.words import gettext

pages = Blueprint("documents", __name__)

_SHORT = 40
_PDF = "application/pdf"


@pages.get("/dokumenter/<int:document_id>")
def show(document_id: int) -> ResponseReturnValue:
    """Show a version of a document; the view is logged."""
    return _page(document_id, number(request.args.get("version")), None, {}), 200


@pages.get("/dokumenter/<int:document_id>/<int:version>.pdf")
@embeddable
def pdf(document_id: int, version: int) -> ResponseReturnValue:
    """Give a version as PDF, to be shown in the page or (`?hent=1`) saved; the view is logged."""
    found = current.running()
    assert isinstance(found, App)
    file = pdf_of(found, current.visitor.actor, ReadDocument(document_id, version))
    response = Response(file.content, content_type=_PDF)
    kind = "attachment" if request.args.get("hent") else "inline"
    response.headers["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(file.name)}"
    return response


@pages.post("/dokumenter/<int:document_id>/<int:version>/udlever")
def hand_out(document_id: int, version: int) -> ResponseReturnValue:
    """Note whom a version was handed out to."""
    other = [name.strip() for name in request.form.get("andre", "").splitlines() if name.strip()]
    names = [*request.form.getlist("til"), *other]
    how, day = request.form.get("hvordan", ""), dates.read_day(request.form.get("dato", ""))
    errors: dict[str, str] = {}
    if not names:
        errors["til"] = gettext("Vælg mindst én, eller skriv et navn.")
    if how not in handouts.WAYS:
        errors["hvordan"] = gettext("Vælg, hvordan dokumentet er udleveret.")
    if day is None:
        errors["dato"] = gettext("Skriv datoen som 24.12.2026.")
    if errors or day is None:
        return _page(document_id, version, errors, {}), 422
    command = HandOut(document_id, [Handout(name, how, day) for name in names], version)
    try:
        current.app.run(handouts.hand_out, current.visitor.actor, command)
    except Invalid as error:
        field = "dato" if any("given_on" in place for place in error.fields) else "til"
        return _page(document_id, version, {field: error.message}, {}), 422
    flash(gettext("Udleveringen er noteret."), "success")
    return redirect(f"/dokumenter/{document_id}?version={version}")


@pages.post("/dokumenter/<int:document_id>/<int:version>/journaliser")
def register_filing(document_id: int, version: int) -> ResponseReturnValue:
    """Note the reference of a version that was filed by hand."""
    target = request.form.get("system", "")
    command = RegisterFiling(document_id, version, target, request.form.get("journalnummer", ""))
    try:
        current.app.run(filings.register_filing, current.visitor.actor, command)
    except Invalid as error:
        return _page(document_id, version, None, {f"journalnummer-{target}": error.message}), 422
    flash(gettext("Journalnummeret er noteret."), "success")
    return redirect(f"/dokumenter/{document_id}?version={version}")


def _page(
    document_id: int, version: int | None, errors: dict[str, str] | None, filing_errors: dict[str, str]
) -> str:
    run, actor = current.app.run, current.visitor.actor
    wanted = ReadDocument(document_id, version)
    text = run(documents.read_document, actor, wanted)
    given = handouts.Handouts((), ())
    filed: tuple[filings.FilingLine, ...] = ()
    if text.in_charge:
        given = current.app.read(handouts.read_handouts, actor, wanted)
        filed = current.app.read(filings.read_filings, actor, wanted)
    page = _shown(text, given, filed, errors, filing_errors)
    return render_template("documents/show.html", page=page)


def _shown(
    text: DocumentText,
    given: handouts.Handouts,
    filed: tuple[filings.FilingLine, ...],
    errors: dict[str, str] | None,
    filing_errors: dict[str, str],
) -> shown.DocumentPage:
    line = text.line
    content = [(name, value) for name, value in text.content.items() if value not in (None, "", [])]
    case = None
    if text.case_id is not None:
        case = CaseRef(str(text.case_id), text.case_number or "", text.child, text.protected)
    return shown.DocumentPage(
        id=line.id,
        case=case,
        library=text.library,
        title=line.title,
        kind=gettext("Dokument"),
        version=line.version,
        issued=line.issued_at,
        by=line.issued_by or gettext("Systemet"),
        as_pdf=request.args.get("vis") == "pdf",
        facts=tuple(
            Fact(plain.label(name, text.labels), plain.value_words(value, text.words))
            for name, value in content
            if _short(value)
        ),
        sections=tuple(_section(name, value, text) for name, value in content if not _short(value)),
        versions=tuple(
            (number, f"/dokumenter/{line.id}?version={number}", issued) for number, issued in text.versions
        ),
        in_charge=text.in_charge,
        recipients=_recipients(given),
        missing=len(given.missing),
        filings=tuple(
            shown.FilingRow(row.target, row.name, row.reference or "", row.at, row.waiting, row.error or "")
            for row in filed
        ),
        handout=_handout_form(errors),
        filing_errors=filing_errors,
    )


def _recipients(given: handouts.Handouts) -> tuple[shown.RecipientRow, ...]:
    named = [
        _recipient(line.name, line.role, line.given, line.stopped)
        for line in sorted(given.recipients, key=lambda line: line.given is not None)
    ]
    return (*named, *(_recipient(one.name, None, one) for one in given.others))


def _recipient(
    name: str, role: str | None, given: Handout | None, stopped: bool = False
) -> shown.RecipientRow:
    words = plain.value_words(role) if role else ""
    if given is None:
        return shown.RecipientRow(name, words, stopped=stopped)
    how = gettext(handouts.WAYS.get(given.how, given.how))
    return shown.RecipientRow(name, words, how, given.given_on, given.by or gettext("Systemet"))


def _handout_form(errors: dict[str, str] | None) -> shown.HandoutForm:
    form = request.form if errors is not None else {}
    how = form.get("hvordan", "")
    names = {"digital": gettext("Digitalt"), "papir": gettext("På papir"), "post": gettext("Med post")}
    return shown.HandoutForm(
        chosen=tuple(request.form.getlist("til")) if errors is not None else (),
        other=form.get("andre", ""),
        ways=tuple(Choice(value, text, value == how) for value, text in names.items()),
        day=form.get("dato", "") if errors is not None else current.today().strftime("%d.%m.%Y"),
        errors=errors or {},
    )


def _short(value: Any) -> bool:
    """Tell whether a value is a fact of one line rather than a text of its own."""
    return not isinstance(value, list | dict) and len(str(value)) <= _SHORT and not str(value).endswith(".")


def _is_id(key: str) -> bool:
    """Tell whether a field only says which thing another program means."""
    return key in ("id", "person") or key.endswith("_id")


def _section(name: str, value: Any, text: DocumentText) -> shown.DocumentSection:
    heading, words = plain.label(name, text.labels), text.words
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        keys = (key for row in value for key in row if row[key] not in (None, "") and not _is_id(key))
        columns = tuple(dict.fromkeys(keys))
        rows = tuple(tuple(plain.value_words(row.get(column), words) for column in columns) for row in value)
        return shown.DocumentSection(
            heading, columns=tuple(plain.label(column, text.labels) for column in columns), rows=rows
        )
    return shown.DocumentSection(heading, text=plain.value_words(value, words))
