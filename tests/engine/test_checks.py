"""The publishing gate: each rule finds its fault and says what to do about it, and sound diagrams pass."""

from __future__ import annotations

import pytest

from engine import checks, diagrams
from engine.checks import RULES, Known, Procedure, gate, tokens
from engine.errors import DiagramError, EngineError
from engine.operators import OPERATORS
from engine.profile import CASE_OWN, COMPONENTS, ELEMENTS
from engine.properties import PROPERTIES
from engine.types import Bundle
from tests.engine.check_cases import (
    CASES,
    GOOD_TABLE,
    KNOWN,
    XOR,
    Case,
    around,
    catch,
    decision,
    edge,
    script,
)
from tests.engine.check_drawing import (
    SIMPLE,
    bundle,
    diagram,
    element,
    end,
    extensions,
    flow,
    flows,
    form,
    message,
    message_event,
    properties,
    repeat,
    service,
    start,
    timer,
    user,
)
from tests.engine.check_drawing import field as answer

ELSEWHERE = {"motor", "kontrol", "skabelon"}
"""Rules proved beside the table of cases, since no drawing breaks them alone."""


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


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.rule}" for number, case in enumerate(CASES)])
def test_the_engine_meets_no_surprise_where_the_gate_found_errors(case: Case) -> None:
    """What the gate refuses may reach the engine some other way; it then answers with an error of its own."""
    try:
        diagrams.load(case.bundle)
    except EngineError:
        pass


SOUND = {
    "simple": (SIMPLE, {}),
    "script, choice and answers": (
        (
            start(),
            user("a", data="felt"),
            script("n = string length(felt)"),
            XOR.replace('"x"', '"v"').replace("x_e", "v_e"),
            end(),
            end("e2"),
            flows("s a x v e"),
            flow("v", "e2", 'n > 3 and svar.felt != null and sag.status = "aaben"'),
        ),
        {},
    ),
    "timers": (
        (
            start(),
            user("a", data="dag"),
            catch(timer("=maaneder_efter(dag, 3)")),
            user("b"),
            edge(timer("P10D", "timeDuration"), "t", "b", cancelActivity="false"),
            end(),
            end("e2"),
            flows("s a x b e", "t e2"),
        ),
        {"skema.form": form(answer("dag", "datetime", validate={"required": True}))},
    ),
    "a literal month, a naive instant": (around(catch(timer("P3M", "timeDuration"))), {}),
    "message in a loop beside the main way": (
        (
            start(),
            element("parallelGateway", "del"),
            user("a"),
            element("endEvent", "slut", "<bpmn:terminateEventDefinition/>"),
            element("exclusiveGateway", "saml"),
            catch(message_event(), "x"),
            element("parallelGateway", "igen"),
            user("ekstra"),
            end(),
            flows("s del a slut", "del saml x igen ekstra e", "igen saml"),
        ),
        {},
    ),
    "split and join": (
        (
            start(),
            element("parallelGateway", "p"),
            user("a", data="et = felt"),
            user("b", data="to = felt"),
            element("parallelGateway", "q"),
            catch(timer("=seneste([dato(et), dato(to)])"), "x"),
            end(),
            flows("s p a q x e", "p b q"),
        ),
        {},
    ),
    "wait for the first": (
        (
            *around(
                element("eventBasedGateway", "x"),
                catch(timer("P1D", "timeDuration"), "t"),
                catch(message_event(), "m1"),
                ways=("s a x t e", "x m1 e"),
            ),
        ),
        {},
    ),
    "repeated sub-process": (
        around(
            user("a2", data="liste"),
            element(
                "subProcess",
                "x",
                repeat(
                    '<bpmn:loopDataInputRef>liste</bpmn:loopDataInputRef><bpmn:inputDataItem id="en"/>'
                    "<bpmn:loopDataOutputRef>svarene</bpmn:loopDataOutputRef>"
                    '<bpmn:outputDataItem id="fundet"/>',
                    "true",
                )
                + start("s2")
                + user("t", data="fundet = en.navn")
                + end("e2")
                + flows("s2 t e2"),
            ),
            script("antal = count(svarene)", "y"),
            ways=("s a a2 x y e",),
        ),
        {"skema.form": form(answer("liste", "dynamiclist", path="liste", components=[answer("navn")]))},
    ),
    "error out of a sub-process, answers with it": (
        (
            start(),
            element(
                "subProcess",
                "x",
                start("s2")
                + user("t")
                + element("endEvent", "galt", "<bpmn:errorEventDefinition/>")
                + flows("s2 t galt"),
            ),
            edge("<bpmn:errorEventDefinition/>", "b", "x"),
            script("hvorfor = svar.felt", "y"),
            end(),
            end("e2"),
            flows("s x e", "b y e2"),
        ),
        {},
    ),
    "decision": (
        (
            start(),
            user("a", data="felt"),
            decision("tabel"),
            script("n = resultat + 1", "y"),
            end(),
            flows("s a x y e"),
        ),
        {"t.dmn": GOOD_TABLE},
    ),
    "effects": (
        around(
            service("x", "opret_sag", fra='"a"', sagsart='"afklaringssag"'),
            service("y", "adviser", rolle='"front_stage"', tekst='"Ny sag: " + svar.barn_navn'),
            ways=("s a x y e",),
        ),
        {"skema.form": form(answer("barn_navn"), answer("barn_cpr", properties={"personnummer": True}))},
    ),
    "handed down by the caller": ((*around(script("n = givet + 1")),), {}),
    "message with payload and variable": (
        around(catch(message_event()), script("n = fra.felt", "y"), ways=("s a x y e",)),
        {},
    ),
    "messages that people may give": (
        around(
            catch(
                properties(skema="givet", startes_af="raadgiver, front_stage", formaal="x") + message_event()
            ),
            element("receiveTask", "y", properties(startes_af="alle", ansvarlig="x"), messageRef="m"),
            user("z"),
            edge(properties(skema="givet") + message_event(), "b", "z", cancelActivity="true"),
            end("e2"),
            ways=("s a x y z e", "b e2"),
        ),
        {"givet.form": form(answer("hvorfor"))},
    ),
    "reminders read the due date": (
        (
            start(),
            user(
                "a", paamindelse="arbejdsdage_foer(arbejdsfrist_dato, 2)", eskalering="ingen", punkter="OS-01"
            ),
            *SIMPLE[2:],
        ),
        {},
    ),
    "case data": (
        (
            start(),
            user("a", sag="sag.oenske = felt; sag.hvornaar = i_dag", data="felt\ndag = i_dag"),
            *SIMPLE[2:],
        ),
        {},
    ),
    "a form with everything": (
        SIMPLE,
        {
            "skema.form": form(
                answer("felt", validate={"pattern": "^[A-ZÆØÅ].*", "maxLength": "=10 + 5"}),
                answer("valg", "radio", values=[{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]),
                answer("hvem", "select", valuesExpression="=personer.raadgiver"),
                {
                    "type": "dynamiclist",
                    "id": "raekker",
                    "path": "raekker",
                    "label": "Rækker",
                    "components": [answer("navn", conditional={"hide": '=valg = "a"'})],
                },
                {"type": "group", "id": "g", "path": "gruppe", "components": [answer("inde")]},
                {"type": "text", "id": "t", "text": "Sagen {{sag.nummer}}"},
                regler=[
                    {
                        "felt": "raekker",
                        "krav": '= count(raekker) > 0 or valg = "b"',
                        "tekst": "Skriv mindst én.",
                        "punkter": "OS-01",
                    }
                ],
            )
        },
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_diagrams_pass(name: str) -> None:
    body, parts = SOUND[name]
    variable = extensions("<spiffworkflow:messageVariable>fra</spiffworkflow:messageVariable>")
    drawn = diagram("".join(body), roots=message(inside=variable))
    problems = checks.check(bundle(drawn, parts), known=KNOWN)
    assert not problems, checks.render(problems)


def test_names_that_nothing_sets_are_advice_while_the_callers_are_unknown() -> None:
    drawn = bundle(diagram("".join(around(script("n = givet + 1")))))
    (problem,) = checks.check(drawn, known=Known())
    assert (problem.rule, problem.level) == ("navn-ukendt", "advice")
    (problem,) = checks.check(drawn, known=Known(procedures={}))
    assert (problem.rule, problem.level) == ("navn-ukendt", "error")


def test_names_are_handed_down_through_callers_of_callers() -> None:
    known = Known(
        procedures={
            "midt": Procedure(calls=frozenset({"proeve"})),
            "oeverst": Procedure(calls=frozenset({"midt"}), names=frozenset({"givet"})),
        }
    )
    assert not checks.check(bundle(diagram("".join(around(script("n = givet + 1"))))), known=known)


def test_describe_tells_other_procedures_what_they_need() -> None:
    drawn = diagram(
        "".join(
            around(
                element("callActivity", "x", properties(data="b"), calledElement="anden"),
                catch(message_event(), "y"),
                ways=("s a x y e",),
            )
        ),
        roots=message(),
    )
    assert checks.describe(bundle(drawn)) == Procedure(
        frozenset({"anden"}), frozenset({"x", "b"}), frozenset({"besked"})
    )
    assert checks.describe(bundle(b"x")) == Procedure()
    assert checks.describe(Bundle("tom", 0, {})) == Procedure()


def test_what_only_the_engine_refuses_is_told_in_danish(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Bundle) -> None:
        raise DiagramError("Delingen kan ikke køre.", element_id="a", line=7)

    monkeypatch.setattr(gate.diagrams, "load", refuse)
    (problem,) = checks.check(bundle(diagram("".join(SIMPLE))), known=KNOWN)
    assert (problem.rule, problem.element_id, problem.line) == ("motor", "a", 7)
    assert problem.text == "Motoren afviser diagrammet: Delingen kan ikke køre."


def test_a_fault_of_the_checks_refuses_the_file_and_not_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(gate.flow, "check_flow", fail)
    (problem,) = checks.check(bundle(diagram("".join(SIMPLE))), known=KNOWN)
    assert (problem.rule, problem.level) == ("kontrol", "error")
    assert "RecursionError" in problem.text


def test_parallel_branches_are_walked_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty branches with a choice in each have a million courses; the fault is found in 500 markings."""
    monkeypatch.setattr(tokens, "_BUDGET", 500)
    body = [
        start(),
        element("parallelGateway", "p"),
        element("parallelGateway", "q"),
        end(),
        flows("s p", "q e"),
    ]
    for number in range(20):
        choice, one, other, meet = (f"{letter}{number}" for letter in "vabm")
        body += [element("manualTask", id, properties(frist="ingen")) for id in (one, other)]
        body += [
            element("exclusiveGateway", choice, default=f"{choice}_{one}"),
            flow(choice, other, "i_dag = nu"),
        ]
        body += [element("exclusiveGateway", meet), flows(f"p {choice} {one} {meet} q", f"{other} {meet}")]
    sound = "".join(body)
    assert not checks.check(Bundle("proeve", 0, {"proeve.bpmn": diagram(sound)}), known=Known())
    faulty = sound.replace(flows("b7 m7"), flows("b7 q"))
    (problem,) = checks.check(Bundle("proeve", 0, {"proeve.bpmn": diagram(faulty)}), known=Known())
    assert (problem.rule, problem.element_id) == ("laast-samling", "q")
    assert "»v7«" in problem.text


def test_registries_speak_for_themselves() -> None:
    """The modeller and the README show these texts as they are."""
    for name, prop in PROPERTIES.items():
        assert name == prop.name
        assert prop.label
        assert prop.explanation.endswith(".")
        assert set(prop.places) <= {*ELEMENTS, "process", "sequenceFlow", "lane"}
    for name, operator in OPERATORS.items():
        assert name == operator.name
        assert operator.label
        assert operator.explanation.endswith(".")
        assert all(parameter.label for parameter in operator.parameters)
    assert all(rule.title for rule in RULES.values())
    assert all(component.label for component in COMPONENTS.values())
    assert "status" in CASE_OWN
