"""What gunicorn calls in each worker: start the scheduler after the fork, stop it before the end."""

import os
from typing import Any

from host.mail import smtp_sender
from host.scheduler import Scheduler

SCHEDULER = "SAG_SCHEDULER"
"""Variable that tells the workers whether to fire timers and send mail; `serve` sets it."""

_running: list[Scheduler] = []


def post_worker_init(worker: Any) -> None:
    """Start this worker's scheduler on the app that its web was made with."""
    if os.environ.get(SCHEDULER, "1") != "1":
        return
    app = worker.wsgi.extensions["sagsgang"]
    scheduler = Scheduler(app, smtp_sender(app.settings))
    scheduler.start()
    _running.append(scheduler)


def worker_exit(server: Any, worker: Any) -> None:
    """Let what is being done be finished, and leave the database."""
    while _running:
        _running.pop().stop()
    app = getattr(worker, "wsgi", None)
    if app is not None:
        app.extensions["sagsgang"].database.close()
