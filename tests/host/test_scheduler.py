"""The scheduler: APScheduler ticks, the database says what is due, and a stop finishes what is under way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from host.scheduler import Scheduler
from records.errors import Unreachable
from records.tables import Instance, JournalEntry, Outbox, Timer
from records.unit import Unit
from tasks import timers
from tests.engine.drawing import chain, node, timer
from tests.host.stage import BEGINS, Stage, bundle, open_stage, prepare, service

SECONDS = 20.0


@pytest.fixture
def stage(databases: Any, database_kind: str) -> Iterator[Stage]:
    with open_stage(databases.new(database_kind, prepare), schedule_seconds=0.05) as stage:
        stage.publish(
            bundle(
                "vent",
                node("startEvent", "s")
                + node("intermediateCatchEvent", "t", timer("PT1H"))
                + service("n", "adviser", rolle='"adm"', tekst='"nu"')
                + node("endEvent", "e")
                + chain("s", "t", "n", "e"),
            )
        )
        yield stage


def until(true: Callable[[], object]) -> None:
    """Wait for something to come true."""
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def running(stage: Stage) -> int:
    return stage.rows(select(Instance.status)).count("igang")


def test_it_fires_what_is_due_and_sends_the_letters(stage: Stage) -> None:
    sent: list[EmailMessage] = []
    scheduler = Scheduler(stage.app, sent.append)
    scheduler.start()
    try:
        stage.start("vent", stage.case())
        time.sleep(0.2)
        assert running(stage) == 1
        stage.clock.set(BEGINS + timedelta(hours=1))
        until(lambda: running(stage) == 0)
        until(lambda: not [row for row in stage.rows(select(Outbox)) if row.sent_at is None])
    finally:
        scheduler.stop()
    assert len(sent) == len(stage.holders("adm"))
    stage.start("vent", stage.case())
    stage.clock.set(BEGINS + timedelta(hours=3))
    time.sleep(0.2)
    assert running(stage) == 1, "it went on after it was stopped"


def test_without_a_mail_server_the_letters_wait(stage: Stage) -> None:
    scheduler = Scheduler(stage.app, None)
    scheduler.start()
    try:
        stage.start("vent", stage.case())
        stage.clock.set(BEGINS + timedelta(hours=1))
        until(lambda: running(stage) == 0)
    finally:
        scheduler.stop()
    assert {row.sent_at for row in stage.rows(select(Outbox))} == {None}
    assert {row.attempts for row in stage.rows(select(Outbox))} == {0}


def test_a_stop_finishes_the_timer_and_the_letter_under_way_and_begins_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_timer, at_letter, go_on = threading.Event(), threading.Event(), threading.Event()
    fire = timers.fire

    def slow(unit: Unit, claimed: timers.Claimed) -> None:
        if at_letter.is_set():
            at_timer.set()
            go_on.wait(SECONDS)
        fire(unit, claimed)

    def send(message: EmailMessage) -> None:
        at_letter.set()
        go_on.wait(SECONDS)

    monkeypatch.setattr(timers, "fire", slow)
    cases = [stage.case() for _ in range(4)]
    stage.start("vent", cases[0])
    stage.clock.set(BEGINS + timedelta(hours=1))
    scheduler = Scheduler(stage.app, send)
    scheduler.start()
    until(at_letter.is_set)
    for case_id in cases[1:]:
        stage.start("vent", case_id)
    stage.clock.set(BEGINS + timedelta(hours=2))
    until(at_timer.is_set)
    stopping = threading.Thread(target=scheduler.stop)
    stopping.start()
    time.sleep(0.1)
    assert stopping.is_alive(), "it did not wait for what was under way"
    began = time.monotonic()
    go_on.set()
    stopping.join()
    assert time.monotonic() - began < 3
    assert len(stage.rows(select(Timer))) == 2
    assert len([row for row in stage.rows(select(Outbox)) if row.sent_at is not None]) == 1
    assert stage.app.fire_due() == 2


def test_a_database_that_is_away_is_told_once_and_work_goes_on_when_it_is_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    away = threading.Event()
    away.set()
    claim = timers.claim_next
    asked: list[int] = []

    def ask(unit: Unit, *more: Any) -> timers.Claimed | None:
        asked.append(1)
        if away.is_set():
            raise Unreachable
        return claim(unit, *more)

    monkeypatch.setattr(timers, "claim_next", ask)
    stage.start("vent", stage.case())
    stage.clock.set(BEGINS + timedelta(hours=1))
    scheduler = Scheduler(stage.app, None)
    scheduler.start()
    try:
        until(lambda: len(asked) > 4)
        away.clear()
        until(lambda: running(stage) == 0)
        until(lambda: "go on" in caplog.text)
    finally:
        scheduler.stop()
    assert caplog.text.count("tried again at the next tick") == 1


def test_two_schedulers_share_the_work(databases: Any) -> None:
    url = databases.new("postgresql", prepare)
    with open_stage(url, schedule_seconds=0.05) as one:
        one.publish(
            bundle(
                "vent",
                node("startEvent", "s")
                + node("intermediateCatchEvent", "t", timer("PT1H"))
                + service("n", "noter", tekst='"nu"')
                + node("endEvent", "e")
                + chain("s", "t", "n", "e"),
            )
        )
        for _ in range(20):
            one.start("vent", one.case())
        one.clock.set(BEGINS + timedelta(hours=1))
        with open_stage(url, clock=one.clock, schedule_seconds=0.05) as two:
            both = [Scheduler(stage.app, None) for stage in (one, two)]
            for scheduler in both:
                scheduler.start()
            until(lambda: running(one) == 0)
            for scheduler in both:
                scheduler.stop()
        assert len(one.rows(select(JournalEntry).where(JournalEntry.kind == "notat"))) == 20
