"""Lines to people: who gets them, who reads them, and that they hold nothing personal."""

from __future__ import annotations

import pytest

from records.tables import Notice
from tasks.claims import HandOver, hand_over
from tasks.errors import Refused
from tasks.notices import ReadNotices, my_notices, read_notices
from tests.tasks.stage import Work, steps


def test_who_gives_themselves_a_task_is_not_told(work: Work) -> None:
    work.publish(steps("en", "A", "B", lane="Rådgiver: A B"))
    work.begin("en", work.open(), "Mette Holm")
    assert work.notices("Mette Holm") == []
    work.complete("Mette Holm", "A")
    assert work.notices("Mette Holm") == []
    work.begin("en", work.open())
    assert work.notices("Mette Holm", "ny_opgave") == ["Ny opgave: Trin A i sag 2026-000002"]


def test_notice_and_mail_hold_number_step_and_link_and_nothing_else(work: Work) -> None:
    work.publish(steps("en", "A", lane="Rådgiver: A"))
    case_id = work.open("Liv Skov", cpr="030323-0000", address="Skovvej 1")
    work.begin("en", case_id)
    task = work.task("A")
    work.run("Mette Holm", hand_over, HandOver(task.id, work.person("Sara Lund"), "Liv er bange"))
    work.until("2026-02-05T08:00")
    letters = work.letters()
    assert {letter["path"] for letter in letters} == {f"/opgaver/{task.id}"}
    assert {key for letter in letters for key in letter} == {"person_id", "subject", "path"}
    kinds = [line for name in ("Mette Holm", "Sara Lund", "Birgit Skov") for line in work.notices(name)]
    assert sorted(kinds) == [
        "Fristen er overskredet: Trin A i sag 2026-000001",
        "Ny opgave: Trin A i sag 2026-000001",
        "Ny opgave: Trin A i sag 2026-000001",
        "Påmindelse: Trin A i sag 2026-000001",
    ]
    for word in ("Liv", "030323", "Skovvej", "bange"):
        assert not any(word in str(row) for row in [*letters, *kinds])


def test_one_reads_ones_own_notices_and_nobody_elses(work: Work) -> None:
    work.publish(steps("en", "A", lane="Rådgiver: A"))
    for caseworker in ("Mette Holm", "Mette Holm", "Jonas Friis"):
        work.begin("en", work.open(caseworker=caseworker))
    mette = work.read("Mette Holm", lambda unit, actor, _: my_notices(unit, actor), None)
    assert len(mette) == 2
    work.run("Jonas Friis", read_notices, ReadNotices((mette[0].id,)))
    assert work.count(Notice, Notice.read_at.is_not(None)) == 0
    work.run("Mette Holm", read_notices, ReadNotices((mette[0].id,)))
    again = work.read("Mette Holm", lambda unit, actor, _: my_notices(unit, actor), None)
    assert [(line.id, line.read) for line in again] == [(mette[1].id, False), (mette[0].id, True)]
    work.run("Mette Holm", read_notices, ReadNotices())
    assert work.count(Notice, Notice.read_at.is_not(None)) == 2
    with pytest.raises(Refused):
        work.run(None, read_notices, ReadNotices())
