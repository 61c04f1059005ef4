"""A stage for rehearsals on which every act of a person goes over HTTP, as from another program.

The script's words are those of the rehearsals that ship with the procedures. What a person does is a call of
the API with that person's token, and the clock is moved through the API too. Only what sets the scene, and
what `saa` looks at afterwards, goes to the service directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.zone import COPENHAGEN
from tasks import cases, claims, complete, consent_page, messages, messages_by_hand, starts
from tasks import meeting_acts as meetings
from tasks import meeting_people_acts as people
from tasks.calendar_starts import Look
from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale, TaskError
from tasks.people import SYSTEM, Actor
from tests.web.town import Caller, Town

CLOCK_KEEPER = "finn.dahl"

REFUSALS: Mapping[int, type[TaskError]] = {
    403: Refused,
    404: NotFound,
    409: NotOpen,
    412: Stale,
    422: Invalid,
}


@dataclass(frozen=True, slots=True)
class Request:
    """One call: the path below the API, and the body."""

    path: str
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Began:
    """What starting a procedure answered."""

    instance_id: int


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _clean(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


CALLS: Mapping[Callable[..., Any], Callable[[Any], Request]] = {
    complete.complete_task: lambda c: Request(f"/tasks/{c.task_id}/complete", {"answers": dict(c.answers)}),
    claims.claim_task: lambda c: Request(f"/tasks/{c.task_id}/claim"),
    claims.hand_over: lambda c: Request(
        f"/tasks/{c.task_id}/hand-over", {"person": str(c.to_person_id), "reason": c.reason}
    ),
    starts.start_procedure: lambda c: Request(
        f"/procedures/{c.key}/start", _clean(case=_text(c.case_id), at=c.at, answers=dict(c.answers or {}))
    ),
    messages.send_message: lambda c: Request(
        f"/cases/{c.case_id}/messages", _clean(name=c.name, key=c.key, data=dict(c.payload))
    ),
    messages_by_hand.give_message: lambda c: Request(
        f"/cases/{c.case_id}/messages/possible/{c.receiver}", {"answers": dict(c.answers)}
    ),
    cases.reallocate: lambda c: Request(
        f"/cases/{c.case_id}/reallocate", {"person": str(c.to_person_id), "reason": c.reason}
    ),
    cases.close_case: lambda c: Request(f"/cases/{c.case_id}/close", {"reason": c.reason}),
    cases.reopen_case: lambda c: Request(f"/cases/{c.case_id}/reopen", {"reason": c.reason}),
    cases.cancel_course: lambda c: Request(f"/courses/{c.instance_id}/cancel", {"reason": c.reason}),
    consent_page.register_consent: lambda c: Request(
        f"/cases/{c.case_id}/consents",
        _clean(
            given_by=c.given_by,
            scope=c.scope,
            recipients=list(c.recipients),
            given_on=c.given_on and c.given_on.isoformat(),
            expires_on=c.expires_on and c.expires_on.isoformat(),
        ),
    ),
    meetings.move_meeting: lambda c: Request(
        f"/meetings/{c.meeting_id}/move",
        _clean(
            starts_at=c.starts_at and c.starts_at.isoformat(),
            ends_at=c.ends_at and c.ends_at.isoformat(),
            place=c.place,
            link=c.link,
        ),
    ),
    meetings.cancel_meeting: lambda c: Request(f"/meetings/{c.meeting_id}/cancel", {"reason": c.reason}),
    meetings.order_items: lambda c: Request(
        f"/meetings/{c.meeting_id}/order", {"items": [str(one) for one in c.item_ids]}
    ),
    meetings.move_item: lambda c: Request(
        f"/meeting-items/{c.item_id}/move", _clean(slot=c.slot, meeting=_text(c.meeting_id))
    ),
    meetings.open_item: lambda c: Request(f"/meeting-items/{c.item_id}/open"),
    meetings.close_item: lambda c: Request(f"/meeting-items/{c.item_id}/close", _clean(decision=c.decision)),
    meetings.put_off_item: lambda c: Request(f"/meeting-items/{c.item_id}/put-off", {"reason": c.reason}),
    people.add_participant: lambda c: Request(
        f"/meetings/{c.meeting_id}/participants",
        _clean(
            role=c.role,
            name=c.name,
            person=_text(c.person_id),
            item=_text(c.item_id),
            profession=c.profession,
            organisation=c.organisation,
            contact=c.contact,
            part=c.part,
        ),
    ),
    people.remove_participant: lambda c: Request(f"/meeting-participants/{c.participant_id}/remove"),
    people.mark_attendance: lambda c: Request(
        f"/meeting-participants/{c.participant_id}/attendance", {"attendance": c.attendance}
    ),
    people.answer_invitation: lambda c: Request(
        f"/meeting-participants/{c.participant_id}/answer", {"answer": c.answer}
    ),
}
"""Use case → the call that does the same. An act of a person that is not in here cannot be played."""


class ApiStage:
    """The demo municipality behind its API."""

    def __init__(self, town: Town) -> None:
        """Take the municipality."""
        self._town = town
        self.calendar: Look | None = None
        self.calls: list[str] = []
        """What was called, so that a test can see that the story went over the API."""

    def run(self, use_case: Any, actor: Actor, command: Any) -> Any:
        """Do what a person does over the API; set the scene directly."""
        if actor is SYSTEM or actor.person_id is None:
            return self._town.app.run(use_case, actor, command)
        request = CALLS[use_case](command)
        answer = self._post(self._caller(actor), request)
        return Began(int(answer["id"])) if use_case is starts.start_procedure else answer

    def read(self, query: Any, actor: Actor, command: Any) -> Any:
        """Look at what there is now."""
        return self._town.app.read(query, actor, command)

    def move_to(self, at: datetime) -> None:
        """Move the clock through the API; what falls due happens in order on the way."""
        self._post(self._town.caller(CLOCK_KEEPER), Request("/clock", {"now": at.isoformat()}))

    def settle(self) -> None:
        """Do what the service's own scheduler does between two acts."""
        self._town.app.fire_due()

    def set_clock(self, at: datetime) -> None:
        """Set the clock before anything has happened."""
        self._town.move_to(at.astimezone(COPENHAGEN))

    def person(self, name: str) -> int:
        """Return the id of a person of the cast. Raises LookupError."""
        if name not in self._town.cast.names:
            raise LookupError(f"{name} er ikke i persongalleriet")
        return self._town.cast.names[name]

    def actor(self, person_id: int) -> Actor:
        """Return a person with the roles held."""
        return self._town.app.actor(person_id)

    def _caller(self, actor: Actor) -> Caller:
        username = next(name for name, known in self._town.cast.people.items() if known == actor.person_id)
        return self._town.caller(username)

    def _post(self, caller: Caller, request: Request) -> Any:
        key = f"scenarie-{len(self.calls)}"
        response = caller.call("POST", request.path, dict(request.body), Idempotency_Key=key)
        self.calls.append(request.path)
        answer = response.get_json(force=True)
        if response.status_code >= 400:
            kind = REFUSALS.get(response.status_code)
            if kind is None:
                raise AssertionError((request.path, response.status_code, answer))
            raise kind(answer["detail"] or answer["title"], answer["fields"])
        return answer
