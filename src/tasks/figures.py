"""The leaders' figures (P19): who may ask for which, counted by the database, and the cases behind a number.

A figure is a statement of events, each with a line, a column, a case and a number. Everything else (counting,
the filters, the cases behind) is done here, the same for all. A leader sees the units led and those below;
the Chef for Børn, Unge og Familier sees all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, Subquery, and_, func, select

from records.tables import Case, Child, OrgUnit, Person
from records.unit import Unit
from tasks.errors import NotFound, Refused
from tasks.figure_tables import TOTAL, Cell, Row, Table, suppress
from tasks.people import Actor
from tasks.roles import LEADERS
from tasks.texts import spelled

ALL_UNITS = ("centerchef_buf",)
"""Roles that see the figures of every unit."""

MOST_LINES = 2000
"""Groups of a figure that are read."""

CASES_SHOWN = 200
"""Cases behind a number that are listed."""

NOT_A_LEADER = "Kun ledere kan se tal, og kun for de enheder, de leder."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events count: local days, both inclusive, and a unit (with those below), district or person."""

    since: date
    until: date
    unit_id: int | None = None
    district: str | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """One figure: what it counts, and how it is said.

    `events` gives a statement with the columns row, col, case_id, unit_id, district, person_id, n, amount.
    """

    key: str
    title: str
    section: str
    definition: str
    """How it is counted, for who reads the number."""
    events: Callable[[Unit, Wanted], Select[Any]]
    columns: tuple[tuple[str, str], ...] = (("antal", "Antal"),)
    """Code and label; empty: as they come."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of lines and columns that do not say themselves."""
    share: tuple[str, ...] = ()
    """Columns whose part of the whole is shown, or with one column lines."""
    share_label: str = ""
    amount_label: str = ""
    average: bool = False
    """The amount is divided by the number."""
    now: bool = False
    """It shows how things stand, whatever the period."""
    ids: tuple[str, ...] = ()
    """Requirements that it answers."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure counted."""

    spec: Spec
    table: Table


@dataclass(frozen=True, slots=True)
class CasesBehind:
    """Ask for the cases behind a number; an empty line or column stands for all of them."""

    key: str
    wanted: Wanted
    row: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class CaseBehind:
    """One case behind a number."""

    case_id: int
    number: str
    child: str
    protected: bool
    unit: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What a reader may filter by: units (id, name), districts and people (id, name)."""

    units: tuple[tuple[int, str], ...]
    districts: tuple[str, ...]
    people: tuple[tuple[int, str], ...]


def count_figures(unit: Unit, actor: Actor, command: tuple[Sequence[Spec], Wanted]) -> list[Figure]:
    """Return these figures, one statement each after those of the reader's units. Raises Refused."""
    specs, wanted = command
    within = reach_of(unit, actor, wanted.unit_id)
    return [Figure(spec, count(unit, spec, wanted, within)) for spec in specs]


def count_outside(unit: Unit, actor: Actor, command: tuple[Sequence[Spec], Wanted]) -> list[Figure]:
    """Return these figures as they may leave the circle of the cases: small numbers hidden."""
    return [Figure(one.spec, suppress(one.table)) for one in count_figures(unit, actor, command)]


def cases_behind(unit: Unit, actor: Actor, command: tuple[Spec, CasesBehind]) -> list[CaseBehind]:
    """Return the cases behind a number, those the reader leads, newest first. Raises Refused, NotFound."""
    spec, asked = command
    within = reach_of(unit, actor, asked.wanted.unit_id)
    events = _events(unit, spec, asked.wanted)
    where = [events.c.case_id == Case.id, *_within(events, asked.wanted, within)]
    if asked.row and asked.row != TOTAL:
        where.append(func.coalesce(events.c.row, "") == ("" if asked.row == NOT_GIVEN else asked.row))
    if asked.column and asked.column != TOTAL and spec.columns != ANTAL:
        where.append(func.coalesce(events.c.col, "") == ("" if asked.column == NOT_GIVEN else asked.column))
    query = (
        select(Case.id, Case.number, Child.name, Child.protected_address, OrgUnit.name, Case.status)
        .join(Child, Child.id == Case.child_id)
        .outerjoin(OrgUnit, OrgUnit.id == Case.unit_id)
        .where(select(1).where(and_(*where)).exists())
        .order_by(Case.id.desc())
        .limit(CASES_SHOWN)
    )
    if within is not None:
        query = query.where(Case.unit_id.in_(within))
    return [CaseBehind(*row) for row in unit.session.execute(query)]


NOT_GIVEN = "ikke_oplyst"
"""Code of a line or column for events that do not say."""

ANTAL = (("antal", "Antal"),)


def count(unit: Unit, spec: Spec, wanted: Wanted, within: Sequence[int] | None) -> Table:
    """Count one figure; `within` are the units that may be counted, None for all. One statement."""
    events = _events(unit, spec, wanted)
    query = (
        select(events.c.row, events.c.col, func.sum(events.c.n), func.sum(events.c.amount))
        .where(*_within(events, wanted, within))
        .group_by(events.c.row, events.c.col)
        .limit(MOST_LINES)
    )
    numbers: dict[str, dict[str, int]] = {}
    amounts: dict[str, int] = {}
    for row, column, number, amount in unit.session.execute(query):
        code = str(row) if row not in (None, "") else NOT_GIVEN
        inner = numbers.setdefault(code, {})
        column = str(column) if column not in (None, "") else NOT_GIVEN
        inner[column] = inner.get(column, 0) + int(number or 0)
        amounts[code] = amounts.get(code, 0) + int(amount or 0)
    return table_of(spec, numbers, amounts)


def table_of(spec: Spec, numbers: Mapping[str, Mapping[str, int]], amounts: Mapping[str, int]) -> Table:
    """Return the numbers of a figure, by line and column, as its table."""
    found = {column for inner in numbers.values() for column in inner}
    columns = spec.columns or tuple((code, label_of(spec, code)) for code in sorted(found))
    codes = [code for code, _ in columns]
    known = [code for code in spec.labels if code in numbers]
    order = [*known, *sorted(set(numbers) - set(known) - {NOT_GIVEN})]
    if NOT_GIVEN in numbers:
        order.append(NOT_GIVEN)
    everything = sum(sum(inner.values()) for inner in numbers.values())
    rows = tuple(
        _row(
            spec,
            code,
            label_of(spec, code),
            [numbers[code].get(one, 0) for one in codes],
            codes,
            amounts.get(code, 0),
            everything,
        )
        for code in order
    )
    totals = [sum(inner.get(one, 0) for inner in numbers.values()) for one in codes]
    last = _row(spec, TOTAL, "I alt", totals, codes, sum(amounts.values()), everything)
    if len(codes) == 1 and spec.share:
        part = sum(sum(numbers.get(code, {}).values()) for code in spec.share)
        last = Row(last.code, last.label, last.cells, last.total, _ratio(part, everything), last.amount)
    return Table(columns, rows, last)


def _row(
    spec: Spec, code: str, label: str, numbers: Sequence[int], codes: Sequence[str], amount: int, whole: int
) -> Row:
    total = sum(numbers)
    if spec.average:
        amount = round(amount / total) if total else 0
    share = None
    if spec.share and len(codes) > 1:
        part = sum(number for one, number in zip(codes, numbers, strict=True) if one in spec.share)
        share = _ratio(part, total)
    elif spec.share:
        share = _ratio(total, whole)
    return Row(code, label, tuple(Cell(number) for number in numbers), Cell(total), share, Cell(amount))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def label_of(spec: Spec, code: str) -> str:
    """Return what a line or column is called."""
    if code == NOT_GIVEN:
        return spec.labels.get(code, "Ikke oplyst")
    if spec.labels.get(code):
        return spec.labels[code]
    quarter = _QUARTER.fullmatch(code)
    if quarter:
        return f"{quarter[2]}. kvartal {quarter[1]}"
    # Keys are written without the Danish letters; a name that somebody typed stays as it is.
    if _KEY.fullmatch(code):
        code = spelled(code)
    return code[:1].upper() + code[1:]


_QUARTER = re.compile(r"(\d{4})-K([1-4])")
_KEY = re.compile(r"[a-z0-9_]+")


def _events(unit: Unit, spec: Spec, wanted: Wanted) -> Subquery:
    return spec.events(unit, wanted).subquery()


def _within(events: Subquery, wanted: Wanted, within: Sequence[int] | None) -> list[Any]:
    where: list[Any] = []
    if within is not None:
        where.append(events.c.unit_id.in_(within))
    if wanted.district:
        where.append(events.c.district == wanted.district)
    if wanted.person_id is not None:
        where.append(events.c.person_id == wanted.person_id)
    return where


# -- who may ask ---------------------------------------------------------------------------------------------


def reach_of(unit: Unit, actor: Actor, unit_id: int | None) -> tuple[int, ...] | None:
    """Return the ids of the units whose figures the actor asks for, None for all. Two statements at most.

    Raises Refused for somebody who leads nothing, or not that unit.
    """
    tops = tops_of(actor)
    if tops is not None and not tops:
        raise Refused(NOT_A_LEADER)
    own = None if tops is None else _below(unit, tops)
    if unit_id is None:
        return own
    if own is not None and unit_id not in own:
        raise Refused(NOT_A_LEADER)
    return _below(unit, (unit_id,))


def tops_of(actor: Actor) -> tuple[int, ...] | None:
    """Return the units whose figures the actor may see (with those below); None for all, empty for none."""
    if actor.person_id is None or actor.holds(*ALL_UNITS):
        return None
    led = [held.unit_id for held in actor.holdings if held.role in LEADERS]
    return None if None in led else tuple(one for one in led if one is not None)


def _below(unit: Unit, tops: Sequence[int]) -> tuple[int, ...]:
    below = select(OrgUnit.id).where(OrgUnit.id.in_(tops)).cte("below", recursive=True)
    below = below.union(select(OrgUnit.id).where(OrgUnit.parent_id == below.c.id))
    return tuple(unit.session.scalars(select(below.c.id).order_by(below.c.id)))


def read_reach(unit: Unit, actor: Actor, command: None) -> Reach:
    """Return what the actor may filter by; three statements. Raises Refused."""
    within = reach_of(unit, actor, None)
    units = select(OrgUnit.id, OrgUnit.name, OrgUnit.district).order_by(OrgUnit.name)
    people = select(Person.id, Person.name).where(Person.active.is_(True)).order_by(Person.sort_name)
    if within is not None:
        units = units.where(OrgUnit.id.in_(within))
        people = people.where(Person.unit_id.in_(within))
    rows = unit.session.execute(units).all()
    of_cases = unit.session.scalars(
        select(Case.district).where(Case.district.is_not(None)).distinct().limit(200)
    )
    districts = {row.district for row in rows if row.district} | {one for one in of_cases if one}
    return Reach(
        tuple((row.id, row.name) for row in rows),
        tuple(sorted(districts)),
        tuple((person_id, name) for person_id, name in unit.session.execute(people)),
    )


LONGEST_YEARS = 20
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Periods outside these years are slips."""


def wrong_period(since: date, until: date) -> dict[str, str]:
    """Return what is wrong with a period, by `fra` and `til`, in Danish; empty when nothing is."""
    wrong = {
        name: f"Vælg en dag mellem {FIRST_YEAR} og {LAST_YEAR}."
        for name, day in (("fra", since), ("til", until))
        if not FIRST_YEAR <= day.year <= LAST_YEAR
    }
    if not wrong and until < since:
        wrong["til"] = "Vælg en dag, der ikke er før den første."
    if not wrong and until.year - since.year > LONGEST_YEARS:
        wrong["fra"] = f"Vælg højst {LONGEST_YEARS} år."
    return wrong


def spec_of(specs: Sequence[Spec], key: str) -> Spec:
    """Return a figure's spec. Raises NotFound."""
    found = next((spec for spec in specs if spec.key == key), None)
    if found is None:
        raise NotFound("Tallet findes ikke.")
    return found
