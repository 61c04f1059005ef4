"""Every shipped rehearsal goes as written, and a procedure's own rehearsals pass everything in it.

Each is played once, every second one of a procedure on PostgreSQL; `./sag rehearse` plays all on both.
"""

from __future__ import annotations

import pytest

from engine import diagrams
from engine.types import Bundle
from host.rehearsing import Theatre, scripts_of
from host.settings import ROOT
from host.wiring import read_bundle, shipped_procedures
from tasks.coverage import coverage_of, together

KEYS = [folder.name for folder in shipped_procedures(ROOT / "processes")]
GROUPS = together([diagrams.load(read_bundle(ROOT / "processes" / key)) for key in KEYS])


@pytest.mark.parametrize("group", GROUPS, ids="+".join)
def test_the_rehearsals_go_as_written_and_pass_everything(
    group: tuple[str, ...], bundles: list[Bundle], sqlite_theatre: Theatre, postgres_theatre: Theatre
) -> None:
    passed = set[tuple[str, str]]()
    wrong = {}
    theatres = (sqlite_theatre, postgres_theatre)
    for key in group:
        scripts = scripts_of(bundles[KEYS.index(key)])
        assert len(scripts) >= 2, "both databases meet it"
        # Where the first one is played depends on the procedure: the first ones are the long ones.
        for number, script in enumerate(scripts, KEYS.index(key)):
            played = theatres[number % 2].play(key, script)
            if played.problems:
                wrong[f"{key}: {played.name}"] = played.problems
            passed |= {one for one in played.passed if one[0] == key}
    assert wrong == {}
    drawn = [diagrams.load(bundle) for bundle in bundles if bundle.key in group]
    covered = [coverage_of(diagram, passed, drawn) for diagram in drawn]
    assert {one.procedure: one.missing for one in covered if one.missing} == {}
    assert {one.share for one in covered} == {100}
