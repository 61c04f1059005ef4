"""The scheduler: APScheduler is only the clock; what is due is claimed in the database, on any number of
nodes."""

import logging
import threading

from apscheduler.schedulers.background import BackgroundScheduler

from host.app import App
from host.mail import Send, send_due
from records.errors import RecordsError

_log = logging.getLogger(__name__)


class Scheduler:
    """Fires due timers and sends letters until it is stopped."""

    def __init__(self, app: App, send: Send | None) -> None:
        """`send` sends one mail; None where no mail server is set."""
        self._app = app
        self._send = send
        self._stopping = threading.Event()
        self._clock = BackgroundScheduler(timezone="UTC")

    def start(self) -> None:
        """Begin; call after fork."""
        every = self._app.settings.schedule_seconds
        for job in (self._fire, self._post):
            # One run at a time; a run that was missed is made up for by the next, which takes all that is
            # due.
            self._clock.add_job(
                job, "interval", seconds=every, max_instances=1, coalesce=True, misfire_grace_time=None
            )
        self._clock.start()

    def stop(self) -> None:
        """Finish what is being done and stop."""
        self._stopping.set()
        if self._clock.running:
            self._clock.shutdown(wait=True)

    def _fire(self) -> None:
        try:
            self._app.fire_due(until=self._stopping.is_set)
        except RecordsError:
            _log.exception("due timers could not be fired; tried again at the next tick")

    def _post(self) -> None:
        if self._send is None:
            return
        try:
            send_due(self._app, self._send)
        except RecordsError:
            _log.exception("letters could not be sent; tried again at the next tick")
