"""`./sag rehearse`: every rehearsal on SQLite and on PostgreSQL, and what of the diagrams they pass.

All plays go to a few processes; each has a database of its own of either kind, which is put back before each
play. A procedure is covered by its own rehearsals alone, and on each of the databases; only a decision table
that stands alike in several procedures is covered by theirs together, so those are played together.
"""

import functools
import json
import logging
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from engine import diagrams
from engine.diagrams import Diagram
from engine.types import Bundle
from host.cast import Cast
from host.errors import HostError
from host.rehearsing import Theatre, prepare, scripts_of, throw_away
from host.wiring import read_bundle, shipped_procedures
from tasks.coverage import Coverage, coverage_of, together
from tasks.stage import Played

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
"""What rehearsals are played on, and what it is called."""

FEW = 6
"""Plays that one process does before another one is worth its start."""

_SHOWN = 12
"""Things that no rehearsal passes, named for each procedure; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one process plays on one kind of database: a prepared one of its own, and the ids of its cast."""

    kind: str
    url: str
    cast: Cast


@dataclass(frozen=True, slots=True)
class Play:
    """One rehearsal on one database."""

    kind: str
    procedure: str
    number: int
    """Its place in the procedure's file, from 0."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a play went."""

    play: Play
    played: Played


def run_rehearsals(
    processes: Path,
    keys: Sequence[str] = (),
    kinds: Sequence[str] = tuple(DATABASES),
    *,
    as_json: bool = False,
) -> int:
    """Play the rehearsals of these procedures (all when empty) on these databases, and print how they went
    and what they cover; return 1 when one goes wrong, something is not passed, or there are none.

    Raises HostError for an unknown key, a file that cannot be read, and when there is no PostgreSQL.
    """
    bundles = {folder.name: read_bundle(folder) for folder in shipped_procedures(processes)}
    unknown = set(keys) - set(bundles)
    if unknown:
        raise HostError(f"Der er ingen procedure {', '.join(sorted(unknown))}.")
    drawn = {key: diagrams.load(bundle) for key, bundle in bundles.items()}
    wanted = [
        key for group in together(drawn.values()) if not keys or set(group) & set(keys) for key in group
    ]
    plays = [
        Play(kind, key, number)
        for key in wanted
        for number in range(len(scripts_of(bundles[key])))
        for kind in kinds
    ]
    began = time.monotonic()
    outcomes = []
    for outcome in play_all(processes, bundles, plays):
        outcomes.append(outcome)
        if not as_json:
            _say(outcome)
    covered = [_covered(drawn[key], drawn.values(), kinds, outcomes) for key in wanted]
    failed = [one for one in outcomes if one.played.problems]
    if as_json:
        print(json.dumps(_as_json(outcomes, covered), ensure_ascii=False, indent=1))
    else:
        _say_coverage(covered, drawn)
        on = " og ".join(DATABASES[kind] for kind in kinds)
        print(
            f"{len(plays) // len(kinds)} gennemspil på {on}: {len(plays) - len(failed)} ud af {len(plays)} "
            f"gik som skrevet, {time.monotonic() - began:.0f} s."
        )
    return 1 if failed or not plays or any(one.missing for one in covered) else 0


def play_all(processes: Path, bundles: Mapping[str, Bundle], plays: Sequence[Play]) -> Iterator[Outcome]:
    """Play them in order, in as many processes as there are cores, and yield each outcome in that order."""
    workers = max(1, min(os.cpu_count() or 1, len(plays) // FEW))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sagsgang-")))
        places = {
            kind: _places(kind, workers, folder, processes, list(bundles.values()), stack)
            for kind in dict.fromkeys(play.kind for play in plays)
        }
        if workers == 1:
            _open(processes, folder, [places[kind][0] for kind in places])
            stack.callback(_close)
            yield from map(_play, plays)
            return
        # Not forked: the engine's sandbox and the database's connections belong to one process each.
        started = multiprocessing.get_context("spawn")
        queue = started.SimpleQueue()
        for number in range(workers):
            queue.put([places[kind][number] for kind in places])
        pool = stack.enter_context(
            ProcessPoolExecutor(workers, started, _open_next, (processes, folder, queue))
        )
        yield from pool.map(_play, plays)


# -- in each process -----------------------------------------------------------------------------------------

_theatres: dict[str, Theatre] = {}
_processes: list[Path] = []


def _open_next(processes: Path, folder: Path, queue: Any) -> None:
    logging.disable(logging.CRITICAL)  # what goes wrong in a rehearsal is told where it is played
    _open(processes, folder, queue.get())


def _open(processes: Path, folder: Path, places: Sequence[Place]) -> None:
    _processes[:] = [processes]
    for place in places:
        settings = replace(throw_away(processes, folder), database_url=place.url)
        _theatres[place.kind] = Theatre(settings, place.cast)


def _close() -> None:
    for theatre in _theatres.values():
        theatre.close()
    _theatres.clear()
    _scripts.cache_clear()


def _play(play: Play) -> Outcome:
    script = _scripts(_processes[0], play.procedure)[play.number]
    return Outcome(play, _theatres[play.kind].play(play.procedure, script))


@functools.cache
def _scripts(processes: Path, key: str) -> list[dict[str, Any]]:
    return scripts_of(read_bundle(processes / key))


# -- databases -----------------------------------------------------------------------------------------------


def _places(
    kind: str, number: int, folder: Path, processes: Path, bundles: Sequence[Bundle], stack: ExitStack
) -> list[Place]:
    """Prepare one database of a kind, and copy it for each process."""
    settings = throw_away(processes, folder)
    if kind == "sqlite":
        cast = prepare(settings, bundles)
        files = [folder / f"{number}.db" for number in range(number)]
        for file in files:
            shutil.copyfile(settings.database_url.removeprefix("sqlite:///"), file)
        return [Place(kind, f"sqlite:///{file}", cast) for file in files]
    server = stack.enter_context(postgres_server())
    casts: list[Cast] = []

    def fill(url: str) -> None:
        casts.append(prepare(replace(settings, database_url=url), bundles))

    urls = [server.new(fill) for _ in range(number)]
    return [Place(kind, url, casts[0]) for url in urls]


def postgres_server() -> AbstractContextManager[Any]:
    """Return a throw-away PostgreSQL from the machine's binaries, for `with`. Raises HostError."""
    try:
        # Named and not imported: the tools are no part of the service.
        tool: Any = import_module("tools.postgres")
        tool.binaries()
    except (ImportError, RuntimeError) as error:
        raise HostError(f"{error} Uden PostgreSQL: ./sag rehearse --database sqlite.") from error
    server: AbstractContextManager[Any] = tool.running()
    return server


# -- what is said --------------------------------------------------------------------------------------------


def _covered(
    diagram: Diagram, others: Iterable[Diagram], kinds: Sequence[str], outcomes: Sequence[Outcome]
) -> Coverage:
    """What a procedure's own rehearsals pass on every one of the databases."""
    passed: list[set[tuple[str, str]]] = []
    for kind in kinds:
        own = (
            {one for one in outcome.played.passed if one[0] == outcome.play.procedure}
            for outcome in outcomes
            if outcome.play.kind == kind
        )
        passed.append(set[tuple[str, str]]().union(*own))
    return coverage_of(diagram, set.intersection(*passed), others)


def _say(outcome: Outcome) -> None:
    played = outcome.played
    mark = "FEJL" if played.problems else "ok  "
    where = DATABASES[outcome.play.kind]
    print(f"{mark} {where:10} {played.seconds:5.1f} s  {played.procedure}: {played.name}", flush=True)
    for problem in played.problems:
        print(f"       {problem}")


def _say_coverage(covered: Sequence[Coverage], drawn: Mapping[str, Diagram]) -> None:
    row: Callable[..., None] = lambda *cells: print("{:28}{:>12}{:>12}{:>14}{:>9}".format(*cells))  # noqa: E731
    print("\nPasseret af procedurens egne gennemspil:")
    row("", "elementer", "pile", "tabelrækker", "")
    for one in covered:
        row(one.procedure, *_counts([one]), f"{one.share} %")
    everything = sum(one.nodes + one.flows + one.rows for one in covered)
    share = 100 * (everything - sum(len(one.missing) for one in covered)) // max(1, everything)
    row("I alt", *_counts(covered), f"{share} %")
    for one in covered:
        drawing = drawn[one.procedure]
        flows = {flow.id: f"{flow.id} (fra {flow.source} til {flow.target})" for flow in drawing.flows}
        for missing in one.missing[:_SHOWN]:
            print(f"INTET GENNEMSPIL PASSERER {one.procedure}/{flows.get(missing, missing)}")
        if len(one.missing) > _SHOWN:
            print(f"… og {len(one.missing) - _SHOWN} mere i {one.procedure}")
    print()


def _counts(covered: Sequence[Coverage]) -> tuple[str, str, str]:
    def of(name: str) -> str:
        there = sum(getattr(one, name) for one in covered)
        gone = sum(len(getattr(one, f"missing_{name}")) for one in covered)
        return f"{there - gone}/{there}" if there else "–"

    return of("nodes"), of("flows"), of("rows")


def _as_json(outcomes: Sequence[Outcome], covered: Sequence[Coverage]) -> dict[str, Any]:
    return {
        "rehearsals": [
            {
                "procedure": one.played.procedure,
                "name": one.played.name,
                "database": one.play.kind,
                "proves": list(one.played.proves),
                "problems": list(one.played.problems),
                "seconds": round(one.played.seconds, 2),
            }
            for one in outcomes
        ],
        "coverage": [
            {
                "procedure": one.procedure,
                "nodes": one.nodes,
                "flows": one.flows,
                "rows": one.rows,
                "missing": list(one.missing),
                "share": one.share,
            }
            for one in covered
        ],
    }
