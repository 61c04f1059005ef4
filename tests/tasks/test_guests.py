"""The family's part of a meeting (FF-20, FF-21), and the prohibitions of processes.md 1.3."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from records.tables import GuestLink, MeetingItem, MeetingParticipant, Task
from tasks.access import Denied
from tasks.claims import ClaimTask, HandOver, claim_task, hand_over
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tasks.guests import (
    InviteGuest,
    NewLink,
    RevokeGuest,
    invite_guest,
    list_guests,
    revoke_guest,
    visit_as_guest,
)
from tasks.meeting_people_acts import AddParticipant, add_participant
from tests.engine.drawing import chain
from tests.host.stage import service, user
from tests.tasks.meeting_stage import ITEM, THURSDAY, item, thursday, wish
from tests.tasks.stage import CONTACT, Work, drawn


@pytest.fixture
def invited(work: Work) -> tuple[Work, int, int, int]:
    """A case on a Thursday to which the family is invited: work, case, item, participant."""
    work.publish(THURSDAY, ITEM)
    work.at("2026-05-27T09:00")
    meeting_id, item_id = thursday(work), wish(work)
    case_id = item(work, item_id).case_id
    assert case_id is not None
    command = AddParticipant(meeting_id, "familie", "Maja Skov", item_id=item_id, part="sos")
    work.run("Tove Lange", add_participant, command)
    participant = work.rows(select(MeetingParticipant.id).where(MeetingParticipant.item_id == item_id))[-1]
    return work, case_id, item_id, participant


def link_for(work: Work, case_id: int, participant: int) -> NewLink:
    made: NewLink = work.run("Mette Holm", invite_guest, InviteGuest(case_id, participant))
    return made


@pytest.mark.rule("FF-20", "FF-21")
def test_the_family_sees_its_own_time_until_it_has_left(invited: tuple[Work, int, int, int]) -> None:
    work, case_id, item_id, participant = invited
    made = link_for(work, case_id, participant)
    assert made.token not in str(work.rows(select(GuestLink.token_hash)))
    sheet = work.run(None, visit_as_guest, made.token)
    assert (sheet.starts_at, sheet.running) == (item(work, item_id).starts_at, False)
    (row,) = work.read("Mette Holm", list_guests, case_id)
    assert (row.name, row.link_id, row.ended, row.last_seen_at) == ("Maja Skov", made.id, "", work.app.now())
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.execute(update(MeetingItem).values(family_left_at=work.app.now()))
    with pytest.raises(Refused, match="Jeres del af mødet er slut"):
        work.run(None, visit_as_guest, made.token)
    with pytest.raises(NotOpen):
        link_for(work, case_id, participant)


def test_a_link_ends_with_the_meeting_with_a_new_one_and_when_it_is_revoked(
    invited: tuple[Work, int, int, int],
) -> None:
    work, case_id, _, participant = invited
    first = link_for(work, case_id, participant)
    second = link_for(work, case_id, participant)
    with pytest.raises(Refused, match="gælder ikke længere"):
        work.run(None, visit_as_guest, first.token)
    work.run(None, visit_as_guest, second.token)
    work.run("Mette Holm", revoke_guest, RevokeGuest(case_id, second.id))
    with pytest.raises(Refused):
        work.run(None, visit_as_guest, second.token)
    with pytest.raises(NotOpen):
        work.run("Mette Holm", revoke_guest, RevokeGuest(case_id, second.id))
    third = link_for(work, case_id, participant)
    work.at("2026-06-11T12:00")
    with pytest.raises(Refused):
        work.run(None, visit_as_guest, third.token)
    with pytest.raises(NotFound):
        work.run(None, visit_as_guest, "gættet")


def test_only_the_cases_own_make_links_and_only_for_the_family(invited: tuple[Work, int, int, int]) -> None:
    work, case_id, item_id, participant = invited
    for stranger in ("Jonas Friis", "Claus Riis"):
        with pytest.raises(Denied):
            work.run(stranger, invite_guest, InviteGuest(case_id, participant))
    other = work.open("Noah Vind", "Jonas Friis")
    with pytest.raises(NotFound):
        work.run("Jonas Friis", invite_guest, InviteGuest(other, participant))
    meeting_id = item(work, item_id).meeting_id
    assert meeting_id is not None
    person = work.person("Claus Riis")
    command = AddParticipant(meeting_id, "udfoerer", person_id=person, item_id=item_id, part="eget_punkt")
    work.run("Tove Lange", add_participant, command)
    claus = work.rows(select(MeetingParticipant.id).where(MeetingParticipant.person_id == person))[0]
    with pytest.raises(Invalid, match="Kun familien"):
        link_for(work, case_id, claus)


# --- the prohibitions -----------------------------------------------------------------------------


def meeting_of(kind: str, rows: str) -> Any:
    """A procedure that holds one meeting of this kind with these participants."""
    return drawn(
        "holder",
        user("A", skema="tekst", frist="i_dag"),
        service(
            "opret",
            "opret_moede",
            art=f'"{kind}"',
            titel='"Møde"',
            start='"2026-03-02T10:00"',
            slut='"2026-03-02T11:00"',
        ),
        service("folk", "saet_deltagere", raekker=rows),
        user("B", skema="tekst", frist="i_dag"),
        chain("s", "A", "opret", "folk", "B", "e"),
        lane="Rådgiver: A B",
    )


@pytest.mark.rule("SM-10")
@pytest.mark.parametrize(
    "row",
    [
        '{rolle: "bfr", navn: "Vagten"}',
        '{rolle: "ungeenheden", navn: "Vagten"}',
        '{rolle: "fagperson", navn: "Mette", organisation: "Børne- og Familierådgivningen"}',
        '{rolle: "raadgiver"}',
    ],
)
def test_the_authoritys_caseworkers_are_not_in_a_samarbejdsmoede(work: Work, row: str) -> None:
    work.publish(meeting_of("samarbejdsmoede", f"[{row}]"))
    case_id = work.open()
    work.begin("holder", case_id)
    with pytest.raises(Invalid, match="Tværfagligt Dialogmøde"):
        work.complete("Mette Holm", "A", case_id, svar_tekst="x")


@pytest.mark.rule("SM-10")
def test_a_person_of_the_authority_is_refused_by_who_they_are(work: Work) -> None:
    jonas = work.person("Jonas Friis")
    work.publish(meeting_of("samarbejdsmoede", f'[{{rolle: "fagperson", person: "{jonas}"}}]'))
    case_id = work.open()
    work.begin("holder", case_id)
    with pytest.raises(Invalid, match="samarbejdsmøder"):
        work.complete("Mette Holm", "A", case_id, svar_tekst="x")


def test_they_may_be_in_a_tvaerfagligt_dialogmoede(work: Work) -> None:
    work.publish(meeting_of("tvaerfagligt_dialogmoede", '[{rolle: "raadgiver"}]'))
    case_id = work.open()
    work.begin("holder", case_id)
    work.complete("Mette Holm", "A", case_id, svar_tekst="x")
    assert work.count(MeetingParticipant) == 1


@pytest.mark.rule("FF-21")
def test_the_family_is_in_no_other_part_of_faglig_forum_than_the_first(work: Work) -> None:
    work.publish(meeting_of("faglig_forum", '[{rolle: "familie", navn: "Maja", del: "hele"}]'))
    case_id = work.open()
    work.begin("holder", case_id)
    with pytest.raises(Invalid, match="SOS-delen"):
        work.complete("Mette Holm", "A", case_id, svar_tekst="x")


@pytest.mark.rule("FF-26")
def test_nobody_from_outside_chairs_faglig_forum(work: Work) -> None:
    claus = work.person("Claus Riis")
    work.publish(
        drawn(
            "holder",
            user("A", skema="tekst", frist="i_dag"),
            service(
                "opret",
                "opret_moede",
                art='"faglig_forum"',
                titel='"Møde"',
                start='"2026-03-02T10:00"',
                slut='"2026-03-02T11:00"',
            ),
            service("leder", "saet_moedeledelse", moedeleder=f'"{claus}"'),
            chain("s", "A", "opret", "leder", "e"),
            lane="Rådgiver: A",
        )
    )
    case_id = work.open()
    work.begin("holder", case_id)
    with pytest.raises(Invalid, match="hos myndigheden"):
        work.complete("Mette Holm", "A", case_id, svar_tekst="x")


DECISION = drawn(
    "beslutter",
    user("D", "Beslut", skema="tekst", frist="i_dag", myndighed="ja"),
    chain("s", "D", "e"),
    lane="Udfører: D",
)


@pytest.mark.rule("FF-26")
def test_a_decision_of_the_authority_is_nobody_elses_whoever_it_went_to(work: Work) -> None:
    work.publish(DECISION)
    case_id = work.open()
    work.give(case_id, "udfoerer", "Claus Riis")
    work.begin("beslutter", case_id)
    assert work.holder(work.task("D", case_id)) == "Claus Riis"
    with pytest.raises(Refused, match="hos myndigheden"):
        work.complete("Claus Riis", "D", case_id, svar_tekst="x")


@pytest.mark.rule("ST-56")
def test_a_first_contact_never_comes_to_an_ordinary_caseworker(work: Work) -> None:
    work.publish(CONTACT)
    work.begin("kontakt")
    task_id = work.task("A").id
    mette = work.person("Mette Holm")
    with pytest.raises(Denied):
        work.run("Mette Holm", claim_task, ClaimTask(task_id))
    with pytest.raises(Denied):
        work.complete("Mette Holm", "A", barn_navn="Liv")
    work.run("Ida Krag", claim_task, ClaimTask(task_id))
    for giver in ("Ida Krag", "Kirsten Bro"):
        with pytest.raises(Invalid, match="samme rolle"):
            work.run(giver, hand_over, HandOver(task_id, mette, "Travlt"))
    work.run("Kirsten Bro", hand_over, HandOver(task_id, work.person("Bo Winther"), "Ida er syg"))
    assert work.holder(work.rows(select(Task).where(Task.id == task_id))[0]) == "Bo Winther"


def test_a_group_outside_may_not_claim_a_decision(work: Work) -> None:
    work.publish(
        drawn(
            "beslutter",
            user("D", "Beslut", skema="tekst", frist="i_dag", myndighed="ja"),
            chain("s", "D", "e"),
            lane="KE: D",
        )
    )
    case_id = work.open()
    work.begin("beslutter", case_id)
    with pytest.raises(Refused, match="hos myndigheden"):
        work.run("Karim Nasser", claim_task, ClaimTask(work.task("D", case_id).id))
