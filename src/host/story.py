"""The past of the demo municipality: shipped rehearsals, played side by side up to the day the demo begins.

`processes/demo.yaml` says which. Each is a case, or what runs without one, with a child of its own; what they
do is done in the order of time, the calendar starts what it starts, and whatever lies after the beginning is
left for whoever tries the demo.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from math import ceil
from pathlib import Path
from typing import Any

import yaml

from host import demo
from host.app import App
from host.cast import Cast
from host.clock import FrozenClock, wall
from host.errors import HostError
from host.rehearsing import RehearsalStage, scripts_of
from host.settings import Settings
from host.wiring import connect, open_app, read_bundle
from records.schema import downgrade
from tasks import demo_clock
from tasks.calendar_starts import Look
from tasks.rehearsal import Rehearsal
from tasks.stage import instant_of
from tasks.yaml_text import read_yaml

FILE = "demo.yaml"

_DAY = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_LOOKED_AT = ("saa", "beviser")
"""What a story leaves out of a rehearsal: it does, and proves nothing."""


@dataclass(frozen=True, slots=True)
class Story:
    """What is played before the demo begins."""

    begins: datetime
    calendar: Look
    """What the calendar starts meanwhile; the rest begins when somebody runs the demo."""
    stands: datetime
    """The moment the demo is handed over at (aware)."""
    scripts: tuple[tuple[str, Mapping[str, Any]], ...]
    """(procedure key, rehearsal), with its own names and days."""


def read_story(processes: Path) -> Story | None:
    """Read the story; None when the procedures have none. Raises HostError naming what is wrong in it."""
    path = processes / FILE
    if not path.is_file():
        return None
    try:
        content = read_yaml(path.read_bytes())
        return Story(
            instant_of(content["begynder"]),
            Look(frozenset(content.get("kalender") or ())),
            instant_of(content["staar"]),
            tuple((row["procedure"], _script(processes, row)) for row in content["forloeb"]),
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise HostError(f"{FILE}: {error!r}") from error


def _script(processes: Path, row: Mapping[str, Any]) -> Mapping[str, Any]:
    key, name = row["procedure"], row["gennemspil"]
    script = next((one for one in scripts_of(read_bundle(processes / key)) if one["navn"] == name), None)
    if script is None:
        raise HostError(f"{FILE}: {key} har intet gennemspil »{name}«.")
    told: dict[str, Any] = _told(script, row.get("erstat") or {}, timedelta(weeks=row.get("uger", 0)))
    for part in ("sag", "start"):
        if isinstance(told.get(part), dict) and isinstance(row.get(part), Mapping):
            told[part] = {**told[part], **row[part]}
    return told


def _told(value: Any, names: Mapping[str, str], later: timedelta) -> Any:
    """Return a script with other names, so many weeks later."""
    if isinstance(value, Mapping):
        return {key: _told(inner, names, later) for key, inner in value.items() if key not in _LOOKED_AT}
    if isinstance(value, list):
        return [_told(inner, names, later) for inner in value]
    if isinstance(value, datetime | date):
        return value + later
    if isinstance(value, str):
        for known, other in sorted(names.items(), key=lambda pair: -len(pair[0])):
            value = re.sub(rf"\b{re.escape(known)}", other, value)
        return _DAY.sub(lambda day: (date.fromisoformat(day[0]) + later).isoformat(), value)
    return value


class StoryStage(RehearsalStage):
    """A stage that many rehearsals share: the clock only goes forward, and one calendar is for all."""

    def __init__(self, app: App, cast: Cast, look: Look) -> None:
        """Take the service, the ids of its cast, and what the calendar starts."""
        super().__init__(app, cast)
        self._look = look

    def set_clock(self, at: datetime) -> None:
        """Move the clock to where a rehearsal begins."""
        self.move_to(at)

    def move_to(self, at: datetime) -> None:
        """Move the clock forward; what another rehearsal has passed already stays passed."""
        if at > self.app.now():
            demo.move_clock(self.app, at, calendar=self._look)


def set_up(settings: Settings, at: datetime | None = None) -> None:
    """Fill an empty database with the demo municipality and its past; its clock then stands where the story
    ends. From an instant `at` (aware), or when the procedures have no story, there is no past and no case;
    the clock begins there, or is the real one.

    Raises HostError naming the rehearsal and the step that could not be done.
    """
    story = read_story(settings.processes) if at is None else None
    begins = story.begins if story is not None else at
    # Commits wait for the disk once, when all is there: a demo that is half set up is set up again.
    app = connect(settings, clock=_apart(begins) if begins is not None else None, synchronous="NORMAL")
    try:
        cast = demo.set_up(app)
        if story is not None:
            play(story, app, cast)
            at = story.stands
        if at is not None:
            with app.database.writing(now=wall()) as unit:
                demo_clock.begin_at(unit, ceil((at - wall()).total_seconds()))
    finally:
        app.database.close()


def _apart(at: datetime) -> FrozenClock:
    """A clock that stands within a second after an instant, each time elsewhere: a running node knows a new
    demo by the moment its procedures were published (`wiring.DemoTime`)."""
    return FrozenClock(at.replace(microsecond=wall().microsecond))


def reset(settings: Settings, at: datetime | None = None) -> App:
    """Empty the demo's database, set it up anew (`set_up`), and return the service on it.

    A service that runs on it forgets what it knew (`wiring.DemoTime`), but its visitors sign in again.
    Raises HostError when the service is not a demo.
    """
    if not settings.demo:
        raise HostError("Kun en demo kan sættes op forfra (SAG_DEMO).")
    downgrade(settings.database_url, "base")
    open_app(settings).database.close()
    set_up(settings, at)
    return connect(settings)


def play(story: Story, app: App, cast: Cast) -> None:
    """Play a story on a municipality that has nothing yet, to where it stands. Raises HostError."""
    clock = StoryStage(app, cast, story.calendar)
    plays = [
        _acts(number, Rehearsal(StoryStage(app, cast, story.calendar), key, script))
        for number, (key, script) in enumerate(story.scripts)
    ]
    for moment, number, act in merge(*plays, key=lambda act: act[:2]):
        if moment > story.stands:
            break
        try:
            clock.move_to(moment)
            act()
        except Exception as error:
            key, script = story.scripts[number]
            raise HostError(f"{FILE}: {key}, »{script['navn']}«, {moment}: {error}") from error
    clock.move_to(story.stands)


_Act = tuple[datetime, int, Callable[[], None]]


def _acts(number: int, rehearsal: Rehearsal) -> Iterator[_Act]:
    """Yield what is done in a rehearsal, each with its time; a step without one follows at once."""
    moment = instant_of(rehearsal.script["begynder"])
    yield moment, number, rehearsal.begin
    steps: Sequence[Mapping[str, Any]] = rehearsal.script.get("trin") or ()
    for place, step in enumerate(steps, 1):
        when = step.get("den") or step.get("gaa_til")
        if when is not None:
            moment = max(moment, instant_of(when))
        if "afvises" in step or "gaa_til" in step or set(step) <= {"den", "i_sag"}:
            continue
        yield moment, number, lambda place=place, step=step: rehearsal.step(place, step)  # type: ignore[misc]
