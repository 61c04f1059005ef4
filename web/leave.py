"""A person's leave: the days they are away and who stands in for them, by themselves or their leader."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import leave
from tasks.errors import Invalid, NotFound
from tasks.leave import EndLeave, LeaveLine, LeaveSheet, SaveLeave
from web import current, dates
from web.asked import number
from web.pages import admin as shown
from web.pages.parts import Choice
from web.words import gettext

pages = Blueprint("leave", __name__)

_FIELDS = {"first_day": "fra", "last_day": "til", "substitute": "stedfortraeder"}
"""What the use case calls a field → its name on the page."""

_OPEN = ("planlagt", "igang")


@pages.get("/personer/<int:person_id>/fravaer")
def show(person_id: int) -> ResponseReturnValue:
    """Show a person's leave; `ret` names one to change."""
    return _page(person_id, {})


@pages.post("/personer/<int:person_id>/fravaer")
def save(person_id: int) -> ResponseReturnValue:
    """Enter a leave, or change the one that is named."""
    errors: dict[str, str] = {}
    first, last = _day("fra", errors), _day("til", errors)
    if errors or first is None or last is None:
        return _page(person_id, errors)
    substitute_id = number(request.form.get("stedfortraeder"))
    command = SaveLeave(person_id, first, last, substitute_id, number(request.form.get("fravaer")))
    try:
        current.app.run(leave.save_leave, current.visitor.actor, command)
    except Invalid as error:
        return _page(person_id, {_FIELDS.get(name, name): text for name, text in error.fields.items()})
    flash(gettext("Fraværet er gemt."), "success")
    return redirect(f"/personer/{person_id}/fravaer")


@pages.post("/personer/<int:person_id>/fravaer/<int:leave_id>/slut")
def end(person_id: int, leave_id: int) -> ResponseReturnValue:
    """Cancel a leave, or end one that has begun."""
    sheet = _sheet(person_id)
    if leave_id not in {line.id for line in sheet.leaves}:
        raise NotFound(gettext("Fraværet findes ikke."))
    current.app.run(leave.end_leave, current.visitor.actor, EndLeave(leave_id))
    flash(gettext("Fraværet er afsluttet. Uafsluttede opgaver er tilbage."), "success")
    return redirect(f"/personer/{person_id}/fravaer")


def _sheet(person_id: int) -> LeaveSheet:
    return current.app.read(leave.read_leave, current.visitor.actor, person_id)


def _page(person_id: int, errors: dict[str, str]) -> ResponseReturnValue:
    sheet = _sheet(person_id)
    asked = number(request.values.get("fravaer" if errors else "ret"))
    changed = next((line for line in sheet.leaves if line.id == asked and line.status in _OPEN), None)
    chosen = number(request.form.get("stedfortraeder")) if errors else changed and changed.substitute_id
    page = shown.LeavePage(
        id=str(person_id),
        name=sheet.person,
        is_me=str(person_id) == current.visitor.id,
        rows=tuple(_row(line) for line in sheet.leaves),
        substitutes=tuple(Choice(str(one), name, one == chosen) for one, name in sheet.possible),
        errors=errors,
        leave=str(changed.id) if changed else "",
        first=request.form.get("fra", "") if errors else _written(changed.first_day if changed else None),
        last=request.form.get("til", "") if errors else _written(changed.last_day if changed else None),
    )
    return render_template("admin/leave.html", page=page), 422 if errors else 200


def _row(line: LeaveLine) -> shown.LeaveRow:
    states = {
        "planlagt": gettext("Planlagt"),
        "igang": gettext("I gang"),
        "slut": gettext("Slut"),
        "annulleret": gettext("Aflyst"),
    }
    return shown.LeaveRow(
        id=str(line.id),
        first=line.first_day,
        last=line.last_day,
        substitute=line.substitute or "",
        state=states[line.status],
        open=line.status in _OPEN,
        running=line.status == "igang",
    )


def _written(day: date | None) -> str:
    return f"{day.day:02d}.{day.month:02d}.{day.year}" if day is not None else ""


def _day(name: str, errors: dict[str, str]) -> date | None:
    day = dates.read_day(request.form.get(name, "").strip())
    if day is None:
        errors[name] = gettext("Skriv datoen som 24.12.2026.")
    return day
