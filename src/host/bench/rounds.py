"""A follow-up loop: whether its 10,000th round costs what its tenth did."""

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from host.bench.figures import Figure, interleaved, milliseconds, ratio
from host.bench.places import KINDS, Places
from host.bench.sizes import Size
from host.bench.stage import ROUNDS, Stage
from records.tables import Instance

AGAIN: dict[str, Any] = {"naaet": "nej", "notat": "Skolen venter på en tid. " * 4}
GROWTH = 1.3
LARGEST_STATE = 8 * 1024


class Course:
    """One instance of the loop, with the task that is open in it."""

    def __init__(self, stage: Stage) -> None:
        """Start it in a case of its own."""
        self._stage = stage
        started = stage.start(ROUNDS, stage.new_case())
        self._instance_id = started.instance_id
        self._task_id = started.next_task_id
        self.rounds = 0

    def go_on(self) -> float:
        """Do a round; return the seconds it took."""
        assert self._task_id is not None
        began = time.perf_counter()
        done = self._stage.complete(self._stage.caseworker, self._task_id, AGAIN)
        seconds = time.perf_counter() - began
        self._task_id = done.next_task_id
        self.rounds += 1
        return seconds

    def state_bytes(self) -> int:
        """Return the size of the instance's state."""
        with self._stage.app.database.reading(now=self._stage.app.now()) as unit:
            return len(unit.session.get_one(Instance, self._instance_id).state.encode())


def measure(places: Places, size: Size) -> Iterator[Figure]:
    """Measure rounds of an old course in turn with rounds of a young one, so that noise meets both alike."""
    for kind in KINDS:
        with places.stage(kind) as stage:
            old = Course(stage)
            for rounds in size.rounds:
                while old.rounds < rounds:
                    old.go_on()
                yield from _figures(stage, old, rounds, size)


def _figures(stage: Stage, old: Course, rounds: int, size: Size) -> Iterator[Figure]:
    young = Course(stage)
    while young.rounds < size.rounds[0]:
        young.go_on()
    aged, fresh = interleaved(size.pairs, old.go_on, young.go_on)
    growth = ratio(aged, fresh)
    detail = {"ms": milliseconds(median(aged)), "young_ms": milliseconds(median(fresh))}
    yield Figure(
        f"round {rounds:,} against round {size.rounds[0]:,}",
        stage.database,
        "in process",
        growth,
        "×",
        GROWTH,
        detail=detail,
    )
    if rounds == size.rounds[-1]:
        row = f"state after {rounds:,} rounds"
        yield Figure(row, stage.database, "in process", old.state_bytes(), "bytes", LARGEST_STATE)
