"""Several at once, on both databases: one gets the task, it is done once, and nothing anybody did is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from records.errors import RecordsError
from records.tables import (
    Case,
    Document,
    DocumentVersion,
    Incident,
    Instance,
    JournalEntry,
    Message,
    Submission,
    Task,
    Timer,
)
from records.unit import Unit
from tasks.cases import CancelCourse, OpenCase, cancel_course, open_case
from tasks.claims import ClaimTask, claim_task
from tasks.complete import CompleteTask, complete_task
from tasks.errors import NotOpen, TaskError
from tasks.messages import SendMessage, Sent, send_message
from tasks.people import SYSTEM, Actor
from tasks.retries import RetryIncident, retry_incident
from tests.engine.drawing import chain, declared, flow, message, node, over, repeated, script, timer
from tests.host.stage import BEGINS, Stage, bundle, open_stage, prepare, service, user


@pytest.fixture
def stage(databases: Any, database_kind: str) -> Iterator[Stage]:
    with open_stage(databases.new(database_kind, prepare)) as stage:
        yield stage


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do the acts at the same moment, each in a thread; return what each gave or raised."""
    results: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def do(number: int) -> None:
        gate.wait(20)
        try:
            results[number] = acts[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def colleagues(stage: Stage, role: str, number: int) -> list[Actor]:
    """So many members of a role's group; the same person sits at several desks when there are fewer."""
    found = stage.holders(role)
    return [found[index % len(found)] for index in range(number)]


ONE_TASK = bundle(
    "opgave",
    node("startEvent", "s") + user("A", "Skriv") + node("endEvent", "e") + chain("s", "A", "e"),
    lane="Front Stage: A",
)


def test_of_eight_who_claim_a_groups_task_exactly_one_gets_it(stage: Stage) -> None:
    stage.publish(ONE_TASK)
    case_id = stage.case()
    people = stage.holders("front_stage")
    assert len(people) == 3
    for _ in range(5):
        stage.start("opgave", case_id)
        task = stage.tasks(case_id)[-1]
        desks = colleagues(stage, "front_stage", 8)
        results = at_once(
            [partial(stage.app.run, claim_task, who, ClaimTask(task.id, task.rev)) for who in desks]
        )
        [now] = stage.rows(select(Task).where(Task.id == task.id))
        for who, result in zip(desks, results, strict=True):
            if who.person_id == now.assignee_id:
                assert result == 2, "whoever has it may ask again"
            else:
                assert isinstance(result, NotOpen)
        assert now.rev == 2
        taken = select(JournalEntry).where(JournalEntry.task_id == task.id, JournalEntry.kind == "taget")
        assert [row.actor_id for row in stage.rows(taken)] == [now.assignee_id]


def test_a_task_that_two_complete_at_once_is_done_once(stage: Stage) -> None:
    stage.publish(ONE_TASK)
    case_id = stage.case()
    for _ in range(5):
        stage.start("opgave", case_id)
        task = stage.tasks(case_id)[0]
        desks = colleagues(stage, "front_stage", 4)
        results = at_once(
            [partial(stage.app.run, complete_task, who, CompleteTask(task.id, {})) for who in desks]
        )
        refused = [result for result in results if isinstance(result, TaskError)]
        assert len(refused) == len(desks) - 1, results
        [done] = stage.rows(select(Task).where(Task.id == task.id))
        assert done.status == "udfoert"
        for table, kind in ((JournalEntry, JournalEntry.kind == "udfoert"), (Submission, Submission.id > 0)):
            assert len(stage.rows(select(table).where(table.task_id == task.id, kind))) == 1


def test_fifty_completions_in_one_case_at_once_lose_nothing(stage: Stage) -> None:
    """Two courses of 25 parallel tasks; each completion writes a document version and counts in the case."""
    tasks = node(
        "subProcess",
        "alle",
        repeated(over("numre", "nummer"))
        + node("startEvent", "ss")
        + user("A", "Skriv", skema="skema")
        + service("D", "udsted_dokument", art='"rapport"', indhold="{nummer: nummer}")
        + node("endEvent", "se")
        + chain("ss", "A", "D", "se"),
    )
    inside = node("startEvent", "s") + script("n", "numre = [" + ",".join(map(str, range(25))) + "]")
    ends = service("slut", "noter", tekst='"færdig"') + node("endEvent", "e")
    stage.publish(
        bundle(
            "mange",
            inside + tasks + ends + chain("s", "n", "alle", "slut", "e"),
            lane="Rådgiver: alle A",
            skema=[{"type": "textfield", "key": "tekst", "id": "tekst", "label": "Tekst"}],
        )
    )
    case_id = stage.case()
    for _ in range(2):
        stage.start("mange", case_id)
    opened = stage.tasks(case_id)
    assert len(opened) == 50
    person = stage.holders("raadgiver")[0]
    results = at_once(
        [
            partial(stage.app.run, complete_task, person, CompleteTask(task.id, {"tekst": str(task.id)}))
            for task in opened
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)]
    kept = {row.task_id: row.answers for row in stage.rows(select(Submission))}
    assert kept == {task.id: {"tekst": str(task.id)} for task in opened}
    versions = stage.rows(select(DocumentVersion).join(Document).where(Document.case_id == case_id))
    assert sorted(row.version for row in versions) == list(range(1, 51))
    assert Counter(row.content["nummer"] for row in versions) == Counter(list(range(25)) * 2)
    assert stage.rows(select(Instance.status)) == ["afsluttet"] * 2
    notes = stage.rows(select(JournalEntry.text).where(JournalEntry.kind == "notat"))
    assert notes == ["færdig"] * 2


def test_a_message_and_a_timer_at_the_same_moment_give_one_outcome(stage: Stage) -> None:
    """An event gateway waits for both; whoever is first decides, and the other finds nothing to do."""
    stage.publish(
        bundle(
            "vent",
            node("startEvent", "s")
            + node("eventBasedGateway", "g")
            + node("intermediateCatchEvent", "svar", message("m"))
            + node("intermediateCatchEvent", "frist", timer("PT1H"))
            + service("n1", "noter", tekst='"svar"')
            + service("n2", "noter", tekst='"frist"')
            + node("exclusiveGateway", "samlet")
            + node("endEvent", "e")
            + flow("g", "svar")
            + flow("g", "frist")
            + chain("s", "g")
            + chain("svar", "n1", "samlet")
            + chain("frist", "n2", "samlet", "e"),
            outside=declared("m", "svar_modtaget"),
        )
    )
    seen: Counter[str] = Counter()
    for round_ in range(6):
        cases = [stage.case() for _ in range(3)]
        for case_id in cases:
            stage.start("vent", case_id)
        stage.clock.set(BEGINS + timedelta(hours=2 * round_ + 1))
        acts: list[Callable[[], Any]] = [
            partial(stage.app.run, send_message, SYSTEM, SendMessage(case_id, "svar_modtaget"))
            for case_id in cases
        ]
        results = at_once([*acts, stage.app.fire_due])
        assert not [result for result in results if isinstance(result, Exception)], results
        stage.app.fire_due()
        for case_id in cases:
            texts = stage.rows(
                select(JournalEntry.text).where(JournalEntry.case_id == case_id, JournalEntry.kind == "notat")
            )
            assert texts in (["svar"], ["frist"])
            seen.update(texts)
            [kept] = stage.rows(select(Message.status).where(Message.case_id == case_id))
            assert kept == ("leveret" if texts == ["svar"] else "venter")
    assert stage.rows(select(Timer)) == []
    assert set(stage.rows(select(Instance.status))) == {"afsluttet"}


def test_a_task_and_the_timer_that_interrupts_it_at_the_same_moment(stage: Stage) -> None:
    stage.publish(
        bundle(
            "frist",
            node("startEvent", "s")
            + user("A", "Skriv")
            + node("boundaryEvent", "b", timer("PT1H"), attachedToRef="A", cancelActivity="true")
            + service("n1", "noter", tekst='"udført"')
            + service("n2", "noter", tekst='"for sent"')
            + node("endEvent", "e")
            + node("endEvent", "e2")
            + chain("s", "A", "n1", "e")
            + chain("b", "n2", "e2"),
            lane="Rådgiver: A",
        )
    )
    person = stage.holders("raadgiver")[0]
    for round_ in range(5):
        case_id = stage.case()
        stage.start("frist", case_id)
        task = stage.tasks(case_id)[0]
        stage.clock.set(BEGINS + timedelta(hours=2 * round_ + 1))
        results = at_once(
            [
                partial(stage.app.run, complete_task, person, CompleteTask(task.id, {})),
                stage.app.fire_due,
            ]
        )
        stage.app.fire_due()
        [now] = stage.rows(select(Task).where(Task.id == task.id))
        texts = stage.rows(
            select(JournalEntry.text).where(JournalEntry.case_id == case_id, JournalEntry.kind == "notat")
        )
        if isinstance(results[0], NotOpen):
            assert (now.status, texts) == ("annulleret", ["for sent"])
        else:
            assert not isinstance(results[0], Exception)
            assert (now.status, texts) == ("udfoert", ["udført"])
    assert stage.rows(select(Timer)) == []


def test_cases_opened_at_once_get_numbers_of_their_own(stage: Stage) -> None:

    results = at_once(
        [partial(stage.app.run, open_case, SYSTEM, OpenCase(f"Barn {number}")) for number in range(12)]
    )
    assert not [result for result in results if isinstance(result, Exception)], results
    assert len(set(stage.rows(select(Case.number)))) == 12


def test_the_same_message_from_outside_sent_by_several_arrives_once(stage: Stage) -> None:
    stage.publish(
        bundle(
            "modtag",
            node("startEvent", "s")
            + node("intermediateCatchEvent", "w", message("m"))
            + service("n", "noter", tekst='"modtaget"')
            + node("endEvent", "e")
            + chain("s", "w", "n", "e"),
            outside=declared("m", "udefra"),
        )
    )
    case_id = stage.case()
    stage.start("modtag", case_id)
    command = SendMessage(case_id, "udefra", external_id="brev-17")
    results = at_once([partial(stage.app.run, send_message, SYSTEM, command)] * 6)
    assert not [result for result in results if not isinstance(result, Sent)], results
    assert len({sent.message_id for sent in results}) == 1
    notes = select(JournalEntry.text).where(JournalEntry.kind == "notat")
    assert stage.rows(notes) == ["modtaget"]


def test_an_incident_that_several_try_again_at_once_is_tried_once(stage: Stage) -> None:
    """Two courses wait for the same message, so nobody may guess; one is ended, and two owners try again."""
    stage.publish(
        bundle(
            "modtag",
            node("startEvent", "s")
            + node("intermediateCatchEvent", "w", message("m"))
            + service("n", "noter", tekst='"modtaget"')
            + node("endEvent", "e")
            + chain("s", "w", "n", "e"),
            outside=declared("m", "udefra"),
        )
    )

    case_id = stage.case()
    courses = [stage.start("modtag", case_id).instance_id for _ in range(2)]
    assert stage.app.run(send_message, SYSTEM, SendMessage(case_id, "udefra")).status == "haendelse"
    [incident] = stage.rows(select(Incident))
    owner = stage.app.actor(incident.owner_id)
    assert stage.app.run(retry_incident, owner, RetryIncident(incident.id)) is False
    assert [row.resolved_at for row in stage.rows(select(Incident))] == [None], "it is in trouble still"
    stage.app.run(cancel_course, SYSTEM, CancelCourse(courses[0], "forkert"))
    stage.start("modtag", case_id)
    stage.start("modtag", case_id)
    for extra in stage.rows(select(Instance.id).where(Instance.status == "igang"))[1:]:
        stage.app.run(cancel_course, SYSTEM, CancelCourse(extra, "forkert"))
    results = at_once([partial(stage.app.run, retry_incident, owner, RetryIncident(incident.id))] * 4)
    assert True in results
    assert all(result is True or isinstance(result, NotOpen) for result in results), results
    assert stage.rows(select(JournalEntry.text).where(JournalEntry.kind == "notat")) == ["modtaget"]
    assert stage.rows(select(Message.status)) == ["leveret"]


def test_two_acts_that_lock_each_other_out_are_both_done(stage: Stage) -> None:
    """A deadlock's victim begins anew, and the person never hears of it."""
    one, two = stage.case(), stage.case()
    met = threading.Barrier(2, timeout=5)

    def cross(unit: Unit, actor: Actor, command: tuple[int, int]) -> None:
        for case_id in command:
            row = unit.session.scalars(select(Case).where(Case.id == case_id).with_for_update()).one()
            row.data = {**row.data, str(command[0]): True}
            unit.session.flush()
            try:
                met.wait(0.3)
            except threading.BrokenBarrierError:
                pass

    results = at_once(
        [
            partial(stage.app.run, cross, SYSTEM, (one, two)),
            partial(stage.app.run, cross, SYSTEM, (two, one)),
        ]
    )
    assert not [result for result in results if isinstance(result, RecordsError)], results
    for row in stage.rows(select(Case).where(Case.id.in_((one, two)))):
        assert row.data == {str(one): True, str(two): True}
