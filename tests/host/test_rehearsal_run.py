"""`./sag rehearse`: what it prints and answers, and that what it says is covered was really passed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from host import rehearsal_run
from host.__main__ import main
from host.settings import ROOT

EXAMPLE = "samtale_med_skolen"

CHOICE = """
    <bpmn:exclusiveGateway id="Valg" default="pil_2b" />
    <bpmn:endEvent id="IkkeHoldt" name="Ikke holdt" />
    <bpmn:sequenceFlow id="pil_2" sourceRef="HoldSamtale" targetRef="Valg" />
    <bpmn:sequenceFlow id="pil_2a" sourceRef="Valg" targetRef="Holdt">
      <bpmn:conditionExpression>dato = @"2026-03-30"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="pil_2b" sourceRef="Valg" targetRef="Holdt" />
    <bpmn:sequenceFlow id="pil_2c" sourceRef="Valg" targetRef="IkkeHoldt">
      <bpmn:conditionExpression>1 = 2</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
"""


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of procedures with the example alone in it."""
    folder = tmp_path / "processes"
    folder.mkdir()
    for file in (ROOT / "processes").glob("*.yaml"):
        shutil.copyfile(file, folder / file.name)
    shutil.copytree(ROOT / "docs" / "example" / EXAMPLE, folder / EXAMPLE)
    monkeypatch.setenv("SAG_PROCESSES", str(folder))
    return folder


def test_on_both_databases_with_everything_passed(
    processes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rehearse"]) == 0
    said = capsys.readouterr().out
    for database in ("SQLite", "PostgreSQL"):
        assert f"ok   {database:10} " in said
    assert f"{EXAMPLE:28}{'3/3':>12}{'2/2':>12}{'–':>14}{'100 %':>9}\n" in said
    assert "1 gennemspil på SQLite og PostgreSQL: 2 ud af 2 gik som skrevet" in said
    assert "INTET GENNEMSPIL" not in said


def test_what_goes_wrong_or_is_not_passed_answers_one(
    processes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    diagram = processes / EXAMPLE / f"{EXAMPLE}.bpmn"
    way = '<bpmn:sequenceFlow id="pil_2" sourceRef="HoldSamtale" targetRef="Holdt" />'
    drawn = diagram.read_text()
    assert way in drawn
    diagram.write_text(drawn.replace(way, CHOICE))
    assert main(["rehearse", "--database", "sqlite"]) == 1
    said = capsys.readouterr().out
    # Two ways lead to the same end: only the one that was taken counts.
    assert said.count("INTET GENNEMSPIL PASSERER") == 3
    for missing in ("IkkeHoldt", "pil_2c (fra Valg til IkkeHoldt)", "pil_2a (fra Valg til Holdt)"):
        assert f"INTET GENNEMSPIL PASSERER {EXAMPLE}/{missing}\n" in said
    assert "4/5" in said
    diagram.write_text(drawn)
    script = processes / EXAMPLE / "rehearsals.yaml"
    script.write_text(script.read_text().replace("frist: 2026-04-08", "frist: 2026-04-09"))
    assert main(["rehearse", EXAMPLE, "--database", "sqlite", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    [played] = found["rehearsals"]
    assert "frist er 2026-04-08, ikke 2026-04-09" in played["problems"][0]
    assert found["coverage"][0]["missing"] == []
    script.unlink()
    assert main(["rehearse", "--database", "sqlite"]) == 1, "a procedure without rehearsals is not covered"


def test_unknown_procedures_and_no_postgres_are_told(
    processes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["rehearse", "findes_ikke"]) == 2
    assert "findes_ikke" in capsys.readouterr().err
    monkeypatch.setenv("SAG_PG_BIN", "/findes/ikke")
    assert main(["rehearse"]) == 2
    assert "--database sqlite" in capsys.readouterr().err


def test_many_plays_are_shared_between_processes(
    processes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal_run, "FEW", 1)
    monkeypatch.setattr(rehearsal_run.os, "cpu_count", lambda: 2)
    script = processes / EXAMPLE / "rehearsals.yaml"
    one = script.read_text()
    script.write_text(one + "\n" + one.replace("Samtalen holdes", "Igen"))
    assert main(["rehearse", "--database", "sqlite"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("ok ")]
    assert [line.split(": ")[1][:5] for line in lines] == ["Samta", "Igen,"]
