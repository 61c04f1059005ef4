"""What begins by itself: at 06:00, once, on any number of nodes; a rule that fails stops no other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from engine import workdays
from engine.types import Bundle
from host.calendar import start_due
from host.clock import FrozenClock
from host.wiring import connect
from records.tables import (
    CalendarRound,
    CalendarStart,
    Case,
    Child,
    Incident,
    Instance,
    Person,
    RoleHolding,
    Task,
)
from records.unit import Unit
from tasks import start_rules
from tasks.calendar_starts import EVERYTHING, Look, next_instant, next_starts
from tasks.organisation import SaveClosingDay, save_closing_day
from tasks.people import SYSTEM
from tasks.procedures import PublishBundle, publish
from tasks.registers import write_row
from tasks.retries import RetryIncident, retry_incident
from tasks.start_rules import Due, Rule, rules_of
from tasks.start_scopes import Entity
from tests.engine.drawing import chain, node
from tests.host.stage import bundle, user
from tests.tasks.stage import TEXT, Work, drawn, local


def begins(key: str, rule: str, scope: str = "kommunen", lane: str = "Procesejer: A", **own: str) -> Bundle:
    """A procedure of one task that the calendar starts."""
    inside = (
        node("startEvent", "s")
        + user("A", "Se på det", skema="tekst", frist="arbejdsdage_efter(i_dag, 5)")
        + node("endEvent", "e")
        + chain("s", "A", "e")
    )
    where = {} if scope in ("sager", "indsatser") else {"hoerer_til": "kommunen"}
    given = {"startregel": rule, "startregel_for": scope, **where, **own}
    return bundle(key, inside, lane=lane, own=given, tekst=TEXT)


def started(work: Work) -> list[tuple[str, str]]:
    """What the calendar started: for what, and when."""
    rows = work.rows(
        select(CalendarStart).where(CalendarStart.status == "startet").order_by(CalendarStart.id)
    )
    return [(row.entity, row.due_on.isoformat()) for row in rows]


@pytest.mark.rule("FF-46", "ST-02")
def test_it_begins_at_six_of_its_day_and_once(work: Work) -> None:
    work.publish(begins("aar", 'dato("2026-02-10")'))
    work.until("2026-02-10T05:59", EVERYTHING)
    assert started(work) == []
    work.until("2026-02-10T06:00", EVERYTHING)
    assert started(work) == [("kommunen", "2026-02-10")]
    [task] = work.tasks()
    assert task.opened_at == local("2026-02-10T06:00")
    assert task.case_id is None
    work.until("2026-03-10T12:00", EVERYTHING)
    assert len(started(work)) == 1
    # A message starts it no more than a person of another role does: the calendar did.
    assert work.rows(select(Instance.started_by_id)) == [None]


def test_a_rule_that_reads_the_day_begins_again_under_a_new_key(work: Work) -> None:
    rule = '{dato: dato(string(i_dag)), noegle: substring(string(i_dag), 1, 7), data: {maaned: "x"}}'
    work.publish(begins("maaned", rule))
    work.until("2026-04-02T12:00", EVERYTHING)
    assert [row[1] for row in started(work)] == ["2026-02-02", "2026-03-01", "2026-04-01"]


def test_each_open_case_by_itself_in_batches(work: Work) -> None:
    work.publish(begins("femten", "foedselsdag(sag.barn.foedt, 15)", "sager", "Rådgiver: A"))
    young = [work.open(f"Barn {number}", born=date(2011, 3, number + 1)) for number in range(3)]
    work.open("Lille", born=date(2020, 1, 1))
    work.until("2026-03-02T06:00", EVERYTHING)
    assert started(work) == [(f"sag:{case}", f"2026-03-0{n + 1}") for n, case in enumerate(young[:2])]
    assert work.task("A").case_id == young[1]
    assert work.holder(work.task("A")) == "Mette Holm"
    rounds = work.rows(select(CalendarRound).where(CalendarRound.day == date(2026, 3, 2)))
    assert [row.done_at is not None for row in rounds] == [True]


def test_several_nodes_start_each_thing_once(work: Work) -> None:
    work.publish(begins("maal", "maal.frist", "maal"))
    with work.app.database.writing(now=work.app.now()) as unit:
        for number in range(12):
            write_row(unit, SYSTEM, "maal", f"M-{number:02}", {"frist": "2026-02-01"}, title=f"Mål {number}")
    nodes = [threading.Thread(target=start_due, args=(work.app,)) for _ in range(4)]
    for one in nodes:
        one.start()
    for one in nodes:
        one.join()
    start_due(work.app)
    assert sorted(entity for entity, _ in started(work)) == [f"maal:M-{number:02}" for number in range(12)]
    assert work.count(Task) == 12


def test_a_rule_that_fails_is_an_incident_and_stops_none_of_the_others(work: Work) -> None:
    work.publish(
        begins("a", 'kommunen.findes.ikke + "x"'), begins("b", "2"), begins("c", 'dato("2026-02-03")')
    )
    work.until("2026-02-03T06:00", EVERYTHING)
    assert [entity for entity, _ in started(work)] == ["kommunen"]
    incidents = work.rows(select(Incident).order_by(Incident.element_id))
    assert [row.element_id for row in incidents] == ["a", "b"]
    assert "ikke er en dato" in incidents[1].text
    assert work.notices("Eva Holst", "haendelse")


def test_a_start_that_is_refused_is_tried_again_from_its_incident(work: Work) -> None:
    work.publish(
        begins(
            "nej",
            'dato("2026-02-02")',
            start_betingelse='count(kommunen.maal[noegle = "X"]) = 1',
            start_afvisning="Mål X mangler.",
        )
    )
    assert start_due(work.app) == 0
    [incident] = work.rows(select(Incident))
    assert "Kalenderen kunne ikke begynde Nej: Mål X mangler." in incident.text
    with work.app.database.writing(now=work.app.now()) as unit:
        write_row(unit, SYSTEM, "maal", "X", {})
    assert work.run("Eva Holst", retry_incident, RetryIncident(incident.id))
    assert started(work) == [("kommunen", "2026-02-02")]


def test_what_comes_next_is_told_ahead(work: Work) -> None:
    rule = "maaneder_efter(procedure.revideret, 10)"
    work.publish(begins("revision", rule, "procedurer"), drawn("anden", chain("s", "e")))
    with work.app.database.writing(now=work.app.now()) as unit:
        for key in ("anden", "revision"):
            write_row(unit, SYSTEM, "revision", key, {"dato": "2026-02-02"})
    with work.app.database.reading(now=work.app.now()) as unit:
        [found] = rules_of(unit)
        starts = next_starts(unit, found, date(2027, 1, 1))
    assert [(start.label, start.on.isoformat()) for start in starts] == [
        ("Anden", "2026-12-02"),
        ("Revision", "2026-12-02"),
    ]
    work.until("2027-01-01T12:00", Look(frozenset({"revision"}), frozenset({"procedure:anden"})))
    assert started(work) == [("procedure:anden", "2026-12-02")]


def begun(work: Work) -> list[tuple[str, str]]:
    """What the calendar started: for what, and when it happened."""
    rows = work.rows(select(CalendarStart).order_by(CalendarStart.id))
    assert {row.status for row in rows} <= {"startet"}
    return [(row.entity, workdays.local(row.found_at).isoformat()[:16]) for row in rows]


def test_what_another_node_changes_is_seen_by_a_clock_that_knew_it_before(work: Work) -> None:
    hired_on = "dato(medarbejder.ansat)"
    hired_then = f'medarbejder.ansat != null and {hired_on} > dato("2026-02-02")'
    work.publish(
        begins("maal", "maal.frist", "maal"),
        begins("alle", 'if count(kommunen.maal) = 3 then dato("2026-01-01") else null'),
        begins("ansat", f"if {hired_then} then {hired_on} else null", "medarbejdere"),
        begins("femten", "foedselsdag(sag.barn.foedt, 15)", "sager", "Rådgiver: A"),
    )
    case = work.open("Emil", born=date(2011, 8, 1))
    other = connect(work.app.settings, clock=FrozenClock(work.app.now()))

    def elsewhere(act: Callable[[Unit], object]) -> None:
        with other.database.writing(now=work.app.now()) as unit:
            act(unit)

    def goal(key: str, limit: str, **more: str) -> Callable[[Unit], object]:
        return lambda unit: write_row(unit, SYSTEM, "maal", key, {"frist": limit}, **more)

    def hired(unit: Unit) -> None:
        unit.session.get_one(Person, work.person("Mette Holm")).hired_on = date(2026, 4, 7)

    def undone(unit: Unit) -> None:
        write_row(unit, SYSTEM, "maal", "M-1", {"frist": "2026-03-05"})
        ahead = (EVERYTHING, local("2026-04-01T08:00"))
        assert next_instant(unit, SYSTEM, ahead) == local("2026-03-05T06:00")
        raise LookupError

    def born(unit: Unit) -> None:
        child = unit.session.get_one(Case, case).child_id
        unit.session.get_one(Child, child).born = date(2011, 5, 20)

    try:
        elsewhere(goal("M-1", "2026-06-01"))
        elsewhere(goal("M-2", "2026-03-20"))
        work.until("2026-03-01T12:00", EVERYTHING)
        assert begun(work) == []
        for act in (goal("M-1", "2026-03-10"), goal("M-2", "2026-03-20", status="afsluttet"), hired, born):
            elsewhere(act)
        with pytest.raises(LookupError):
            work.app.write(undone)
        work.until("2026-04-20T12:00", EVERYTHING)
        elsewhere(goal("M-3", "2027-01-01"))
        work.until("2026-12-01T12:00", EVERYTHING)
    finally:
        other.database.close()
    assert begun(work) == [
        ("maal:M-1", "2026-03-10T06:00"),
        (f"medarbejder:{work.person('Mette Holm')}", "2026-04-07T06:00"),
        ("kommunen", "2026-04-21T06:00"),
        (f"sag:{case}", "2026-05-20T06:00"),
    ]


def test_what_changes_by_itself_begins_on_its_day_too(quick: Work) -> None:
    """A role that begins and one that ends, a consent that expires, a version that becomes valid."""
    long_ago = 'dato("2026-01-01")'
    has = 'list contains(medarbejder.roller, "adm")'
    work = quick
    work.publish(
        begins("ny", f"if {has} then {long_ago} else null", "medarbejdere"),
        begins("ude", f"if not({has}) then {long_ago} else null", "medarbejdere"),
        begins("samtykke", f"if sag.samtykker[1].gaelder = false then {long_ago} else null", "sager"),
    )
    person = work.person("Mette Holm")
    case = work.open()
    with work.app.database.writing(now=work.app.now()) as unit:
        unit.session.add(
            RoleHolding(person_id=person, role="adm", valid_from=date(2026, 4, 10), valid_to=date(2026, 5, 4))
        )
        consent = {"dato": "2026-02-01", "udloeber": "2026-06-30"}
        unit.session.get_one(Case, case).data = {"samtykker": [consent]}
        publish(
            unit,
            SYSTEM,
            PublishBundle(begins("senere", long_ago), valid_from=local("2026-03-03T09:00")),
        )
    work.until("2026-02-03T12:00", Look(frozenset({"ny", "ude"})))
    before = len(begun(work))
    work.until("2026-12-01T12:00", EVERYTHING)
    assert [row for row in begun(work)[before:] if row[0] != f"medarbejder:{person}"] == [
        ("kommunen", "2026-03-04T06:00"),
        (f"sag:{case}", "2026-07-01T06:00"),
    ]
    assert (f"medarbejder:{person}", "2026-04-10T06:00") in begun(work)


def test_a_closing_day_that_is_made_moves_what_begins(quick: Work) -> None:
    quick.publish(begins("arbejde", 'arbejdsdage_efter(dato("2026-02-20"), 5)'))
    quick.until("2026-02-10T12:00", EVERYTHING)
    closed = SaveClosingDay("Lukket", on_date=date(2026, 2, 24))
    quick.run("Finn Dahl", save_closing_day, closed)
    quick.until("2026-03-20T12:00", EVERYTHING)
    assert begun(quick) == [("kommunen", "2026-03-02T06:00")]


def test_a_rule_is_worked_out_once_for_what_stays_as_it_is(
    quick: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = start_rules._dues

    def counted(unit: Unit, rule: Rule, entity: Entity, day: date) -> tuple[Due, ...]:
        asked.append(f"{rule.key} {entity.name} {day}")
        return real(unit, rule, entity, day)

    monkeypatch.setattr(start_rules, "_dues", counted)
    each_monday = (
        '{dato: dato(string(i_dag)), noegle: if ugedag(i_dag) = "mandag" then string(i_dag) else "x"}'
    )
    quick.publish(begins("hver", each_monday), begins("maal", "maal.frist", "maal"))
    with quick.app.database.writing(now=quick.app.now()) as unit:
        for number in range(10):
            write_row(unit, SYSTEM, "maal", f"M-{number}", {"frist": "2026-05-01"})
    quick.until("2026-04-20T12:00", EVERYTHING)
    assert len(started(quick)) == 13
    assert len([one for one in asked if one.startswith("maal ")]) == 10
    # Once when looking ahead, and once on the day itself.
    assert max(Counter(one for one in asked if one.startswith("hver ")).values()) == 2
