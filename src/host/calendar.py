"""Lets the calendar start what is due, each start in a transaction of its own (`tasks.calendar_starts`)."""

import logging
from collections.abc import Callable
from functools import partial

from engine.errors import EngineError
from host.app import TRIES, App
from records.errors import Busy, Conflict
from records.unit import Unit
from tasks import calendar_starts
from tasks.calendar_starts import EVERYTHING, Look
from tasks.errors import Taken, TaskError
from tasks.people import SYSTEM

_log = logging.getLogger(__name__)


def start_due(app: App, wanted: Look = EVERYTHING, until: Callable[[], bool] = lambda: False) -> int:
    """Look at today's start rules and start what is due; return how many started here.

    One that fails becomes an incident and stops none of the others; one whose meeting is there already, made
    by hand, lapses.
    """
    while not until() and app.write(lambda unit: calendar_starts.look(unit, SYSTEM, wanted)):
        pass
    started = 0
    gave_way: dict[int, int] = {}
    while not until():
        claimed: list[int] = []
        try:
            if not app.write(partial(_next, wanted=wanted, claimed=claimed)):
                return started
        except Exception as error:
            if not claimed:
                raise
            if isinstance(error, Taken):
                app.write(partial(calendar_starts.lapse, start_id=claimed[-1]))
                continue
            tries = gave_way[claimed[-1]] = gave_way.get(claimed[-1], 0) + 1
            if tries >= TRIES or not isinstance(error, Busy | Conflict):
                _fail(app, claimed[-1], error)
            continue
        started += 1
    return started


def _next(unit: Unit, wanted: Look, claimed: list[int]) -> bool:
    found = calendar_starts.claim(unit, wanted.only)
    if found is None:
        return False
    claimed.append(found.start_id)
    calendar_starts.perform(unit, found.row)
    return True


def _fail(app: App, start_id: int, error: Exception) -> None:
    if isinstance(error, EngineError | TaskError | Busy | Conflict):
        text = str(error)
    else:
        _log.error("calendar start %s failed", start_id, exc_info=error)
        text = f"Uventet fejl i programmet ({type(error).__name__}). Driftens log siger mere."
    app.write(lambda unit: calendar_starts.fail(unit, start_id, text))
