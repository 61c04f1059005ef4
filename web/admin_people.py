"""Administration of people: who there is, what roles they hold, and who may sign in."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import organisation, organisation_pages
from tasks.errors import Invalid
from tasks.organisation import GiveRole, SavePerson, SetActive, TakeRole
from tasks.organisation_pages import FindPeople, PersonLine, PersonSheet, UnitLine
from web import current, dates
from web.admin_frame import tabs, unit_choices
from web.asked import number
from web.pages import admin as shown
from web.pages.parts import Choice, Pager
from web.words import gettext

pages = Blueprint("admin_people", __name__)

_FIELDS = {"name": "navn", "username": "brugernavn", "title": "titel", "unit": "enhed"}
"""What the use case calls a field → its name on the page."""


def _roles() -> list[organisation_pages.RoleLine]:
    return current.app.read(organisation_pages.list_roles, current.visitor.actor, None)


def _units() -> tuple[UnitLine, ...]:
    return current.app.read(organisation_pages.list_units, current.visitor.actor, None)


@pages.get("/administration/personer")
def people() -> ResponseReturnValue:
    """Show the people, a page at a time."""
    search = request.args.get("soeg", "").strip()[:200]
    unit_id, role = number(request.args.get("enhed")), request.args.get("rolle") or None
    name, _, after_id = request.args.get("efter", "").rpartition("~")
    person_id = number(after_id)
    after = (name, person_id) if person_id is not None else None
    command = FindPeople(search, unit_id, role, after)
    rows = current.app.read(organisation_pages.find_people, current.visitor.actor, command)
    asked = {"soeg": search, "enhed": str(unit_id or ""), "rolle": role or ""}
    address = "/administration/personer?" + urlencode({key: value for key, value in asked.items() if value})
    following = None
    if len(rows) == organisation_pages.PAGE:
        name, last = rows[-1].cursor
        following = address + "&" + urlencode({"efter": f"{name}~{last}"})
    page = shown.PeoplePage(
        tabs=tabs("personer"),
        rows=tuple(_row(line) for line in rows),
        pager=Pager(address if after else None, following),
        search=search,
        units=(Choice("", gettext("Alle"), unit_id is None), *unit_choices(_units(), unit_id)),
        roles=(
            Choice("", gettext("Alle"), role is None),
            *(
                Choice(line.role.key, line.role.name, line.role.key == role)
                for line in _by_name(_roles())
                if line.holders
            ),
        ),
    )
    return render_template("admin/people.html", page=page)


def _by_name(lines: list[organisation_pages.RoleLine]) -> list[organisation_pages.RoleLine]:
    return sorted(lines, key=lambda line: line.role.name.casefold())


def _row(line: PersonLine) -> shown.PersonRow:
    return shown.PersonRow(
        id=str(line.id),
        name=line.name,
        username=line.username or "",
        email=line.email or "",
        title=line.title or "",
        unit=line.unit or "",
        roles=line.roles,
        active=line.active,
    )


@pages.get("/administration/personer/ny")
def new_person() -> ResponseReturnValue:
    """Show the form for a new person."""
    return _person_page(None, {})


@pages.get("/administration/personer/<int:person_id>")
def person(person_id: int) -> ResponseReturnValue:
    """Show one person."""
    return _person_page(_sheet(person_id), {})


def _sheet(person_id: int) -> PersonSheet:
    return current.app.read(organisation_pages.read_person, current.visitor.actor, person_id)


def _person_page(
    sheet: PersonSheet | None,
    errors: dict[str, str],
    *,
    role_errors: dict[str, str] | None = None,
    password: str = "",
) -> ResponseReturnValue:
    posted = request.form if errors or sheet is None else {}
    asked = request.form if role_errors else {}
    unit_id = sheet.unit_id if sheet and not errors else number(posted.get("enhed"))
    units = _units()
    known = {
        "navn": sheet.name if sheet else "",
        "brugernavn": sheet.username if sheet else "",
        "email": sheet.email if sheet else "",
        "titel": sheet.title if sheet else "",
        "ansat": f"{sheet.hired_on:%d.%m.%Y}" if sheet and sheet.hired_on else "",
    }
    values = {name: posted.get(name, value or "") for name, value in known.items()}
    page = shown.PersonPage(
        tabs=tabs("personer"),
        id=str(sheet.id) if sheet else "",
        heading=sheet.name if sheet else gettext("Ny person"),
        name=values["navn"],
        username=values["brugernavn"],
        email=values["email"],
        title=values["titel"],
        hired=values["ansat"],
        active=sheet.active if sheet else True,
        can_sign_in=sheet.can_sign_in if sheet else False,
        units=unit_choices(units, unit_id),
        roles=tuple(_held(role) for role in sheet.roles) if sheet else (),
        grantable=tuple(
            Choice(line.role.key, line.role.name, asked.get("rolle") == line.role.key)
            for line in _by_name(_roles())
            if line.role.binding in ("O", "P") or line.role.internal or line.holders
        ),
        role_units=unit_choices(units, number(asked.get("rolle_enhed")) if role_errors else unit_id),
        role_since=asked.get("fra", ""),
        role_until=asked.get("til", ""),
        open_tasks=sheet.open_tasks if sheet else 0,
        open_cases=sheet.cases if sheet else 0,
        errors=errors,
        role_errors=role_errors or {},
        password=password,
        is_me=sheet is not None and str(sheet.id) == current.visitor.id,
    )
    return render_template("admin/person.html", page=page), 422 if errors or role_errors else 200


def _held(role: organisation_pages.HeldRole) -> shown.HeldRole:
    return shown.HeldRole(
        id=str(role.id),
        role=role.role.name if role.role else role.key,
        unit=role.unit or gettext("Hele kommunen"),
        since=role.since,
        until=role.until,
    )


@pages.post("/administration/personer/ny")
def make_person() -> ResponseReturnValue:
    """Make a person, with a password to give to them."""
    wrong: dict[str, str] = {}
    command = _command(None, wrong)
    if wrong:
        return _person_page(None, wrong)
    try:
        person_id = current.app.run(organisation.save_person, current.visitor.actor, command)
    except Invalid as error:
        return _person_page(None, _errors(error))
    if not request.form.get("brugernavn", "").strip():
        flash(gettext("Personen er oprettet. Uden brugernavn kan personen ikke logge ind."), "success")
        return redirect(f"/administration/personer/{person_id}")
    flash(gettext("Personen er oprettet. Giv nu de roller, som personen skal have."), "success")
    password = current.app.run(organisation.new_password, current.visitor.actor, person_id)
    return _person_page(_sheet(person_id), {}, password=password)


@pages.post("/administration/personer/<int:person_id>")
def change_person(person_id: int) -> ResponseReturnValue:
    """Change a person."""
    sheet = _sheet(person_id)
    wrong: dict[str, str] = {}
    command = _command(sheet, wrong)
    if wrong:
        return _person_page(sheet, wrong)
    try:
        current.app.run(organisation.save_person, current.visitor.actor, command)
    except Invalid as error:
        return _person_page(sheet, _errors(error))
    flash(gettext("Ændringen er gemt."), "success")
    return redirect(f"/administration/personer/{person_id}")


def _command(sheet: PersonSheet | None, errors: dict[str, str]) -> SavePerson:
    """What was filled in; a date that cannot be read is told in `errors`."""
    given = request.form
    return SavePerson(
        person_id=sheet.id if sheet else None,
        name=given.get("navn", ""),
        username=given.get("brugernavn", ""),
        email=given.get("email", "").strip() or None,
        title=given.get("titel", "").strip() or None,
        unit_id=number(given.get("enhed")),
        active=sheet.active if sheet else True,
        hired_on=_day("ansat", errors),
    )


def _errors(error: Invalid) -> dict[str, str]:
    return {_FIELDS.get(name, name): text for name, text in error.fields.items()}


@pages.post("/administration/personer/<int:person_id>/roller")
def give_role(person_id: int) -> ResponseReturnValue:
    """Give a person a role."""
    errors: dict[str, str] = {}
    role = request.form.get("rolle", "")
    if not role:
        errors["rolle"] = gettext("Vælg en rolle.")
    since, until = _day("fra", errors), _day("til", errors)
    if since and until and until < since:
        errors["til"] = gettext("Den sidste dag ligger før den første.")
    if not errors:
        command = GiveRole(person_id, role, number(request.form.get("rolle_enhed")), since, until)
        try:
            current.app.run(organisation.give_role, current.visitor.actor, command)
        except Invalid as error:
            errors["rolle"] = error.message
    if errors:
        return _person_page(_sheet(person_id), {}, role_errors=errors)
    flash(gettext("Rollen er givet."), "success")
    return redirect(f"/administration/personer/{person_id}")


def _day(name: str, errors: dict[str, str]) -> date | None:
    text = request.form.get(name, "").strip()
    day = dates.read_day(text) if text else None
    if text and day is None:
        errors[name] = gettext("Skriv datoen som 24.12.2026.")
    return day


@pages.post("/administration/personer/<int:person_id>/roller/<int:holding_id>/fjern")
def take_role(person_id: int, holding_id: int) -> ResponseReturnValue:
    """Take a role from a person."""
    current.app.run(organisation.take_role, current.visitor.actor, TakeRole(holding_id))
    flash(gettext("Rollen er fjernet."), "success")
    return redirect(f"/administration/personer/{person_id}")


@pages.post("/administration/personer/<int:person_id>/<any(spaer,aabn):what>")
def lock(person_id: int, what: str) -> ResponseReturnValue:
    """Lock a person out, or let them in again."""
    command = SetActive(person_id, what == "aabn")
    current.app.run(organisation.set_active, current.visitor.actor, command)
    if what == "aabn":
        flash(gettext("Personen kan logge ind igen."), "success")
    else:
        flash(gettext("Personen er spærret og logget ud overalt."), "success")
    return redirect(f"/administration/personer/{person_id}")


@pages.post("/administration/personer/<int:person_id>/adgangskode")
def new_password(person_id: int) -> ResponseReturnValue:
    """Give a person a new password, shown once."""
    password = current.app.run(organisation.new_password, current.visitor.actor, person_id)
    return _person_page(_sheet(person_id), {}, password=password)
