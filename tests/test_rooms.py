"""The rules of the house, read from the code itself: who may import whom, and what is allowed in one
place only."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {name: ROOT / "src" / name for name in ("engine", "records", "tasks", "host")} | {"web": ROOT / "web"}

# engine <- records <- tasks <- host <- web: what each room may import of the others, as module prefixes.
CORRIDOR = {
    "engine": ["engine"],
    "records": ["records", "engine.types"],
    "tasks": ["tasks", "records", "engine"],
    "host": ["host", "tasks", "records", "engine"],
    "web": ["web", "tasks", "host"],
}

# Where a third party lives. A new dependency needs a line here: one home, so that it can be replaced from
# one place.
HOMES = {
    "SpiffWorkflow": ["engine"],
    "quickjs": ["engine"],
    "lxml": ["engine"],
    "holidays": ["engine"],
    "sqlalchemy": ["records", "tasks"],  # queries in tasks are written with the mapped classes
    "alembic": ["records"],
    "psycopg": ["records"],
    "cryptography": ["records"],
    "argon2": ["tasks"],
    "apscheduler": ["host"],
    "smtplib": ["host"],
    "imaplib": ["host"],
    "icalendar": ["host"],
    "typst": ["host"],
    "xlsxwriter": ["host"],
    "gunicorn": ["host"],
    "waitress": ["host"],
    "flask": ["web"],
    "flask_babel": ["web"],
    "babel": ["web"],
    "werkzeug": ["web"],
    "jinja2": ["web"],
    "markupsafe": ["web"],
    "pydantic": ["web"],
    "pydantic_core": ["web"],
    "yaml": ["tasks", "host"],
    "markdown_it": ["tasks", "web"],
}

FORBIDDEN_NAMES = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "manager",
    "managers",
    "service",
    "services",
}
COMMITS = "src/records/unit.py"
CLOCK = "src/host/clock.py"
LONGEST = 400


@dataclass(frozen=True)
class Module:
    """A Python file: where it is, the room it is in, its dotted name and its syntax tree."""

    path: Path
    room: str
    name: str
    tree: ast.Module

    def at(self, line: int) -> str:
        """The place as people write it: file:line."""
        return f"{self.path.relative_to(ROOT)}:{line}"

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, also inside functions and for type checking only."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom):
                parent = self._parent(node)
                for alias in node.names:
                    yield node.lineno, f"{parent}.{alias.name}"

    def _parent(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".")
        drop = node.level - (1 if self.path.name == "__init__.py" else 0)
        package = package[: len(package) - drop] if drop else package
        return ".".join([*package, *([node.module] if node.module else [])])


@functools.cache
def modules() -> tuple[Module, ...]:
    """Every module of the rooms."""
    found = []
    for room, folder in ROOMS.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(path, room, name, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


def code_files() -> list[Path]:
    """Every file of code that people write, but for the tests."""
    files = [module.path for module in modules()]
    files += sorted((ROOT / "tools").rglob("*.py"))
    files += [
        path for path in sorted((ROOT / "web" / "frontend").rglob("*")) if path.suffix in {".js", ".mjs"}
    ]
    return files


def below(name: str, prefixes: list[str]) -> bool:
    """Whether a dotted name is one of the prefixes or inside one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def show(problems: list[str]) -> str:
    """The problems, one a line."""
    return "\n" + "\n".join(problems)


def test_there_is_something_to_read() -> None:
    assert {module.room for module in modules()} >= {"engine", "records", "tasks"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_looks_only_to_the_left(room: str) -> None:
    problems = [
        f"{module.at(line)} imports {name}; {room} may only use {', '.join(CORRIDOR[room])}"
        for module in modules()
        if module.room == room
        for line, name in module.imports()
        if below(name, list(ROOMS)) and not below(name, CORRIDOR[room])
    ]
    assert not problems, show(problems)


def test_each_third_party_has_one_home() -> None:
    problems = []
    for module in modules():
        for line, name in module.imports():
            top = name.partition(".")[0]
            if top in ROOMS or (top in sys.stdlib_module_names and top not in HOMES):
                continue
            if module.room not in HOMES.get(top, []):
                home = " and ".join(HOMES.get(top, ["no room yet"]))
                problems.append(f"{module.at(line)} imports {name}, whose home is {home}")
    assert not problems, show(problems)


def test_only_the_unit_of_work_commits() -> None:
    problems = [
        f"{module.at(node.lineno)} commits"
        for module in modules()
        if module.path != ROOT / COMMITS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not problems, show(problems)


WALL_CLOCK = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "clock_gettime"},
    "func": {"now", "current_timestamp", "current_date", "localtimestamp", "sysdate"},
}


def test_only_the_clock_reads_the_wall_clock() -> None:
    problems = []
    for module in modules():
        if module.path == ROOT / CLOCK:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and node.attr in WALL_CLOCK.get(_last_name(node.value), set()):
                problems.append(
                    f"{module.at(node.lineno)} reads the wall clock; it is an argument or unit.now"
                )
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                taken = {alias.name for alias in node.names} & WALL_CLOCK["time"]
                problems += [f"{module.at(node.lineno)} takes {name} from time" for name in sorted(taken)]
    assert not problems, show(problems)


def _last_name(node: ast.expr) -> str:
    """`datetime` for both `datetime` and `datetime.datetime`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_no_module_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in code_files()}
    problems = [
        f"{path.relative_to(ROOT)}: {lines} lines" for path, lines in lengths.items() if lines > LONGEST
    ]
    assert not problems, show(problems)


def test_names_say_what_is_inside() -> None:
    problems = []
    for path in code_files():
        words = path.relative_to(ROOT).with_suffix("").parts
        problems += [
            f"{path.relative_to(ROOT)}: {word} says nothing" for word in words if word in FORBIDDEN_NAMES
        ]
    packages = [folder for folder in (ROOT / "src").iterdir() if folder.is_dir()] + [ROOT / "web"]
    problems += [
        f"{path} hides the standard library" for path in packages if path.name in sys.stdlib_module_names
    ]
    assert not problems, show(problems)


def test_tests_are_no_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
