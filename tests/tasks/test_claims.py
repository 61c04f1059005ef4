"""Who has a task: claimed from the group, given back, handed over."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from records.tables import AccessEntry, Draft
from tasks.access import Denied
from tasks.claims import ClaimTask, HandOver, ReleaseTask, claim_task, hand_over, possible_heirs, release_task
from tasks.drafts import SaveDraft, save_draft
from tasks.errors import Invalid, NotOpen, Refused, Stale
from tests.tasks.stage import CONTACT, Work, steps

GROUP = steps("gruppe", "A", "B", lane="Front Stage: A; Rådgiver: B")
PERSONAL = steps("person", "A", lane="Rådgiver: A")


def test_exactly_one_of_the_group_gets_the_task(work: Work) -> None:
    work.publish(GROUP)
    work.begin("gruppe", work.open())
    task = work.task("A")
    assert task.assignee_id is None
    names = ["Ida Krag", "Bo Winther", "Vera Nørby"]
    got: list[str] = []
    refused: list[Exception] = []

    def claim(name: str) -> None:
        try:
            work.run(name, claim_task, ClaimTask(task.id))
            got.append(name)
        except NotOpen as error:
            refused.append(error)

    threads = [threading.Thread(target=claim, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert len(refused) == 2
    assert work.holder(work.task("A")) == got[0]
    assert work.journal(kind="taget") == ["Trin A taget"]


def test_a_claim_twice_is_harmless_and_a_stale_page_is_told(work: Work) -> None:
    work.publish(GROUP)
    work.begin("gruppe", work.open())
    task = work.task("A")
    with pytest.raises(Stale):
        work.run("Ida Krag", claim_task, ClaimTask(task.id, task.rev + 7))
    rev = work.run("Ida Krag", claim_task, ClaimTask(task.id, task.rev))
    assert rev == task.rev + 1
    assert work.run("Ida Krag", claim_task, ClaimTask(task.id, task.rev)) == rev
    work.complete("Ida Krag", "A")
    with pytest.raises(NotOpen):
        work.run("Ida Krag", claim_task, ClaimTask(task.id))
    with pytest.raises(NotOpen):
        work.run("Bo Winther", claim_task, ClaimTask(task.id))


def test_a_stranger_cannot_claim_and_it_is_logged(work: Work) -> None:
    work.publish(GROUP)
    case_id = work.open()
    work.begin("gruppe", case_id)
    with pytest.raises(Denied):
        work.run("Jonas Friis", claim_task, ClaimTask(work.task("A").id))
    assert work.views(case_id) == [("Jonas Friis", "ingen", "tag", True)]
    assert work.count(AccessEntry) == 1


def test_given_back_the_draft_stays_for_the_next(work: Work) -> None:
    work.publish(GROUP)
    work.begin("gruppe", work.open())
    task = work.task("A")
    work.run("Ida Krag", claim_task, ClaimTask(task.id))
    work.run("Ida Krag", save_draft, SaveDraft(task.id, {"svar_tekst": "halvt"}))
    with pytest.raises(Denied):
        work.run("Bo Winther", release_task, ReleaseTask(task.id))
    work.run("Ida Krag", release_task, ReleaseTask(task.id))
    assert work.task("A").assignee_id is None
    assert work.rows(select(Draft.answers)) == [{"svar_tekst": "halvt"}]
    work.run("Bo Winther", claim_task, ClaimTask(task.id))
    assert work.journal(kind="frigivet") == ["Trin A lagt tilbage til gruppen"]


def test_a_personal_task_cannot_be_given_back(quick: Work) -> None:
    quick.publish(PERSONAL)
    quick.begin("person", quick.open())
    with pytest.raises(Refused, match="Overdrag"):
        quick.run("Mette Holm", release_task, ReleaseTask(quick.task("A").id))


@pytest.mark.rule("OS-09")
def test_the_holder_hands_over_with_a_reason_to_one_with_the_role(work: Work) -> None:
    work.publish(PERSONAL)
    work.begin("person", work.open())
    task, sara = work.task("A"), work.person("Sara Lund")
    with pytest.raises(Invalid) as error:
        work.run("Mette Holm", hand_over, HandOver(task.id, sara, "  "))
    assert "begrundelse" in error.value.fields
    with pytest.raises(Invalid) as error:
        work.run("Mette Holm", hand_over, HandOver(task.id, work.person("Ida Krag"), "Ferie"))
    assert "til" in error.value.fields
    work.run("Mette Holm", hand_over, HandOver(task.id, sara, "Ferie"))
    assert work.holder(work.task("A")) == "Sara Lund"
    assert work.journal(kind="overdraget") == ["Trin A overdraget til Sara Lund: Ferie"]
    assert len(work.notices("Sara Lund", "ny_opgave")) == 1
    with pytest.raises(Denied):
        work.complete("Mette Holm", "A")
    work.complete("Sara Lund", "A")


def test_the_leader_of_the_unit_hands_over_and_nobody_else(work: Work) -> None:
    work.publish(PERSONAL)
    work.begin("person", work.open())
    task, sara = work.task("A"), work.person("Sara Lund")
    for stranger in ("Lars Bach", "Sara Lund", "Ida Krag"):
        with pytest.raises(Denied):
            work.run(stranger, hand_over, HandOver(task.id, sara, "Fordi"))
    work.run("Anne Toft", hand_over, HandOver(task.id, sara, "Sygdom"))  # leads the centre above
    assert work.holder(work.task("A")) == "Sara Lund"
    work.run("Birgit Skov", hand_over, HandOver(task.id, work.person("Mette Holm"), "Rask igen"))
    assert work.holder(work.task("A")) == "Mette Holm"


def test_a_leader_with_a_part_in_the_case_still_leads(work: Work) -> None:
    work.publish(PERSONAL)
    case_id = work.open()
    work.give(case_id, "moedeleder", "Birgit Skov")
    work.begin("person", case_id)
    work.run("Birgit Skov", hand_over, HandOver(work.task("A").id, work.person("Sara Lund"), "Sygdom"))
    assert work.holder(work.task("A")) == "Sara Lund"


def test_a_task_without_a_case_is_handed_over_by_its_groups_leader(work: Work) -> None:
    work.publish(CONTACT)
    work.begin("kontakt")
    task = work.task("A")
    work.run("Ida Krag", claim_task, ClaimTask(task.id))
    with pytest.raises(Denied):
        work.run("Lars Bach", hand_over, HandOver(task.id, work.person("Bo Winther"), "Syg"))
    work.run("Kirsten Bro", hand_over, HandOver(task.id, work.person("Bo Winther"), "Syg"))
    assert work.holder(work.task("A")) == "Bo Winther"


def test_handing_over_to_oneself_or_who_has_it_is_refused(quick: Work) -> None:
    quick.publish(PERSONAL)
    quick.begin("person", quick.open())
    with pytest.raises(Invalid):
        quick.run("Mette Holm", hand_over, HandOver(quick.task("A").id, quick.person("Mette Holm"), "Hm"))


def test_a_closed_task_goes_nowhere(quick: Work) -> None:
    quick.publish(PERSONAL)
    quick.begin("person", quick.open())
    task = quick.task("A")
    quick.complete("Mette Holm", "A")
    with pytest.raises(NotOpen):
        quick.run("Mette Holm", hand_over, HandOver(task.id, quick.person("Sara Lund"), "Ferie"))
    with pytest.raises(NotOpen):
        quick.run("Mette Holm", release_task, ReleaseTask(task.id))


def test_one_of_the_group_cannot_complete_what_another_took(work: Work) -> None:
    work.publish(GROUP)
    case_id = work.open()
    work.begin("gruppe", case_id)
    work.run("Ida Krag", claim_task, ClaimTask(work.task("A").id))
    with pytest.raises(Refused):
        work.complete("Bo Winther", "A")
    assert work.task("A").status == "aaben"


def test_heirs_stand_in_danish_order(quick: Work) -> None:
    quick.publish(PERSONAL)
    quick.begin("person", quick.open())
    heirs = quick.read(None, lambda unit, actor, task: possible_heirs(unit, task), quick.task("A"))
    assert [name for _, name in heirs] == ["Jonas Friis", "Sara Lund"]
