"""Events as steps: those that wait and those that throw, on their own, on an edge or behind a gateway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from engine.course import Token, gathered, newest
from engine.environment import at
from engine.messages import Event, Slot, Throwing, ThrownInside
from engine.steps import Scope, StepSpec
from engine.types import Element


class Catch(StepSpec):
    """Intermediate catch event or receive task; with an Event that never waits also a start or throw of
    nothing.
    """

    def __init__(self, scope: Scope, name: str, element: Element, event: Event) -> None:
        super().__init__(scope, name, element)
        self.event = event

    def waits(self, token: Token) -> Iterator[tuple[str, Event, Slot]]:
        """Element id, event and slot of what the token waits for."""
        assert self.element is not None
        yield self.element.id, self.event, token.internal_data

    def _update_hook(self, my_task: Token) -> bool:
        my_task._inherit_data()
        if my_task._state == TaskState.FUTURE:
            for element_id, event, slot in self.waits(my_task):
                with at(element_id):
                    event.arm(my_task, slot)
        if any(event.happened(slot) for _, event, slot in self.waits(my_task)):
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def _run_hook(self, my_task: Token) -> bool:
        self.event.take(my_task, my_task.internal_data)
        return True


class Edge(BoundaryEvent, Catch):  # type: ignore[misc]
    """Boundary event. It sees what the activity has come to know, not only what was known when that began."""

    urgent = True

    def __init__(self, scope: Scope, name: str, element: Element, event: Event, interrupting: bool) -> None:
        Catch.__init__(self, scope, name, element, event)
        self.cancel_activity = interrupting

    @property
    def logs_cancelling(self) -> bool:
        """No: an edge whose activity was done in time is not worth a line."""
        return False

    def _update_hook(self, my_task: Token) -> bool:
        return Catch._update_hook(self, my_task)

    def _on_ready_hook(self, my_task: Token) -> None:
        """Nothing: the library's event manager is not used."""

    def _on_cancel(self, my_task: Token) -> None:
        """Nothing: the library's event manager is not used."""

    def _predict_hook(self, my_task: Token) -> None:
        """Nothing: see the module `course`."""

    def _run_hook(self, my_task: Token) -> bool:
        activity = [sibling for sibling in my_task.parent.children if not isinstance(sibling.task_spec, Edge)]
        my_task.data = newest([my_task.data, gathered(activity)])
        return Catch._run_hook(self, my_task)


class FirstOf(Catch):
    """Event-based gateway: the first of several events decides the way."""

    def __init__(self, scope: Scope, name: str, element: Element) -> None:
        super().__init__(scope, name, element, Event())
        self.ways: dict[str, Event] = {}
        """Spec name of the step on each way, with what it waits for."""

    def waits(self, token: Token) -> Iterator[tuple[str, Event, Slot]]:
        """Element id, event and slot of each way."""
        for name, event in self.ways.items():
            yield name, event, token.internal_data.setdefault(name, {})

    def following(self, token: Token) -> Sequence[StepSpec]:
        """The step whose event happened first."""
        for name, event, slot in self.waits(token):
            if event.happened(slot):
                event.take(token, slot)
                return [self._wf_spec.task_specs[name]]
        return []


class Throw(StepSpec):
    """Send task, intermediate throw event."""

    def __init__(
        self, scope: Scope, name: str, element: Element, thrown: Throwing | ThrownInside | None = None
    ) -> None:
        super().__init__(scope, name, element)
        self.thrown = thrown

    def _run_hook(self, my_task: Token) -> bool:
        if self.thrown is not None:
            self.thrown.throw(my_task)
        return True


class End(Throw):
    """End event. One that terminates ends its process or sub-process and takes what the other branches know
    along.
    """

    def __init__(
        self,
        scope: Scope,
        name: str,
        element: Element,
        thrown: Throwing | ThrownInside | None = None,
        *,
        terminates: bool = False,
    ) -> None:
        super().__init__(scope, name, element, thrown)
        self.terminates = terminates

    def _on_complete_hook(self, my_task: Token) -> None:
        workflow = my_task.workflow
        if workflow is my_task.course:
            my_task.course.last_end = my_task
        if self.terminates:
            others = [token for token in workflow.standing() if token is not my_task]
            my_task.data = newest([my_task.data, gathered(others)])
            for token in others:
                token.cancel()
            workflow.completed = True
            if workflow is my_task.course:
                workflow.data = my_task.data
