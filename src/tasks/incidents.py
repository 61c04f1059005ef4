"""Something cannot go on: an incident with an owner, tried again from its page (architecture.md 4)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from records.tables import Case, Incident, Instance, Message, Person, Procedure, ProcedureVersion
from records.unit import Unit
from tasks import notices
from tasks.people import holders

ADMINISTRATOR = "sekretaer_drift"

NO_RECIPIENT = "ingen_modtager"
CALL_REFUSED = "kald_afvist"
RETURN_FAILED = "retur_fejlet"
SEVERAL_RECEIVERS = "flere_modtagere"
START_REFUSED = "start_afvist"
UNDELIVERED = "besked"
OF_MESSAGES = (SEVERAL_RECEIVERS, START_REFUSED, UNDELIVERED)
"""Troubles of a message: it is there still when the course that sent it is gone."""

_VALUE = re.compile(r'"[^"]*"|(?<=, ikke )»[^«]*«')
"""Where an error's text may quote what somebody wrote."""


def open_incident(
    unit: Unit,
    kind: str,
    text: str,
    command: Mapping[str, Any],
    *,
    case_id: int | None = None,
    instance_id: int | None = None,
    task_id: int | None = None,
    element_id: str | None = None,
    version_id: int | None = None,
) -> Incident:
    """Open an incident and tell its owner; the same trouble again counts up the open one instead.

    `command` says what "try again" does (`tasks.retries`); it tells one trouble from another at the same
    place. The owner is the procedure's procesejer, else the systemforvalter (decisions.md "People"). `text`
    is Danish and says what to do. It holds nothing personal: the owner need not have a relation to the case,
    so what an error quotes of the answers is left out.
    """
    text = _VALUE.sub("…", text)
    same = unit.session.scalar(
        select(Incident).where(
            Incident.resolved_at.is_(None),
            Incident.kind == kind,
            Incident.case_id == case_id,
            Incident.instance_id == instance_id,
            Incident.task_id == task_id,
            Incident.element_id == element_id,
            Incident.command == dict(command),
        )
    )
    if same is not None:
        same.attempts += 1
        same.text = text
        return same
    incident = Incident(
        case_id=case_id,
        instance_id=instance_id,
        task_id=task_id,
        kind=kind,
        element_id=element_id,
        text=text,
        command=dict(command),
        owner_id=owner_of(unit, version_id),
        opened_at=unit.now,
    )
    unit.session.add(incident)
    unit.session.flush()
    if incident.owner_id is not None:
        number = unit.session.scalar(select(Case.number).where(Case.id == case_id)) if case_id else None
        notices.to_people(unit, "haendelse", [incident.owner_id], text, case_id=None, case_number=number)
    return incident


def owner_of(unit: Unit, version_id: int | None) -> int | None:
    """Return who owns the troubles of a version of a procedure, or (None) those of no procedure at all.

    Somebody who works here no longer owns nothing.
    """
    if version_id is not None:
        owner = unit.session.scalar(
            select(Person.id)
            .join(Procedure, Procedure.owner_id == Person.id)
            .join(ProcedureVersion, ProcedureVersion.procedure_id == Procedure.id)
            .where(ProcedureVersion.id == version_id, Person.active.is_(True))
        )
        if owner is not None:
            return owner
    found = holders(unit, ADMINISTRATOR)
    return found[0][0] if found else None


def settle(unit: Unit, resolution: str, *where: Any) -> None:
    """Settle the open incidents that these conditions name: their trouble is gone without anybody's doing."""
    unit.session.execute(
        update(Incident)
        .where(Incident.resolved_at.is_(None), *where)
        .values(resolved_at=unit.now, resolution=resolution)
        .execution_options(synchronize_session=False)
    )


def settle_no_recipient(unit: Unit, task_ids: Sequence[int]) -> None:
    """Settle what was reported of tasks that nobody could get: somebody has them now."""
    settle(
        unit, "Opgaven har fået en modtager.", Incident.kind == NO_RECIPIENT, Incident.task_id.in_(task_ids)
    )


def no_recipient(unit: Unit, task_id: int, row: Mapping[str, Any], text: str) -> None:
    """A task opened that nobody can get: it is kept open and its incident has an owner."""
    open_incident(
        unit,
        NO_RECIPIENT,
        f"»{row['name']}« har ingen modtager. {text} Ret rollen eller banen, og prøv igen.",
        {"gentag": "modtager", "task_id": task_id},
        case_id=row["case_id"],
        instance_id=row["instance_id"],
        task_id=task_id,
        element_id=row["element_id"],
        version_id=row["version_id"],
    )


def several_receivers(unit: Unit, message: Message) -> None:
    """A message could go to several places; somebody must end all but one of them first."""
    open_incident(
        unit,
        SEVERAL_RECEIVERS,
        f"Beskeden »{message.name}« har flere mulige modtagere. "
        "Afslut de forløb, der ikke skal have den, og prøv igen.",
        {"gentag": "besked", "message_id": message.id},
        case_id=message.case_id,
        instance_id=message.sender_id,
        element_id=message.name,
    )


def start_refused(unit: Unit, message: Message, version_id: int, procedure: str, text: str) -> None:
    """A message would start a procedure whose own condition says no, or which fails in its first steps."""
    open_incident(
        unit,
        START_REFUSED,
        f"Beskeden »{message.name}« kunne ikke starte {procedure}: {text} Prøv igen, når det er rettet.",
        {"gentag": "besked", "message_id": message.id},
        case_id=message.case_id,
        instance_id=message.sender_id,
        element_id=message.name,
        version_id=version_id,
    )


def undelivered(unit: Unit, message: Message, version_id: int | None, text: str) -> None:
    """The receiver of a message failed; `version_id` is the receiver's, whose owner mends it."""
    open_incident(
        unit,
        UNDELIVERED,
        f"Beskeden »{message.name}« kunne ikke afleveres: {text} Prøv igen, når det er rettet.",
        {"gentag": "besked", "message_id": message.id},
        case_id=message.case_id,
        instance_id=message.sender_id,
        element_id=message.name,
        version_id=version_id,
    )


def return_failed(unit: Unit, caller: Instance, child: Instance, text: str) -> None:
    """A called procedure is over, but the one that called it cannot go on from there."""
    open_incident(
        unit,
        RETURN_FAILED,
        f"Det kaldte forløb er slut, men forløbet kom ikke videre: {text} Prøv igen, når det er rettet.",
        {"gentag": "retur", "instance_id": child.id, "call_id": child.parent_call},
        case_id=caller.case_id,
        instance_id=caller.id,
        version_id=caller.version_id,
    )


def call_refused(unit: Unit, caller: Instance, element_id: str, call_id: str, text: str) -> None:
    """A procedure called another that does not start; the caller waits at the call meanwhile."""
    open_incident(
        unit,
        CALL_REFUSED,
        f"Forløbet er ikke kommet videre: {text} Prøv igen, når det er rettet.",
        {"gentag": "kald", "instance_id": caller.id, "call_id": call_id, "element_id": element_id},
        case_id=caller.case_id,
        instance_id=caller.id,
        element_id=element_id,
        version_id=caller.version_id,
    )


def settle_call(unit: Unit, caller: Instance, call_id: str) -> None:
    """Settle what was reported of a call that the caller waits for no longer."""
    reported = unit.session.scalars(
        select(Incident).where(
            Incident.instance_id == caller.id,
            Incident.kind.in_((CALL_REFUSED, RETURN_FAILED)),
            Incident.resolved_at.is_(None),
        )
    )
    gone = [incident.id for incident in reported if incident.command.get("call_id") == call_id]
    if gone:
        settle(unit, "Kaldet er ikke længere aktuelt.", Incident.id.in_(gone))
