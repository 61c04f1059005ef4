"""Called procedures: instances of their own, whose end brings the caller on (decisions.md "Instances,
calls")."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from engine import runtime
from engine.types import CalledProcess, Ended
from records.tables import Incident, Instance, Receiver, Task, Timer
from records.unit import Unit
from tasks.beginning import begin, check_condition
from tasks.casefile import CaseFile, lock_case
from tasks.errors import TaskError
from tasks.gathered import cancel_rows
from tasks.incidents import call_refused, settle, settle_call
from tasks.people import Actor
from tasks.procedures import diagram_of, start_element, valid_version

if TYPE_CHECKING:
    from tasks.outcome import Outcome

CANCELLED_WITH_CALLER = "Forløbet, der kaldte dette, er annulleret."


def start_called(outcome: "Outcome", caller: Instance, call: CalledProcess) -> None:
    """Start the called procedure in the version valid now, in the caller's case.

    When it is not published, or its own start condition says no, the caller waits at the call and an incident
    is opened, from which it is tried again. Raises EngineError when it fails in its first steps.
    """
    unit = outcome.unit
    if caller.status != "igang":
        return
    try:
        version_id = valid_version(unit, call.called)
        diagram = diagram_of(unit, version_id)
        start = diagram.elements[start_element(diagram, None)]
        check_condition(unit, diagram, outcome.file, call.data)
    except TaskError as refused:
        call_refused(unit, caller, call.element_id, call.id, refused.message)
        return
    outcome.answers = None
    begin(outcome, version_id, diagram, start, data=call.data, parent=caller, call=call.id)


def call_again(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    """Start a call that was refused, with the caller's data as they are now.

    True when it runs now, False when it is refused still, None when the caller waits there no longer.
    """
    from tasks.outcome import Outcome  # it imports this module, for the calls of a step

    caller = unit.session.get(Instance, int(command["instance_id"]))
    if caller is None:
        return None
    file = lock_case(unit, caller.case_id) if caller.case_id is not None else CaseFile(unit)
    unit.session.refresh(caller, with_for_update=True)
    call_id, element_id = str(command["call_id"]), str(command["element_id"])
    diagram = diagram_of(unit, caller.version_id)
    if caller.status != "igang" or element_id not in runtime.standing(diagram, caller.state):
        return None
    here = (Instance.parent_id == caller.id, Instance.parent_call == call_id)
    if unit.session.scalar(select(Instance.id).where(*here)) is not None:
        return None
    called = diagram.elements[element_id].called or ""
    outcome = Outcome(unit, actor, file)
    call = CalledProcess(call_id, element_id, called, runtime.data(caller.state, call_id))
    start_called(outcome, caller, call)
    outcome.finish()
    return unit.session.scalar(select(Instance.id).where(*here)) is not None


def finish_called(outcome: "Outcome", child: Instance, ended: Ended) -> None:
    """Bring the caller on: the end event's id and the fields its `data` names go back."""
    unit = outcome.unit
    caller = unit.session.get(Instance, child.parent_id, with_for_update=True)
    if caller is None or caller.status != "igang" or child.parent_call is None:
        return
    diagram = diagram_of(unit, caller.version_id)
    snapshot, step = runtime.finish_call(
        diagram,
        caller.state,
        child.parent_call,
        ended.data,
        end=ended.element_id or "",
        facts=outcome.file.facts(),
        now=unit.now,
        calendar=unit.calendar,
    )
    outcome.answers = None
    outcome.apply(caller, diagram, snapshot, step)


def cancel_called(outcome: "Outcome", caller: Instance, call_id: str) -> None:
    """Cancel the instance that a cancelled call was waiting for, and what it called in turn."""
    child = outcome.unit.session.scalar(
        select(Instance).where(
            Instance.parent_id == caller.id, Instance.parent_call == call_id, Instance.status == "igang"
        )
    )
    if child is not None:
        cancel_instance(outcome, child, CANCELLED_WITH_CALLER)
    settle_call(outcome.unit, caller, call_id)


def cancel_instance(outcome: "Outcome", instance: Instance, why: str, reason: str = "") -> None:
    """Cancel a running instance: open tasks with why (Danish), timers and waits gone, its calls cascaded.

    `reason` is what a person wrote: it stands in the journal only, since it may be about anybody.
    """
    unit = outcome.unit
    for child in unit.session.scalars(
        select(Instance).where(Instance.parent_id == instance.id, Instance.status == "igang")
    ):
        cancel_instance(outcome, child, CANCELLED_WITH_CALLER)
    open_tasks = unit.session.scalars(
        select(Task.id).where(Task.instance_id == instance.id, Task.status == "aaben")
    ).all()
    if open_tasks:
        cancel_rows(unit, open_tasks, why)
    for table in (Timer, Receiver):
        unit.session.execute(
            delete(table).where(table.instance_id == instance.id).execution_options(synchronize_session=False)
        )
    instance.state = ""
    instance.status = "annulleret"
    instance.ended_at = unit.now
    instance.rev += 1
    settle(unit, why, Incident.instance_id == instance.id)
    outcome.journal("forloeb_annulleret", f"Forløb annulleret: {reason or why}", instance)
