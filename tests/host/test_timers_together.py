"""Many timers in one transaction on PostgreSQL: each once, in its order, and none undone by another."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.types import Bundle
from host.app import App
from host.clock import FrozenClock
from host.wiring import connect
from records.counting import count_statements
from records.tables import Case, Incident, Instance, JournalEntry, Notice, Outbox, Task, Timer
from tasks import timers, timers_together
from tasks.gathered import Gathered
from tests.engine.drawing import chain, node, timer
from tests.host.stage import BEGINS, Stage, bundle, open_stage, prepare, user
from tests.host.test_app import journal, wait

HOUR = timedelta(hours=1)
MANY = 20


@pytest.fixture
def stage(databases: Any) -> Iterator[Stage]:
    with open_stage(databases.new("postgresql", prepare)) as stage:
        yield stage


def opens(key: str, due: str) -> Bundle:
    """A procedure that waits an hour and then opens a task with this due date and a reminder."""
    inside = node("intermediateCatchEvent", "t", timer("PT1H"), name="Vent") + user("A", "Følg op", frist=due)
    return bundle(
        key,
        node("startEvent", "s") + inside + node("endEvent", "e") + chain("s", "t", "A", "e"),
        lane="Rådgiver: A",
    )


def tries(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many timers are fired on their own, and in each batch."""
    sizes: list[int] = []
    one, many = timers.fire, timers_together.fire_many

    def alone(*given: Any) -> None:
        sizes.append(1)
        one(*given)

    def together(*given: Any) -> list[int]:
        fired = many(*given)
        sizes.append(len(fired))
        return fired

    monkeypatch.setattr(timers, "fire", alone)
    monkeypatch.setattr(timers_together, "fire_many", together)
    return sizes


def test_many_are_fired_together_each_once_and_in_the_order_of_its_case(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.publish(
        opens("opgave", "arbejdsdage_efter(i_dag, 3)"), wait("sent", "PT3H"), wait("to", "PT2H", "PT0S")
    )
    cases = [stage.case() for _ in range(MANY)]
    for case_id in cases:
        for key in ("sent", "opgave", "to"):
            stage.start(key, case_id)
    stage.clock.set(BEGINS + 5 * HOUR)
    sizes = tries(monkeypatch)
    with count_statements(stage.app.database) as counted:
        assert stage.app.fire_due(limit=10) == 10
        assert stage.app.fire_due() == 3 * MANY - 10
    assert max(sizes) > MANY // 2
    assert counted.commits < MANY
    for case_id in cases:
        rows = stage.rows(
            select(JournalEntry.text)
            .where(JournalEntry.case_id == case_id, JournalEntry.kind.in_(("timer", "notat")))
            .order_by(JournalEntry.id)
        )
        noted = [row for row in rows if row != "Et tidspunkt i forløbet er kommet"]
        assert noted == ["Tidspunktet er kommet: Vent", "to t0", "to t1", "sent t0"]
    assert Counter(task.case_id for task in stage.tasks()) == dict.fromkeys(cases, 1)
    assert (
        stage.rows(select(Instance.status).where(Instance.status != "aktiv")).count("afsluttet") == 2 * MANY
    )
    # The reminders of that many tasks are one moment too.
    told = len(stage.rows(select(Notice)))
    first = min(stage.rows(select(Timer.due_at)))
    stage.clock.set(first)
    del sizes[:]
    assert stage.app.fire_due() == MANY
    assert max(sizes) > 1
    reminded = stage.rows(select(Notice.task_id).where(Notice.kind == "paamindelse"))
    assert sorted(reminded) == sorted(stage.rows(select(Task.id)))
    assert len(stage.rows(select(Notice))) == told + MANY == len(stage.rows(select(Outbox)))


def test_one_that_fails_undoes_none_of_the_others(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.publish(opens("god", "arbejdsdage_efter(i_dag, 3)"), opens("itu", "dato(sag.findes.ikke)"))
    cases = [stage.case() for _ in range(MANY)]
    for number, case_id in enumerate(cases):
        stage.start("itu" if number == 7 else "god", case_id)
    stage.clock.set(BEGINS + HOUR)
    sizes = tries(monkeypatch)
    assert stage.app.fire_due() == MANY - 1
    good = [case_id for number, case_id in enumerate(cases) if number != 7]
    assert sorted(task.case_id for task in stage.tasks()) == good
    [left] = stage.rows(select(Timer).where(Timer.kind == "bpmn"))
    assert (left.attempts, left.tried_by) == (1, None)
    while not stage.rows(select(Incident)):
        stage.clock.set(stage.rows(select(Timer.due_at).where(Timer.kind == "bpmn"))[0])
        del sizes[:]
        stage.app.fire_due()
    assert [row.case_id for row in stage.rows(select(Incident))] == [cases[7]]


def test_a_case_that_somebody_is_at_is_passed_by_and_waits_for_nobody(stage: Stage) -> None:
    stage.publish(opens("opgave", "arbejdsdage_efter(i_dag, 3)"))
    cases = [stage.case() for _ in range(MANY)]
    for case_id in cases:
        stage.start("opgave", case_id)
    stage.clock.set(BEGINS + HOUR)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with stage.app.database.writing(now=stage.app.now()) as unit:
            unit.session.scalars(select(Case).where(Case.id == cases[3]).with_for_update()).one()
            held.set()
            done.wait(20)

    person = threading.Thread(target=hold)
    person.start()
    try:
        assert held.wait(20)
        assert stage.app.fire_due() == MANY - 1
    finally:
        done.set()
        person.join()
    assert cases[3] not in {task.case_id for task in stage.tasks()}
    assert stage.app.fire_due() == 1


class Killed(BaseException):
    """The process is gone."""


def test_a_node_that_dies_in_the_middle_leaves_them_to_another(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.publish(wait("vent", "PT1H"))
    for _ in range(MANY):
        stage.start("vent", stage.case())
    stage.clock.set(BEGINS + HOUR)
    write = Gathered.write

    def dies(gathered: Gathered) -> None:
        write(gathered)
        raise Killed

    monkeypatch.setattr(Gathered, "write", dies)
    with pytest.raises(Killed):
        stage.app.fire_due()
    monkeypatch.setattr(Gathered, "write", write)
    assert journal(stage) == []
    monkeypatch.setattr(timers, "LEASE", timedelta(0))
    other = App(stage.app.settings, connect(stage.app.settings).database, FrozenClock(stage.app.now()))
    try:
        nodes = [threading.Thread(target=node.fire_due) for node in (other, stage.app)]
        for one in nodes:
            one.start()
        for one in nodes:
            one.join()
        other.fire_due()
    finally:
        other.database.close()
    assert len(journal(stage)) == MANY
    assert stage.rows(select(Timer)) == []
