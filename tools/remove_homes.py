"""Takes each step and form rule that carries out a requirement out of its procedure, and sees who notices.

    python -m tools.remove_homes [KEY or KEY/ELEMENT …]

A removal must turn something red: a check of the publishing gate, a rehearsal, or a test of a form's rules
(tests/procedures/rule_cases.py). Prints a line for each and
exits with 1 when one is noticed by nobody. Everything runs in throw-away databases, in as many processes as
there are cores. A removal can only be noticed by the rehearsals of procedures that may reach the changed one,
so no others are played.
"""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.checks import Known, describe
from engine.errors import EngineError
from engine.types import Bundle
from host.cast import Cast
from host.clock import FrozenClock
from host.errors import HostError
from host.publishing import problems_of, publish_bundles
from host.rehearsing import LONG_AGO, play_on, scripts_of, stage_template
from host.settings import ROOT, Settings
from host.tracing import read_requirements, read_waiting
from host.wiring import connect, read_bundle, read_roles, shipped_procedures
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


def trial(processes: Path, wanted: Sequence[str] = ()) -> Iterator[Noticed]:
    """Take out each part that is the home of a requirement in scope, one at a time, and yield who noticed.

    `wanted` narrows it to procedures (`opstart_af_sag`) or parts (`opstart_af_sag/T1_Sagsfordeling`).
    """
    bundles = [read_bundle(folder) for folder in shipped_procedures(processes)]
    scope = _scope()
    parts = [
        part
        for bundle in bundles
        for part in parts_of(bundle)
        if scope & set(part.clauses) and _asked(part, wanted)
    ]
    with ExitStack() as stack:
        red = _red(_prepare(processes, stack), {part.bundle for part in parts})
    if red:
        raise HostError(f"Gennemspillene er ikke grønne, før noget er fjernet: {red}")
    workers = min(os.cpu_count() or 1, len(parts) // FEW)
    if workers < 2:
        with ExitStack() as stack:
            trial_ground = _prepare(processes, stack)
            for part in parts:
                yield _try(trial_ground, part)
        return
    # Not forked: the engine's sandbox and the database's connections belong to one process each.
    started = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, started, _begin_worker, (processes,)) as pool:
        yield from pool.map(_try_in_worker, parts)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What removals are tried on in one process."""

    bundles: Mapping[str, Bundle]
    known: Known
    settings: Settings
    cast: Cast
    near: Mapping[str, tuple[str, ...]]
    """Procedure → those whose rehearsals may reach it, itself first."""


FEW = 12
"""Removals that one process tries before another one is worth its start."""

_worker: list[_Ground] = []


def _prepare(processes: Path, stack: ExitStack) -> _Ground:
    bundles = [read_bundle(folder) for folder in shipped_procedures(processes)]
    settings, cast = stack.enter_context(stage_template(processes, bundles))
    by_key = {bundle.key: bundle for bundle in bundles}
    return _Ground(by_key, _known(processes, bundles), settings, cast, _near(by_key))


def _red(ground: _Ground, keys: Iterable[str]) -> str:
    """Return what is wrong before anything is taken out, which would make every removal look noticed."""
    for key in sorted(keys):
        for script in scripts_of(ground.bundles[key]):
            played = play_on(ground.settings, ground.cast, key, script)
            if played.problems:
                return f"{key}: {played.name}: {played.problems[0]}"
    return ""


def _begin_worker(processes: Path) -> None:
    logging.disable(logging.CRITICAL)
    stack = ExitStack()
    atexit.register(stack.close)
    _worker[:] = [_prepare(processes, stack)]


def _try_in_worker(part: Part) -> Noticed:
    return _try(_worker[0], part)


def _try(ground: _Ground, part: Part) -> Noticed:
    began = time.monotonic()
    by, what = _notice(without(ground.bundles[part.bundle], part), ground)
    return Noticed(part, by, what, time.monotonic() - began)


_MESSAGE = re.compile(rb'<bpmn:message [^>]*name="([^"]+)"')
_CALLED = re.compile(rb'calledElement="([^"]+)"')
_CALENDAR = b"kalender"


def _near(bundles: Mapping[str, Bundle]) -> dict[str, tuple[str, ...]]:
    """Return for each procedure those that may reach it: by a call, a message, or a rehearsal's own words."""
    drawn = {key: bundle.files[f"{key}.bpmn"] for key, bundle in bundles.items()}
    messages = {key: set(_MESSAGE.findall(text)) - {_CALENDAR} for key, text in drawn.items()}
    beside: dict[str, set[str]] = {key: set() for key in bundles}
    for key, bundle in bundles.items():
        named = bundle.files.get("rehearsals.yaml", b"")
        called = set(_CALLED.findall(drawn[key]))
        for other in bundles:
            word = rf"\b{other}\b".encode()
            if other != key and (
                other.encode() in called or messages[key] & messages[other] or re.search(word, named)
            ):
                beside[key].add(other)
    found = {}
    for key in bundles:
        reached, todo = [key], [key]
        while todo:
            one = todo.pop()
            for other in bundles:
                if one in beside[other] and other not in reached:
                    reached.append(other)
                    todo.append(other)
        found[key] = tuple(reached)
    return found


def _scope() -> set[str]:
    """The ids that must be covered now: those that wait for nothing."""
    waiting = read_waiting()
    return {one.id for one in read_requirements() if waiting.reason(one) is None}


def _asked(part: Part, wanted: Sequence[str]) -> bool:
    return not wanted or part.bundle in wanted or part.name in wanted


def _known(processes: Path, bundles: Iterable[Bundle]) -> Known:
    roles = read_roles(processes)
    return Known(
        roles=frozenset(roles.by_key),
        lanes=frozenset(name for role in roles.by_key.values() for name in (role.name, *role.also)),
        procedures={bundle.key: describe(bundle) for bundle in bundles},
    )


def _notice(changed: Bundle, ground: _Ground) -> tuple[str, str]:
    problems = problems_of(changed, ground.known)
    if problems:
        return "check", f"{problems[0].rule}: {problems[0].text}"
    for case in CASES:
        if case.bundle == changed.key and not case.refuses(changed, case.wrong):
            return "test", f"test_form_rules: {case.form}: {case.text}"
    try:
        with _published(changed, ground.settings) as stage:
            for key in ground.near[changed.key]:
                for script in scripts_of(ground.bundles[key]):
                    played = play_on(stage, ground.cast, key, script)
                    if played.problems:
                        return "rehearsal", f"{key}: {played.name}: {played.problems[0]}"
    except (EngineError, TaskError) as error:
        return "check", f"kan ikke læses: {error}"
    return "nobody", ""


@contextmanager
def _published(changed: Bundle, settings: Settings) -> Iterator[Settings]:
    """A copy of the prepared stage where the changed procedure is the newest version."""
    with tempfile.TemporaryDirectory(prefix="sagsgang-") as folder:
        copy = Path(folder) / "stage.db"
        shutil.copyfile(settings.database_url.removeprefix("sqlite:///"), copy)
        stage = replace(settings, database_url=f"sqlite:///{copy}")
        app = connect(stage, clock=FrozenClock(LONG_AGO))
        try:
            publish_bundles(app, [changed])
        finally:
            app.database.close()
        yield stage


def main(arguments: Sequence[str]) -> int:
    """Run the trial and print a line for each part; return 1 when a removal was noticed by nobody."""
    quiet = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # what goes wrong is what this is about
    try:
        return _report(arguments)
    finally:
        logging.disable(quiet)


def _report(arguments: Sequence[str]) -> int:
    unnoticed = []
    counts = {"check": 0, "test": 0, "rehearsal": 0, "nobody": 0}
    for found in trial(ROOT / "processes", arguments):
        counts[found.by] += 1
        if found.by == "nobody":
            unnoticed.append(found.part)
        line = f"{found.by:9} {found.part.name:70} {found.seconds:5.1f} s  {found.what}"
        print(line[:200], flush=True)
    print(
        f"{sum(counts.values())} fjernet: {counts['check']} opdaget af kontrollen, "
        f"{counts['test']} af en test, {counts['rehearsal']} af et gennemspil, {counts['nobody']} af ingen."
    )
    for part in unnoticed:
        print(f"INGEN OPDAGER, AT DEN MANGLER: {part.name} ({', '.join(part.clauses)})")
    return 1 if unnoticed or not sum(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
