"""The stage of a measurement: a throw-away service with the demo municipality and the measured procedures."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from host.app import App
from host.cast import read_cast, settle
from host.clock import FrozenClock, wall
from host.demo import PASSWORD
from host.publishing import publish_bundles
from host.settings import ROOT, read_settings
from host.wiring import connect, read_bundle
from records.crypto import new_key
from records.schema import migrate
from records.tables import Case, Person
from records.unit import Unit
from tasks.caseroles import set_case_role
from tasks.cases import OpenCase, open_case
from tasks.complete import Completed, CompleteTask, complete_task
from tasks.inbox import ListTasks, list_tasks
from tasks.people import SYSTEM, Actor, holders
from tasks.signin import NewToken, SignIn, new_token, sign_in
from tasks.starts import Started, StartProcedure, start_procedure

PROCEDURES = Path(__file__).parent / "procedures"
"""The measured procedures; no installation publishes them."""

TASKS, ROUNDS, TIMERS = "bench_opgave", "bench_runder", "bench_tid"

PUBLISHED = datetime(2020, 1, 1, tzinfo=UTC)
BEGINS = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
"""Where the stage's clock stands until it is moved. A served stage goes by real time."""

ASSESSED: dict[str, Any] = {
    "beslutning": "bevilg",
    "timer": 6,
    "dato": "2026-02-02",
    "notat": "Familien ønsker støtte i hverdagen, især om morgenen. " * 6,
}
"""Answers to the first task: the form's condition hides one field, and the gateway leads to the second."""

APPROVED: dict[str, Any] = {"godkendt": True, "bemaerkning": "Fint."}
"""Answers to the second task, which end the procedure."""


@dataclass(slots=True)
class Stage:
    """One throw-away service, who acts in it, and the steps that are measured."""

    kind: str
    """sqlite or postgresql."""
    environment: dict[str, str]
    """What a process of its own needs to serve the same database."""
    app: App
    caseworker: Actor
    leader: Actor
    _names: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def database(self) -> str:
        """The database's name as the table shows it."""
        return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self.kind]

    def move_clock(self, to: datetime) -> None:
        """Set the clock without firing anything."""
        assert isinstance(self.app.clock, FrozenClock)
        self.app.clock.set(to)

    def new_case(self) -> int:
        """Open a case that has its caseworker and its leader; return its id."""
        with self.app.database.writing(now=self.app.now()) as unit:
            return self.case_in(unit)

    def case_in(self, unit: Unit) -> int:
        """Open such a case in a transaction that may open more."""
        opened = open_case(unit, SYSTEM, OpenCase(f"Barn {next(self._names)}", date(2020, 5, 17)))
        case = unit.session.get_one(Case, opened.case_id)
        for role, actor in (("raadgiver", self.caseworker), ("kontorleder", self.leader)):
            assert actor.person_id is not None
            set_case_role(unit, case, role, actor.person_id)
        return opened.case_id

    def start(self, key: str, case_id: int, actor: Actor | None = None) -> Started:
        """Start a procedure in a case, by the caseworker when nobody is named."""
        return self.app.run(start_procedure, actor or self.caseworker, StartProcedure(key, case_id))

    def complete(self, actor: Actor, task_id: int, answers: dict[str, Any]) -> Completed:
        """Complete a task."""
        return self.app.run(complete_task, actor, CompleteTask(task_id, answers))

    def first_task(self, actor: Actor) -> int:
        """Return the id of the first task in somebody's list."""
        return self.app.read(list_tasks, actor, ListTasks()).rows[0].id

    def token(self, actor: Actor) -> str:
        """Return a new API token of a person."""
        return self.app.run(new_token, SYSTEM, NewToken(self._username(actor)))

    def session(self, actor: Actor) -> str:
        """Sign a person in and return the session's token, as a browser keeps it."""
        command = SignIn(self._username(actor), PASSWORD, "127.0.0.1", wall())
        token = self.app.run(sign_in, SYSTEM, command).token
        assert token is not None
        return token

    def _username(self, actor: Actor) -> str:
        with self.app.database.reading(now=self.app.now()) as unit:
            assert actor.person_id is not None
            return unit.session.get_one(Person, actor.person_id).username or ""


def prepare(url: str, environment: dict[str, str]) -> None:
    """Fill an empty database with the demo municipality and the measured procedures."""
    migrate(url)
    settings = read_settings(environment | {"SAG_DATABASE_URL": url})
    app = connect(settings, clock=FrozenClock(PUBLISHED))
    try:
        with app.database.writing(now=app.now()) as unit:
            settle(unit, read_cast(settings.processes), PASSWORD)
        publish_bundles(app, [read_bundle(folder) for folder in sorted(PROCEDURES.iterdir())])
    finally:
        app.database.close()


@contextmanager
def staged(kind: str, url: str, environment: dict[str, str]) -> Iterator[Stage]:
    """Open a prepared database; it is closed again, and its owner throws it away."""
    environment = environment | {"SAG_DATABASE_URL": url}
    app = connect(read_settings(environment), clock=FrozenClock(BEGINS))
    try:
        yield Stage(kind, environment, app, _holder(app, "raadgiver"), _holder(app, "kontorleder"))
    finally:
        app.database.close()


def new_environment() -> dict[str, str]:
    """Return settings with keys of their own: nothing of the machine's real installation is touched."""
    return {
        "SAG_DATA_KEYS": f"1:{new_key()}",
        "SAG_INDEX_KEY": new_key(),
        "SAG_SECRET_KEY": new_key(),
        "SAG_PROCESSES": str(ROOT / "processes"),
        "SAG_HTTPS": "0",
        "SAG_DEMO": "0",
    }


def _holder(app: App, role: str) -> Actor:
    with app.database.reading(now=app.now()) as unit:
        person_id = holders(unit, role)[0][0]
    return app.actor(person_id)
