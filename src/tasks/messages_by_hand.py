"""Messages that a person gives a running procedure from its case: »Mødet er flyttet«, »Ny opfølgning ønskes«.

Only places whose diagram says so take one by hand: they have a form for it (`skema`) or name who may
(`startes_af`). The others wait for what another procedure or system sends. A place is named by its engine id,
which is never used again: what was given twice, or too late, reaches nobody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select

from engine import runtime
from engine.diagrams import Diagram
from engine.lines import names
from engine.profile import BY_HAND
from engine.types import Element
from records.tables import Instance, Procedure, ProcedureVersion, Receiver
from records.unit import Unit
from tasks import access
from tasks.answers import submit
from tasks.attachments import bind, take
from tasks.casefile import CaseFile, lock_case, read_case_file
from tasks.cases import CASEWORKER
from tasks.complete import checked_answers
from tasks.delivery import hand_over, write_message
from tasks.errors import NotOpen, Refused
from tasks.facts import person_options
from tasks.forms import initial, needed_roles, read
from tasks.guidance import Guidance, guidance_of
from tasks.meetings import live_facts
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.procedures import diagram_of
from tasks.roles import EVERYBODY
from tasks.starts import take_next

MOST = 100
"""Waiting places of a case that are looked at."""


@dataclass(frozen=True, slots=True)
class PossibleMessage:
    """A message that the actor may give now."""

    receiver: str
    """What to call the waiting place when the message is given."""
    name: str
    """Name of the element that waits."""
    message: str
    key: str | None
    instance_id: int
    procedure: str
    element_id: str
    purpose: str
    has_form: bool


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """Read what the page shows on which a message is given."""

    case_id: int
    receiver: str


@dataclass(frozen=True, slots=True)
class MessageForm:
    """What the page shows on which a message is given; without `schema` it is only confirmed."""

    receiver: str
    name: str
    procedure_key: str
    procedure: str
    version: int
    element_id: str
    file: CaseFile
    guidance: Guidance
    schema: Mapping[str, Any] | None
    context: dict[str, Any]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GiveMessage:
    """Give a waiting place its message; the answers of its form are what the message says."""

    case_id: int
    receiver: str
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenMessage:
    """The message as it was kept, and the task the giver can go straight on to."""

    message_id: int
    instance_id: int
    next_task_id: int | None


def list_possible(unit: Unit, actor: Actor, case_id: int) -> list[PossibleMessage]:
    """Return the messages that the actor may give in a case now, oldest course first; none in a closed case.

    Raises Denied (no relation to the case), NotFound.
    """
    return possible_in(unit, actor, read_case_file(unit, case_id))


def possible_in(unit: Unit, actor: Actor, file: CaseFile) -> list[PossibleMessage]:
    """Return the same for a case that has just been read, in one statement. Raises Denied."""
    access.require(unit, actor, file, "besked")
    assert file.case is not None
    if file.case.status != "aaben":
        return []
    found: list[PossibleMessage] = []
    for place, instance, _, procedure in unit.session.execute(_places(file.case.id).limit(MOST)):
        element = diagram_of(unit, instance.version_id).elements[place.element_id]
        if is_by_hand(element) and _may_give(unit, actor, file, element):
            found.append(
                PossibleMessage(
                    place.engine_id,
                    element.name,
                    place.name,
                    place.key,
                    instance.id,
                    procedure.name,
                    element.id,
                    element.properties.get("formaal", ""),
                    bool(element.properties.get("skema")),
                )
            )
    return found


def read_message(unit: Unit, actor: Actor, command: ReadMessage) -> MessageForm:
    """Return the page on which a message is given; the view of the case is logged.

    Raises Denied and Refused (may not give it), NotOpen (nobody waits for it any longer), NotFound.
    """
    file = read_case_file(unit, command.case_id)
    relation = access.require(unit, actor, file, "besked")
    place, instance, version, procedure = _waiting(unit, actor, file, command.receiver)
    access.log_view(unit, actor, command.case_id, relation, "besked")
    diagram = diagram_of(unit, instance.version_id)
    element = diagram.elements[place.element_id]
    data = _data(element, instance, place)
    context: dict[str, Any] = {**file.facts(), **live_facts(unit, diagram, instance), **data}
    schema: Mapping[str, Any] | None = None
    values: dict[str, Any] = {}
    if element.properties.get("skema"):
        schema = diagram.form(element.properties["skema"])
        form = read(schema)
        context["personer"] = person_options(unit, sorted(needed_roles(form)))
        values = initial(form, context=context, process_data=data)
    return MessageForm(
        place.engine_id,
        element.name,
        procedure.key,
        procedure.name,
        version.version,
        element.id,
        file,
        guidance_of(diagram, element.id),
        schema,
        context,
        values,
    )


def give_message(unit: Unit, actor: Actor, command: GiveMessage) -> GivenMessage:
    """Give exactly this waiting place its message, and let the procedure go on.

    Raises Denied and Refused (may not give it), NotOpen (the case is closed, or nobody waits for it any
    longer), Invalid (per field), NotFound, and EngineError (the procedure cannot go on: nothing is changed).
    """
    file = lock_case(unit, command.case_id)
    access.require(unit, actor, file, "besked")
    place, instance, _, _ = _waiting(unit, actor, file, command.receiver, locked=True)
    diagram = diagram_of(unit, instance.version_id)
    element = diagram.elements[place.element_id]
    context = {**file.facts(), **live_facts(unit, diagram, instance), **_data(element, instance, place)}
    answers = _checked(unit, diagram, element, context, command)
    name = element.properties.get("skema")
    files = take(unit, actor, read(diagram.form(name)), answers, instance_id=instance.id) if name else []
    bind(unit, files, instance)
    outcome = Outcome(unit, actor, file)
    message = write_message(outcome, None, place.name, place.key, answers, None)
    if element.properties.get("skema"):
        submit(unit, actor, instance.id, element.id, answers)
    outcome.journal("besked", f"Besked givet: {element.name}", instance)
    hand_over(outcome, message, place)
    opened = outcome.finish()
    return GivenMessage(message.id, instance.id, take_next(unit, actor, opened))


def is_by_hand(element: Element) -> bool:
    """Tell whether a person may give the message that an element waits for."""
    return any(element.properties.get(name) for name in BY_HAND)


def _places(case_id: int) -> "Select[Receiver, Instance, ProcedureVersion, Procedure]":
    return (
        select(Receiver, Instance, ProcedureVersion, Procedure)
        .join(Instance, Instance.id == Receiver.instance_id)
        .join(ProcedureVersion, ProcedureVersion.id == Instance.version_id)
        .join(Procedure, Procedure.id == ProcedureVersion.procedure_id)
        .where(Receiver.case_id == case_id, Instance.status == "igang")
        .order_by(Instance.id, Receiver.id)
    )


def _waiting(
    unit: Unit, actor: Actor, file: CaseFile, receiver: str, *, locked: bool = False
) -> tuple[Receiver, Instance, ProcedureVersion, Procedure]:
    """Return the place that waits, with its instance (locked when asked for) and procedure."""
    assert file.case is not None
    if file.case.status != "aaben":
        raise NotOpen(f"Sag {file.case.number} er lukket.")
    query = _places(file.case.id).where(Receiver.engine_id == receiver)
    if locked:
        query = query.with_for_update(of=Instance)
    # What no place is called need not be asked of the database, which takes no NUL.
    row = unit.session.execute(query).first() if receiver.isascii() and receiver.isprintable() else None
    if row is None:
        raise NotOpen("Der er ikke længere nogen, der venter på beskeden. Se på sagen, hvor forløbet er nu.")
    place, instance, version, procedure = row
    element = diagram_of(unit, instance.version_id).elements[place.element_id]
    if not is_by_hand(element):
        raise Refused(f"»{element.name}« sendes af en anden procedure, ikke af en person.")
    if not _may_give(unit, actor, file, element):
        raise Refused(f"Din rolle kan ikke give beskeden »{element.name}«.")
    return place, instance, version, procedure


def _may_give(unit: Unit, actor: Actor, file: CaseFile, element: Element) -> bool:
    if actor.person_id is None:
        return True
    allowed = names(element.properties.get("startes_af", "")) or [CASEWORKER]
    if EVERYBODY in allowed:
        return True
    own = {role for role, person in file.people.items() if person.person_id == actor.person_id}
    own |= set(access.stands_in_for(actor, file.people))
    if element.properties.get("startes_af"):
        return bool(own & set(allowed)) or actor.holds(*allowed)
    return CASEWORKER in own or access.leads(unit, actor, file.unit_id)


def _data(element: Element, instance: Instance, place: Receiver) -> dict[str, Any]:
    # An event on an edge waits since its step began: what was written inside the step since then counts.
    inside = element.kind == "boundaryEvent"
    return runtime.data(instance.state, None if inside else place.engine_id) or runtime.data(instance.state)


def _checked(
    unit: Unit, diagram: Diagram, element: Element, context: Mapping[str, Any], command: GiveMessage
) -> dict[str, Any]:
    name = element.properties.get("skema")
    if not name:
        return {}
    return checked_answers(unit, read(diagram.form(name)), command.answers, context)
