"""Publishing procedures from folders: the gate first, then the version."""

from collections.abc import Iterable
from pathlib import Path

from engine.checks import Known, check, describe
from engine.types import Bundle, Problem
from host.app import App
from host.wiring import read_bundle, shipped_procedures
from tasks.errors import Invalid
from tasks.people import SYSTEM, Actor
from tasks.procedures import PublishBundle, publish
from tasks.roles import RoleCatalogue


def known_in(app: App) -> Known:
    """Return what a check may take for given: the roles, and the shipped procedures that can be called."""
    catalogue = app.database.shared["roles"]
    assert isinstance(catalogue, RoleCatalogue)
    bundles = [read_bundle(folder) for folder in shipped_procedures(app.settings.processes)]
    return Known(
        roles=frozenset(catalogue.by_key),
        lanes=frozenset(name for role in catalogue.by_key.values() for name in (role.name, *role.also)),
        procedures={bundle.key: describe(bundle) for bundle in bundles},
    )


def problems_of(bundle: Bundle, known: Known) -> list[Problem]:
    """Return what stands in the way of publishing a bundle."""
    return [problem for problem in check(bundle, known=known) if problem.level == "error"]


def publish_folder(app: App, folder: Path, actor: Actor = SYSTEM, known: Known | None = None) -> int:
    """Check and publish a procedure's folder; return the version's id. Raises Invalid with the problems."""
    bundle = read_bundle(folder)
    problems = problems_of(bundle, known or known_in(app))
    if problems:
        lines = "\n".join(
            f"{problem.file}:{problem.line or ''} {problem.element_id or ''} {problem.text}"
            for problem in problems
        )
        raise Invalid(f"{bundle.key} kan ikke udgives:\n{lines}")
    return app.run(publish, actor, PublishBundle(bundle))


def publish_bundles(app: App, bundles: Iterable[Bundle]) -> None:
    """Publish bundles as they are, past the gate: for rehearsals, which show what a draft does."""
    for bundle in bundles:
        app.run(publish, SYSTEM, PublishBundle(bundle))


def publish_shipped(app: App) -> None:
    """Publish every shipped procedure; only an empty database gets them by itself (decisions.md)."""
    known = known_in(app)
    for folder in shipped_procedures(app.settings.processes):
        publish_folder(app, folder, known=known)
