"""One instance while it runs: SpiffWorkflow's task tree, made lean enough to be loaded and saved for every
step.

Three things differ from the library, all by subclassing:

* Tasks are not predicted. A task's children are made when it runs, so the tree holds live tasks and what
  they need.
* What is ready stands in a queue; nothing walks the tree to find work.
* Data behave as if shared. Every branch has its own copy, each write is stamped, and where branches meet (a
  join, an end that terminates, an event on the edge of a sub-process) the newest write of each name wins. The
  library would let the branch that arrives last overwrite the others with what it had copied at the split.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.environment import STAMPS, Call, FeelEngine, plain
from engine.types import FinishedStep

if TYPE_CHECKING:
    from engine.blueprint import Blueprint
    from engine.steps import Scope, StepSpec

Data = dict[str, Any]

UNFINISHED: Final = TaskState.NOT_FINISHED_MASK
TIDY_EVERY: Final = 50
"""Steps in one call after which finished history is dropped: the library searches trees, and not below depth
1,000.
"""


class Token(Task):  # type: ignore[misc]
    """One task of the tree. Its id is text, so that it is the same before and after saving."""

    id: str
    data: Data
    internal_data: dict[str, Any]
    task_spec: StepSpec
    workflow: Branch | Course

    def __init__(
        self,
        workflow: Branch | Course,
        task_spec: StepSpec,
        parent: Token | None = None,
        state: int = TaskState.FUTURE,
        id: str | None = None,
    ) -> None:
        # Not the library's __init__, which reads the clock and looks its parent up; the attributes are the
        # same.
        self.id = id if id is not None else str(uuid4())
        self.workflow = workflow
        self.task_spec = task_spec
        self._parent: str | None = None
        self._children: list[str] = []
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.data = {}
        self.internal_data = {}
        self.last_state_change = 0
        workflow.tasks[self.id] = self
        if parent is not None:
            self._parent = parent.id
            parent._children.append(self.id)

    @property
    def course(self) -> Course:
        """The whole instance that this token belongs to."""
        return self.workflow.top_workflow

    @property
    def live(self) -> bool:
        """Whether the task is neither completed nor cancelled."""
        return bool(self._state & UNFINISHED)

    def write(self, values: Mapping[str, Any]) -> None:
        """Set names in the data, each stamped as newer than everything written before."""
        if values:
            stamp = self.course.next_stamp()
            # A new dict: tokens share the old one until one of them writes.
            self.data[STAMPS] = {**self.data.get(STAMPS, {}), **dict.fromkeys(values, stamp)}
            self.data.update(values)

    def public_data(self) -> Data:
        """A deep copy of the data, without what is the engine's own."""
        return {name: plain(value) for name, value in self.data.items() if name != STAMPS}

    def _inherit_data(self) -> None:
        # Once: a waiting task is updated again and again, and what it was given meanwhile must stay. Nested
        # values are shared on purpose, because nothing in the engine changes them in place.
        if not self.data and self._parent is not None:
            self.data = dict(self.parent.data)

    def _add_child(self, task_spec: StepSpec, state: int = TaskState.FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state)

    def _drop_children(self, force: bool = False) -> None:
        # The library removes unfinished children silently; cancelling them also ends their sub-processes.
        for child in self.children:
            if child is not None and child.live:
                child.cancel()

    def _set_state(self, value: int) -> None:
        if value != self._state:
            self._state = value
            if value & TaskState.FINISHED_MASK:
                self.course.passed(self, value)


class _Runs:
    """What the instance itself and the inside of a sub-process have in common."""

    spec: Scope
    tasks: dict[str, Token]
    task_tree: Token
    last_task: Token
    completed: bool

    def plant(self, state: int = TaskState.READY) -> Token:
        """Make the root of an empty tree."""
        self.task_tree = Token(cast("Branch | Course", self), self.spec.start, None, state, ":root")
        return self.task_tree

    def live_tokens(self) -> list[Token]:
        """The unfinished tasks of this tree, oldest first."""
        return [token for token in self.tasks.values() if token._state & UNFINISHED]

    def standing(self) -> list[Token]:
        """The unfinished tasks and the tokens parked at joins: wherever data are held."""
        return [token for token in self.tasks.values() if token.live or token.task_spec.is_parked(token)]


class Branch(_Runs, BpmnSubWorkflow):  # type: ignore[misc]
    """The inside of one sub-process while it runs."""

    top_workflow: Course
    parent_task_id: str

    def __init__(self, spec: Scope, parent_task_id: str, course: Course) -> None:
        BpmnSubWorkflow.__init__(self, spec, parent_task_id, course, deserializing=True)

    def _calculate_depth(self) -> int:
        return 0

    @property
    def owner(self) -> Token | None:
        """The task outside that this is the inside of."""
        return self.top_workflow.find(self.parent_task_id)

    def _task_completed_notify(self, task: Token) -> None:
        self.last_task = task
        if task.task_spec is self.spec.closing:
            self.completed = True
        owner = self.owner
        if self.completed and owner is not None and owner.live:
            owner.task_spec.inside_done(owner, self)


class Course(_Runs, BpmnWorkflow):  # type: ignore[misc]
    """One instance while it runs."""

    subprocesses: dict[str, Branch]

    def __init__(self, blueprint: Blueprint, call: Call) -> None:
        self.call = call
        self.blueprint = blueprint
        self.stamp = 0
        self.queue: deque[Token] = deque()
        self.finished: list[FinishedStep] = []
        self.last_end: Token | None = None
        super().__init__(blueprint.spec, blueprint.scopes, FeelEngine(call), deserializing=True)

    @property
    def top_workflow(self) -> Course:
        return self

    def next_stamp(self) -> int:
        """A number higher than that of any earlier write."""
        self.stamp += 1
        return self.stamp

    def find(self, task_id: str) -> Token | None:
        """The task with that id, wherever in the instance it is."""
        for workflow in self.workflows():
            token = workflow.tasks.get(task_id)
            if token is not None:
                return token
        return None

    def workflows(self) -> Iterator[Course | Branch]:
        """The instance itself, then the insides of its sub-processes, outer ones first."""
        yield self
        yield from self.subprocesses.values()

    def running(self) -> Iterator[Token]:
        """Every unfinished task of the instance."""
        for workflow in self.workflows():
            yield from workflow.live_tokens()

    def enter(self, owner: Token, scope: str) -> Branch:
        """Start the inside of a sub-process."""
        branch = Branch(self.subprocess_specs[scope], owner.id, self)
        self.subprocesses[owner.id] = branch
        branch.plant()
        branch.task_tree.data = dict(owner.data)
        self.queue.append(branch.task_tree)
        return branch

    def leave(self, owner: Token) -> None:
        """Cancel what still runs inside a sub-process, and forget it."""
        branch = self.subprocesses.pop(owner.id, None)
        if branch is not None:
            branch.completed = True
            for token in branch.live_tokens():
                token.cancel()

    def reached(self, token: Token) -> None:
        """A task became ready; what needs nobody runs when its turn comes."""
        if token.task_spec.urgent:
            self.queue.appendleft(token)
        elif not token.task_spec.manual:
            self.queue.append(token)

    def passed(self, token: Token, state: int) -> None:
        """A task was completed or cancelled: note it for the log, if it is a step of the diagram."""
        spec = token.task_spec
        element = spec.element
        if element is None or spec.rounds_of is not None:
            return
        cancelled = state != TaskState.COMPLETED
        if not cancelled or spec.logs_cancelling:
            self.finished.append(
                FinishedStep(
                    token.id,
                    element.id,
                    element.kind,
                    element.name,
                    element.lane,
                    "cancelled" if cancelled else "completed",
                )
            )

    def drain(self, tidy: Callable[[Course], None]) -> None:
        """Run until everything waits for somebody or something; `tidy` drops history now and then.

        Raises StepLimit, and what expressions raise.
        """
        while self.queue:
            token = self.queue.popleft()
            # It may have been cancelled, or its sub-process left, while it stood in the queue.
            if token._state == TaskState.READY and not token.workflow.completed:
                element = token.task_spec.element
                self.call.count_step(element.id if element else None)
                token.run()
                if token.task_spec.joins or self.call.steps % TIDY_EVERY == 0:
                    tidy(self)

    def _task_completed_notify(self, task: Token) -> None:
        self.last_task = task
        if task.task_spec is self.spec.closing:
            self.completed = True
            self.data = task.data


def newest(several: Iterable[Data]) -> Data:
    """One dict of what several branches hold: of each name the value that was written last."""
    found: Data = {}
    stamps: dict[str, int] = {}
    for data in several:
        theirs = data.get(STAMPS, {})
        for name, value in data.items():
            if name != STAMPS and (name not in found or theirs.get(name, 0) > stamps.get(name, 0)):
                found[name] = value
                if name in theirs:
                    stamps[name] = theirs[name]
    if stamps:
        found[STAMPS] = stamps
    return found


def gathered(tokens: Iterable[Token]) -> Data:
    """What these tasks know together, with what their sub-processes know."""
    return newest(_known(tokens))


def _known(tokens: Iterable[Token]) -> Iterator[Data]:
    for token in tokens:
        # A token at a join has no data of its own until the join fires.
        yield token.parent.data if token.task_spec.joins else token.data
        branch = token.course.subprocesses.get(token.id)
        if branch is not None:
            yield from _known(branch.standing())
