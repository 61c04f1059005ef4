"""The running service as one object: use cases go in, and each is one transaction (architecture.md 2)."""

import logging
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from engine.errors import EngineError
from host.clock import Clock, FrozenClock, wall
from host.settings import Settings
from records.errors import Busy, Conflict
from records.unit import Database, Unit
from tasks import access, due_work, failures, timers, timers_together
from tasks.access import Denied
from tasks.errors import TaskError
from tasks.people import Actor, actor_of

C = TypeVar("C")
R = TypeVar("R")

TRIES = 3
"""How often an act is tried that gave way to another one. Nothing of it was saved, so it begins anew."""

PATIENCE = 8.0
"""Seconds after which an act that gave way is not tried again: somebody waits for the page."""

FIRING_SECONDS = 0.2
"""How long one process fires timers on SQLite before it lets others write, …"""

CROWDED_SECONDS = 0.02
"""… how long when somebody else has just been seen writing, …"""

BREATH_SECONDS = 0.01
"""… and for how long: SQLite has no queue, those who wait only look again now and then."""

_log = logging.getLogger(__name__)


class App:
    """Settings, database and clock, and the one way to run a use case."""

    def __init__(self, settings: Settings, database: Database, clock: Clock | FrozenClock) -> None:
        """Take what `host.wiring.open_app` put together."""
        self.settings = settings
        self.database = database
        self.clock = clock
        self._name = uuid.uuid4().hex
        self._acting = 0
        self._counting = threading.Lock()
        self._one_writer = database.engine.dialect.name == "sqlite"
        self._crowded_until = 0.0
        self._many_due = False

    def now(self) -> datetime:
        """Return the service's time, aware, in UTC."""
        return self.clock.now()

    def run(self, use_case: Callable[[Unit, Actor, C], R], actor: Actor, command: C) -> R:
        """Run a use case in one transaction, before any timer that is waiting for its turn.

        When the database refuses it in favour of another (Busy, Conflict), nothing was saved and it is tried
        again, at most TRIES times within PATIENCE seconds. A refusal (`Denied`) is logged and a procedure
        that cannot go on (`EngineError`) becomes an incident with an owner, each in a transaction of its own
        after the first was rolled back; then the error is raised on, an EngineError as the TaskError that
        tells the person what happened.
        """
        try:
            return self.write(lambda unit: use_case(unit, actor, command))
        except Denied as denied:
            self._note_refusal(actor, denied)
            raise
        except EngineError as error:
            failure = error
        text = self.write(lambda unit: failures.note_failure(unit, actor, command, failure))
        raise failures.CannotGoOn(text) from failure

    def read(self, query: Callable[[Unit, Actor, C], R], actor: Actor, command: C) -> R:
        """Answer a question without a write lock. A refusal is logged as in `run`."""
        try:
            with self.database.reading(now=self.now()) as unit:
                return query(unit, actor, command)
        except Denied as denied:
            self._note_refusal(actor, denied)
            raise

    def actor(self, person_id: int) -> Actor:
        """Return the person with the roles held today. Raises NotFound."""
        with self.database.reading(now=self.now()) as unit:
            return actor_of(unit, person_id)

    def _note_refusal(self, actor: Actor, denied: Denied) -> None:
        self.write(lambda unit: access.log_refusal(unit, actor, denied))

    def write(self, act: Callable[[Unit], R]) -> R:
        """Do something of the host's own in one transaction; tried again like a use case when it gave way."""
        began = time.monotonic()
        tries = 0
        with self._first():
            while True:
                try:
                    with self.database.writing(now=self.now()) as unit:
                        return act(unit)
                except (Busy, Conflict):
                    tries += 1
                    if tries >= TRIES or time.monotonic() - began > PATIENCE:
                        raise
                # A little apart, so that two that met do not meet again.
                time.sleep(random.uniform(0.01, 0.05) * tries)

    @contextmanager
    def _first(self) -> Iterator[None]:
        with self._counting:
            self._acting += 1
        try:
            yield
        finally:
            with self._counting:
                self._acting -= 1

    def fire_due(self, limit: int = 1000, until: Callable[[], bool] = lambda: False) -> int:
        """Do what is due and fire due timers, in transactions of their own; return how many.

        Where many can write at once and many are due, they are fired together (`timers_together`). A timer
        that fails is postponed (`timers.postpone`) and stops none of the others. Raises what the database
        raises when it cannot be asked at all.
        """
        fired = self._do_due(limit, until)
        gave_way: dict[int, int] = {}
        alone: set[int] = set()
        others = time.monotonic()
        while fired < limit and not until():
            if self._many_due:
                together = self._fire_many(limit - fired, alone)
                self._many_due = together > 0
                fired += together
                continue
            others = self._let_people_write(others)
            claimed: timers.Claimed | None = None
            asked = time.monotonic()
            try:
                with self.database.writing(now=self.now()) as unit:
                    claimed = timers.claim_next(
                        unit, self._node(), wall()
                    )  # its first statement waits for the lock
                    self._note_crowd(asked)
                    if claimed is not None and claimed.counted:
                        timers.fire(unit, claimed)
            except Exception as error:
                if claimed is None:
                    if isinstance(error, Busy):
                        break
                    raise
                tries = gave_way[claimed.timer_id] = gave_way.get(claimed.timer_id, 0) + 1
                if tries >= TRIES or not isinstance(error, Busy | Conflict):
                    self._postpone(claimed.timer_id, error)
                continue
            if claimed is None:
                break
            fired += claimed.counted
            self._many_due = not self._one_writer and claimed.together >= timers_together.MANY
        return fired

    def _fire_many(self, limit: int, alone: set[int]) -> int:
        """Fire a batch of timers; return how many. When it fails nothing of it was saved, and its timers are
        left `alone`: each is fired on its own, where the one at fault is found."""
        tried: list[int] = []
        try:
            with self.database.writing(now=self.now()) as unit:
                fired = timers_together.fire_many(unit, self._node(), limit, alone, tried)
        except Exception as error:
            if not tried and not isinstance(error, Busy):
                raise
            alone.update(tried)
            return 0
        alone.update(set(tried) - set(fired))
        return len(fired)

    def _node(self) -> str:
        """Return what names this process among all nodes; a process that was forked off is another one."""
        return f"{self._name}.{os.getpid()}"

    def _do_due(self, limit: int, until: Callable[[], bool]) -> int:
        """Do what is due beside the timers (`tasks.due_work`). One that fails is left for the next time."""
        done = 0
        for source in due_work.SOURCES:
            try:
                while done < limit and not until() and self.write(source.do_next):
                    done += 1
            except Busy:
                continue
            except Exception:
                _log.exception("what is due of %s failed; tried again the next time", source.name)
        return done

    def _postpone(self, timer_id: int, error: Exception) -> None:
        if isinstance(error, EngineError | TaskError | Busy | Conflict):
            text = str(error)
        else:
            _log.error("timer %s failed", timer_id, exc_info=error)
            text = f"Uventet fejl i programmet ({type(error).__name__}). Driftens log siger mere."
        self.write(lambda unit: timers.postpone(unit, timer_id, text))

    def _let_people_write(self, since: float) -> float:
        """Let others have a turn on SQLite, where one at a time can write; return when they last had one.

        The people of this process are counted, and a timer waits a moment for them. Those of another process
        cannot be seen until we meet: for them there is a pause now and then, and many once we have met.
        """
        if not self._one_writer:
            return since
        now = time.monotonic()
        paused = now - since > (CROWDED_SECONDS if now < self._crowded_until else FIRING_SECONDS)
        if paused:
            time.sleep(BREATH_SECONDS)
        while self._acting and time.monotonic() - now < 2 * BREATH_SECONDS:
            time.sleep(0.001)
        return time.monotonic() if paused else since

    def _note_crowd(self, asked: float) -> None:
        now = time.monotonic()
        if now - asked > BREATH_SECONDS:
            self._crowded_until = now + 2.0
