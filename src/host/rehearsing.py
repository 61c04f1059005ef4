"""The stage for rehearsals: a throw-away service with the demo municipality and a clock of its own."""

import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
from records.kept import kept
from tasks.calendar_starts import Look
from tasks.coverage import passed_in
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


class Theatre:
    """A database with the cast and every procedure, put back before each rehearsal. It is used by one at a
    time."""

    def __init__(self, settings: Settings, cast: Cast) -> None:
        """Open the database of these settings, which `prepare` has filled."""
        self.settings = settings
        self.cast = cast
        self._kept = kept(connect(settings, synchronous="OFF").database)
        self._changed = False

    def fresh(self) -> App:
        """Return a service on it as it was prepared, with a clock of its own; the one before it is over then.

        The connections stay open: a new engine would have to write every statement anew, which takes longer
        than most rehearsals.
        """
        if self._changed:
            self._kept.put_back()
        self._changed = True
        return connect(self.settings, clock=FrozenClock(LONG_AGO), database=self._kept.database)

    def play(self, key: str, script: dict[str, Any], changed: Bundle | None = None) -> Played:
        """Play one rehearsal of a procedure, and return how it went; `changed` is published before it."""
        began = time.monotonic()
        app = self.fresh()
        if changed is not None:
            publish_bundles(app, [changed])
        passed: set[tuple[str, str]] = set()
        app.database.passed = lambda procedure, step: passed.update(
            (procedure, one) for one in passed_in(step)
        )
        played = Rehearsal(RehearsalStage(app, self.cast), key, script).play()
        return replace(played, passed=frozenset(passed), seconds=time.monotonic() - began)

    def close(self) -> None:
        """Close the database."""
        self._kept.close()


def prepare(settings: Settings, bundles: Sequence[Bundle]) -> Cast:
    """Make the schema of an empty database, with the cast, the registers and these procedures."""
    app = open_app(settings, clock=FrozenClock(LONG_AGO))
    try:
        with app.database.writing(now=app.now()) as unit:
            cast = settle(unit, read_cast(settings.processes), None)
            fill_registers(unit, read_registers(settings.processes))
        publish_bundles(app, bundles)
    finally:
        app.database.close()
    return cast


def throw_away(processes: Path, folder: Path) -> Settings:
    """Return the settings of a service with its files, its keys and its database in `folder`."""
    return replace(read_settings({"SAG_PROCESSES": str(processes)}, data=folder), schedule_seconds=3600.0)


@contextmanager
def stage_template(processes: Path, bundles: Sequence[Bundle]) -> Iterator[tuple[Settings, Cast]]:
    """Prepare a file with the cast and the bundles published; stages are copies of it."""
    with tempfile.TemporaryDirectory(prefix="sagsgang-") as folder:
        settings = throw_away(processes, Path(folder))
        yield settings, prepare(settings, bundles)


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
    with stage_template(processes, bundles) as (settings, cast):
        theatre = Theatre(settings, cast)
        for bundle in bundles:
            if bundle.key in wanted:
                played += [theatre.play(bundle.key, script) for script in scripts_of(bundle)]
        theatre.close()
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
