"""The demo municipality: set up from nothing, and its clock moved forward through each due instant in its
order."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from host.app import App
from host.calendar import start_due
from host.cast import Cast, read_cast, settle
from host.clock import REFRESH_SECONDS, FrozenClock, wall
from host.errors import HostError
from host.publishing import gate_shipped
from host.register_file import fill_registers, read_registers
from records.errors import Conflict
from tasks import accounts, calendar_starts, demo_clock, due_work
from tasks.calendar_starts import EVERYTHING, Look
from tasks.people import SYSTEM
from tasks.procedures import PublishBundle, publish

PASSWORD = "sagsgang-demo"
"""Everybody's password in the demo; printed at start. A real installation has no such accounts."""

DEMO_SIGN_INS = {
    "front_stage": "Front Stage",
    "socialfaglig_leder": "Socialfaglig leder",
    "raadgiver": "Rådgiver",
    "kontorleder": "Kontorleder",
    "adm": "Administration",
    "socialfaglig_konsulent": "Socialfaglig konsulent",
    "procesejer": "Procesejer",
    "sekretaer_drift": "Systemforvalter",
}

MOST_AT_ONCE = 20_000
"""Timers that one move of the clock fires at most: a diagram that sets one each second is stopped here."""

STANDSTILL = 30.0
"""Seconds that a move waits for other nodes to finish what they are at, before it gives up."""


def is_empty(app: App) -> bool:
    """Tell whether nobody is in the database yet."""
    with app.database.reading(now=app.now()) as unit:
        return accounts.is_empty(unit)


def set_up(app: App) -> Cast:
    """Fill an empty database with the demo municipality and the shipped procedures, in one transaction.

    Raises Invalid when a procedure does not pass the gate, HostError when somebody else was first.
    """
    bundles = gate_shipped(app)
    try:
        with app.database.writing(now=app.now()) as unit:
            if not accounts.is_empty(unit):
                raise HostError("Databasen er ikke tom.")
            cast = settle(unit, read_cast(app.settings.processes), PASSWORD)
            fill_registers(unit, read_registers(app.settings.processes))
            for bundle in bundles:
                publish(unit, SYSTEM, PublishBundle(bundle))
    except Conflict as conflict:
        raise HostError("Databasen er ikke tom: en anden har netop sat den op.") from conflict
    return cast


def move_clock(
    app: App,
    to: datetime,
    *,
    pause: Callable[[float], None] = time.sleep,
    calendar: Look | None = EVERYTHING,
) -> int:
    """Move the demo clock forward to an instant (aware), stopping at each due timer and each start of the
    calendar on the way; return how many fired here. `calendar` narrows what the calendar starts (None:
    nothing).

    Other nodes may fire some of them: the clock goes on only when all that is due has been done. Raises
    HostError when the instant is in the past, the service is not a demo, or the work does not come to an end.
    """
    if not app.settings.demo and not isinstance(app.clock, FrozenClock):
        raise HostError("Uret kan kun flyttes i demoen.")
    if to < app.now():
        raise HostError("Uret kan kun flyttes frem.")
    fired = 0
    moved_at = time.monotonic()
    due = _next_due(app, calendar, to)
    while True:
        at = min(due, to) if due is not None else to
        if at > app.now():
            _set(app, at)
        step = app.fire_due()
        if calendar is not None:
            step += start_due(app, calendar)
        fired += step
        if fired > MOST_AT_ONCE:
            raise HostError(f"Uret stoppede efter {fired} tidspunkter. Flyt det videre herfra.")
        after = _next_due(app, calendar, to)
        now = app.now()
        if now >= to and (after is None or after > now):
            break
        if step or after != due:
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > STANDSTILL:
            raise HostError("Uret står stille: noget, der er forfaldent, bliver ikke færdigt. Prøv igen.")
        else:
            pause(0.02)  # another node is at it
        due = after
    if not isinstance(app.clock, FrozenClock):
        pause(REFRESH_SECONDS)  # by then every node has seen the new time
    return fired


def _next_due(app: App, calendar: Look | None, to: datetime) -> datetime | None:
    with app.database.reading(now=app.now()) as unit:
        due = due_work.next_due(unit)
        until = min(to, due) if due is not None else to
        begins = (
            calendar_starts.next_instant(unit, SYSTEM, (calendar, until)) if calendar is not None else None
        )
    return begins if begins is not None and begins <= until else due


def _set(app: App, to: datetime) -> None:
    if isinstance(app.clock, FrozenClock):
        app.clock.set(to)
        return
    app.run(demo_clock.put_ahead, SYSTEM, math.ceil((to - wall()).total_seconds()))
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
        found = accounts.account_per_role(unit, DEMO_SIGN_INS)
    return [DemoSignIn(DEMO_SIGN_INS[role], username, name) for role, username, name in found]
