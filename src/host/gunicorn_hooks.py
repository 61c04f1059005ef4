"""gunicorn, as the service uses it: the program is read once, before the workers are forked from it, and each
worker has its own connections and scheduler."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from gunicorn.app.base import BaseApplication

from host.mail import smtp_sender
from host.scheduler import Scheduler

_running: list[Scheduler] = []


class Web(BaseApplication):  # type: ignore[misc]
    """gunicorn's master, to be run in this process; GUNICORN_CMD_ARGS may set more."""

    def __init__(self, settings: Mapping[str, object], factory: tuple[str, str], *, scheduler: bool) -> None:
        """Take gunicorn's settings, the module and function that make the web, and whether the workers fire
        timers and send mail."""
        self._settings = settings
        self._factory = factory
        self._scheduler = scheduler
        super().__init__()

    def load_config(self) -> None:
        """Give gunicorn its settings."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)
        self.cfg.set("worker_exit", worker_exit)
        if self._scheduler:
            self.cfg.set("post_worker_init", post_worker_init)
        more = self.cfg.parser().parse_args(self.cfg.get_cmd_args_from_env())
        for name, value in vars(more).items():
            if value is not None and name != "args":
                self.cfg.set(name, value)
        import_module(self._factory[0])  # modules only: nothing is opened before the fork

    def load(self) -> Any:
        """Make the web, in a worker."""
        module, function = self._factory
        return getattr(import_module(module), function)()


def post_worker_init(worker: Any) -> None:
    """Start this worker's scheduler on the app that its web was made with."""
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
