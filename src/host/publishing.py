"""Publishing procedures from folders: the gate first, then the version."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.checks import Known, check, describe
from engine.types import Bundle, Problem
from host.app import App
from host.printing import template_problems
from host.tracing import read_requirements
from host.wiring import read_bundle, shipped_procedures
from tasks.errors import Invalid, TaskError
from tasks.messages import RetryMessage, deliver_again, startable
from tasks.people import SYSTEM, Actor
from tasks.procedures import PublishBundle, publish
from tasks.roles import RoleCatalogue


def known_in(app: App) -> Known:
    """Return what a check may take for given: the roles, and the shipped procedures that can be called."""
    catalogue = app.database.shared["roles"]
    assert isinstance(catalogue, RoleCatalogue)
    bundles = [read_bundle(folder) for folder in shipped_procedures(app.settings.processes)]
    around = known_around(catalogue, app.settings.processes)
    return replace(around, procedures={bundle.key: describe(bundle) for bundle in bundles})


def known_around(catalogue: RoleCatalogue, processes: Path) -> Known:
    """Return what every check may take for given, whatever procedures there are: the roles, the guides, and
    the ids of the rules that `punkter` may name."""
    return Known(
        roles=frozenset(catalogue.by_key),
        lanes=frozenset(name for role in catalogue.by_key.values() for name in (role.name, *role.also)),
        guides=frozenset(file.stem for file in (processes / "vejledninger").glob("*.md")),
        clauses=frozenset(row.id for row in read_requirements()),
    )


def problems_of(bundle: Bundle, known: Known) -> list[Problem]:
    """Return what stands in the way of publishing a bundle."""
    [templates] = template_problems([bundle])
    return _in_the_way(bundle, known, templates)


def _in_the_way(bundle: Bundle, known: Known, templates: Iterable[Problem]) -> list[Problem]:
    found = (*check(bundle, known=known), *templates)
    return [problem for problem in found if problem.level == "error"]


def require_sound(bundle: Bundle, known: Known) -> None:
    """Let a bundle through the gate, or raise Invalid with everything that is wrong, one line each."""
    _refuse(bundle, problems_of(bundle, known))


def _refuse(bundle: Bundle, problems: Sequence[Problem]) -> None:
    if problems:
        lines = "\n".join(
            f"{problem.file}:{problem.line or ''} {problem.element_id or ''} {problem.text}"
            for problem in problems
        )
        raise Invalid(f"{bundle.key} kan ikke udgives:\n{lines}")


def publish_folder(app: App, folder: Path, actor: Actor = SYSTEM, known: Known | None = None) -> int:
    """Check and publish a procedure's folder; return the version's id. Raises Invalid with the problems."""
    bundle = read_bundle(folder)
    require_sound(bundle, known or known_in(app))
    version_id = app.run(publish, actor, PublishBundle(bundle))
    start_what_waited(app)
    return version_id


def start_what_waited(app: App) -> int:
    """Let messages that waited for a procedure to be published, or to become valid, start it; return how
    many were tried.

    Each goes in its own case and transaction. One that fails has an incident then and is not tried again
    here.
    """
    waiting = app.read(startable, SYSTEM, None)
    for message_id in waiting:
        with contextlib.suppress(TaskError):
            app.run(deliver_again, SYSTEM, RetryMessage(message_id))
    return len(waiting)


def publish_bundles(app: App, bundles: Iterable[Bundle]) -> None:
    """Publish bundles as they are, past the gate: for rehearsals, which show what a draft does."""
    for bundle in bundles:
        app.run(publish, SYSTEM, PublishBundle(bundle))


def gate_shipped(app: App) -> list[Bundle]:
    """Return every shipped procedure, each let through the gate. Raises Invalid."""
    known = known_in(app)
    bundles = [read_bundle(folder) for folder in shipped_procedures(app.settings.processes)]
    for bundle, templates in zip(bundles, template_problems(bundles), strict=True):
        _refuse(bundle, _in_the_way(bundle, known, templates))
    return bundles
