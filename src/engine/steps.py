"""The steps of a running diagram: what each kind of flow node does when a token reaches it.

They are SpiffWorkflow task specs. A spec is shared by all instances and threads of a version and never
changes after `blueprint` has built it; everything that belongs to one instance lies on the tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState

from engine.course import UNFINISHED, Branch, Token, newest
from engine.decisions import Decision
from engine.environment import assignments, at
from engine.errors import EngineError, FeelError
from engine.foresight import PLANS, meeting_after
from engine.types import CalledProcess, Effect, Element

if TYPE_CHECKING:
    from engine.messages import Event, Slot

GATEWAYS: Final = frozenset({"exclusiveGateway", "parallelGateway", "eventBasedGateway"})


class StepSpec(BpmnTaskSpec):  # type: ignore[misc]
    """A step that makes its children when it runs, and takes its place in the instance's queue when it is
    ready.
    """

    element: Element | None
    """The flow node of the diagram; None for the engine's own steps between them."""
    urgent = False
    """Whether it runs before everything else that is ready."""
    joins = False
    """Whether tokens of several branches meet in it."""
    rounds_of: str | None = None
    """For the activity behind a multi-instance marker: the name of the spec that runs once per item."""
    rounds: StepSpec | None = None
    """For that spec: the activity that it is repeated for."""
    flows: dict[str, list[str]]
    """Ids of the sequence flows that lead from here to a spec, by its name."""

    def __init__(
        self, scope: Scope, name: str, element: Element | None = None, *, manual: bool = False
    ) -> None:
        super().__init__(scope, name, manual=manual)
        self.element = element
        self.flows = {}
        if element is not None:
            self.bpmn_id = element.id
            self.bpmn_name = element.name

    @property
    def logs_cancelling(self) -> bool:
        """Whether its cancelling tells anybody anything: an event or gateway that was not needed does not."""
        return self.element is not None and self.element.kind not in GATEWAYS

    @property
    def said(self) -> str:
        """How a Danish sentence names the step."""
        return "" if self.element is None else self.element.name or self.element.id

    def is_parked(self, token: Token) -> bool:
        """Whether the token waits at a join in the place of a later one."""
        return False

    def waits(self, token: Token) -> Iterator[tuple[str, Event, Slot]]:
        """Element id, event and slot of what the token waits for, besides people and other tokens."""
        return iter(())

    def _predict(self, my_task: Token, *_: Any, **__: Any) -> None:
        """Nothing: see the module `course`."""

    def _update(self, my_task: Token) -> None:
        with at(self.bpmn_id):
            ready = self._update_hook(my_task)
        if ready:
            my_task._ready()

    def _update_hook(self, my_task: Token) -> bool:
        my_task._inherit_data()
        return True

    def _on_ready(self, my_task: Token) -> None:
        my_task.course.reached(my_task)
        self._on_ready_hook(my_task)

    def _on_ready_hook(self, my_task: Token) -> None:
        """For steps that have something to do when they are reached."""

    def _run(self, my_task: Token) -> bool:
        with at(self.bpmn_id):
            self._run_hook(my_task)
            following = self.following(my_task)
            self.note_flows(my_task, following)
        for spec in following:
            Token(my_task.workflow, spec, my_task)
        return True

    def note_flows(self, token: Token, following: Sequence[StepSpec]) -> None:
        """Note which sequence flows lead to the steps that come after this one."""
        taken = token.course.call.taken
        for spec in following:
            taken += self.flows.get(spec.name, ())

    def following(self, token: Token) -> Sequence[StepSpec]:
        """The steps that come after this one."""
        found: list[StepSpec] = self.outputs
        return found

    def _run_hook(self, my_task: Token) -> bool:
        return True

    def _on_cancel(self, my_task: Token) -> None:
        """For steps that have something to end."""

    def _on_complete_hook(self, my_task: Token) -> None:
        if self.rounds is not None:
            with at(self.bpmn_id):
                self.rounds.round_done(my_task.parent, my_task)

    def round_done(self, token: Token, one: Token) -> None:
        """A multi-instance activity hears that one of its rounds is over."""
        raise NotImplementedError

    def inside_done(self, token: Token, branch: Branch) -> None:
        """A sub-process hears that its inside is over."""
        raise NotImplementedError


class Root(StepSpec):
    """Before the start events; exactly one of them is taken."""

    def following(self, token: Token) -> Sequence[StepSpec]:
        """The start event that the instance was started at, or the only one."""
        at = token.internal_data.get("at")
        return [spec for spec in self.outputs if at is None or spec.name == at]


class Joining(UnstructuredJoin):  # type: ignore[misc]
    """Merges the data of the tokens that met, and forgets those that waited.

    The library leaves them in the tree, where they let the same join fire too early in the next round.
    """

    joins = True

    def is_parked(self, token: Token) -> bool:
        """Whether the token waits at this join in the place of a later one."""
        return bool(token._state == TaskState.CANCELLED)

    def _run_hook(self, my_task: Token) -> bool:
        tasks = my_task.workflow.tasks
        parked = [token for token in tasks.values() if token.task_spec is self and self.is_parked(token)]
        my_task.data = newest([*(token.parent.data for token in parked), my_task.parent.data])
        for token in parked:
            token.parent._children.remove(token.id)
            del tasks[token.id]
        return True


class Fork(Joining, StepSpec):
    """Parallel gateway: waits for all its incoming flows, then takes all its outgoing ones."""

    def _check_threshold_unstructured(self, my_task: Token) -> bool:
        arrived = {
            token.parent.task_spec
            for token in my_task.workflow.tasks.values()
            if token.task_spec is self and token._state != TaskState.COMPLETED
        }
        return all(spec in arrived for spec in self.inputs)


class Finish(Joining, StepSpec):
    """Behind the end events: waits until nothing else runs."""

    def _check_threshold_unstructured(self, my_task: Token) -> bool:
        return not any(
            token._state & UNFINISHED
            for token in my_task.workflow.tasks.values()
            if token.task_spec is not self and not isinstance(token.task_spec, EdgeJoin)
        )


class EdgeSplit(StepSpec):
    """Before an activity with boundary events: starts it and lets the events wait beside it."""


class EdgeJoin(BoundaryEventJoin, StepSpec):  # type: ignore[misc]
    """Beside what follows an activity with boundary events: ends the waiting of those that did not happen."""

    def __init__(self, scope: Scope, name: str, split: EdgeSplit) -> None:
        StepSpec.__init__(self, scope, name)
        self.split_task = split.name
        self.threshold = None
        self.cancel_remaining = True


class Scope(BpmnProcessSpec):  # type: ignore[misc]
    """The steps of a process or of the inside of a sub-process."""

    task_specs: dict[str, StepSpec]

    def __init__(self, name: str) -> None:
        # Not the library's __init__, which makes its own start and end; the names here cannot be ids of a
        # diagram.
        WorkflowSpec.__init__(self, name=name)
        self.description = name
        self.data_objects: dict[str, Any] = {}
        self.bpmn_start_events: list[Any] = []
        self.start = Root(self, ":start")
        self.end = Finish(self, ":finish")
        self.closing = StepSpec(self, ":end")
        self.end.connect(self.closing)


class HumanStep(StepSpec):
    """User and manual tasks: wait for a person."""

    def __init__(self, scope: Scope, name: str, element: Element) -> None:
        super().__init__(scope, name, element, manual=True)


class ScriptStep(StepSpec):
    """Script task: lines `name = FEEL`."""

    def __init__(self, scope: Scope, name: str, element: Element, script: str) -> None:
        super().__init__(scope, name, element)
        self.lines = assignments(script)

    def _run_hook(self, my_task: Token) -> bool:
        call = my_task.course.call
        for name, expression in self.lines:
            my_task.write({name: call.evaluate(expression, my_task.data)})
        return True


class EffectStep(StepSpec):
    """Service task: its operator and the values of its parameters are handed to the platform."""

    def __init__(
        self, scope: Scope, name: str, element: Element, operator: str, parameters: dict[str, str]
    ) -> None:
        super().__init__(scope, name, element)
        self.operator = operator
        self.parameters = parameters

    def _run_hook(self, my_task: Token) -> bool:
        call = my_task.course.call
        values = {
            name: call.evaluate(expression, my_task.data) if expression.strip() else None
            for name, expression in self.parameters.items()
        }
        assert self.element is not None
        call.actions.append(Effect(self.element.id, self.operator, values))
        if self.operator in PLANS:
            call.learn("moede", meeting_after(self.operator, values, call.facts.get("moede")))
        return True


class DecisionStep(StepSpec):
    """Business rule task: writes the outputs of a decision table."""

    def __init__(self, scope: Scope, name: str, element: Element, decision: Decision) -> None:
        super().__init__(scope, name, element)
        self.decision = decision

    def _run_hook(self, my_task: Token) -> bool:
        try:
            values = my_task.course.call.decide(self.decision, my_task.data)
        except FeelError as error:
            error.element_id = self.bpmn_id  # The table's error names the table; here the step is what stops.
            raise
        my_task.write(values)
        return True


class CallStep(StepSpec):
    """Call activity: asks the platform for an instance of its own, and waits until that comes back."""

    def __init__(self, scope: Scope, name: str, element: Element) -> None:
        super().__init__(scope, name, element, manual=True)

    def _on_ready_hook(self, my_task: Token) -> None:
        assert self.element is not None
        my_task.course.call.actions.append(
            CalledProcess(my_task.id, self.element.id, self.element.called or "", my_task.public_data())
        )


class Choice(StepSpec):
    """Exclusive gateway: the first flow whose condition is true, otherwise the default one."""

    def __init__(self, scope: Scope, name: str, element: Element) -> None:
        super().__init__(scope, name, element)
        self.conditions: list[tuple[str, str, str]] = []
        """Condition, spec name and flow of each conditional way, in the file's order of the flows."""
        self.otherwise: tuple[str, str] | None = None
        """Spec name and flow of the way that is taken when no condition holds."""

    def following(self, token: Token) -> Sequence[StepSpec]:
        """The one step on the way chosen. Raises EngineError when no way fits."""
        call = token.course.call
        way = self.otherwise
        for condition, name, flow in self.conditions:
            if call.holds(condition, token.data):
                way = (name, flow)
                break
        if way is None:
            raise EngineError(
                f"Ingen af vejene ud af »{self.said}« passer, og der er ingen standardvej.",
                element_id=self.bpmn_id,
            )
        call.taken.append(way[1])
        return [self._wf_spec.task_specs[way[0]]]

    def note_flows(self, token: Token, following: Sequence[StepSpec]) -> None:
        """Nothing: two ways may lead to the same step, so the one chosen is noted when it is."""


class SubProcessStep(StepSpec):
    """Embedded sub-process."""

    def __init__(self, scope: Scope, name: str, element: Element, inside: str) -> None:
        super().__init__(scope, name, element)
        self.inside = inside

    def _update_hook(self, my_task: Token) -> bool:
        my_task._inherit_data()
        my_task._set_state(TaskState.STARTED)
        my_task.course.enter(my_task, self.inside)
        return False

    def inside_done(self, token: Token, branch: Branch) -> None:
        """Take over the data and go on."""
        token.data = dict(branch.last_task.data)
        del token.course.subprocesses[token.id]
        token._ready()

    def _on_cancel(self, my_task: Token) -> None:
        my_task.course.leave(my_task)
