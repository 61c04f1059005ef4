"""Messages given by hand over the API: which are possible now, their forms, and giving one."""

from __future__ import annotations

from flask import Response

from tasks import messages_by_hand
from tasks.messages_by_hand import GiveMessage, GivenMessage, ReadMessage
from web.api.ids import text_of
from web.api.models import messages as models
from web.api.routes import app, caller, operation
from web.api.work import clause_texts, guidance_text
from web.api.writing import write


@operation(
    "GET",
    "/cases/{case_id}/messages/possible",
    summary="Messages one may give now",
    out=models.PossibleMessages,
    errors=(403,),
)
def list_possible_messages(case_id: int) -> models.PossibleMessages:
    """Return the messages that the caller may give the courses of a case now; none in a closed one."""
    rows = app().read(messages_by_hand.list_possible, caller(), case_id)
    return models.PossibleMessages(
        items=[
            models.PossibleMessage(
                receiver=row.receiver,
                name=row.name,
                message=row.message,
                key=row.key,
                course=str(row.instance_id),
                procedure=row.procedure,
                element=row.element_id,
                purpose=row.purpose,
                has_form=row.has_form,
            )
            for row in rows
        ]
    )


@operation(
    "GET",
    "/cases/{case_id}/messages/possible/{receiver}",
    summary="How a message is given",
    out=models.MessageForm,
    errors=(403, 409),
)
def get_possible_message(case_id: int, receiver: str) -> models.MessageForm:
    """Return the form of a message that may be given now, and its texts."""
    sheet = app().run(messages_by_hand.read_message, caller(), ReadMessage(case_id, receiver))
    return models.MessageForm(
        receiver=sheet.receiver,
        name=sheet.name,
        procedure=sheet.procedure_key,
        version=sheet.version,
        element=sheet.element_id,
        case=str(case_id),
        guidance=guidance_text(sheet.guidance),
        clauses=clause_texts(sheet.guidance),
        form=dict(sheet.schema) if sheet.schema is not None else None,
        values=sheet.values,
        context=sheet.context,
    )


@operation(
    "POST",
    "/cases/{case_id}/messages/possible/{receiver}",
    summary="Give a message by hand",
    body=models.MessageAnswers,
    out=models.MessageGiven,
    errors=(400, 403, 409),
)
def give_possible_message(case_id: int, receiver: str, body: models.MessageAnswers) -> Response:
    """Give exactly this waiting place its message; what it says are the form's answers."""
    return write(messages_by_hand.give_message, GiveMessage(case_id, receiver, body.answers), _given)


def _given(given: GivenMessage) -> models.MessageGiven:
    return models.MessageGiven(
        id=str(given.message_id), course=str(given.instance_id), next_task=text_of(given.next_task_id)
    )
