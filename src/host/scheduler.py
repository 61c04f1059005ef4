"""The scheduler: APScheduler is only the clock; what is due is claimed in the database, on any number of
nodes."""

import logging
import threading
from collections.abc import Callable

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from host.app import App
from host.calendar import start_due
from host.filing import file_due
from host.mail import Send, send_due
from host.mailbox import mailbox_of, read_answers
from host.printing.queue import print_due
from host.publishing import start_what_waited
from tasks.attachments import clear_loose
from tasks.idempotency import forget_old
from tasks.invitations import tell_calendars

KEPT_SECONDS = 60.0
"""How often messages are looked for that a procedure would start with now."""

CALENDAR_SECONDS = 60.0
"""How often it is asked whether it is 6 o'clock and the day's start rules are still to be looked at."""

INVITATION_SECONDS = 5.0
"""How often it is asked which calendars are out of step with their meetings."""

ANSWER_SECONDS = 60.0
"""How often answers to invitations are looked for."""

CLEARING_SECONDS = 3600.0
"""How often answers are deleted that nobody asks for again."""

_log = logging.getLogger(__name__)

# A tick that comes while the one before is still at work is nothing to warn of.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


class Scheduler:
    """Fires due timers and sends letters until it is stopped."""

    def __init__(self, app: App, send: Send | None) -> None:
        """`send` sends one mail; None where no mail server is set."""
        self._app = app
        self._send = send
        self._stopping = threading.Event()
        # One thread for each job: a mail server that does not answer holds up no timer.
        self._clock = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(3)})

    def start(self) -> None:
        """Begin; call after fork."""
        self._every(_Job("due timers", lambda: self._app.fire_due(until=self._stopping.is_set)))
        # Publishing starts what waited; this is for versions that become valid by themselves.
        self._every(_Job("kept messages", lambda: start_what_waited(self._app)), KEPT_SECONDS)
        self._every(
            _Job("calendar starts", lambda: start_due(self._app, until=self._stopping.is_set)),
            CALENDAR_SECONDS,
        )
        self._every(_Job("old answers", lambda: self._app.write(forget_old)), CLEARING_SECONDS)
        self._every(_Job("loose files", lambda: self._app.write(clear_loose)), CLEARING_SECONDS)
        self._every(_Job("documents", self._documents))
        self._every(_Job("invitations", lambda: self._app.write(tell_calendars)), INVITATION_SECONDS)
        opens = mailbox_of(self._app.settings)
        if opens is not None:
            self._every(
                _Job("answers", lambda: read_answers(self._app, opens, until=self._stopping.is_set)),
                ANSWER_SECONDS,
            )
        if self._send is not None:
            send = self._send
            self._every(_Job("letters", lambda: send_due(self._app, send, until=self._stopping.is_set)))
        self._clock.start()

    def _documents(self) -> int:
        made = print_due(self._app, until=self._stopping.is_set)
        return made + file_due(self._app, until=self._stopping.is_set)

    def _every(self, job: "_Job", seconds: float = 0.0) -> None:
        # One run at a time; a run that was missed is made up for by the next, which takes all that is due.
        self._clock.add_job(
            job,
            "interval",
            seconds=max(seconds, self._app.settings.schedule_seconds),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def stop(self) -> None:
        """Finish the timer and the letter that are under way, and stop."""
        self._stopping.set()
        if self._clock.running:
            self._clock.shutdown(wait=True)


class _Job:
    """One thing done at every tick. A failure is logged once and not again until another one comes."""

    def __init__(self, name: str, do: Callable[[], int]) -> None:
        self.__name__ = name
        self._do = do
        self._trouble = ""

    def __call__(self) -> None:
        try:
            self._do()
        except Exception as error:
            trouble = f"{type(error).__name__}: {error}"
            if trouble != self._trouble:
                _log.exception("%s failed; tried again at the next tick", self.__name__)
            self._trouble = trouble
        else:
            if self._trouble:
                _log.info("%s go on", self.__name__)
            self._trouble = ""
