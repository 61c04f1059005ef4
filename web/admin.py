"""Administration: units, roles, closing days and outgoing mail. People have a module of their own."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import organisation, organisation_pages, outbox
from tasks.errors import Invalid, NotFound
from tasks.organisation import SaveClosingDay, SaveUnit
from tasks.organisation_pages import ClosingDayLine, UnitLine
from tasks.outbox import LetterLine, ListLetters, RetryLetter, State
from web import current, dates
from web.admin_frame import tabs, unit_choices
from web.asked import number
from web.pages import admin as shown
from web.pages.parts import Choice, Fact, Pager
from web.words import gettext

pages = Blueprint("admin", __name__)

KINDS = {
    "kommune": "Kommune",
    "center": "Center",
    "kontor": "Kontor",
    "team": "Team",
    "institution": "Institution",
    "leverandoer": "Leverandør",
}
"""Kinds of units."""

_BINDINGS = {"O": "Enhed", "P": "Post", "S": "Sag", "M": "Møde"}

_LONGEST_NAME = 200


@pages.get("/administration")
def front() -> ResponseReturnValue:
    """Go to the people: the part that is used most."""
    return redirect("/administration/personer")


# --- units --------------------------------------------------------------------------------------


def _units() -> tuple[UnitLine, ...]:
    return current.app.read(organisation_pages.list_units, current.visitor.actor, None)


@pages.get("/administration/enheder")
def units() -> ResponseReturnValue:
    """Show the units as a tree."""
    found = current.app.read(organisation_pages.read_organisation, current.visitor.actor, None)
    organisation.require_administrator(current.visitor.actor)
    page = shown.UnitsPage(tabs("enheder"), tree(found.units), found.warnings)
    return render_template("admin/units.html", page=page)


def tree(lines: tuple[UnitLine, ...]) -> tuple[shown.UnitNode, ...]:
    """Return units in the tree's order as a tree. A unit whose parent is not among them is at the top."""
    known = {line.id for line in lines}

    def below(parent: int | None) -> tuple[shown.UnitNode, ...]:
        return tuple(
            node(line)
            for line in lines
            if (line.parent_id == parent if parent is not None else line.parent_id not in known)
        )

    def node(line: UnitLine) -> shown.UnitNode:
        return shown.UnitNode(
            id=str(line.id),
            name=line.name,
            kind=gettext(KINDS.get(line.kind, line.kind)),
            leaders=line.leaders,
            people=tuple(shown.Member(str(one), name, roles) for one, name, roles in line.people),
            children=below(line.id),
        )

    return below(None)


@pages.get("/administration/enheder/ny")
def new_unit() -> ResponseReturnValue:
    """Show the form for a new unit."""
    return _unit_page(None, {})


@pages.get("/administration/enheder/<int:unit_id>")
def unit(unit_id: int) -> ResponseReturnValue:
    """Show one unit."""
    return _unit_page(_line(unit_id), {})


def _line(unit_id: int) -> UnitLine:
    found = next((line for line in _units() if line.id == unit_id), None)
    if found is None:
        raise NotFound(gettext("Enheden findes ikke."))
    return found


def _unit_page(line: UnitLine | None, errors: dict[str, str]) -> ResponseReturnValue:
    posted = request.form if errors else {}
    parent = number(posted.get("over")) if errors else (line.parent_id if line else None)
    kind = posted.get("slags", line.kind if line else "team")
    others = [one for one in _units() if line is None or one.id != line.id]
    page = shown.UnitPage(
        tabs=tabs("enheder"),
        id=str(line.id) if line else "",
        heading=line.name if line else gettext("Ny enhed"),
        name=posted.get("navn", line.name if line else ""),
        kinds=tuple(Choice(key, gettext(text), key == kind) for key, text in KINDS.items()),
        parents=unit_choices(others, parent),
        district=posted.get("distrikt", (line.district or "") if line else ""),
        area=posted.get("fagomraade", (line.area or "") if line else ""),
        errors=errors,
    )
    return render_template("admin/unit.html", page=page), 422 if errors else 200


@pages.post("/administration/enheder/ny")
def make_unit() -> ResponseReturnValue:
    """Make a unit."""
    return _save_unit(None)


@pages.post("/administration/enheder/<int:unit_id>")
def change_unit(unit_id: int) -> ResponseReturnValue:
    """Change a unit."""
    return _save_unit(_line(unit_id))


def _save_unit(line: UnitLine | None) -> ResponseReturnValue:
    given = request.form
    name = given.get("navn", "").strip()
    kind = given.get("slags", "")
    errors: dict[str, str] = {}
    if not name:
        errors["navn"] = gettext("Skriv enhedens navn.")
    elif len(name) > _LONGEST_NAME:
        errors["navn"] = gettext("Navnet er for langt.")
    if kind not in KINDS:
        errors["slags"] = gettext("Vælg, hvad det er for en enhed.")
    if not errors:
        key = line.key if line else _key(name)
        command = SaveUnit(
            line.id if line else None,
            key,
            name,
            kind,
            number(given.get("over")),
            given.get("distrikt", "").strip()[:80] or None,
            given.get("fagomraade", "").strip()[:40] or None,
        )
        try:
            current.app.run(organisation.save_unit, current.visitor.actor, command)
        except Invalid as error:
            errors = {"over": error.message} if "parent" in error.fields else {"navn": error.message}
    if errors:
        return _unit_page(line, errors)
    flash(gettext("Enheden er gemt."), "success")
    return redirect("/administration/enheder")


def _key(name: str) -> str:
    """Return a key for a new unit that no other unit has."""
    taken = {line.key for line in _units()}
    base = "".join(sign if sign.isalnum() else "_" for sign in name.casefold())[:60].strip("_") or "enhed"
    return next(key for key in (base, *(f"{base}_{n}" for n in range(2, 1000))) if key not in taken)


# --- roles --------------------------------------------------------------------------------------


@pages.get("/administration/roller")
def roles() -> ResponseReturnValue:
    """Show the role catalogue: who holds what, and which procedures use it."""
    lines = current.app.read(organisation_pages.list_roles, current.visitor.actor, None)
    ordered = sorted(lines, key=lambda line: line.role.name.casefold())
    page = shown.RolesPage(
        tabs("roller"),
        tuple(
            shown.RoleRow(
                line.role.key,
                line.role.name,
                gettext(_BINDINGS[line.role.binding]),
                line.holders,
                line.used_in,
                missing=bool(line.used_in) and not line.holders and line.role.binding in ("O", "P"),
            )
            for line in ordered
        ),
    )
    return render_template("admin/roles.html", page=page)


# --- closing days -------------------------------------------------------------------------------


@pages.get("/administration/lukkedage")
def closing_days() -> ResponseReturnValue:
    """Show the closing days."""
    return _closing_days_page({})


def _closing_days_page(errors: dict[str, str]) -> ResponseReturnValue:
    found = current.app.read(organisation_pages.list_closing_days, current.visitor.actor, None)
    page = shown.ClosingDaysPage(
        tabs=tabs("lukkedage"),
        own=tuple(
            shown.ClosingDay(str(line.id), line.name, _when(line), line.on_date is None) for line in found.own
        ),
        holidays=tuple(Fact(name, dates.day(day, year=False)) for day, name in found.holidays),
        year=found.year,
        errors=errors,
        text=request.form.get("tekst", "") if errors else "",
        date=request.form.get("dato", "") if errors else "",
        yearly="hvert_aar" in request.form if errors else False,
    )
    return render_template("admin/closing_days.html", page=page), 422 if errors else 200


def _when(line: ClosingDayLine) -> str:
    if line.on_date is not None:
        return dates.day(line.on_date)
    assert line.month is not None
    assert line.day is not None
    # Any leap year will do to name the day.
    return dates.yearly_day(date(2024, line.month, line.day))


@pages.post("/administration/lukkedage")
def add_closing_day() -> ResponseReturnValue:
    """Add a closing day; what is counted from now on follows it."""
    name, day = request.form.get("tekst", "").strip()[:120], dates.read_day(request.form.get("dato", ""))
    errors: dict[str, str] = {}
    if not name:
        errors["tekst"] = gettext("Skriv, hvad dagen hedder.")
    if day is None:
        errors["dato"] = gettext("Skriv datoen som 24.12.2026.")
    if errors or day is None:
        return _closing_days_page(errors)
    if "hvert_aar" in request.form:
        command = SaveClosingDay(name, day.month, day.day)
    else:
        command = SaveClosingDay(name, on_date=day)
    current.app.run(organisation.save_closing_day, current.visitor.actor, command)
    flash(gettext("Lukkedagen er tilføjet."), "success")
    return redirect("/administration/lukkedage")


@pages.post("/administration/lukkedage/<int:closing_day_id>/fjern")
def remove_closing_day(closing_day_id: int) -> ResponseReturnValue:
    """Remove a closing day."""
    current.app.run(organisation.remove_closing_day, current.visitor.actor, closing_day_id)
    flash(gettext("Lukkedagen er fjernet."), "success")
    return redirect("/administration/lukkedage")


# --- outgoing mail ------------------------------------------------------------------------------


@pages.get("/administration/post")
def letters() -> ResponseReturnValue:
    """Show the mail on its way out, and what could not be sent."""
    asked = request.args.get("status", "")
    states: dict[str, State] = {"venter": "venter", "sendt": "sendt", "fejlet": "fejlet"}
    before = number(request.args.get("foer"))
    command = ListLetters(states.get(asked), before)
    found = current.app.read(outbox.list_letters, current.visitor.actor, command)
    base = f"/administration/post?status={states.get(asked, '')}"
    names = {
        "": gettext("Alle"),
        "venter": gettext("Venter"),
        "fejlet": gettext("Fejlet"),
        "sendt": gettext("Sendt"),
    }
    page = shown.OutboxPage(
        tabs=tabs("post"),
        rows=tuple(_letter(line) for line in found.rows),
        pager=Pager(base if before else None, f"{base}&foer={found.next}" if found.next else None),
        states=tuple(Choice(value, text, value == asked) for value, text in names.items()),
    )
    return render_template("admin/outbox.html", page=page)


def _letter(line: LetterLine) -> shown.OutboxRow:
    return shown.OutboxRow(
        id=str(line.id),
        to=line.name,
        address=line.to or gettext("ingen mailadresse"),
        subject=line.subject,
        created=line.created_at,
        attempts=line.attempts,
        state=line.state,
        error=line.error or "",
        next_try=line.next_try_at,
        sent=line.sent_at,
    )


@pages.post("/administration/post/<int:outbox_id>/send-igen")
def send_again(outbox_id: int) -> ResponseReturnValue:
    """Let a mail be tried again now."""
    current.app.run(outbox.try_letter_again, current.visitor.actor, RetryLetter(outbox_id))
    flash(gettext("Mailen bliver prøvet igen om et øjeblik."), "success")
    return redirect("/administration/post?status=fejlet")
