"""The nodes that test_kills.py kills: each is a process of its own with a scheduler, and people at work.

Started as a program it makes everything ready once and then forks a node for each line on its standard input,
answering with the process id; so a node that was killed is back after a moment, and not after two seconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from host.app import App
from host.mail import smtp_sender
from host.scheduler import Scheduler
from host.settings import read_settings
from host.wiring import connect
from records.errors import RecordsError
from records.tables import Task
from records.unit import Unit
from tasks import timers_together
from tasks.access import Denied
from tasks.complete import CompleteTask, complete_task
from tasks.errors import NotOpen
from tasks.people import SYSTEM, Actor

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Orders:
    """What a node is told: where to write, and who is at work."""

    acknowledged: str
    """File: a line for each completion that was acknowledged, `task submission seconds`."""
    troubles: str
    """File: what should never have happened."""
    finish: str
    """File that, once it is there, lets everybody answer that this was the last round."""
    front_stage: tuple[int, ...]
    caseworker: int
    people: int
    seed: int


def main() -> int:
    """Fork nodes until the input ends; their ids go out, one a line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a node: it is gone when it is gone
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(Orders(**json.loads(line)))
        print(child, flush=True)
    return 0


def _live(orders: Orders) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        _serve(orders)
        os._exit(0)
    except BaseException:
        _append(orders.troubles, traceback.format_exc())
        os._exit(1)


def _serve(orders: Orders) -> None:
    app = connect(read_settings())
    timers_together.MANY = 2  # so that many at once are killed too
    scheduler = Scheduler(app, smtp_sender(app.settings))
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    people = [
        threading.Thread(target=_work, args=(app, orders, number, stopped)) for number in range(orders.people)
    ]
    scheduler.start()
    for person in people:
        person.start()
    stopped.wait()
    for person in people:
        person.join()
    scheduler.stop()
    app.database.close()


def _work(app: App, orders: Orders, number: int, stopped: threading.Event) -> None:
    """Complete whatever task is open, one after the other, as the person it waits for."""
    chance = random.Random(orders.seed * 100 + number)
    people = {person_id: app.actor(person_id) for person_id in (*orders.front_stage, orders.caseworker)}
    while not stopped.is_set():
        try:
            _complete_one(app, orders, chance, people)
        except (NotOpen, Denied):
            pass  # somebody else was faster
        except RecordsError:
            pass  # too busy just now; the person would try again
        except Exception:
            _append(orders.troubles, traceback.format_exc())
        time.sleep(chance.uniform(0.0, 0.02))


def _complete_one(app: App, orders: Orders, chance: random.Random, people: Mapping[int, Actor]) -> None:
    opened = app.read(_open_tasks, SYSTEM, None)
    if not opened:
        return
    task_id, assignee = chance.choice(opened)
    actor = people[assignee if assignee is not None else chance.choice(orders.front_stage)]
    last = os.path.exists(orders.finish)
    began = time.monotonic()
    done = app.run(complete_task, actor, CompleteTask(task_id, {"tekst": "x" * 40, "mere": not last}))
    _append(orders.acknowledged, f"{task_id} {done.submission_id} {time.monotonic() - began:.3f}\n")


def _open_tasks(unit: Unit, actor: Actor, command: None) -> list[tuple[int, int | None]]:
    query = select(Task.id, Task.assignee_id).where(Task.status == "aaben").limit(30)
    return [(task_id, assignee) for task_id, assignee in unit.session.execute(query)]


def _append(file: str, text: str) -> None:
    """Write at once and whole: what the kernel has got outlives the process."""
    target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with contextlib.closing(os.fdopen(target, "wb", buffering=0)) as out:
        out.write(text.encode())


if __name__ == "__main__":
    sys.exit(main())
