"""The running service as one object: use cases go in, and each is one transaction (architecture.md 2)."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from engine.errors import EngineError
from host.clock import Clock, FrozenClock
from host.settings import Settings
from records.errors import Busy
from records.unit import Database, Unit
from tasks import access, failures, timers
from tasks.access import Denied
from tasks.people import Actor, actor_of

C = TypeVar("C")
R = TypeVar("R")


class App:
    """Settings, database and clock, and the one way to run a use case."""

    def __init__(self, settings: Settings, database: Database, clock: Clock | FrozenClock) -> None:
        """Take what `host.wiring.open_app` put together."""
        self.settings = settings
        self.database = database
        self.clock = clock

    def now(self) -> datetime:
        """Return the service's time, aware, in UTC."""
        return self.clock.now()

    def run(self, use_case: Callable[[Unit, Actor, C], R], actor: Actor, command: C) -> R:
        """Run a use case in one transaction.

        A refusal (`Denied`) is logged and a procedure that cannot go on (`EngineError`) becomes an incident
        with an
        owner, each in a transaction of its own after the first was rolled back; then the error is raised on,
        an EngineError as the TaskError that tells the person what happened.
        """
        try:
            with self.database.writing(now=self.now()) as unit:
                return use_case(unit, actor, command)
        except Denied as denied:
            with self.database.writing(now=self.now()) as unit:
                access.log_refusal(unit, actor, denied)
            raise
        except EngineError as error:
            with self.database.writing(now=self.now()) as unit:
                text = failures.note_failure(unit, actor, command, error)
            raise failures.CannotGoOn(text) from error

    def read(self, query: Callable[[Unit, Actor, C], R], actor: Actor, command: C) -> R:
        """Answer a question without a write lock. A refusal is logged as in `run`."""
        try:
            with self.database.reading(now=self.now()) as unit:
                return query(unit, actor, command)
        except Denied as denied:
            with self.database.writing(now=self.now()) as unit:
                access.log_refusal(unit, actor, denied)
            raise

    def actor(self, person_id: int) -> Actor:
        """Return the person with the roles held today. Raises NotFound."""
        with self.database.reading(now=self.now()) as unit:
            return actor_of(unit, person_id)

    def fire_due(self, limit: int = 1000, until: Callable[[], bool] = lambda: False) -> int:
        """Fire due timers, each in its own transaction, until none is due here; return how many."""
        fired = 0
        while fired < limit and not until():
            try:
                with self.database.writing(now=self.now()) as unit:
                    claimed = timers.fire_next(unit)
            except timers.TimerFailed as failure:
                with self.database.writing(now=self.now()) as unit:
                    timers.postpone(unit, failure.timer_id, failure.text)
                continue
            except Busy:
                return fired
            if claimed.timer_id is None:
                return fired
            fired += 1
        return fired
