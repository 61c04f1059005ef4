"""What service tasks do."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine.operators import OPERATORS as DESCRIBED
from records.tables import (
    Case,
    CaseParty,
    Deadline,
    Document,
    Incident,
    Instance,
    JournalEntry,
    Message,
    Notice,
    Task,
)
from tasks.documents import ReadDocument, read_document
from tasks.effects import OPERATORS
from tasks.errors import Invalid
from tasks.failures import CannotGoOn
from tests.engine.drawing import chain, declared, node
from tests.host.stage import service, user
from tests.tasks.stage import CHILD, CONTACT, TEXT, Work, drawn

ROWS = [
    {
        "type": "dynamiclist",
        "path": "folk",
        "label": "Folk",
        "components": [
            {"type": "textfield", "key": "navn", "label": "Navn"},
            {"type": "textfield", "key": "funktion", "label": "Funktion"},
            {
                "type": "radio",
                "key": "samtykke",
                "label": "Samtykke",
                "values": [{"value": v, "label": v} for v in ("ja", "nej")],
            },
        ],
    }
]


def doing(*services: str, lane: str = "Rådgiver: A", forms: Any = None, skema: str = "tekst") -> Any:
    """A procedure with a step, then these effects."""
    ids = [one.split('id="')[1].split('"')[0] for one in services]
    return drawn(
        "virker",
        user("A", "Trin A", skema=skema, frist="i_dag"),
        *services,
        chain("s", "A", *ids, "e"),
        lane=lane,
        forms=forms,
    )


def test_the_platform_does_what_the_profile_describes() -> None:
    assert set(OPERATORS) == set(DESCRIBED)


@pytest.mark.rule("ST-54")
def test_a_contact_becomes_a_case_with_all_that_went_before(work: Work) -> None:
    work.publish(CONTACT)
    course = work.begin("kontakt").instance_id
    work.complete("Ida Krag", "A", barn_navn="Liv Skov", barn_cpr="030323-0000")
    assert work.course(course).case_id is None
    work.complete("Ida Krag", "B")
    case = work.rows(select(Case))[0]
    assert work.course(course).case_id == case.id
    assert work.count(Task, Task.case_id != case.id) == work.count(Task, Task.case_id.is_(None)) == 0
    assert work.count(Deadline, Deadline.case_id == case.id) == 3
    assert work.count(JournalEntry, JournalEntry.case_id == case.id) > 0
    assert work.open_elements(case.id) == ["C"]


def test_messages_and_calls_of_a_contact_come_along_to_its_case(work: Work) -> None:
    inner = drawn("indre", user("I", skema="tekst"), chain("s", "I", "e"), lane="Front Stage: I")
    outer = drawn(
        "ydre",
        node("parallelGateway", "g"),
        node("callActivity", "kald", calledElement="indre"),
        node("sendTask", "send", messageRef="b"),
        user("A", skema="barn"),
        service("opret", "opret_sag", fra='"A"'),
        node("parallelGateway", "j"),
        chain("s", "g", "kald", "j", "e"),
        chain("g", "send", "A", "opret", "j"),
        lane="Front Stage: A kald send opret",
        outside=declared("b", "senere"),
        forms={"barn": CHILD},
    )
    work.publish(inner, outer)
    work.begin("ydre")
    assert work.rows(select(Message.case_id)) == [None]
    work.complete("Ida Krag", "A", barn_navn="Liv Skov")
    case = work.rows(select(Case))[0]
    assert work.rows(select(Instance.case_id).distinct()) == [case.id]
    assert work.rows(select(Message.case_id)) == [case.id]
    assert work.open_elements(case.id) == ["I"]


def test_a_wrong_number_is_the_persons_to_mend_and_no_incident(work: Work) -> None:
    work.publish(
        drawn(
            "knyt",
            user("A", skema="barn"),
            service("knyt_", "knyt_sag", nummer="svar.nummer"),
            user("B", skema="tekst"),
            chain("s", "A", "knyt_", "B", "e"),
            lane="Front Stage: A knyt_; Rådgiver: B",
            forms={"barn": CHILD, "tekst": TEXT},
        )
    )
    case_id = work.open()
    number = work.rows(select(Case.number))[0]
    work.begin("knyt")
    with pytest.raises(Invalid, match="2026-999999"):
        work.complete("Ida Krag", "A", barn_navn="x", nummer="2026-999999")
    assert work.count(Incident) == 0
    work.complete("Ida Krag", "A", barn_navn="x", nummer=f" {number} ")
    assert work.holder(work.task("B", case_id)) == "Mette Holm"


def test_a_course_never_gets_a_second_case(quick: Work) -> None:
    quick.publish(
        drawn(
            "to",
            user("A", skema="barn"),
            service("x", "opret_sag", fra='"A"'),
            service("y", "opret_sag", fra='"A"'),
            chain("s", "A", "x", "y", "e"),
            lane="Front Stage: A",
            forms={"barn": CHILD},
        )
    )
    quick.begin("to")
    with pytest.raises(CannotGoOn, match="hører allerede til en sag"):
        quick.complete("Ida Krag", "A", barn_navn="Liv")
    assert quick.count(Case) == 0


@pytest.mark.rule("OS-08", "OS-26")
def test_parties_are_written_once_and_kept_up_to_date(work: Work) -> None:
    work.publish(
        doing(
            service("p", "registrer_parter", art='"fagperson"', raekker="svar.folk"),
            forms={"folk": ROWS},
            skema="folk",
        )
    )
    case_id = work.open()
    for function, consent in (("Lærer", "nej"), ("Klasselærer", "ja")):
        work.begin("virker", case_id)
        work.complete(
            "Mette Holm",
            "A",
            case_id,
            folk=[{"navn": "Emil Bang", "funktion": function, "samtykke": consent}, {"navn": " "}],
        )
    parties = work.rows(select(CaseParty))
    assert [(party.name, party.function, party.consent) for party in parties] == [
        ("Emil Bang", "Klasselærer", True)
    ]
    assert parties[0].details["funktion"] == "Klasselærer"


@pytest.mark.rule("OS-27", "OS-33")
def test_a_document_gets_versions_that_stay(work: Work) -> None:
    work.publish(
        doing(
            service(
                "d", "udsted_dokument", art='"plan"', titel='"Fælles plan"', indhold="{maal: svar.svar_tekst}"
            )
        )
    )
    case_id = work.open()
    for goal in ("Skole", "Fritid"):
        work.begin("virker", case_id)
        work.complete("Mette Holm", "A", case_id, svar_tekst=goal)
    document = work.rows(select(Document))[0]
    assert (document.title, document.newest) == ("Fælles plan", 2)
    newest = work.run("Mette Holm", read_document, ReadDocument(document.id))
    first = work.run("Mette Holm", read_document, ReadDocument(document.id, 1))
    assert (newest.content, first.content) == ({"maal": "Fritid"}, {"maal": "Skole"})
    assert [number for number, _ in newest.versions] == [2, 1]
    plan = work.rows(select(Case.data))[0]["planer"]["plan"]
    assert (plan["maal"], plan["version"], plan["dato"]) == ("Fritid", 2, "2026-02-02")


@pytest.mark.rule("ST-53")
def test_a_notice_goes_to_whom_a_task_would_go_and_says_nothing_personal(work: Work) -> None:
    work.publish(
        doing(
            service(
                "x",
                "adviser",
                rolle='"kontorleder"',
                tekst='sag.barn.navn + " (030323-0000), skynd dig: LIV"',
            ),
            service("y", "adviser", rolle='"raadgiver"', tekst='"Se sagen"'),
            service("z", "adviser", rolle='"moedeleder"', tekst='"Til ingen"'),
        )
    )
    case_id = work.open("Liv Skov")
    work.begin("virker", case_id)
    work.complete("Mette Holm", "A", case_id)
    assert work.notices("Birgit Skov", "advis") == ["Advis: barnet (…), skynd dig: barnet i sag 2026-000001"]
    assert work.notices("Lars Bach") == work.notices("Hanne Krog") == []
    assert work.notices("Mette Holm", "advis") == ["Advis: Se sagen i sag 2026-000001"]
    assert all("Liv" not in str(letter) and "skynd" not in str(letter) for letter in work.letters())
    incident = work.rows(select(Incident))[0]
    assert (incident.kind, incident.case_id) == ("ingen_modtager", case_id)
    assert work.names([incident.owner_id]) == ["Eva Holst"]


@pytest.mark.rule("OS-03")
def test_the_caseworker_must_be_an_active_one(quick: Work) -> None:
    quick.publish(doing(service("x", "saet_raadgiver", person="svar.svar_tekst")))
    case_id = quick.open()
    for value in ("", str(quick.person("Ida Krag")), "Mette"):
        quick.begin("virker", case_id)
        with pytest.raises(CannotGoOn):
            quick.complete("Mette Holm", "A", case_id, svar_tekst=value)
    quick.complete("Mette Holm", "A", case_id, svar_tekst=str(quick.person("Jonas Friis")))
    assert {quick.holder(task) for task in quick.tasks(case_id)} == {"Jonas Friis"}
    assert quick.notices("Jonas Friis", "advis") == [
        "Advis: Du er ansvarlig rådgiver. 2 åbne opgaver følger med i sag 2026-000001"
    ]


def test_the_act_that_makes_another_the_caseworker_stays_with_who_did_it(work: Work) -> None:
    work.publish(doing(service("x", "saet_raadgiver", person="svar.svar_tekst")))
    case_id = work.open()
    work.begin("virker", case_id)
    work.complete("Mette Holm", "A", case_id, svar_tekst=str(work.person("Jonas Friis")))
    done = work.task("A", status="udfoert")
    assert work.names([done.assignee_id or 0, done.completed_by_id or 0]) == ["Mette Holm"]


@pytest.mark.parametrize(
    ("operator", "parameters"),
    [
        ("saet_status", {"status": "null"}),
        ("udsted_dokument", {"art": "null", "titel": "null", "indhold": "{}"}),
        ("udsted_dokument", {"art": '"plan"', "titel": "null", "indhold": "null"}),
        ("opret_sag", {"fra": "null"}),
        ("opret_sag", {}),
        ("findes_ikke", {}),
    ],
)
def test_a_parameter_that_gives_nothing_is_an_incident(
    quick: Work, operator: str, parameters: dict[str, str]
) -> None:
    contact = operator == "opret_sag"
    quick.publish(
        doing(service("x", operator, **parameters), lane="Front Stage: A" if contact else "Rådgiver: A")
    )
    quick.begin("virker", None if contact else quick.open())
    with pytest.raises(CannotGoOn) as error:
        quick.complete("Ida Krag" if contact else "Mette Holm", "A")
    assert "None" not in error.value.message
    assert quick.count(Incident, Incident.resolved_at.is_(None)) == 1


def test_phase_and_note(quick: Work) -> None:
    quick.publish(
        doing(
            service("x", "saet_status", status='"plan"'),
            service("y", "noter", tekst="null"),
            service("z", "noter", tekst='"Ført til journal"'),
        )
    )
    case_id = quick.open()
    quick.begin("virker", case_id)
    quick.complete("Mette Holm", "A", case_id)
    assert quick.rows(select(Case.data))[0]["fase"] == "plan"
    assert quick.journal(case_id, "notat") == ["Ført til journal"]
    assert quick.count(Notice, Notice.kind == "haendelse") == 0
