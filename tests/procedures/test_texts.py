"""What the procedures' own texts show to people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.web.town import PROCESSES

BARE_DATE = re.compile(r"\{\{\s*[\w.]*(?:dato|_delt|frist|modtaget)\s*\}\}|substring\([\w.]*dato, 1, 4\)")
"""A date put in a text as it is kept, 2026-04-02, or taken to pieces by hand."""


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a form."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts_of(inner)


def test_dates_in_texts_are_said_in_danish() -> None:
    """»den {{dansk_dato(moede_dato)}}«, not »den {{moede_dato}}«."""
    found = [
        f"{form.parent.name}/{form.name}: {text}"
        for form in sorted(PROCESSES.glob("*/*.form"))
        for text in texts_of(json.loads(form.read_text(encoding="utf-8")))
        if BARE_DATE.search(text)
    ]
    found += [
        f"{diagram.parent.name}/{diagram.name}"
        for diagram in sorted(PROCESSES.glob("*/*.bpmn"))
        if BARE_DATE.search(diagram.read_text(encoding="utf-8"))
    ]
    assert found == []
