"""Who sees a case, in what relation; every view and every refusal is logged."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from records.tables import AccessEntry, Case, Document, Instance
from tasks.access import Denied
from tasks.casepage import (
    ReadCase,
    ReadJournal,
    ShowPersonalNumber,
    read_case,
    read_journal,
    read_viewings,
    show_personal_number,
)
from tasks.cases import AddNote, CloseCase, add_note, close_case
from tasks.claims import ClaimTask, claim_task
from tasks.course_page import read_course
from tasks.documents import ReadDocument, read_document
from tasks.errors import NotFound, Refused
from tasks.starts import StartProcedure, read_start
from tasks.worksheet import ReadTask, read_task
from tests.engine.drawing import chain
from tests.host.stage import service, user
from tests.tasks.stage import CONTACT, Work, drawn, steps

EVERYBODY = (
    "Mette Holm",
    "Jonas Friis",
    "Birgit Skov",
    "Lars Bach",
    "Kirsten Bro",
    "Anne Toft",
    "Per Lind",
    "Ida Krag",
    "Bo Winther",
    "Tove Lange",
    "Eva Holst",
    "Finn Dahl",
    "Dorthe Iversen",
)


def who_sees(work: Work, case_id: int) -> dict[str, str]:
    """Everybody who may read the case, and in which relation."""
    found: dict[str, str] = {}
    for name in EVERYBODY:
        try:
            found[name] = work.run(name, read_case, ReadCase(case_id)).relation
        except Denied:
            pass
    return found


LEADERS = {"Birgit Skov": "leder", "Kirsten Bro": "leder", "Anne Toft": "leder"}


def test_the_relations_to_a_case_come_and_go_with_the_work(work: Work) -> None:
    work.publish(steps("gruppe", "A", "B", lane="Front Stage: A; Rådgiver: B"))
    case_id = work.open()
    own = {"Mette Holm": "raadgiver", **LEADERS}
    assert who_sees(work, case_id) == own
    work.begin("gruppe", case_id)
    assert who_sees(work, case_id) == {**own, "Ida Krag": "opgave", "Bo Winther": "opgave"}
    work.run("Ida Krag", claim_task, ClaimTask(work.task("A").id))
    assert who_sees(work, case_id) == {**own, "Ida Krag": "opgave"}
    work.complete("Ida Krag", "A")
    assert who_sees(work, case_id) == own
    work.give(case_id, "moedeleder", "Dorthe Iversen")
    assert who_sees(work, case_id) == {**own, "Dorthe Iversen": "moedeleder"}
    work.run("Mette Holm", close_case, CloseCase(case_id, "Slut"))
    assert who_sees(work, case_id) == {**own, "Dorthe Iversen": "moedeleder"}
    work.give(case_id, "raadgiver", "Jonas Friis")  # to another office
    assert who_sees(work, case_id) == {
        "Jonas Friis": "raadgiver",
        "Lars Bach": "leder",
        "Kirsten Bro": "leder",
        "Anne Toft": "leder",
        "Dorthe Iversen": "moedeleder",
    }


def test_a_view_is_logged_with_page_and_relation_and_a_refusal_too(work: Work) -> None:
    work.publish(
        drawn(
            "plan",
            user("A", skema="tekst"),
            service("d", "udsted_dokument", art='"plan"', titel='"Plan"', indhold="{a: 1}"),
            user("B", skema="tekst"),
            chain("s", "A", "d", "B", "e"),
            lane="Rådgiver: A B",
        )
    )
    case_id = work.open(cpr="030323-0000")
    course = work.begin("plan", case_id).instance_id
    work.complete("Mette Holm", "A")
    document, task = work.rows(select(Document.id))[0], work.task("B").id
    looks: list[tuple[Any, Any, str]] = [
        (read_case, ReadCase(case_id, "overblik"), "overblik"),
        (read_journal, ReadJournal(case_id), "journal"),
        (read_task, ReadTask(task), "opgave"),
        (read_document, ReadDocument(document), "dokument"),
        (read_start, StartProcedure("plan", case_id), "start"),
        (show_personal_number, ShowPersonalNumber(case_id), "cpr"),
    ]
    for query, command, _ in looks:
        work.run("Mette Holm", query, command)
        with pytest.raises(Denied):
            work.run("Jonas Friis", query, command)
        with pytest.raises(Denied):
            work.read("Per Lind", query, command)  # a page that only reads logs its refusal as well
    assert work.views(case_id) == [
        entry
        for _, _, page in looks
        for entry in (
            ("Mette Holm", "raadgiver", page, False),
            ("Jonas Friis", "ingen", page, True),
            ("Per Lind", "ingen", page, True),
        )
    ]
    with pytest.raises(Denied):
        work.read("Per Lind", read_course, course)
    with pytest.raises(Denied):
        work.read("Per Lind", read_viewings, ReadJournal(case_id))
    lines = work.read("Birgit Skov", read_viewings, ReadJournal(case_id, limit=2))
    assert [(line.who, line.what, line.refused) for line in lines] == [
        ("Per Lind", "opslag", True),
        ("Per Lind", "forløb", True),
    ]


def test_a_refusal_is_kept_although_the_act_was_rolled_back(work: Work) -> None:
    case_id = work.open()
    with pytest.raises(Denied):
        work.run("Jonas Friis", add_note, AddNote(case_id, "Snuser"))
    assert work.views(case_id) == [("Jonas Friis", "ingen", "notat", True)]
    assert work.journal(case_id, "notat") == []


def test_the_personal_number_is_for_the_caseworker_and_leader_on_demand(work: Work) -> None:
    work.publish(steps("gruppe", "A", lane="Front Stage: A"))
    case_id = work.open(cpr="030323-0000")
    work.begin("gruppe", case_id)
    assert work.run("Mette Holm", show_personal_number, ShowPersonalNumber(case_id)) == "030323-0000"
    assert work.run("Birgit Skov", show_personal_number, ShowPersonalNumber(case_id)) == "030323-0000"
    with pytest.raises(Refused):
        work.run("Ida Krag", show_personal_number, ShowPersonalNumber(case_id))
    with pytest.raises(Refused):
        work.read("Ida Krag", read_viewings, ReadJournal(case_id))
    work.give(case_id, "referent", "Birgit Skov")  # a part in the case takes no leadership away
    assert work.run("Birgit Skov", show_personal_number, ShowPersonalNumber(case_id)) == "030323-0000"
    assert work.read("Birgit Skov", read_viewings, ReadJournal(case_id))


def test_what_does_not_exist_is_not_found(quick: Work) -> None:
    for query, command in (
        (read_case, ReadCase(987)),
        (read_journal, ReadJournal(987)),
        (read_task, ReadTask(987)),
        (read_document, ReadDocument(987)),
        (read_course, 987),
        (show_personal_number, ShowPersonalNumber(987)),
    ):
        with pytest.raises(NotFound):
            quick.run("Mette Holm", query, command)
    case_id = quick.open()
    quick.publish(
        drawn(
            "plan",
            user("A", skema="tekst"),
            service("d", "udsted_dokument", art='"plan"', titel='"P"', indhold="{a: 1}"),
            chain("s", "A", "d", "e"),
            lane="Rådgiver: A",
        )
    )
    quick.begin("plan", case_id)
    quick.complete("Mette Holm", "A")
    with pytest.raises(NotFound):
        quick.run("Mette Holm", read_document, ReadDocument(quick.rows(select(Document.id))[0], 7))


def test_a_first_contact_is_for_those_who_have_it_and_their_leader_and_is_logged(work: Work) -> None:
    work.publish(CONTACT)
    course = work.begin("kontakt", None, "Mette Holm").instance_id
    task = ReadTask(work.task("A").id)

    def may() -> dict[str, str]:
        found: dict[str, str] = {}
        for name in EVERYBODY:
            try:
                found[name] = work.run(name, read_task, task).relation
            except Denied:
                pass
        return found

    leaders = {"Kirsten Bro": "leder", "Anne Toft": "leder"}
    assert may() == {"Ida Krag": "opgave", "Bo Winther": "opgave", **leaders}
    work.run("Ida Krag", claim_task, ClaimTask(task.task_id))
    assert may() == {"Ida Krag": "opgave", **leaders}
    assert work.run("Kirsten Bro", read_task, task).heirs != ()
    for name in ("Ida Krag", "Kirsten Bro"):
        assert work.read(name, read_course, course).instance.id == course
    with pytest.raises(Denied):
        work.read("Mette Holm", read_course, course)
    logged = work.rows(select(AccessEntry).where(AccessEntry.case_id.is_(None)))
    assert {entry.instance_id for entry in logged} == {course}
    assert {(entry.relation, entry.refused) for entry in logged} == {
        ("opgave", False),
        ("leder", False),
        ("ingen", True),
    }


def test_the_journal_of_a_case_has_what_its_first_contact_noted(work: Work) -> None:
    work.publish(CONTACT)
    work.begin("kontakt", None, "Ida Krag")
    work.complete("Ida Krag", "A", barn_navn="Liv Skov")
    work.complete("Ida Krag", "B")
    case_id = work.rows(select(Case.id))[0]
    work.give(case_id, "raadgiver", "Mette Holm")
    texts = [line.text for line in work.run("Mette Holm", read_journal, ReadJournal(case_id))]
    assert {"Forløb startet: Kontakt", "Modtag", "Vurdér", "Sag 2026-000001 oprettet"} <= set(texts)
    other = work.open("Noah")
    assert [line.kind for line in work.run("Mette Holm", read_journal, ReadJournal(other))] == [
        "sag_oprettet"
    ]


def test_the_journal_is_read_in_pages_and_by_kind(work: Work) -> None:
    case_id = work.open()
    for number in range(5):
        work.run("Mette Holm", add_note, AddNote(case_id, f"Notat {number}"))
    seen: list[str] = []
    before = None
    while True:
        page = work.run("Mette Holm", read_journal, ReadJournal(case_id, "notat", before, 2))
        if not page:
            break
        seen += [line.text for line in page]
        before = (page[-1].at, page[-1].id)
    assert seen == [f"Notat {number}" for number in (4, 3, 2, 1, 0)]


def test_a_protected_address_is_told_wherever_the_case_is_read(work: Work) -> None:
    work.publish(steps("en", "A", lane="Rådgiver: A"))
    case_id = work.open(protected_address=True, address="Skovvej 1")
    work.begin("en", case_id)
    sheet = work.run("Mette Holm", read_case, ReadCase(case_id))
    assert sheet.file.child.protected_address
    assert work.run("Mette Holm", read_task, ReadTask(work.task("A").id)).file.child.protected_address
    facts = sheet.file.facts()
    assert "Skovvej" not in str(facts)
    assert work.count(Instance) == 1
