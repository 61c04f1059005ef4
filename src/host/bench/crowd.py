"""Four people completing tasks at the same time, over HTTP."""

import threading
import time
from collections.abc import Iterator

from host.bench.client import Client, program
from host.bench.figures import Figure
from host.bench.places import Places
from host.bench.served import served
from host.bench.sizes import Size
from host.bench.stage import ASSESSED, TASKS, Stage
from host.errors import HostError
from tasks.inbox import ListTasks, list_tasks
from tasks.starts import StartProcedure, start_procedure

TARGET = 120
WARM = 10
"""Completions of each client that do not count: every worker thread has its connection then."""

READY_PER_SECOND = 400
"""Tasks made ready for each second of the measurement; more than anybody completes."""


def measure(places: Places, size: Size) -> Iterator[Figure]:
    """Measure on both databases, with two workers as on two cores. An answer that is an error is counted."""
    for kind in size.processes:
        with places.stage(kind) as stage, served(stage, workers=2, threads=4) as port:
            yield _figure(stage, size, port)


def _figure(stage: Stage, size: Size, port: int) -> Figure:
    token = stage.token(stage.caseworker)
    lots = [_open_tasks(stage, size) for _ in range(size.clients)]
    done = [0] * size.clients
    errors: list[str] = []
    begin = threading.Barrier(size.clients + 1)
    until = [0.0]

    def work(number: int) -> None:
        client: Client = program(port, token)

        def complete(task_id: int) -> bool:
            try:
                client.ask("POST", f"/api/v1/tasks/{task_id}/complete", {"answers": ASSESSED})
            except (HostError, OSError) as error:
                errors.append(str(error))
                return False
            return True

        for task_id in lots[number][:WARM]:
            complete(task_id)
        begin.wait()
        for task_id in lots[number][WARM:]:
            if time.perf_counter() > until[0]:
                break
            done[number] += complete(task_id)
        client.close()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(size.clients)]
    for thread in threads:
        thread.start()
    until[0] = float("inf")
    begin.wait()
    began = time.perf_counter()
    until[0] = began + size.seconds
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if errors:
        raise HostError(f"{len(errors)} of {sum(done) + len(errors)} completions failed: {errors[0]}")
    row = f"{size.clients} clients"
    return Figure(row, stage.database, "HTTP", sum(done) / seconds, "1/s", TARGET, better="more")


def _open_tasks(stage: Stage, size: Size) -> list[int]:
    """Start courses in a case of one client's own; return the ids of their tasks."""
    wanted = WARM + int(READY_PER_SECOND * size.seconds / size.clients) + 1
    case_id = stage.new_case()
    with stage.app.database.writing(now=stage.app.now()) as unit:
        for _ in range(wanted):
            start_procedure(unit, stage.leader, StartProcedure(TASKS, case_id))
    ids: list[int] = []
    after = None
    while True:
        command = ListTasks(after=after, limit=200, case_id=case_id)
        page = stage.app.read(list_tasks, stage.caseworker, command)
        ids += [row.id for row in page.rows]
        after = page.next_after
        if after is None:
            return ids
