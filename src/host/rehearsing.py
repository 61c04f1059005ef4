"""The stage for rehearsals: a throw-away service with the demo municipality and a clock of its own."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from engine.types import Bundle
from host.app import App
from host.cast import Cast, read_cast, settle
from host.clock import FrozenClock
from host.demo import move_clock
from host.errors import HostError
from host.publishing import publish_bundles
from host.register_file import fill_registers, read_registers
from host.settings import Settings, read_settings
from host.wiring import connect, open_app, read_bundle, shipped_procedures
from records.crypto import KeyRing
from records.unit import open_database
from tasks.calendar_starts import Look
from tasks.people import Actor
from tasks.rehearsal import Rehearsal
from tasks.stage import Played
from tasks.yaml_text import read_yaml

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
"""When the stage's municipality and procedures came to be: before any rehearsal."""


class RehearsalStage:
    """One throw-away service."""

    def __init__(self, app: App, cast: Cast) -> None:
        """Take a service with a frozen clock, and the ids of its cast."""
        self.app = app
        self.calendar: Look | None = None
        self._cast = cast

    def run(self, use_case: Any, actor: Actor, command: Any) -> Any:
        """Run a use case as the live service does."""
        return self.app.run(use_case, actor, command)

    def read(self, query: Any, actor: Actor, command: Any) -> Any:
        """Answer a question."""
        return self.app.read(query, actor, command)

    def move_to(self, at: datetime) -> None:
        """Move the clock forward; what falls due on the way happens in order. Going back is refused
        (HostError)."""
        move_clock(self.app, at, calendar=self.calendar)

    def settle(self) -> None:
        """Fire what is due now: a changed meeting reaches each of its cases in its own transaction."""
        self.app.fire_due()

    def set_clock(self, at: datetime) -> None:
        """Set the clock before anything has happened."""
        assert isinstance(self.app.clock, FrozenClock)
        self.app.clock.set(at)

    def person(self, name: str) -> int:
        """Return the id of a person of the cast. Raises LookupError."""
        if name not in self._cast.names:
            raise LookupError(f"{name} er ikke i persongalleriet")
        return self._cast.names[name]

    def actor(self, person_id: int) -> Actor:
        """Return a person with the roles held."""
        return self.app.actor(person_id)


@contextmanager
def stage_template(processes: Path, bundles: Sequence[Bundle]) -> Iterator[tuple[Settings, Cast]]:
    """Prepare a database with the cast and the bundles published; stages are copies of it."""
    with tempfile.TemporaryDirectory(prefix="sagsgang-") as folder:
        settings = replace(
            read_settings({"SAG_PROCESSES": str(processes)}, data=Path(folder)), schedule_seconds=3600.0
        )
        app = open_app(settings, clock=FrozenClock(LONG_AGO))
        try:
            with app.database.writing(now=app.now()) as unit:
                cast = settle(unit, read_cast(processes), None)
                fill_registers(unit, read_registers(processes))
            publish_bundles(app, bundles)
        finally:
            app.database.close()
        yield settings, cast


def rehearse(
    processes: Path, keys: Iterable[str] = (), bundles: Sequence[Bundle] | None = None
) -> list[Played]:
    """Play the rehearsals of these procedures (all when empty); every procedure of `bundles` is published.

    Raises HostError for an unknown key or a rehearsals file that cannot be read.
    """
    if bundles is None:
        bundles = [read_bundle(folder) for folder in shipped_procedures(processes)]
    wanted = list(keys) or [bundle.key for bundle in bundles]
    unknown = set(wanted) - {bundle.key for bundle in bundles}
    if unknown:
        raise HostError(f"no such procedure: {', '.join(sorted(unknown))}")
    played: list[Played] = []
    with stage_template(processes, bundles) as (settings, cast), replayed(settings) as fresh:
        for bundle in bundles:
            for script in scripts_of(bundle) if bundle.key in wanted else ():
                played.append(Rehearsal(RehearsalStage(fresh(), cast), bundle.key, script).play())
    return played


def scripts_of(bundle: Bundle) -> list[dict[str, Any]]:
    """Return the rehearsals of a bundle. Raises HostError when the file cannot be read."""
    content = bundle.files.get("rehearsals.yaml")
    if content is None:
        return []
    try:
        scripts = read_yaml(content)
    except yaml.YAMLError as error:
        raise HostError(f"{bundle.key}/rehearsals.yaml: {error}") from error
    return list(scripts or [])


def play_on(settings: Settings, cast: Cast, key: str, script: dict[str, Any]) -> Played:
    """Play one rehearsal of a procedure on a copy of a prepared stage (`stage_template`), and return how it
    went."""
    with replayed(settings) as fresh:
        return Rehearsal(RehearsalStage(fresh(), cast), key, script).play()


@contextmanager
def replayed(settings: Settings) -> Iterator[Callable[[], App]]:
    """Give what makes a service on a prepared stage, as it was prepared; the one before it is over then.

    The file stays and is written anew each time, and its connections stay open: a new engine would have to
    write every statement anew, which takes longer than most rehearsals.
    """
    with (
        tempfile.TemporaryDirectory(prefix="sagsgang-") as folder,
        closing(sqlite3.connect(":memory:")) as kept,
    ):
        with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as source:
            source.backup(kept)
        copy = Path(folder) / "stage.db"
        mine = replace(settings, database_url=f"sqlite:///{copy}")
        # Nothing on a stage need outlive a power cut.
        keys = KeyRing(mine.data_keys, mine.index_key)
        database = open_database(mine.database_url, keys=keys, synchronous="NORMAL")

        def fresh() -> App:
            with closing(sqlite3.connect(copy)) as target:
                target.execute("PRAGMA synchronous=OFF")
                kept.backup(target)
            return connect(mine, clock=FrozenClock(LONG_AGO), database=database)

        try:
            yield fresh
        finally:
            database.close()


def _in_memory() -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(":memory:"))
