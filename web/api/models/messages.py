"""Messages that a person gives a running procedure of a case."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from web.api.models import Model
from web.api.models.work import ClauseText, GuidanceText


class PossibleMessage(Model):
    """A message that the caller may give now; `receiver` is the place that waits for it, once only."""

    receiver: str
    name: str
    message: str
    key: str | None
    course: str
    procedure: str
    element: str
    purpose: str
    has_form: bool


class PossibleMessages(Model):
    """The messages that the caller may give in a case now."""

    items: list[PossibleMessage]


class MessageForm(Model):
    """How a message is given: with a form, whose answers are what it says, or with no more than a yes."""

    receiver: str
    name: str
    procedure: str
    version: int
    element: str
    case: str
    guidance: GuidanceText
    clauses: list[ClauseText]
    form: dict[str, Any] | None
    values: dict[str, Any]
    context: dict[str, Any]


class MessageAnswers(Model):
    """The answers of the form."""

    answers: dict[str, Any] = Field(default_factory=dict)


class MessageGiven(Model):
    """The message, the course that has gone on, and the caller's own next task in it."""

    id: str
    course: str
    next_task: str | None
