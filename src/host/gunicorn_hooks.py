"""What gunicorn calls in each worker: start the scheduler after the fork, stop it before the end."""

import os
from typing import Any

from host.mail import smtp_sender
from host.scheduler import Scheduler

_running: list[Scheduler] = []


def post_worker_init(worker: Any) -> None:
    """Start this worker's scheduler on the app that its web was made with."""
    if os.environ.get("SAG_SCHEDULER", "1") != "1":
        return
    app = worker.wsgi.extensions["sagsgang"]
    scheduler = Scheduler(app, smtp_sender(app.settings))
    scheduler.start()
    _running.append(scheduler)


def worker_exit(server: Any, worker: Any) -> None:
    """Let what is being done be finished."""
    for scheduler in _running:
        scheduler.stop()
