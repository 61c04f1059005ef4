"""Serving the web: everything in one process for a try, gunicorn for real use; or timers and mail alone."""

import signal
import sys
import threading
from types import FrameType
from typing import Any

from host import demo, story
from host.app import App
from host.errors import HostError
from host.mail import smtp_sender
from host.scheduler import Scheduler
from host.settings import Settings, read_settings
from host.wiring import open_app

WSGI_FACTORY = ("web.wsgi", "application")
"""Where gunicorn finds the web; named and not imported, since the service does not know its face."""

GRACE_SECONDS = 15
"""How long a worker that is told to stop may go on with the requests it has."""


def run_embedded() -> int:
    """Serve with waitress in this process, the scheduler beside it; an empty database becomes the demo.

    SIGTERM and Ctrl-C stop it: what is under way is finished. Raises HostError when the address is taken.
    """
    from importlib import import_module

    import waitress

    settings = read_settings()
    app = open_app(settings)
    if settings.demo and demo.is_empty(app):
        print("Sætter demokommunen op og spiller dens forhistorie …", flush=True)
        story.set_up(settings)
        app.clock.forget()
    flask: Any = import_module("web.wsgi").build(app)
    scheduler = Scheduler(app, smtp_sender(settings))
    try:
        server = waitress.create_server(flask, host=settings.host, port=settings.port, threads=8)
    except OSError as error:
        raise HostError(
            f"{settings.host}:{settings.port} er optaget af noget andet. Sæt SAG_PORT til en anden port."
        ) from error

    def stop(_: int, __: FrameType | None) -> None:
        raise SystemExit(0)  # waitress then finishes the requests it has, and returns

    signal.signal(signal.SIGTERM, stop)
    try:
        scheduler.start()
        _announce(app)
        server.run()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        server.close()
        scheduler.stop()
        app.database.close()
    return 0


def _announce(app: App) -> None:
    settings = app.settings
    print(f"\nSagsgang kører på http://{settings.host}:{settings.port}  (stop med Ctrl-C)", flush=True)
    if not settings.demo:
        return
    print(f"\nDemo-brugere (adgangskode {demo.PASSWORD}):")
    for account in demo.sign_ins(app):
        print(f"  {account.role:<26} {account.username:<18} {account.name}")
    sys.stdout.flush()


def work() -> int:
    """Fire timers and send mail until SIGTERM or Ctrl-C; what is under way is finished."""
    settings = read_settings()
    app = open_app(settings)
    scheduler = Scheduler(app, smtp_sender(settings))
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    scheduler.start()
    print("Sagsgang udfører det, der forfalder, og sender mails (stop med Ctrl-C)", flush=True)
    stopped.wait()
    scheduler.stop()
    app.database.close()
    return 0


def serve(bind: str | None, workers: int, threads: int, *, scheduler: bool) -> int:
    """Become gunicorn's master until SIGTERM or Ctrl-C. The workers are forked from this process, which has
    read the program but opened nothing: each opens its own connections, and its scheduler, after the fork."""
    from host.gunicorn_hooks import Web

    settings: Settings = read_settings()
    open_app(settings).database.close()  # migrated once, before the workers start
    Web(
        {
            "worker_class": "gthread",
            "workers": workers,
            "threads": threads,
            "bind": bind or f"{settings.host}:{settings.port}",
            "graceful_timeout": GRACE_SECONDS,
        },
        WSGI_FACTORY,
        scheduler=scheduler,
    ).run()
    return 0
