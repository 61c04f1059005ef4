"""Handing out a document: who is to have a version, who has been given it, when and how (BF-27, SM-41)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from engine import workdays
from records.tables import (
    Document,
    DocumentDelivery,
    DocumentRecipient,
    DocumentVersion,
    JournalEntry,
    Person,
)
from records.unit import Unit
from tasks.casefile import CaseFile, lock_case
from tasks.documents import ReadDocument, Recipient, in_charge, open_version, see_version, write_fact
from tasks.errors import Invalid, Refused
from tasks.people import Actor, today
from tasks.stopped_deliveries import WHY, stopped

WAYS: Final[Mapping[str, str]] = {"digital": "digitalt", "papir": "på papir", "post": "med post"}
"""How something is handed out, and the same as a sentence says it."""

MOST = 100
"""People that a document is handed out to at most."""

NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Handout:
    """Somebody was given a version on a day."""

    name: str
    how: str
    given_on: date
    by: str | None = None
    """Who noted it; None for the system."""


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """Somebody who is to have a version, with what they were given last; None when it is missing."""

    name: str
    role: str | None
    given: Handout | None
    stopped: bool = False
    """They were to have it by a consent that holds no longer."""


@dataclass(frozen=True, slots=True)
class Handouts:
    """Who is to have a version and who has it."""

    recipients: tuple[RecipientLine, ...]
    others: tuple[Handout, ...]
    """Given to people who were not named when it was issued."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of those who are still to have it."""
        return tuple(line.name for line in self.recipients if line.given is None and not line.stopped)


@dataclass(frozen=True, slots=True)
class HandOut:
    """Note that people were given a version of a document."""

    document_id: int
    rows: Sequence[Handout]
    version: int | None = None


def read_handouts(unit: Unit, actor: Actor, command: ReadDocument) -> Handouts:
    """Return who is to have a version and who has it; nobody for a mere reader. The caller has logged that
    the document is read. Raises NotFound, Denied."""
    found = see_version(unit, actor, command, "udlevering")
    if not in_charge(unit, actor, found):
        return Handouts((), ())
    return handouts_of(unit, found.version.id, found.file)


def handouts_of(unit: Unit, version_id: int, file: CaseFile) -> Handouts:
    """Return who is to have a version of a document of this case and who has it; two statements."""
    day = today(unit)
    given: dict[str, Handout] = {}
    rows = unit.session.execute(
        select(DocumentDelivery, Person.name)
        .outerjoin(Person, Person.id == DocumentDelivery.by_id)
        .where(DocumentDelivery.version_id == version_id)
        .order_by(DocumentDelivery.id)
    )
    for row, by in rows:
        given[_key(row.name)] = Handout(row.name, row.how, row.given_on, by)
    recipients = unit.session.scalars(
        select(DocumentRecipient)
        .where(DocumentRecipient.version_id == version_id)
        .order_by(DocumentRecipient.id)
    )
    lines = tuple(
        RecipientLine(
            one.name,
            one.role,
            had := given.pop(_key(one.name), None),
            had is None and stopped(file, one.name, day),
        )
        for one in recipients
    )
    return Handouts(lines, tuple(given.values()))


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def hand_out(unit: Unit, actor: Actor, command: HandOut) -> Handouts:
    """Note whom a version was given to; return who has it now. Raises NotFound, Refused, Invalid per field
    (`rows[0].how`)."""
    found = open_version(unit, actor, ReadDocument(command.document_id, command.version), "udlevering")
    if not in_charge(unit, actor, found):
        raise Refused("Du kan læse dokumentet, men ikke udlevere det.")
    file = lock_case(unit, found.document.case_id) if found.document.case_id is not None else found.file
    note_handouts(unit, actor, file, found.document, found.version, command.rows)
    text = f"{found.title}, version {found.version.version}, udleveret til {_people(command.rows)}"
    unit.session.add(
        JournalEntry(
            case_id=found.document.case_id,
            instance_id=found.document.instance_id or found.version.instance_id,
            at=unit.now,
            actor_id=actor.person_id,
            kind="udlevering",
            text=text,
        )
    )
    return handouts_of(unit, found.version.id, file)


def _people(rows: Iterable[Handout]) -> str:
    return ", ".join(f"{row.name} ({WAYS[row.how]})" for row in rows)


def note_handouts(
    unit: Unit,
    actor: Actor,
    file: CaseFile,
    document: Document,
    version: DocumentVersion,
    rows: Sequence[Handout],
) -> None:
    """Write down whom a version was given to, and who is still to have it in `sag.planer.<kind>`.

    Raises Invalid, per field.
    """
    _check(unit, file, version, rows)
    unit.session.add_all(
        DocumentDelivery(
            version_id=version.id,
            name=" ".join(row.name.split()),
            how=row.how,
            given_on=row.given_on,
            at=unit.now,
            by_id=actor.person_id,
        )
        for row in rows
    )
    unit.session.flush()
    if file.case is None or version.version != document.newest:
        return
    newest = file.case.data.get("planer", {}).get(document.kind)
    if isinstance(newest, dict) and newest.get("version") == version.version:
        state = handouts_of(unit, version.id, file)
        names = [line.name for line in state.recipients]
        told = {"modtagere": names, "mangler": list(state.missing)}
        write_fact(file, document.kind, {**newest, "udlevering": told})


def _check(unit: Unit, file: CaseFile, version: DocumentVersion, rows: Sequence[Handout]) -> None:
    if not rows:
        raise Invalid("Vælg, hvem dokumentet er udleveret til.", {"rows": "Vælg mindst én."})
    if len(rows) > MOST:
        raise Invalid(f"Højst {MOST} ad gangen.", {"rows": f"Højst {MOST} ad gangen."})
    issued = workdays.local(version.issued_at).date()
    wrong: dict[str, str] = {}
    for number, row in enumerate(rows):
        place = f"rows[{number}]"
        if not row.name.strip():
            wrong[f"{place}.name"] = "Skriv et navn."
        elif len(row.name) > NAME_LENGTH:
            wrong[f"{place}.name"] = f"Højst {NAME_LENGTH} tegn."
        if row.how not in WAYS:
            wrong[f"{place}.how"] = f"Vælg en af: {', '.join(WAYS)}."
        if row.given_on > today(unit):
            wrong[f"{place}.given_on"] = "Datoen ligger i fremtiden. Skriv den rigtige dag."
        elif row.given_on < issued:
            wrong[f"{place}.given_on"] = "Dokumentet var ikke udstedt den dag. Skriv en senere dato."
        elif stopped(file, row.name, row.given_on):
            wrong[f"{place}.name"] = f"{row.name} må ikke få dokumentet. {WHY}"
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)


def recipients_in(value: Any) -> tuple[Recipient, ...]:
    """Read what a diagram gives as `modtagere`: names, or rows {navn, rolle?, person?}; each name once."""
    found: dict[str, Recipient] = {}
    for row in value if isinstance(value, list) else [] if value is None else [value]:
        name, role, person = (
            (row.get("navn"), row.get("rolle") or row.get("funktion"), row.get("person"))
            if isinstance(row, Mapping)
            else (row, None, None)
        )
        text = " ".join(str(name or "").split())[:NAME_LENGTH]
        if text:
            number = str(person["id"] if isinstance(person, Mapping) else person or "")
            found.setdefault(
                _key(text),
                Recipient(text, str(role)[:120] if role else None, int(number) if number.isdigit() else None),
            )
    return tuple(found.values())[:MOST]


def handouts_in(value: Any, day: date) -> tuple[Handout, ...]:
    """Read what a diagram gives as `raekker`: rows {navn, hvordan, dato?}; `day` where the date is left out.

    Raises Invalid for a date that cannot be read.
    """
    found: list[Handout] = []
    for row in value if isinstance(value, list) else []:
        name = str(row.get("navn") or "").strip() if isinstance(row, Mapping) else ""
        if not name or not row.get("hvordan"):
            continue
        try:
            given = date.fromisoformat(str(row["dato"])[:10]) if row.get("dato") else day
        except ValueError:
            raise Invalid(f"Datoen for udlevering til {name} kan ikke læses.") from None
        found.append(Handout(name, str(row["hvordan"]), given))
    return tuple(found)
