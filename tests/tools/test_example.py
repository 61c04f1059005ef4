"""The example that docs/first-procedure.md follows passes the gate and plays as written."""

from pathlib import Path

from engine import checks
from host.rehearsing import rehearse
from host.wiring import read_bundle

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example" / "samtale_med_skolen"


def test_the_example_passes_the_gate() -> None:
    assert checks.check_files([EXAMPLE]) == []


def test_the_example_plays_as_written() -> None:
    played = rehearse(ROOT / "processes", bundles=[read_bundle(EXAMPLE)])
    assert [one.problems for one in played] == [()]
