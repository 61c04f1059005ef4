"""The one way to run a use case, and timers that fire on any number of nodes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.types import Bundle
from host.app import TRIES
from records.errors import Busy, Conflict
from records.tables import AccessEntry, Case, Incident, Instance, JournalEntry, Notice, OrgUnit, Timer
from records.unit import Unit
from tasks import timers
from tasks.access import Denied
from tasks.complete import CompleteTask, complete_task
from tasks.failures import CannotGoOn
from tasks.people import SYSTEM, Actor
from tasks.retries import RetryIncident, retry_incident
from tests.engine.drawing import chain, flow, node, timer
from tests.host.stage import BEGINS, Stage, bundle, open_stage, prepare, service, user


@pytest.fixture
def stage(databases: Any, database_kind: str) -> Iterator[Stage]:
    with open_stage(databases.new(database_kind, prepare)) as stage:
        yield stage


def wait(key: str, *times: str) -> Bundle:
    """A procedure that waits for these times, one after the other, and notes each."""
    inside, steps = "", []
    for number, text in enumerate(times):
        inside += node("intermediateCatchEvent", f"t{number}", timer(text))
        inside += service(f"n{number}", "noter", tekst=f'"{key} t{number}"')
        steps += [f"t{number}", f"n{number}"]
    ends = node("startEvent", "s") + node("endEvent", "e")
    return bundle(key, ends + inside + chain("s", *steps, "e"))


def journal(stage: Stage) -> list[str]:
    """The notes, in the order they were written."""
    return stage.rows(select(JournalEntry.text).where(JournalEntry.kind == "notat").order_by(JournalEntry.id))


def noted(stage: Stage) -> list[int]:
    """The cases of the notes, in the order they were written."""
    return stage.rows(
        select(JournalEntry.case_id).where(JournalEntry.kind == "notat").order_by(JournalEntry.id)
    )


# --- running a use case ---------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Busy, Conflict])
def test_an_act_that_gave_way_is_done_again(stage: Stage, error: type[Exception]) -> None:
    seen: list[int] = []

    def act(unit: Unit, actor: Actor, number: int) -> int:
        seen.append(number)
        unit.session.add(OrgUnit(key=f"ny{number}", name="Ny", kind="team"))
        unit.session.flush()
        if len(seen) < TRIES:
            raise error()
        return number + 1

    assert stage.app.run(act, SYSTEM, 4) == 5
    assert len(seen) == TRIES
    assert stage.rows(select(OrgUnit.name).where(OrgUnit.key == "ny4")) == ["Ny"]


def test_it_is_not_done_for_ever(stage: Stage) -> None:
    seen: list[int] = []

    def act(unit: Unit, actor: Actor, command: None) -> None:
        seen.append(1)
        raise Busy

    with pytest.raises(Busy, match="travlt"):
        stage.app.run(act, SYSTEM, None)
    assert len(seen) == TRIES


def deny(unit: Unit, actor: Actor, case_id: int) -> None:
    if unit.writable:
        unit.session.get_one(Case, case_id).number = "væk"
        unit.session.flush()
    raise Denied(case_id, None, "prøve")


def test_a_refusal_is_logged_after_the_act_was_rolled_back(stage: Stage) -> None:
    case_id = stage.case()
    person = stage.holders("raadgiver")[1]
    with pytest.raises(Denied):
        stage.app.run(deny, person, case_id)
    with pytest.raises(Denied):
        stage.app.read(deny, person, case_id)
    rows = stage.rows(select(AccessEntry).where(AccessEntry.refused.is_(True)))
    assert [(row.case_id, row.person_id, row.relation) for row in rows] == [
        (case_id, person.person_id, "ingen")
    ] * 2
    assert stage.rows(select(Case.number).where(Case.id == case_id)) != ["væk"]


def test_a_procedure_that_cannot_go_on_becomes_an_incident_and_keeps_the_answers(stage: Stage) -> None:
    stage.publish(
        bundle(
            "itu",
            node("startEvent", "s")
            + user("A", "Skriv")
            + service("x", "udsted_dokument", art='"a"', titel='"t"', indhold="null")
            + node("endEvent", "e")
            + chain("s", "A", "x", "e"),
            lane="Rådgiver: A",
        )
    )
    case_id = stage.case()
    stage.start("itu", case_id)
    task = stage.tasks(case_id)[0]
    with pytest.raises(CannotGoOn, match="kladde"):
        stage.app.run(complete_task, stage.holders("raadgiver")[0], CompleteTask(task.id, {"a": 1}))
    assert stage.tasks(case_id)[0].id == task.id
    incident = stage.rows(select(Incident))[0]
    assert (incident.case_id, incident.task_id, incident.resolved_at) == (case_id, task.id, None)
    assert incident.owner_id is not None


# --- timers ---------------------------------------------------------------------------------------


def test_timers_of_one_instant_fire_in_the_order_they_were_set(stage: Stage) -> None:
    stage.publish(wait("vent", "PT1H"))
    cases = [stage.case() for _ in range(5)]
    for case_id in cases:
        stage.start("vent", case_id)
    stage.clock.set(BEGINS + timedelta(hours=1))
    assert stage.app.fire_due() == 5
    assert noted(stage) == cases


def test_timers_of_a_case_fire_in_the_order_of_their_instants(stage: Stage) -> None:
    stage.publish(wait("a", "PT3H"), wait("b", "PT1H", "PT1H"), wait("c", "PT2H30M"))
    case_id = stage.case()
    for key in "abc":
        stage.start(key, case_id)
    stage.clock.set(BEGINS + timedelta(hours=1))
    stage.app.fire_due()
    stage.clock.set(BEGINS + timedelta(days=1))
    assert stage.app.fire_due() == 3
    assert journal(stage) == ["b t0", "b t1", "c t0", "a t0"]


def test_a_timer_that_a_timer_sets_for_an_earlier_moment_comes_first(stage: Stage) -> None:
    stage.publish(wait("a", "PT1H", "PT0S"), wait("b", "PT2H"))
    case_id = stage.case()
    stage.start("a", case_id)
    stage.start("b", case_id)
    stage.clock.set(BEGINS + timedelta(hours=1))
    for counted in (False, True):  # the try is counted first
        with stage.app.database.writing(now=stage.app.now()) as unit:
            claimed = timers.claim_next(unit, "her", BEGINS)
            assert claimed is not None
            assert claimed.counted is counted
            if counted:
                timers.fire(unit, claimed)
    stage.clock.set(BEGINS + timedelta(hours=5))
    stage.app.fire_due()
    assert journal(stage) == ["a t0", "a t1", "b t0"]


def test_a_case_that_somebody_is_at_is_passed_by(databases: Any) -> None:
    """More due timers in one busy case than are looked at together must not hide the others."""
    with open_stage(databases.new("postgresql", prepare)) as stage:
        stage.publish(wait("vent", "PT1H"))
        busy, free = stage.case(), stage.case()
        for _ in range(timers.LOOK_AHEAD + 5):
            stage.start("vent", busy)
        stage.start("vent", free)
        stage.clock.set(BEGINS + timedelta(hours=2))
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with stage.app.database.writing(now=stage.app.now()) as unit:
                unit.session.scalars(select(Case).where(Case.id == busy).with_for_update()).one()
                held.set()
                done.wait(20)

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            assert held.wait(20)
            assert stage.app.fire_due() == 1
            assert noted(stage) == [free]
        finally:
            done.set()
            thread.join()
        assert stage.app.fire_due() == timers.LOOK_AHEAD + 5


def test_a_course_without_a_case_has_timers_too(stage: Stage) -> None:
    """Also one that gets its case in the effect of the timer (P10 runs without a case at first)."""
    start = node("startEvent", "s") + node("intermediateCatchEvent", "t", timer("PT1H"), name="t")
    stage.publish(
        bundle(
            "uden",
            start
            + node("exclusiveGateway", "g", default="g_e")
            + service("x", "knyt_sag", nummer="null")
            + node("endEvent", "e")
            + chain("s", "t", "g")
            + flow("g", "e")
            + flow("g", "x", "false")
            + flow("x", "e", id="x_e"),
        ),
        bundle(
            "faar",
            start
            + user("A", skema="ny")
            + service("x", "opret_sag", fra='"A"')
            + node("intermediateCatchEvent", "t2", timer("PT1H"), name="t2")
            + service("n", "noter", tekst="sag.nummer")
            + node("endEvent", "e")
            + chain("s", "t", "A", "x", "t2", "n", "e"),
            lane="Front Stage: A",
            ny=[{"type": "textfield", "key": "barn_navn", "id": "b", "label": "Navn"}],
        ),
    )
    for key in ("uden", "faar", "uden"):
        stage.start(key)
    stage.clock.set(BEGINS + timedelta(hours=1))
    assert stage.app.fire_due() == 3
    task = stage.tasks()[0]
    stage.app.run(complete_task, stage.holders("front_stage")[0], CompleteTask(task.id, {"barn_navn": "Liv"}))
    stage.clock.set(BEGINS + timedelta(hours=3))
    assert stage.app.fire_due() == 1
    assert journal(stage) == stage.rows(select(Case.number))
    assert stage.rows(select(Timer)) == []


def broken(key: str) -> Bundle:
    """A procedure whose timer's effect fails until the case's data have `godt`."""
    return bundle(
        key,
        node("startEvent", "s")
        + node("intermediateCatchEvent", "t", timer("PT1H"), name="Frist")
        + service("x", "udsted_dokument", art='"a"', indhold="if sag.godt = true then {a: 1} else null")
        + node("endEvent", "e")
        + chain("s", "t", "x", "e"),
    )


def test_a_timer_that_fails_is_postponed_and_stops_none_of_the_others(stage: Stage) -> None:
    stage.publish(broken("itu"), wait("vent", "PT2H"))
    bad, good = stage.case(), stage.case()
    stage.start("itu", bad)
    stage.start("vent", bad)
    stage.start("vent", good)
    stage.clock.set(BEGINS + timedelta(hours=2))
    assert stage.app.fire_due() == 2
    assert journal(stage) == ["vent t0"] * 2
    waits = []
    while not stage.rows(select(Incident)):
        row = stage.rows(select(Timer))[0]
        waits.append(row.due_at - stage.app.now())
        stage.clock.set(row.due_at)
        assert stage.app.fire_due() == 0
    assert waits == [timedelta(minutes=minutes) for minutes in (2, 4, 8, 16)]
    assert len(waits) + 1 == timers.ATTEMPTS
    incident = stage.rows(select(Incident))[0]
    assert (incident.case_id, incident.element_id, incident.kind) == (bad, "t", "timer")
    assert "Dokumentet har intet indhold" in incident.text
    told = stage.rows(select(Notice).where(Notice.kind == "haendelse"))
    assert [notice.person_id for notice in told] == [incident.owner_id]
    # It waits for a person now, however long that takes; nothing else is tried.
    stage.clock.set(stage.app.now() + timedelta(days=400))
    assert stage.app.fire_due() == 0
    with stage.app.database.writing(now=stage.app.now()) as unit:
        unit.session.get_one(Case, bad).data = {"godt": True}
    owner = stage.app.actor(incident.owner_id)
    assert stage.app.run(retry_incident, owner, RetryIncident(incident.id)) is True
    assert stage.app.fire_due() == 1
    assert stage.rows(select(Timer)) == []
    assert stage.rows(select(Instance.status).where(Instance.case_id == bad)) == ["afsluttet"] * 2
    assert stage.rows(select(Incident))[0].resolved_by_id == owner.person_id


def test_an_error_of_our_own_in_a_timer_stops_none_of_the_others_either(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stage.publish(wait("vent", "PT1H"))
    bad, good = stage.case(), stage.case()
    stage.start("vent", bad)
    stage.start("vent", good)
    fire = timers.fire

    def fail(unit: Unit, claimed: timers.Claimed) -> None:
        fire(unit, claimed)
        if claimed.case_id == bad:
            raise KeyError("barnets navn")

    monkeypatch.setattr(timers, "fire", fail)
    stage.clock.set(BEGINS + timedelta(hours=1))
    assert stage.app.fire_due() == 1
    assert noted(stage) == [good]
    for _ in range(timers.ATTEMPTS):
        stage.clock.set(stage.app.now() + timedelta(hours=1))
        stage.app.fire_due()
    incident = stage.rows(select(Incident))[0]
    assert "KeyError" in incident.text
    assert "barnets navn" not in incident.text
    assert "KeyError" in caplog.text


def test_a_timer_that_gives_way_is_tried_at_once_and_then_postponed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.publish(wait("vent", "PT1H"))
    case_id = stage.case()
    stage.start("vent", case_id)
    tries: list[int] = []
    fire = timers.fire

    def give_way(unit: Unit, claimed: timers.Claimed) -> None:
        tries.append(claimed.timer_id)
        if len(tries) < TRIES:
            raise Busy
        fire(unit, claimed)

    monkeypatch.setattr(timers, "fire", give_way)
    stage.clock.set(BEGINS + timedelta(hours=1))
    assert stage.app.fire_due() == 1
    assert len(tries) == TRIES
    stage.start("vent", case_id)
    stage.clock.set(BEGINS + timedelta(hours=2))

    def always(unit: Unit, claimed: timers.Claimed) -> None:
        raise Busy

    monkeypatch.setattr(timers, "fire", always)
    assert stage.app.fire_due() == 0
    assert [row.attempts for row in stage.rows(select(Timer))] == [1]


def test_four_nodes_fire_every_timer_once(databases: Any) -> None:
    url = databases.new("postgresql", prepare)
    with open_stage(url) as stage:
        stage.publish(wait("vent", "PT1H"))
        cases = [stage.case() for _ in range(10)]
        for case_id in cases:
            for _ in range(4):
                stage.start("vent", case_id)
        stage.clock.set(BEGINS + timedelta(hours=1))
        fired: list[int] = []
        nodes = [threading.Thread(target=lambda: fired.append(stage.app.fire_due())) for _ in range(4)]
        for node_ in nodes:
            node_.start()
        for node_ in nodes:
            node_.join()
        assert sum(fired) == 40
        assert stage.rows(select(Timer)) == []
        assert len(journal(stage)) == 40


def test_people_write_between_timers_on_sqlite(databases: Any) -> None:
    """A thousand due timers must not make a person wait: people go first."""
    with open_stage(databases.new("sqlite", prepare)) as stage:
        stage.publish(
            wait("vent", "PT1H"),
            bundle(
                "opgave",
                node("startEvent", "s") + user("A") + node("endEvent", "e") + chain("s", "A", "e"),
                lane="Rådgiver: A",
            ),
        )
        cases = [stage.case() for _ in range(3)]
        for number in range(120):
            stage.start("vent", cases[number % 3])
        for case_id in cases:
            for _ in range(4):
                stage.start("opgave", case_id)
        stage.clock.set(BEGINS + timedelta(hours=1))
        person = stage.holders("raadgiver")[0]
        node_ = threading.Thread(target=stage.app.fire_due)
        node_.start()
        waits = []
        for task in stage.tasks():
            if task.element_id == "A":
                began = time.monotonic()
                stage.app.run(complete_task, person, CompleteTask(task.id, {}))
                waits.append(time.monotonic() - began)
        node_.join()
        assert len(waits) == 12
        assert max(waits) < 3.0
        assert stage.rows(select(Timer)) == []


def test_firing_stops_when_it_is_told_to(stage: Stage) -> None:
    stage.publish(wait("vent", "PT1H"))
    case_id = stage.case()
    for _ in range(3):
        stage.start("vent", case_id)
    stage.clock.set(BEGINS + timedelta(hours=1))
    assert stage.app.fire_due(until=lambda: len(noted(stage)) == 1) == 1
    assert stage.app.fire_due(limit=1) == 1
    assert stage.app.fire_due() == 1
