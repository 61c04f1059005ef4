"""The municipality's registers: goals, standards, courses, initiatives, and proposals to revise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import register_pages
from tasks.course_marks import MarkCourse
from tasks.errors import Invalid, NotFound
from tasks.procedure_page import list_procedures
from tasks.register_pages import KINDS, Kind, Propose, ReadRow, SaveRow, Sheet
from web import current, dates
from web.asked import number
from web.pages import registers as shown
from web.pages.parts import Choice, Fact, Tab
from web.words import gettext

pages = Blueprint("registers", __name__)

_REGISTER = f"/registre/<any({', '.join(KINDS)}):register>"

_LABELS = {
    "standard": "Standard",
    "politisk_maal": "Politisk mål",
    "metode": "Metode",
    "maaltal": "Måltal i procent",
    "frist": "Frist",
    "cyklus": "Runde",
    "resultat": "Opfyldt",
    "evalueret": "Evalueret",
    "evaluatorer": "Evalueres af",
    "orienteres": "Orienteres",
    "godkendt": "Godkendt",
    "organ": "Godkendt af",
    "note": "Note",
    "opfyldt": "Opfyldt",
    "maalt_vaerdi": "Målt værdi i procent",
    "antal_ressourcepersoner": "Indsatser ved ressourcepersoner",
    "antal_indsatser": "Indsatser i alt",
    "dokumentation": "Dokumentation",
    "dokument": "Dokument",
    "effekt": "Effekt",
    "rettidig": "Til tiden",
    "gruppe": "Gruppe",
    "forslag": "Forslag",
    "procedure": "Procedure",
    "type": "Type",
    "ejere": "Ejere",
    "start": "Begynder",
    "slut": "Slutter",
    "maaneder": "Varighed i måneder",
    "produkt": "Produkt",
    "tilstand": "Tilstand",
    "godkendere": "Godkendes af",
    "deltagere": "Deltagere",
    "fra": "Fra",
    "dato": "Dato",
    "udfald": "Udfald",
    "version": "Version",
    "udgivet": "Udgivet",
    "vurdering": "Vurdering",
    "periode": "Periode",
    "udvalg": "Udvalg",
    "laast": "Fastsat i bekendtgørelsen",
    "kommunal": "Tilføjet af kommunen",
    "art": "Art",
    "emner": "Emner",
    "udbyder": "Udbydes af",
    "udbydere": "Udbydes af",
}
"""What is shown of a row, by the name it is kept under."""

_STATES = {"aaben": "Åben", "afsluttet": "Afsluttet", "historie": "Historie"}
_MARKS = ("offered_on", "attended_on", "evaluated_on", "planned_on")


def _tabs(register: str) -> tuple[Tab, ...]:
    return tuple(Tab(kind.title, f"/registre/{key}", key == register) for key, kind in KINDS.items())


@pages.get("/registre")
def index() -> ResponseReturnValue:
    """Show the first register."""
    return redirect("/registre/maal")


@pages.get(_REGISTER)
def listing(register: str) -> ResponseReturnValue:
    """Show a register."""
    return _listing(register, {})


def _listing(register: str, errors: dict[str, str]) -> ResponseReturnValue:
    found = current.app.read(register_pages.list_register, current.visitor.actor, register)
    figures = {sheet.key: sheet.said for sheet in found.courses}
    procedures: tuple[Choice, ...] = ()
    if register == "forslag":
        rows = current.app.read(list_procedures, current.visitor.actor, None)
        chosen = request.form.get("procedure", "")
        procedures = tuple(Choice(row.line.key, row.line.name, row.line.key == chosen) for row in rows)
    page = shown.RegisterPage(
        tabs=_tabs(register),
        register=register,
        title=found.kind.title,
        rows=tuple(
            shown.Row(
                f"/registre/{register}/post?noegle={_quoted(line.key)}",
                line.key,
                line.title,
                _STATES.get(line.status, line.status),
                line.status != "aaben",
                line.due_on,
                figures.get(line.key, ""),
            )
            for line in found.lines
        ),
        can_add=found.may_keep and bool(found.kind.fields),
        can_propose=register == "forslag",
        errors=errors,
        proposal=request.form.get("text", "") if errors else "",
        procedures=procedures,
    )
    return render_template("registers/list.html", page=page)


def _quoted(key: str) -> str:
    return quote(key, safe="")


@pages.post("/registre/forslag")
def propose() -> ResponseReturnValue:
    """Take a proposal for the next revision, from anybody."""
    command = Propose(request.form.get("text", ""), request.form.get("procedure") or None)
    try:
        current.app.run(register_pages.propose, current.visitor.actor, command)
    except Invalid as error:
        return _listing("forslag", dict(error.fields))
    flash(gettext("Tak for forslaget. Det er med i den næste revision."), "success")
    return redirect("/registre/forslag")


@pages.get(_REGISTER + "/post")
def row(register: str) -> ResponseReturnValue:
    """Show one row."""
    return _row_page(_sheet(register), {})


@pages.get(_REGISTER + "/ny")
def new_row(register: str) -> ResponseReturnValue:
    """Show the form for a new row."""
    return _new_page(register, {})


def _sheet(register: str) -> Sheet:
    key = request.args.get("noegle") or request.form.get("noegle") or ""
    return current.app.read(register_pages.read_row, current.visitor.actor, ReadRow(register, key))


@pages.post(_REGISTER + "/post")
def save(register: str) -> ResponseReturnValue:
    """Change a row, or make one."""
    kind = KINDS[register]
    seen = number(request.form.get("rev"))
    key = request.form.get("noegle", "").strip()[:80]
    command = SaveRow(
        register,
        key,
        request.form.get("title", ""),
        request.form.get("status", "aaben"),
        {name: _typed(request.form.get(name, ""), what) for name, _, what in kind.fields},
        seen,
    )
    try:
        if not key:
            raise Invalid(gettext("Skriv en nøgle."), {"noegle": gettext("Skriv en nøgle.")})
        current.app.run(register_pages.save_row, current.visitor.actor, command)
    except Invalid as error:
        errors = {("noegle" if name == "key" else name): text for name, text in error.fields.items()}
        return _row_page(_sheet(register), errors) if seen is not None else _new_page(register, errors)
    flash(gettext("Rækken er gemt."), "success")
    return redirect(f"/registre/{register}/post?noegle={_quoted(key)}")


def _typed(text: str, what: str) -> str:
    if what != "date" or not text.strip():
        return text
    found = dates.read_day(text)
    return found.isoformat() if found is not None else text


@pages.post("/registre/kursus/laest")
def read_it() -> ResponseReturnValue:
    """Note that the visitor has read a piece of information (ST-128)."""
    key = request.form.get("noegle", "")
    actor = current.visitor.actor
    current.app.run(register_pages.note_course, actor, MarkCourse(key, actor.person_id, read=True))
    flash(gettext("Det er noteret, at du har læst det."), "success")
    return redirect(f"/registre/kursus/post?noegle={_quoted(key)}")


@pages.post("/registre/kursus/noter")
def mark() -> ResponseReturnValue:
    """Note how far a person or a unit is with a course."""
    key = request.form.get("noegle", "")
    who, _, number_text = request.form.get("hvem", "").partition(":")
    row_id, what = number(number_text), request.form.get("hvad", "")
    day = dates.read_day(request.form.get("dato", ""))
    if row_id is None or what not in _MARKS or day is None:
        return _row_page(
            _sheet("kursus"), {"dato": gettext("Vælg, hvem og hvad det gælder, og skriv datoen.")}
        )
    days: dict[str, Any] = {what: day}
    command = MarkCourse(key, row_id if who == "person" else None, row_id if who == "enhed" else None, **days)
    current.app.run(register_pages.note_course, current.visitor.actor, command)
    flash(gettext("Kurset er noteret."), "success")
    return redirect(f"/registre/kursus/post?noegle={_quoted(key)}")


def _row_page(sheet: Sheet, errors: dict[str, str]) -> ResponseReturnValue:
    posted: Mapping[str, str] = request.form if errors else {}
    course = sheet.course
    page = shown.RowPage(
        tabs=_tabs(sheet.kind.key),
        register=sheet.kind.key,
        register_title=sheet.kind.title,
        key=sheet.key,
        title=posted.get("title", sheet.title),
        state=_STATES.get(sheet.status, sheet.status),
        facts=_facts(sheet.content),
        changes=tuple(
            shown.Change(change.at, change.by or gettext("Systemet"), _STATES.get(change.status, ""))
            for change in sheet.changes
        ),
        editable=sheet.may_keep and bool(sheet.kind.fields) and sheet.status != "historie",
        rev=str(sheet.rev),
        states=_states(posted.get("status", sheet.status)),
        fields=_fields(sheet.kind, {**sheet.content, **posted}, sheet.choices),
        errors=errors,
        text=str(sheet.content.get("tekst") or ""),
        to_read=sheet.read is not None,
        has_read=bool(sheet.read),
        figure=course.said if course else "",
        attendants=tuple(
            shown.Attendant(
                f"person:{line.person_id}" if line.person_id is not None else f"enhed:{line.unit_id}",
                line.name,
                line.place,
                line.offered_on,
                line.attended_on,
                line.evaluated_on,
                line.planned_on,
                line.read,
                line.done,
            )
            for line in (course.lines if course else ())
        ),
        missing=len(course.missing) if course else 0,
        may_mark=sheet.may_keep and course is not None,
    )
    return render_template("registers/row.html", page=page)


def _new_page(register: str, errors: dict[str, str]) -> ResponseReturnValue:
    found = current.app.read(register_pages.list_register, current.visitor.actor, register)
    if not found.may_keep or not found.kind.fields:
        raise NotFound(gettext("Registret føres ikke her."))
    choices = current.app.read(register_pages.choices_for, current.visitor.actor, register)
    page = shown.RowPage(
        tabs=_tabs(register),
        register=register,
        register_title=found.kind.title,
        key=request.form.get("noegle", ""),
        title=request.form.get("title", ""),
        state="",
        facts=(),
        changes=(),
        editable=True,
        rev="",
        states=_states(request.form.get("status", "aaben")),
        fields=_fields(found.kind, request.form, choices),
        errors=errors,
        text="",
        to_read=False,
        has_read=False,
        figure="",
        attendants=(),
        missing=0,
        may_mark=False,
        is_new=True,
    )
    return render_template("registers/row.html", page=page)


def _states(chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(key, _STATES[key], key == chosen) for key in ("aaben", "afsluttet"))


def _fields(
    kind: Kind, values: Mapping[str, Any], choices: Mapping[str, tuple[tuple[str, str], ...]]
) -> tuple[shown.Field, ...]:
    found = []
    for name, label, what in kind.fields:
        value = "" if values.get(name) is None else str(values.get(name))
        offered = None
        if what in choices:
            offered = tuple(Choice(key, title, key == value) for key, title in choices[what])
        found.append(shown.Field(name, label, value, offered))
    return tuple(found)


def _facts(content: Mapping[str, Any]) -> tuple[Fact, ...]:
    return tuple(
        Fact(label, _said(content[name]))
        for name, label in _LABELS.items()
        if content.get(name) not in (None, "", [], {})
    )


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("ja") if value else gettext("nej")
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_said(inner)}" for key, inner in value.items())
    text = str(value)
    found = dates.read_day(text) if len(text) == len("2026-01-31") and text[4:5] == "-" else None
    return dates.plain_day(found) if found is not None else text
