"""How many statements an act sends: fixed, few, and the same however much lies in the database."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from host.bench.rounds import AGAIN
from host.bench.stage import APPROVED, ASSESSED, ROUNDS, TASKS, Stage, new_environment, prepare, staged
from host.clock import wall
from records.counting import Count, count_statements
from records.tables import WorkGroup
from tasks.drafts import SaveDraft, save_draft
from tasks.inbox import ListTasks, list_tasks
from tasks.people import SYSTEM, group_id_of
from tasks.shell import visit
from tasks.signin import Resume, actor_of_token

SETTINGS = new_environment()

COMPLETION = 15
"""With access check, submission, journal, deadlines, timers, notice and mail."""


def prepare_bench(url: str) -> None:
    """The municipality and the procedures of the measurements. For `databases.new`."""
    prepare(url, SETTINGS)


@pytest.fixture
def stage(database_kind: str, databases: Any) -> Iterator[Stage]:
    with staged(database_kind, databases.new(database_kind, prepare_bench), SETTINGS) as stage:
        yield stage


def completed(stage: Stage, case_id: int, *, draft: bool = False) -> Count:
    """Start and complete the first task; what the completion sent."""
    stage.start(TASKS, case_id, stage.leader)
    task_id = stage.first_task(stage.caseworker)
    if draft:
        stage.app.run(save_draft, stage.caseworker, SaveDraft(task_id, ASSESSED, 0))
    with count_statements(stage.app.database) as count:
        stage.complete(stage.caseworker, task_id, ASSESSED)
    return count


def test_a_completion_is_one_commit_and_a_fixed_number_of_statements(stage: Stage) -> None:
    case_id = stage.new_case()
    completed(stage, case_id)  # the first one reads the diagram
    first = completed(stage, case_id)
    assert (len(first), first.commits) == (COMPLETION, 1), str(first)
    for _ in range(10):
        stage.complete(stage.leader, stage.first_task(stage.leader), APPROVED)
        later = completed(stage, case_id)
    assert (len(later), later.commits) == (COMPLETION, 1), str(later)
    with_draft = completed(stage, case_id, draft=True)
    assert (len(with_draft), with_draft.commits) == (COMPLETION + 1, 1), str(with_draft)


def test_the_hundredth_round_sends_what_the_second_did(stage: Stage) -> None:
    task_id = stage.start(ROUNDS, stage.new_case()).next_task_id
    sent = []
    for _ in range(100):
        assert task_id is not None
        with count_statements(stage.app.database) as count:
            task_id = stage.complete(stage.caseworker, task_id, AGAIN).next_task_id
        # The closing days are read anew every two seconds, whatever is done meanwhile.
        own = [one for one in count.statements if "closing_day" not in one]
        sent.append((len(own), count.commits))
    assert set(sent[1:]) == {sent[1]}
    assert sent[1][0] <= COMPLETION
    assert sent[1][1] == 1


def test_a_start_is_one_commit_and_a_fixed_number_of_statements(stage: Stage) -> None:
    case_id = stage.new_case()
    stage.start(TASKS, case_id, stage.leader)
    sent = []
    for _ in range(3):
        with count_statements(stage.app.database) as count:
            stage.start(TASKS, case_id, stage.leader)
        sent.append((len(count), count.commits))
    assert set(sent) == {(sent[0][0], 1)}
    assert sent[0][0] <= 12, str(count)


@pytest.mark.parametrize("scope", ["mine", "grupper", "enhed"])
def test_a_list_is_at_most_four_statements_and_counts_nothing(stage: Stage, scope: Any) -> None:
    case_id = stage.new_case()
    for _ in range(4):
        stage.start(TASKS, case_id, stage.leader)
    reader = stage.leader if scope == "enhed" else stage.caseworker
    page = stage.app.read(list_tasks, reader, ListTasks(scope, limit=2))
    commands = [ListTasks(scope), ListTasks(scope, search="vurdér"), ListTasks(scope, after=page.next_after)]
    for command in commands:
        with count_statements(stage.app.database) as count:
            stage.app.read(list_tasks, reader, command)
        assert 1 <= len(count) <= 4, str(count)
        assert count.commits == 0
        assert not re.search(r"\bcount\(|\bgroup by\b", str(count), re.IGNORECASE), str(count)


def test_a_request_finds_out_who_asks_in_at_most_two_statements(stage: Stage) -> None:
    session, token = stage.session(stage.caseworker), stage.token(stage.caseworker)
    with count_statements(stage.app.database) as count:
        found = stage.app.read(visit, SYSTEM, Resume(session, wall()))
    assert found is not None
    assert found.shell.actor == stage.caseworker
    assert (len(count), count.commits) == (2, 0), str(count)
    with count_statements(stage.app.database) as count:
        assert stage.app.read(actor_of_token, SYSTEM, token) == stage.caseworker
    assert (len(count), count.commits) == (1, 0), str(count)
    assert stage.app.read(visit, SYSTEM, Resume(session + "x", wall())) is None
    assert stage.app.read(actor_of_token, SYSTEM, token + "x") is None


def test_a_group_without_a_unit_is_made_once_however_many_need_it(stage: Stage) -> None:
    with stage.app.database.writing(now=stage.app.now()) as unit:
        unit.session.execute(delete(WorkGroup).where(WorkGroup.role == "bench_rolle"))
    begin, found = threading.Barrier(4), []

    def make() -> None:
        begin.wait()
        with stage.app.database.writing(now=stage.app.now()) as unit:
            found.append(group_id_of(unit, "bench_rolle", None))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stage.app.database.reading(now=stage.app.now()) as unit:
        made = unit.session.scalar(select(func.count()).where(WorkGroup.role == "bench_rolle"))
    assert (len(found), len(set(found)), made) == (4, 1, 1)
