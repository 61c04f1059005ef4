"""Multi-instance: one activity for each item of a collection, at once or one after the other."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.course import Token, newest
from engine.environment import STAMPS
from engine.errors import EngineError, StepLimit
from engine.profile import MAX_INSTANCES
from engine.steps import Scope, StepSpec
from engine.types import Element


class Rounds(StepSpec):
    """The activity with the marker; `item` is the name of the step that runs once per item.

    Results come in the order of the collection, also while some are still missing, and replace what stood
    under that name before. Without an output, each round's own writes are kept, the newest of each name.
    """

    def __init__(
        self,
        scope: Scope,
        name: str,
        element: Element,
        *,
        one: str,
        collection: str | None,
        cardinality: str | None,
        item: str | None,
        output: str | None,
        output_item: str | None,
        condition: str | None,
        sequential: bool,
    ) -> None:
        super().__init__(scope, name, element)
        self.rounds_of = one
        self.collection = collection
        self.cardinality = cardinality
        self.item = item
        self.output = output
        self.output_item = output_item
        self.condition = condition
        self.sequential = sequential

    def _update_hook(self, my_task: Token) -> bool:
        my_task._inherit_data()
        items = self._items(my_task)
        if self.output:
            my_task.write({self.output: []})
        if not items:
            return True
        my_task._set_state(TaskState.STARTED)
        if self.sequential:
            my_task.internal_data["rest"] = items[1:]
            items = items[:1]
        for number, item in enumerate(items):
            self._begin(my_task, number, item)
        return False

    def _items(self, token: Token) -> list[Any]:
        call = token.course.call
        if self.collection is not None:
            items = call.evaluate(self.collection, token.data)
            if not isinstance(items, list):
                raise EngineError(
                    f"»{self.collection}« er ikke en liste, så »{self.said}« kan ikke gentages."
                )
        else:
            count = call.evaluate(self.cardinality or "", token.data)
            if not isinstance(count, int | float) or isinstance(count, bool) or count < 0:
                raise EngineError(
                    f"»{self.cardinality}« er ikke et antal, så »{self.said}« kan ikke gentages."
                )
            items = list(range(min(int(count), MAX_INSTANCES + 1)))
        if len(items) > MAX_INSTANCES:
            raise StepLimit(f"»{self.said}« skulle gentages mere end {MAX_INSTANCES} gange.")
        return items

    def _begin(self, token: Token, number: int, item: Any) -> None:
        one = Token(token.workflow, self._wf_spec.task_specs[self.rounds_of], token, TaskState.WAITING)
        one.internal_data["nr"] = number
        one.data = dict(token.data)
        if self.item:
            one.write({self.item: item})
        one._state = TaskState.FUTURE
        one.task_spec._update(one)

    def item_of(self, one: Token) -> Any:
        """What one round is for: its item, or its number when the activity is repeated a number of times."""
        return one.data.get(self.item) if self.item else one.internal_data.get("nr")

    def round_done(self, token: Token, one: Token) -> None:
        """Keep the result of one round, and go on with the next or with what follows."""
        self._keep(token, one)
        stop = self.condition is not None and token.course.call.holds(self.condition, one.data)
        rest = token.internal_data.get("rest", [])
        running = [child for child in token.children if child is not one and child.live]
        if stop or not (rest or running):
            for child in running:
                child.cancel()
            token._ready()
        elif self.sequential:
            token.internal_data["rest"] = rest[1:]
            self._begin(token, one.internal_data["nr"] + 1, rest[0])

    def _keep(self, token: Token, one: Token) -> None:
        number = one.internal_data["nr"]
        if self.output:
            done = token.internal_data.setdefault("done", [])
            place = sum(earlier < number for earlier in done)
            results = list(token.data.get(self.output, []))
            results.insert(place, one.data.get(self.output_item) if self.output_item else None)
            done.insert(place, number)
            token.write({self.output: results})
        else:
            own = {name: value for name, value in one.data.items() if name != self.item}
            if STAMPS in own:
                own[STAMPS] = {name: stamp for name, stamp in own[STAMPS].items() if name != self.item}
            token.data = newest([token.data, own])
