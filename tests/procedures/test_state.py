"""The state of a course stays small however much is written: long texts stay in what was handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engine.diagrams import Diagram, load
from engine.types import Bundle
from host.app import App
from host.cast import Cast
from host.rehearsing import replayed, stage_template
from host.settings import ROOT
from host.wiring import read_bundle, shipped_procedures
from tests.procedures.filling import forms_in, play_full, scripts_for_every_form, states

LARGEST = 8 * 1024
"""Bytes (performance.md): it is read and written at every step."""

PROCESSES = ROOT / "processes"
KEYS = [folder.name for folder in shipped_procedures(PROCESSES)]

Stage = tuple[Callable[[], App], Cast, list[Bundle], list[Diagram]]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    bundles = [read_bundle(folder) for folder in shipped_procedures(PROCESSES)]
    diagrams = [load(bundle) for bundle in bundles]
    with stage_template(PROCESSES, bundles) as (settings, cast), replayed(settings) as fresh:
        yield fresh, cast, bundles, diagrams


@pytest.mark.parametrize("key", KEYS)
def test_the_state_is_small_with_every_field_full(
    key: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, cast, bundles, diagrams = stage
    wanted, filled, problems = set[str](), set[str](), []
    bundle = next(one for one in bundles if one.key == key)
    for script in scripts_for_every_form(bundle):
        with states(monkeypatch) as found:
            played = play_full(fresh(), cast, key, script, diagrams)
        for name, largest in found.items():
            assert largest.size <= LARGEST, f"{script['navn']}: {name} has {largest.size} bytes"
        wanted |= forms_in(script, bundle)
        filled |= played.done
        problems += played.problems
    assert wanted <= filled, f"not filled: {wanted - filled}; {problems}"
    assert not problems
