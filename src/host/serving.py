"""Serving the web: everything in one process for a try, gunicorn for real use."""

import os
import signal
import sys
from types import FrameType
from typing import Any

from host import demo
from host.app import App
from host.errors import HostError
from host.mail import smtp_sender
from host.scheduler import Scheduler
from host.settings import Settings, read_settings
from host.wiring import open_app

WSGI_FACTORY = "web.wsgi:application()"
"""Where gunicorn finds the web; named and not imported, since the service does not know its face."""


def run_embedded() -> int:
    """Serve with waitress in this process, the scheduler beside it; an empty database becomes the demo."""
    from importlib import import_module

    import waitress

    settings = read_settings()
    app = open_app(settings)
    if settings.demo and demo.is_empty(app):
        print("Sætter demokommunen op …", flush=True)
        demo.set_up(app)
    flask: Any = import_module("web.wsgi").build(app)
    scheduler = Scheduler(app, smtp_sender(settings))
    try:
        server = waitress.create_server(flask, host=settings.host, port=settings.port, threads=8)
    except OSError as error:
        raise HostError(f"{settings.host}:{settings.port} is taken; set SAG_PORT ({error})") from error
    scheduler.start()
    _announce(app)

    def stop(_: int, __: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    try:
        server.run()
    finally:
        scheduler.stop()
        server.close()
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


def serve(bind: str | None, workers: int, threads: int, *, scheduler: bool) -> int:
    """Replace this process with gunicorn; each worker opens its own connections, and its scheduler, after
    the fork."""
    settings: Settings = read_settings()
    open_app(settings).database.close()  # migrated once, before the workers start
    os.environ["SAG_SCHEDULER"] = "1" if scheduler else "0"
    os.execv(
        sys.executable,
        [
            sys.executable,
            "-P",
            "-m",
            "gunicorn",
            "--worker-class",
            "gthread",
            "--workers",
            str(workers),
            "--threads",
            str(threads),
            "--bind",
            bind or f"{settings.host}:{settings.port}",
            "--graceful-timeout",
            "30",
            "--config",
            "python:host.gunicorn_hooks",
            WSGI_FACTORY,
        ],
    )
