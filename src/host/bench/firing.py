"""1,000 timers that fall due at once: one worker, then four, each timer exactly once."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from host.bench.bare import bare
from host.bench.children import child_environment, end, end_with_parent
from host.bench.figures import Figure, milliseconds
from host.bench.places import KINDS, Places
from host.bench.sizes import Size
from host.bench.stage import BEGINS, TIMERS, Stage
from host.errors import HostError
from host.settings import ROOT
from tasks.starts import StartProcedure, start_procedure

LATER = timedelta(days=120)
"""After the three months that the measured procedure waits, before anything else falls due."""

ONE_WORKER_SECONDS = 3.5
AT_ONCE = 20
"""Timers between two bare commits."""
_WAIT = 600


def measure(places: Places, size: Size) -> Iterator[Figure]:
    """Measure on both databases; the second lot is fired by processes of their own."""
    for kind in KINDS:
        with places.stage(kind) as stage:
            yield _one_worker(stage, size)
        if kind in size.processes:
            with places.stage(kind) as stage:
                yield _four_workers(stage, size)


def _one_worker(stage: Stage, size: Size) -> Figure:
    _wait_for_timers(stage, size.timers)
    stage.move_clock(BEGINS + LATER)
    with bare(stage) as unit:
        fired, seconds, commits = 0, 0.0, [unit.once()]
        while True:
            began = time.perf_counter()
            found = stage.app.fire_due(AT_ONCE)
            seconds += time.perf_counter() - began
            if found == 0:
                break
            fired += found
            commits += [unit.once(), unit.once()]
    if fired != size.timers or _wrong(stage, size.timers):
        raise HostError(f"{fired} timers fired, and not each of {size.timers} once")
    detail = {"each_ms": milliseconds(seconds / fired), "each_ratio": seconds / fired / median(commits)}
    # The target is for a thousand; a quick run counts as many as it fires.
    target = ONE_WORKER_SECONDS * size.timers / 1000
    row = f"{size.timers:,} due timers, one worker"
    return Figure(row, stage.database, "in process", seconds, "s", target, detail=detail)


def _four_workers(stage: Stage, size: Size) -> Figure:
    _wait_for_timers(stage, size.timers)
    command = [sys.executable, "-P", "-m", "host.bench.worker", (BEGINS + LATER).isoformat()]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        began = time.perf_counter()
        for _ in range(size.workers):
            processes.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=child_environment(stage),
                    stdout=subprocess.DEVNULL,
                    preexec_fn=end_with_parent(),
                )
            )
        ended = [process.wait(_WAIT) for process in processes]
        if any(ended):
            raise HostError("a worker that fires timers failed")
        seconds = time.perf_counter() - began
    finally:
        for process in processes:
            end(process)
    wrong = _wrong(stage, size.timers)
    row = f"{size.timers:,} due timers, {size.workers} workers: fired twice or never"
    detail = {"seconds_with_start": seconds}
    return Figure(row, stage.database, "processes", wrong, "timers", 0, detail=detail)


def _wait_for_timers(stage: Stage, timers: int) -> None:
    """Start so many courses that wait for a moment, each in a case of its own."""
    with stage.app.database.writing(now=stage.app.now()) as unit:
        for _ in range(timers):
            case_id = stage.case_in(unit)
            start_procedure(unit, stage.caseworker, StartProcedure(TIMERS, case_id))


def _wrong(stage: Stage, timers: int) -> int:
    """Return how many courses had their timer's effect not exactly once."""
    with stage.app.database.reading(now=stage.app.now()) as unit:
        ask = unit.connection.exec_driver_sql
        once = ask(
            "SELECT count(*) FROM (SELECT instance_id FROM journal_entry WHERE kind = 'timer'"
            " GROUP BY instance_id HAVING count(*) = 1) AS fired"
        ).scalar_one()
        tasks = ask("SELECT count(DISTINCT instance_id), count(*) FROM task").one()
        left = ask("SELECT count(*) FROM timer WHERE kind = 'bpmn'").scalar_one()
    return int(max(timers - once, abs(timers - tasks[0]), abs(timers - tasks[1]), left))
