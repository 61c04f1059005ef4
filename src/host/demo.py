"""The demo municipality: set up from nothing, and its clock moved forward through each due instant in
order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from engine.workdays import instant
from host.app import App
from host.cast import Cast, read_cast, settle
from host.clock import FrozenClock, wall
from host.errors import HostError
from host.publishing import publish_shipped
from host.settings import Settings
from host.wiring import open_app
from records.schema import downgrade
from records.tables import ClockOffset, Person
from tasks import timers
from tasks.people import holders

PASSWORD = "sagsgang-demo"
"""Everybody's password in the demo; printed at start. A real installation has no such accounts."""

DEMO_SIGN_INS = (
    ("front_stage", "Front Stage"),
    ("socialfaglig_leder", "Socialfaglig leder"),
    ("raadgiver", "Rådgiver"),
    ("kontorleder", "Kontorleder"),
    ("adm", "Administration"),
    ("socialfaglig_konsulent", "Socialfaglig konsulent"),
    ("procesejer", "Procesejer"),
    ("sekretaer_drift", "Systemforvalter"),
)


def is_empty(app: App) -> bool:
    """Tell whether nobody is in the database yet."""
    with app.database.reading(now=app.now()) as unit:
        return (unit.session.scalar(select(func.count()).select_from(Person)) or 0) == 0


def set_up(app: App) -> Cast:
    """Fill an empty database with the demo municipality and publish the shipped procedures."""
    with app.database.writing(now=app.now()) as unit:
        cast = settle(unit, read_cast(app.settings.processes), PASSWORD)
    publish_shipped(app)
    return cast


def move_clock(app: App, to: datetime) -> int:
    """Move the demo clock forward to an instant (aware), stopping at each due timer on the way; return how
    many fired.

    Raises HostError when the instant is in the past or the service is not a demo.
    """
    if not app.settings.demo and not isinstance(app.clock, FrozenClock):
        raise HostError("the clock moves in the demo only")
    if to < app.now():
        raise HostError("the clock moves forward only")
    fired = 0
    while True:
        with app.database.reading(now=app.now()) as unit:
            due = timers.next_due(unit)
        if due is None or due > to:
            break
        _set(app, max(due, app.now()))
        step = app.fire_due()
        if step == 0:
            break
        fired += step
    _set(app, to)
    return fired + app.fire_due()


def _set(app: App, to: datetime) -> None:
    if isinstance(app.clock, FrozenClock):
        app.clock.set(to)
        return
    seconds = int((to - wall()).total_seconds()) + 1
    with app.database.writing(now=app.now()) as unit:
        row = unit.session.get(ClockOffset, 1, with_for_update=True)
        if row is None:
            row = ClockOffset(id=1, seconds=0)
            unit.session.add(row)
        row.seconds = max(row.seconds, seconds)
    app.clock.forget()


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One account that the demo offers: a role, and somebody who holds it."""

    role: str
    username: str
    name: str


def sign_ins(app: App) -> list[DemoSignIn]:
    """Return one account per role of DEMO_SIGN_INS."""
    with app.database.reading(now=app.now()) as unit:
        found: list[DemoSignIn] = []
        for role, title in DEMO_SIGN_INS:
            held = holders(unit, role)
            if held:
                username = unit.session.scalar(select(Person.username).where(Person.id == held[0][0]))
                found.append(DemoSignIn(title, username or "", held[0][1]))
        return found


def reset(settings: Settings, at: datetime | None) -> App:
    """Empty the demo's database and set it up anew, its clock beginning at an instant (None: now)."""
    downgrade(settings.database_url, "base")
    app = open_app(settings)
    if at is not None:
        with app.database.writing(now=wall()) as unit:
            unit.session.add(ClockOffset(id=1, seconds=int((at - wall()).total_seconds())))
        app.clock.forget()
    set_up(app)
    return app


def next_morning(now: datetime, days: int) -> datetime:
    """Return 8 o'clock local time so many days ahead."""
    return instant((now + timedelta(days=days)).date(), "08:00")
