"""Consent: registering it, the gate before something is sent, and what ends when it is withdrawn."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from records.tables import Case, Consent, Message
from tasks.access import Denied
from tasks.consent_page import WithdrawConsent, read_consents, register_consent, withdraw_consent
from tasks.consents import RegisterConsent
from tasks.errors import Invalid, NotFound, NotOpen
from tests.engine.drawing import chain, declared, node
from tests.host.stage import service, user
from tests.tasks.stage import Work, drawn
from tests.tasks.test_effects import ROWS, doing

SENDING = drawn(
    "sender",
    user("A", "Udsend brev", skema="tekst", frist="i_dag", videregivelse="samtykke: svar_tekst"),
    chain("s", "A", "e"),
    lane="Rådgiver: A",
)


def given(case_id: int, *recipients: str, **more: Any) -> RegisterConsent:
    """A consent of today."""
    return RegisterConsent(case_id, "Maja Skov", "Livs trivsel", recipients, **more)


def send(work: Work, case_id: int, to: str) -> None:
    work.begin("sender", case_id)
    work.complete("Mette Holm", "A", case_id, svar_tekst=to)


@pytest.mark.rule("SM-49", "ST-16")
def test_nothing_is_sent_without_a_consent_that_holds_today(work: Work) -> None:
    work.publish(SENDING)
    case_id = work.open()
    with pytest.raises(Invalid, match=r"ikke deles med Skovskolen\. Der er ikke registreret samtykke"):
        send(work, case_id, "Skovskolen")
    work.run("Mette Holm", register_consent, given(case_id, " skovskolen ", expires_on=date(2026, 2, 3)))
    work.complete("Mette Holm", "A", case_id, svar_tekst="Skovskolen")
    work.at("2026-02-04T09:00")
    with pytest.raises(Invalid, match="udløbet eller trukket tilbage"):
        send(work, case_id, "Skovskolen")


def test_who_it_goes_to_must_be_known(work: Work) -> None:
    work.publish(
        drawn(
            "sender",
            user("A", "Udsend", skema="tekst", frist="i_dag", videregivelse="samtykke: sag.findes_ikke"),
            chain("s", "A", "e"),
            lane="Rådgiver: A",
        )
    )
    case_id = work.open()
    with pytest.raises(Invalid, match="fremgår ikke, hvem"):
        send(work, case_id, "x")


def test_an_effect_that_sends_has_the_same_gate(work: Work) -> None:
    effect = service("n", "noter", tekst='"Sendt"').replace(
        "<bpmn:extensionElements>",
        '<bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="videregivelse" '
        'value="samtykke: svar.svar_tekst" /></spiffworkflow:properties>',
    )
    work.publish(
        drawn(
            "sender",
            user("A", "Skriv", skema="tekst", frist="i_dag"),
            effect,
            chain("s", "A", "n", "e"),
            lane="Rådgiver: A",
        )
    )
    case_id = work.open()
    with pytest.raises(Invalid, match="ikke deles med PPR"):
        send(work, case_id, "PPR")
    assert work.open_elements(case_id) == ["A"]
    work.run("Mette Holm", register_consent, given(case_id, "PPR"))
    work.complete("Mette Holm", "A", case_id, svar_tekst="PPR")
    assert "Sendt" in work.journal(case_id)


def test_a_consent_is_read_by_expressions_for_as_long_as_it_holds(work: Work) -> None:
    work.publish(
        drawn(
            "laeser",
            user("A", skema="tekst", frist="i_dag", sag="sag.gaelder = count(sag.samtykker[gaelder = true])"),
            chain("s", "A", "e"),
            lane="Rådgiver: A",
        )
    )
    case_id = work.open()
    work.run("Mette Holm", register_consent, given(case_id, "PPR"))
    (row,) = work.rows(select(Consent))
    assert (row.given_on, row.expires_on) == (date(2026, 2, 2), None)
    for expected in (1, 0):
        work.begin("laeser", case_id)
        work.complete("Mette Holm", "A", case_id, svar_tekst="x")
        assert work.rows(select(Case.data))[0]["gaelder"] == expected
        if expected:
            work.run("Mette Holm", withdraw_consent, WithdrawConsent(case_id, row.id, "Maja ringede"))


@pytest.mark.rule("SM-49", "SM-37")
def test_withdrawing_tells_every_course_that_waits_for_it_and_nobody_else(work: Work) -> None:
    waiting = drawn(
        "moede",
        node("receiveTask", "vent", messageRef="b"),
        user("B", skema="tekst", frist="i_dag"),
        chain("s", "vent", "B", "e"),
        lane="Rådgiver: B vent",
        outside=declared("b", "samtykke_trukket"),
    )
    work.publish(waiting)
    case_id = work.open()
    work.run("Mette Holm", register_consent, given(case_id, "PPR"))
    (row,) = work.rows(select(Consent))
    work.begin("moede", case_id)
    work.begin("moede", case_id)
    work.run("Mette Holm", withdraw_consent, WithdrawConsent(case_id, row.id, "Maja ringede"))
    assert work.open_elements(case_id) == ["B", "B"]
    assert [(one.status, one.payload["modtagere"]) for one in work.rows(select(Message))] == [
        ("leveret", ["PPR"]),
        ("leveret", ["PPR"]),
    ]
    assert any("trukket tilbage: Maja ringede" in text for text in work.journal(case_id, "samtykke"))
    work.begin("moede", case_id)
    assert work.open_elements(case_id) == ["B", "B"]  # nothing is kept for those that come later
    with pytest.raises(NotOpen):
        work.run("Mette Holm", withdraw_consent, WithdrawConsent(case_id, row.id, "Igen"))


def test_operators_register_and_withdraw(work: Work) -> None:
    register = service(
        "r",
        "registrer_samtykke",
        givet_af='"Maja"',
        omfang='"alt"',
        modtagere="[{navn: svar.svar_tekst}]",
        dato="i_dag",
    )
    withdraw = service("t", "traek_samtykke", modtagere="svar.svar_tekst", begrundelse='"Fortrudt"')
    work.publish(
        drawn(
            "begge",
            user("A", skema="tekst", frist="i_dag"),
            register,
            user("B", skema="tekst", frist="i_dag"),
            withdraw,
            chain("s", "A", "r", "B", "t", "e"),
            lane="Rådgiver: A B",
        )
    )
    case_id = work.open()
    work.begin("begge", case_id)
    work.complete("Mette Holm", "A", case_id, svar_tekst="PPR")
    (row,) = work.rows(select(Consent))
    assert (row.given_by, row.recipients, row.withdrawn_at) == ("Maja", ["PPR"], None)
    work.complete("Mette Holm", "B", case_id, svar_tekst="ppr")
    (row,) = work.rows(select(Consent))
    assert row.withdraw_reason == "Fortrudt"


def test_only_those_with_a_part_in_the_case_see_and_write_consent(work: Work) -> None:
    case_id = work.open()
    other = work.open("Noah Vind", "Jonas Friis")
    with pytest.raises(Denied):
        work.run("Jonas Friis", register_consent, given(case_id, "PPR"))
    with pytest.raises(Denied):
        work.run("Jonas Friis", read_consents, case_id)
    work.run("Mette Holm", register_consent, given(case_id, "PPR"))
    (line,) = work.run("Mette Holm", read_consents, case_id).lines
    assert (line.given_by, line.recipients, line.holds, line.registered_by) == (
        "Maja Skov",
        ("PPR",),
        True,
        "Mette Holm",
    )
    with pytest.raises(NotFound):
        work.run("Jonas Friis", withdraw_consent, WithdrawConsent(other, line.id, "x"))
    assert work.views(case_id)[-1] == ("Mette Holm", "raadgiver", "samtykke", False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"given_by": " "}, "givet_af"),
        ({"scope": ""}, "omfang"),
        ({"recipients": ["", " "]}, "modtagere"),
        ({"recipients": ["x"] * 51}, "modtagere"),
        ({"given_on": date(2026, 2, 3)}, "dato"),
        ({"given_on": date(2026, 2, 1), "expires_on": date(2026, 1, 31)}, "udloeber"),
    ],
)
def test_a_consent_says_who_what_to_whom_and_when(work: Work, change: dict[str, Any], field: str) -> None:
    fields = {"given_by": "Maja", "scope": "alt", "recipients": ["PPR"], **change}
    case_id = work.open()
    with pytest.raises(Invalid) as refused:
        work.run("Mette Holm", register_consent, RegisterConsent(case_id, **fields))
    assert list(refused.value.fields) == [field]


@pytest.mark.rule("OS-08", "ST-16")
def test_a_party_the_family_lets_know_is_a_consent(work: Work) -> None:
    work.publish(
        doing(
            service("p", "registrer_parter", art='"fagperson"', raekker="svar.folk"),
            forms={"folk": ROWS},
            skema="folk",
        )
    )
    case_id = work.open()
    for _ in range(2):
        work.begin("virker", case_id)
        rows = [{"navn": "Emil Bang", "samtykke": "ja"}, {"navn": "Claus Riis", "samtykke": "nej"}]
        work.complete("Mette Holm", "A", case_id, folk=rows)
    (row,) = work.rows(select(Consent))
    assert (row.given_by, row.recipients) == ("Familien", ["Emil Bang"])
