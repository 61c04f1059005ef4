"""Rules of the shipped forms that no rehearsal breaks: what is refused, and what just passes."""

from __future__ import annotations

import pytest

from host.settings import ROOT
from host.wiring import read_bundle
from tests.procedures.rule_cases import CASES, RuleCase


@pytest.mark.rule("OS-13", "OS-17", "OS-19", "OS-23", "OS-26", "OS-33", "BF-20", "SM-11", "SM-37", "ST-06")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.bundle}-{case.form}-{case.field}")
def test_a_form_refuses_what_its_rule_says(case: RuleCase) -> None:
    bundle = read_bundle(ROOT / "processes" / case.bundle)
    assert case.refuses(bundle)
    assert not case.refuses(bundle, right=True)
