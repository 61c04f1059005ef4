"""The consents of a case: what may be shared with whom, registering one and withdrawing one (SM-49)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import consent_page
from tasks.consent_page import ConsentLine, WithdrawConsent
from tasks.consents import RegisterConsent
from tasks.errors import Invalid
from web import case_rows, current
from web.pages import consents as shown
from web.words import gettext

pages = Blueprint("consents", __name__)

FIELDS = ("givet_af", "omfang", "modtagere", "dato", "udloeber")


@pages.get("/sager/<int:case_id>/samtykke")
def show(case_id: int) -> ResponseReturnValue:
    """Show the consents of a case."""
    return _page(case_id, {}, {}, 0)


def _page(
    case_id: int, values: Mapping[str, str], errors: Mapping[str, str], withdrawing: int
) -> ResponseReturnValue:
    sheet = case_rows.read(case_id, "samtykke")
    found = current.app.read(consent_page.list_consents, current.visitor.actor, case_id)
    page = shown.ConsentsPage(
        case=case_rows.head(sheet, "/samtykke"),
        rows=tuple(_row(line) for line in found.lines),
        may_change=found.may_change,
        values={**dict.fromkeys(FIELDS, ""), "dato": current.today().isoformat(), **values},
        errors=dict(errors),
        withdrawing=withdrawing,
    )
    return render_template("cases/consents.html", page=page), 422 if errors else 200


def _row(line: ConsentLine) -> shown.ConsentRow:
    if line.holds:
        state = "gaelder"
    elif line.withdrawn_at is not None:
        state = "trukket"
    else:
        state = "udloebet"
    return shown.ConsentRow(
        id=str(line.id),
        given_by=line.given_by,
        scope=line.scope,
        recipients=line.recipients,
        given_on=line.given_on,
        expires_on=line.expires_on,
        state=state,
        registered_by=line.registered_by or gettext("Forløbet"),
        registered_at=line.registered_at,
        withdrawn_at=line.withdrawn_at,
        withdrawn_by=line.withdrawn_by or "",
        reason=line.withdraw_reason or "",
        may_withdraw=line.withdrawn_at is None,
    )


@pages.post("/sager/<int:case_id>/samtykke")
def register(case_id: int) -> ResponseReturnValue:
    """Register a consent."""
    values = {name: request.form.get(name, "") for name in FIELDS}
    try:
        command = RegisterConsent(
            case_id,
            values["givet_af"],
            values["omfang"],
            tuple(values["modtagere"].splitlines()),
            _day("dato", values["dato"]),
            _day("udloeber", values["udloeber"]),
        )
        current.app.run(consent_page.register_consent, current.visitor.actor, command)
    except Invalid as error:
        return _page(case_id, values, error.fields, 0)
    flash(gettext("Samtykket er registreret."), "success")
    return redirect(f"/sager/{case_id}/samtykke")


def _day(name: str, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(gettext("Datoen kan ikke læses."), {name: gettext("Vælg en dato.")}) from None


@pages.post("/sager/<int:case_id>/samtykke/<int:consent_id>/traek")
def withdraw(case_id: int, consent_id: int) -> ResponseReturnValue:
    """Withdraw a consent."""
    command = WithdrawConsent(case_id, consent_id, request.form.get("begrundelse", ""))
    try:
        current.app.run(consent_page.withdraw_consent, current.visitor.actor, command)
    except Invalid as error:
        return _page(case_id, {}, error.fields, consent_id)
    flash(gettext("Samtykket er trukket tilbage. Det, der byggede på det, er standset."), "success")
    return redirect(f"/sager/{case_id}/samtykke")
