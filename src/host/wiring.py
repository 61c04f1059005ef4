"""Puts the service together: settings → database, clock, roles, calendar → `App`."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml
from sqlalchemy import select

from engine.types import Bundle
from engine.workdays import USUAL_CLOSING_DAYS, Calendar, ClosingDay
from host.app import App
from host.clock import Clock, FrozenClock, wall
from host.errors import HostError
from host.settings import Settings
from records import tables
from records.crypto import KeyRing
from records.schema import is_current, migrate
from records.unit import Database, Unit, open_database
from tasks.roles import Role, RoleCatalogue

CALENDAR_AGE = 2.0
"""Seconds a node may go on with the closing days it has read; its own changes count at once."""

NOT_BUNDLED = (".md~", ".pyc")


def open_app(settings: Settings, *, clock: Clock | FrozenClock | None = None) -> App:
    """Migrate the database and return the running service. Raises HostError, RecordsError."""
    migrate(settings.database_url)
    return connect(settings, clock=clock)


def connect(settings: Settings, *, clock: Clock | FrozenClock | None = None) -> App:
    """Return the service on a database whose schema is current."""
    database = open_database(
        settings.database_url,
        keys=KeyRing(settings.data_keys, settings.index_key),
        calendar=_calendar_reader(),
    )
    database.shared["roles"] = read_roles(settings.processes)
    if clock is None:
        clock = Clock(lambda: _offset(database)) if settings.demo else Clock()
    return App(settings, database, clock)


def _offset(database: Database) -> int:
    with database.reading(now=wall()) as unit:
        return unit.session.scalar(select(tables.ClockOffset.seconds)) or 0


def _calendar_reader() -> Callable[[Unit], Calendar]:
    """Return the function that reads the closing days, keeping them for CALENDAR_AGE seconds."""
    known: dict[tuple[ClosingDay, ...], Calendar] = {}
    held: list[tuple[float, Calendar]] = []

    def read(unit: Unit) -> Calendar:
        if held and not unit.shared.pop("closing_days_changed", False):
            read_at, calendar = held[0]
            if time.monotonic() - read_at < CALENDAR_AGE:
                return calendar
        rows = unit.session.scalars(select(tables.ClosingDay).order_by(tables.ClosingDay.id)).all()
        closing = tuple(_closing_day(row) for row in rows)
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


def _closing_day(row: tables.ClosingDay) -> ClosingDay:
    if row.on_date is not None:
        return row.on_date
    assert row.month is not None
    assert row.day is not None
    return (row.month, row.day)


def usual_closing_days() -> Sequence[tables.ClosingDay]:
    """Return the closing days an installation starts with (processes.md 5)."""
    names = {(6, 5): "Grundlovsdag", (12, 24): "Juleaftensdag", (12, 31): "Nytårsaftensdag"}
    return [
        tables.ClosingDay(name=names[day], month=day[0], day=day[1])
        for day in USUAL_CLOSING_DAYS
        if isinstance(day, tuple)
    ]


def read_roles(processes: Path) -> RoleCatalogue:
    """Read the role catalogue that ships in processes/roles.yaml. Raises HostError."""
    file = processes / "roles.yaml"
    try:
        rows = yaml.safe_load(file.read_text(encoding="utf-8"))["roller"]
    except (OSError, KeyError, yaml.YAMLError) as error:
        raise HostError(f"{file} cannot be read: {error}") from error
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
        raise HostError(f"{folder} has no {folder.name}.bpmn")
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(NOT_BUNDLED)
    }
    return Bundle(folder.name, 0, files)


def shipped_procedures(processes: Path) -> list[Path]:
    """Return the folders of the procedures that ship, by key."""
    return sorted(path.parent for path in processes.glob("*/*.bpmn") if path.stem == path.parent.name)
