"""The worklist with a million open tasks: the same page at any number, and hardly more than an empty one."""

import time
from collections.abc import Iterator
from statistics import median

from host.bench.client import Client, browser, program
from host.bench.figures import Figure, interleaved, milliseconds, percentile, ratio
from host.bench.loading import load_open_tasks
from host.bench.places import Places
from host.bench.served import served
from host.bench.sizes import Size
from host.bench.stage import Stage
from host.errors import HostError
from tasks.inbox import PAGE, ListTasks, list_tasks
from tasks.people import Actor

GROWTH = 1.2
ABOVE_EMPTY_MS = 5.0
MINE = ListTasks("grupper")


def measure(places: Places, size: Size) -> Iterator[Figure]:
    """Measure on PostgreSQL: the page of my groups' tasks with few and with many, in turn, and over HTTP."""
    with places.stage("postgresql") as few, places.stage("postgresql") as many:
        reader = _reader(many)
        load_open_tasks(few, size.few_tasks, size.few_in_my_groups, reader.groups)
        load_open_tasks(many, size.open_tasks, size.in_my_groups, reader.groups)
        _same_page(many, reader, min(PAGE, size.in_my_groups))
        small, large = interleaved(size.lists, lambda: _read(few, reader), lambda: _read(many, reader))
        detail = {"ms": milliseconds(median(large)), "few_ms": milliseconds(median(small))}
        row = f"worklist p50, {size.open_tasks:,} open against {size.few_tasks:,}"
        yield Figure(row, many.database, "in process", ratio(large, small), "×", GROWTH, detail=detail)
        with served(many, workers=1, threads=4) as port:
            program_of = program(port, many.token(reader))
            yield _above_empty(
                many, size, "HTTP", program_of, "/api/v1/tasks?scope=grupper", "/api/v1/tasks?scope=mine"
            )
            page = browser(port, many.session(reader))
            yield _above_empty(many, size, "HTTP, session", page, "/opgaver?vis=grupper", "/opgaver?vis=mine")


def _reader(stage: Stage) -> Actor:
    """Somebody with groups and no task of their own, whose other list is therefore empty."""
    if not stage.leader.groups:
        raise HostError("the leader of the cast is in no group")
    return stage.leader


def _read(stage: Stage, reader: Actor) -> float:
    began = time.perf_counter()
    stage.app.read(list_tasks, reader, MINE)
    return time.perf_counter() - began


def _same_page(stage: Stage, reader: Actor, rows: int) -> None:
    found = stage.app.read(list_tasks, reader, MINE).rows
    if len(found) != rows:
        raise HostError(f"the worklist has {len(found)} tasks on its page, not {rows}")


def _above_empty(stage: Stage, size: Size, way: str, client: Client, full: str, empty: str) -> Figure:
    with_rows, without = interleaved(
        size.lists, lambda: client.ask("GET", full).seconds, lambda: client.ask("GET", empty).seconds
    )
    client.close()
    above = milliseconds(percentile(with_rows, 95) - percentile(without, 95))
    detail = {"p95_ms": milliseconds(percentile(with_rows, 95)), "p50_ms": milliseconds(median(with_rows))}
    row = f"worklist p95, {size.open_tasks:,} open, above the empty page"
    return Figure(row, stage.database, way, above, "ms", ABOVE_EMPTY_MS, detail=detail)
