"""Incidents as their owners see them: listed, tried again, or settled with a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from records.tables import Case, Incident, Instance, Person, Procedure, ProcedureVersion
from records.unit import Unit
from tasks import notices, timers
from tasks.access import Denied
from tasks.calendar_starts import start_again
from tasks.calls import call_again, return_again
from tasks.documentjobs import retry_job
from tasks.errors import NotFound, NotOpen, Refused, TaskError
from tasks.incidents import ADMINISTRATOR
from tasks.messages import RetryMessage, deliver_again
from tasks.outbox import retry_letter
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.routing import Unresolved, recipient_of
from tasks.texts import REASON, required
from tasks.worktasks import lock_task

LATEST = 200


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident; it names case number, procedure and step, nothing personal."""

    id: int
    kind: str
    text: str
    case_number: str | None
    procedure: str | None
    element_id: str | None
    owner: str | None
    opened_at: datetime
    attempts: int
    resolved_at: datetime | None
    resolution: str | None
    resolved_by: str | None
    retryable: bool


@dataclass(frozen=True, slots=True)
class ListIncidents:
    """Open incidents, or the settled ones."""

    resolved: bool = False


@dataclass(frozen=True, slots=True)
class RetryIncident:
    """Try again what the incident stopped."""

    incident_id: int


@dataclass(frozen=True, slots=True)
class ResolveIncident:
    """Settle an incident by hand, saying what was done."""

    incident_id: int
    resolution: str


def list_incidents(unit: Unit, actor: Actor, command: ListIncidents) -> list[IncidentLine]:
    """Return the incidents the actor owns, or all of them for the systemforvalter; newest first, one
    statement."""
    resolved = Incident.resolved_at.is_not(None) if command.resolved else Incident.resolved_at.is_(None)
    query = (
        _query(actor).where(resolved).order_by(Incident.opened_at.desc(), Incident.id.desc()).limit(LATEST)
    )
    return [_line(*row) for row in unit.session.execute(query)]


def read_incident(unit: Unit, actor: Actor, incident_id: int) -> IncidentLine:
    """Return one incident. Raises NotFound; Denied for somebody who does not own it."""
    row = unit.session.execute(_query(actor).where(Incident.id == incident_id)).one_or_none()
    if row is None:
        raise _not_theirs(unit.session.get(Incident, incident_id))
    return _line(*row)


def _not_theirs(found: Incident | None) -> TaskError:
    if found is None:
        return NotFound("Hændelsen findes ikke.")
    return Denied(found.case_id, found.instance_id, "hændelse", "Hændelsen hører til en anden.")


def _query(actor: Actor) -> Select[Incident, str, str, str, str]:
    if actor.person_id is None:
        raise Refused("Kun en person har hændelser.")
    resolver = aliased(Person)
    query = (
        select(Incident, Case.number, Procedure.name, Person.name, resolver.name)
        .outerjoin(Case, Case.id == Incident.case_id)
        .outerjoin(Instance, Instance.id == Incident.instance_id)
        .outerjoin(ProcedureVersion, ProcedureVersion.id == Instance.version_id)
        .outerjoin(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
        .outerjoin(resolver, resolver.id == Incident.resolved_by_id)
    )
    return query if actor.holds(ADMINISTRATOR) else query.where(Incident.owner_id == actor.person_id)


def _line(
    row: Incident, number: str | None, procedure: str | None, owner: str | None, resolver: str | None
) -> IncidentLine:
    return IncidentLine(
        row.id,
        row.kind,
        row.text,
        number,
        procedure,
        row.element_id,
        owner,
        row.opened_at,
        row.attempts,
        row.resolved_at,
        row.resolution,
        resolver,
        row.command.get("gentag") in RETRIES,
    )


def retry_incident(unit: Unit, actor: Actor, command: RetryIncident) -> bool:
    """Try again; True when it worked and the incident is closed. Raises Refused, NotFound, NotOpen,
    EngineError."""
    incident = _owned(unit, actor, command.incident_id)
    again = RETRIES.get(str(incident.command.get("gentag")))
    if again is None:
        raise NotOpen(
            "Hændelsen kan ikke prøves igen herfra. Bed modtageren udføre opgaven igen, og afslut hændelsen."
        )
    before = incident.attempts
    worked = again(unit, actor, incident.command)
    if worked is False:
        incident.attempts = before + 1
        return False
    # Where nothing waits any more, nobody is needed: that a course has moved on settles it as well.
    _close(unit, actor, incident, "Prøvet igen" if worked else "Ikke længere aktuel")
    return True


def resolve_incident(unit: Unit, actor: Actor, command: ResolveIncident) -> None:
    """Settle an incident with a reason. Raises Refused, NotFound, NotOpen, Invalid."""
    incident = _owned(unit, actor, command.incident_id)
    resolution = required(command.resolution, "begrundelse", "Skriv, hvad der er gjort.", REASON)
    _close(unit, actor, incident, resolution)


def _owned(unit: Unit, actor: Actor, incident_id: int) -> Incident:
    found = unit.session.get(Incident, incident_id)
    if found is None or (found.owner_id != actor.person_id and not actor.holds(ADMINISTRATOR)):
        raise _not_theirs(found)
    if found.resolved_at is not None:
        raise NotOpen("Hændelsen er allerede afsluttet.")
    return found


def _close(unit: Unit, actor: Actor, incident: Incident, resolution: str) -> None:
    incident.resolved_at = unit.now
    incident.resolved_by_id = actor.person_id
    incident.resolution = resolution


def _reroute(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    """Find the recipient of a task again; None when somebody has it or it is done."""
    locked = lock_task(unit, int(command["task_id"]))
    task, file = locked.task, locked.file
    if task.status != "aaben" or task.assignee_id is not None or task.group_id is not None:
        return None
    lane = diagram_of(unit, task.version_id).elements[task.element_id].lane
    found = recipient_of(unit, lane, file.people, file.unit_id)
    if isinstance(found, Unresolved):
        return False
    task.role, task.assignee_id, task.group_id = found.role, found.assignee_id, found.group_id
    task.on_behalf_of_id = found.on_behalf_of_id
    task.rev += 1
    if found.assignee_id is not None:
        number = file.case.number if file.case else None
        notices.new_tasks(
            unit, [notices.TaskNotice(found.assignee_id, task.id, task.case_id, task.name, number)]
        )
    return True


def _deliver(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    return deliver_again(unit, actor, RetryMessage(int(command["message_id"])))


def _unpark(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    return timers.unpark(unit, int(command["timer_id"])) or None


def _begin(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    return start_again(unit, int(command["start_id"]))


def _send(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    return retry_letter(unit, command["outbox_id"]) or None


def _document(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    return retry_job(unit, int(command["job_id"])) or None


RETRIES: Mapping[str, Callable[[Unit, Actor, Mapping[str, Any]], bool | None]] = {
    "modtager": _reroute,
    "besked": _deliver,
    "kald": call_again,
    "retur": return_again,
    "timer": _unpark,
    "brev": _send,
    "dokument": _document,
    "kalender": _begin,
}
"""What is tried again, by the `gentag` of an incident's command: True it worked, False it did not, None
nothing waits for it any more."""
