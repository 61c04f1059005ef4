"""History is dropped and nothing is lost: pruned and reloaded after every step = kept whole in memory."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from engine import runtime
from engine.course import Course
from engine.environment import Call
from engine.snapshots import load, save
from tests.engine.drawing import (
    Case,
    chain,
    declared,
    edge,
    flow,
    message,
    node,
    over,
    repeated,
    script,
    simple,
    timer,
)
from tests.engine.drawing import load as drawn
from tests.engine.random_diagrams import Walk, diagram

DIAGRAMS = 400
"""Random diagrams in the everyday suite; a multiple was run while the engine was built."""


@pytest.fixture
def unpruned(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the runtime keep the whole instance in memory, with all its history."""

    def same(_: Any, course: Course, call: Any) -> Course:
        course.call = call
        course.finished = []
        return course

    def keep() -> None:
        monkeypatch.setattr(runtime, "prune", lambda course: None)
        monkeypatch.setattr(runtime, "save", lambda course: course)
        monkeypatch.setattr(runtime, "load", same)

    def drop() -> None:
        monkeypatch.undo()

    return keep, drop


@pytest.mark.parametrize("part", range(8))
def test_pruned_and_reloaded_is_the_same_as_kept_whole(part: int, unpruned: Any) -> None:
    keep, drop = unpruned
    ended = 0
    for seed in range(part * DIAGRAMS // 8, (part + 1) * DIAGRAMS // 8):
        drawing = diagram(seed)
        pruned = list(Walk(drawing, seed).trace())
        keep()
        whole = list(Walk(drawing, seed).trace())
        drop()
        assert pruned == whole, f"seed {seed}"
        ended += pruned[-1][-1] is not None
    assert ended > DIAGRAMS // 8 // 3  # or the walks would prove little


def test_saving_twice_gives_the_same() -> None:
    for seed in range(60):
        drawing = diagram(seed)
        walk = Walk(drawing, seed)
        for _ in walk.trace():
            if walk.state is not None:
                call = Call(facts={}, now=walk.now, calendar=None)
                again = save(load(drawing.blueprint, walk.state, call))
                assert json.loads(again) == json.loads(walk.state)


FOREVER = {
    "task": (node("userTask", "u"), chain("m", "u", "x")),
    "edge": (
        node("userTask", "u"),
        edge("b", "u", timer("P1D"), interrupting=False),
        node("endEvent", "e2"),
        chain("m", "u", "x"),
        chain("b", "e2"),
    ),
    "fork": (
        node("parallelGateway", "g"),
        node("userTask", "u"),
        script("k", "n = 1"),
        node("parallelGateway", "j"),
        chain("m", "g", "u", "j", "x"),
        chain("g", "k", "j"),
    ),
    "rounds": (
        node("userTask", "u", repeated(over("hvem", "en", "alle", "svaret"))),
        chain("m", "u", "x"),
    ),
    "sub": (
        node(
            "subProcess",
            "sp",
            node("startEvent", "ss")
            + node("userTask", "u")
            + node("endEvent", "se")
            + chain("ss", "u", "se"),
        ),
        chain("m", "sp", "x"),
    ),
}


@pytest.mark.parametrize("pattern", FOREVER)
def test_the_state_does_not_grow(pattern: str) -> None:
    loop = (
        node("exclusiveGateway", "m"),
        node("exclusiveGateway", "x", default="x_m"),
        chain("s", "m"),
        flow("x", "m"),
        flow("x", "e", "nok = true"),
    )
    case = Case(drawn(simple(*loop, *FOREVER[pattern])), {"hvem": ["Liv", "Bo"]})
    sizes = {}
    rounds = 2_000 if pattern == "task" else 1_000  # ten thousand: `./sag bench rounds`
    for number in range(1, rounds + 1):
        while case.log.count("x") < 1:
            if pattern == "edge":
                case.wait(days=1)
            case.do("u", svaret=number % 10, dato="2026-02-02")
        case.log.clear()
        case.actions.clear()
        sizes[number] = len(case.state)
    assert sizes[rounds] <= sizes[10] + 8  # a digit more or less
    assert sizes[rounds] < 1000


def test_a_loop_beside_the_main_way_does_not_grow_the_state() -> None:
    drawing = drawn(
        simple(
            node("parallelGateway", "g"),
            node("userTask", "hoved"),
            node("endEvent", "stop", "<bpmn:terminateEventDefinition />"),
            node("exclusiveGateway", "m"),
            node("intermediateCatchEvent", "c", message("b")),
            node("parallelGateway", "g2"),
            node("userTask", "ekstra"),
            chain("s", "g", "hoved", "stop"),
            chain("g", "m", "c", "g2", "ekstra", "e"),
            chain("g2", "m"),
            outside=declared("b", "besked", variable="besked"),
        )
    )
    case = Case(drawing)
    sizes = []
    for number in range(300):
        case.tell("besked", {"nr": number % 10})
        case.tell("besked", {"nr": number % 10})
        assert case.tasks == ["ekstra", "ekstra", "hoved"]
        case.do("ekstra", 1, fundet=number % 10)
        case.do("ekstra", 0, fundet=number % 10)
        sizes.append(len(case.state))
    assert sizes[-1] <= sizes[10] + 8
    ended = case.do("hoved").ended
    assert ended is not None
    assert ended.data == {"besked": {"nr": 9}, "fundet": 9}


def test_threads_share_a_diagram() -> None:
    drawings = [diagram(seed) for seed in range(30)]
    expected = [list(Walk(drawing, seed).trace()) for seed, drawing in enumerate(drawings)]
    wrong: list[Any] = []

    def work() -> None:
        for seed, drawing in enumerate(drawings):
            try:
                if list(Walk(drawing, seed).trace()) != expected[seed]:
                    wrong.append(seed)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
