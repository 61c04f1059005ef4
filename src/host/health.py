"""The health check: what a load balancer or a watchman asks, and what a person reads when it says no."""

import logging
from dataclasses import dataclass

from host.app import App
from records.errors import Busy, RecordsError
from records.schema import is_current
from tasks.pulse import take_pulse

LATE_SECONDS = 300.0
"""Due timers that have waited longer than this mean that no scheduler is at work."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is. Without a database the numbers are zero."""

    ok: bool
    """True when it can do its work: the database answers, its schema is ours, timers are fired."""
    database: bool
    """True when the database answers."""
    schema: bool
    """True when its schema is the one this program works with."""
    scheduler_lag_seconds: float
    """How long the timer that has been due longest has waited."""
    letters_waiting: int
    """Mails that are not sent yet, for whatever reason."""
    incidents_open: int
    """Things that wait for a person; they do not make the service unwell."""


NO_DATABASE = Health(False, False, False, 0.0, 0, 0)


def health(app: App) -> Health:
    """Return how the service is; never raises. Holds nothing about anybody."""
    try:
        if not is_current(app.database):
            return Health(False, True, False, 0.0, 0, 0)
        with app.database.reading(now=app.now()) as unit:
            pulse = take_pulse(unit)
    except Busy:
        return Health(False, True, True, 0.0, 0, 0)
    except RecordsError as error:
        _log.warning("the database does not answer: %s", error.__cause__ or error)
        return NO_DATABASE
    except Exception:
        _log.exception("the health check failed")
        return NO_DATABASE
    lag = pulse.behind.total_seconds()
    return Health(lag <= LATE_SECONDS, True, True, lag, pulse.letters_waiting, pulse.incidents_open)
