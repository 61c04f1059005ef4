"""Called procedures: instances of their own, whose end brings the caller on (decisions.md "Instances,
calls")."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from engine import runtime
from engine.types import CalledProcess, Ended
from records.tables import Incident, Instance, Receiver, Task, Timer
from records.unit import Unit
from tasks.beginning import begin, check_condition
from tasks.casefile import CaseFile, lock_case
from tasks.gathered import cancel_rows
from tasks.incidents import OF_MESSAGES, call_refused, return_failed, settle, settle_call
from tasks.meetings import live_facts
from tasks.moving import forget
from tasks.people import Actor
from tasks.procedures import diagram_of, start_element, valid_version

if TYPE_CHECKING:
    from tasks.outcome import Outcome

CANCELLED_WITH_CALLER = "Forløbet, der kaldte dette, er annulleret."


def start_called(outcome: "Outcome", caller: Instance, call: CalledProcess) -> None:
    """Start the called procedure in the version valid now, in the caller's case.

    When it is not published, its own start condition says no, or it fails in its first steps, the caller
    waits at the call and an incident is opened, from which it is tried again; what led to the call stands.
    """
    unit = outcome.unit
    if caller.status != "igang":
        return

    def start() -> None:
        version_id = valid_version(unit, call.called)
        diagram = diagram_of(unit, version_id)
        first = diagram.elements[start_element(diagram, None)]
        check_condition(unit, diagram, outcome.file, call.data)
        outcome.answers = None
        begin(outcome, version_id, diagram, first, data=call.data, parent=caller, call=call.id)

    error = outcome.attempt(start)
    if error is not None:
        call_refused(unit, caller, call.element_id, call.id, error.message)


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
    """Bring the caller on: the end event's id and the fields its `data` names go back.

    When the caller fails there, what ended the called procedure stands. Its data are kept in the place of its
    state until the caller has been brought on from the incident.
    """
    unit = outcome.unit
    error = outcome.attempt(lambda: _return(outcome, child, ended))
    caller = unit.session.get(Instance, child.parent_id)
    if error is not None and caller is not None:
        child.state = json.dumps(ended.data, ensure_ascii=False)
        return_failed(unit, caller, child, error.message)


def return_again(unit: Unit, actor: Actor, command: Mapping[str, Any]) -> bool | None:
    """Bring a caller on that failed when its called procedure was over.

    True when it went on, False when it fails still, None when it waits there no longer.
    """
    from tasks.outcome import Outcome  # it imports this module, for the calls of a step

    child = unit.session.get(Instance, int(command["instance_id"]))
    if child is None or not child.state or child.end_event is None:
        return None
    file = lock_case(unit, child.case_id) if child.case_id is not None else CaseFile(unit)
    unit.session.refresh(child, with_for_update=True)
    caller = unit.session.get(Instance, child.parent_id, with_for_update=True)
    if caller is None or caller.status != "igang" or not child.state:
        return None
    ended = Ended(child.end_event, child.end_name or "", json.loads(child.state))
    child.state = ""
    outcome = Outcome(unit, actor, file)
    finish_called(outcome, child, ended)
    outcome.finish()
    return not child.state


def _return(outcome: "Outcome", child: Instance, ended: Ended) -> None:
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
        facts={**outcome.file.facts(), **live_facts(unit, diagram, caller)},
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
    _forget_ended(outcome.unit, caller)


def _forget_ended(unit: Unit, caller: Instance) -> None:
    """Forget what called procedures that are over were to bring back to a caller that needs it no more."""
    unit.session.execute(
        update(Instance)
        .where(Instance.parent_id == caller.id, Instance.status == "afsluttet")
        .values(state="")
        .execution_options(synchronize_session=False)
    )


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
    _forget_ended(unit, instance)
    forget(unit, instance)
    instance.state = ""
    instance.status = "annulleret"
    instance.ended_at = unit.now
    instance.rev += 1
    settle(unit, why, Incident.instance_id == instance.id, Incident.kind.not_in(OF_MESSAGES))
    outcome.journal("forloeb_annulleret", f"Forløb annulleret: {reason or why}", instance)
