"""When timers are due, fire and move: calendar arithmetic in Copenhagen, never the library's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine import runtime
from engine.errors import DiagramError, EngineError, NotOpen
from engine.timers import due_instant
from engine.workdays import Calendar
from tests.engine.drawing import START, Case, chain, edge, load, node, script, simple, timer


def catching(text: str, tag: str = "timeDuration") -> bytes:
    return simple(
        node("intermediateCatchEvent", "t", timer(text, tag)),
        node("userTask", "u"),
        chain("s", "t", "u", "e"),
    )


@pytest.mark.parametrize(
    ("base", "value", "due"),
    [
        # From engine.md: the library gives 2026-03-03 and 2027-03-02 for the first two.
        ("2026-01-31T09:00+01:00", "P1M", "2026-02-28T09:00+01:00"),
        ("2026-11-30T09:00+01:00", "P3M", "2027-02-28T09:00+01:00"),
        ("2024-02-29T09:00+01:00", "P1Y", "2025-02-28T09:00+01:00"),
        ("2026-10-31T09:00+01:00", "P4M", "2027-02-28T09:00+01:00"),
        ("2026-12-15T09:00+01:00", "P1M", "2027-01-15T09:00+01:00"),
        # A day stays at its time of day over a change of the clocks; hours are hours.
        ("2026-03-28T08:00+01:00", "P1D", "2026-03-29T08:00+02:00"),
        ("2026-03-28T08:00+01:00", "PT24H", "2026-03-29T09:00+02:00"),
        ("2026-10-24T08:00+02:00", "P1W", "2026-10-31T08:00+01:00"),
        ("2026-02-02T08:00+01:00", "P1DT12H30M", "2026-02-03T20:30+01:00"),
        ("2026-02-02T08:00+01:00", "PT36.5S", "2026-02-02T08:00:36.500+01:00"),
        ("2026-03-31T08:00+02:00", "-P1M", "2026-02-28T08:00+01:00"),
        ("2026-02-02T08:00+01:00", "P2W", "2026-02-16T08:00+01:00"),
        ("2026-02-02T08:00+01:00", "P0D", "2026-02-02T08:00+01:00"),
        # Dates and instants do not depend on the base.
        ("2026-02-02T08:00+01:00", "2026-07-01", "2026-07-01T00:00+02:00"),
        ("2026-02-02T08:00+01:00", "2026-07-01T12:00", "2026-07-01T12:00+02:00"),
        ("2026-02-02T08:00+01:00", "2026-01-01T12:00:00Z", "2026-01-01T13:00+01:00"),
        ("2026-02-02T08:00+01:00", " 2026-07-01T12:00:00+00:00 ", "2026-07-01T14:00+02:00"),
    ],
)
def test_what_a_value_means(base: str, value: str, due: str) -> None:
    found = due_instant(value, datetime.fromisoformat(base))
    assert found == datetime.fromisoformat(due)
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "P",
        "PT",
        "3M",
        "P1X",
        "P0.5M",
        "P1DT",
        "p7d",
        "R3/P7D",
        "2026-02-30",
        "2026-13-01T00:00",
        7,
        True,
        "P99999Y",
        "2026-W27-3",
        {"a": 1},
        ["P7D"],
        "0 8 * * 1",
    ],
)
def test_what_is_no_time_is_told(value: object) -> None:
    with pytest.raises(EngineError):
        due_instant(value, START)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("P7D", START + timedelta(days=7)),
        ('= "P7D"', START + timedelta(days=7)),
        ('= duration("P7D")', START + timedelta(days=7)),
        ("= arbejdsdage_efter(dato, 2)", datetime(2026, 3, 2, 23, tzinfo=UTC)),
        ("= maaneder_efter(dato, 4)", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ('= nu + duration("PT1H")', START + timedelta(hours=1)),
        ('= i_dag + duration("P1D")', datetime(2026, 2, 2, 23, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("tag", ["timeDuration", "timeDate"])
def test_a_timer_is_literal_or_feel(text: str, due: datetime, tag: str) -> None:
    case = Case(load(catching(text, tag)), {"dato": "2026-03-01"})
    (found,) = case.timers.values()
    assert (found.element_id, found.due) == ("t", due)


def test_closing_days_are_the_callers() -> None:
    diagram = load(catching("= arbejdsdage_efter(i_dag, 1)"))
    result = runtime.start(diagram, {}, facts={}, now=START, calendar=Calendar(closing=(date(2026, 2, 3),)))
    assert result[1].timers_set[0].due == datetime(2026, 2, 3, 23, tzinfo=UTC)


@pytest.mark.parametrize("text", ["= ukendt", "= null", "= 5", '= "om en uge"', "ukendt"])
def test_a_timer_without_a_time_names_its_element(text: str) -> None:
    with pytest.raises(EngineError) as caught:
        Case(load(catching(text)))
    assert caught.value.element_id == "t"


@pytest.mark.parametrize(
    "inside", ["<bpmn:timeCycle>R3/P7D</bpmn:timeCycle>", "", "<bpmn:timeDuration> </bpmn:timeDuration>"]
)
def test_a_cycle_or_nothing_is_refused(inside: str) -> None:
    with pytest.raises(DiagramError):
        load(
            simple(
                node(
                    "intermediateCatchEvent",
                    "t",
                    f"<bpmn:timerEventDefinition>{inside}</bpmn:timerEventDefinition>",
                ),
                chain("s", "t", "e"),
            )
        )


def test_a_past_timer_fires_at_once() -> None:
    case = Case(load(catching("2020-01-01")))
    assert (case.tasks, case.timers) == (["u"], {})


def test_a_timer_fires_when_due_and_not_before() -> None:
    case = Case(load(catching("P7D")))
    (id,) = case.timers
    case.wait(days=6, hours=23, minutes=59)
    assert list(case.timers) == [id]
    step = case.wait(minutes=1)
    assert (step.timers_gone, case.tasks) == ((id,), ["u"])
    with pytest.raises(NotOpen):
        runtime.fire(case.diagram, case.state, [id], facts={}, now=case.now)


def test_only_the_timers_named_fire() -> None:
    diagram = load(
        simple(
            node("userTask", "a"),
            edge("b1", "a", timer("P1D"), interrupting=False),
            edge("b2", "a", timer("P2D"), interrupting=False),
            node("endEvent", "e1"),
            node("endEvent", "e2"),
            chain("s", "a", "e"),
            chain("b1", "e1"),
            chain("b2", "e2"),
        )
    )
    case = Case(diagram)
    second = next(timer.id for timer in case.timers.values() if timer.element_id == "b2")
    _, step = runtime.fire(diagram, case.state, [second], facts={}, now=START + timedelta(days=1))
    assert step.finished == ()
    _, step = runtime.fire(diagram, case.state, [second], facts={}, now=START + timedelta(days=9))
    assert (step.timers_gone, step.timers_set) == ((second,), ())


def test_due_timers_fire_in_order_and_the_earlier_may_end_the_later() -> None:
    diagram = load(
        simple(
            node("userTask", "a"),
            edge("late", "a", timer("P2D"), interrupting=False),
            edge("early", "a", timer("P1D"), interrupting=False),
            edge("last", "a", timer("P3D")),
            edge("never", "a", timer("P4D"), interrupting=False),
            *(
                node("userTask", f"u_{name}") + chain(name, f"u_{name}", "e")
                for name in ("late", "early", "last", "never")
            ),
            chain("s", "a", "e"),
        )
    )
    case = Case(diagram)
    case.wait(days=9)
    assert case.log == ["s", "early", "late", "last", "a!"]
    assert case.tasks == ["u_early", "u_last", "u_late"]
    assert case.timers == {}


def test_completing_ends_the_timers_without_firing_them() -> None:
    diagram = load(
        simple(
            node("userTask", "a"),
            edge("b", "a", timer("P1D"), interrupting=False),
            node("endEvent", "e2"),
            chain("s", "a", "e"),
            chain("b", "e2"),
        )
    )
    case = Case(diagram)
    case.now += timedelta(days=5)
    step = case.do("a")
    assert (len(step.timers_gone), step.ended is not None, "b" in case.log) == (1, True, False)


def test_moving_the_meeting_moves_the_timers_that_read_it() -> None:
    diagram = load(
        simple(
            node("userTask", "a"),
            edge("moede", "a", timer('= date(moede.dato) - duration("P2D")'), interrupting=False),
            edge("fast", "a", timer("P7D"), interrupting=False),
            edge(
                "uge",
                "a",
                timer('= if sag.hast then duration("P1D") else duration("P7D")'),
                interrupting=False,
            ),
            node("endEvent", "e2"),
            chain("s", "a", "e"),
            chain("moede", "e2"),
            chain("fast", "e2"),
            chain("uge", "e2"),
        )
    )
    case = Case(diagram, facts={"moede": {"dato": "2026-03-10"}, "sag": {"hast": False}})
    ids = {timer.element_id: timer.id for timer in case.timers.values()}
    case.now += timedelta(hours=5)
    case.facts = {"moede": {"dato": "2026-03-20"}, "sag": {"hast": True}}
    step = case.recompute()
    assert {(timer.id, timer.due) for timer in step.timers_set} == {
        (ids["moede"], datetime(2026, 3, 17, 23, tzinfo=UTC)),
        (ids["uge"], START + timedelta(days=1)),
    }
    assert (step.timers_gone, step.finished) == ((), ())
    case.facts["moede"] = {"dato": "2026-01-01"}
    assert [timer.due.year for timer in case.recompute().timers_set] == [2025]
    case.wait()
    assert "moede" in case.log
    case.facts = {"sag": {"hast": True}}  # the meeting is gone
    assert case.recompute().timers_set == ()


def test_a_timer_inside_a_sub_process_survives_saving() -> None:
    inside = (
        node("startEvent", "ss")
        + script("k", "n = 3")
        + node("intermediateCatchEvent", "t", timer('= duration("P" + string(n) + "D")'))
        + node("userTask", "u")
        + node("endEvent", "se")
        + chain("ss", "k", "t", "u", "se")
    )
    case = Case(load(simple(node("subProcess", "sp", inside), chain("s", "sp", "e"))))
    assert [timer.due for timer in case.timers.values()] == [START + timedelta(days=3)]
    case.wait(days=3)
    assert case.tasks == ["u"]
