"""The cases one has a relation to, and the pages of one case."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import caselist, casepage, cases, course_page, people, starts
from tasks.caselist import FindCases
from tasks.casepage import CaseSheet, CourseLine, JournalLine, ReadCase, ReadJournal, TaskOfCase
from tasks.errors import Invalid, NotFound
from web import current
from web.inbox import start_address
from web.pages import cases as shown
from web.pages.inbox import Startable
from web.pages.parts import CaseRef, Choice, Fact, Limit, Pager, PersonRef, Tab, TaskRow
from web.procedures import diagram_view
from web.rows import case_ref, limit_of, state_of, step_marks
from web.security import inline_styles
from web.words import gettext

pages = Blueprint("cases", __name__)

_KINDS = {
    "udfoert": "task",
    "taget": "task",
    "frigivet": "task",
    "overdraget": "people",
    "rettet": "task",
    "timer": "deadline",
    "paamindelse": "deadline",
    "eskalering": "deadline",
    "dokument": "document",
    "notat": "note",
    "raadgiver_sat": "people",
    "omfordelt": "people",
    "besked": "message",
}
"""Kind of a journal entry → icon of the timeline; the rest are about the case itself."""


@pages.get("/sager")
def list_all() -> ResponseReturnValue:
    """Show the cases one has a relation to."""
    status = request.args.get("status", "aaben")
    status = status if status in ("aaben", "lukket", "alle") else "aaben"
    search = request.args.get("soeg", "").strip()[:200]
    after = request.args.get("efter", "")
    command = FindCases(search, status, int(after) if after.isdigit() and len(after) < 19 else None)
    rows = current.app.read(caselist.find_cases, current.visitor.actor, command)
    names = {"aaben": gettext("Åbne"), "lukket": gettext("Lukkede"), "alle": gettext("Alle")}
    following = None
    if len(rows) == caselist.PAGE:
        following = "/sager?" + urlencode({"status": status, "soeg": search, "efter": rows[-1].id})
    page = shown.CaseList(
        tabs=tuple(Tab(text, f"/sager?status={name}", name == status) for name, text in names.items()),
        rows=tuple(
            shown.CaseRow(
                ref=CaseRef(str(row.id), row.number, row.child, row.protected),
                status=row.status,
                kind=row.kind or "",
                field=row.unit or "",
                handler=row.caseworker,
                phase="",
                next_limit=None,
                open_tasks=row.open_tasks,
                relation="",
            )
            for row in rows
        ),
        pager=Pager(None, following),
        search=search,
    )
    return render_template("cases/list.html", page=page)


def _sheet(case_id: int, what: str) -> CaseSheet:
    # Seeing a case is logged, so reading one is a write.
    return current.app.run(casepage.read_case, current.visitor.actor, ReadCase(case_id, what))


def _head(sheet: CaseSheet, part: str) -> shown.CaseHead:
    case = sheet.file.case
    ref = case_ref(sheet.file)
    assert case is not None
    assert ref is not None
    base = f"/sager/{case.id}"
    parts = [
        (gettext("Overblik"), base),
        (gettext("Forløb"), f"{base}/forloeb"),
        (gettext("Dokumenter"), f"{base}/dokumenter"),
        (gettext("Deltagere"), f"{base}/deltagere"),
        (gettext("Tidslinje"), f"{base}/tidslinje"),
    ]
    manages = sheet.relation in ("raadgiver", "leder")
    if manages:
        parts.append((gettext("Opslag"), f"{base}/opslag"))
    is_open = case.status == "aaben"
    handler = sheet.file.people.get("raadgiver")
    return shown.CaseHead(
        ref=ref,
        status=case.status,
        opened=case.opened_at.astimezone(current.COPENHAGEN).date(),
        kind=case.kind or "",
        field=sheet.unit or "",
        district="",
        handler=handler.name if handler else None,
        relation=relation_name(sheet.relation),
        tabs=tuple(Tab(text, href, href == base + part) for text, href in parts),
        closed=case.closed_at.astimezone(current.COPENHAGEN).date() if case.closed_at else None,
        closed_reason=case.close_reason or "",
        may_note=is_open,
        may_reallocate=is_open and manages,
        may_close=is_open and manages,
        may_reopen=not is_open and manages,
    )


def relation_name(relation: str) -> str:
    """Return a relation to a case in Danish."""
    names = {
        "raadgiver": gettext("Rådgiver"),
        "kontorleder": gettext("Kontorleder"),
        "leder": gettext("Leder"),
        "opgave": gettext("Har en opgave i sagen"),
        "ingen": gettext("Ingen"),
    }
    return names.get(relation, relation)


@pages.get("/sager/<int:case_id>")
def overview(case_id: int) -> ResponseReturnValue:
    """Show the overview of a case."""
    sheet = _sheet(case_id, "sag")
    head = _head(sheet, "")
    page = shown.CasePage(
        case=head,
        child=_child(sheet),
        people=_people(sheet),
        tasks=tuple(_task(row, head.ref) for row in sheet.open_tasks),
        deadlines=_deadlines(sheet),
        instances=tuple(_instance(sheet, row) for row in sheet.courses),
        timeline=tuple(_entry(line) for line in sheet.journal[:12]),
        documents=_documents(sheet),
        startable=_startable(sheet),
        incidents=tuple(Fact(gettext("Noget er gået i stå"), text) for text in sheet.incidents),
    )
    return render_template("cases/overview.html", page=page)


def _child(sheet: CaseSheet) -> shown.Child:
    child = sheet.file.child
    assert child is not None
    address = gettext("Beskyttet") if child.protected_address else (child.address or "")
    return shown.Child(
        child.name,
        child.born,
        "••••••-••••" if child.cpr_index else "",
        address,
        child.protected_address,
        tuple(party.name for party in sheet.parties if party.kind == "fm"),
    )


def _people(sheet: CaseSheet) -> tuple[Fact, ...]:
    return tuple(
        Fact(sheet.role_names.get(role, role), person.name) for role, person in sheet.file.people.items()
    )


def _task(row: TaskOfCase, ref: CaseRef) -> TaskRow:
    task, actor = row.task, current.visitor.actor
    return TaskRow(
        id=str(task.id),
        name=task.name,
        procedure=row.procedure,
        version=0,
        role=row.role,
        case=ref,
        limit=limit_of(task),
        opened=task.opened_at,
        holder=row.assignee,
        mine=task.assignee_id == actor.person_id,
        group=row.group if task.assignee_id is None else None,
        may_claim=task.assignee_id is None and task.group_id in actor.groups,
        rev=task.rev,
    )


_DEADLINE_STATES = {"loeber": "open", "overholdt": "met", "for_sent": "missed", "bortfaldet": "dropped"}


def _deadlines(sheet: CaseSheet) -> tuple[shown.DeadlineRow, ...]:
    return tuple(
        shown.DeadlineRow(
            row.title,
            Limit(row.due_on, row.work_on),
            row.rule,
            _DEADLINE_STATES[row.status],
            row.ended_at,
            f"/opgaver/{row.task_id}" if row.task_id else None,
        )
        for row in sheet.deadlines
    )


def _instance(sheet: CaseSheet, row: CourseLine) -> shown.InstanceRow:
    instance = row.instance
    caller = next((other for other in sheet.courses if other.instance.id == instance.parent_id), None)
    return shown.InstanceRow(
        id=str(instance.id),
        key=row.procedure_key,
        name=row.procedure,
        version=row.version,
        state=instance.status,
        started=instance.started_at,
        steps=step_marks(row.line),
        href=f"/sager/{instance.case_id}/forloeb?vis={instance.id}",
        ended=instance.end_name or "",
        called_from=caller.procedure if caller else "",
        waits_for=row.waits_for,
    )


def _entry(line: JournalLine) -> shown.Entry:
    return shown.Entry(
        at=line.at,
        who=line.who or gettext("Systemet"),
        text=line.text,
        kind=_KINDS.get(line.kind, "case"),
        href=f"/opgaver/{line.task_id}" if line.task_id else None,
    )


def _documents(sheet: CaseSheet) -> tuple[shown.DocumentRow, ...]:
    return tuple(
        shown.DocumentRow(
            str(row.id),
            row.title,
            row.kind,
            row.version,
            row.issued_at,
            row.issued_by or gettext("Systemet"),
            f"/dokumenter/{row.id}",
            tuple(
                (number, f"/dokumenter/{row.id}?version={number}") for number in range(row.version - 1, 0, -1)
            ),
        )
        for row in sheet.documents
    )


def _startable(sheet: CaseSheet) -> tuple[Startable, ...]:
    case = sheet.file.case
    if case is None or case.status != "aaben":
        return ()
    ways = current.app.read(starts.list_ways, current.visitor.actor, case.id)
    return tuple(Startable(way.key, way.name, way.purpose, start_address(way, case.id)) for way in ways)


@pages.get("/sager/<int:case_id>/forloeb")
@inline_styles
def courses(case_id: int) -> ResponseReturnValue:
    """Show the procedures of a case; one of them with its diagram and how far it has come."""
    sheet = _sheet(case_id, "forløb")
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
            instance=_instance(sheet, row),
            diagram=diagram_view(row.procedure_key, row.version, row.procedure, course.steps, marks),
            log=tuple(
                shown.Entry(step.at, step.who or gettext("Systemet"), step.name, detail=step.outcome)
                for step in course.log
            ),
            may_cancel=row.instance.status == "igang"
            and row.instance.parent_id is None
            and sheet.relation in ("raadgiver", "leder"),
        )
    page = shown.CoursesPage(
        _head(sheet, "/forloeb"),
        tuple(_instance(sheet, one) for one in sheet.courses),
        opened,
        _startable(sheet),
    )
    return render_template("cases/courses.html", page=page)


@pages.get("/sager/<int:case_id>/dokumenter")
def documents(case_id: int) -> ResponseReturnValue:
    """Show the documents of a case."""
    sheet = _sheet(case_id, "dokumenter")
    page = shown.DocumentsPage(_head(sheet, "/dokumenter"), _documents(sheet))
    return render_template("cases/documents.html", page=page)


@pages.get("/sager/<int:case_id>/deltagere")
def parties(case_id: int) -> ResponseReturnValue:
    """Show the people of a case."""
    sheet = _sheet(case_id, "deltagere")
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
            party.function or "",
            party.organisation or "",
            "" if party.consent is None else gettext("ja") if party.consent else gettext("nej"),
        )
        for party in sheet.parties
    )
    page = shown.PartiesPage(_head(sheet, "/deltagere"), _child(sheet), _people(sheet), rows)
    return render_template("cases/parties.html", page=page)


def _before() -> int | None:
    text = request.args.get("foer", "")
    return int(text) if text.isdigit() and len(text) < 19 else None


@pages.get("/sager/<int:case_id>/tidslinje")
def timeline(case_id: int) -> ResponseReturnValue:
    """Show all that has happened in a case."""
    return _timeline(case_id, "", "")


def _timeline(case_id: int, note: str, error: str) -> ResponseReturnValue:
    sheet = _sheet(case_id, "tidslinje")
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
        following = f"/sager/{case_id}/tidslinje?" + urlencode({"art": kind, "foer": lines[-1].id})
    page = shown.TimelinePage(
        case=_head(sheet, "/tidslinje"),
        rows=tuple(_entry(line) for line in lines),
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


@pages.get("/sager/<int:case_id>/opslag")
def viewings(case_id: int) -> ResponseReturnValue:
    """Show who has seen the case, and in what relation."""
    sheet = _sheet(case_id, "opslag")
    lines = current.app.read(casepage.read_viewings, current.visitor.actor, ReadJournal(case_id, limit=200))
    rows = tuple(
        shown.Entry(
            line.at,
            line.who,
            gettext("Afvist: %(what)s", what=line.what) if line.refused else line.what.capitalize(),
            "view",
            relation_name(line.relation),
        )
        for line in lines
    )
    return render_template(
        "cases/viewings.html", page=shown.ViewingsPage(_head(sheet, "/opslag"), rows, Pager())
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
    sheet = _sheet(case_id, what)
    title, explanation, button = (gettext(text) for text in _ACTIONS[what])
    candidates: tuple[PersonRef, ...] = ()
    if what == "omfordel":
        found = current.app.read(people.list_holders, current.visitor.actor, cases.CASEWORKER)
        now_with = sheet.file.people.get(cases.CASEWORKER)
        candidates = tuple(
            PersonRef(str(person_id), name)
            for person_id, name in found
            if now_with is None or now_with.person_id != person_id
        )
    page = shown.CaseActionPage(
        case=_head(sheet, ""),
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
            if not to.isdigit() or len(to) > 18:
                raise Invalid("", {"til": gettext("Vælg en rådgiver.")})
            current.app.run(cases.reallocate, actor, cases.Reallocate(case_id, int(to), reason))
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
    """Ask before a course is cancelled."""
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
