"""Completing a task, and starting a procedure until its first task is in the list."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median
from typing import Protocol

from host.bench.bare import Bare, bare
from host.bench.client import browser, program
from host.bench.figures import Figure, milliseconds, ratio
from host.bench.places import KINDS, Places
from host.bench.served import served
from host.bench.sizes import Size
from host.bench.stage import APPROVED, ASSESSED, TASKS, Stage
from host.errors import HostError

COMPLETE, START = "complete a task", "start → visible in the list"
TARGETS: dict[tuple[str, str], tuple[float, float | None]] = {
    (COMPLETE, "in process"): (14, 11),
    (COMPLETE, "HTTP"): (25, 20),
    (START, "HTTP"): (26, None),
}


class Way(Protocol):
    """A way to work: each act returns the seconds it took."""

    def start(self, case_id: int) -> float:
        """Start the procedure, as the leader."""

    def first_task(self) -> tuple[int, float]:
        """Read the caseworker's list; return the id of its first task as well."""

    def complete(self, task_id: int) -> float:
        """Complete the first task, as the caseworker: the second opens for the leader."""

    def close(self) -> None:
        """Hang up."""


class InProcess:
    """Use cases called by the bench itself."""

    def __init__(self, stage: Stage) -> None:
        """Work on this stage."""
        self._stage = stage

    def start(self, case_id: int) -> float:
        """Start the procedure."""
        began = time.perf_counter()
        self._stage.start(TASKS, case_id, self._stage.leader)
        return time.perf_counter() - began

    def first_task(self) -> tuple[int, float]:
        """Read the list."""
        began = time.perf_counter()
        found = self._stage.first_task(self._stage.caseworker)
        return found, time.perf_counter() - began

    def complete(self, task_id: int) -> float:
        """Complete the task."""
        began = time.perf_counter()
        self._stage.complete(self._stage.caseworker, task_id, ASSESSED)
        return time.perf_counter() - began

    def close(self) -> None:
        """Nothing is open."""


class Programs:
    """The API, with a token each."""

    def __init__(self, stage: Stage, port: int) -> None:
        """Make the tokens."""
        self._leader = program(port, stage.token(stage.leader))
        self._caseworker = program(port, stage.token(stage.caseworker))

    def start(self, case_id: int) -> float:
        """Start the procedure."""
        return self._leader.ask("POST", f"/api/v1/procedures/{TASKS}/start", {"case": str(case_id)}).seconds

    def first_task(self) -> tuple[int, float]:
        """Read the list."""
        answer = self._caseworker.ask("GET", "/api/v1/tasks?scope=mine")
        return int(answer.json()["items"][0]["id"]), answer.seconds

    def complete(self, task_id: int) -> float:
        """Complete the task."""
        body = {"answers": ASSESSED}
        return self._caseworker.ask("POST", f"/api/v1/tasks/{task_id}/complete", body).seconds

    def close(self) -> None:
        """Hang up."""
        self._leader.close()
        self._caseworker.close()


class Browsers:
    """The pages, in a session each."""

    def __init__(self, stage: Stage, port: int) -> None:
        """Sign in."""
        self._leader = browser(port, stage.session(stage.leader))
        self._caseworker = browser(port, stage.session(stage.caseworker))

    def start(self, case_id: int) -> float:
        """Start the procedure."""
        return self._leader.ask("POST", f"/procedurer/{TASKS}/begynd?sag={case_id}", {}).seconds

    def first_task(self) -> tuple[int, float]:
        """Read the worklist's page."""
        answer = self._caseworker.ask("GET", "/opgaver")
        found = re.search(rb"/opgaver/(\d+)", answer.body)
        if found is None:
            raise HostError("the worklist has no task in it")
        return int(found[1]), answer.seconds

    def complete(self, task_id: int) -> float:
        """Complete the task."""
        return self._caseworker.ask("POST", f"/opgaver/{task_id}/afslut", {"answers": ASSESSED}).seconds

    def close(self) -> None:
        """Hang up."""
        self._leader.close()
        self._caseworker.close()


def measure(places: Places, size: Size) -> Iterator[Figure]:
    """Measure on both databases: in process, with API tokens, and in signed-in sessions."""
    for kind in KINDS:
        with places.stage(kind) as stage, bare(stage) as unit:
            yield from _figures(stage, unit, size, "in process", InProcess(stage))
            if kind not in size.processes:
                continue
            with served(stage, workers=1, threads=4) as port:
                yield from _figures(stage, unit, size, "HTTP", Programs(stage, port))
                yield from _figures(stage, unit, size, "HTTP, session", Browsers(stage, port))


def _figures(stage: Stage, unit: Bare, size: Size, way: str, work: Way) -> Iterator[Figure]:
    with closing(work):
        times = _times(stage, unit, size, work)
    for row in (COMPLETE, START):
        target, aim = TARGETS.get((row, way.partition(",")[0]), (None, None))
        detail = {"ms": milliseconds(median(times[row])), "bare_ms": milliseconds(median(times["bare"]))}
        yield Figure(
            row, stage.database, way, ratio(times[row], times["bare"]), "×", target, aim, detail=detail
        )


def _times(stage: Stage, unit: Bare, size: Size, work: Way) -> dict[str, list[float]]:
    case_id = stage.new_case()
    times: dict[str, list[float]] = {COMPLETE: [], START: [], "bare": []}
    for run in range(size.warm + size.runs):
        if run == size.warm:
            for measured in times.values():
                measured.clear()
        started = work.start(case_id)
        task_id, listed = work.first_task()
        times[START].append(started + listed)
        times[COMPLETE].append(work.complete(task_id))
        times["bare"].append(unit.once())
        # The second task ends the procedure, so that every round finds the lists as the first one did.
        stage.complete(stage.leader, stage.first_task(stage.leader), APPROVED)
    return times
