"""What is done in a case beside its tasks: notes, another caseworker, closing; and who has looked at it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import escape

from tasks import casepage, cases, people
from tasks.casepage import Part, ReadJournal, ShowPersonalNumber
from tasks.caseroles import CASEWORKER
from tasks.errors import Invalid, NotFound, Refused
from web import case_rows, current
from web.asked import number
from web.cases import overview_page
from web.pages import cases as shown
from web.pages.parts import Choice, Pager, PersonRef
from web.places import Place, read_place, write_place
from web.words import gettext

pages = Blueprint("case_acts", __name__)


@pages.post("/sager/<int:case_id>/personnummer")
def personal_number(case_id: int) -> ResponseReturnValue:
    """Show the child's personal number to who asks for it; asking is logged."""
    command = ShowPersonalNumber(case_id)
    cpr = current.app.run(casepage.show_personal_number, current.visitor.actor, command) or ""
    if request.headers.get("HX-Request"):
        return str(escape(cpr))
    return overview_page(case_id, cpr)


def _before() -> Place | None:
    return read_place(request.args.get("foer"))


@pages.get("/sager/<int:case_id>/tidslinje")
def timeline(case_id: int) -> ResponseReturnValue:
    """Show all that has happened in a case."""
    return _timeline(case_id, "", "")


def _timeline(case_id: int, note: str, error: str) -> ResponseReturnValue:
    sheet = case_rows.read(case_id, "tidslinje")
    kind = request.args.get("art", "")
    lines = current.app.run(
        casepage.read_journal, current.visitor.actor, ReadJournal(case_id, kind or None, _before())
    )
    names = {
        "": gettext("Alt"),
        "udfoert": gettext("Udførte trin"),
        "notat": gettext("Notater"),
        "dokument": gettext("Dokumenter"),
        "paamindelse": gettext("Påmindelser"),
        "omfordelt": gettext("Omfordelinger"),
    }
    following = None
    if len(lines) == casepage.PAGE:
        following = f"/sager/{case_id}/tidslinje?" + urlencode(
            {"art": kind, "foer": write_place(lines[-1].at, lines[-1].id)}
        )
    page = shown.TimelinePage(
        case=case_rows.head(sheet, "/tidslinje"),
        rows=tuple(case_rows.entry(line) for line in lines),
        kinds=tuple(Choice(value, text, value == kind) for value, text in names.items()),
        pager=Pager(None, following),
        note_error=error,
        note_text=note,
    )
    return render_template("cases/timeline.html", page=page), 422 if error else 200


@pages.post("/sager/<int:case_id>/notat")
def note(case_id: int) -> ResponseReturnValue:
    """Write a note in the journal."""
    text = request.form.get("tekst", "")
    try:
        current.app.run(cases.add_note, current.visitor.actor, cases.AddNote(case_id, text))
    except Invalid as error:
        return _timeline(case_id, text, error.message)
    flash(gettext("Notatet er skrevet i journalen."), "success")
    return redirect(f"/sager/{case_id}/tidslinje")


_LOOKED_AT = {
    "sag": "Overblikket",
    "forløb": "Forløbene",
    "dokumenter": "Listen over dokumenter",
    "dokument": "Et dokument",
    "deltagere": "Deltagerne",
    "samtykke": "Samtykkerne",
    "tidslinje": "Tidslinjen",
    "journal": "Journalen",
    "opslag": "Hvem der har set sagen",
    "opgave": "En opgave i sagen",
    "start": "Begyndelsen af et forløb",
    "besked": "En besked, der skulle gives",
    "cpr": "CPR-nummeret",
    "omfordel": "Skift af rådgiver",
    "luk": "Lukning af sagen",
    "genaabn": "Genåbning af sagen",
    "annuller": "Annullering af et forløb",
    "tag": "En opgave, der skulle tages",
    "frigiv": "En opgave, der skulle lægges tilbage",
    "overdrag": "En opgave, der skulle gives videre",
    "ret": "Et svar, der skulle rettes",
    "kladde": "En kladde",
    "afslut": "En opgave, der skulle afsluttes",
}
"""What the log of views calls a page → what the reader of the log is told."""


@pages.get("/sager/<int:case_id>/opslag")
def viewings(case_id: int) -> ResponseReturnValue:
    """Show who has seen the case, and in what relation."""
    sheet = case_rows.read(case_id, "opslag")
    lines = current.app.read(casepage.read_viewings, current.visitor.actor, ReadJournal(case_id, limit=200))
    rows = tuple(
        shown.Viewing(
            line.at,
            line.who,
            case_rows.relation_name(line.relation),
            gettext(_LOOKED_AT.get(line.what, line.what)),
            line.refused,
        )
        for line in lines
    )
    return render_template(
        "cases/viewings.html", page=shown.ViewingsPage(case_rows.head(sheet, "/opslag"), rows, Pager())
    )


_ACTIONS = {
    "omfordel": (
        "Giv sagen til en anden rådgiver",
        "Åbne opgaver for rådgiveren følger med. Den nye rådgiver får besked.",
        "Giv sagen videre",
    ),
    "luk": (
        "Luk sagen",
        "Åbne opgaver bortfalder med din begrundelse, påmindelser stopper, og ventende beskeder bortfalder.",
        "Luk sagen",
    ),
    "genaabn": (
        "Genåbn sagen",
        "Det, der bortfaldt, da sagen blev lukket, kommer ikke igen. Begynd de forløb, der skal til.",
        "Genåbn sagen",
    ),
    "annuller": (
        "Annullér forløbet",
        "Forløbets åbne opgaver bortfalder med din begrundelse. Det, der er udført, står stadig i sagen.",
        "Annullér forløbet",
    ),
}


def _action(case_id: int, what: str, address: str, errors: dict[str, str]) -> ResponseReturnValue:
    sheet = case_rows.read(case_id, what)
    if sheet.relation not in case_rows.MANAGERS:
        raise Refused(gettext("Kun sagens rådgiver og enhedens leder kan gøre det."))
    title, explanation, button = (gettext(text) for text in _ACTIONS[what])
    candidates: tuple[PersonRef, ...] = ()
    if what == "omfordel":
        found = current.app.read(people.list_holders, current.visitor.actor, CASEWORKER)
        now_with = sheet.file.people.get(CASEWORKER)
        candidates = tuple(
            PersonRef(str(person_id), name)
            for person_id, name in found
            if now_with is None or now_with.person_id != person_id
        )
    page = shown.CaseActionPage(
        case=case_rows.head(sheet, ""),
        title=title,
        explanation=explanation,
        action=address,
        button=button,
        people=candidates,
        chosen=request.form.get("til", ""),
        reason=request.form.get("begrundelse", ""),
        danger=what in ("luk", "annuller"),
        errors=errors,
    )
    return render_template("cases/action.html", page=page), 422 if errors else 200


@pages.get("/sager/<int:case_id>/<any(omfordel,luk,genaabn):what>")
def ask(case_id: int, what: str) -> ResponseReturnValue:
    """Ask before something is done to a case."""
    return _action(case_id, what, f"/sager/{case_id}/{what}", {})


@pages.post("/sager/<int:case_id>/<any(omfordel,luk,genaabn):what>")
def act(case_id: int, what: str) -> ResponseReturnValue:
    """Reallocate, close or reopen a case."""
    reason, to = request.form.get("begrundelse", ""), request.form.get("til", "")
    actor = current.visitor.actor
    try:
        if what == "omfordel":
            person_id = number(to)
            if person_id is None:
                missing = {"til": gettext("Vælg en rådgiver.")}
                if not reason.strip():
                    missing["begrundelse"] = gettext("Skriv en begrundelse.")
                raise Invalid("", missing)
            current.app.run(cases.reallocate, actor, cases.Reallocate(case_id, person_id, reason))
            flash(gettext("Sagen er givet videre."), "success")
        elif what == "luk":
            current.app.run(cases.close_case, actor, cases.CloseCase(case_id, reason))
            flash(gettext("Sagen er lukket."), "success")
        else:
            current.app.run(cases.reopen_case, actor, cases.ReopenCase(case_id, reason))
            flash(gettext("Sagen er genåbnet."), "success")
    except Invalid as error:
        return _action(case_id, what, f"/sager/{case_id}/{what}", dict(error.fields))
    return redirect(f"/sager/{case_id}" if what != "omfordel" else "/sager")


@pages.get("/sager/<int:case_id>/forloeb/<int:course_id>/annuller")
def ask_cancel(case_id: int, course_id: int) -> ResponseReturnValue:
    """Ask before a course of the case is cancelled."""
    sheet = case_rows.read(case_id, "annuller", Part.COURSES)
    if course_id not in {line.instance.id for line in sheet.courses}:
        raise NotFound(gettext("Forløbet findes ikke i sagen."))
    return _action(case_id, "annuller", f"/sager/{case_id}/forloeb/{course_id}/annuller", {})


@pages.post("/sager/<int:case_id>/forloeb/<int:course_id>/annuller")
def cancel(case_id: int, course_id: int) -> ResponseReturnValue:
    """Cancel a course."""
    command = cases.CancelCourse(course_id, request.form.get("begrundelse", ""))
    try:
        current.app.run(cases.cancel_course, current.visitor.actor, command)
    except Invalid as error:
        return _action(
            case_id, "annuller", f"/sager/{case_id}/forloeb/{course_id}/annuller", dict(error.fields)
        )
    flash(gettext("Forløbet er annulleret."), "success")
    return redirect(f"/sager/{case_id}")
