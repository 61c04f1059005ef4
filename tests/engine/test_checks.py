"""The publishing gate: each rule finds what it is for, says what to do about it, and leaves sound diagrams alone."""

from __future__ import annotations

import pytest

from engine import checks
from engine.checks import RULES, Known
from engine.profile import OPERATORS, PROPERTIES
from tests.engine.check_cases import CASES, GOOD_TABLE, KNOWN, XOR, Case, around, decision
from tests.engine.check_drawing import SIMPLE, bundle, diagram, end, flow, form, start, user
from tests.engine.check_drawing import field as answer

# Rules that speak of what cannot happen by drawing, or are proved beside the table of cases.
ELSEWHERE = {"motor", "kontrol"}


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.rule}" for number, case in enumerate(CASES)])
def test_each_rule_finds_its_fault(case: Case) -> None:
    problems = checks.check(case.bundle, known=case.known)
    found = [problem for problem in problems if problem.rule == case.rule and case.says in problem.text]
    assert found, checks.render(problems)
    problem = found[0]
    assert problem.element_id == case.element
    assert problem.level == (case.level or RULES[case.rule].level)
    assert problem.line is not None or case.element is None
    assert problem.text.endswith((".", "?")), problem.text


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | ELSEWHERE == set(RULES)
