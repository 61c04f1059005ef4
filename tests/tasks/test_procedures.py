"""Publishing: who may, which version is valid when, and names that are longer than is kept of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.types import Bundle
from records.tables import Message, Procedure, ProcedureVersion
from tasks.errors import Invalid, NotFound, Refused
from tasks.messages import SendMessage, send_message
from tasks.procedures import PublishBundle, publish, valid_version
from tests.engine.drawing import chain, declared, node, properties
from tests.tasks.stage import Work, drawn, steps

ONE = steps("en", "A", lane="Rådgiver: A")
TWO = steps("en", "A", "B", lane="Rådgiver: A B")


def changed(old: str, new: str) -> Bundle:
    text = ONE.files["en.bpmn"].decode()
    assert old in text
    return Bundle("en", 0, {**ONE.files, "en.bpmn": text.replace(old, new).encode()})


def test_who_may_publish_and_that_the_same_content_is_the_same_version(work: Work) -> None:
    for name in ("Mette Holm", "Anne Toft"):
        with pytest.raises(Refused):
            work.run(name, publish, PublishBundle(ONE))
    first = work.run("Eva Holst", publish, PublishBundle(ONE))
    assert work.run("Finn Dahl", publish, PublishBundle(ONE)) == first
    second = work.run("Eva Holst", publish, PublishBundle(TWO))
    assert work.run("Eva Holst", publish, PublishBundle(ONE)) not in (first, second)  # back again is a third
    assert work.rows(select(ProcedureVersion.version).order_by(ProcedureVersion.id)) == [1, 2, 3]


def test_a_version_counts_from_its_day_and_what_runs_keeps_its_own(work: Work) -> None:
    first = work.run(None, publish, PublishBundle(ONE))
    second = work.run(None, publish, PublishBundle(TWO, work.app.now() + timedelta(days=1)))
    case_id = work.open()
    work.begin("en", case_id)
    work.at("2026-02-04T09:00")
    assert work.read(None, lambda unit, actor, key: valid_version(unit, key), "en") == second
    work.begin("en", case_id)
    assert [task.version_id for task in work.tasks(case_id)] == [first, second]
    with pytest.raises(NotFound):
        work.begin("findes_ikke", case_id)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name="Trin A"', f'name="{"n" * 201}"'),
        ('name="Rådgiver"', f'name="{"b" * 121}"'),
        ('name="En"', f'name="{"t" * 201}"'),
    ],
)
def test_a_name_that_is_too_long_is_refused_before_anybody_runs_into_it(
    work: Work, old: str, new: str
) -> None:
    with pytest.raises(Invalid, match="plads til"):
        work.run("Eva Holst", publish, PublishBundle(changed(old, new)))
    assert work.count(Procedure) == 0


def test_the_longest_names_that_are_kept_run(work: Work) -> None:
    work.run("Eva Holst", publish, PublishBundle(changed('name="Trin A"', f'name="{"ø" * 200}"')))
    work.begin("en", work.open())
    assert work.complete("Mette Holm", "A").next_task_id is None


def test_large_numbers_are_different_keys(work: Work) -> None:
    work.publish(
        drawn(
            "venter",
            node("receiveTask", "r", properties(noegle="1234567"), messageRef="b"),
            chain("s", "r", "e"),
            outside=declared("b", "nyt", variable="v"),
        )
    )
    case_id = work.open()
    work.begin("venter", case_id)
    for key in ("1234568", "1234567"):
        work.run(None, send_message, SendMessage(case_id, "nyt", key))
    assert work.rows(select(Message.status).order_by(Message.id)) == ["venter", "leveret"]
