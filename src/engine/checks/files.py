"""`./sag check FILE…`: checks files where they lie, with the forms and tables beside them, and prints
what is found."""

from __future__ import annotations

import json as json_module
import stat
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from engine.checks.forms import MAX_BYTES as MAX_FORM_BYTES
from engine.checks.gate import check, check_part, describe
from engine.checks.rules import Known, Procedure
from engine.types import Bundle, Problem
from engine.xml import MAX_BYTES

MAX_SIBLINGS: Final = 200
"""Forms and tables beside a diagram, and procedures beside its folder, that are read."""
_PARTS: Final = (".form", ".dmn")
_TEMPLATE_PARTS: Final = (".typ", ".json")


def check_files(paths: Sequence[str | Path], known: Known | None = None) -> list[Problem]:
    """All problems of these files, folder by folder as given. A folder stands for its diagrams.

    Problems of a form or table that several diagrams share are told once. Without `known`, roles and clauses
    are not checked; procedures that it does not name are looked for in the folders beside
    (`<key>/<key>.bpmn`). Never raises.
    """
    problems: list[Problem] = []
    for path in _spread(Path(path) for path in paths):
        content = _read(path, MAX_BYTES)
        if isinstance(content, Problem):
            problems.append(content)
        elif path.suffix in _PARTS:
            problems += [
                replace(each, file=str(path)) for each in check_part(path.name, content, known or Known())
            ]
        else:
            problems += _check_diagram(path, content, known)
    return list(dict.fromkeys(problems))


def _check_diagram(path: Path, content: bytes, known: Known | None) -> list[Problem]:
    files = {f"{path.stem}.bpmn": content}
    unread: list[Problem] = []
    for sibling in _siblings(path.parent, _PARTS):
        found = _read(sibling, MAX_FORM_BYTES if sibling.suffix == ".form" else MAX_BYTES)
        if isinstance(found, Problem):
            unread.append(found)
        else:
            files[sibling.name] = found
    for sibling in _siblings(path.parent / "documents", _TEMPLATE_PARTS):
        found = _read(sibling, MAX_BYTES)
        if not isinstance(found, Problem):
            files[f"documents/{sibling.name}"] = found
    bundle = Bundle(path.stem, 0, files)
    known = known or Known()
    if known.procedures is None:
        known = replace(known, procedures=_procedures_beside(path))
    found_problems = check(bundle, known=known)
    names = {f"{path.stem}.bpmn": path.name}
    return unread + [
        replace(each, file=str(path.parent / names.get(each.file, each.file))) for each in found_problems
    ]


def _procedures_beside(path: Path) -> dict[str, Procedure] | None:
    """The procedures in the folders beside the diagram's; None when it does not lie in a folder of its
    own name."""
    if path.parent.name != path.stem:
        return None
    found: dict[str, Procedure] = {}
    try:
        folders = sorted(folder for folder in path.resolve().parent.parent.iterdir() if folder.is_dir())
    except OSError:
        return None
    for folder in folders[:MAX_SIBLINGS]:
        content = _read(folder / f"{folder.name}.bpmn", MAX_BYTES)
        if folder.name != path.stem and not isinstance(content, Problem):
            tables = {
                sibling.name: table
                for sibling in _siblings(folder, (".dmn",))
                if not isinstance(table := _read(sibling, MAX_BYTES), Problem)
            }
            found[folder.name] = describe(Bundle(folder.name, 0, {f"{folder.name}.bpmn": content, **tables}))
    return found


def _spread(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if _is_folder(path):
            inside = _siblings(path, (".bpmn",))
            yield from inside or [path / f"{path.name}.bpmn"]
        else:
            yield path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False  # reading it will say what is wrong


def _siblings(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if each.suffix in suffixes)[:MAX_SIBLINGS]
    except OSError:
        return []


def _read(path: Path, limit: int) -> bytes | Problem:
    """The file's content, cut one byte over `limit` so that its reader can say that it is too large."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Problem(str(path), None, None, "fil", "Det er ikke en almindelig fil. Angiv en .bpmn-fil.")
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        return Problem(str(path), None, None, "fil", "Filen findes ikke. Ret stien.")
    except (OSError, ValueError):
        return Problem(
            str(path), None, None, "fil", "Filen kan ikke åbnes. Se efter om du har adgang til den."
        )


def render(problems: Sequence[Problem], json: bool = False) -> str:
    """The problems as text, one line each (file, line, element id, rule, Danish text), or as a JSON list."""
    if json:
        return json_module.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2)
    return "\n".join(_line(problem) for problem in problems) if problems else "Ingen problemer fundet."


def _line(problem: Problem) -> str:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    level = "råd" if problem.level == "advice" else "fejl"
    return _printable(f"{place}: {problem.element_id or '-'}: {level} [{problem.rule}] {problem.text}")


def _printable(text: str) -> str:
    """One line without control characters: names in a file may hold anything, terminal codes included."""
    return "".join(char if char.isprintable() else " " for char in text)


def stops(problems: Iterable[Problem]) -> bool:
    """Whether any of the problems stops publishing; `./sag check` then exits with 1."""
    return any(problem.level == "error" for problem in problems)
