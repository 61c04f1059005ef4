"""Filing documents in other systems: one small interface, and the folder that they collect documents from."""

import json
import logging
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from host.app import App
from records.unit import Unit
from tasks import documentjobs, filings
from tasks.filings import FilingOrder
from tasks.people import SYSTEM

MOST_AT_ONCE = 200

_log = logging.getLogger(__name__)


class Archive(Protocol):
    """Another system that documents are filed in."""

    def file(self, order: FilingOrder) -> None:
        """File a document under its reference; the same one again changes nothing. Raises OSError."""


class FolderArchive:
    """A folder that the other system collects from: a PDF and, after it, what it is, as JSON.

    The JSON file comes last and whole, so that whoever finds it finds the PDF too.
    """

    def __init__(self, root: Path) -> None:
        """Take the folder; each system has its own in it."""
        self._root = root

    def file(self, order: FilingOrder) -> None:
        """Write both files, readable by the owner's group. Raises OSError."""
        folder = self._root / order.target
        folder.mkdir(parents=True, exist_ok=True)
        about = json.dumps(order.about, ensure_ascii=False, indent=2) + "\n"
        _write(folder / f"{order.reference}.pdf", order.content)
        _write(folder / f"{order.reference}.json", about.encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    draft, name = tempfile.mkstemp(prefix=".", suffix=".del", dir=path.parent)
    try:
        with os.fdopen(draft, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(name, 0o640)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def archive_of(app: App) -> Archive | None:
    """Return where documents are filed, None when no folder is set."""
    root = app.settings.archive
    return FolderArchive(root) if root is not None else None


def file_due(app: App, archive: Archive | None = None, *, until: Callable[[], bool] = lambda: False) -> int:
    """File the rendered versions that wait; return how many were. A failure is noted and tried again."""
    found = archive or archive_of(app)
    done = 0
    if found is None or not app.read(documentjobs.anything_due, SYSTEM, documentjobs.FILE):
        return done
    for _ in range(MOST_AT_ONCE):
        if until():
            break
        job = app.write(lambda unit: documentjobs.take_job(unit, documentjobs.FILE))
        if job is None:
            break
        order = app.write(partial(_order, job))
        if order is None:
            continue
        try:
            found.file(order)
        except OSError as error:
            _log.warning("document version %s cannot be filed: %s", job.version_id, error)
            text = error.strerror or type(error).__name__
            app.write(partial(_failed, job.job_id, f"{text}. Kontrollér mappen i SAG_ARCHIVE_FOLDER."))
        else:
            app.write(partial(_filed, order))
            done += 1
    return done


def _order(job: documentjobs.Waiting, unit: Unit) -> FilingOrder | None:
    return filings.filing_of(unit, job)


def _filed(order: FilingOrder, unit: Unit) -> None:
    filings.filed(unit, order)


def _failed(job_id: int, text: str, unit: Unit) -> None:
    documentjobs.job_failed(unit, job_id, text, passing=True)
