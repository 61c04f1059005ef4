"""What one form tells the rest of its bundle: the names of its answers, and the expressions in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from engine.feel import Kind


@dataclass(frozen=True, slots=True)
class FormUse:
    """One expression of a form, without its leading `=`."""

    expression: str
    place: str
    """Where it stands, as a sentence goes on after »Udtrykket«."""
    component: str
    kind: Kind = "expression"


@dataclass(slots=True)
class Outline:
    """What the rest of a bundle needs to know about one form."""

    name: str
    file: str
    answers: set[str] = field(default_factory=set)
    """Top-level names of its answers."""
    demanded: set[str] = field(default_factory=set)
    """Those that always have a value: required, and never hidden."""
    personal: set[str] = field(default_factory=set)
    """Top-level names that hold a personal number, themselves or somewhere inside."""
    every: set[str] = field(default_factory=set)
    """All names in it, at any depth."""
    expressions: list[FormUse] = field(default_factory=list)


class FormText:
    """Finds the line of a component in the file's text; JSON itself keeps none."""

    def __init__(self, content: bytes) -> None:
        self._lines = content.decode("utf-8", "replace").splitlines()

    def line(self, word: str) -> int | None:
        quoted = json.dumps(word, ensure_ascii=False)
        return next((number for number, line in enumerate(self._lines, 1) if quoted in line), None)
