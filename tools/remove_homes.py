"""Takes each step and form rule that carries out a requirement out of its procedure, and sees who notices.

    python -m tools.remove_homes [--log FILE] [KEY or KEY/ELEMENT …]

A removal must turn something red: a check of the publishing gate, a test of a form's rules
(tests/procedures/rule_cases.py), or a rehearsal. Prints a line for each and exits with 1 when one is noticed
by nobody. Everything runs in throw-away databases, in as many processes as there are cores. Every rehearsal
is played once with nothing taken out; after that only those are played that passed what is gone, the shortest
first, and then the others of its procedure, until one fails. What a log says is noticed is not tried again.
"""

from __future__ import annotations

import argparse
import atexit
import logging
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from engine import diagrams
from engine.checks import Known, describe
from engine.errors import EngineError
from engine.types import Bundle
from host.errors import HostError
from host.publishing import known_around, problems_of
from host.rehearsal_run import Outcome, Play, play_all
from host.rehearsing import Theatre, prepare, scripts_of, throw_away
from host.settings import ROOT
from host.tracing import read_requirements, read_waiting
from host.wiring import read_bundle, read_roles, shipped_procedures
from tasks.errors import TaskError
from tests.procedures.rule_cases import CASES
from tools.without import Part, parts_of, without


@dataclass(frozen=True, slots=True)
class Noticed:
    """Who noticed that a part was gone: `by` is check, test, rehearsal or nobody; `what` says it in words."""

    part: Part
    by: str
    what: str
    seconds: float


def trial(processes: Path, wanted: Sequence[str] = (), known: Iterable[str] = ()) -> Iterator[Noticed]:
    """Take out each part that is the home of a requirement in scope, one at a time, and yield who noticed.

    `wanted` narrows it to procedures (`opstart_af_sag`) or parts (`opstart_af_sag/T1_Sagsfordeling`), `known`
    are names of parts that are left out. Raises HostError when a rehearsal is red with nothing taken out.
    """
    bundles = {folder.name: read_bundle(folder) for folder in shipped_procedures(processes)}
    scope = _scope()
    parts = [
        part
        for bundle in bundles.values()
        for part in parts_of(bundle)
        if scope & set(part.clauses) and _asked(part, wanted) and part.name not in known
    ]
    if not parts:
        return
    over = _over(processes, bundles, parts)
    workers = min(os.cpu_count() or 1, len(parts) // FEW)
    if workers < 2:
        with ExitStack() as stack:
            ground = _prepare(processes, stack)
            for part in parts:
                yield _try(ground, part, over[part])
        return
    # Not forked: the engine's sandbox and the database's connections belong to one process each.
    started = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, started, _begin_worker, (processes,)) as pool:
        yield from pool.map(_try_in_worker, parts, [over[part] for part in parts])


@dataclass(frozen=True, slots=True)
class _Ground:
    """What removals are tried on in one process."""

    bundles: Mapping[str, Bundle]
    known: Known
    theatre: Theatre


_Script = tuple[str, int]
"""A procedure, and the place of a rehearsal in its file."""

FEW = 12
"""Removals that one process tries before another one is worth its start."""

_worker: list[_Ground] = []


def _prepare(processes: Path, stack: ExitStack) -> _Ground:
    bundles = [read_bundle(folder) for folder in shipped_procedures(processes)]
    settings = throw_away(
        processes, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sagsgang-")))
    )
    theatre = Theatre(settings, prepare(settings, bundles))
    stack.callback(theatre.close)
    known = known_around(read_roles(processes), processes)
    known = replace(known, procedures={bundle.key: describe(bundle) for bundle in bundles})
    return _Ground({bundle.key: bundle for bundle in bundles}, known, theatre)


def _over(
    processes: Path, bundles: Mapping[str, Bundle], parts: Sequence[Part]
) -> dict[Part, tuple[_Script, ...]]:
    """Return for each part the rehearsals that may notice that it is gone: those that pass it, the shortest
    first, then the others of its procedure. Other procedures' are among them when parts of those are tried
    too. Raises HostError when one is red already, which would make every
    removal look noticed."""
    near = sorted({part.bundle for part in parts})
    plays = [Play("sqlite", key, n) for key in near for n in range(len(scripts_of(bundles[key])))]
    played = sorted(play_all(processes, bundles, plays), key=lambda one: one.played.seconds)
    for one in played:
        if one.played.problems:
            name, problem = one.played.name, one.played.problems[0]
            raise HostError(
                f"Et gennemspil er rødt, før noget er fjernet: {one.play.procedure}: {name}: {problem}"
            )
    return {part: _looking(part, bundles[part.bundle], played) for part in parts}


def _looking(part: Part, bundle: Bundle, played: Sequence[Outcome]) -> tuple[_Script, ...]:
    form = part.form.removesuffix(".form")
    elements = diagrams.load(bundle).elements.values()
    ids = {part.element, *(one.id for one in elements if form and one.properties.get("skema") == form)}
    gone = {(part.bundle, one) for one in ids}
    passing = [one for one in played if gone & one.played.passed]
    others = [one for one in played if one.play.procedure == part.bundle and one not in passing]
    return tuple((one.play.procedure, one.play.number) for one in (*passing, *others))


def _begin_worker(processes: Path) -> None:
    logging.disable(logging.CRITICAL)
    stack = ExitStack()
    atexit.register(stack.close)
    _worker[:] = [_prepare(processes, stack)]


def _try_in_worker(part: Part, scripts: tuple[_Script, ...]) -> Noticed:
    return _try(_worker[0], part, scripts)


def _try(ground: _Ground, part: Part, scripts: tuple[_Script, ...]) -> Noticed:
    began = time.monotonic()
    by, what = _notice(without(ground.bundles[part.bundle], part), ground, scripts)
    return Noticed(part, by, what, time.monotonic() - began)


def _scope() -> set[str]:
    """The ids that must be covered now: those that wait for nothing."""
    waiting = read_waiting()
    return {one.id for one in read_requirements() if waiting.reason(one) is None}


def _asked(part: Part, wanted: Sequence[str]) -> bool:
    return not wanted or part.bundle in wanted or part.name in wanted


def _notice(changed: Bundle, ground: _Ground, scripts: Iterable[_Script]) -> tuple[str, str]:
    problems = problems_of(changed, ground.known)
    if problems:
        return "check", f"{problems[0].rule}: {problems[0].text}"
    for case in CASES:
        if case.bundle == changed.key and not case.refuses(changed):
            return "test", f"test_form_rules: {case.form}: {case.text}"
    try:
        for key, number in scripts:
            played = ground.theatre.play(key, scripts_of(ground.bundles[key])[number], changed)
            if played.problems:
                return "rehearsal", f"{key}: {played.name}: {played.problems[0]}"
    except (EngineError, TaskError) as error:
        return "check", f"kan ikke læses: {error}"
    return "nobody", ""


def main(arguments: Sequence[str]) -> int:
    """Run the trial and print a line for each part; return 1 when a removal was noticed by nobody."""
    quiet = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # what goes wrong is what this is about
    try:
        return _report(arguments)
    finally:
        logging.disable(quiet)


def _read(log: Path | None) -> set[str]:
    """The parts that an earlier run has tried, those that nobody noticed not among them."""
    if log is None or not log.exists():
        return set()
    lines = (line.split() for line in log.read_text(encoding="utf-8").splitlines())
    return {words[1] for words in lines if len(words) > 1 and words[0] != "nobody"}


def _report(arguments: Sequence[str]) -> int:
    unnoticed = []
    counts = {"check": 0, "test": 0, "rehearsal": 0, "nobody": 0}
    parser = argparse.ArgumentParser(prog="python -m tools.remove_homes")
    parser.add_argument(
        "--log", type=Path, help="written to as it goes; what stands in it is not tried again"
    )
    parser.add_argument("wanted", nargs="*", metavar="KEY or KEY/ELEMENT")
    given = parser.parse_args(arguments)
    known = _read(given.log)
    for found in trial(ROOT / "processes", given.wanted, known):
        counts[found.by] += 1
        if found.by == "nobody":
            unnoticed.append(found.part)
        line = f"{found.by:9} {found.part.name:70} {found.seconds:5.1f} s  {found.what}"[:200]
        print(line, flush=True)
        if given.log:
            with given.log.open("a", encoding="utf-8") as log:
                log.write(" ".join(line.splitlines()) + "\n")
    print(
        f"{sum(counts.values())} fjernet: {counts['check']} opdaget af kontrollen, "
        f"{counts['test']} af en test, {counts['rehearsal']} af et gennemspil, {counts['nobody']} af ingen."
    )
    for part in unnoticed:
        print(f"INGEN OPDAGER, AT DEN MANGLER: {part.name} ({', '.join(part.clauses)})")
    return 1 if unnoticed or not (sum(counts.values()) or known) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
