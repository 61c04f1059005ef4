"""The page of a task: filling it in, drafts, claiming, handing over, correcting; and starting a procedure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import claims, drafts, worksheet
from tasks.complete import CompleteTask, complete_task
from tasks.correct import CorrectStep, correct_step
from tasks.errors import Invalid, Stale, TaskError
from tasks.guidance import Guidance
from tasks.guides import GuideText
from tasks.starts import StartForm, StartProcedure, read_start, start_procedure
from tasks.worksheet import ReadTask, TaskSheet, read_task
from web import current, dates, handbook
from web.asked import number
from web.errors import status_of, wants_json
from web.pages import work as shown
from web.pages.parts import Fact, PersonRef
from web.rows import case_facts, case_ref, limit_of, step_marks, submission
from web.words import gettext

pages = Blueprint("work", __name__)

CALENDAR = "/opgaver/kalender.json"


@pages.get(CALENDAR)
def calendar() -> ResponseReturnValue:
    """Give the browser the closing days and the zone, so that forms there count as the server does."""
    response = jsonify(current.app.read(worksheet.browser_calendar, current.visitor.actor, None))
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


@pages.get("/opgaver/<int:task_id>")
def task(task_id: int) -> ResponseReturnValue:
    """Show a task: its form while it is open, what was answered when it is over."""
    sheet = _sheet(task_id)
    if sheet.task.status != "aaben":
        return render_template("work/done.html", page=_done(sheet))
    return render_template("work/task.html", page=_page(sheet))


def _sheet(task_id: int) -> TaskSheet:
    # Seeing a case is logged, so reading a task is a write.
    sheet = current.app.run(read_task, current.visitor.actor, ReadTask(task_id))
    current.notices_read(sheet.notices_read)
    return sheet


def _page(sheet: TaskSheet) -> shown.TaskPage:
    own_group = sheet.task.group_id is not None
    return shown.TaskPage(
        task=_head(sheet),
        case=None if sheet.limited else case_ref(sheet.file),
        facts=_facts(sheet),
        guidance=guidance_view(sheet.guidance),
        clauses=clause_views(sheet.guidance),
        steps=step_marks(sheet.line),
        documents=_documents(sheet),
        form=form_view(sheet.schema, sheet.context, sheet.values),
        step_guides=step_guides(sheet.guides),
        meeting=_meeting(sheet),
        draft=shown.Draft(sheet.draft_rev, sheet.draft_at, sheet.draft_by),
        earlier=tuple(submission(entry) for entry in sheet.earlier),
        may_complete=sheet.mine,
        may_claim=sheet.claimable,
        may_release=sheet.mine and own_group,
        may_hand_over=(sheet.mine or sheet.relation == "leder") and bool(sheet.heirs),
    )


def _head(sheet: TaskSheet) -> shown.TaskHead:
    task = sheet.task
    numbered = [step for step in sheet.line if step.number]
    place = next(
        (
            gettext("trin %(number)s af %(count)s", number=step.number, count=len(numbered))
            for step in numbered
            if step.here or any(inner.here for inner in step.inner)
        ),
        "",
    )
    return shown.TaskHead(
        id=str(task.id),
        name=task.name,
        element=task.element_id,
        procedure_key=sheet.procedure_key,
        procedure=sheet.procedure,
        provisional=bool(sheet.guidance.draft),
        version=sheet.version,
        valid_from=sheet.valid_from.astimezone(current.COPENHAGEN).date(),
        role=sheet.role,
        limit=limit_of(task),
        opened=task.opened_at,
        rev=task.rev,
        step=place,
        holder=sheet.assignee,
        on_behalf_of=sheet.on_behalf_of,
        group=sheet.group,
        sends_personal_data=sheet.basis is not None,
        legal_basis=sheet.basis.law if sheet.basis else "",
        consents=sheet.basis.valid if sheet.basis and sheet.basis.by_consent else (),
        by_consent=sheet.basis is not None and sheet.basis.by_consent,
        course=sheet.course or "",
    )


def _facts(sheet: TaskSheet) -> tuple[Fact, ...]:
    """Return the facts of the case beside the form; of a limited account only whom it is about."""
    facts = case_facts(sheet.file)
    return facts[:1] if sheet.limited else facts


def _documents(sheet: TaskSheet) -> tuple[shown.BoundDocument, ...]:
    return tuple(
        shown.BoundDocument(f"/dokumenter/{line.id}", line.title, line.version, line.issued_at)
        for line in sheet.documents
    )


def _meeting(sheet: TaskSheet) -> shown.BoundMeeting | None:
    """Return the meeting that a procedure without a case is about; the page of a case's task asks for the
    case's meetings by itself."""
    meeting = sheet.context.get("moede")
    if sheet.task.case_id is not None or not meeting:
        return None
    return shown.BoundMeeting(
        href=f"/moeder/{meeting['id']}" + ("/dagsorden" if meeting["punkter"] else ""),
        title=meeting["titel"],
        status=meeting["status"],
        starts=datetime.fromisoformat(meeting["start"]),
        ends=datetime.fromisoformat(meeting["slut"]),
        place=meeting["sted"] or "",
    )


def guidance_view(given: Guidance) -> shown.Guidance:
    """Return what the procedure says about a step."""
    return shown.Guidance(
        given.purpose, given.content, given.participants, given.responsible, given.instructions
    )


def step_guides(texts: Sequence[GuideText]) -> tuple[shown.StepGuide, ...]:
    """Return the guides that a step names."""
    return tuple(
        shown.StepGuide(text.title, text.version, f"/haandbog/{text.key}?version={text.version}", text.text)
        for text in texts
    )


def clause_views(given: Guidance) -> tuple[shown.Clause, ...]:
    """Return the clauses that a step rests on."""
    return tuple(shown.Clause(clause, text) for clause, text in given.clauses)


def form_view(
    schema: Mapping[str, Any] | None, context: Mapping[str, Any], values: Mapping[str, Any]
) -> shown.FormView:
    """Return everything the browser needs to show a form; without a schema an empty one."""
    empty = {"type": "default", "schemaVersion": 19, "components": []}
    return shown.FormView(
        dict(schema) if schema is not None else empty,
        dict(context),
        dict(values),
        CALENDAR,
        current.app.now(),
    )


def _done(sheet: TaskSheet, *, correcting: bool = False) -> shown.DonePage:
    mine = tuple(submission(entry) for entry in sheet.earlier if entry.task_id == sheet.task.id)
    cancelled = sheet.task.status == "annulleret"
    return shown.DonePage(
        task=_head(sheet),
        case=None if sheet.limited else case_ref(sheet.file),
        facts=_facts(sheet),
        guidance=guidance_view(sheet.guidance),
        clauses=clause_views(sheet.guidance),
        steps=step_marks(sheet.line),
        documents=_documents(sheet),
        step_guides=step_guides(sheet.guides),
        submissions=mine,
        cancelled_reason=(sheet.task.close_reason or "") if cancelled else None,
        closed_at=sheet.task.completed_at,
        may_correct=sheet.why_not_correct is None,
        why_not_correct="" if cancelled else (sheet.why_not_correct or ""),
        correction=form_view(sheet.schema, sheet.context, sheet.values) if correcting else None,
    )


def _asked() -> dict[str, Any]:
    content = request.get_json(silent=True)
    return content if isinstance(content, dict) else {}


@pages.post("/opgaver/<int:task_id>/afslut")
def complete(task_id: int) -> ResponseReturnValue:
    """Complete a task; the answer says where to go next: my next step in the case, else back to the list."""
    asked = _asked()
    command = CompleteTask(task_id, asked.get("answers") or {}, number(asked.get("rev")))
    done = current.app.run(complete_task, current.visitor.actor, command)
    if done.next_task_id is not None:
        flash(gettext("Opgaven er afsluttet. Her er dit næste trin."), "success")
        return jsonify(location=f"/opgaver/{done.next_task_id}")
    flash(gettext("Opgaven er afsluttet."), "success")
    return jsonify({})


@pages.put("/opgaver/<int:task_id>/kladde")
def save_draft(task_id: int) -> ResponseReturnValue:
    """Save what is filled in so far."""
    asked = _asked()
    command = drafts.SaveDraft(task_id, asked.get("answers") or {}, number(asked.get("draft_rev")))
    try:
        saved = current.app.run(drafts.save_draft, current.visitor.actor, command)
    except Stale as error:
        newest = current.app.read(drafts.draft_rev, current.visitor.actor, task_id)
        return jsonify(message=error.message, draft_rev=newest), status_of(error)
    return jsonify(draft_rev=saved.rev, saved_at=dates.clock(saved.saved_at))


@pages.post("/opgaver/<int:task_id>/tag")
def claim(task_id: int) -> ResponseReturnValue:
    """Take a group's task and open it."""
    command = claims.ClaimTask(task_id, number(request.form.get("rev")))
    current.app.run(claims.claim_task, current.visitor.actor, command)
    return redirect(f"/opgaver/{task_id}")


@pages.post("/opgaver/<int:task_id>/laeg-tilbage")
def release(task_id: int) -> ResponseReturnValue:
    """Give a task back to its group."""
    command = claims.ReleaseTask(task_id, number(request.form.get("rev")))
    current.app.run(claims.release_task, current.visitor.actor, command)
    flash(gettext("Opgaven er lagt tilbage til gruppen. Kladden er gemt."), "success")
    return redirect("/opgaver?vis=grupper")


@pages.get("/opgaver/<int:task_id>/giv-videre")
def hand_over_form(task_id: int) -> ResponseReturnValue:
    """Ask whom to give the task to, and why."""
    return _hand_over_page(task_id, {})


def _hand_over_page(task_id: int, errors: Mapping[str, str]) -> ResponseReturnValue:
    sheet = _sheet(task_id)
    page = shown.HandOverPage(
        task=_head(sheet),
        case=None if sheet.limited else case_ref(sheet.file),
        people=tuple(PersonRef(str(person_id), name) for person_id, name in sheet.heirs),
        chosen=request.form.get("til", ""),
        reason=request.form.get("begrundelse", ""),
        errors=dict(errors),
    )
    return render_template("work/hand_over.html", page=page), 422 if errors else 200


@pages.post("/opgaver/<int:task_id>/giv-videre")
def hand_over(task_id: int) -> ResponseReturnValue:
    """Give the task to somebody else."""
    to, reason = request.form.get("til", ""), request.form.get("begrundelse", "")
    errors: dict[str, str] = {}
    holder = number(to)
    if holder is None:
        errors["til"] = gettext("Vælg, hvem der skal have opgaven.")
    if not reason.strip():
        errors["begrundelse"] = gettext("Skriv en begrundelse.")
    if holder is None or errors:
        return _hand_over_page(task_id, errors)
    command = claims.HandOver(task_id, holder, reason, number(request.form.get("rev")))
    try:
        current.app.run(claims.hand_over, current.visitor.actor, command)
    except Invalid as error:
        return _hand_over_page(task_id, error.fields)
    flash(gettext("Opgaven er givet videre."), "success")
    return redirect("/opgaver")


@pages.get("/opgaver/<int:task_id>/ret")
def correct_form(task_id: int) -> ResponseReturnValue:
    """Show the finished task's form with its answers, to be corrected."""
    sheet = _sheet(task_id)
    if sheet.why_not_correct is not None:
        return redirect(f"/opgaver/{task_id}")
    return render_template("work/done.html", page=_done(sheet, correcting=True))


@pages.post("/opgaver/<int:task_id>/ret")
def correct(task_id: int) -> ResponseReturnValue:
    """Save a correction beside the first answer."""
    asked = _asked()
    command = CorrectStep(task_id, asked.get("answers") or {}, str(asked.get("begrundelse") or ""))
    current.app.run(correct_step, current.visitor.actor, command)
    flash(gettext("Rettelsen er gemt ved siden af det første svar."), "success")
    return jsonify(location=f"/opgaver/{task_id}")


@pages.get("/procedurer/<key>/begynd")
def start_form(key: str) -> ResponseReturnValue:
    """Show how a procedure is begun: with the form of its start event, when it has one."""
    return _start_page(_start(key), "")


def _start(key: str) -> StartForm:
    case_id = number(request.args.get("sag"))
    command = StartProcedure(key, case_id, request.args.get("start"))
    return current.app.run(read_start, current.visitor.actor, command)


def _start_page(start: StartForm, message: str, status: int = 200) -> ResponseReturnValue:
    page = shown.StartPage(
        key=start.key,
        name=start.name,
        provisional=bool(start.guidance.draft),
        version=start.version,
        case=case_ref(start.file),
        guidance=guidance_view(start.guidance),
        clauses=clause_views(start.guidance),
        form=form_view(start.schema, start.context, start.values) if start.schema is not None else None,
        purpose=start.purpose,
        refused=start.refused is not None,
        event=start.at,
        message=message or start.refused or "",
        guides=handbook.known_by_all(),
        step_guides=step_guides(start.guides),
    )
    return render_template("work/start.html", page=page), status


@pages.post("/procedurer/<key>/begynd")
def start(key: str) -> ResponseReturnValue:
    """Begin a procedure and go to the first step when it is mine."""
    case_id = number(request.args.get("sag"))
    command = StartProcedure(key, case_id, request.args.get("start"), _asked().get("answers") or {})
    try:
        started = current.app.run(start_procedure, current.visitor.actor, command)
    except TaskError as error:
        if wants_json() or request.is_json:
            raise
        return _start_page(_start(key), error.message, status_of(error))
    if started.next_task_id is not None:
        target = f"/opgaver/{started.next_task_id}"
    elif started.case_id is not None:
        target = f"/sager/{started.case_id}"
    else:
        target = "/opgaver"
    flash(gettext("Forløbet er begyndt."), "success")
    return jsonify(location=target) if request.is_json else redirect(target)
