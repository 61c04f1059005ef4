"""The state of a course stays small however much is written: long texts stay in what was handed in."""

from __future__ import annotations

import pytest

from engine.diagrams import load
from engine.types import Bundle
from host.rehearsing import Theatre
from host.settings import ROOT
from host.wiring import shipped_procedures
from tests.procedures.filling import forms_in, play_full, scripts_for_every_form, states

LARGEST = 8 * 1024
"""Bytes (performance.md): it is read and written at every step."""

PROCESSES = ROOT / "processes"
KEYS = [folder.name for folder in shipped_procedures(PROCESSES)]


@pytest.mark.parametrize("key", KEYS)
def test_the_state_is_small_with_every_field_full(
    key: str, bundles: list[Bundle], sqlite_theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagrams = [load(bundle) for bundle in bundles]
    wanted, filled, problems = set[str](), set[str](), []
    bundle = next(one for one in bundles if one.key == key)
    for script in scripts_for_every_form(bundle):
        with states(monkeypatch) as found:
            played = play_full(sqlite_theatre.fresh(), sqlite_theatre.cast, key, script, diagrams)
        for name, largest in found.items():
            assert largest.size <= LARGEST, f"{script['navn']}: {name} has {largest.size} bytes"
        wanted |= forms_in(script, bundle)
        filled |= played.done
        problems += played.problems
    assert wanted <= filled, f"not filled: {wanted - filled}; {problems}"
    assert not problems
