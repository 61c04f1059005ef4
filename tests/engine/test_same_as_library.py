"""The engine's own steps go the same ways as the library's, on random diagrams that the library runs right.

Left out are what the library is known to get wrong (joins in loops, errors that reach other sub-processes)
and what only the engine has.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import SpiffWorkflow.bpmn.specs.event_definitions.timer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from tests.engine.drawing import START, Case, load
from tests.engine.random_diagrams import Artist

KINDS = ["user", "user", "seq", "seq", "and", "and", "xor", "sub", "rounds", "late_user", "late_sub"]
LOOPS = ["user", "user", "seq", "xor", "loop", "sub", "rounds", "late_user"]
FIRST = {"c1": False, "c2": False, "c3": False, "cl": False, "hvem": []}

Open = list[tuple[str, str]]


class Clock(datetime):
    """Stands still where it is put."""

    passed = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return START + cls.passed


class Theirs:
    """The instance in the library's default engine."""

    def __init__(self, content: bytes) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_str(content.replace(b"timeDuration>P7D<", b'timeDuration>"P7D"<'))
        self.workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
        self.workflow.task_tree.data.update(FIRST)
        self.workflow.do_engine_steps()

    def open(self) -> dict[tuple[str, str], Any]:
        return {self.name(task): task for task in self.ready()}

    def ready(self) -> list[Any]:
        found: list[Any] = self.workflow.get_tasks(state=TaskState.READY, manual=True)
        return found

    @staticmethod
    def name(task: Any) -> tuple[str, str]:
        held = task.internal_data
        item = held.get("key_or_index", held.get("item"))
        return task.task_spec.bpmn_id, str(item)

    def do(self, task: Any, data: dict[str, Any]) -> None:
        task.data.update(data)
        task.run()
        self.workflow.do_engine_steps()

    def wait(self, days: int) -> None:
        Clock.passed += timedelta(days=days)
        self.workflow.refresh_timers()
        self.workflow.do_engine_steps()


def ways(content: bytes, seed: int) -> Iterator[tuple[Open, bool, Open, bool]]:
    """What is open and whether it is over, in both engines, after each step of a random way."""
    chance = random.Random(seed)
    Clock.passed = timedelta()
    ours, theirs = Case(load(content), FIRST), Theirs(content)
    for number in range(30):
        mine = {(task.element_id, str(task.item)): id for id, task in ours.open.items()}
        open_there = theirs.open()
        yield sorted(mine), ours.ended is not None, sorted(open_there), theirs.workflow.completed
        if len(mine) < len(ours.open) or len(open_there) < len(theirs.ready()) or not mine:
            return  # the same task twice: nobody could say which is which
        if chance.random() < 0.15:
            ours.wait(days=8)
            theirs.wait(8)
            continue
        name = chance.choice(sorted(mine))
        data = {f"c{n}": chance.random() < 0.5 for n in (1, 2, 3)}
        data["cl"] = chance.random() < 0.6 and number < 15
        place = [id for id, task in ours.open.items() if task.element_id == name[0]].index(mine[name])
        ours.do(name[0], place, **data)
        theirs.do(open_there[name], data)


@pytest.mark.parametrize("kinds", [KINDS, LOOPS], ids=["parallel", "loops"])
def test_the_same_way_as_the_library(kinds: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SpiffWorkflow.bpmn.specs.event_definitions.timer, "datetime", Clock)
    ended = 0
    for seed in range(60):
        artist = Artist(random.Random(seed), kinds, timers=("P7D",), collections=False)
        for mine, mine_over, other, other_over in ways(artist.document(), seed):
            assert (mine, mine_over) == (other, other_over), f"seed {seed}"
            ended += mine_over
    assert ended > 20
