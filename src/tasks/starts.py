"""Starting a procedure: by a person, by a message, or as a called procedure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, update

from engine.diagrams import Diagram
from engine.types import Element
from records.prepared import Prepared
from records.tables import Attachment, ProcedureVersion, Task
from records.unit import Unit
from tasks import access
from tasks.attachments import bind, take
from tasks.beginning import begin, check_condition
from tasks.casefile import CaseFile, lock_case, read_case_file
from tasks.errors import Invalid, NotOpen, Refused
from tasks.facts import person_options, starter_fact
from tasks.forms import check_answers, initial, needed_roles, read
from tasks.gathered import Gathered, Opened
from tasks.guidance import Guidance, guidance_of
from tasks.guides import GuideText, guides_for
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.procedure_page import purpose_of
from tasks.procedures import diagram_of, needs_case, start_element, valid_version, valid_versions
from tasks.roles import EVERYBODY


@dataclass(frozen=True, slots=True)
class StartProcedure:
    """Start a procedure, in a case or without one. `at` names the start event when there are several."""

    key: str
    case_id: int | None = None
    at: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started:
    """The new instance, and the task the starter can go straight to (None: somebody else is next)."""

    instance_id: int
    case_id: int | None
    next_task_id: int | None


@dataclass(frozen=True, slots=True)
class StartWay:
    """One way to start a procedure: its start event, what it is called, and what it is for."""

    key: str
    procedure: str
    at: str
    name: str
    purpose: str
    has_form: bool
    """Something is filled in before it begins."""
    refusal: str | None = None
    """Why it cannot be begun in the case now (Danish); None: it can, or its form decides."""


def start_procedure(unit: Unit, actor: Actor, command: StartProcedure) -> Started:
    """Start the version that is valid now.

    Raises Refused (role or start condition), Invalid (the start form), NotOpen (the case is closed),
    NotFound.
    """
    file = lock_case(unit, command.case_id) if command.case_id is not None else CaseFile(unit)
    if file.case is not None:
        access.require(unit, actor, file, "start")
    version_id = valid_version(unit, command.key)
    diagram = diagram_of(unit, version_id)
    start = diagram.elements[start_element(diagram, command.at)]
    if start.message is not None:
        raise Refused(f"»{start.name}« startes af en besked, ikke af en person.")
    check_may_start(actor, diagram, start)
    if needs_case(diagram) and file.case is None:
        raise Invalid(f"{diagram.name} hører til en sag. Start den fra sagens side.")
    if file.case is not None and not needs_case(diagram):
        raise Invalid(f"{diagram.name} begynder uden en sag. Start den fra forsiden.")
    if file.case is not None and file.case.status != "aaben":
        raise NotOpen(f"Sag {file.case.number} er lukket. Genåbn den, før du starter et forløb.")
    answers = _checked(unit, diagram, start, file, command.answers)
    files = _taken(unit, actor, diagram, start, answers)
    own = (actor.person_id, actor.name) if actor.person_id is not None else None
    check_condition(unit, diagram, file, {**answers, **starter_fact(own)})
    outcome = Outcome(unit, actor, file, answers=answers)
    instance = begin(outcome, version_id, diagram, start, data={})
    bind(unit, files, instance)
    opened = outcome.finish()
    return Started(instance.id, instance.case_id, take_next(unit, actor, opened))


def check_may_start(actor: Actor, diagram: Diagram, start: Element) -> None:
    """Check `startes_af` of the start event, else of the process. Raises Refused."""
    if actor.person_id is None:
        return
    if not _allowed(actor, diagram, start):
        raise Refused(f"Din rolle kan ikke starte {diagram.name}.")


_STILL_OPEN = (
    select(Task.id, Task.assignee_id, Task.name, Task.case_id, Task.instance_id)
    .where(Task.id.in_(bindparam("tasks", expanding=True)), Task.status == "aaben")
    .order_by(Task.id)
    .limit(1)
)
_TAKE = Prepared(
    update(Task).where(Task.id == bindparam("task")).values(assignee_id=bindparam("by"), rev=Task.rev + 1)
)


def take_next(unit: Unit, actor: Actor, opened: Sequence[Opened]) -> int | None:
    """Return the first of the opened tasks that is the actor's, claiming it when it waits for a group of
    theirs."""
    if actor.person_id is None:
        return None
    mine = [
        task.id
        for task in opened
        if task.assignee_id == actor.person_id or (task.assignee_id is None and task.group_id in actor.groups)
    ]
    # It may have been cancelled or given to somebody by what followed in the same act.
    row = unit.connection.execute(_STILL_OPEN, {"tasks": mine}).first() if mine else None
    if row is None or row.assignee_id not in (None, actor.person_id):
        return None
    if row.assignee_id is None:
        unit.run(_TAKE, {"task": row.id, "by": actor.person_id})
        journal = Gathered(unit, actor)
        journal.journal("taget", f"{row.name} taget", row.case_id, row.instance_id, row.id)
        journal.write()
    task_id: int = row.id
    return task_id


def list_ways(unit: Unit, actor: Actor, file: CaseFile | None) -> list[StartWay]:
    """Return the ways in which the actor may start a procedure by hand: in a case that has just been read,
    or those that need none. A closed case has none."""
    case = file.case if file is not None else None
    if case is not None and case.status != "aaben":
        return []
    ways: list[StartWay] = []
    for line in valid_versions(unit):
        diagram = diagram_of(unit, line.version_id)
        if needs_case(diagram) != (case is not None):
            continue
        refusal = _refusal(unit, diagram, file) if file is not None else None
        for start in diagram.starts:
            if start.message is None and _allowed(actor, diagram, start):
                name = start.name if len(diagram.starts) > 1 and start.name else line.name
                purpose = start.properties.get("formaal") or purpose_of(diagram)
                has_form = bool(start.properties.get("skema"))
                known = None if has_form else refusal
                ways.append(StartWay(line.key, line.name, start.id, name, purpose, has_form, known))
    return ways


def _refusal(unit: Unit, diagram: Diagram, file: CaseFile) -> str | None:
    try:
        check_condition(unit, diagram, file, {})
    except Refused as refusal:
        return refusal.message
    return None


def read_start(unit: Unit, actor: Actor, command: StartProcedure) -> "StartForm":
    """Return what the page that starts a procedure shows. Raises Refused, NotFound, Invalid."""
    file = read_case_file(unit, command.case_id) if command.case_id is not None else CaseFile(unit)
    if file.case is not None:
        relation = access.require(unit, actor, file, "start")
        access.log_view(unit, actor, file.case.id, relation, "start")
    version_id = valid_version(unit, command.key)
    diagram = diagram_of(unit, version_id)
    start = diagram.elements[start_element(diagram, command.at)]
    check_may_start(actor, diagram, start)
    context: dict[str, Any] = dict(file.facts())
    schema: Mapping[str, Any] | None = None
    values: dict[str, Any] = {}
    if start.properties.get("skema"):
        schema = diagram.form(start.properties["skema"])
        form = read(schema)
        context["personer"] = person_options(unit, sorted(needed_roles(form)))
        values = initial(form, context=context)
    refused = _refusal(unit, diagram, file) if schema is None else None
    name = start.name if len(diagram.starts) > 1 and start.name else diagram.name
    return StartForm(
        command.key,
        name,
        start.id,
        diagram_version(unit, version_id),
        file,
        guidance_of(diagram, start.id),
        schema,
        context,
        values,
        refused,
        start.properties.get("formaal") or purpose_of(diagram),
        guides_for(unit, actor, start.properties.get("vejledninger", ""), None),
    )


@dataclass(frozen=True, slots=True)
class StartForm:
    """The page on which a procedure is started."""

    key: str
    name: str
    at: str
    version: int
    file: CaseFile
    guidance: Guidance
    schema: Mapping[str, Any] | None
    context: dict[str, Any]
    values: dict[str, Any]
    refused: str | None
    """Why it cannot be started now, known before anything is filled in."""
    purpose: str
    """What the procedure is for."""
    guides: tuple[GuideText, ...] = ()
    """The guides that the start names."""


def diagram_version(unit: Unit, version_id: int) -> int:
    """Return the number of a version."""
    return unit.session.scalar(select(ProcedureVersion.version).where(ProcedureVersion.id == version_id)) or 0


def _checked(
    unit: Unit, diagram: Diagram, start: Element, file: CaseFile, posted: Mapping[str, Any]
) -> dict[str, Any]:
    name = start.properties.get("skema")
    if not name:
        return {}
    form = read(diagram.form(name))
    context = {**file.facts(), "personer": person_options(unit, needed_roles(form))}
    checked = check_answers(form, posted, context=context, now=unit.now, calendar=unit.calendar)
    if checked.errors:
        raise Invalid("Der er felter, der skal rettes.", checked.errors)
    return checked.answers


def _taken(
    unit: Unit, actor: Actor, diagram: Diagram, start: Element, answers: dict[str, Any]
) -> list[Attachment]:
    name = start.properties.get("skema")
    return take(unit, actor, read(diagram.form(name)), answers) if name else []


def _allowed(actor: Actor, diagram: Diagram, start: Element) -> bool:
    allowed = _names(start.properties.get("startes_af") or diagram.properties.get("startes_af") or "")
    return EVERYBODY in allowed or actor.holds(*allowed)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())
