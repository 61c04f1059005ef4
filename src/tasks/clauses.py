"""The written procedure (procedure.md): its paragraphs, each with the ids of the clauses it states."""

import re
from dataclasses import dataclass
from functools import lru_cache

from engine.diagrams import Diagram

FILE = "procedure.md"
OPEN_TEXT = "udfyldes af procesejer"
"""What stands where the owner has still to write (the seeds' »[tekst]«, OS-05)."""

_IDS = re.compile(r"\s*\{([A-ZÆØÅ]{2,3}-\d+(?:\s*,\s*[A-ZÆØÅ]{2,3}-\d+)*)\}")


@dataclass(frozen=True, slots=True)
class Clause:
    """One block of the procedure's Markdown, without the ids, and the ids it carries."""

    markdown: str
    ids: tuple[str, ...]
    open_text: bool


@lru_cache(maxsize=200)
def _blocks(text: str) -> tuple[Clause, ...]:
    blocks: list[Clause] = []
    for block in re.split(r"\n\s*\n", text):
        # A list is one block of Markdown, but each of its items is a clause of its own.
        for part in re.split(r"\n(?=(?:[-*]|\d+\.)\s)", block):
            if not part.strip():
                continue
            ids = tuple(one.strip() for found in _IDS.findall(part) for one in found.split(","))
            blocks.append(Clause(_IDS.sub("", part).strip(), ids, OPEN_TEXT in part.lower()))
    return tuple(blocks)


def clauses_of(diagram: Diagram) -> tuple[Clause, ...]:
    """Return the written procedure of a version, block by block; empty when it has none."""
    content = diagram.files.get(FILE)
    return _blocks(content.decode("utf-8", "replace")) if content is not None else ()


def texts_of(diagram: Diagram, ids: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (id, text) of these clauses, in their order; the text is empty when the procedure lacks it."""
    found = {one: block.markdown for block in reversed(clauses_of(diagram)) for one in block.ids}
    return tuple((one, found.get(one, "")) for one in ids)
