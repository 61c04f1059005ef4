"""Rendering: templates and data go to a process that can do nothing else, PDFs come back.

A template sees the files of its own bundle's `documents` folder and the shared layout, and no others. What
stands in the document is data (JSON); none of it is ever read as markup.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

MEDIA: Final = "application/pdf"

FOLDER: Final = "documents/"
"""Where a bundle's templates lie."""

SECONDS = 10
"""How long one document may take, start of the process not counted."""

START_SECONDS = 5

LAYOUT: Final = "sagsgang.typ"
STANDARD: Final = "standard.typ"
"""The template of a version whose bundle has none for its kind."""

SEEN: Final = (".typ", ".json", ".png", ".jpg", ".jpeg", ".svg", ".csv", ".txt")
"""Files of the documents folder that a template may read."""

_HERE: Final = Path(__file__).resolve().parent
_HEADER: Final = struct.Struct(">cQ")


@dataclass(frozen=True, slots=True)
class Job:
    """One document to render: its template's kind, the bundle's files, and what the platform and the diagram
    say of it."""

    kind: str
    files: Mapping[str, bytes]
    about: Mapping[str, Any]
    """`titel`, `version`, `udstedt` (local day), `kommune`, `sagsnummer`, `barn` … and `indhold`."""
    issued_at: datetime
    """Written into the file as its time, so that the same version gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A document that was rendered."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A document that could not be rendered: what typst says, and whether trying again could help."""

    text: str
    passing: bool = False
    lines: tuple[tuple[str, int], ...] = field(default=())
    """Files and lines that the error names, the innermost first."""


Outcome = Printed | Failed

_EMPTY: Final[Mapping[str, Any]] = {
    **dict.fromkeys(
        ("kommune", "titel", "version", "sagsnummer", "barn", "foedt", "raadgiver", "enhed", "udkast")
    ),
    "ord": {},
    "modtagere": [],
}


def template_of(kind: str) -> str:
    """Return the path of a kind's template in its bundle."""
    return f"{FOLDER}{kind}.typ"


def render(job: Job) -> Outcome:
    """Render one document as PDF."""
    return render_all([job])[0]


def render_all(jobs: Sequence[Job]) -> list[Outcome]:
    """Render documents as PDF in one process; what goes wrong with one does not touch those before it."""
    return _run(jobs, pictures=False)


def render_pictures(job: Job) -> list[bytes]:
    """Render a document as one PNG for each page. Raises ValueError with what typst says."""
    [made] = _run([job], pictures=True)
    if isinstance(made, Failed):
        raise ValueError(made.text)
    pages, rest = [], made.content
    while rest:
        (length,) = struct.unpack(">Q", rest[:8])
        pages.append(rest[8 : 8 + length])
        rest = rest[8 + length :]
    return pages


def _run(jobs: Sequence[Job], *, pictures: bool) -> list[Outcome]:
    if not jobs:
        return []
    limit = START_SECONDS + SECONDS * len(jobs)
    with tempfile.TemporaryDirectory(prefix="sagsgang-") as folder:
        orders = []
        places: dict[int, str] = {}
        for job in jobs:
            place = places.get(id(job.files))
            if place is None:
                place = places[id(job.files)] = str(len(places))
                _lay_out(Path(folder) / place, job.files)
            main = template_of(job.kind)
            orders.append(
                {
                    "folder": place,
                    "main": main if main in job.files and _is_plain(main) else STANDARD,
                    "data": json.dumps({**_EMPTY, **job.about}, ensure_ascii=False),
                    "timestamp": int(job.issued_at.timestamp()),
                }
            )
        order = {"folder": folder, "jobs": orders, "seconds": limit, "pictures": pictures}
        return _in_process(json.dumps(order), folder, limit, len(jobs))


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    (folder / FOLDER).mkdir(parents=True)
    for name in (LAYOUT, STANDARD):
        (folder / name).write_bytes((_HERE / name).read_bytes())
    for path, content in files.items():
        if path.startswith(FOLDER) and path.endswith(SEEN) and _is_plain(path):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def _is_plain(path: str) -> bool:
    """Whether a path stays where it is put."""
    return not any(part in ("", ".", "..") for part in path.split("/")) and "\\" not in path


def _in_process(order: str, folder: str, limit: int, count: int) -> list[Outcome]:
    # Proxies that lead nowhere: a template cannot fetch a package, whatever it asks for.
    nowhere = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all", "HTTP", "HTTPS")}
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_HERE / "worker.py")],
            input=order.encode(),
            capture_output=True,
            cwd=folder,
            env={
                **kept,
                **nowhere,
                "HTTPS_PROXY": "http://127.0.0.1:9",
                "HOME": folder,
                "RAYON_NUM_THREADS": "2",
            },
            timeout=limit,
        )
    except subprocess.TimeoutExpired as expired:
        answers = list(_answers(expired.stdout or b"", folder))
        late = Failed(f"Det tog mere end {limit} sekunder at lave dokumentet.", passing=True)
        return answers + [late] * (count - len(answers))
    answers = list(_answers(done.stdout, folder))
    if len(answers) < count:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1][:300] if said else f"signal {-done.returncode}"
        lost = Failed(f"Programmet, der laver dokumenter, stoppede ({why}).", passing=True)
        answers += [lost] * (count - len(answers))
    return answers


def _answers(out: bytes, folder: str) -> Iterator[Outcome]:
    while len(out) >= _HEADER.size:
        mark, length = _HEADER.unpack(out[: _HEADER.size])
        content = out[_HEADER.size : _HEADER.size + length]
        if len(content) < length:
            return
        yield Printed(content) if mark == b"P" else _failed(content.decode("utf-8", "replace"), folder)
        out = out[_HEADER.size + length :]


def _failed(said: str, folder: str) -> Failed:
    """Read typst's account of an error: the message, and the files and lines it points at."""
    message = said.partition("\n")[0].removeprefix("error: ").strip()
    lines: list[tuple[str, int]] = []
    for line in said.splitlines():
        _, arrow, place = line.partition("┌─ ")
        path, _, rest = place.rpartition(":")[0].rpartition(":")
        if arrow and rest.isdigit():
            lines.append((_inside(path), int(rest)))
    return Failed(message[:600], lines=tuple(lines))


def _inside(path: str) -> str:
    """Return a path of the rendering folder as it is in the bundle."""
    if f"/{FOLDER}" in f"/{path}":
        return FOLDER + f"/{path}".rpartition(f"/{FOLDER}")[2]
    return path.rpartition("/")[2]
