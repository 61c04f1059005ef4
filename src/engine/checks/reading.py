"""Reads FEEL expressions for the checks: whether they parse, and which names they mention."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine import feel
from engine.errors import FeelError

MAX_REFUSED: Final = 100
"""Expressions of one file that may fail before the rest is left unread: each may cost the full time limit."""

_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NULL: Final = re.compile(r"(?<![\w.])null(?!\w)")
_COMPARED: Final = re.compile(r"(?:[=<>]|\bin)\s*\Z")
_COMPARING: Final = re.compile(r"\s*(?:!=|=|<|>)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one expression is: the error when it does not parse, else what it reads."""

    error: str = ""
    names: frozenset[str] = frozenset()
    """Names that it looks up for certain."""
    reads: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    """All names that it may look up, with the properties used of each; None for the whole value."""


def read(expression: str, kind: feel.Kind = "expression") -> Reading:
    """Parse `expression` (no leading `=`); never raises. `kind` is "unary" for conditions of forms."""
    try:
        feel.parse(expression, kind)
        found = feel.mentions(kind, expression)
    except FeelError as error:
        return Reading(error.message.removeprefix("Udtrykket kan ikke læses: ").strip())
    return Reading(names=found.certain, reads=found.reads)


def fields_of(expression: str, name: str) -> frozenset[str]:
    """The properties of `name` that the expression reads, as in `svar.felt`; none when it does not parse."""
    return read(expression).reads.get(name) or frozenset()


def may_give_null(expression: str) -> bool:
    """Whether the expression itself names null as a value, rather than comparing with it."""
    bare = _TEXT.sub('""', expression)
    return any(
        not _COMPARED.search(bare[: found.start()]) and not _COMPARING.match(bare[found.end() :])
        for found in _NULL.finditer(bare)
    )


def hint(expression: str) -> str:
    """What to write instead, when the expression is in another program's language; else empty."""
    text = expression.strip()
    if re.match(r"[$#]\{", text):
        return " Det ligner et andet programs sprog: fjern ${ og }, og skriv FEEL."
    if text.startswith("="):
        return " Fjern lighedstegnet forrest."
    if "==" in text or "&&" in text or "||" in text:
        return " I FEEL skrives =, and og or."
    if re.search(r"(?<!\w)(None|True|False|def|lambda|import)(?!\w)|'", text):
        return ' Skriv FEEL: null, true, false og "tekst".'
    return ""
