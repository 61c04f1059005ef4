"""The platform's meetings: slots, booking, moving, cancelling, who sees what."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from records.tables import (
    CalendarStart,
    Case,
    Deadline,
    Incident,
    Instance,
    Meeting,
    MeetingItem,
    MeetingParticipant,
    Timer,
)
from records.unit import Unit
from tasks.calendar_starts import EVERYTHING
from tasks.casefile import lock_case
from tasks.cases import Reallocate, reallocate
from tasks.drafts import SaveDraft, save_draft
from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale, Taken
from tasks.meeting_acts import (
    CancelMeeting,
    CloseItem,
    MoveItem,
    MoveMeeting,
    OpenItem,
    OrderItems,
    PutOffItem,
    cancel_meeting,
    close_item,
    move_item,
    move_meeting,
    open_item,
    order_items,
    put_off_item,
)
from tasks.meeting_booking import NEIGHBOUR_TAKEN
from tasks.meeting_calendar import ReadCalendar, read_calendar
from tasks.meeting_effects import MEETING_OPERATORS
from tasks.meeting_people_acts import AddParticipant, add_participant
from tasks.meeting_sheet import ReadSheet, read_sheet
from tasks.outcome import Outcome
from tasks.people import Actor
from tasks.worksheet import ReadTask, read_task
from tests.tasks.meeting_stage import ITEM, THURSDAY, clock, due, held, item, meeting, thursday, wish
from tests.tasks.stage import Work, local
from tests.tasks.test_concurrency import at_once


@pytest.fixture
def town(work: Work) -> Work:
    work.publish(THURSDAY, ITEM)
    work.at("2026-05-27T09:00")
    return work


@pytest.mark.rule("FF-29", "FF-37", "FF-39")
def test_a_thursday_has_seven_places_and_an_eighth_case_gets_the_next_meeting(town: Work) -> None:
    first, second = thursday(town), thursday(town, "2026-06-18")
    items = [wish(town) for _ in range(8)]
    assert [clock(town, one) for one in items] == [
        "2026-06-11 08:30",
        "2026-06-11 09:00",
        "2026-06-11 09:30",
        "2026-06-11 10:00",
        "2026-06-11 10:30",
        "2026-06-11 11:00",
        "2026-06-11 11:30",
        "2026-06-18 08:30",
    ]
    assert held(town, first) == dict(zip(range(1, 8), items[:7], strict=True))
    assert held(town, second)[1] == items[7]


@pytest.mark.rule("FF-29")
def test_a_day_has_one_meeting_whether_the_calendar_or_somebody_makes_it_first(town: Work) -> None:
    there = thursday(town)
    town.until("2026-05-28T06:00", EVERYTHING)
    made = town.rows(select(CalendarStart).order_by(CalendarStart.key))
    assert [(one.key, one.status) for one in made] == [
        ("2026-06-11", "bortfaldet"),
        ("2026-06-18", "startet"),
    ]
    assert not town.rows(select(Incident)), "nothing is wrong: the meeting is there"
    assert town.count(Instance) == 2
    for act in (
        partial(thursday, town, "2026-06-18"),
        partial(town.run, "Tove Lange", move_meeting, MoveMeeting(there, local("2026-06-18T08:30"))),
    ):
        with pytest.raises(Taken, match=r"allerede et møde torsdag den 18\. juni 2026\. Brug det") as refused:
            act()
        assert list(refused.value.fields) == ["dato"]
    results = at_once([partial(thursday, town, "2026-06-25") for _ in range(4)])
    assert sum(isinstance(one, Taken) for one in results) == 3
    assert town.count(Meeting, Meeting.on_date == due("2026-06-25")) == 1
    town.run("Tove Lange", cancel_meeting, CancelMeeting(there, "Sygdom"))
    assert thursday(town), "a cancelled one leaves the day free"


@pytest.mark.rule("FF-18")
def test_a_double_takes_two_adjacent_places_or_the_next_meeting(town: Work) -> None:
    """deadline_cases.csv FF-18/dobbelttid: taken 08:30, 09:30, 10:30, 11:00; the free singles do not meet."""
    first, later = thursday(town), thursday(town, "2026-07-02")
    thursday(town, "2026-06-18")
    items = [wish(town) for _ in range(7)]
    for slot, one in enumerate((items[1], items[3], items[6]), 1):
        town.run("Tove Lange", move_item, MoveItem(one, slot, later))
    assert [slot for slot, one in held(town, first).items() if one is None] == [2, 4, 7]
    double = wish(town, 60)
    assert clock(town, double) == "2026-06-18 08:30"
    assert item(town, double).ends_at == local("2026-06-18T09:30")


@pytest.mark.rule("FF-18")
def test_an_item_that_grows_takes_its_neighbour_else_moves_and_is_told_why(town: Work) -> None:
    first, later = thursday(town), thursday(town, "2026-06-18")
    alone, beside = wish(town), wish(town)
    grow(town, beside, 60)
    assert clock(town, beside) == "2026-06-11 09:00", "the neighbour was free"
    assert item(town, beside).ends_at == local("2026-06-11T10:00")
    grow(town, alone, 60)
    assert clock(town, alone) == "2026-06-11 10:00", "another double of the same day"
    assert item(town, alone).reason == NEIGHBOUR_TAKEN
    singles = [wish(town) for _ in range(3)]
    assert [clock(town, one) for one in singles] == [f"2026-06-11 {at}" for at in ("08:30", "11:00", "11:30")]
    grow(town, singles[0], 60)
    assert clock(town, singles[0]) == "2026-06-18 08:30", "no double was left that day"
    assert any(NEIGHBOUR_TAKEN in line for line in town.journal(item(town, singles[0]).case_id, "moede"))
    assert held(town, first)[1] is None
    assert held(town, later)[1] == held(town, later)[2] == singles[0]


def grow(town: Work, item_id: int, minutes: int) -> None:
    """Ask for a longer time, as `saet_punkt` does."""
    change(town, item_id, "saet_punkt", {"laengde": minutes})


def change(town: Work, item_id: int, operator: str, given: dict[str, object]) -> None:
    """Do what a service task of the item's course does."""

    def act(unit: Unit, actor: Actor, command: None) -> None:
        row = unit.session.get_one(MeetingItem, item_id)
        course = unit.session.get_one(Instance, row.instance_id)
        outcome = Outcome(unit, actor, lock_case(unit, row.case_id or 0))
        MEETING_OPERATORS[operator](outcome, course, given)
        outcome.finish()

    town.run(None, act, None)


@pytest.mark.rule("FF-39")
def test_a_case_without_room_waits_for_the_next_meeting_in_order_of_receipt(town: Work) -> None:
    waiting = [wish(town) for _ in range(2)]
    assert [item(town, one).status for one in waiting] == ["venter", "venter"]
    thursday(town)
    town.until("2026-05-27T09:00")
    assert [clock(town, one) for one in waiting] == ["2026-06-11 08:30", "2026-06-11 09:00"]
    assert all("Skriv" in town.open_elements(item(town, one).case_id) for one in waiting)


@pytest.mark.rule("FF-33")
def test_nothing_is_booked_once_the_limit_for_material_has_passed(town: Work) -> None:
    thursday(town)
    town.at("2026-06-08T12:00")
    assert item(town, wish(town)).status == "venter"


def test_a_moved_meeting_reckons_timers_and_deadlines_anew_once(town: Work) -> None:
    there = thursday(town)
    item_id = wish(town)
    case_id = item(town, item_id).case_id
    before = town.task("Skriv", case_id)
    assert before.due_on == due("2026-06-08")
    moved = town.run(
        "Tove Lange",
        move_meeting,
        MoveMeeting(there, local("2026-06-18T08:30"), seen_rev=meeting(town, there).rev),
    )
    assert moved.rev > 1
    assert meeting(town, there).material_due_at == local("2026-06-15T12:00"), "with the meeting, at once"
    town.until("2026-05-27T09:00")
    now = town.task("Skriv", case_id)
    assert now.due_on == due("2026-06-15")
    assert now.due_at == local("2026-06-15T12:00")
    timers = town.rows(select(Timer.due_at).where(Timer.element_id == "frist"))
    assert timers == [local("2026-06-15T12:00")]
    assert not town.rows(select(Timer).where(Timer.kind == "moede")), "each course was called up once"
    assert (
        town.journal(case_id, "moede").count("Mødet er flyttet til torsdag den 18. juni 2026 kl. 8.30") == 1
    )
    luk = town.task("Luk")
    assert luk.due_on == due("2026-06-15")
    running = select(Deadline).where(Deadline.task_id == luk.id)
    assert sorted(row.status for row in town.rows(running)) == ["bortfaldet", "loeber"]
    with pytest.raises(Stale):
        town.run("Tove Lange", move_meeting, MoveMeeting(there, place="Aabenraa", seen_rev=1))
    with pytest.raises(Invalid):
        town.run("Tove Lange", move_meeting, MoveMeeting(there, local("2026-05-01T08:30")))


def test_a_cancelled_meeting_puts_each_case_off_once_and_the_material_is_kept(town: Work) -> None:
    there = thursday(town)
    thursday(town, "2026-06-18")
    items = [wish(town) for _ in range(3)]
    cases = [item(town, one).case_id for one in items]
    town.complete("Mette Holm", "Skriv", cases[0])
    assert item(town, items[0]).material == "modtaget"
    town.run("Birgit Skov", cancel_meeting, CancelMeeting(there, "Sygdom"))
    with pytest.raises(NotOpen):
        town.run("Birgit Skov", cancel_meeting, CancelMeeting(there, "Sygdom"))
    town.until("2026-05-27T09:00")
    assert clock(town, items[0]) == "2026-06-18 08:30"
    assert item(town, items[0]).material == "modtaget"
    told = [line for line in town.journal(cases[0], "moede") if "18. juni" in line]
    assert len(told) == 1
    assert set(held(town, there).values()) == {None}


def test_an_agenda_is_ordered_by_hand_without_overlap(town: Work) -> None:
    there = thursday(town)
    first, double, last = wish(town), wish(town, 60), wish(town)
    town.run("Tove Lange", order_items, OrderItems(there, (double, last, first)))
    assert [clock(town, one) for one in (double, last, first)] == [
        "2026-06-11 08:30",
        "2026-06-11 09:30",
        "2026-06-11 10:00",
    ]
    with pytest.raises(Invalid):
        town.run("Tove Lange", order_items, OrderItems(there, (double, last)))
    with pytest.raises(Invalid):
        town.run("Tove Lange", move_item, MoveItem(double, 2))
    with pytest.raises(Invalid):
        town.run("Tove Lange", move_item, MoveItem(double, 7))
    town.run("Tove Lange", move_item, MoveItem(double, 6))
    assert clock(town, double) == "2026-06-11 11:00"


@pytest.mark.rule("FF-23")
def test_an_item_is_opened_by_its_own_chair_on_the_day(town: Work) -> None:
    there = thursday(town)
    mine, other, last = wish(town), wish(town), wish(town)
    case_id = item(town, mine).case_id
    for one in (mine, other, last):
        town.complete("Mette Holm", "Skriv", item(town, one).case_id)
    with pytest.raises(NotOpen, match="mødedagen"):
        town.run("Birgit Skov", open_item, OpenItem(mine))
    town.at("2026-06-11T08:30")
    with pytest.raises(Refused):
        town.run("Pia Dam", open_item, OpenItem(mine))
    town.run("Birgit Skov", open_item, OpenItem(mine))
    with pytest.raises(NotOpen, match="andet punkt"):
        town.run("Birgit Skov", open_item, OpenItem(other))
    assert town.holder(town.task("Led", case_id)) == "Birgit Skov"
    town.complete("Birgit Skov", "Led", case_id)
    assert item(town, mine).status == "lukket"
    with pytest.raises(NotOpen):
        town.run("Birgit Skov", close_item, CloseItem(mine))
    town.run("Birgit Skov", open_item, OpenItem(other))
    town.complete("Birgit Skov", "Led", item(town, other).case_id)
    over = select(Timer).where(Timer.element_id == "punkter_lukket")
    assert not town.rows(over)
    assert meeting(town, there).status == "planlagt"
    town.run("Tove Lange", put_off_item, PutOffItem(last, "Tiden gik"))
    assert len(town.rows(over)) == 1, "nothing is left: the meeting can end"
    june = ReadCalendar(due("2026-06-11"), due("2026-06-11"), "alle")
    [line] = town.read("Tove Lange", read_calendar, june).lines
    assert line.items == 2, "what has been taken up counts"


def take_part(work: Work, meeting_id: int, item_id: int, role: str, name: str) -> None:
    """Put somebody on an item."""
    person = work.person(name)
    command = AddParticipant(meeting_id, role, person_id=person, item_id=item_id, part="eget_punkt")
    work.run("Tove Lange", add_participant, command)


@pytest.mark.rule("FF-23", "FF-24")
def test_an_item_follows_its_case_to_another_office(town: Work) -> None:
    there = thursday(town)
    moved, chosen = wish(town), wish(town)
    case_id = item(town, moved).case_id
    assert case_id is not None
    take_part(town, there, moved, "raadgiver", "Mette Holm")
    take_part(town, there, moved, "kontorleder", "Birgit Skov")
    take_part(town, there, moved, "udfoerer", "Claus Riis")
    town.complete("Tove Lange", "Luk")  # everybody is invited
    by_hand = town.person("Hanne Krog")
    change(town, chosen, "saet_punkt", {"moedeleder": by_hand})
    rev = meeting(town, there).rev
    for one in (moved, chosen):
        case = item(town, one).case_id or 0
        town.run("Birgit Skov", reallocate, Reallocate(case, town.person("Jonas Friis"), "Flyttet til Syd"))
    now = item(town, moved)
    assert town.names([now.chair_id or 0, now.consultant_id or 0]) == ["Lars Bach", "Ole Juhl"]
    assert town.names([item(town, chosen).chair_id or 0]) == ["Hanne Krog"], "chosen by hand"
    assert meeting(town, there).rev > rev, "who orders the agenda must look again"
    rows = town.rows(select(MeetingParticipant).where(MeetingParticipant.item_id == moved))
    circle = {(one.name, one.role, one.invited_for == now.starts_at) for one in rows}
    assert circle == {
        ("Jonas Friis", "raadgiver", True),
        ("Lars Bach", "kontorleder", False),  # invited to the whole meeting, as one of the leaders
        ("Claus Riis", "udfoerer", True),
    }
    said = "Proeve torsdag den 11. juni 2026 kl. 8.30"
    assert f"{said}: Lars Bach er mødeleder i stedet for Birgit Skov" in town.journal(case_id, "moede")
    [number] = town.rows(select(Case.number).where(Case.id == case_id))
    told = f"Advis: Du er mødeleder for sagen på {said}, i stedet for Birgit Skov i sag {number}"
    assert told in town.notices("Lars Bach", "advis")
    gone = f"Advis: Ole Juhl er referent i stedet for dig for sagen på {said} i sag {number}"
    assert gone in town.notices("Pia Dam", "advis")
    assert not [line for line in town.notices("Birgit Skov", "advis") if said in line], "did it herself"
    town.complete("Jonas Friis", "Skriv", case_id)
    town.at("2026-06-11T08:30")
    with pytest.raises(Refused):
        town.run("Pia Dam", open_item, OpenItem(moved))
    town.run("Lars Bach", open_item, OpenItem(moved))
    assert town.holder(town.task("Led", case_id)) == "Lars Bach"


@pytest.mark.rule("FF-12", "FF-26")
def test_who_sees_what_of_a_meeting(town: Work) -> None:
    there = thursday(town)
    mine, other = wish(town), wish(town)
    with town.app.database.writing(now=town.app.now()) as unit:
        unit.session.add(
            MeetingParticipant(
                item_id=mine,
                person_id=town.person("Claus Riis"),
                name="Claus Riis",
                role="udfoerer",
                part="eget_punkt",
            )
        )
    week = ReadCalendar(due("2026-06-08"), due("2026-06-14"), "alle")
    assert [one.id for one in town.read("Tove Lange", read_calendar, week).lines] == [there]
    assert town.read("Emil Bang", read_calendar, week).lines == ()
    whole = town.run("Tove Lange", read_sheet, ReadSheet(there, "dagsorden")).agenda
    assert [one.id for one in whole.items] == [mine, other]
    assert whole.may_change
    own = town.run("Claus Riis", read_sheet, ReadSheet(there, "dagsorden")).agenda
    assert [one.id for one in own.items] == [mine]
    assert not own.participants
    assert not own.free_slots
    assert not own.may_change
    with pytest.raises(Refused):
        town.run("Claus Riis", cancel_meeting, CancelMeeting(there, "Nej"))
    with pytest.raises(Refused):
        town.run("Emil Bang", read_sheet, ReadSheet(there))
    with pytest.raises(NotFound):
        town.run("Tove Lange", read_sheet, ReadSheet(there + 1000))
    seen = [view for view in town.views(item(town, mine).case_id or 0) if view[2] == "dagsorden"]
    assert [view[0] for view in seen] == ["Tove Lange", "Claus Riis"]


def test_what_was_filled_in_survives_the_limit(town: Work) -> None:
    """decisions.md P04: the draft is kept by instance and element."""
    thursday(town)
    item_id = wish(town)
    case_id = item(town, item_id).case_id
    task = town.task("Skriv", case_id)
    town.run("Mette Holm", save_draft, SaveDraft(task.id, {"svar_tekst": "Halvt færdig"}))
    there = town.rows(select(MeetingItem.meeting_id).where(MeetingItem.id == item_id))[0]
    town.run("Tove Lange", move_meeting, MoveMeeting(there, local("2026-06-18T08:30")))
    town.until("2026-05-27T09:00")
    again = town.task("Skriv", case_id)
    assert again.id != task.id
    assert town.run("Mette Holm", read_task, ReadTask(again.id)).values["svar_tekst"] == "Halvt færdig"


@pytest.mark.rule("FF-39")
def test_fifty_bookings_at_once_never_overlap_nor_exceed_capacity(town: Work) -> None:
    meetings = [thursday(town, day) for day in ("2026-06-11", "2026-06-18")]
    cases = [town.open(f"Barn {number}") for number in range(50)]
    lengths = [60 if number % 5 == 0 else 30 for number in range(50)]

    def book(number: int) -> None:
        town.begin("vej", cases[number], "Mette Holm", tidligst="2026-06-08", laengde=lengths[number])

    results = at_once([partial(book, number) for number in range(50)])
    assert [one for one in results if one is not None] == []
    items = {one.id: one for one in town.rows(select(MeetingItem))}
    assert len(items) == 50
    taken = [held(town, one) for one in meetings]
    assert all(None not in slots.values() for slots in taken), "every place was given"
    for meeting_id, slots in zip(meetings, taken, strict=True):
        assert len(slots) == 7
        for item_id in set(slots.values()):
            assert item_id is not None
            own = sorted(slot for slot, one in slots.items() if one == item_id)
            number = items[item_id].minutes // 30
            assert own == list(range(own[0], own[0] + number)), "adjacent places, as many as it needs"
            assert items[item_id].meeting_id == meeting_id
    booked = [one for one in items.values() if one.status == "booket"]
    assert sum(one.minutes for one in booked) == 2 * 7 * 30
    assert all(one.status == "venter" for one in items.values() if one not in booked)
