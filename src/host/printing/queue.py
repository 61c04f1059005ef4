"""Rendering what was issued: in the background, or when somebody opens it first. Kept once, for good."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from host.app import App
from host.printing.render import Failed, Job, Outcome, render
from records.errors import Conflict
from records.unit import Unit
from tasks import documentjobs, printouts
from tasks.documents import ReadDocument
from tasks.errors import NotOpen
from tasks.people import SYSTEM, Actor

MOST_AT_ONCE = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pdf:
    """A document's file: what to call it, and what is in it."""

    name: str
    content: bytes


def print_due(app: App, *, until: Callable[[], bool] = lambda: False) -> int:
    """Render the versions that wait, each in a process of its own; return how many were made."""
    made = 0
    if not app.read(documentjobs.anything_due, SYSTEM, documentjobs.PRINT):
        return made
    for _ in range(MOST_AT_ONCE):
        if until():
            break
        job = app.write(lambda unit: documentjobs.take_job(unit, documentjobs.PRINT))
        if job is None:
            break
        outcome = _render(app, job.version_id)
        if isinstance(outcome, Failed):
            _log.warning("document version %s cannot be rendered: %s", job.version_id, outcome.text)
            app.write(partial(_note_failure, job.job_id, outcome))
        else:
            _keep(app, job.version_id, outcome.content)
            made += 1
    return made


def pdf_of(app: App, actor: Actor, command: ReadDocument) -> Pdf:
    """Return a version as PDF to somebody who may see it, rendering it when nobody has yet.

    Raises NotFound, Denied; NotOpen when it cannot be rendered (there is an incident then).
    """
    file = app.run(printouts.open_file, actor, command)
    if file.content is not None:
        return Pdf(file.name, file.content)
    outcome = _render(app, file.version_id)
    if isinstance(outcome, Failed):
        app.write(partial(_note_of_version, file.version_id, outcome))
        raise NotOpen(
            "Dokumentet kan ikke laves som PDF lige nu. Teksten kan læses på siden, og den, der ejer "
            "skabelonen, har fået besked."
        )
    _keep(app, file.version_id, outcome.content)
    return Pdf(file.name, outcome.content)


def _render(app: App, version_id: int) -> Outcome:
    order = app.read(lambda unit, actor, command: printouts.order_of(unit, command), SYSTEM, version_id)
    about = {**order.about, "kommune": app.settings.municipality}
    return render(Job(order.kind, order.files, about, order.issued_at))


def _keep(app: App, version_id: int, content: bytes) -> None:
    targets = tuple(documentjobs.TARGETS) if app.settings.archive is not None else ()
    try:
        app.write(lambda unit: printouts.keep_file(unit, version_id, content, targets))
    except Conflict:
        _log.info("document version %s was rendered by another at the same time", version_id)


def _note_failure(job_id: int, failed: Failed, unit: Unit) -> None:
    places = "; ".join(f"{file}, linje {line}" for file, line in failed.lines[:1])
    text = f"{failed.text} ({places})" if places else failed.text
    documentjobs.job_failed(unit, job_id, text, passing=failed.passing)


def _note_of_version(version_id: int, failed: Failed, unit: Unit) -> None:
    job_id = documentjobs.job_of(unit, version_id, documentjobs.PRINT)
    if job_id is not None:
        _note_failure(job_id, failed, unit)
