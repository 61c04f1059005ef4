"""The clock, and the demo's way forward through each due instant in order."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from host import demo, story
from host.clock import Clock, wall
from host.errors import HostError
from host.publishing import publish_bundles
from host.scheduler import Scheduler
from host.settings import ROOT
from host.wiring import connect
from records.tables import Instance, JournalEntry, Person, SignInSession, Timer
from records.unit import Unit
from tasks import timers
from tasks.people import SYSTEM
from tasks.signin import SignIn, hash_password, sign_in
from tests.engine.drawing import chain, node, timer
from tests.host.stage import BEGINS, Stage, bundle, environment, open_stage, prepare, service, settings_for

DAY = timedelta(days=1)


@pytest.fixture
def url(databases: Any, database_kind: str) -> str:
    found: str = databases.new(database_kind, prepare)
    return found


@pytest.fixture
def frozen(url: str) -> Iterator[Stage]:
    with open_stage(url) as stage:
        publish(stage)
        yield stage


@pytest.fixture
def running(url: str) -> Iterator[Stage]:
    """A demo by real time and an offset, as it is served."""
    app = connect(settings_for(url, demo=True, schedule_seconds=0.05))
    stage = Stage(app)
    publish(stage)
    yield stage
    app.database.close()


def publish(stage: Stage) -> None:
    inside = node("startEvent", "s") + node("endEvent", "e")
    for number in (1, 2, 3):
        inside += node("intermediateCatchEvent", f"t{number}", timer(f"P{number}D"))
        inside += service(f"n{number}", "noter", tekst=f'"{number}: " + string(nu)')
    steps = chain("s", "t1", "n1", "t2", "n2", "t3", "n3", "e")
    publish_bundles(stage.app, [bundle("dage", inside + steps)])


def notes(stage: Stage) -> list[JournalEntry]:
    return stage.rows(select(JournalEntry).where(JournalEntry.kind == "notat").order_by(JournalEntry.id))


# --- the clock ------------------------------------------------------------------------------------


def test_it_is_the_walls_time_and_the_offset_and_asks_for_it_now_and_then() -> None:
    seconds, asked = [0], [0]

    def offset() -> int:
        asked[0] += 1
        return seconds[0]

    clock = Clock(offset, refresh=0.2)
    assert abs(clock.now() - wall()) < timedelta(seconds=1)
    seconds[0] = 3600
    assert clock.now() < wall() + timedelta(minutes=1)
    clock.forget()
    assert abs(clock.now() - wall() - timedelta(hours=1)) < timedelta(seconds=1)
    assert asked[0] == 2
    seconds[0] = 7200
    time.sleep(0.25)
    assert abs(clock.now() - wall() - timedelta(hours=2)) < timedelta(seconds=1)
    assert clock.now().tzinfo is UTC


def test_a_real_installation_asks_nobody() -> None:
    assert abs(Clock().now() - wall()) < timedelta(seconds=1)


# --- moving it ------------------------------------------------------------------------------------


def test_what_falls_due_happens_in_order_each_at_its_own_time(frozen: Stage) -> None:
    cases = [frozen.case(), frozen.case()]
    frozen.start("dage", cases[0])
    frozen.clock.set(BEGINS + timedelta(hours=12))
    frozen.start("dage", cases[1])
    assert demo.move_clock(frozen.app, BEGINS + 20 * DAY) == 6
    half = timedelta(hours=12)
    assert [(note.case_id, note.at - BEGINS, note.text[:1]) for note in notes(frozen)] == [
        (cases[0], 1 * DAY, "1"),
        (cases[1], 1 * DAY + half, "1"),
        (cases[0], 3 * DAY, "2"),
        (cases[1], 3 * DAY + half, "2"),
        (cases[0], 6 * DAY, "3"),
        (cases[1], 6 * DAY + half, "3"),
    ]
    assert frozen.clock.now() == BEGINS + 20 * DAY


def test_it_stops_where_it_is_told_to(frozen: Stage) -> None:
    frozen.start("dage", frozen.case())
    assert demo.move_clock(frozen.app, BEGINS + DAY - timedelta(seconds=1)) == 0
    assert demo.move_clock(frozen.app, BEGINS + DAY) == 1
    assert demo.move_clock(frozen.app, BEGINS + DAY) == 0
    with pytest.raises(HostError, match="frem"):
        demo.move_clock(frozen.app, BEGINS)


def test_a_timer_that_fails_is_tried_again_on_the_way_and_the_others_go_on(
    frozen: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = frozen.case(), frozen.case()
    frozen.start("dage", bad)
    frozen.start("dage", good)
    fire, tries = timers.fire, []

    def fail_twice(unit: Unit, claimed: timers.Claimed) -> None:
        if claimed.case_id == bad and len(tries) < 2:
            tries.append(unit.now)
            raise KeyError
        fire(unit, claimed)

    monkeypatch.setattr(timers, "fire", fail_twice)
    assert demo.move_clock(frozen.app, BEGINS + 30 * DAY) == 6
    assert tries == [BEGINS + DAY, BEGINS + DAY + timedelta(minutes=2)]
    assert frozen.rows(select(Timer)) == []


def test_a_diagram_that_sets_a_timer_all_the_time_does_not_keep_it_for_ever(
    frozen: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "MOST_AT_ONCE", 5)
    for _ in range(4):
        frozen.start("dage", frozen.case())
    with pytest.raises(HostError, match="stoppede"):
        demo.move_clock(frozen.app, BEGINS + 30 * DAY)
    assert demo.move_clock(frozen.app, BEGINS + 30 * DAY) == 12 - 8


def test_it_waits_for_other_nodes_and_gives_up_after_a_while(
    frozen: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen.start("dage", frozen.case())
    monkeypatch.setattr(timers, "claim_next", lambda *_: None)  # somebody else has it, for ever
    monkeypatch.setattr(demo, "STANDSTILL", 0.1)
    with pytest.raises(HostError, match="står stille"):
        demo.move_clock(frozen.app, BEGINS + 30 * DAY)
    assert frozen.clock.now() == BEGINS + DAY


def test_a_real_installation_does_not_move(url: str) -> None:
    app = connect(settings_for(url))
    with pytest.raises(HostError, match="demo"):
        demo.move_clock(app, wall() + DAY)
    app.database.close()


def test_a_running_demo_moves_for_every_node(running: Stage, url: str) -> None:
    other = connect(settings_for(url, demo=True))
    running.start("dage", running.case())
    schedulers = [Scheduler(app, None) for app in (running.app, other)]
    for scheduler in schedulers:
        scheduler.start()
    to = running.app.now() + 10 * DAY
    try:
        demo.move_clock(running.app, to)  # some of it is fired by the schedulers
        assert abs(other.now() - to) < timedelta(seconds=5), "another node has not seen it"
    finally:
        for scheduler in schedulers:
            scheduler.stop()
        other.database.close()
    found = notes(running)
    assert [note.text[:1] for note in found] == ["1", "2", "3"]
    begun = running.rows(select(Instance.started_at))[0]
    for note, days in zip(found, (1, 3, 6), strict=True):
        assert timedelta(0) <= note.at - begun - days * DAY < timedelta(seconds=30)
    assert running.rows(select(Instance.status)) == ["afsluttet"]


def test_several_may_move_it_at_once(running: Stage, url: str) -> None:
    """Threads with connections of their own, as processes have them; forward only, nothing twice."""
    for _ in range(3):
        running.start("dage", running.case())
    now = running.app.now()
    apps = [connect(settings_for(url, demo=True)) for _ in range(3)]
    movers = [
        threading.Thread(target=demo.move_clock, args=(app, now + days * DAY))
        for app, days in zip(apps, (4, 9, 20), strict=True)
    ]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()
    for app in apps:
        app.database.close()
    assert sorted(note.text[:1] for note in notes(running)) == ["1"] * 3 + ["2"] * 3 + ["3"] * 3
    running.app.clock.forget()
    assert timedelta(0) <= running.app.now() - now - 20 * DAY < timedelta(seconds=60)


def test_it_moves_from_another_process_while_it_is_served(running: Stage, url: str) -> None:
    running.start("dage", running.case())
    to = (running.app.now() + 2 * DAY).isoformat()
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "host", "demo", "at", to],
        env={**environment(url, SAG_DEMO="1"), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    assert "1 tidspunkter" in answer.stdout
    time.sleep(0.3)
    assert running.app.now() >= datetime.fromisoformat(to)
    assert [note.text[:1] for note in notes(running)] == ["1"]


def test_signing_in_goes_by_real_time(running: Stage) -> None:
    with running.app.database.writing(now=running.app.now()) as unit:
        person = unit.session.scalars(select(Person).where(Person.username == "mette.holm")).one()
        person.password_hash = hash_password("sagsgang-demo")
    demo.move_clock(running.app, running.app.now() + 400 * DAY)
    command = SignIn("mette.holm", "sagsgang-demo", "127.0.0.1", wall())
    assert running.app.run(sign_in, SYSTEM, command).token is not None
    session = running.rows(select(SignInSession))[0]
    assert abs(session.created_at - wall()) < timedelta(seconds=30)


# --- setting it up --------------------------------------------------------------------------------


@pytest.fixture
def few_procedures(tmp_path: Path) -> Path:
    """What ships, with one procedure alone: publishing them all takes its time, and is tried elsewhere."""
    shipped, folder = ROOT / "processes", tmp_path / "processes"
    others = {one.parent.name for one in shipped.glob("*/*.bpmn")} - {"boernesamtale"}
    shutil.copytree(shipped, folder, ignore=lambda place, _: others if Path(place) == shipped else ())
    return folder


def test_a_reset_begins_where_it_is_told_to_and_a_running_node_forgets_the_old_demo(
    databases: Any, database_kind: str, few_procedures: Path
) -> None:
    settings = settings_for(databases.new(database_kind), demo=True, processes=few_procedures)
    begins = datetime(2026, 2, 2, 7, 0, tzinfo=UTC)
    first = story.reset(settings, begins)
    try:
        assert not demo.is_empty(first)
        assert timedelta(0) <= first.now() - begins < timedelta(seconds=60)
        stage = Stage(first)
        stage.case()
        assert {one.role for one in demo.sign_ins(first)} == set(demo.DEMO_SIGN_INS.values())
        demo.move_clock(first, begins + 30 * DAY)
        first.database.shared["diagrams"] = {1: "of the old demo"}
        story.reset(settings, begins).database.close()  # to where it began before
        first.clock.forget()
        assert timedelta(0) <= first.now() - begins < timedelta(seconds=60)
        assert "diagrams" not in first.database.shared
        assert stage.tasks() == []
        assert len(demo.sign_ins(first)) == len(demo.DEMO_SIGN_INS)
        with pytest.raises(HostError, match="ikke tom"):
            demo.set_up(first)
    finally:
        first.database.close()


def test_only_a_demo_is_reset(url: str) -> None:
    with pytest.raises(HostError, match="demo"):
        story.reset(settings_for(url))
