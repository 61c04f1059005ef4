"""What ships is read once: a thread keeps every expression that it has parsed."""

from __future__ import annotations

import re

from engine import diagrams
from engine.checks.expressions import expressions_of
from host.settings import ROOT
from host.wiring import read_bundle, shipped_procedures

FOR_FORMS = 1.4
"""The expressions in forms and tables besides, in relation to those of the diagrams."""


def test_all_expressions_that_ship_fit_among_those_that_are_kept() -> None:
    source = (ROOT / "src" / "engine" / "js" / "feel.mjs").read_text(encoding="utf-8")
    kept = re.search(r"KEPT_CHARACTERS = ([\d_]+)", source)
    assert kept is not None
    shipped = [diagrams.load(read_bundle(folder)) for folder in shipped_procedures(ROOT / "processes")]
    texts = {use.expression for diagram in shipped for use in expressions_of(diagram._chart, {}, {})}
    assert len(texts) > 500
    assert sum(map(len, texts)) * FOR_FORMS < int(kept[1])
