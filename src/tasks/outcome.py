"""What follows from a step of the engine: the one path by which work moves on.

Whatever moved an instance (a person, a timer, a message, a called procedure that came back), its `Step`
goes through
`Outcome.apply`. The rows are gathered (`gathered.py`) and written together by `finish`, which then carries
out what
the steps asked for (calls, messages) until nothing is left to do.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine import feel, runtime
from engine.diagrams import Diagram
from engine.errors import EngineError
from engine.lines import consent_recipients
from engine.types import CalledProcess, Effect, Element, Ended, OpenedTask, Step, ThrownMessage
from records.tables import Instance, Task
from records.unit import Unit
from tasks import access, calls, delivery, effects
from tasks.casefile import CaseFile
from tasks.course_hints import lacking_course
from tasks.deadlines import due_dates
from tasks.disclosure import require_basis
from tasks.errors import TaskError
from tasks.gathered import Gathered, NewTask, Opened
from tasks.meeting_changes import course_over
from tasks.meeting_effects import MEETING_OPERATORS
from tasks.meetings import live_facts, meeting_person
from tasks.moving import forget
from tasks.people import Actor, unit_of_recipient
from tasks.procedures import diagram_of
from tasks.roles import roles_of
from tasks.routing import CasePerson, Recipient, Unresolved, named_recipient, recipient_of

NO_DUE_DATE = datetime(9999, 1, 1, tzinfo=UTC)
"""Where a task without a due date stands in every list: last."""

FOLLOW_UP_LIMIT = 200
"""Calls and messages that one act may set off before it is stopped as a runaway."""

ACUTE = "akut"
"""Value of the process data `prioritet` that puts the tasks first in every list (ST-53)."""


@dataclass(slots=True)
class Outcome:
    """Everything that follows from one act of one actor in one case."""

    unit: Unit
    actor: Actor
    file: CaseFile
    gathered: Gathered = field(init=False)
    answers: Mapping[str, Any] | None = None
    """The answers just submitted: what expressions read as `svar` until the next wait."""
    task: Task | None = None
    """The task that is done or given on, when the act is about one."""
    _next: deque[Callable[[], None]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        """Start with nothing gathered."""
        self.gathered = Gathered(self.unit, self.actor, self._on_behalf_of())

    def _on_behalf_of(self) -> int | None:
        """Return who is away while the actor acts for them: the task's owner, else whom they stand in for in
        the case in which they have no part of their own."""
        if self.task is not None and self.task.on_behalf_of_id is not None:
            return self.task.on_behalf_of_id if self.task.on_behalf_of_id != self.actor.person_id else None
        people = self.file.people
        if any(person.person_id == self.actor.person_id for person in people.values()):
            return None
        for person in access.stands_in_for(self.actor, people).values():
            return person.person_id
        return None

    # -- taking a step in ------------------------------------------------------------------------------------

    def apply(self, instance: Instance, diagram: Diagram, snapshot: str, step: Step) -> None:
        """Take in what one engine call changed in `instance`. Nothing is written before `finish`.

        Raises EngineError when an effect or a due rule fails; the unit then rolls everything back.
        """
        self.gathered.move(instance, state=snapshot, rev=instance.rev + 1)
        self.take(instance, diagram, step)

    def take(self, instance: Instance, diagram: Diagram, step: Step) -> None:
        """Take in what an engine call changed around `instance`, whose row has the new state already."""
        for action in step.actions:
            self._act(instance, diagram, action)
        self.gathered.log(instance.id, step.finished)
        self.gathered.close(instance.id, step.closed)
        self.gathered.end_waits(instance.id, step.timers_gone, step.waiting_gone)
        for opened in step.opened:
            self._open(instance, diagram, opened)
        self.gathered.set_timers(instance.id, step.timers_set)
        if step.waiting_set:
            self.gathered.set_receivers(instance, step.waiting_set)
            self.later(lambda: delivery.deliver_kept(self, instance))
        for engine_id in step.calls_gone:
            self.later(lambda gone=engine_id: calls.cancel_called(self, instance, gone))  # type: ignore[misc]
        if step.ended is not None:
            self._end(instance, step.ended)
        self.unit.tell(diagram.key, step)

    def _act(
        self, instance: Instance, diagram: Diagram, action: Effect | ThrownMessage | CalledProcess
    ) -> None:
        element = diagram.elements[action.element_id]
        if consent_recipients(element.properties.get("videregivelse", "")) is not None:
            data = runtime.data(instance.state) if instance.state else {}
            facts = {**self.file.facts(self.answers), **live_facts(self.unit, diagram, instance)}
            require_basis(self.unit, self.file, element, {**facts, **data})
        if isinstance(action, Effect):
            effects.perform(self, instance, action)
        elif isinstance(action, ThrownMessage):
            self.later(lambda: delivery.throw(self, instance, action))
        else:
            self.later(lambda: calls.start_called(self, instance, action))

    def _open(self, instance: Instance, diagram: Diagram, opened: OpenedTask) -> None:
        element = diagram.elements[opened.element_id]
        data = runtime.data(instance.state, opened.id)
        facts = {**self.file.facts(self.answers), **live_facts(self.unit, diagram, instance)}
        context = {**facts, **data}
        found = self.recipient(instance, element, opened, context)
        dates = due_dates(self.unit, element, diagram.properties, context)
        if not isinstance(found, Unresolved):
            self._hint_at_course(instance, element, found.assignee_id)
        row: dict[str, Any] = {
            "instance_id": instance.id,
            "case_id": instance.case_id,
            "version_id": instance.version_id,
            "engine_id": opened.id,
            "element_id": opened.element_id,
            "name": opened.name,
            "role": found.role,
            "item": opened.item,
            "assignee_id": None if isinstance(found, Unresolved) else found.assignee_id,
            "group_id": None if isinstance(found, Unresolved) else found.group_id,
            "on_behalf_of_id": None if isinstance(found, Unresolved) else found.on_behalf_of_id,
            "status": "aaben",
            "urgency": 0 if data.get("prioritet") == ACUTE else 1,
            "opened_at": self.unit.now,
            "due_on": dates.due_on if dates else None,
            "work_on": dates.work_on if dates else None,
            "due_at": dates.due_at if dates else None,
            "sort_at": dates.due_at if dates else NO_DUE_DATE,
            "rev": 1,
        }
        trouble = found.text if isinstance(found, Unresolved) else None
        self.gathered.open(NewTask(row, dates, self.file.case.number if self.file.case else None, trouble))

    def _hint_at_course(self, instance: Instance, element: Element, person_id: int | None) -> None:
        """Tell who offers the course that the step's recipient has not been on (ST-77)."""
        course = lacking_course(self.unit, element, person_id)
        if course is not None and course.offered_by:
            text = f"Den, der har fået »{element.name}«, har ikke været på »{course.title}«. Tilbyd kurset."
            effects.advise(self, instance, course.offered_by, text)

    def _people(self, instance: Instance, opened: OpenedTask) -> Mapping[str, CasePerson]:
        """Return who the roles mean here: the case's people, and in a lane of the meeting the meeting's."""
        role = roles_of(self.unit).find(opened.lane)
        if role is None or role.binding != "M":
            return self.file.people
        found = meeting_person(self.unit, instance, role.key, opened.item)
        return {**self.file.people, role.key: found} if found is not None else self.file.people

    def recipient(
        self, instance: Instance, element: Element, opened: OpenedTask, context: Mapping[str, Any]
    ) -> Recipient | Unresolved:
        """Return who a task is for: whom `modtager` names, else whom its lane means here."""
        near = self.file.unit_id if self.file.case is not None else self._unit_of_starter(instance)
        named = (element.properties.get("modtager") or "").strip()
        if not named or self.file.case is not None:
            return recipient_of(self.unit, opened.lane, self._people(instance, opened), near)
        try:
            given = feel.evaluate(named, context, now=self.unit.now, calendar=self.unit.calendar)
        except EngineError as error:
            raise EngineError(error.message, element_id=element.id) from error
        return named_recipient(self.unit, given, near)

    def _unit_of_starter(self, instance: Instance) -> int | None:
        return unit_of_recipient(self.unit, instance.started_by_id, None)

    def _end(self, instance: Instance, ended: Ended) -> None:
        # What the engine knew of the child is needed no more: it is not kept longer than the course lives.
        self.gathered.move(
            instance,
            state="",
            status="annulleret" if ended.element_id is None else "afsluttet",
            ended_at=self.unit.now,
            end_event=ended.element_id,
            end_name=ended.name,
        )
        forget(self.unit, instance)
        self.journal("forloeb_afsluttet", f"Forløb afsluttet: {ended.name or 'slut'}", instance)
        if MEETING_OPERATORS.keys() & diagram_of(self.unit, instance.version_id).operators:
            over = ended.name or "Forløbet er afsluttet."
            course_over(self, instance, over, cancelled=ended.element_id is None)
        if instance.parent_id is not None and ended.element_id is not None:
            self.later(lambda: calls.finish_called(self, instance, ended))

    # -- adding to it ----------------------------------------------------------------------------------------

    def journal(
        self, kind: str, text: str, instance: Instance | None = None, task: Task | None = None
    ) -> None:
        """Add a journal entry by the actor, now; `text` is Danish."""
        case_id = instance.case_id if instance is not None else self.file.case_id
        self.gathered.journal(
            kind, text, case_id, instance.id if instance else None, task.id if task else None
        )

    def address(self, name: str, instance: Instance, payload: dict[str, Any]) -> None:
        """Send a message from the platform to this very course, once what is gathered is written."""
        self.later(lambda: delivery.to_course(self, instance, name, payload))

    def later(self, act: Callable[[], None]) -> None:
        """Do `act` once what is gathered now has been written."""
        self._next.append(act)

    def attempt(self, act: Callable[[], None]) -> EngineError | TaskError | None:
        """Do `act` and write it, or leave nothing of it; return what was wrong, None when it went well.

        For what another procedure does with this act's message or call: when that one is at fault, this act
        stands all the same. What is gathered already is written first. A savepoint and no transaction of its
        own, so whoever reads sees both or neither; locks that only `act` took are given back.
        """
        self.gathered.write()
        file, waiting, opened = self.file, len(self._next), len(self.gathered.opened)
        before = file.case, file.child, dict(file.people), file.office
        try:
            with self.unit.session.begin_nested():
                act()
                self.gathered.write()
        except (EngineError, TaskError) as error:
            self.gathered.drop(opened)
            while len(self._next) > waiting:
                self._next.pop()
            file.case, file.child, file.people, file.office = before
            file.forget()
            # The session does not know of what `Gathered.move` changed, so it could not put it back.
            for kept in list(self.unit.session.identity_map.values()):
                if isinstance(kept, Instance):
                    self.unit.session.expire(kept)
            return error
        return None

    # -- writing it ------------------------------------------------------------------------------------------

    def finish(self) -> Sequence[Opened]:
        """Write everything and carry out calls and messages until nothing is left; return the tasks opened.

        Raises EngineError when the act sets off more than FOLLOW_UP_LIMIT further acts.
        """
        self.gathered.write()
        for _ in range(FOLLOW_UP_LIMIT):
            if not self._next:
                return self.gathered.opened
            self._next.popleft()()
            self.gathered.write()
        raise EngineError("Handlingen sætter for mange trin i gang: procedurerne kalder hinanden i ring.")
