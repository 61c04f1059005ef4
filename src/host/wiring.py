"""Puts the service together: settings → database, clock, roles, calendar → `App`."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import yaml

from engine.types import Bundle
from engine.workdays import Calendar, ClosingDay
from host.app import App
from host.clock import Clock, FrozenClock, wall
from host.errors import HostError
from host.settings import Settings
from records.crypto import KeyRing
from records.engine import Synchronous
from records.schema import is_current, migrate
from records.unit import Database, Unit, open_database
from tasks.closing_days import read_closing_days
from tasks.demo_clock import read_clock
from tasks.guides import ShippedGuide, take_shipped
from tasks.roles import Role, RoleCatalogue
from tasks.yaml_text import read_yaml

CALENDAR_AGE = 2.0
"""Seconds a node may go on with the closing days it has read; its own changes count at once."""

NOT_BUNDLED = (".md~", ".pyc")


def open_app(settings: Settings, *, clock: Clock | FrozenClock | None = None) -> App:
    """Migrate the database and return the running service. Raises HostError, RecordsError."""
    migrate(settings.database_url)
    app = connect(settings, clock=clock)
    app.write(lambda unit: take_shipped(unit, shipped_guides(settings.processes)))
    return app


def connect(
    settings: Settings,
    *,
    clock: Clock | FrozenClock | None = None,
    database: Database | None = None,
    synchronous: Synchronous | None = None,
) -> App:
    """Return the service on a database whose schema is current; `database` is one that is open already.

    `synchronous`: see `records.engine`.
    """
    if database is None:
        database = open_database(
            settings.database_url,
            keys=KeyRing(settings.data_keys, settings.index_key),
            synchronous=synchronous,
            calendar=_calendar_reader(),
        )
    else:
        database = database.reopened(_calendar_reader())
    database.shared["roles"] = read_roles(settings.processes)
    if clock is None:
        clock = Clock(DemoTime(database).offset) if settings.demo else Clock()
    return App(settings, database, clock)


class DemoTime:
    """Reads how far the demo's clock is ahead, and notices when the demo was set up anew meanwhile."""

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database
        self._founded: datetime | None = None

    def offset(self) -> int:
        """Return the seconds ahead of real time. What was kept of a demo that is gone is forgotten."""
        with self._database.reading(now=wall()) as unit:
            reading = read_clock(unit)
        if reading.founded != self._founded:
            for kept in [key for key in self._database.shared if key != "roles"]:
                self._database.shared.pop(kept, None)
            self._founded = reading.founded
        return reading.seconds


def _calendar_reader() -> Callable[[Unit], Calendar]:
    """Return the function that reads the closing days, keeping them for CALENDAR_AGE seconds."""
    known: dict[tuple[ClosingDay, ...], Calendar] = {}
    held: list[tuple[float, Calendar]] = []

    def read(unit: Unit) -> Calendar:
        if held and not unit.shared.pop("closing_days_changed", False):
            read_at, calendar = held[0]
            if time.monotonic() - read_at < CALENDAR_AGE:
                return calendar
        closing = read_closing_days(unit)
        calendar = known.setdefault(closing, Calendar(closing))
        held[:] = [(time.monotonic(), calendar)]
        return calendar

    return read


def installed_calendar(settings: Settings) -> Calendar:
    """Return the closing days of the installation; the usual ones when there is no database yet."""
    address = settings.database_url
    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
        return Calendar()
    if not is_current(address):
        return Calendar()
    database = open_database(address)
    try:
        with database.reading(now=wall()) as unit:
            return _calendar_reader()(unit)
    finally:
        database.close()


def read_roles(processes: Path) -> RoleCatalogue:
    """Read the role catalogue that ships in processes/roles.yaml. Raises HostError."""
    file = processes / "roles.yaml"
    try:
        rows = read_yaml(file.read_text(encoding="utf-8"))["roller"]
    except (OSError, KeyError, yaml.YAMLError) as error:
        raise HostError(f"{file} kan ikke læses: {error}") from error
    others: dict[str, list[str]] = {}
    for row in rows:
        if row.get("samme_som"):
            others.setdefault(row["samme_som"], []).extend(
                [row["noegle"], row["navn"], *row.get("ogsaa", [])]
            )
    return RoleCatalogue(
        Role(
            row["noegle"],
            row["navn"],
            row["binding"],
            bool(row.get("intern")),
            (*row.get("ogsaa", ()), *others.get(row["noegle"], ())),
        )
        for row in rows
        if not row.get("samme_som")
    )


def read_bundle(folder: Path) -> Bundle:
    """Read a procedure's folder as a bundle (version 0). Raises HostError when there is no diagram in it."""
    if not (folder / f"{folder.name}.bpmn").is_file():
        raise HostError(f"{folder} har ikke noget {folder.name}.bpmn.")
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(NOT_BUNDLED)
    }
    return Bundle(folder.name, 0, files)


def shipped_guides(processes: Path) -> list[ShippedGuide]:
    """Return the guides that ship, by key."""
    files = sorted((processes / "vejledninger").glob("*.md"))
    return [ShippedGuide(file.stem, file.read_text(encoding="utf-8")) for file in files]


def shipped_procedures(processes: Path) -> list[Path]:
    """Return the folders of the procedures that ship, by key."""
    return sorted(path.parent for path in processes.glob("*/*.bpmn") if path.stem == path.parent.name)
