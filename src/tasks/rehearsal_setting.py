"""What a rehearsal may set before it begins beside its case, and what it looks at without one.

    kalender: true                     # the calendar starts this procedure as the clock moves; or
    kalender: [a, b]                   # … these procedures; or
    kalender: {a: [procedure:x]}       # … only for these things (`kommunen`, `maal:TS-1`, …)
    luk_registre: [maal]               # what ships in them is history
    registre: [{register: maal, noegle: TS-1, titel: …, status: aaben, indhold: {…}}]   # rows, whole
    ansat: {Mette Holm: 2026-09-01}    # first day of work
    kurser: [{kursus: boernesamtale, person: Mette Holm, deltaget: 2026-05-04}]

and among what must be true (»saa«):

    registre: [{register: maal, noegle: TS-1, status: afsluttet, har: {opfyldt: ja}}]
    kurser: [{kursus: boernesamtale, person: Mette Holm, tilbudt: 2026-05-04}]
    kalender: [{procedure: a, for: Opstart af sag, den: 2027-03-15}]   # among what begins next
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from records.tables import (
    CalendarStart,
    CourseMark,
    Instance,
    Message,
    OrgUnit,
    Person,
    Procedure,
    RegisterRow,
)
from records.unit import Unit
from tasks.calendar_starts import STARTED, Look, day_of, next_starts
from tasks.casefile import CaseFile, lock_case
from tasks.course_marks import MarkCourse, mark_course
from tasks.delivery import deliver, write_message
from tasks.outcome import Outcome
from tasks.people import SYSTEM, Actor
from tasks.registers import HISTORY, OPEN, find_row, row_facts, write_row
from tasks.start_rules import rules_of
from tasks.start_scopes import mark_facts

AHEAD = timedelta(days=800)
"""How far ahead »kalender« looks for what begins next."""


def calendar_of(script: Mapping[str, Any], procedure: str) -> Look | None:
    """Return what a rehearsal lets the calendar start; None for nothing, which is the usual."""
    given = script.get("kalender")
    if not given:
        return None
    if given is True:
        return Look(frozenset({procedure}))
    if isinstance(given, Mapping):
        things = [str(one) for wanted in given.values() for one in wanted or ()]
        return Look(frozenset(given), frozenset(things) if things else None)
    return Look(frozenset(str(one) for one in given))


def seed(unit: Unit, actor: Actor, script: Mapping[str, Any]) -> None:
    """Write what a rehearsal's registers, hire dates and courses are before it begins."""
    for register in script.get("luk_registre") or ():
        unit.session.execute(
            update(RegisterRow).where(RegisterRow.register == register).values(status=HISTORY)
        )
    for row in script.get("registre") or ():
        write_row(
            unit,
            SYSTEM,
            str(row["register"]),
            str(row["noegle"]),
            _plain(row.get("indhold") or {}),
            title=row.get("titel"),
            status=row.get("status") or OPEN,
            replace=True,
        )
    for name, day in (script.get("ansat") or {}).items():
        person = unit.session.scalars(select(Person).where(Person.name == name)).one()
        person.hired_on = day
    for row in script.get("kurser") or ():
        mark_course(unit, SYSTEM, _mark(unit, row))


def seed_case(unit: Unit, actor: Actor, command: tuple[int, dict[str, Any]]) -> None:
    """Give a rehearsal's case what it had before the rehearsal begins, its plans too."""
    case_id, data = command
    lock_case(unit, case_id).write(data)


def _mark(unit: Unit, row: Mapping[str, Any]) -> MarkCourse:
    person_id = unit_id = None
    if row.get("person"):
        person_id = unit.session.scalars(select(Person.id).where(Person.name == row["person"])).one()
    else:
        unit_id = unit.session.scalars(select(OrgUnit.id).where(OrgUnit.key == row["enhed"])).one()
    return MarkCourse(
        str(row["kursus"]),
        person_id,
        unit_id,
        row.get("tilbudt"),
        row.get("deltaget"),
        row.get("evalueret"),
        row.get("plan"),
    )


def _plain(value: Any) -> Any:
    """Return what YAML read as JSON has it: dates as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def follow(unit: Unit, actor: Actor, command: tuple[tuple[int, ...], Look | None]) -> list[int]:
    """Return the courses that follow from those known: called by them, begun by their messages, or started by
    the calendar."""
    known, calendar = set(command[0]), command[1]
    if calendar is not None and calendar.only:
        known |= set(
            unit.session.scalars(
                select(CalendarStart.instance_id)
                .join(Procedure, Procedure.id == CalendarStart.procedure_id)
                .where(CalendarStart.status == STARTED, Procedure.key.in_(calendar.only))
            )
        )
    while True:
        received = select(Message.receiver_id).where(Message.sender_id.in_(known))
        more = set(
            unit.session.scalars(
                select(Instance.id).where(or_(Instance.parent_id.in_(known), Instance.id.in_(received)))
            )
        )
        if more <= known:
            return sorted(one for one in known if one is not None)
        known |= more


def send_uncased(unit: Unit, actor: Actor, command: tuple[str, str | None, dict[str, Any]]) -> None:
    """Send a message outside any case, as another procedure would."""
    name, key, data = command
    outcome = Outcome(unit, actor, CaseFile(unit))
    deliver(outcome, write_message(outcome, None, name, key, data, None))
    outcome.finish()


def rows_differ(unit: Unit, scene: Any, expected: Iterable[Mapping[str, Any]], stage: Any) -> list[str]:
    """»registre«: what a row holds (`har`, by path) and its status."""
    problems: list[str] = []
    for wanted in expected or ():
        name = f"{wanted['register']} {wanted['noegle']}"
        row = find_row(unit, str(wanted["register"]), str(wanted["noegle"]))
        if row is None:
            problems.append(f"{name} er ikke i registret")
            continue
        if "status" in wanted and row.status != wanted["status"]:
            problems.append(f"{name} er {row.status}, ikke {wanted['status']}")
        facts = row_facts(row)
        for path, value in (wanted.get("har") or {}).items():
            here: Any = facts
            for part in str(path).split("."):
                here = here.get(part) if isinstance(here, Mapping) else None
            if here != _plain(value):
                problems.append(f"{name}: {path} er {here!r}, ikke {_plain(value)!r}")
    return problems


def courses_differ(unit: Unit, scene: Any, expected: Iterable[Mapping[str, Any]], stage: Any) -> list[str]:
    """»kurser«: how far somebody is."""
    problems: list[str] = []
    for wanted in expected or ():
        mark = _mark(unit, {"kursus": wanted["kursus"], **wanted})
        row = unit.session.scalar(
            select(CourseMark).where(
                CourseMark.course == mark.course,
                CourseMark.person_id == mark.person_id,
                CourseMark.unit_id == mark.unit_id,
            )
        )
        found = mark_facts(row) if row is not None else {}
        who = wanted.get("person") or wanted.get("enhed")
        for name in ("tilbudt", "deltaget", "evalueret", "plan"):
            if name in wanted and found.get(name) != _plain(wanted[name]):
                problems.append(
                    f"{who}: {mark.course} {name} er {found.get(name)!r}, ikke {_plain(wanted[name])!r}"
                )
    return problems


def starts_differ(unit: Unit, scene: Any, expected: Iterable[Mapping[str, Any]], stage: Any) -> list[str]:
    """»kalender«: what begins by itself next, and when."""
    problems: list[str] = []
    until = day_of(unit.now) + AHEAD
    for wanted in expected or ():
        found = [
            (start.label, start.on.isoformat())
            for rule in rules_of(unit, frozenset({str(wanted["procedure"])}))
            for start in next_starts(unit, rule, until)
        ]
        row = (str(wanted.get("for", "Kommunen")), _plain(wanted["den"]))
        if row not in found:
            problems.append(f"{wanted['procedure']} begynder ikke {row}; den begynder {found[:10]}")
    return problems
