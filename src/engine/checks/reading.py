"""Reads FEEL expressions for the checks: whether they parse, and which names they mention."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from engine import feel
from engine.errors import EngineError, FeelError
from engine.types import Json

T = TypeVar("T")


SECONDS: Final = 8.0
"""What the expressions, patterns and cells of one bundle may take; real ones take a tenth of a second.

Each by itself is bounded by the sandbox, but a file may hold thousands that are made to be slow.
"""
TOO_SLOW: Final = "Udtrykkene er for tunge at læse; resten er ikke kontrolleret. Gør dem kortere."

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


class Allowance:
    """The time that one bundle's FEEL may still take, and what was read of it so far."""

    def __init__(self) -> None:
        self.left = SECONDS
        self.readings: dict[tuple[str, str], Reading] = {}

    def spend(self, work: Callable[[], T]) -> T:
        """Do `work`, and take the time that it took off what is left. Raises TooSlow when nothing is left."""
        if self.left <= 0:
            raise TooSlow(TOO_SLOW)
        began = time.monotonic()
        try:
            return work()
        finally:
            self.left -= time.monotonic() - began


class TooSlow(EngineError):
    """The bundle has used up its time."""


_allowance: ContextVar[Allowance] = ContextVar("allowance")


@contextmanager
def allowance() -> Iterator[None]:
    """Give one bundle its time; everything in this module draws on it."""
    token = _allowance.set(Allowance())
    try:
        yield
    finally:
        _allowance.reset(token)


def read(expression: str, kind: feel.Kind = "expression") -> Reading:
    """Parse `expression` (no leading `=`). `kind` is "unary" for cells and for conditions of forms.

    Each is read once per bundle. Raises TooSlow, and nothing else.
    """
    given = _allowance.get()
    found = given.readings.get((kind, expression))
    if found is None:
        found = given.readings[kind, expression] = given.spend(lambda: _read(expression, kind))
    return found


def _read(expression: str, kind: feel.Kind) -> Reading:
    try:
        feel.parse(expression, kind)
        found = feel.mentions(kind, expression)
    except FeelError as error:
        return Reading(error.message.removeprefix("Udtrykket kan ikke læses: ").strip())
    return Reading(names=found.certain, reads=found.reads)


def try_pattern(pattern: str) -> None:
    """Raise FeelError when `pattern` is no regular expression of JavaScript."""
    _allowance.get().spend(lambda: feel.matches(pattern, ""))


def try_value(expression: str, context: Mapping[str, Json], now: datetime) -> Json:
    """The value of `expression`. Raises FeelError."""
    return _allowance.get().spend(lambda: feel.evaluate(expression, context, now=now))


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
