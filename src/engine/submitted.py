"""What a bundle reads of the forms that were handed in earlier in the same course:
`indsendt.<element id>.<field>`.

Long texts stay in the submissions, which are kept for good anyway, and the state stays small. Who runs the
course hands over the newest answers of just these fields (`tasks.submitted`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from engine.diagrams import Diagram

FACT: Final = "indsendt"

_READS: Final = re.compile(rf"\b{FACT}\b(?:\.([^\W\d]\w*)(?:\.([^\W\d]\w*))?)?")
_KINDS: Final = (".bpmn", ".form", ".dmn")


def reads_in(text: str) -> list[tuple[str, str]]:
    """Each place that reads what was handed in: the element's id and the field; empty where it names none."""
    return [(found[1] or "", found[2] or "") for found in _READS.finditer(text)]


@lru_cache(maxsize=400)
def reads_submitted(diagram: Diagram) -> Mapping[str, frozenset[str]]:
    """The elements whose submissions anything in the bundle reads, each with the fields; mostly empty."""
    files = (text.decode("utf-8", "replace") for path, text in diagram.files.items() if path.endswith(_KINDS))
    return _by_element(pair for text in files for pair in reads_in(text))


def _by_element(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for element_id, field in pairs:
        if element_id:
            found.setdefault(element_id, set()).update({field} - {""})
    return {element_id: frozenset(fields) for element_id, fields in found.items()}
