"""What carries out a requirement is missed when it is gone: a sample of what tools/remove_homes.py tries in
full."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import diagrams
from host.settings import ROOT
from host.wiring import read_bundle
from tools import remove_homes
from tools.without import Part, parts_of, without

PROCESSES = ROOT / "processes"
SAMPLE = {
    "opstart_af_sag/T1_SaetRaadgiver": "rehearsal",
    "opstart_af_sag/T2_Forberedelse": "check",
    "opstart_af_sag/plan_i_opfoelgning": "check",
    "boernesamtale/boernesamtale.form#0": "rehearsal",
    "opstart_af_sag/opstartssamtale.form#1": "test",
}


def part(name: str) -> Part:
    return next(one for one in parts_of(read_bundle(PROCESSES / name.partition("/")[0])) if one.name == name)


@pytest.mark.slow
def test_a_sample_of_removals_is_noticed() -> None:
    noticed = {found.part.name: found.by for found in remove_homes.trial(PROCESSES, list(SAMPLE))}
    assert noticed == SAMPLE


def test_a_removal_that_nobody_notices_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(remove_homes, "scripts_of", lambda bundle: [])
    assert remove_homes.main(["opstart_af_sag/T3_Journal"]) == 1
    assert (
        "INGEN OPDAGER, AT DEN MANGLER: opstart_af_sag/T3_Journal (OS-11, OS-13)" in capsys.readouterr().out
    )
    assert remove_homes.main(["findes/ikke"]) == 1


def test_a_step_is_taken_out_and_its_neighbours_are_joined() -> None:
    bundle = read_bundle(PROCESSES / "opstart_af_sag")
    before = diagrams.load(bundle)
    after = diagrams.load(without(bundle, part("opstart_af_sag/T3_Journal")))
    assert set(before.elements) - set(after.elements) == {"T3_Journal"}
    into = {flow.source for flow in before.flows if flow.target == "T3_Journal"}
    out = {flow.target for flow in before.flows if flow.source == "T3_Journal"}
    assert len(into) == len(out) == 1
    assert (*into, *out) in {(flow.source, flow.target) for flow in after.flows}
    assert len(after.flows) == len(before.flows) - 1
    assert after.properties == before.properties


def test_a_rule_is_taken_out_of_its_form() -> None:
    bundle = read_bundle(PROCESSES / "opstart_af_sag")
    taken = part("opstart_af_sag/opstartssamtale.form#1")
    before, after = (diagrams.load(one).form("opstartssamtale") for one in (bundle, without(bundle, taken)))
    assert len(after["regler"]) == len(before["regler"]) - 1
    assert before["regler"][1] not in after["regler"]


@pytest.mark.slow
def test_every_part_can_be_taken_out() -> None:
    for folder in (path.parent for path in sorted(PROCESSES.glob("*/*.bpmn"))):
        bundle = read_bundle(folder)
        parts = list(parts_of(bundle))
        assert parts
        for one in parts:
            changed = without(bundle, one)
            assert changed.files != bundle.files, one.name
            assert replace(changed, files={}) == replace(bundle, files={})
