"""Incidents for those who own them: what has stopped, trying again, settling."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import retries
from tasks.errors import Invalid
from tasks.retries import IncidentLine, ListIncidents, ResolveIncident, RetryIncident
from web import current
from web.pages import incidents as shown
from web.pages.parts import Fact, Pager, Tab
from web.words import gettext

pages = Blueprint("incidents", __name__)

_CONSEQUENCES = {
    "ingen_modtager": "En opgave er åben, men ingen kan se den. Sagen venter på, at nogen får den.",
    "flere_modtagere": "En besked er holdt tilbage. Det, den sætter i gang, sker først, når den er leveret.",
    "timer": "Et tidspunkt i forløbet er passeret, uden at det, der skulle ske, er sket.",
    "forloeb": "En medarbejder kunne ikke afslutte sit trin. Det skrevne er gemt som kladde.",
    "mail": "En mail er ikke sendt. Beskeden står i Sagsgang, men er måske ikke set.",
}
_ADVICE = {
    "ingen_modtager": "Giv nogen rollen under Administration, eller ret diagrammet. Prøv derefter igen.",
    "flere_modtagere": "Afslut eller annullér de forløb, der ikke skal have beskeden. Prøv derefter igen.",
    "timer": "Ret det, teksten nævner. Prøv derefter igen.",
    "forloeb": "Ret proceduren, og udgiv den. Bed derefter medarbejderen afslutte trinnet igen.",
    "mail": "Se efter, om mailadressen og mailserveren er rigtige. Prøv derefter igen.",
}


@pages.get("/haendelser")
def list_all() -> ResponseReturnValue:
    """Show open incidents, or the settled ones."""
    resolved = request.args.get("vis") == "loest"
    rows = current.app.read(retries.list_incidents, current.visitor.actor, ListIncidents(resolved))
    page = shown.IncidentList(
        tabs=(
            Tab(gettext("Åbne"), "/haendelser", not resolved),
            Tab(gettext("Løste"), "/haendelser?vis=loest", resolved),
        ),
        rows=tuple(_row(line) for line in rows),
        pager=Pager(),
    )
    return render_template("incidents/list.html", page=page)


def _row(line: IncidentLine) -> shown.IncidentRow:
    return shown.IncidentRow(
        id=str(line.id),
        what=line.text,
        step=line.element_id or "",
        procedure=line.procedure or "",
        case=None,
        owner=line.owner or gettext("Systemforvalteren"),
        since=line.opened_at,
        attempts=line.attempts,
        href=f"/haendelser/{line.id}",
        resolved=line.resolved_at,
    )


@pages.get("/haendelser/<int:incident_id>")
def show(incident_id: int) -> ResponseReturnValue:
    """Show one incident: what happened, what waits because of it, what to do."""
    return _page(incident_id, "")


def _page(incident_id: int, error: str) -> ResponseReturnValue:
    line = current.app.read(retries.read_incident, current.visitor.actor, incident_id)
    facts = [
        Fact(gettext("Sag"), line.case_number or gettext("Ingen sag")),
        Fact(gettext("Procedure"), line.procedure or "–"),
        Fact(gettext("Trin"), line.element_id or "–"),
        Fact(gettext("Forsøg"), str(line.attempts)),
    ]
    notes: tuple[shown.IncidentNote, ...] = ()
    if line.resolved_at is not None:
        notes = (shown.IncidentNote(line.resolved_at, line.resolved_by or "", line.resolution or ""),)
    page = shown.IncidentPage(
        row=_row(line),
        consequence=gettext(
            _CONSEQUENCES.get(line.kind, "Noget venter, fordi det ikke kan gå videre af sig selv.")
        ),
        advice=gettext(_ADVICE.get(line.kind, "Ret det, teksten nævner. Prøv derefter igen.")),
        facts=tuple(facts),
        technical=f"{line.kind}: {line.text}",
        notes=notes,
        may_retry=line.resolved_at is None and line.retryable,
        may_resolve=line.resolved_at is None,
        error=error,
    )
    return render_template("incidents/show.html", page=page), 422 if error else 200


@pages.post("/haendelser/<int:incident_id>/proev-igen")
def retry(incident_id: int) -> ResponseReturnValue:
    """Try again what was stopped."""
    worked = current.app.run(retries.retry_incident, current.visitor.actor, RetryIncident(incident_id))
    if worked:
        flash(gettext("Det lykkedes. Hændelsen er løst."), "success")
        return redirect("/haendelser")
    flash(gettext("Det lykkedes ikke. Se, hvad der stadig mangler."), "error")
    return redirect(f"/haendelser/{incident_id}")


@pages.post("/haendelser/<int:incident_id>/afslut")
def resolve(incident_id: int) -> ResponseReturnValue:
    """Settle an incident by hand, saying what was done."""
    command = ResolveIncident(incident_id, request.form.get("tekst", ""))
    try:
        current.app.run(retries.resolve_incident, current.visitor.actor, command)
    except Invalid as error:
        return _page(incident_id, error.message)
    flash(gettext("Hændelsen er afsluttet."), "success")
    return redirect("/haendelser")
