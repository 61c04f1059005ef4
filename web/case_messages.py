"""Messages that a person gives a running procedure of a case: »Mødet er flyttet«."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tasks import messages_by_hand
from tasks.casepage import CaseSheet
from tasks.errors import TaskError
from tasks.messages_by_hand import GiveMessage, MessageForm, ReadMessage
from web import current
from web.errors import status_of, wants_json
from web.pages import messages as shown
from web.rows import case_ref
from web.words import gettext
from web.work import clause_views, form_view, guidance_view

pages = Blueprint("case_messages", __name__)


def links(sheet: CaseSheet) -> tuple[shown.MessageLink, ...]:
    """Return the messages that the person may give in a case that they have just read."""
    rows = current.app.read(messages_by_hand.possible_in, current.visitor.actor, sheet.file)
    assert sheet.file.case is not None
    base = f"/sager/{sheet.file.case.id}/besked"
    return tuple(
        shown.MessageLink(row.name, f"{base}/{row.receiver}", row.procedure, row.key or "") for row in rows
    )


@pages.get("/sager/<int:case_id>/besked/<receiver>")
def ask(case_id: int, receiver: str) -> ResponseReturnValue:
    """Show the form of a message, or ask whether to give it."""
    return _page(_read(case_id, receiver), "")


def _read(case_id: int, receiver: str) -> MessageForm:
    # Seeing a case is logged, so reading is a write.
    return current.app.run(
        messages_by_hand.read_message, current.visitor.actor, ReadMessage(case_id, receiver)
    )


def _page(sheet: MessageForm, message: str, status: int = 200) -> ResponseReturnValue:
    ref = case_ref(sheet.file)
    assert ref is not None
    page = shown.MessagePage(
        name=sheet.name,
        case=ref,
        procedure_key=sheet.procedure_key,
        procedure=sheet.procedure,
        version=sheet.version,
        action=f"/sager/{ref.id}/besked/{sheet.receiver}",
        guidance=guidance_view(sheet.guidance),
        clauses=clause_views(sheet.guidance),
        form=form_view(sheet.schema, sheet.context, sheet.values) if sheet.schema is not None else None,
        message=message,
    )
    return render_template("cases/message.html", page=page), status


@pages.post("/sager/<int:case_id>/besked/<receiver>")
def give(case_id: int, receiver: str) -> ResponseReturnValue:
    """Give the message and go back to the case."""
    content = request.get_json(silent=True) if request.is_json else None
    answers = content.get("answers") if isinstance(content, dict) else None
    command = GiveMessage(case_id, receiver, answers if isinstance(answers, dict) else {})
    try:
        current.app.run(messages_by_hand.give_message, current.visitor.actor, command)
    except TaskError as error:
        if wants_json() or request.is_json:
            raise
        # When the page itself is refused too, that refusal is what to tell.
        return _page(_read(case_id, receiver), error.message, status_of(error))
    flash(gettext("Beskeden er givet, og forløbet er gået videre."), "success")
    target = f"/sager/{case_id}"
    return jsonify(location=target) if request.is_json else redirect(target)
