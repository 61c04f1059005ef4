"""The cases one has a relation to, and the pages of one case."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tasks import attachments, caselist, course_page
from tasks.caselist import CaseLine, FindCases
from tasks.casepage import Part
from tasks.errors import NotFound
from web import case_messages, case_rows, current
from web.asked import number
from web.pages import cases as shown
from web.pages.parts import CaseRef, Fact, Pager, Tab
from web.plain import value_words
from web.procedures import diagram_view
from web.rows import limit_of, state_of
from web.security import inline_styles
from web.words import gettext

pages = Blueprint("cases", __name__)


@pages.get("/sager")
def list_all() -> ResponseReturnValue:
    """Show the cases one has a relation to."""
    status = request.args.get("status", "aaben")
    status = status if status in ("aaben", "lukket", "alle") else "aaben"
    search = request.args.get("soeg", "").strip()[:200]
    after = number(request.args.get("efter"))
    command = FindCases(search, status, after)
    rows = current.app.read(caselist.find_cases, current.visitor.actor, command)
    names = {"aaben": gettext("Åbne"), "lukket": gettext("Lukkede"), "alle": gettext("Alle")}
    following = None
    if len(rows) == caselist.PAGE:
        following = "/sager?" + urlencode({"status": status, "soeg": search, "efter": rows[-1].id})
    page = shown.CaseList(
        tabs=tuple(
            Tab(text, "/sager?" + urlencode({"status": name, "soeg": search}), name == status)
            for name, text in names.items()
        ),
        rows=tuple(_row(row) for row in rows),
        pager=Pager(
            "/sager?" + urlencode({"status": status, "soeg": search}) if after is not None else None,
            following,
        ),
        status=status,
        search=search,
    )
    return render_template("cases/list.html", page=page)


def _row(row: CaseLine) -> shown.CaseRow:
    following = row.next_task
    return shown.CaseRow(
        ref=CaseRef(str(row.id), row.number, row.child, row.protected),
        status=row.status,
        kind=value_words(row.kind),
        unit=row.unit or "",
        handler=row.caseworker,
        phase=f"{following.procedure}: {following.name}" if following else "",
        next_limit=limit_of(following) if following else None,
        open_tasks=row.open_tasks,
    )


@pages.get("/sager/<int:case_id>")
def overview(case_id: int) -> ResponseReturnValue:
    """Show the overview of a case."""
    return overview_page(case_id)


def overview_page(case_id: int, personal_number: str = "") -> ResponseReturnValue:
    """Return the overview of a case; with the child's personal number when it was asked for, else masked."""
    sheet = case_rows.read(
        case_id,
        "sag",
        *(Part.TASKS, Part.DEADLINES, Part.COURSES, Part.DOCUMENTS),
        *(Part.PARTIES, Part.JOURNAL, Part.INCIDENTS),
    )
    head = case_rows.head(sheet, "")
    child = case_rows.child(sheet)
    page = shown.CasePage(
        case=head,
        child=replace(child, number=personal_number, may_see_number=False) if personal_number else child,
        people=case_rows.people(sheet),
        tasks=tuple(case_rows.task_row(row, head.ref) for row in sheet.open_tasks),
        deadlines=case_rows.deadlines(sheet),
        instances=tuple(case_rows.instance(sheet, row) for row in sheet.courses),
        timeline=tuple(case_rows.entry(line) for line in sheet.journal[:12]),
        documents=case_rows.documents(sheet),
        startable=case_rows.startable(sheet),
        messages=case_messages.links(sheet),
        incidents=tuple(Fact(gettext("Noget er gået i stå"), text) for text in sheet.incidents),
    )
    return render_template("cases/overview.html", page=page)


_PEOPLES = frozenset({"userTask", "manualTask"})
_SILENT = frozenset(
    {
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "scriptTask",
        "businessRuleTask",
    }
)
"""What the engine does between the steps: the drawing shows it, the story of a course does not."""


@pages.get("/sager/<int:case_id>/forloeb")
@inline_styles
def courses(case_id: int) -> ResponseReturnValue:
    """Show the procedures of a case; one of them with its diagram and how far it has come."""
    sheet = case_rows.read(case_id, "forløb", Part.COURSES)
    chosen = request.args.get("vis", "")
    row = next((row for row in sheet.courses if str(row.instance.id) == chosen), None)
    if chosen and row is None:
        raise NotFound(gettext("Forløbet hører ikke til sagen."))
    row = row or next(iter(sheet.courses), None)
    opened = None
    if row is not None:
        course = current.app.read(course_page.read_course, current.visitor.actor, row.instance.id)
        marks = {element: state_of(state) for element, state in course.marks.items()}
        opened = shown.CourseView(
            instance=case_rows.instance(sheet, row),
            diagram=diagram_view(
                row.procedure_key,
                row.version,
                row.procedure,
                tuple(step for step in course.steps if step.element not in _SILENT),
                marks,
            ),
            log=tuple(
                shown.Entry(
                    step.at,
                    step.who or gettext("Systemet"),
                    step.name
                    if step.outcome == "completed"
                    else gettext("%(step)s – bortfaldt", step=step.name),
                    "task" if step.kind in _PEOPLES else "case",
                )
                for step in course.log
                if step.kind not in _SILENT
            ),
            may_cancel=row.instance.status == "igang"
            and row.instance.parent_id is None
            and sheet.relation in case_rows.MANAGERS,
        )
    page = shown.CoursesPage(
        case_rows.head(sheet, "/forloeb"),
        tuple(case_rows.instance(sheet, one) for one in sheet.courses),
        opened,
        case_rows.startable(sheet),
    )
    return render_template("cases/courses.html", page=page)


@pages.get("/sager/<int:case_id>/dokumenter")
def documents(case_id: int) -> ResponseReturnValue:
    """Show the documents of a case."""
    sheet = case_rows.read(case_id, "dokumenter", Part.DOCUMENTS)
    case = sheet.file.case
    page = shown.DocumentsPage(
        case_rows.head(sheet, "/dokumenter"),
        case_rows.documents(sheet),
        tuple(
            map(
                case_rows.attachment,
                current.app.run(attachments.list_attachments, current.visitor.actor, case_id),
            )
        ),
        case is not None and case.status == "aaben",
    )
    return render_template("cases/documents.html", page=page)


@pages.get("/sager/<int:case_id>/deltagere")
def parties(case_id: int) -> ResponseReturnValue:
    """Show the people of a case."""
    sheet = case_rows.read(case_id, "deltagere", Part.PARTIES)
    kinds = {
        "fagperson": gettext("Fagperson"),
        "netvaerksperson": gettext("Netværk"),
        "familie": gettext("Familie"),
        "fm": gettext("Forældremyndighed"),
    }
    rows = tuple(
        shown.Party(
            party.name,
            kinds.get(party.kind, party.kind),
            party.function or value_words(party.details.get("relation")),
            party.organisation or "",
            "" if party.consent is None else gettext("ja") if party.consent else gettext("nej"),
        )
        for party in sheet.parties
    )
    page = shown.PartiesPage(
        case_rows.head(sheet, "/deltagere"), case_rows.child(sheet), case_rows.people(sheet), rows
    )
    return render_template("cases/parties.html", page=page)
