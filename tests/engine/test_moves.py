"""A running instance moved to another version: what stands lives on, and what cannot is told by name."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import diagrams, moves, runtime
from engine.diagrams import Diagram
from engine.moves import CannotMove, Moved, move
from engine.types import Bundle, Step
from tests.engine.drawing import (
    START,
    Case,
    chain,
    declared,
    edge,
    load,
    message,
    node,
    over,
    repeated,
    simple,
    timer,
)
from tests.engine.random_diagrams import Artist, Walk

DIAGRAMS = 60
"""Random diagrams in the everyday suite; 700 were run while moving was built."""


def moved(old: Diagram, new: Diagram, state: str, now: datetime = START) -> Moved:
    """Move an instance without facts."""
    return move(old, new, state, facts={}, now=now)


def refused(old: Diagram, new: Diagram, state: str) -> list[tuple[str | None, str]]:
    """Why an instance must stay."""
    with pytest.raises(CannotMove) as caught:
        moved(old, new, state)
    return [(block.element_id, block.text) for block in caught.value.blocks]


class MovingWalk(Walk):
    """The same way, but the instance is moved to an equal version before each step."""

    def __init__(self, diagram: Diagram, seed: int) -> None:
        super().__init__(diagram, seed)
        self.other = diagrams.load(Bundle(diagram.key, diagram.version + 1, diagram.files))
        assert self.other is not diagram

    def _move(self, number: int, facts: dict[str, Any]) -> tuple[Any, Step]:
        there = move(self.diagram, self.other, self.state, facts=facts, now=self.now)
        assert json.loads(there.snapshot) == json.loads(self.state)
        assert not there.timers
        assert not there.waits
        assert not there.skipped
        assert {task.id for task in there.tasks} == {id for id, w in self.waiting.items() if w[0] == "task"}
        self.state, self.diagram, self.other = there.snapshot, self.other, self.diagram
        return super()._move(number, facts)


def test_moved_to_an_equal_version_is_the_same_as_not_moved() -> None:
    for seed in range(DIAGRAMS):
        drawing = load(Artist(random.Random(seed)).document())
        assert list(MovingWalk(drawing, seed).trace()) == list(Walk(drawing, seed).trace()), f"seed {seed}"


A_B_C = (node("userTask", "a"), node("userTask", "b"), node("userTask", "c"))
BEFORE = simple(*A_B_C, chain("s", "a", "b", "c", "e"))


def at_b(document: bytes = BEFORE) -> tuple[Diagram, Case]:
    """An instance that waits at the second of three tasks."""
    case = Case(load(document))
    case.do("a", vist="ja")
    return case.diagram, case


def test_a_task_after_it_is_there_when_the_instance_comes_to_it() -> None:
    old, case = at_b()
    new = load(simple(*A_B_C, node("userTask", "x"), chain("s", "a", "b", "x", "c", "e")))
    there = moved(old, new, case.state)
    assert [(task.id, task.element_id) for task in there.tasks] == [(case.task("b").id, "b")]
    assert there.skipped == ()
    _, step = runtime.complete(
        new, there.snapshot, case.task("b").id, {}, data={}, lane=None, facts={}, now=START
    )
    assert [task.element_id for task in step.opened] == ["x"]


def test_a_task_before_it_is_skipped_and_told_of() -> None:
    old, case = at_b()
    new = load(simple(*A_B_C, node("userTask", "x", name="Nyt trin"), chain("s", "a", "x", "b", "c", "e")))
    assert [element.name for element in moved(old, new, case.state).skipped] == ["Nyt trin"]


def test_a_finished_task_may_be_gone() -> None:
    old, case = at_b()
    new = load(simple(*A_B_C[1:], chain("s", "b", "c", "e")))
    there = moved(old, new, case.state)
    assert runtime.data(there.snapshot)["vist"] == "ja"
    assert json.loads(moved(new, old, there.snapshot).snapshot) == json.loads(case.state)


def test_a_new_name_and_a_new_lane_are_told() -> None:
    old, case = at_b()
    new = load(BEFORE.replace(b'<bpmn:userTask id="b"', b'<bpmn:userTask name="Nyt navn" id="b"'))
    [task] = moved(old, new, case.state).tasks
    assert (task.id, task.name) == (case.task("b").id, "Nyt navn")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (simple(*A_B_C[::2], chain("s", "a", "c", "e")), "ikke findes i den nye version"),
        (
            simple(*A_B_C[::2], node("userTask", "b2"), chain("s", "a", "b2", "c", "e")),
            "ikke findes i den nye version",
        ),
        (
            simple(*A_B_C[::2], node("callActivity", "b", calledElement="x"), chain("s", "a", "b", "c", "e")),
            "en anden slags trin",
        ),
        (
            simple(
                *A_B_C,
                edge("k", "b", timer("P7D")),
                node("endEvent", "e2"),
                chain("s", "a", "b", "c", "e"),
                chain("k", "e2"),
            ),
            "hændelser på kanten",
        ),
        (
            simple(
                *A_B_C[::2],
                node("userTask", "b", repeated(over("hvem"))),
                chain("s", "a", "b", "c", "e"),
            ),
            "en anden slags trin",
        ),
    ],
    ids=["gone", "renamed", "kind", "edge", "rounds"],
)
def test_what_a_live_step_cannot_be(document: bytes, said: str) -> None:
    old, case = at_b()
    [(element, text)] = refused(old, load(document), case.state)
    assert element == "b"
    assert said in text


def test_a_join_that_waits_must_have_the_same_flows() -> None:
    fork = (node("parallelGateway", "g"), node("parallelGateway", "j"), *A_B_C)
    old = load(simple(*fork, chain("s", "g", "a", "j", "c", "e"), chain("g", "b", "j")))
    case = Case(old)
    case.do("a")
    fork += (node("userTask", "x"), chain("g", "b", "j"))
    same = load(simple(*fork, chain("s", "g", "a", "j", "x", "c", "e")))
    assert [task.element_id for task in moved(old, same, case.state).tasks] == ["b"]
    other = load(simple(*fork, chain("s", "g", "a", "x", "j", "c", "e")))
    assert [element for element, _ in refused(old, other, case.state)] == ["j"]


def with_timer(rule: str) -> bytes:
    """Three tasks, the second with a limit."""
    return simple(
        *A_B_C,
        edge("k", "b", timer(rule)),
        node("endEvent", "e2"),
        chain("s", "a", "b", "c", "e"),
        chain("k", "e2"),
    )


def test_a_timer_keeps_its_instant_while_its_rule_is_the_same() -> None:
    old, case = at_b(with_timer("P7D"))
    new = load(with_timer("P7D").replace(b'id="k"', b'id="k" name="Slut"'))
    there = moved(old, new, case.state, START + timedelta(days=3))
    assert there.timers == ()
    _, step = runtime.fire(new, there.snapshot, facts={}, now=START + timedelta(days=7))
    assert [one.element_id for one in step.finished if one.outcome == "completed"][:1] == ["k"]


def test_a_timer_with_another_rule_is_reckoned_anew_and_does_not_fire() -> None:
    old, case = at_b(with_timer('= nu + duration("P7D")'))
    new = load(with_timer('= date and time("2026-02-03T10:00:00")'))
    there = moved(old, new, case.state, START + timedelta(days=5))
    [(before, after)] = there.timers
    assert (before.id, before.due) == (after.id, START + timedelta(days=7))
    assert after.due == datetime(2026, 2, 3, 9, tzinfo=UTC)
    [back] = moved(new, old, there.snapshot, START).timers
    assert back[1].due == START + timedelta(days=7)


def test_a_wait_for_another_message_is_told() -> None:
    def document(name: str) -> bytes:
        caught = node("intermediateCatchEvent", "r", message("m"))
        return simple(caught, chain("s", "r", "e"), outside=declared("m", name))

    case = Case(load(document("svar")))
    [wait] = moved(case.diagram, load(document("nyt_svar")), case.state).waits
    assert wait.message == "nyt_svar"


def test_inside_a_sub_process_it_is_the_same() -> None:
    def document(*inside: str) -> bytes:
        drawn = node("startEvent", "is") + "".join(inside) + node("endEvent", "ie")
        return simple(node("subProcess", "sp", drawn), chain("s", "sp", "e"))

    old = load(document(*A_B_C, chain("is", "a", "b", "c", "ie")))
    case = Case(old)
    case.do("a")
    new = load(document(*A_B_C[1:], node("userTask", "x"), chain("is", "x", "b", "c", "ie")))
    there = moved(old, new, case.state)
    assert [task.element_id for task in there.tasks] == ["b"]
    assert [element.id for element in there.skipped] == ["x"]
    gone = load(document(node("userTask", "x"), chain("is", "x", "ie")))
    assert refused(old, gone, case.state)[0][0] == "b"


def test_an_instance_that_is_over_is_not_moved() -> None:
    old, case = at_b()
    case.do("b")
    state, _ = runtime.cancel(old, case.state)
    with pytest.raises(moves.NotOpen):
        moved(old, old, state)


def test_a_rule_that_gives_no_instant_stops_the_move_at_its_element() -> None:
    old, case = at_b(with_timer("P7D"))
    with pytest.raises(moves.EngineError) as caught:
        moved(old, load(with_timer("= findes_ikke")), case.state)
    assert caught.value.element_id == "k"


def test_what_waits_at_an_end_lives_on_when_its_way_there_is_gone() -> None:
    fork = (node("parallelGateway", "g"), *A_B_C, node("endEvent", "e2"))
    old = load(simple(*fork, chain("s", "g", "a", "e2"), chain("g", "b", "c", "e")))
    case = Case(old)
    case.do("a", fra_a=1)
    new = load(simple(*A_B_C[1:], chain("s", "b", "c", "e")))
    there = moved(old, new, case.state)
    state, _ = runtime.complete(
        new,
        there.snapshot,
        case.task("b").id,
        {},
        data={"fra_b": 2},
        lane=None,
        facts={},
        now=START,
    )
    task = next(iter(moved(new, new, state).tasks))
    _, step = runtime.complete(new, state, task.id, {}, data={}, lane=None, facts={}, now=START)
    assert step.ended is not None
    assert step.ended.data == {"fra_a": 1, "fra_b": 2}
