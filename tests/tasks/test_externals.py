"""Limited accounts: people from outside the authority have their own tasks, and no cases (SM-30, FF-26)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from records.tables import CaseRole, Consent, Document, Task
from tasks.access import Denied
from tasks.caselist import FindCases, find_cases
from tasks.casepage import ReadCase, ReadJournal, read_case, read_journal
from tasks.cases import AddNote, add_note
from tasks.consent_page import WithdrawConsent, register_consent, withdraw_consent
from tasks.consents import RegisterConsent
from tasks.documents import ReadDocument, read_document
from tasks.errors import Refused
from tasks.people import list_holders
from tasks.worksheet import ReadTask, read_task
from tests.engine.drawing import chain
from tests.host.stage import service, user
from tests.tasks.stage import Work, drawn

ASKED = [
    {"type": "text", "text": "{{sag.oensket}}", "id": "t"},
    {"type": "textfield", "key": "svar_tekst", "label": "Svar"},
]

ASKING = drawn(
    "spoerger",
    user("A", skema="tekst", frist="i_dag", sag="sag.oensket = svar_tekst\nsag.hemmeligt = svar_tekst"),
    service(
        "d",
        "udsted_dokument",
        art='"anmodningsskema"',
        titel='"Anmodning"',
        indhold="{oensket: svar.svar_tekst}",
    ),
    service(
        "h",
        "udsted_dokument",
        art='"undersoegelse"',
        titel='"Undersøgelse"',
        indhold="{alt: svar.svar_tekst}",
    ),
    user("K", "Acceptér", skema="spurgt", frist="i_dag", bilag="anmodningsskema"),
    user("B", skema="tekst", frist="i_dag"),
    chain("s", "A", "d", "h", "K", "B", "e"),
    lane="Rådgiver: A B; KE: K",
    forms={
        "tekst": [{"type": "textfield", "key": "svar_tekst", "label": "Svar"}],
        "spurgt": ASKED,
    },
)


@pytest.fixture
def asked(work: Work) -> tuple[Work, int]:
    """A case in which the Kompetenceenhed has a task."""
    work.publish(ASKING)
    case_id = work.open()
    work.begin("spoerger", case_id)
    work.complete("Mette Holm", "A", case_id, svar_tekst="Sproget")
    return work, case_id


def document(work: Work, kind: str) -> int:
    return int(work.rows(select(Document.id).where(Document.kind == kind))[0])


@pytest.mark.rule("SM-30")
def test_an_external_reads_the_task_and_what_is_bound_to_it_and_nothing_else(asked: tuple[Work, int]) -> None:
    work, case_id = asked
    sheet = work.run("Karim Nasser", read_task, ReadTask(work.task("K", case_id).id))
    assert sheet.claimable
    assert sheet.limited
    assert sheet.context["sag"] == {"oensket": "Sproget"}
    assert (sheet.earlier, sheet.heirs) == ((), ())
    assert [line.kind for line in sheet.documents] == ["anmodningsskema"]
    command = ReadDocument(document(work, "anmodningsskema"))
    assert work.run("Karim Nasser", read_document, command).content == {"oensket": "Sproget"}
    with pytest.raises(Denied):
        work.run("Karim Nasser", read_document, ReadDocument(document(work, "undersoegelse")))
    for query, asked_for in (
        (read_case, ReadCase(case_id)),
        (read_journal, ReadJournal(case_id)),
        (add_note, AddNote(case_id, "x")),
        (list_holders, "raadgiver"),
    ):
        with pytest.raises(Refused):
            work.run("Karim Nasser", query, asked_for)
    assert work.read("Karim Nasser", find_cases, FindCases()) == []
    assert len(work.read("Mette Holm", find_cases, FindCases())) == 1


def test_an_older_version_of_the_document_is_not_the_tasks(asked: tuple[Work, int]) -> None:
    work, case_id = asked
    work.begin("spoerger", case_id)
    work.complete("Mette Holm", "A", case_id, svar_tekst="Søvnen")
    found = document(work, "anmodningsskema")
    assert work.run("Karim Nasser", read_document, ReadDocument(found)).line.version == 2
    with pytest.raises(Denied):
        work.run("Karim Nasser", read_document, ReadDocument(found, 1))


def test_a_role_in_the_case_opens_no_case_for_an_external(asked: tuple[Work, int]) -> None:
    work, case_id = asked
    work.give(case_id, "udfoerer", "Claus Riis")
    with pytest.raises(Denied):
        work.run("Claus Riis", read_case, ReadCase(case_id))
    assert work.count(CaseRole, CaseRole.role == "udfoerer") == 1


def test_own_finished_tasks_can_be_read_again(asked: tuple[Work, int]) -> None:
    work, case_id = asked
    work.complete("Karim Nasser", "K", case_id, svar_tekst="Ja")
    task_id = work.task("K", case_id, "udfoert").id
    sheet = work.run("Karim Nasser", read_task, ReadTask(task_id))
    assert [entry.answers for entry in sheet.earlier] == [{"svar_tekst": "Ja"}]
    with pytest.raises(Denied):
        work.run("Gitte Nør", read_task, ReadTask(task_id))


def consent(work: Work, case_id: int, **more: Any) -> int:
    given = RegisterConsent(case_id, "Maja Skov", "sproget", ["Kompetenceenheden"], **more)
    return int(work.run("Mette Holm", register_consent, given))


@pytest.mark.rule("SM-49", "ST-16")
def test_a_withdrawn_consent_ends_the_access_and_the_task_comes_home(asked: tuple[Work, int]) -> None:
    work, case_id = asked
    consent_id = consent(work, case_id)
    task_id = work.task("K", case_id).id
    work.run("Karim Nasser", read_task, ReadTask(task_id))
    work.run("Mette Holm", withdraw_consent, WithdrawConsent(case_id, consent_id, "Maja ringede"))
    assert work.holder(work.task("K", case_id)) == "Mette Holm"
    assert any("ligger nu hos dig" in text for text in work.notices("Mette Holm", "advis"))
    with pytest.raises(Refused):
        work.run("Karim Nasser", read_task, ReadTask(task_id))
    with pytest.raises(Refused):
        work.run("Karim Nasser", read_document, ReadDocument(document(work, "anmodningsskema")))
    with pytest.raises(Refused):
        work.complete("Karim Nasser", "K", case_id, svar_tekst="Ja")


def test_an_expired_consent_ends_the_access_without_anybody_doing_anything(asked: tuple[Work, int]) -> None:
    work, case_id = asked
    consent(work, case_id, expires_on=work.app.now().date())
    task_id = work.task("K", case_id).id
    work.run("Karim Nasser", read_task, ReadTask(task_id))
    work.at("2026-02-03T09:00")
    for act in (
        lambda: work.run("Karim Nasser", read_task, ReadTask(task_id)),
        lambda: work.complete("Karim Nasser", "K", case_id, svar_tekst="Ja"),
        lambda: work.run("Karim Nasser", read_document, ReadDocument(document(work, "anmodningsskema"))),
    ):
        with pytest.raises(Refused, match="samtykket"):
            act()
    assert work.count(Consent, Consent.withdrawn_at.is_(None)) == 1


def test_without_a_caseworker_the_task_stays_and_nobody_gets_in(asked: tuple[Work, int]) -> None:
    work, case_id = asked
    consent_id = consent(work, case_id)
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.execute(update(CaseRole).values(until=work.app.now()))
    work.run(None, withdraw_consent, WithdrawConsent(case_id, consent_id, "x"))
    assert work.rows(select(Task.group_id).where(Task.element_id == "K"))[0] is not None
    with pytest.raises(Refused, match="samtykket"):
        work.run("Karim Nasser", read_task, ReadTask(work.task("K", case_id).id))
