"""Splits the values of properties and scripts that hold several entries."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.profile import ASSIGNMENT, CASE_ASSIGNMENT


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a name with an expression, or (`expression` None) only what was written."""

    name: str
    expression: str | None


def data_entries(value: str) -> list[Entry]:
    """Entries of `data`: lines (or parts between semicolons) `name = FEEL`, and names between commas."""
    entries: list[Entry] = []
    for line in re.split(r"[\n;]", value):
        match = ASSIGNMENT.match(line)
        if match:
            entries.append(Entry(match[1], match[2].strip()))
        else:
            entries.extend(Entry(name.strip(), None) for name in line.split(",") if name.strip())
    return entries


def case_entries(value: str) -> list[Entry]:
    """Entries of `sag`: lines (or parts between semicolons) `sag.name = FEEL`."""
    entries: list[Entry] = []
    for line in re.split(r"[\n;]", value):
        match = CASE_ASSIGNMENT.match(line)
        if match:
            entries.append(Entry(match[1], match[2].strip()))
        elif line.strip():
            entries.append(Entry(line.strip(), None))
    return entries


def script_entries(value: str) -> list[Entry]:
    """Lines of a script: `name = FEEL`; empty lines and lines that begin with // are left out."""
    entries: list[Entry] = []
    for line in value.splitlines():
        if not line.strip() or line.strip().startswith("//"):
            continue
        match = ASSIGNMENT.match(line)
        entries.append(Entry(match[1], match[2].strip()) if match else Entry(line.strip(), None))
    return entries


def names(value: str) -> list[str]:
    """Names between commas, semicolons and line ends."""
    return [part.strip() for part in re.split(r"[,;\n]", value) if part.strip()]


def consent_recipients(value: str) -> str | None:
    """The FEEL of `videregivelse` that gives the recipients, when the legal basis is consent (`samtykke:
    FEEL`); empty when there is none; None for another legal basis."""
    head, colon, rest = value.partition(":")
    return rest.strip() if colon and head.strip().casefold() == "samtykke" else None
