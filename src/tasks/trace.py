"""Where each requirement lives and what proves it: read from the shipped procedures, the code and the tests.

A home is the place that carries a rule out (a step, a form's rule, a table, a clause, code). A proof is what
fails when the rule is broken (a rehearsal, a test). Nothing is run here.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine import diagrams
from engine.types import Bundle
from tasks.clauses import clauses_of
from tasks.guidance import clause_ids
from tasks.yaml_text import read_yaml

State = Literal["covered", "lacking", "waiting", "background"]

CLAUSE_ID = re.compile(r"\b(?:BF|FF|OS|SM|ST)-\d+\b")
BACKGROUND = "background"
_ASSUMED = re.compile(rb"""<[^<>]*\bname\s*=\s*["']antagelse["']""")
_MARK = "mark.rule"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One rule of the source documents: `seed` is the beginning of its id, `kind` what sort of rule it is."""

    id: str
    kind: str
    procedures: tuple[str, ...]
    rule: str
    acceptance: str

    @property
    def seed(self) -> str:
        """The document it is from, e.g. OS for »Opstart af sag«."""
        return self.id.partition("-")[0]


@dataclass(frozen=True, slots=True)
class Place:
    """A home or a proof: what sort, and where (`opstart_af_sag/T1_Sagsfordeling`)."""

    kind: Literal["element", "process", "form rule", "table", "clause", "code", "rehearsal", "test"]
    where: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why requirements wait: by procedure (when all of a requirement's wait), and by requirement."""

    procedures: Mapping[str, str]
    requirements: Mapping[str, str]

    def reason(self, requirement: Requirement) -> str | None:
        """Return why a requirement waits, None when it does not."""
        own = self.requirements.get(requirement.id)
        if own is not None:
            return own
        reasons = [self.procedures.get(key) for key in requirement.procedures]
        return " ".join(dict.fromkeys(str(one) for one in reasons)) if reasons and all(reasons) else None


@dataclass(frozen=True, slots=True)
class Traced:
    """A requirement with its homes and proofs."""

    requirement: Requirement
    homes: tuple[Place, ...]
    proofs: tuple[Place, ...]
    waits_for: str | None

    @property
    def state(self) -> State:
        """Covered; lacking a home or a proof; waiting for a later procedure; or background, which binds
        nobody."""
        if self.homes and self.proofs:
            return "covered"
        if self.requirement.kind == BACKGROUND:
            return "background"
        return "waiting" if self.waits_for is not None else "lacking"


def trace(
    requirements: Iterable[Requirement],
    waiting: Waiting,
    homes: Iterable[tuple[str, Place]],
    proofs: Iterable[tuple[str, Place]],
) -> list[Traced]:
    """Return every requirement with the homes and proofs among the (id, place) pairs, in their order."""
    by_home, by_proof = _gather(homes), _gather(proofs)
    return [
        Traced(one, by_home.get(one.id, ()), by_proof.get(one.id, ()), waiting.reason(one))
        for one in requirements
    ]


def _gather(pairs: Iterable[tuple[str, Place]]) -> dict[str, tuple[Place, ...]]:
    found: dict[str, dict[Place, None]] = {}
    for clause, place in pairs:
        found.setdefault(clause, {})[place] = None
    return {clause: tuple(places) for clause, places in found.items()}


def homes_in(bundle: Bundle) -> Iterator[tuple[str, Place]]:
    """Yield the homes in a procedure: its elements, its forms' rules, its tables and its text."""
    diagram = diagrams.load(bundle)
    for clause in clause_ids(diagram.properties.get("punkter", "")):
        yield clause, Place("process", bundle.key)
    for element in diagram.elements.values():
        for clause in clause_ids(element.properties.get("punkter", "")):
            yield clause, Place("element", f"{bundle.key}/{element.id}")
    for path, content in sorted(bundle.files.items()):
        if path.endswith(".form"):
            for number, rule in enumerate(json.loads(content).get("regler") or ()):
                for clause in clause_ids(str(rule.get("punkter") or "")):
                    yield clause, Place("form rule", f"{bundle.key}/{path}#{number}:{rule.get('felt')}")
        elif path.endswith(".dmn"):
            for clause in CLAUSE_ID.findall(content.decode("utf-8", "replace")):
                yield clause, Place("table", f"{bundle.key}/{path}")
    for block in clauses_of(diagram):
        for clause in block.ids:
            yield clause, Place("clause", f"{bundle.key}/procedure.md")


def assumptions_in(bundle: Bundle) -> int:
    """Return how many elements of a procedure's diagram say (property `antagelse`) that they rest on an
    assumption."""
    return sum(
        len(_ASSUMED.findall(content)) for path, content in bundle.files.items() if path.endswith(".bpmn")
    )


def proofs_in(bundle: Bundle) -> Iterator[tuple[str, Place]]:
    """Yield the proofs that a procedure's rehearsals say they are."""
    for script in read_yaml(bundle.files.get("rehearsals.yaml", b"")) or ():
        for clause in script.get("beviser") or ():
            yield clause, Place("rehearsal", f"{bundle.key}: {script.get('navn', '')}")


def homes_in_code(path: str, source: str) -> Iterator[tuple[str, Place]]:
    """Yield the homes in a module: itself, and its classes, functions and values whose docstring names an
    id."""
    if not CLAUSE_ID.search(source):
        return
    for name, text in _docstrings(ast.parse(source), ""):
        for clause in CLAUSE_ID.findall(text):
            yield clause, Place("code", f"{path}:{name}" if name else path)


def _docstrings(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    body: list[ast.stmt] = getattr(node, "body", [])
    said = name
    for statement in body:
        if isinstance(statement, ast.Expr) and _text(statement.value) is not None:
            yield said, _text(statement.value) or ""
        said = name
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _docstrings(statement, f"{name}.{statement.name}".strip("."))
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            # A docstring below a value belongs to the value.
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            said = f"{name}.{ast.unparse(target)}".strip(".")


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def proofs_in_tests(path: str, source: str) -> Iterator[tuple[str, Place]]:
    """Yield the tests that carry `@pytest.mark.rule("…")` with the id; a mark of the module counts for the
    module."""
    if _MARK not in source:
        return
    tree = ast.parse(source)
    known = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for statement in tree.body:
        name = statement.name if isinstance(statement, ast.FunctionDef | ast.ClassDef) else ""
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(_MARK):
                for clause in _clauses(node.args, known):
                    yield clause, Place("test", f"{path}::{name}" if name else path)


def _clauses(arguments: Iterable[ast.expr], known: Mapping[str, ast.expr]) -> Iterator[str]:
    """Yield the ids in the arguments of a mark, also in a list that is unpacked (`*IDS`, by name or on the
    spot)."""
    for argument in arguments:
        text = _text(argument)
        if text is not None:
            yield text
        elif isinstance(argument, ast.Starred):
            value = argument.value
            value = known.get(value.id, value) if isinstance(value, ast.Name) else value
            if isinstance(value, ast.List | ast.Tuple | ast.Set):
                yield from _clauses(value.elts, known)


def as_json(lines: Iterable[Traced], assumptions: Mapping[str, int]) -> dict[str, Any]:
    """Return the whole trace as JSON values."""
    lines = list(lines)
    return {
        "requirements": [
            {
                "id": line.requirement.id,
                "seed": line.requirement.seed,
                "rule": line.requirement.rule,
                "procedures": list(line.requirement.procedures),
                "state": line.state,
                "homes": [{"kind": one.kind, "where": one.where} for one in line.homes],
                "proofs": [{"kind": one.kind, "where": one.where} for one in line.proofs],
                "waits_for": line.waits_for if line.state == "waiting" else None,
            }
            for line in lines
        ],
        "seeds": {seed: dict(share) for seed, share in shares(lines).items()},
        "assumptions": dict(assumptions),
    }


def shares(lines: Iterable[Traced]) -> dict[str, dict[State, int]]:
    """Return, per source document, how many requirements are in each state."""
    found: dict[str, dict[State, int]] = {}
    for line in lines:
        counts = found.setdefault(
            line.requirement.seed, {"covered": 0, "lacking": 0, "waiting": 0, "background": 0}
        )
        counts[line.state] += 1
    return found
