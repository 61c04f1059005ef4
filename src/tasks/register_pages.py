"""The registers as their keepers and everybody else see them: rows, one row with its history, changing it.

Standards and what belongs to them are for all employees to read (ST-07); who lacks a course is for those who
keep the register and for leaders. Proposals for the next revision are open to everybody (ST-20).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from records.tables import OrgUnit, Person, RegisterChange, RegisterRow
from records.unit import Unit
from tasks.course_lists import CourseSheet, course_sheets
from tasks.course_marks import MarkCourse, mark_course
from tasks.errors import Invalid, NotFound, Refused, Stale
from tasks.people import Actor
from tasks.registers import CLOSED, HISTORY, OPEN, find_row, write_row
from tasks.roles import LEADERS
from tasks.texts import required

_CHIEFS = ("centerchef_buf", "skolechef", "dagtilbudschef")
_HEADS = ("socialfaglig_leder", "psykologfaglig_leder", "leder_sfc", "uta_projektleder", "projektleder_bup")


@dataclass(frozen=True, slots=True)
class Kind:
    """One register: what it is called, who keeps it, and which of its fields are changed by hand."""

    key: str
    title: str
    keepers: tuple[str, ...]
    fields: tuple[tuple[str, str, str], ...] = ()
    """Name, label and type: text, date, number, or the register whose rows are chosen between."""


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "maal",
            "Operationelle mål",
            ("projektleder_bup", "procesejer", "centerchef_buf"),
            (
                ("standard", "Standard", "standard"),
                ("politisk_maal", "Politisk mål", "politisk_maal"),
                ("metode", "Metode", "text"),
                ("maaltal", "Måltal i procent", "number"),
                ("frist", "Frist", "date"),
            ),
        ),
        Kind(
            "politisk_maal", "Politiske mål", ("projektleder_bup",), (("standard", "Standard", "standard"),)
        ),
        Kind("standard", "Standarder", ("projektleder_bup",)),
        Kind("udgave", "Standardernes udgaver", ()),
        Kind("evaluering", "Evalueringer", ()),
        Kind("kursus", "Kurser og information", (*_CHIEFS, *_HEADS)),
        Kind(
            "initiativ",
            "Initiativer og arbejdsgrupper",
            (*_CHIEFS, *_HEADS),
            (
                ("start", "Begynder", "date"),
                ("maaneder", "Varighed i måneder", "number"),
                ("frist", "Frist", "date"),
                ("produkt", "Produkt", "text"),
                ("note", "Note", "text"),
            ),
        ),
        Kind("forslag", "Forslag til næste revision", ("procesejer", "projektleder_bup")),
        Kind("vejledning", "Vejledninger, der revideres", ("procesejer",), (("udgivet", "Udgivet", "date"),)),
        Kind("revision", "Revisioner", ()),
        Kind("ledelse", "Ledelsens vurderinger", ()),
    )
}
"""The registers that have pages, in their order. Those without keepers are written by procedures alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row in a list."""

    key: str
    title: str
    status: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A register: its rows, those in force first."""

    kind: Kind
    lines: tuple[Line, ...]
    may_keep: bool
    courses: tuple[CourseSheet, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a row."""

    at: datetime
    by: str | None
    status: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One row with its history; a course with those who lack it, for those who may see them."""

    kind: Kind
    key: str
    title: str
    status: str
    content: Mapping[str, Any]
    rev: int
    changes: tuple[Change, ...]
    may_keep: bool
    choices: Mapping[str, tuple[tuple[str, str], ...]]
    course: CourseSheet | None = None
    read: bool | None = None
    """For information that is to be read: whether the reader has said to have read it."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """Read one row."""

    register: str
    key: str


@dataclass(frozen=True, slots=True)
class SaveRow:
    """Change a row, or make one (`seen_rev` None). `values` are those of the register's fields."""

    register: str
    key: str
    title: str
    status: str
    values: Mapping[str, Any] = field(default_factory=dict)
    seen_rev: int | None = None


@dataclass(frozen=True, slots=True)
class Propose:
    """A proposal for the next revision of a procedure (None: of the standards)."""

    text: str
    procedure: str | None = None


def list_register(unit: Unit, actor: Actor, register: str) -> Listing:
    """Return the rows of a register. Raises NotFound."""
    kind = _kind(register)
    rows = unit.session.scalars(
        select(RegisterRow).where(RegisterRow.register == register).order_by(RegisterRow.key)
    ).all()
    order = {OPEN: 0, CLOSED: 1, HISTORY: 2}
    lines = tuple(
        Line(row.key, row.title, row.status, _day(row.content.get("frist") or row.content.get("godkendt")))
        for row in sorted(rows, key=lambda row: order.get(row.status, 3))
    )
    courses = tuple(course_sheets(unit)) if register == "kursus" else ()
    return Listing(kind, lines, actor.holds(*kind.keepers), courses)


def read_row(unit: Unit, actor: Actor, command: ReadRow) -> Sheet:
    """Return a row with its history. Raises NotFound."""
    kind = _kind(command.register)
    row = find_row(unit, command.register, command.key)
    if row is None:
        raise NotFound("Rækken findes ikke i registret.")
    changes = unit.session.execute(
        select(RegisterChange, Person.name)
        .outerjoin(Person, Person.id == RegisterChange.actor_id)
        .where(RegisterChange.row_id == row.id)
        .order_by(RegisterChange.id.desc())
        .limit(50)
    )
    keeps = actor.holds(*kind.keepers)
    course = read = None
    if command.register == "kursus":
        sheet = next((one for one in course_sheets(unit) if one.key == row.key), None)
        mine = next((one for one in sheet.lines if one.person_id == actor.person_id), None) if sheet else None
        if row.content.get("laeses") and mine is not None:
            read = mine.read
        if keeps or actor.holds(*LEADERS):
            course = sheet
    return Sheet(
        kind,
        row.key,
        row.title,
        row.status,
        row.content,
        row.rev,
        tuple(Change(change.at, name, change.status, change.content) for change, name in changes),
        keeps,
        choices_for(unit, actor, command.register) if keeps else {},
        course,
        read,
    )


def choices_for(unit: Unit, actor: Actor, register: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what may be chosen in the fields of a register, by the register chosen from."""
    return {what: _choices(unit, what) for _, _, what in _kind(register).fields if what in KINDS}


def _choices(unit: Unit, register: str) -> tuple[tuple[str, str], ...]:
    rows = unit.session.scalars(
        select(RegisterRow)
        .where(RegisterRow.register == register, RegisterRow.status != HISTORY)
        .order_by(RegisterRow.key)
    )
    return tuple((row.key, row.title) for row in rows)


def save_row(unit: Unit, actor: Actor, command: SaveRow) -> None:
    """Change a row by hand. Raises Refused (not a keeper), Invalid (per field), Stale, NotFound.

    A goal without a political goal is refused (ST-06), and one of an earlier cycle is never changed.
    """
    kind = _kind(command.register)
    if not actor.holds(*kind.keepers):
        raise Refused(f"{kind.title} føres af andre roller end dine.")
    row = find_row(unit, command.register, command.key, lock=True)
    if row is None and command.seen_rev is not None:
        raise NotFound("Rækken findes ikke i registret.")
    if row is not None:
        if command.seen_rev is None:
            raise Invalid("Nøglen er brugt.", {"key": "Der er en række med den nøgle. Vælg en anden."})
        if row.rev != command.seen_rev:
            raise Stale("Rækken er ændret, siden du åbnede den. Læs den igen.")
        if row.status == HISTORY:
            raise Refused("Rækker fra en tidligere runde er historie og ændres ikke.")
    title = required(command.title, "title", "Skriv, hvad det hedder.", 300)
    if command.status not in (OPEN, CLOSED):
        raise Invalid("Vælg en tilstand.", {"status": "Vælg åben eller afsluttet."})
    values, errors = _checked(unit, kind, command.values)
    if errors:
        raise Invalid("Der er felter, der skal rettes.", errors)
    write_row(unit, actor, command.register, command.key, values, title=title, status=command.status)


def _checked(unit: Unit, kind: Kind, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, label, what in kind.fields:
        text = str(given.get(name) if given.get(name) is not None else "").strip()
        values[name] = text or None
        if what in KINDS:
            if text not in {key for key, _ in _choices(unit, what)}:
                errors[name] = f"Vælg {label.lower()}."
        elif what == "date" and text:
            try:
                values[name] = date.fromisoformat(text).isoformat()
            except ValueError:
                errors[name] = "Skriv datoen som år-måned-dag, fx 2028-03-01."
        elif what == "number" and text:
            try:
                values[name] = float(text.replace(",", "."))
            except ValueError:
                errors[name] = "Skriv et tal."
        elif len(text) > 4000:
            errors[name] = "Skriv kortere."
    return values, errors


def propose(unit: Unit, actor: Actor, command: Propose) -> str:
    """Write a proposal for the next revision; return its key (ST-20). Raises Invalid, Refused."""
    _kind("forslag")
    text = required(command.text, "text", "Skriv dit forslag.", 300)
    key = f"{unit.now:%Y%m%d%H%M%S%f}-{actor.person_id or 0}"
    content = {"procedure": command.procedure or None, "fra": actor.name, "dato": unit.now.date().isoformat()}
    write_row(unit, actor, "forslag", key, content, title=text, status=OPEN)
    return key


def note_course(unit: Unit, actor: Actor, command: MarkCourse) -> None:
    """Note how far somebody is with a course. Raises Refused unless the actor keeps the register; a reader
    may say to have read it for themselves (ST-128, ST-152)."""
    kind = _kind("kursus")
    own = command.read and command.person_id == actor.person_id
    if not own and not actor.holds(*kind.keepers):
        raise Refused("Kursusregistret føres af andre roller end dine.")
    if find_row(unit, "kursus", command.course) is None:
        raise NotFound("Kurset findes ikke i registret.")
    if command.person_id is not None and unit.session.get(Person, command.person_id) is None:
        raise NotFound("Personen findes ikke.")
    if command.unit_id is not None and unit.session.get(OrgUnit, command.unit_id) is None:
        raise NotFound("Enheden findes ikke.")
    mark_course(unit, actor, MarkCourse(command.course, command.person_id, read=True) if own else command)


def _kind(register: str) -> Kind:
    if register not in KINDS:
        raise NotFound("Registret findes ikke.")
    return KINDS[register]


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
