"""Procedures as everybody may read them: the list, the diagram with badges, the text, the versions."""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from tasks import procedure_page
from tasks.deadlines import REMINDER
from tasks.drawing import DrawnStep
from tasks.procedure_page import ProcedureSheet, ReadProcedure
from web import current, dates, due_rules
from web.pages import procedures as shown
from web.pages.parts import Badge, DiagramStep, DiagramView, Fact, StepState, Tab
from web.security import inline_styles
from web.words import gettext

pages = Blueprint("procedures", __name__)


@pages.get("/procedurer")
def list_all() -> ResponseReturnValue:
    """Show all procedures in force."""
    rows = current.app.read(procedure_page.list_procedures, current.visitor.actor, None)
    page = shown.ProcedureList(
        tuple(
            shown.ProcedureRow(
                key=row.line.key,
                name=row.line.name,
                purpose=row.purpose,
                version=row.line.version,
                valid_from=_day(row.line.valid_from),
                owner=row.line.owner or gettext("ingen ejer"),
                running=row.running,
                provisional=row.draft,
                href=f"/procedurer/{row.line.key}/{row.line.version}",
            )
            for row in rows
        )
    )
    return render_template("procedures/list.html", page=page)


def _day(moment: datetime | None) -> date:
    return moment.astimezone(current.COPENHAGEN).date() if moment is not None else current.today()


def _sheet(key: str, version: int) -> ProcedureSheet:
    return current.app.read(procedure_page.read_procedure, current.visitor.actor, ReadProcedure(key, version))


def _head(sheet: ProcedureSheet, part: str) -> shown.ProcedureHead:
    base = f"/procedurer/{sheet.key}/{sheet.version}"
    parts = (
        (gettext("Diagram"), base),
        (gettext("Tekst"), f"{base}/tekst"),
        (gettext("Versioner"), f"{base}/versioner"),
    )
    return shown.ProcedureHead(
        key=sheet.key,
        name=sheet.name,
        purpose=sheet.purpose,
        version=sheet.version,
        valid_from=_day(sheet.valid_from),
        owner=sheet.owner or gettext("ingen ejer"),
        fingerprint=sheet.hash[:12],
        tabs=tuple(Tab(text, href, href == base + part) for text, href in parts),
        retired=sheet.status == "retired",
        provisional=sheet.draft,
        begins=sheet.begins or "",
        next_starts=tuple(Fact(dates.plain_day(start.on), start.label) for start in sheet.next_starts),
    )


@pages.get("/procedurer/<key>/<int:version>")
@inline_styles
def diagram(key: str, version: int) -> ResponseReturnValue:
    """Show the diagram with its badges, and the same in words."""
    sheet = _sheet(key, version)
    page = shown.ProcedurePage(_head(sheet, ""), diagram_view(key, version, sheet.name, sheet.steps, {}))
    return render_template("procedures/diagram.html", page=page)


def diagram_view(
    key: str, version: int, title: str, steps: tuple[DrawnStep, ...], marks: dict[str, StepState]
) -> DiagramView:
    """Return a diagram to draw, with badges for due rules and its steps in words."""
    badges = tuple(
        Badge(step.element_id, kind, due_rules.short(text))
        for step in steps
        for kind, text in (
            ("frist", step.limit),
            ("paamindelse", step.reminder),
            ("eskalering", step.escalation),
        )
        if text
    )
    return DiagramView(
        source=f"/procedurer/{key}/{version}/diagram.bpmn",
        title=title,
        marks=marks,
        badges=badges,
        steps=tuple(
            DiagramStep(
                element=step.element_id,
                name=step.name,
                role=step.lane,
                kind=step.kind,
                form=step.form,
                limit=due_rules.in_words(step.limit),
                limit_rule=step.limit,
                reminder=due_rules.in_words(reminder),
                reminder_rule=reminder,
                clauses=step.clauses,
                state=marks.get(step.element_id),
            )
            for step, reminder in (
                (step, step.reminder or (REMINDER if step.limit else "")) for step in steps
            )
        ),
    )


@pages.get("/procedurer/<key>/<int:version>/diagram.bpmn")
def download(key: str, version: int) -> ResponseReturnValue:
    """Give the diagram's file as it was published, byte for byte."""
    content = current.app.read(
        procedure_page.procedure_file, current.visitor.actor, (key, version, f"{key}.bpmn")
    )
    return Response(content, content_type="application/xml; charset=utf-8")


@pages.get("/procedurer/<key>/<int:version>/tekst")
def text(key: str, version: int) -> ResponseReturnValue:
    """Show the written procedure, clause by clause, with the steps that realise each."""
    sheet = _sheet(key, version)
    blocks = tuple(
        shown.ClauseBlock(
            clause.markdown,
            clause.ids,
            tuple(dict.fromkeys(name for one in clause.ids for name in sheet.steps_by_clause.get(one, ()))),
            clause.open_text,
        )
        for clause in sheet.clauses
    )
    return render_template(
        "procedures/text.html", page=shown.ProcedureTextPage(_head(sheet, "/tekst"), blocks)
    )


@pages.get("/procedurer/<key>/<int:version>/versioner")
def versions(key: str, version: int) -> ResponseReturnValue:
    """Show every version, newest first."""
    sheet = _sheet(key, version)
    rows = tuple(
        shown.VersionRow(
            version=row.version,
            status=row.status,
            valid_from=_day(row.valid_from) if row.valid_from else None,
            published_by=row.published_by or gettext("Systemet"),
            note="",
            running=row.running,
            href=f"/procedurer/{key}/{row.version}",
            fingerprint=row.hash[:12],
        )
        for row in sheet.versions
    )
    return render_template(
        "procedures/versions.html", page=shown.VersionsPage(_head(sheet, "/versioner"), rows)
    )
