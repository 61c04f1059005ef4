"""Documents: versions that never change, who is to have them and has them, and who may see them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from records.errors import RecordsError
from records.tables import Consent, Document, DocumentJob, DocumentRecipient, DocumentVersion
from records.unit import Unit
from tasks import documents, handouts
from tasks.access import Denied
from tasks.consent_page import WithdrawConsent, register_consent, withdraw_consent
from tasks.consents import RegisterConsent
from tasks.documents import ReadDocument
from tasks.errors import Invalid
from tasks.handouts import HandOut, Handout
from tasks.stopped_deliveries import WHY
from tests.engine.drawing import chain
from tests.host.stage import service, user
from tests.tasks.stage import Work, drawn

ISSUES = drawn(
    "aftaler",
    user("A", "Skriv aftaler", skema="tekst", frist="arbejdsdage_efter(i_dag, 2)"),
    service(
        "udsted",
        "udsted_dokument",
        art='"aftaleskema"',
        titel='"Aftaleskema"',
        indhold="{aftale: svar.svar_tekst}",
        modtagere='[{navn: "Sanne Skov", rolle: "fm"}, {navn: "Emil  Bang"}, "sanne skov"]',
        fremgangsmaade='"forloeb"',
    ),
    user("B", "Udlevér", skema="tekst", frist="arbejdsdage_efter(i_dag, 2)"),
    service(
        "udlever",
        "udlever_dokument",
        art='"aftaleskema"',
        raekker='[{navn: "sanne skov", hvordan: "papir"}]',
    ),
    chain("s", "A", "udsted", "B", "udlever", "e"),
    lane="Rådgiver: A B",
)


@pytest.fixture
def held(quick: Work) -> tuple[Work, int]:
    """A case in which an agreement form has been issued to two people."""
    quick.publish(ISSUES)
    case_id = quick.open()
    quick.begin("aftaler", case_id)
    quick.complete("Mette Holm", "A", case_id, svar_tekst="Vi mødes igen")
    return quick, case_id


def only_document(work: Work) -> Document:
    """The one document there is."""
    [found] = work.rows(select(Document))
    assert isinstance(found, Document)
    return found


@pytest.mark.rule("BF-27", "SM-41")
def test_whom_it_is_for_and_who_has_it(held: tuple[Work, int]) -> None:
    work, case_id = held
    document = only_document(work)
    state = work.run("Mette Holm", handouts.read_handouts, ReadDocument(document.id))
    assert [line.name for line in state.recipients] == ["Sanne Skov", "Emil Bang"]
    assert state.missing == ("Sanne Skov", "Emil Bang")
    work.complete("Mette Holm", "B", case_id)
    state = work.run("Mette Holm", handouts.read_handouts, ReadDocument(document.id))
    assert state.missing == ("Emil Bang",)
    given = state.recipients[0].given
    assert given is not None
    assert (given.how, given.given_on, given.by) == ("papir", date(2026, 2, 2), "Mette Holm")
    sent = HandOut(
        document.id,
        [Handout("Emil Bang", "post", date(2026, 2, 2)), Handout("Ida", "digital", date(2026, 2, 2))],
    )
    state = work.run("Mette Holm", handouts.hand_out, sent)
    assert state.missing == ()
    assert [one.name for one in state.others] == ["Ida"]
    assert work.journal(case_id, "udlevering")[-1].endswith(
        "udleveret til Emil Bang (med post), Ida (digitalt)"
    )
    file = work.run("Mette Holm", documents.read_document, ReadDocument(document.id))
    assert file.content == {"aftale": "Vi mødes igen"}


def test_a_handout_is_checked(held: tuple[Work, int]) -> None:
    work, _ = held
    document = only_document(work)
    rows = [
        Handout("", "papir", date(2026, 2, 2)),
        Handout("Ida", "due", date(2026, 2, 2)),
        Handout("Bo", "post", date(2026, 2, 3)),
        Handout("Bo", "post", date(2026, 1, 30)),
    ]
    with pytest.raises(Invalid) as wrong:
        work.run("Mette Holm", handouts.hand_out, HandOut(document.id, rows))
    assert list(wrong.value.fields) == [
        "rows[0].name",
        "rows[1].how",
        "rows[2].given_on",
        "rows[3].given_on",
    ]
    with pytest.raises(Invalid):
        work.run("Mette Holm", handouts.hand_out, HandOut(document.id, []))


def test_a_stranger_sees_nothing_and_is_noted(held: tuple[Work, int]) -> None:
    work, case_id = held
    document = only_document(work)
    for use_case, command in (
        (documents.read_document, ReadDocument(document.id)),
        (handouts.read_handouts, ReadDocument(document.id)),
        (handouts.hand_out, HandOut(document.id, [Handout("X", "post", date(2026, 2, 2))])),
    ):
        with pytest.raises(Denied):
            work.run("Jonas Friis", use_case, command)
    assert [row[0] for row in work.views(case_id) if row[3]] == ["Jonas Friis"] * 3


@pytest.mark.rule("SM-30")
def test_who_is_to_have_a_version_reads_that_version_alone(held: tuple[Work, int]) -> None:
    work, case_id = held
    document = only_document(work)
    version = work.rows(select(DocumentVersion))[0]
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.add(
            DocumentRecipient(version_id=version.id, name="Jonas Friis", person_id=work.person("Jonas Friis"))
        )
    seen = work.run("Jonas Friis", documents.read_document, ReadDocument(document.id))
    assert not seen.in_charge
    assert work.run("Jonas Friis", handouts.read_handouts, ReadDocument(document.id)).recipients == ()
    assert ("Jonas Friis", "modtager", "dokument", False) in work.views(case_id)


@pytest.mark.rule("SM-34", "SM-35")
def test_one_running_document_for_each_course(held: tuple[Work, int]) -> None:
    work, case_id = held
    work.begin("aftaler", case_id)
    work.complete("Mette Holm", "A", case_id, svar_tekst="Et andet forløb")
    found = work.rows(select(Document).order_by(Document.id))
    assert [(row.kind, row.newest) for row in found] == [("aftaleskema", 1), ("aftaleskema", 1)]
    assert len({row.instance_id for row in found}) == 2


def test_what_was_issued_is_never_changed(held: tuple[Work, int]) -> None:
    work, _ = held
    for statement in ("UPDATE document_version SET version = 2", "DELETE FROM document_recipient"):
        with pytest.raises(RecordsError), work.app.database.writing(now=work.app.now()) as unit:
            unit.session.execute(text(statement))


def test_the_head_stays_as_it_was_when_it_was_issued(held: tuple[Work, int]) -> None:
    work, case_id = held
    work.give(case_id, "raadgiver", "Jonas Friis")
    version = work.rows(select(DocumentVersion))[0]
    assert version.head["raadgiver"] == "Mette Holm"
    assert version.head["barn"] == "Liv Skov"


LIBRARY = drawn(
    "standarder",
    user("A", "Skriv", skema="tekst", frist="arbejdsdage_efter(i_dag, 2)"),
    service(
        "udsted",
        "udsted_dokument",
        art='"standarder"',
        titel='"Standarder"',
        indhold="{tekst: svar.svar_tekst}",
        fremgangsmaade='"bibliotek"',
    ),
    chain("s", "A", "udsted", "e"),
    lane="Rådgiver: A",
)


@pytest.mark.rule("ST-11")
def test_a_document_of_the_library_is_for_all_staff(quick: Work) -> None:
    quick.publish(LIBRARY)
    case_id = quick.open()
    for words in ("Første", "Anden"):
        quick.begin("standarder", case_id)
        quick.complete("Mette Holm", "A", case_id, svar_tekst=words)
    [line] = quick.read("Ida Krag", documents.library_documents, None)
    assert line.version == 2
    text_of = quick.run("Ida Krag", documents.read_document, ReadDocument(line.id, 1))
    assert (text_of.case_id, text_of.content) == (None, {"tekst": "Første"})


@pytest.mark.rule("SM-15")
def test_what_is_queued_for_somebody_stops_with_their_consent(quick: Work) -> None:
    quick.publish(ISSUES)
    case_id = quick.open()
    consent = RegisterConsent(case_id, "Sanne Skov", "Aftaler", ("Emil Bang",))
    quick.run("Mette Holm", register_consent, consent)
    quick.begin("aftaler", case_id)
    quick.complete("Mette Holm", "A", case_id, svar_tekst="Vi mødes igen")
    document = only_document(quick)
    [version_id] = quick.rows(select(DocumentVersion.id))
    quick.app.write(lambda unit: unit.session.add(external_copy(unit, version_id)))
    [row] = quick.rows(select(Consent))
    quick.run("Mette Holm", withdraw_consent, WithdrawConsent(case_id, row.id, "Sanne ringede"))
    state = quick.app.read(handouts.read_handouts, quick.actor("Mette Holm"), ReadDocument(document.id))
    assert [one.name for one in state.recipients if one.stopped] == ["Emil Bang"]
    assert state.missing == ("Sanne Skov",)
    [job] = quick.rows(select(DocumentJob).where(DocumentJob.target == "fagsystem"))
    assert job.done_at is not None
    assert quick.journal(case_id, "udlevering") == [
        f"Aftaleskema, version 1, udleveres ikke til Emil Bang. {WHY}",
        f"Aftaleskema, version 1, sendes ikke til det eksterne fagsystem. {WHY}",
    ]
    assert any("2 udleveringer er stoppet" in text for text in quick.notices("Mette Holm", "advis"))
    given = Handout("Emil Bang", "papir", quick.app.now().date())
    with pytest.raises(Invalid, match="må ikke få dokumentet"):
        quick.run("Mette Holm", handouts.hand_out, HandOut(document.id, [given]))


def external_copy(unit: Unit, version_id: int) -> DocumentJob:
    """A copy that waits to be sent to an external system."""
    return DocumentJob(
        version_id=version_id, kind="file", target="fagsystem", created_at=unit.now, next_try_at=unit.now
    )
