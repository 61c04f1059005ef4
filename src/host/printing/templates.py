"""What the publishing gate says of a bundle's templates: each makes a document of its sample.

That they are there is the engine's to check (`engine.checks.templates`). Beside `documents/<art>.typ` lies
`documents/<art>.json`, a sample of what the diagram issues: the contract between diagram and template.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from engine.types import Bundle, Problem
from host.printing.render import FOLDER, Failed, Job, render_all, template_of
from tasks.document_words import Words, option_words

MAX_BYTES: Final = 512 * 1024
"""The largest template or sample."""

_PACKAGE: Final = re.compile(rb'#?(?:import|include)\s*"@')
SAMPLE_TITLE: Final = "_titel"
"""Field of a sample that is not content: what the document is called."""

_SAMPLE_DAY: Final = datetime(2026, 5, 5, 10, 0, tzinfo=UTC)

_WORDS: Final = (
    (
        re.compile(r'dictionary does not contain key "?([\w-]+)"?'),
        'feltet »{0}« er ikke i prøven. Ret navnet, skriv felt(d, "{0}"), eller tilføj feltet i prøven',
    ),
    (re.compile(r"unknown variable: ([\w-]+)"), "»{0}« findes ikke. Ret navnet"),
    (re.compile(r"file not found.*"), "filen findes ikke i pakken. Læg den i mappen documents"),
    (re.compile(r"unclosed delimiter"), "en parentes mangler at blive lukket"),
    (re.compile(r".*missing alt text.*"), 'et billede mangler en tekst til skærmlæsere. Skriv alt: "…"'),
)


def sample_about(
    kind: str, content: Mapping[str, Any], *, draft: str | None = None, words: Words | None = None
) -> dict[str, Any]:
    """Return what a document says of itself when its content is a sample, which may give it a title."""
    title = content.get(SAMPLE_TITLE)
    return {
        "kommune": "Prøvekommune",
        "titel": str(title or kind.replace("_", " ").capitalize()),
        "version": 1,
        "udstedt": "2026-05-05",
        "sagsnummer": "2026-0001",
        "barn": "Liv Prøve",
        "foedt": "2015-03-03",
        "raadgiver": "Mette Prøve",
        "enhed": "Børn",
        "udkast": draft,
        "ord": dict(words or {}),
        "modtagere": ["Maja Prøve"],
        "indhold": {name: value for name, value in content.items() if name != SAMPLE_TITLE},
    }


def sample_jobs(bundle: Bundle) -> dict[str, Job]:
    """Return, for each template of a bundle that has a readable sample, the job that renders it."""
    jobs: dict[str, Job] = {}
    words = option_words(bundle.files)
    for path in sorted(bundle.files):
        if not path.startswith(FOLDER) or not path.endswith(".typ"):
            continue
        kind = path.removeprefix(FOLDER).removesuffix(".typ")
        sample = bundle.files.get(f"{FOLDER}{kind}.json")
        if sample is None or "/" in kind:
            continue
        try:
            content = json.loads(sample)
        except ValueError:
            continue
        if isinstance(content, dict):
            jobs[kind] = Job(kind, bundle.files, sample_about(kind, content, words=words), _SAMPLE_DAY)
    return jobs


def template_problems(bundles: Sequence[Bundle]) -> list[list[Problem]]:
    """Return what is wrong with the templates of each bundle; all are tried in one process."""
    problems = [_unread(bundle) for bundle in bundles]
    tried: list[tuple[list[Problem], str, Job]] = []
    for bundle, found in zip(bundles, problems, strict=True):
        if not found:
            tried += [(found, kind, job) for kind, job in sample_jobs(bundle).items()]
    for (found, kind, _), made in zip(tried, render_all([job for _, _, job in tried]), strict=True):
        if isinstance(made, Failed):
            found.append(_broken(template_of(kind), made))
    return problems


def problems_beside(paths: Iterable[Path], read: Callable[[Path], Bundle]) -> list[Problem]:
    """Return what is wrong with the templates of the procedures whose folders or diagrams these are."""
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    whole = [folder for folder in folders if (folder / f"{folder.resolve().name}.bpmn").is_file()]
    found = template_problems([read(folder.resolve()) for folder in whole])
    return [
        replace(problem, file=str(folder / problem.file))
        for folder, problems in zip(whole, found, strict=True)
        for problem in problems
    ]


def _unread(bundle: Bundle) -> list[Problem]:
    return [
        problem
        for path, content in sorted(bundle.files.items())
        if path.startswith(FOLDER) and path.endswith((".typ", ".json"))
        for problem in _unreadable(path, content)
    ]


def _unreadable(path: str, content: bytes) -> list[Problem]:
    def problem(text: str, line: int | None = None) -> list[Problem]:
        return [Problem(path, None, line, "skabelon", text, "error")]

    if len(content) > MAX_BYTES:
        return problem(f"Filen er større end {MAX_BYTES // 1024} kB. Gør den mindre.")
    if path.endswith(".json"):
        try:
            if isinstance(json.loads(content), dict):
                return []
        except json.JSONDecodeError as error:
            return problem("Prøven er ikke gyldig JSON. Ret den.", error.lineno)
        except ValueError:
            pass
        return problem("Prøven er ikke et JSON-objekt. Skriv felterne mellem { og }.")
    found = _PACKAGE.search(content)
    if found is not None:
        line = content.count(b"\n", 0, found.start()) + 1
        return problem("Skabelonen henter en pakke udefra. Brug kun filer i mappen documents.", line)
    return []


def _broken(template: str, made: Failed) -> Problem:
    place = next(((file, line) for file, line in made.lines if file.startswith(FOLDER)), (template, None))
    said = made.text.rstrip(".")
    for pattern, words in _WORDS:
        match = pattern.search(said)
        if match is not None:
            said = words.format(*match.groups())
            break
    text = f"Skabelonen kan ikke laves til et dokument af sin prøve: {said}."
    return Problem(place[0], None, place[1], "skabelon", text, "error")
