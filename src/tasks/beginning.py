"""The first breath of an instance, whoever starts it: a person, a message or a calling procedure."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import feel, runtime
from engine.diagrams import Diagram
from engine.types import Element
from records.tables import Instance
from records.unit import Unit
from tasks.answers import mapped_data, mapped_sag, submit
from tasks.casefile import CaseFile
from tasks.errors import Refused
from tasks.facts import person_options, starter_fact
from tasks.figurefacts import mapped_figures, note_figures
from tasks.forms import check_answers, needed_roles, read
from tasks.meetings import live_facts
from tasks.submitted import submitted_facts, with_submission

if TYPE_CHECKING:
    from tasks.outcome import Outcome


def check_condition(unit: Unit, diagram: Diagram, file: CaseFile, data: Mapping[str, Any]) -> None:
    """Check `start_betingelse`. Raises Refused with the procedure's own `start_afvisning`."""
    condition = (diagram.properties.get("start_betingelse") or "").strip()
    if (
        condition
        and feel.evaluate(condition, {**file.facts(), **data}, now=unit.now, calendar=unit.calendar)
        is not True
    ):
        raise Refused(
            diagram.properties.get("start_afvisning") or f"{diagram.name} kan ikke startes endnu: {condition}"
        )


def begin_by_message(
    outcome: "Outcome", version_id: int, diagram: Diagram, start_id: str, payload: Mapping[str, Any]
) -> Instance:
    """Let a message start a procedure: its content is the first data. Where the start has a form, the content
    is handed in with it instead, and only what `data` names is data of the course.

    Raises Refused when the content does not fit the form.
    """
    start = diagram.elements[start_id]
    outcome.answers = None
    if not start.properties.get("skema"):
        return begin(outcome, version_id, diagram, start, data=payload)
    form = read(diagram.form(start.properties["skema"]))
    unit = outcome.unit
    context = {**outcome.file.facts(), "personer": person_options(unit, needed_roles(form))}
    checked = check_answers(form, payload, context=context, now=unit.now, calendar=unit.calendar)
    if checked.errors:
        wrong = "; ".join(f"{place}: {text}" for place, text in checked.errors.items())
        raise Refused(f"Beskeden passer ikke til skemaet i »{start.name}«: {wrong}")
    outcome.answers = checked.answers
    return begin(outcome, version_id, diagram, start, data={})


def begin(
    outcome: "Outcome",
    version_id: int,
    diagram: Diagram,
    start: Element,
    *,
    data: Mapping[str, Any],
    parent: Instance | None = None,
    call: str | None = None,
) -> Instance:
    """Make the instance's row and run it to its first waits. The starter's answers are `outcome.answers`."""
    unit, actor, file = outcome.unit, outcome.actor, outcome.file
    answers = dict(outcome.answers or {})
    own = (actor.person_id, actor.name) if actor.person_id is not None else None
    live = {**live_facts(unit, diagram, parent), **submitted_facts(unit, diagram, None), **starter_fact(own)}
    if start.properties.get("skema"):
        live = with_submission(live, diagram, start.id, answers)
    context = {**data, **file.facts(answers), **live, **answers}
    file.write(mapped_sag(unit, start, answers, context))
    # A message fills no form: what `data` names is then what the message brought.
    data = {**data, **mapped_data(unit, start, {**data, **answers}, context)}
    # The engine first: the row is then written once, in the state it begins with.
    facts = {**file.facts(answers), **live}
    snapshot, step = runtime.start(
        diagram, data, facts=facts, now=unit.now, calendar=unit.calendar, at=start.id
    )
    instance = Instance(
        version_id=version_id,
        case_id=file.case_id,
        parent_id=parent.id if parent is not None else None,
        parent_call=call,
        state=snapshot,
        rev=1,
        status="igang",
        started_at=unit.now,
        started_by_id=actor.person_id,
    )
    unit.session.add(instance)
    unit.session.flush()
    if start.properties.get("skema"):
        submit(unit, actor, instance.id, start.id, answers)
    note_figures(unit, actor, file, instance, mapped_figures(unit, start, {**context, **data}))
    outcome.journal("forloeb_startet", f"Forløb startet: {diagram.name}", instance)
    outcome.take(instance, diagram, step)
    return instance
