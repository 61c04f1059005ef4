"""An instance from its start to its end: what opens, what is recorded, what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import diagrams, environment, runtime
from engine.errors import DiagramError, EngineError, FeelError, NoReceiver, NotOpen, StepLimit
from engine.types import Bundle, CalledProcess, Effect, ThrownMessage
from tests.engine.drawing import (
    START,
    Case,
    chain,
    declared,
    document,
    edge,
    flow,
    load,
    message,
    node,
    over,
    properties,
    repeated,
    script,
    simple,
    timer,
)

TWO_LANES = load(
    simple(
        node("userTask", "a", name="Først\n her"),
        node("exclusiveGateway", "x", default="x_e"),
        node("userTask", "b"),
        chain("s", "a", "x"),
        flow("x", "b", "svar.videre"),
        flow("x", "e"),
        flow("b", "e"),
        lanes={"raadgiver": "s a x", "leder": "b e"},
    )
)


def test_a_task_opens_in_its_lane_and_the_next_one_follows() -> None:
    case = Case(TWO_LANES)
    assert [(task.element_id, task.name, task.lane) for task in case.open.values()] == [
        ("a", "Først her", "raadgiver")
    ]
    first = case.task("a").id
    step = case.do("a", svar={"videre": True}, valg=3)
    assert step.closed == (first,)
    assert [(task.element_id, task.lane) for task in step.opened] == [("b", "leder")]
    assert [(one.element_id, one.kind, one.outcome) for one in step.finished] == [
        ("a", "userTask", "completed"),
        ("x", "exclusiveGateway", "completed"),
    ]
    assert case.data == {"valg": 3}
    step = case.do("b")
    assert step.ended is not None
    assert (step.ended.element_id, step.ended.data) == ("e", {"valg": 3})
    assert runtime.data(case.state) == {"valg": 3}


def test_answers_and_facts_are_read_but_never_kept() -> None:
    case = Case(TWO_LANES, {"k": 1}, facts={"sag": {"id": "hemmelig"}})
    case.do("a", svar={"videre": True, "cpr": "hemmelig"})
    assert case.tasks == ["b"]
    assert "hemmelig" not in case.state


def test_unknown_is_false_and_other_values_are_an_error() -> None:
    case = Case(TWO_LANES)
    assert case.do("a", svar={}).ended is not None
    case = Case(TWO_LANES)
    with pytest.raises(FeelError, match="ja eller nej") as caught:
        case.do("a", svar={"videre": "ja"})
    assert caught.value.element_id == "x"


def test_no_way_out_names_the_gateway() -> None:
    stuck = load(
        simple(
            node("exclusiveGateway", "x"),
            chain("s", "x"),
            flow("x", "e", "false"),
            flow("x", "e", "1 = 2", id="f2"),
        )
    )
    with pytest.raises(EngineError, match="Ingen af vejene") as caught:
        Case(stuck)
    assert caught.value.element_id == "x"


@pytest.mark.parametrize("lane", [None, "leder", "Raadgiver"])
def test_only_the_tasks_own_lane_completes_it(lane: str | None) -> None:
    case = Case(TWO_LANES)
    with pytest.raises(NotOpen):
        runtime.complete(
            TWO_LANES, case.state, case.task("a").id, {}, data={}, lane=lane, facts={}, now=START
        )


def test_a_task_completes_once_and_only_while_it_is_open() -> None:
    case = Case(TWO_LANES)
    old, before = case.task("a"), case.state
    case.do("a", svar={"videre": True})
    for state, id in ((case.state, old.id), (before, case.task("b").id), (before, "b"), (before, ":root")):
        with pytest.raises(NotOpen):
            runtime.complete(TWO_LANES, state, id, {}, data={}, lane=old.lane, facts={}, now=START)
    case.do("b")
    with pytest.raises(NotOpen):
        runtime.complete(TWO_LANES, case.state, old.id, {}, data={}, lane=old.lane, facts={}, now=START)


def test_a_waiting_timer_or_call_cannot_be_completed_as_a_task() -> None:
    diagram = load(simple(node("callActivity", "c", calledElement="andet"), chain("s", "c", "e")))
    case = Case(diagram)
    with pytest.raises(NotOpen):
        runtime.complete(
            diagram, case.state, next(iter(case.calls)), {}, data={}, lane=None, facts={}, now=START
        )


def test_what_is_inside_cannot_be_changed_from_outside() -> None:
    given = {"liste": [{"a": 1}]}
    case = Case(TWO_LANES, given)
    given["liste"][0]["a"] = 2
    assert case.data == {"liste": [{"a": 1}]}


@pytest.mark.parametrize(
    "value",
    [
        {"typename": "datetime", "value": "2026-01-01"},
        {"dyb": [{"typename": "x", "typ": None}]},
        {"tekst": "æøå \u2028 \x00 </script> 🙂", "tal": -1.5, "stor": 2**60, "tom": [], "ja": False},
        [1, [2, [3]]],
        None,
    ],
)
def test_any_json_survives_a_round_trip(value: Any) -> None:
    case = Case(TWO_LANES)
    case.do("a", svar={"videre": True}, felt=value)
    assert case.data == {"felt": value}
    ended = case.do("b").ended
    assert ended is not None
    assert ended.data == {"felt": value}


@pytest.mark.parametrize(
    "value",
    [datetime(2026, 1, 1, tzinfo=UTC), {1: 2}, {"": 1}, float("nan"), {1, 2}, b"x", "\ud800", {"\ud800": 1}],
)
def test_what_is_no_json_is_refused(value: Any) -> None:
    case = Case(TWO_LANES)
    with pytest.raises(EngineError):
        case.do("a", svar={}, felt=value)


def test_too_deep_or_too_large_data_are_refused() -> None:
    case = Case(TWO_LANES)
    deep: Any = 1
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(EngineError, match="dybt"):
        case.do("a", svar={}, felt=deep)
    with pytest.raises(StepLimit, match="på sagen"):
        case.do("a", svar={"videre": True}, felt="x" * 100_000)


def test_the_same_bundle_is_read_once() -> None:
    content = simple(chain("s", "e"))
    assert load(content) is load(bytes(bytearray(content)))
    assert load(content).hash == load(content).hash != TWO_LANES.hash


def test_scripts_effects_and_messages_leave_in_order() -> None:
    operator = (
        '<bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="noter"><spiffworkflow:parameters>'
        '<spiffworkflow:parameter id="tekst" type="str" value="&quot;nr. &quot; + string(n)" />'
        '<spiffworkflow:parameter id="intet" type="str" value="" />'
        "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></bpmn:extensionElements>"
    )
    diagram = load(
        simple(
            script("k", "// en kommentar\n\nn = 1 + 1\nm = n * 10"),
            node("serviceTask", "v", operator),
            node("sendTask", "t", properties(noegle="n"), messageRef="m1"),
            chain("s", "k", "v", "t", "e"),
            outside=declared("m1", "besked", payload="{antal: n, navn: sag.nummer}"),
        )
    )
    case = Case(diagram, facts={"sag": {"nummer": "2026-7"}})
    assert case.actions == [
        Effect("v", "noter", {"tekst": "nr. 2", "intet": None}),
        ThrownMessage("t", "besked", "2", {"antal": 2, "navn": "2026-7"}),
    ]
    assert case.ended.data == {"n": 2, "m": 20}


def test_a_script_writes_only_its_own_names() -> None:
    for line in ("sag = 1", "ikke en tildeling", "import os", "a.b = 1"):
        with pytest.raises(FeelError):
            load(simple(script("k", line), chain("s", "k", "e")))


def test_a_call_waits_and_brings_back_only_what_is_named() -> None:
    diagram = load(
        simple(
            node(
                "callActivity",
                "kald",
                properties(data="plan; dobbelt = tal * 2"),
                calledElement="netvaerksmoede",
            ),
            node("userTask", "efter"),
            chain("s", "kald", "efter", "e"),
        )
    )
    case = Case(diagram, {"tal": 1, "egen": [1]})
    (call,) = case.actions
    assert call == CalledProcess(call.id, "kald", "netvaerksmoede", {"tal": 1, "egen": [1]})
    case.come_back("kald", {"plan": {"v": 2}, "tal": 21, "hemmelig": 1}, "slut_ok")
    assert case.tasks == ["efter"]
    assert case.data == {"tal": 1, "egen": [1], "plan": {"v": 2}, "dobbelt": 42, "kald": {"slut": "slut_ok"}}
    with pytest.raises(NotOpen):
        runtime.finish_call(diagram, case.state, call.id, {}, "e", facts={}, now=START)


def test_one_call_for_each_item_and_an_edge_around_them() -> None:
    marker = repeated(over("hvem", "navn", "alle", "kald"))
    diagram = load(
        simple(
            node("callActivity", "kald", marker, calledElement="boernesamtale"),
            edge("b", "kald", timer("P7D")),
            node("userTask", "u"),
            chain("s", "kald", "u", "e"),
            flow("b", "u"),
        )
    )
    case = Case(diagram, {"hvem": ["Liv", "Bo", "Ida"]})
    assert [action.data["navn"] for action in case.actions] == ["Liv", "Bo", "Ida"]
    case.come_back("kald", {}, "talt", 1)
    late = Case(diagram, {"hvem": ["Liv", "Bo", "Ida"]})
    late.come_back("kald", {}, "talt", 1)
    assert len(late.wait(days=7).calls_gone) == 2
    assert (late.tasks, late.data["alle"]) == (["u"], [{"slut": "talt"}])
    case.come_back("kald", {}, "udeblevet", 0)
    case.come_back("kald", {}, "talt", 0)
    assert case.tasks == ["u"]
    assert [one["slut"] for one in case.data["alle"]] == ["udeblevet", "talt", "talt"]


def test_events_throw_messages_too() -> None:
    diagram = load(
        document(
            node("startEvent", "s")
            + node("intermediateThrowEvent", "t", message("m"))
            + node("endEvent", "e", properties(noegle="sag.nr") + message("m"))
            + chain("s", "t", "e"),
            declared("m", "nyt"),
        )
    )
    case = Case(diagram, facts={"sag": {"nr": "7"}})
    assert case.actions == [ThrownMessage("t", "nyt", None, {}), ThrownMessage("e", "nyt", "7", {})]
    assert case.ended.element_id == "e"


def test_a_call_on_an_interrupted_activity_is_cancelled() -> None:
    diagram = load(
        simple(
            node("callActivity", "kald", calledElement="x"),
            edge("b", "kald", timer("P1D")),
            node("userTask", "u"),
            chain("s", "kald", "e"),
            chain("b", "u", "e"),
        )
    )
    case = Case(diagram)
    (id,) = case.calls
    step = case.wait(days=1)
    assert step.calls_gone == (id,)
    assert case.tasks == ["u"]


def test_a_message_goes_to_exactly_one_wait_with_its_payload() -> None:
    diagram = load(
        simple(
            node("parallelGateway", "g"),
            node("receiveTask", "r1", properties(noegle='"et"'), messageRef="m"),
            node("intermediateCatchEvent", "r2", properties(noegle="n") + message("m")),
            node("parallelGateway", "j"),
            chain("s", "g", "r1", "j", "e"),
            chain("g", "r2", "j"),
            outside=declared("m", "svar_modtaget", variable="besked"),
        )
    )
    case = Case(diagram, {"n": 2})
    assert sorted((wait.element_id, wait.message, wait.key) for wait in case.waits.values()) == [
        ("r1", "svar_modtaget", "et"),
        ("r2", "svar_modtaget", "2"),
    ]
    payload = {"dato": "2026-03-01", "liste": [1]}
    gone = next(id for id, wait in case.waits.items() if wait.key == "2")
    step = case.tell("svar_modtaget", payload, "2")
    payload["liste"] = []
    assert step.waiting_gone == (gone,)
    assert [wait.element_id for wait in case.waits.values()] == ["r1"]
    with pytest.raises(NoReceiver):
        runtime.deliver(diagram, case.state, gone, {}, facts={}, now=START)
    ended = case.tell("svar_modtaget", {"andet": 1}, "et").ended
    assert ended is not None
    assert ended.data == {"n": 2, "besked": {"andet": 1}}  # the newest of the two writes


def test_the_first_event_decides_the_way() -> None:
    diagram = load(
        simple(
            node("eventBasedGateway", "g"),
            node("intermediateCatchEvent", "m1", message("ja")),
            node("receiveTask", "m2", messageRef="nej"),
            node("intermediateCatchEvent", "t", timer("P7D")),
            node("userTask", "a"),
            node("userTask", "b"),
            node("userTask", "c"),
            chain("s", "g", "m1", "a", "e"),
            chain("g", "m2", "b", "e"),
            chain("g", "t", "c", "e"),
            outside=declared("ja", "ja", variable="svaret") + declared("nej", "nej"),
        )
    )
    case = Case(diagram)
    assert sorted(wait.message for wait in case.waits.values()) == ["ja", "nej"]
    assert [timer.element_id for timer in case.timers.values()] == ["t"]
    assert len({*case.waits, *case.timers}) == 3
    step = case.tell("ja", {"x": 1})
    assert (len(step.waiting_gone), len(step.timers_gone), case.tasks, case.data) == (
        2,
        1,
        ["a"],
        {"svaret": {"x": 1}},
    )
    assert case.log == ["s", "g", "m1"]
    case = Case(diagram)
    case.tell("nej")
    assert case.tasks == ["b"]
    case = Case(diagram)
    case.wait(days=7)
    assert (case.tasks, case.waits, case.timers) == (["c"], {}, {})


def test_one_of_several_starts_is_taken() -> None:
    diagram = load(
        document(
            node("startEvent", "s")
            + node("startEvent", "s2", message("m"))
            + node("userTask", "a")
            + node("userTask", "b")
            + node("endEvent", "e")
            + chain("s", "a", "e")
            + chain("s2", "b", "e"),
            declared("m", "sag_oprettet"),
        )
    )
    assert diagram.start_messages == {"sag_oprettet": "s2"}
    assert [start.id for start in diagram.starts] == ["s", "s2"]
    assert Case(diagram).tasks == ["a"]
    assert Case(diagram, at="s2").tasks == ["b"]
    assert Case(diagram, at="s2").log == ["s2"]
    with pytest.raises(NotOpen):
        Case(diagram, at="a")


def test_a_terminating_end_takes_along_what_the_branches_know() -> None:
    diagram = load(
        simple(
            node("parallelGateway", "g"),
            node("userTask", "a"),
            node("userTask", "b"),
            node("userTask", "b2"),
            node("endEvent", "stop", "<bpmn:terminateEventDefinition />"),
            chain("s", "g", "a", "stop"),
            chain("g", "b", "b2", "e"),
        )
    )
    case = Case(diagram, {"fra_start": 1})
    case.do("b", x=1, fra_start=2)
    step = case.do("a", y=1)
    assert step.ended is not None
    assert (step.ended.element_id, step.ended.data) == ("stop", {"fra_start": 2, "x": 1, "y": 1})
    assert len(step.closed) == 2
    assert "b2!" in case.log


def test_the_newest_write_wins_at_a_join() -> None:
    diagram = load(
        simple(
            node("parallelGateway", "g"),
            node("userTask", "a"),
            node("userTask", "b"),
            node("parallelGateway", "j"),
            chain("s", "g", "a", "j", "e"),
            chain("g", "b", "j"),
        )
    )
    case = Case(diagram, {"valg": "gammelt", "fast": [1, 2, 3]})
    case.do("a", valg="nyt", liste=[5, 5])
    assert case.data["valg"] == "nyt"
    ended = case.do("b", fast=[9]).ended  # arrives last, with what it copied at the split
    assert ended is not None
    assert ended.data == {"valg": "nyt", "fast": [9], "liste": [5, 5]}


def test_a_join_in_a_loop_waits_for_both_in_every_round() -> None:
    diagram = load(
        simple(
            node("exclusiveGateway", "m"),
            node("parallelGateway", "g"),
            node("userTask", "a"),
            node("userTask", "b"),
            node("parallelGateway", "j"),
            node("userTask", "c"),
            node("exclusiveGateway", "x", default="x_e"),
            chain("s", "m", "g", "a", "j", "c", "x"),
            chain("g", "b", "j"),
            flow("x", "m", "igen"),
            flow("x", "e"),
        )
    )
    case = Case(diagram)
    for first, second in (("a", "b"), ("b", "a"), ("b", "a")):
        case.do(first)
        assert case.tasks == [second]
        case.do(second)
        assert case.tasks == ["c"]
        case.do("c", igen=True)
    assert case.tasks == ["a", "b"]


def test_a_sub_process_and_what_interrupts_it() -> None:
    inside = (
        node("startEvent", "ss")
        + node("userTask", "i1")
        + node("userTask", "i2")
        + node("endEvent", "se")
        + chain("ss", "i1", "i2", "se")
    )
    diagram = load(
        simple(
            node("subProcess", "sp", inside),
            edge("b", "sp", message("stop")),
            node("userTask", "efter"),
            chain("s", "sp", "e"),
            chain("b", "efter", "e"),
            outside=declared("stop", "samtykke_trukket", variable="hvorfor"),
            lanes={"raadgiver": "sp efter"},
        )
    )
    assert diagram.elements["i1"].parent == "sp"
    assert diagram.elements["i1"].lane == "raadgiver"
    case = Case(diagram, {"n": 1})
    assert runtime.standing(diagram, case.state) == ("sp", "i1")
    case.do("i1", fundet="x", n=2)
    case.tell("samtykke_trukket", {"dato": "2026-02-03"})
    assert case.tasks == ["efter"]
    assert case.data == {"n": 2, "fundet": "x", "hvorfor": {"dato": "2026-02-03"}}
    assert case.log == ["s", "ss", "i1", "b", "sp!", "i2!"]
    case = Case(diagram)
    case.do("i1")
    assert case.do("i2", n=3).ended.data == {"n": 3}


def test_an_error_reaches_the_nearest_edge_only() -> None:
    inner = (
        node("startEvent", "is")
        + node("userTask", "u")
        + node("endEvent", "fejl", '<bpmn:errorEventDefinition errorRef="err" />')
        + chain("is", "u", "fejl")
    )
    middle = (
        node("startEvent", "ms")
        + node("subProcess", "inner", inner)
        + edge("alle", "inner", "<bpmn:errorEventDefinition />")
        + edge("rette", "inner", '<bpmn:errorEventDefinition errorRef="err" />')
        + node("userTask", "ude")
        + node("userTask", "rettet")
        + node("endEvent", "me")
        + chain("ms", "inner", "me")
        + chain("alle", "ude", "me")
        + chain("rette", "rettet", "me")
    )
    diagram = load(
        simple(
            node("subProcess", "sp", repeated(over("hvem", "navn")) + middle),
            chain("s", "sp", "e"),
            outside='<bpmn:error id="err" name="Fejl" errorCode="F1" />',
        )
    )
    case = Case(diagram, {"hvem": ["Liv", "Bo"]})
    assert sorted(task.item for task in case.open.values()) == ["Bo", "Liv"]
    case.do("u", 0)
    assert case.tasks == ["rettet", "u"]


def test_an_escalation_that_does_not_interrupt() -> None:
    inside = (
        node("startEvent", "ss")
        + node("intermediateThrowEvent", "t", '<bpmn:escalationEventDefinition escalationRef="esk" />')
        + node("userTask", "u")
        + node("endEvent", "se")
        + chain("ss", "t", "u", "se")
    )
    diagram = load(
        simple(
            node("subProcess", "sp", inside),
            edge("b", "sp", '<bpmn:escalationEventDefinition escalationRef="esk" />', interrupting=False),
            node("userTask", "varsel"),
            node("endEvent", "e2"),
            chain("s", "sp", "e"),
            chain("b", "varsel", "e2"),
            outside='<bpmn:escalation id="esk" name="Op" escalationCode="op" />',
        )
    )
    case = Case(diagram)
    assert case.tasks == ["u", "varsel"]
    case.do("u")
    assert case.ended is None
    assert case.do("varsel").ended is not None


def test_a_signal_reaches_everybody_who_waits() -> None:
    definition = '<bpmn:signalEventDefinition signalRef="sig" />'
    diagram = load(
        simple(
            node("parallelGateway", "g"),
            node("userTask", "a"),
            node("intermediateThrowEvent", "t", definition),
            node("intermediateCatchEvent", "c1", definition),
            node("intermediateCatchEvent", "c2", definition),
            chain("s", "g", "a", "t", "e"),
            chain("g", "c1", "e"),
            chain("g", "c2", "e"),
            outside='<bpmn:signal id="sig" name="nu" />',
        )
    )
    case = Case(diagram)
    assert case.do("a").ended is not None


@pytest.mark.parametrize("sequential", [False, True])
def test_one_task_for_each_item(sequential: bool) -> None:
    marker = repeated(over("hvem", "navn", "svar_alle", "udtalelse"), sequential=sequential)
    diagram = load(simple(node("userTask", "u", marker), node("userTask", "v"), chain("s", "u", "v", "e")))
    case = Case(diagram, {"hvem": ["Liv", "Bo", "Ida"], "navn": "urørt"})
    if sequential:
        for name in ("Liv", "Bo", "Ida"):
            assert [task.item for task in case.open.values()] == [name]
            case.do("u", udtalelse=f"af {name}")
    else:
        assert [task.item for task in case.open.values()] == ["Liv", "Bo", "Ida"]
        case.do("u", 2, udtalelse="af Ida")
        assert case.data["svar_alle"] == ["af Ida"]
        case.do("u", 0, udtalelse="af Liv")
        case.do("u", 0, udtalelse="af Bo")
    assert case.tasks == ["v"]
    assert case.data == {
        "hvem": ["Liv", "Bo", "Ida"],
        "navn": "urørt",
        "svar_alle": ["af Liv", "af Bo", "af Ida"],
    }
    assert case.log.count("u") == 3


def test_repeating_stops_when_its_condition_holds() -> None:
    marker = repeated(over("hvem", "navn", "alle", "ok", done="ok = true"))
    diagram = load(simple(node("userTask", "u", marker), node("userTask", "v"), chain("s", "u", "v", "e")))
    case = Case(diagram, {"hvem": [1, 2, 3]})
    case.do("u", 1, ok=True)
    assert (case.tasks, case.data["alle"], case.log.count("u!")) == (["v"], [True], 2)


def test_repeating_nothing_goes_on_and_nonsense_is_told() -> None:
    diagram = load(
        simple(
            node("userTask", "u", repeated(over("hvem"))), node("userTask", "v"), chain("s", "u", "v", "e")
        )
    )
    assert Case(diagram, {"hvem": []}).tasks == ["v"]
    for wrong in (None, 5, "tekst"):
        with pytest.raises(EngineError, match="ikke en liste") as caught:
            Case(diagram, {"hvem": wrong})
        assert caught.value.element_id == "u"
    with pytest.raises(StepLimit):
        Case(diagram, {"hvem": list(range(51))})


def test_an_interrupted_repetition_keeps_what_came_in() -> None:
    diagram = load(
        simple(
            node("userTask", "u", repeated(over("hvem", "navn", "alle", "svaret"))),
            edge("b", "u", timer("P7D")),
            node("userTask", "v"),
            chain("s", "u", "e"),
            chain("b", "v", "e"),
        )
    )
    case = Case(diagram, {"hvem": ["Liv", "Bo"]})
    case.do("u", 1, svaret="ja")
    case.wait(days=7)
    assert (case.tasks, case.data["alle"]) == (["v"], ["ja"])


def test_a_sub_process_for_each_item_one_after_the_other() -> None:
    inside = (
        node("startEvent", "ss") + node("userTask", "u") + node("endEvent", "se") + chain("ss", "u", "se")
    )
    diagram = load(
        simple(
            node(
                "subProcess", "sp", repeated(over("hvem", "navn", "alle", "svaret"), sequential=True) + inside
            ),
            chain("s", "sp", "e"),
        )
    )
    case = Case(diagram, {"hvem": ["Liv", "Bo"], "alle": ["fra en tidligere runde"]})
    assert case.task("u").item == "Liv"
    case.do("u", svaret=1)
    assert case.task("u").item == "Bo"
    assert case.do("u", svaret=2).ended.data["alle"] == [1, 2]


def test_a_diagram_that_runs_in_a_ring_is_stopped() -> None:
    diagram = load(
        simple(
            node("exclusiveGateway", "x"),
            script("k", "n = 1"),
            node("exclusiveGateway", "y", default="y_x"),
            chain("s", "x", "k", "y", "x"),
            flow("y", "e", "false"),
        )
    )
    with pytest.raises(StepLimit, match="i ring") as caught:
        Case(diagram)
    assert caught.value.element_id in {"x", "k", "y"}


def test_a_diagram_that_reckons_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "MAX_SECONDS", -1)
    with pytest.raises(StepLimit, match="regner for længe"):
        Case(TWO_LANES)


@pytest.mark.parametrize(
    "content",
    [
        simple(node("inclusiveGateway", "x"), chain("s", "x", "e")),
        simple(node("task", "x"), chain("s", "x", "e")),
        simple(node("receiveTask", "x"), chain("s", "x", "e")),
        simple(node("sendTask", "x", messageRef="findes_ikke"), chain("s", "x", "e")),
        simple(node("serviceTask", "x"), chain("s", "x", "e")),
        simple(node("businessRuleTask", "x"), chain("s", "x", "e")),
        simple(node("intermediateCatchEvent", "x"), chain("s", "x", "e")),
        simple(node("intermediateCatchEvent", "x", "<bpmn:linkEventDefinition />"), chain("s", "x", "e")),
        simple(node("userTask", "x"), flow("s", "x"), flow("x", "e", "true", id="x")),
        simple(node("userTask", "x"), chain("s", "x", "e"), flow("x", "e", id="f2")),
        simple(node("userTask", "u"), edge("x", "ukendt", timer("P1D")), chain("s", "u", "e")),
        simple(node("subProcess", "x", node("endEvent", "e2")), chain("s", "x", "e")),
        simple(
            node("subProcess", "sp", node("startEvent", "x", message("m"))),
            chain("s", "sp", "e"),
            outside=declared("m", "m"),
        ),
        simple(
            node("subProcess", "x", node("startEvent", "ss"), triggeredByEvent="true"),
            chain("s", "x", "e"),
        ),
        simple(node("eventBasedGateway", "g"), node("userTask", "x"), chain("s", "g", "x", "e")),
        simple(node("userTask", "x", repeated("")), chain("s", "x", "e")),
        simple(node("exclusiveGateway", "g"), chain("s", "g", "e"), flow("g", "e", id="x")),
    ],
)
def test_what_is_outside_the_profile_cannot_run(content: bytes) -> None:
    with pytest.raises(DiagramError) as caught:
        load(content)
    assert caught.value.element_id in ("x", "g_e")


def test_a_draft_can_be_looked_at_before_it_can_run() -> None:
    content = simple(node("inclusiveGateway", "x"), chain("s", "x", "e"))
    drawing = diagrams.outline(Bundle("p", 0, {"p.bpmn": content}))
    assert list(drawing.elements) == ["s", "x", "e"]
    assert [(one.source, one.target) for one in drawing.flows] == [("s", "x"), ("x", "e")]


def test_everything_that_is_drawn_can_be_asked_for() -> None:
    extra = (
        "<bpmn:documentation>Hvorfor</bpmn:documentation><bpmn:extensionElements>"
        "<spiffworkflow:instructionsForEndUser>Gør dette</spiffworkflow:instructionsForEndUser>"
        '<spiffworkflow:properties><spiffworkflow:property name="skema" value="a" />'
        "</spiffworkflow:properties>"
        "</bpmn:extensionElements>"
    )
    content = simple(
        node("userTask", "a", extra, name="Navn"),
        edge("b", "a", timer("P1D")),
        node("callActivity", "c", calledElement="netvaerksmoede"),
        chain("s", "a", "c", "e"),
        flow("b", "e"),
        lanes={"raadgiver": "a c", "leder": "e"},
    )
    form = json.dumps({"type": "default", "components": []}).encode()
    drawing = load(content, a__form=form)
    assert drawing.lanes == ("raadgiver", "leder")
    a = drawing.elements["a"]
    assert (a.kind, a.name, a.lane, a.instructions, a.documentation, dict(a.properties)) == (
        *("userTask", "Navn", "raadgiver", "Gør dette", "Hvorfor"),
        {"skema": "a"},
    )
    assert drawing.elements["b"].attached_to == "a"
    assert drawing.elements["c"].called == "netvaerksmoede"
    assert (drawing.forms, drawing.form("a")["type"]) == (("a",), "default")
    with pytest.raises(DiagramError):
        drawing.form("b")


def test_a_deadlock_is_told_instead_of_kept() -> None:
    diagram = load(
        simple(
            node("exclusiveGateway", "x", default="x_a"),
            node("userTask", "a"),
            node("userTask", "b"),
            node("parallelGateway", "j"),
            chain("s", "x", "a", "j", "e"),
            flow("x", "b", "false"),
            flow("b", "j"),
        )
    )
    case = Case(diagram)
    with pytest.raises(EngineError, match="gået i stå") as caught:
        case.do("a")
    assert caught.value.element_id == "j"


def test_a_task_without_a_way_on_ends_the_instance() -> None:
    case = Case(load(simple(node("userTask", "a"), chain("s", "a"))))
    assert case.do("a").ended is not None


def test_cancelling_ends_everything() -> None:
    diagram = load(
        simple(
            node("parallelGateway", "g"),
            node("userTask", "a"),
            edge("b", "a", timer("P7D"), interrupting=False),
            node("callActivity", "c", calledElement="x"),
            node("receiveTask", "r", messageRef="m"),
            chain("s", "g", "a", "e"),
            chain("g", "c", "e"),
            chain("g", "r", "e"),
            flow("b", "e"),
            outside=declared("m", "m"),
        )
    )
    case = Case(diagram, {"k": 1})
    step = case.cancel()
    assert (case.open, case.timers, case.waits, case.calls) == ({}, {}, {}, {})
    assert sorted(case.log) == ["a!", "c!", "g", "r!", "s"]
    assert step.ended is not None
    assert (step.ended.element_id, step.ended.data) == (None, {"k": 1})
    with pytest.raises(NotOpen):
        case.cancel()


def test_a_state_of_another_diagram_is_told() -> None:
    case = Case(load(simple(node("userTask", "en"), chain("s", "en", "e"))))
    for state in (case.state, "", "[]", '{"v": 2}', json.dumps({"v": 1, "d": {}, "w": [["x", []]]})):
        with pytest.raises(EngineError):
            runtime.fire(TWO_LANES, state, facts={}, now=START)


def test_a_state_of_an_earlier_format_goes_on() -> None:
    diagram = load(
        simple(
            node("parallelGateway", "f"),
            node("userTask", "a"),
            node("userTask", "a2"),
            node("userTask", "b"),
            node("parallelGateway", "j"),
            chain("s", "f", "a", "a2", "j", "e"),
            chain("f", "b", "j"),
        )
    )
    case = Case(diagram, {"k": 1})
    case.do("a", x=2)
    now = json.loads(case.state)
    assert now["v"] == 2
    names = list(now["d"])
    before = {
        "v": 1,
        "d": now["d"],
        "g": now.get("g", {}),
        "w": [
            [
                owner,
                [
                    [*row[:4], _difference_as_before(row[4], now["k"], names), *row[5:]]
                    if len(row) > 4
                    else row
                    for row in rows
                ],
            ]
            for owner, rows in now["w"]
        ],
    }
    assert runtime.data(json.dumps(before)) == runtime.data(case.state) == {"k": 1, "x": 2}
    case.state = json.dumps(before)
    case.do("b")
    ended = case.do("a2").ended
    assert ended is not None
    assert ended.data == {"k": 1, "x": 2}


def _difference_as_before(code: int, kinds: list[list[Any]], names: list[str]) -> Any:
    if code < 2:
        return code
    changed, stamps, missing = kinds[code - 2]
    return [changed, stamps, [names[place] for place in missing]]


def test_the_clock_needs_an_offset() -> None:
    with pytest.raises(ValueError):
        runtime.start(TWO_LANES, {}, facts={}, now=datetime(2026, 1, 1))  # noqa: DTZ001
